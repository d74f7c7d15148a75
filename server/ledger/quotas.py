"""How many bytes a key has uploaded today; kept in the ledger, so that a restart gives nothing back."""

from typing import Any

from server.ledger.ledger import Ledger


def take(ledger: Ledger, key: str, day: str, size: int, most: int) -> bool:
    """Add `size` bytes to what `key` has uploaded on `day` (YYYY-MM-DD) unless that were more than `most`; whether
    they were added. Other days are forgotten."""
    with ledger.writing() as db:
        rows: list[Any] = db.execute("SELECT bytes FROM uploaded WHERE key = ? AND day = ?", (key, day)).fetchall()
        used = rows[0][0] if rows else 0
        if used + size > most:
            return False
        db.execute("DELETE FROM uploaded WHERE day <> ?", (day,))
        db.execute("INSERT OR REPLACE INTO uploaded VALUES (?, ?, ?)", (key, day, used + size))
    return True
