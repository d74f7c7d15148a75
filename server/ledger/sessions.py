"""Sessions of the page: a browser that has shown a key once, until it logs out, the session ends or the key is revoked.

The cookie's value is random and kept as its hash, as keys are.
"""

import secrets
import time

from server.ledger.audit import enter
from server.ledger.keys import Key, digest
from server.ledger.ledger import Ledger

MOST = 50
"""Sessions that one key may have; the oldest goes for the next one."""


def begin(ledger: Ledger, key: Key, seconds: float) -> tuple[str, float]:
    """A new session of `key`: the secret for the cookie, and when it ends in seconds since 1970."""
    secret, now = secrets.token_urlsafe(32), time.time()
    with ledger.writing() as db:
        db.execute("DELETE FROM sessions WHERE expires <= ?", (now,))
        db.execute(
            "DELETE FROM sessions WHERE sha256 IN (SELECT sha256 FROM sessions WHERE key = ?"
            " ORDER BY created DESC LIMIT -1 OFFSET ?)",
            (key.id, MOST - 1),
        )
        db.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", (digest(secret), key.id, now, now + seconds))
        enter(db, key.caller, "session.begin", key.name)
    return secret, now + seconds


def find(ledger: Ledger, secret: str) -> tuple[str, float] | None:
    """The id of the key and the end of the session that `secret` opens now."""
    row = ledger.row(
        "SELECT key, expires FROM sessions WHERE sha256 = ? AND expires > ?", (digest(secret), time.time())
    )
    return None if row is None else (str(row[0]), float(row[1]))


def end(ledger: Ledger, secret: str) -> None:
    """Forget the session of `secret`, if there is one."""
    with ledger.writing() as db:
        db.execute("DELETE FROM sessions WHERE sha256 = ?", (digest(secret),))
