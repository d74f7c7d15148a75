"""How every question was answered: when, by which key, with what end, how fast; the newest `MOST_ASKED` of them.

The question itself is kept only where the installation says so. Nothing of documents or answers stands here. Not
covered: what is made of it (`server.statistics`).
"""

from dataclasses import dataclass
from typing import Literal

from server.answer.result import Timings
from server.ledger.ledger import Ledger

MOST_ASKED = 10_000
"""About 2 MB; the oldest go first."""
Keep = Literal["never", "local", "always"]
"""Whose questions are kept: nobody's, those asked at a machine without keys, everybody's."""


@dataclass(frozen=True)
class Asked:
    """`status` is answered, not_found or cancelled; times in milliseconds, `asked_at` in seconds since 1970."""

    asked_at: float
    key: str | None
    question: str | None
    status: str
    reason: str | None = None
    timings: Timings | None = None


def record(ledger: Ledger, asked: Asked) -> None:
    """Keep it, and drop what is too old by now."""
    timings = asked.timings
    times = (timings.retrieve_ms, timings.first_token_ms, timings.total_ms) if timings else (None, None, None)
    with ledger.writing() as db:
        db.execute(
            "INSERT INTO asked (asked_at, key, question, status, reason, retrieve_ms, first_token_ms, total_ms)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (asked.asked_at, asked.key, asked.question, asked.status, asked.reason, *times),
        )
        db.execute("DELETE FROM asked WHERE row <= ?", (db.last_insert_rowid() - MOST_ASKED,))


def latest(ledger: Ledger, since: float = 0.0) -> list[Asked]:
    """Those asked after `since`, the newest first."""
    rows = ledger.rows(
        "SELECT asked_at, key, question, status, reason, retrieve_ms, first_token_ms, total_ms FROM asked"
        " WHERE asked_at >= ? ORDER BY row DESC",
        (since,),
    )
    return [
        Asked(asked_at, key, question, status, reason, None if times[-1] is None else Timings(*times))
        for asked_at, key, question, status, reason, *times in rows
    ]


def kept(question: str, key: str | None, keep: Keep) -> str | None:
    """The question where it may be kept."""
    return question if keep == "always" or (keep == "local" and key is None) else None
