"""The line before the model: in order, bounded, and nobody in it is forgotten."""

import threading
from collections.abc import Callable

import pytest

from server.errors import TooBusy
from server.llm.cancel import Cancel
from server.llm.turns import Holder, Ticket, Turns

PATIENCE = 10


def _wait_in_thread(ticket: Ticket) -> tuple[threading.Thread, list[int]]:
    """What `ticket` is told while it waits."""
    told: list[int] = []
    thread = threading.Thread(target=lambda: told.extend(ticket.wait()))
    thread.start()
    return thread, told


def _until(holds: Callable[[], bool]) -> None:
    done = threading.Event()
    for _ in range(1000):
        if holds():
            return
        done.wait(0.01)
    raise AssertionError("it did not happen")


def test_the_first_waits_for_nobody_and_goes_on_without_asking_again() -> None:
    with Turns(0).enter(Cancel()) as ticket:
        assert list(ticket.wait()) == []
        assert list(ticket.wait()) == []


def test_everybody_is_told_their_place_until_it_is_their_turn() -> None:
    turns = Turns(4)
    first, second, third = (turns.enter(Cancel()) for _ in range(3))
    thread, told = _wait_in_thread(third)
    _until(lambda: told == [2])
    first.leave()
    _until(lambda: told == [2, 1])
    assert list(second.wait()) == []
    second.leave()
    thread.join(PATIENCE)
    assert told == [2, 1, 0]
    assert not thread.is_alive()


def test_a_full_line_refuses_at_once_and_takes_the_next_when_one_has_left() -> None:
    turns = Turns(1)
    first, second = turns.enter(Cancel()), turns.enter(Cancel())
    with pytest.raises(TooBusy, match="已有 2 个问题在排队") as caught:
        turns.enter(Cancel())
    assert caught.value.retry_after
    first.leave()
    first.leave()
    assert len(turns) == 1
    turns.enter(Cancel()).leave()
    second.leave()
    assert len(turns) == 0


def test_who_listens_is_called_once_when_the_place_has_changed_and_holds_no_thread() -> None:
    turns = Turns(4)
    first, second, third = (turns.enter(Cancel()) for _ in range(3))
    called: list[str] = []
    third.on_move(2, lambda: called.append("third"))
    second.on_move(1, lambda: called.append("second"))()  # taken back
    assert called == []
    first.leave()
    assert called == ["third"]
    second.leave()
    assert called == ["third"]
    third.on_move(2, lambda: called.append("late"))  # it has changed already
    assert called == ["third", "late"]
    third.on_move(0, lambda: called.append("never"))
    third.leave()
    assert called == ["third", "late"]


def test_who_is_cancelled_while_it_listens_is_called() -> None:
    turns, cancel, called = Turns(4), Cancel(), threading.Event()
    turns.enter(Cancel())
    turns.enter(cancel).on_move(1, called.set)
    cancel.set()
    assert called.is_set()


def test_who_cancels_leaves_the_line_and_the_others_move_up() -> None:
    turns = Turns(4)
    cancel = Cancel()
    first, second, third = turns.enter(Cancel()), turns.enter(cancel), turns.enter(Cancel())
    thread, told = _wait_in_thread(second)
    last, places = _wait_in_thread(third)
    _until(lambda: told == [1] and places == [2])
    cancel.set()
    thread.join(PATIENCE)
    _until(lambda: places == [2, 1])
    assert len(turns) == 2
    first.leave()
    last.join(PATIENCE)
    assert not last.is_alive()


def test_who_was_cancelled_before_takes_no_place() -> None:
    cancel = Cancel()
    cancel.set()
    turns = Turns(1)
    with turns.enter(cancel) as ticket:
        assert len(turns) == 0
        assert list(ticket.wait()) == []


def test_an_error_in_a_turn_leaves_the_line() -> None:
    turns = Turns(1)
    with pytest.raises(ValueError, match="broken"), turns.enter(Cancel()):
        raise ValueError("broken")
    assert len(turns) == 0


def test_who_gives_way_lets_everybody_go_first_and_takes_no_place() -> None:
    turns = Turns(1)
    behind = Holder("evaluations", most=1, gives_way=True)
    first, last, second = turns.enter(Cancel()), turns.enter(Cancel(), behind), turns.enter(Cancel())
    with pytest.raises(TooBusy, match="已有 2 个问题在排队"):
        turns.enter(Cancel())
    first.leave()
    assert list(second.wait()) == []
    thread, told = _wait_in_thread(last)
    second.leave()
    thread.join(PATIENCE)
    assert told in ([1, 0], [])
    third = turns.enter(Cancel())
    assert list(last.wait()) == []  # who has begun is not put off
    thread, told = _wait_in_thread(third)
    _until(lambda: told == [1])
    last.leave()
    thread.join(PATIENCE)
    assert told == [1, 0]
