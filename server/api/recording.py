"""What is kept of every question that is asked over HTTP: the facts of its answer, and the turn of its conversation.

Not covered: answering (`server.answer`), evaluation runs, which are kept by themselves (`server.runs`).
"""

import logging
import time
from collections.abc import Generator, Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

from index.errors import IndexingError
from index.store import Store
from server.answer.answerer import Event, EvidenceFound
from server.answer.followup import MOST_HISTORY
from server.answer.result import Answer
from server.api.schemas import AnswerOut, SavedAnswerOut, answer_out
from server.ledger import asked
from server.ledger.asked import Asked, Keep
from server.ledger.conversations import CANCELLED, Answered, Conversations, Turn
from server.ledger.ledger import Ledger
from server.llm.cancel import Cancel
from server.llm.template import Message

logger = logging.getLogger(__name__)


class Recorder:
    """Records into one ledger; safe for many threads."""

    def __init__(self, ledger: Ledger, keep: Keep) -> None:
        """`keep` says whose questions stand in the facts; a conversation holds them whatever it says."""
        self.ledger = ledger
        self.keep: Keep = keep
        self.conversations = Conversations(ledger)

    def begin(self, store: Store, question: str, key: str | None, conversation: str | None = None) -> "Recording":
        """Of one question over `store`, into `conversation` where one is given: the caller has opened it."""
        return Recording(self, store, question, key, conversation)


class Recording:
    """Of one question: `over` its events."""

    def __init__(
        self, recorder: Recorder, store: Store, question: str, key: str | None, conversation: str | None
    ) -> None:
        self._recorder = recorder
        self._store = store
        self._question = question
        self._key = key
        self._asked_at = time.time()
        self._ended = False
        self._understood: dict[str, Any] = {}
        self.conversation = conversation
        self.turn: str | None = None
        """The id of its turn, when its answer is complete and it has a conversation."""

    def over(self, events: Iterable[Event], cancelled: Cancel) -> Generator[Event]:
        """The same events; before the answer is told it is kept. One that ends or is closed without an answer is kept
        as cancelled, one that never had a place in the line is not kept."""
        begun = False
        try:
            for event in events:
                begun = True
                if isinstance(event, EvidenceFound):
                    self._understood = asdict(event.understood)
                if isinstance(event, Answer):
                    self._end(None if cancelled.is_set() else event)
                yield event
        finally:
            if begun:
                self._end(None)

    def _end(self, answer: Answer | None) -> None:
        if self._ended:
            return
        self._ended = True
        self._count(answer)
        if self.conversation is not None:
            try:
                answered = CANCELLED if answer is None else answered_with(answer, self._store)
                answered = replace(answered, understood=self._understood)
                self.turn = self._recorder.conversations.save(
                    self.conversation, self._question, self._asked_at, answered, self._store
                )
            except IndexingError:
                logger.exception("a turn could not be kept")

    def _count(self, answer: Answer | None) -> None:
        """An answer is not lost because it could not be counted."""
        question = asked.kept(self._question, self._key, self._recorder.keep)
        fact = Asked(self._asked_at, self._key, question, "cancelled")
        if answer is not None:
            fact = Asked(self._asked_at, self._key, question, answer.status, answer.reason, answer.timings)
        try:
            asked.record(self._recorder.ledger, fact)
        except IndexingError:
            logger.exception("an answer could not be counted")


def answered_with(answer: Answer, store: Store) -> Answered:
    """What a turn keeps of an answer, with the documents that it names without quoting them."""
    out = answer_out(answer).model_dump()
    return Answered(
        answer.status, answer.reason, answer.text, out["citations"], out["evidence"], out["timings"],
        store.named_in(answer.text),
    )  # fmt: skip


def told(answer: Answer, recording: Recording) -> AnswerOut:
    """The answer as it goes over the wire, with its conversation where it has one."""
    out = answer_out(answer)
    if recording.conversation is None:
        return out
    return SavedAnswerOut(**dict(out), conversation=recording.conversation, turn=recording.turn)


def history_of(turns: Sequence[Turn]) -> list[Message]:
    """The last turns as an answer reads them."""
    said: list[Message] = []
    for turn in turns[-MOST_HISTORY:]:
        said.append(Message("user", turn.question))
        if turn.answered.answer:
            said.append(Message("assistant", turn.answered.answer))
    return said
