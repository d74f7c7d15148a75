"""Who asks the model when: one question at a time, in the order they came, a bounded number behind it.

A question keeps its turn over all that it asks the model, so that what the model has read of it stays in its cache:
questions taking turns job by job would read everything twice. Not covered: the model itself (`model`).
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType

from server.access_errors import TooManyWaiting
from server.errors import Ending, TooBusy
from server.llm.cancel import Cancel

SECONDS_A_QUESTION = 3
"""What a question takes on two cores, for those who are told to come back."""


@dataclass(frozen=True)
class Holder:
    """Who takes places in the line, and how many of them at most."""

    name: str
    most: int
    gives_way: bool = False
    """Lets everybody else go first, also who comes later, and takes no place from the bounded number."""


Listener = Callable[[], None]


class Turns:
    """A line of questions; safe for many threads."""

    def __init__(self, waiting: int) -> None:
        """`waiting` may stand behind the one whose turn it is."""
        self._waiting = waiting
        self._changed = threading.Condition()
        self._line: list[Ticket] = []
        self._listeners: dict[Ticket, tuple[int, Listener]] = {}
        self._ending = False

    def enter(self, cancelled: Cancel, holder: Holder | None = None) -> "Ticket":
        """A place in the line, to be left again: at its end, but before those who give way. Raises at once TooBusy when
        the line is full, TooManyWaiting when `holder` has as many places as it may, and Ending when no more are given."""
        with self._changed:
            if self._ending:
                raise Ending
            gives_way = holder is not None and holder.gives_way
            ahead = len(self._line) if gives_way else self._end_of_askers()
            if holder is not None:
                own = sum(ticket.holder == holder.name for ticket in self._line)
                if own >= holder.most:
                    raise TooManyWaiting(own, ahead * SECONDS_A_QUESTION)
            if ahead > self._waiting and not gives_way:
                raise TooBusy(ahead, ahead * SECONDS_A_QUESTION)
            ticket = Ticket(self, cancelled, holder.name if holder is not None else None, gives_way)
            self._line.insert(ahead, ticket)
            moved = self._moved()
        _call(moved)
        cancelled.on_set(ticket.leave)
        return ticket

    def _end_of_askers(self) -> int:
        """The place before those who give way; not before one whose turn it is."""
        return next((at for at, ticket in enumerate(self._line) if at and ticket.gives_way), len(self._line))

    def __len__(self) -> int:
        with self._changed:
            return len(self._line)

    def end(self) -> None:
        """Give no more places."""
        with self._changed:
            self._ending = True

    def cancel(self) -> None:
        """Cancel all that stand in the line."""
        with self._changed:
            line = list(self._line)
        for ticket in line:
            ticket.cancelled.set()

    @property
    def is_ending(self) -> bool:
        return self._ending

    def leave(self, ticket: "Ticket") -> None:
        with self._changed:
            if ticket not in self._line:
                return
            self._line.remove(ticket)
            moved = self._moved()
        _call(moved)

    def ahead(self, ticket: "Ticket", known: int | None) -> int:
        """How many stand before `ticket` as soon as that is not what is `known`; none when it has left."""

        with self._changed:
            self._changed.wait_for(lambda: self._place(ticket) != known)
            return self._place(ticket)

    def on_move(self, ticket: "Ticket", known: int, listener: Listener) -> Listener:
        """Call `listener` once, as soon as what `ahead` gives is not what is `known`: at once, or from the thread that
        changes the line. Returns what takes the listener back; a ticket has one at a time."""
        with self._changed:
            is_due = self._place(ticket) != known
            if not is_due:
                self._listeners[ticket] = (known, listener)
        if is_due:
            listener()
        return lambda: self._forget(ticket)

    def _forget(self, ticket: "Ticket") -> None:
        with self._changed:
            self._listeners.pop(ticket, None)

    def _place(self, ticket: "Ticket") -> int:
        return self._line.index(ticket) if ticket in self._line else 0

    def _moved(self) -> list[Listener]:
        """After a change of the line, with its lock held: wakes the threads that wait, and gives the listeners to be
        called once the lock is free."""
        self._changed.notify_all()
        places = {ticket: place for place, ticket in enumerate(self._line)}
        due = [ticket for ticket, (known, _) in self._listeners.items() if places.get(ticket, 0) != known]
        return [self._listeners.pop(ticket)[1] for ticket in due]


def _call(listeners: list[Listener]) -> None:
    for listener in listeners:
        listener()


class Ticket:
    """A place in the line."""

    def __init__(self, turns: Turns, cancelled: Cancel, holder: str | None, gives_way: bool = False) -> None:
        self._turns = turns
        self.cancelled = cancelled
        self.holder = holder
        self.gives_way = gives_way

    def wait(self) -> Iterator[int]:
        """How many are before this one, each time it changes, until it is its turn or it was cancelled: 2, 1, 0; nothing
        for who need not wait."""
        ahead = self._turns.ahead(self, None)
        while ahead > 0:
            yield ahead
            ahead = self._turns.ahead(self, ahead)
            if ahead == 0:
                yield ahead

    def on_move(self, known: int, listener: Listener) -> Listener:
        """Call `listener` once, from any thread, as soon as `known` is no longer how many are before this one: what waits
        this way for its turn holds no thread. Returns what takes the listener back."""
        return self._turns.on_move(self, known, listener)

    def leave(self) -> None:
        """The next one's turn; a ticket may be left twice."""
        self._turns.leave(self)

    def __enter__(self) -> "Ticket":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()
