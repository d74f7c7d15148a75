"""Saves something in a thread of its own some time after it was asked to, never more than a part of the time."""

import threading
import time
from collections.abc import Callable

SHORTEST_PAUSE = 2.0
SHARE = 20
"""Between two saves passes this many times what the last one took: a million vectors are 0.8 GB to write."""


class Saver:
    """Being asked again before it begins changes nothing. `save` must not raise."""

    def __init__(self, save: Callable[[], None]) -> None:
        self._save = save
        self._asked = threading.Event()
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def ask(self) -> None:
        """Save soon; the first time at once."""
        self._asked.set()
        with self._lock:
            if self._thread is None and not self._closing.is_set():
                self._thread = threading.Thread(target=self._run, name="save", daemon=True)
                self._thread.start()

    def close(self) -> None:
        """Let a save that runs come to its end; one that was only asked for is left to the caller."""
        self._closing.set()
        self._asked.set()
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()

    def _run(self) -> None:
        pause = 0.0
        while True:
            self._asked.wait()
            if self._closing.wait(pause):
                return
            self._asked.clear()
            start = time.monotonic()
            self._save()
            pause = max(SHORTEST_PAUSE, SHARE * (time.monotonic() - start))
