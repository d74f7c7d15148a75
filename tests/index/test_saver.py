"""Saving in the background: at once, then with pauses, and never two at a time."""

import threading

import pytest

from index import saver as module
from index.saver import Saver


class Held:
    """Something that is saved, and takes as long as a test wants."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Semaphore(0), threading.Event()
        self.count = 0

    def save(self) -> None:
        self.count += 1
        self.begun.release()
        self.go_on.wait(5)


def test_the_first_request_is_answered_at_once_and_later_ones_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SHORTEST_PAUSE", 0.0)
    monkeypatch.setattr(module, "SHARE", 0)
    held = Held()
    saver = Saver(held.save)
    saver.ask()
    assert held.begun.acquire(timeout=5)
    for _ in range(10):
        saver.ask()
    assert held.count == 1
    held.go_on.set()
    assert held.begun.acquire(timeout=5), "the thread is there for what is asked later"
    saver.close()
    assert held.count == 2


def test_what_is_asked_for_in_the_pause_is_left_to_the_caller_on_closing() -> None:
    held = Held()
    saver = Saver(held.save)
    saver.ask()
    assert held.begun.acquire(timeout=5)
    for _ in range(10):
        saver.ask()
    assert held.count == 1
    held.go_on.set()
    saver.close()
    assert held.count == 1, "what was only asked for is left to the caller"


def test_closing_waits_for_a_save_that_runs_and_nothing_is_saved_afterwards() -> None:
    begun, done = threading.Event(), threading.Event()

    def save() -> None:
        begun.set()
        done.wait(0.05)
        done.set()

    saver = Saver(save)
    saver.ask()
    assert begun.wait(5)
    saver.close()
    assert done.is_set()
    begun.clear()
    saver.ask()
    assert not begun.wait(0.05)


def test_closing_what_was_never_asked_is_nothing() -> None:
    saved: list[str] = []
    Saver(lambda: saved.append("saved")).close()
    assert saved == []
