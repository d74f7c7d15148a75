"""What people say of answers: right, wrong, incomplete, should have been refused or answered.

A row holds all that it needs, so that it stays when the conversation goes. Not covered: blanking other tables
(`conversations.forget`), the wire (`server.api.routes.feedback`).
"""

import json
import time
import uuid
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, Literal

from index.database import Connection, Row
from index.errors import UnknownDocument
from index.store import Store
from server.evaluate import UNANSWERABLE
from server.ledger.ledger import Ledger
from server.ledger.quoting import Quote, note, quoting, repeats, said_instead, without, words_of
from server.saved_errors import TooMuchFeedback, UnknownFeedback

Verdict = Literal["right", "wrong", "incomplete", "should_refuse", "should_answer"]
MOST_FEEDBACK, MOST_OF_KEY = 100_000, 10_000
"""In all, and of one key."""


@dataclass(frozen=True)
class Feedback:
    """`history` are the questions before this one, `expected` what the answer has to say, `given_at` seconds since 1970.

    `removed` are documents that it quoted and that are gone.
    """

    verdict: Verdict
    question: str
    status: str
    answer: str
    citations: Sequence[Quote] = ()
    history: Sequence[str] = ()
    comment: str = ""
    expected: str = ""
    turn: str | None = None
    key: str | None = None
    id: str = ""
    given_at: float = 0.0
    removed: tuple[str, ...] = ()


def give(ledger: Ledger, feedback: Feedback, documents: Sequence[str] = ()) -> Feedback:
    """Keep it; the caller forgets those of its documents that have gone meanwhile. Raises TooMuchFeedback.

    `documents` are named in it and not quoted.
    """
    own = ledger.rows("SELECT count(*) FROM feedback WHERE key IS ?", (feedback.key,))[0][0]
    if own >= MOST_OF_KEY or count(ledger) >= MOST_FEEDBACK:
        raise TooMuchFeedback(MOST_OF_KEY)
    kept = replace(feedback, id=uuid.uuid4().hex, given_at=time.time())
    with ledger.writing() as db:
        db.execute(
            "INSERT INTO feedback (id, key, given_at, verdict, turn, question, status, history, answer, citations, comment,"
            " expected, removed) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                kept.id, kept.key, kept.given_at, kept.verdict, kept.turn, kept.question, kept.status,
                _json(kept.history), kept.answer, _json(kept.citations), kept.comment, kept.expected,
                _json(kept.removed),
            ),
        )  # fmt: skip
        note(db, "feedback", db.last_insert_rowid(), [*(q["document_id"] for q in kept.citations), *documents])
    return kept


def count(ledger: Ledger) -> int:
    return int(ledger.rows("SELECT count(*) FROM feedback")[0][0])


def listed(ledger: Ledger, limit: int, offset: int = 0) -> list[Feedback]:
    """The newest first; a limit of -1 is none."""
    rows = ledger.rows(f"{SELECT} ORDER BY row DESC LIMIT ? OFFSET ?", (limit, offset))
    return [_feedback(row) for row in rows]


def one(ledger: Ledger, feedback_id: str) -> Feedback:
    """Raises UnknownFeedback."""
    row = ledger.row(f"{SELECT} WHERE id = ?", (feedback_id,))
    if row is None:
        raise UnknownFeedback(feedback_id)
    return _feedback(row)


def delete(ledger: Ledger, feedback_id: str) -> bool:
    """Raises UnknownFeedback; tells whether the bytes are gone too (`Database.purge`)."""
    one(ledger, feedback_id)
    with ledger.writing() as db:
        db.execute("DELETE FROM feedback WHERE id = ?", (feedback_id,))
    return ledger.purge()


def cases(ledger: Ledger, store: Store) -> Iterator[dict[str, Any]]:
    """Feedback as cases that `server.evaluate.read_cases` reads, the oldest first, without what cannot be scored.

    That is an answer that was wrong where nobody said what is expected, and one whose documents are gone.
    """
    for feedback in reversed(listed(ledger, -1)):
        if feedback.removed:
            continue
        refused = feedback.verdict == "should_refuse" or (feedback.verdict, feedback.status) == ("right", "not_found")
        if not (refused or feedback.expected or (feedback.verdict, feedback.status) == ("right", "answered")):
            continue
        yield {
            "id": feedback.id,
            "type": UNANSWERABLE if refused else "feedback",
            "question": feedback.question,
            "history": list(feedback.history),
            "answers": [[feedback.expected]] if feedback.expected and not refused else [],
            "evidence": _gold(feedback, store) if feedback.verdict == "right" and not refused else None,
            "verdict": feedback.verdict,
        }


def _gold(feedback: Feedback, store: Store) -> list[dict[str, Any]] | None:
    """Where a right answer stands: any of its citations."""
    gold = []
    for quote in feedback.citations:
        try:
            name = PurePath(store.document_row(quote["document_id"]).path).name
        except UnknownDocument:  # gone since, and not yet forgotten
            continue
        gold.append({"document": name, "start": quote["start"], "end": quote["end"]})
    return gold or None


def blank(db: Connection, document_id: str) -> None:
    """Take what a removed document said out of every row that quotes it; question, verdict and history stay.

    The expected answer goes too: it is the document's whether it is quoted or not.
    """
    for row in quoting(db, "feedback", document_id):
        found: Any = db.execute(
            "SELECT question, answer, citations, comment, removed FROM feedback WHERE row = ?", (row,)
        )
        question, answer, citations, comment, removed = found.fetchall()[0]
        quotes, removed = json.loads(citations), [*json.loads(removed), document_id]
        gone = [answer, *words_of([quote for quote in quotes if quote["document_id"] == document_id])]
        db.execute(
            "UPDATE feedback SET answer = ?, citations = ?, comment = ?, expected = '', removed = ? WHERE row = ?",
            (
                said_instead(removed), _json(without(quotes, document_id)),
                "" if repeats(comment, gone, [question]) else comment, _json(removed), row,
            ),
        )  # fmt: skip


COLUMNS = (
    "verdict", "question", "status", "answer", "citations", "history", "comment", "expected", "turn", "key", "id",
    "given_at", "removed",
)  # fmt: skip
SELECT = f"SELECT {', '.join(COLUMNS)} FROM feedback"


def _feedback(row: Row) -> Feedback:
    values = dict(zip(COLUMNS, row, strict=True))
    lists = {name: tuple(json.loads(values[name])) for name in ("citations", "history", "removed")}
    return Feedback(**values | lists)


def _json(value: Sequence[Any]) -> str:
    return json.dumps(list(value), ensure_ascii=False)
