"""Retention: delete finished jobs, audit entries, statistics of questions and conversations that are old enough.

In batches, so that nobody who writes into the ledger waits for long. What is deleted is zeroed in the database and
leaves its log, as everywhere (`Database.purge`). Not covered: when this runs (`server.retention`).
"""

import time
from collections.abc import Callable
from dataclasses import dataclass

from index.database import Connection
from server.installation import Retention
from server.ledger.ledger import Ledger

DAY_SECONDS = 86_400.0
BATCH = 500
"""Rows that one transaction deletes at most: some 20 ms."""
MOST_AT_ONCE = 50
"""Jobs or conversations that one transaction deletes at most, with their files or turns."""


@dataclass(frozen=True)
class Pruned:
    """How many were deleted of each."""

    jobs: int = 0
    audit: int = 0
    statistics: int = 0
    conversations: int = 0

    @property
    def total(self) -> int:
        return self.jobs + self.audit + self.statistics + self.conversations


def prune(
    ledger: Ledger, retention: Retention, now: float | None = None, pause: Callable[[], bool] = lambda: False
) -> Pruned:
    """Delete what is older than `retention` says. `pause` is called between two batches; where it returns True, the
    rest is left for the next time."""
    now = time.time() if now is None else now
    steps = (
        (_jobs, retention.jobs_days),
        (_audit, retention.audit_days),
        (_statistics, retention.statistics_days),
        (_conversations, retention.conversations_days),
    )
    counts = [_all(ledger, step, now - days * DAY_SECONDS, pause) if days else 0 for step, days in steps]
    pruned = Pruned(*counts)
    if pruned.total:
        ledger.purge()
    return pruned


def _all(
    ledger: Ledger, step: Callable[[Ledger, float], tuple[int, bool]], before: float, pause: Callable[[], bool]
) -> int:
    """Repeat one step, which tells what it deleted and whether there was anything; how many it has deleted in all."""
    total, more = 0, True
    while more:
        count, more = step(ledger, before)
        total += count
        if more and pause():
            break
    return total


def _jobs(ledger: Ledger, before: float) -> tuple[int, bool]:
    """Jobs that ended before; of one with very many files a batch of their lines at a time."""
    rows = ledger.rows("SELECT id FROM jobs WHERE ended < ? ORDER BY number LIMIT ?", (before, MOST_AT_ONCE))
    if not rows:
        return 0, False
    deleted, room = 0, BATCH
    with ledger.writing() as db:
        for (job,) in rows:
            for table in ("job_members", "job_files"):
                room -= _delete(db, table, "job = ?", job, room) if room else 0
            if not room:
                break
            db.execute("DELETE FROM jobs WHERE id = ?", (job,))
            deleted += 1
    return deleted, True


def _conversations(ledger: Ledger, before: float) -> tuple[int, bool]:
    """Whole conversations, with at most `BATCH` turns together or one by itself."""
    rows = ledger.rows(
        "SELECT row, (SELECT count(*) FROM turns WHERE conversation = c.row) FROM conversations c WHERE changed_at < ?"
        " ORDER BY row LIMIT ?",
        (before, MOST_AT_ONCE),
    )
    if not rows:
        return 0, False
    deleted = turns = 0
    with ledger.writing() as db:
        for row, count in rows:
            if turns and turns + count > BATCH:
                break
            turns += count
            db.execute("DELETE FROM conversations WHERE row = ? AND changed_at < ?", (row, before))
            deleted += db.changes()
    return deleted, True


def _audit(ledger: Ledger, before: float) -> tuple[int, bool]:
    return _plain(ledger, "audit", "at < ?", before)


def _statistics(ledger: Ledger, before: float) -> tuple[int, bool]:
    return _plain(ledger, "asked", "asked_at < ?", before)


def _plain(ledger: Ledger, table: str, condition: str, before: float) -> tuple[int, bool]:
    if ledger.row(f"SELECT 1 FROM {table} WHERE {condition} LIMIT 1", (before,)) is None:
        return 0, False
    with ledger.writing() as db:
        return _delete(db, table, condition, before, BATCH), True


def _delete(db: Connection, table: str, condition: str, value: object, most: int) -> int:
    """Delete at most so many rows, the oldest first; how many there were."""
    db.execute(
        f"DELETE FROM {table} WHERE rowid IN (SELECT rowid FROM {table} WHERE {condition} ORDER BY rowid LIMIT ?)",
        (value, most),
    )
    return int(db.changes())
