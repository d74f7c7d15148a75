"""Saved conversations: each belongs to the key of its asker, each turn is a question with its answer and quotes.

When a document is gone, `forget` blanks whatever quotes it, here and in feedback and evaluation runs; `reconcile` finds
by itself which are gone. Not covered: answering (`server.answer`), the wire (`server.api.routes.conversations`).
"""

import json
import time
import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from index.database import Connection, Row
from index.store import Store
from server.ledger import evaluations, feedback
from server.ledger.ledger import Ledger
from server.ledger.quoting import Quote, note, quoting, repeats, said_instead, without, words_of
from server.saved_errors import TooManyConversations, TooManyTurns, UnknownConversation

LONGEST_TITLE = 60
"""Characters of the first question that name a conversation."""
MOST_CONVERSATIONS, MOST_TURNS = 10_000, 500
"""Of a key, and of a conversation."""


@dataclass(frozen=True)
class Conversation:
    """`created_at` and `changed_at` in seconds since 1970."""

    id: str
    title: str
    created_at: float
    changed_at: float
    turns: int


@dataclass(frozen=True)
class Answered:
    """What a turn keeps of an answer, as the API shows it. `status` is answered, not_found, or cancelled.

    `named` are documents that the answer names without quoting them, `understood` is what was recognised in the question.
    """

    status: str
    reason: str | None = None
    answer: str = ""
    citations: Sequence[Quote] = ()
    evidence: Sequence[Quote] = ()
    timings: dict[str, Any] | None = None
    named: Sequence[str] = ()
    understood: Mapping[str, Any] = field(default_factory=dict)

    @property
    def documents(self) -> list[str]:
        """Those whose text or title it holds."""
        return [*(str(quote["document_id"]) for quote in (*self.citations, *self.evidence)), *self.named]


CANCELLED = Answered("cancelled")


@dataclass(frozen=True)
class Turn:
    """`removed` are documents that it quoted and that are gone."""

    id: str
    question: str
    asked_at: float
    answered: Answered
    removed: tuple[str, ...]


class Conversations:
    """The conversations of one ledger; safe for many threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    def start(self, key: str | None, title: str = "") -> Conversation:
        """A new conversation of this key; without a title it is called by its first question.

        Raises TooManyConversations.
        """
        if self.count(key) >= MOST_CONVERSATIONS:
            raise TooManyConversations(MOST_CONVERSATIONS)
        now = time.time()
        made = Conversation(uuid.uuid4().hex, title, now, now, 0)
        with self._ledger.writing() as db:
            db.execute(
                "INSERT INTO conversations (id, key, title, created_at, changed_at) VALUES (?, ?, ?, ?, ?)",
                (made.id, key, title, now, now),
            )
        return made

    def count(self, key: str | None) -> int:
        return int(self._ledger.rows("SELECT count(*) FROM conversations WHERE key IS ?", (key,))[0][0])

    def of(self, key: str | None, limit: int, offset: int = 0) -> list[Conversation]:
        """Those of a key, the last used first."""
        rows = self._ledger.rows(
            f"{CONVERSATION} WHERE key IS ? ORDER BY changed_at DESC, row DESC LIMIT ? OFFSET ?", (key, limit, offset)
        )
        return [Conversation(*row) for row in rows]

    def one(self, key: str | None, conversation_id: str) -> Conversation:
        """Raises UnknownConversation, also for another key's."""
        row = self._ledger.row(f"{CONVERSATION} WHERE key IS ? AND id = ?", (key, conversation_id))
        if row is None:
            raise UnknownConversation(conversation_id)
        return Conversation(*row)

    def open(self, key: str | None, conversation_id: str) -> list[Turn]:
        """The turns so far, where there may be another one; raises UnknownConversation, TooManyTurns."""
        if self.one(key, conversation_id).turns >= MOST_TURNS:
            raise TooManyTurns(MOST_TURNS)
        return self.turns(conversation_id)

    def turns(self, conversation_id: str) -> list[Turn]:
        """The turns in the order in which they were asked."""
        rows = self._ledger.rows(
            f"{TURN} JOIN conversations c ON c.row = t.conversation WHERE c.id = ? ORDER BY t.asked_at, t.row",
            (conversation_id,),
        )
        return [_turn(row) for row in rows]

    def turn(self, key: str | None, turn_id: str) -> tuple[list[Turn], Turn] | None:
        """A turn of this key behind those that were asked before it in its conversation."""
        row = self._ledger.row(
            "SELECT c.id FROM turns t JOIN conversations c ON c.row = t.conversation WHERE c.key IS ? AND t.id = ?",
            (key, turn_id),
        )
        if row is None:
            return None
        turns = self.turns(str(row[0]))
        at = next((at for at, turn in enumerate(turns) if turn.id == turn_id), None)
        return None if at is None else (turns[:at], turns[at])

    def rename(self, key: str | None, conversation_id: str, title: str) -> None:
        """Raises UnknownConversation."""
        self.one(key, conversation_id)
        with self._ledger.writing() as db:
            db.execute("UPDATE conversations SET title = ? WHERE id = ?", (title, conversation_id))
        self._ledger.purge()

    def delete(self, key: str | None, conversation_id: str) -> bool:
        """Raises UnknownConversation; tells whether the bytes are gone too (`Database.purge`)."""
        self.one(key, conversation_id)
        with self._ledger.writing() as db:
            db.execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
        return self._ledger.purge()

    def delete_all(self, key: str | None) -> bool:
        """Those of a key; like `delete`."""
        with self._ledger.writing() as db:
            db.execute("DELETE FROM conversations WHERE key IS ?", (key,))
        return self._ledger.purge()

    def save(
        self, conversation_id: str, question: str, asked_at: float, answered: Answered, store: Store
    ) -> str | None:
        """Keep a turn and give its id; None where the conversation has been deleted meanwhile.

        A document that has left `store` while the answer was made is forgotten at once: who removed it could not
        know of this turn.
        """
        turn_id = uuid.uuid4().hex
        with self._ledger.writing() as db:
            row = db.execute("SELECT row, title FROM conversations WHERE id = ?", (conversation_id,)).fetchall()
            if not row:
                return None
            db.execute(
                "INSERT INTO turns (id, conversation, question, asked_at, status, reason, answer, citations, evidence,"
                " timings, understood, removed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '[]')",
                (
                    turn_id, row[0][0], question, asked_at, answered.status, answered.reason, answered.answer,
                    _json(answered.citations), _json(answered.evidence), _json(answered.timings),
                    _json(answered.understood),
                ),
            )  # fmt: skip
            note(db, "turn", db.last_insert_rowid(), answered.documents)
            title = str(row[0][1]) or title_of(question)
            db.execute(
                "UPDATE conversations SET changed_at = ?, title = ? WHERE row = ?", (time.time(), title, row[0][0])
            )
        forget_gone(self._ledger, store, answered.documents)
        return turn_id


CONVERSATION = (
    "SELECT id, title, created_at, changed_at, (SELECT count(*) FROM turns t WHERE t.conversation = c.row)"
    " FROM conversations c"
)
TURN = (
    "SELECT t.id, t.question, t.asked_at, t.status, t.reason, t.answer, t.citations, t.evidence, t.timings,"
    " t.understood, t.removed FROM turns t"
)


def title_of(question: str) -> str:
    """What a conversation is called by its first question: never by an answer, which quotes documents."""
    line = " ".join(question.split())
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"


def forget(ledger: Ledger, document_ids: Iterable[str]) -> bool:
    """Blank whatever quotes these documents: answers, their quotes, titles that repeat them; questions stay.

    Tells whether the bytes are gone too (`Database.purge`).
    """
    gone = list(dict.fromkeys(document_ids))
    among = "SELECT 1 FROM quoted WHERE document_id IN (SELECT value FROM json_each(?)) LIMIT 1"
    if ledger.row(among, (json.dumps(gone),)) is None:
        return True
    with ledger.writing() as db:
        for document_id in gone:
            _blank_turns(db, document_id)
            feedback.blank(db, document_id)
            evaluations.blank(db, document_id)
            db.execute("DELETE FROM quoted WHERE document_id = ?", (document_id,))
    return ledger.purge()


def reconcile(ledger: Ledger, store: Store) -> bool:
    """Forget every document that is quoted and no longer in `store`, however it left; like `forget`."""
    quoted = [str(row[0]) for row in ledger.rows("SELECT DISTINCT document_id FROM quoted")]
    return forget_gone(ledger, store, quoted)


def forget_gone(ledger: Ledger, store: Store, documents: Sequence[str]) -> bool:
    """Forget those of the documents that are no longer in `store`; for whoever has just written what quotes them."""
    present = store.present(documents)
    return forget(ledger, [document_id for document_id in documents if document_id not in present])


def _blank_turns(db: Connection, document_id: str) -> None:
    for row in quoting(db, "turn", document_id):
        found: Any = db.execute(
            "SELECT conversation, answer, citations, evidence, removed FROM turns WHERE row = ?", (row,)
        )
        conversation, answer, citations, evidence, removed = found.fetchall()[0]
        quotes: list[list[Quote]] = [json.loads(citations), json.loads(evidence)]
        removed = [*json.loads(removed), document_id]
        lost = [quote for part in quotes for quote in part if quote["document_id"] == document_id]
        db.execute(
            "UPDATE turns SET answer = ?, citations = ?, evidence = ?, removed = ? WHERE row = ?",
            (said_instead(removed), *(_json(without(part, document_id)) for part in quotes), _json(removed), row),
        )
        _blank_title(db, conversation, [answer, *words_of(lost)])


def _blank_title(db: Connection, conversation: int, gone: Sequence[str]) -> None:
    """A title that repeats what is gone becomes the first question again."""
    found: Any = db.execute("SELECT title FROM conversations WHERE row = ?", (conversation,))
    title = str(found.fetchall()[0][0])
    asked: Any = db.execute("SELECT question FROM turns WHERE conversation = ? ORDER BY asked_at, row", (conversation,))
    questions = [str(row[0]) for row in asked.fetchall()]
    if repeats(title, gone, questions):
        db.execute("UPDATE conversations SET title = ? WHERE row = ?", (title_of(questions[0]), conversation))


def _json(value: Any) -> str:
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def _turn(row: Row) -> Turn:
    turn_id, question, asked_at, status, reason, answer, citations, evidence, timings, understood, removed = row
    answered = Answered(
        status, reason, answer, json.loads(citations), json.loads(evidence), json.loads(timings),
        understood=json.loads(understood),
    )  # fmt: skip
    return Turn(turn_id, question, asked_at, answered, tuple(json.loads(removed)))
