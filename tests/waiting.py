"""Waiting with a deadline for what may hang: events, threads, conditions. Nothing is measured by it."""

import threading
import time
from collections.abc import Callable

SECONDS = 100.0


def occurs(event: threading.Event, seconds: float = SECONDS) -> None:
    """Wait for `event`, and fail where it does not come."""
    assert event.wait(seconds), f"nothing happened within {seconds:.0f} s"


def ends(*threads: threading.Thread, seconds: float = SECONDS) -> None:
    """Wait for the threads, and fail where one does not end."""
    for thread in threads:
        thread.join(seconds)
        assert not thread.is_alive(), f"{thread.name} has not ended within {seconds:.0f} s"


def until(holds: Callable[[], object], seconds: float = SECONDS, pause: float = 0.02) -> None:
    """Wait until `holds` does, and fail where it does not."""
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"it does not hold within {seconds:.0f} s"
        time.sleep(pause)
