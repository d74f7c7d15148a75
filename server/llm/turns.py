"""Who asks the model when: one question at a time, in the order they came, a bounded number behind it.

A question keeps its turn over all that it asks the model, so that what the model has read of it stays in its cache:
questions taking turns job by job would read everything twice. Not covered: the model itself (`model`).
"""

import threading
from collections.abc import Iterator
from types import TracebackType

from server.errors import TooBusy
from server.llm.cancel import Cancel

SECONDS_A_QUESTION = 3
"""What a question takes on two cores, for those who are told to come back."""


class Turns:
    """A line of questions; safe for many threads."""

    def __init__(self, waiting: int) -> None:
        """`waiting` may stand behind the one whose turn it is."""
        self._waiting = waiting
        self._changed = threading.Condition()
        self._line: list[Ticket] = []

    def enter(self, cancelled: Cancel) -> "Ticket":
        """A place at the end of the line, to be left again; raises TooBusy at once when the line is full."""
        with self._changed:
            ahead = len(self._line)
            if ahead > self._waiting:
                raise TooBusy(ahead, ahead * SECONDS_A_QUESTION)
            ticket = Ticket(self)
            self._line.append(ticket)
        cancelled.on_set(ticket.leave)
        return ticket

    def __len__(self) -> int:
        with self._changed:
            return len(self._line)

    def leave(self, ticket: "Ticket") -> None:
        with self._changed:
            if ticket in self._line:
                self._line.remove(ticket)
                self._changed.notify_all()

    def ahead(self, ticket: "Ticket", known: int | None) -> int:
        """How many stand before `ticket` as soon as that is not what is `known`; none when it has left."""

        def ahead() -> int:
            return self._line.index(ticket) if ticket in self._line else 0

        with self._changed:
            self._changed.wait_for(lambda: ahead() != known)
            return ahead()


class Ticket:
    """A place in the line."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def wait(self) -> Iterator[int]:
        """How many are before this one, each time it changes, until it is its turn or it was cancelled: 2, 1, 0; nothing
        for who need not wait."""
        ahead = self._turns.ahead(self, None)
        while ahead > 0:
            yield ahead
            ahead = self._turns.ahead(self, ahead)
            if ahead == 0:
                yield ahead

    def leave(self) -> None:
        """The next one's turn; a ticket may be left twice."""
        self._turns.leave(self)

    def __enter__(self) -> "Ticket":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()
