"""The audit log: who added, removed or replaced what, which keys were made and revoked, how many logins failed.

It names things (a document's id, a file's name, a key's name) and never quotes from documents or questions.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from index.database import Connection
from server.caller import Caller
from server.ledger.ledger import Ledger

LONGEST = 500
"""Characters of a subject or detail that are kept."""
FAILED = "login.failed"
MINUTE, HOUR = 60, 3600


@dataclass(frozen=True)
class Entry:
    """One line of the log: `at` in seconds since 1970, `key` None for whoever needed none."""

    number: int
    at: float
    key: str | None
    name: str
    action: str
    subject: str
    detail: str


def record(ledger: Ledger, caller: Caller, action: str, subject: str, detail: str = "") -> None:
    """Write that `caller` did `action` (`document.add`, `document.remove`, `key.revoke` …) to `subject`, an id or a name.

    `detail` says more without quoting: a file name, a count. It writes to the disk, so call it from a thread.
    """
    with ledger.writing() as db:
        enter(db, caller, action, subject, detail)


def enter(db: Connection, caller: Caller, action: str, subject: str, detail: str = "") -> None:
    """The same inside a transaction of the ledger that is open, so that both are written or none."""
    db.execute(
        "INSERT INTO audit (at, key, name, action, subject, detail) VALUES (?, ?, ?, ?, ?, ?)",
        (time.time(), caller.key, caller.name, action, subject[:LONGEST], detail[:LONGEST]),
    )


def entries(ledger: Ledger, limit: int, offset: int = 0) -> list[Entry]:
    """The newest first."""
    rows = ledger.rows(
        "SELECT number, at, key, name, action, subject, detail FROM audit ORDER BY number DESC LIMIT ? OFFSET ?",
        (limit, offset),
    )
    return [Entry(*row) for row in rows]


def count(ledger: Ledger) -> int:
    row = ledger.row("SELECT count(*) FROM audit")
    return int(row[0]) if row else 0


def count_failures(ledger: Ledger, failures: Mapping[str, int]) -> None:
    """Add to what is written of failed logins: how many came from each address, one line an address and hour."""
    now = time.time()
    hour = now - now % HOUR
    with ledger.writing() as db:
        for address, times in failures.items():
            rows: list[Any] = db.execute(
                "SELECT number FROM audit WHERE action = ? AND subject = ? AND at >= ?", (FAILED, address, hour)
            ).fetchall()
            if rows:
                db.execute(
                    "UPDATE audit SET detail = CAST(detail AS INTEGER) + ? WHERE number = ?", (times, rows[0][0])
                )
            else:
                db.execute(
                    "INSERT INTO audit (at, name, action, subject, detail) VALUES (?, '', ?, ?, ?)",
                    (now, FAILED, address, str(times)),
                )
