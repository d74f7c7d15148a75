"""Access keys: a random secret that is shown once and kept as its hash, with a name and a role.

A secret has 256 random bits, so one round of SHA-256 keeps it as safe as a slow hash would. Not covered: sessions of
the page (`server.ledger.sessions`), who must show a key (`server.api.access`).
"""

import hashlib
import hmac
import re
import secrets
import threading
import time
from dataclasses import dataclass

from server.access_errors import BadKeyName, KeyExists, UnknownKey
from server.caller import LOCAL, Caller, Role
from server.ledger.audit import enter
from server.ledger.ledger import Ledger

PREFIX = "yj_"
"""So that scanners of repositories and logs know a lost secret for what it is."""
NAME = re.compile(r"[\w.@-]{1,64}")
USED_SECONDS = 60.0
"""How exactly the time of the last use is kept."""


@dataclass(frozen=True)
class Key:
    """What is known of a key; times in seconds since 1970."""

    id: str
    name: str
    role: Role
    sha256: bytes
    created: float
    used: float | None
    revoked: float | None

    @property
    def caller(self) -> Caller:
        return Caller(self.id, self.name, self.role)


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def add(ledger: Ledger, name: str, role: Role, by: Caller = LOCAL) -> str:
    """Make a key; its secret, which nobody can find out again. Raises BadKeyName or KeyExists."""
    if NAME.fullmatch(name) is None:
        raise BadKeyName(name)
    secret = PREFIX + secrets.token_urlsafe(32)
    with ledger.writing() as db:
        if db.execute("SELECT 1 FROM keys WHERE name = ? AND revoked IS NULL", (name,)).fetchall():
            raise KeyExists(name)
        db.execute(
            "INSERT INTO keys (id, name, role, sha256, created) VALUES (?, ?, ?, ?, ?)",
            (secrets.token_hex(8), name, role, digest(secret), time.time()),
        )
        enter(db, by, "key.add", name, role)
    return secret


def revoke(ledger: Ledger, name: str, by: Caller = LOCAL) -> None:
    """End a key with its sessions and conversations; raises UnknownKey where no live key has the name."""
    with ledger.writing() as db:
        rows = db.execute("SELECT id FROM keys WHERE name = ? AND revoked IS NULL", (name,)).fetchall()
        if not rows:
            raise UnknownKey(name, [key.name for key in every(ledger) if key.revoked is None])
        db.execute("UPDATE keys SET revoked = ? WHERE id = ?", (time.time(), rows[0][0]))
        db.execute("DELETE FROM sessions WHERE key = ?", (rows[0][0],))
        db.execute("DELETE FROM conversations WHERE key = ?", (rows[0][0],))  # nobody could read or delete them
        enter(db, by, "key.revoke", name)
    ledger.purge()


def every(ledger: Ledger) -> list[Key]:
    """All keys, the revoked ones too, in the order they were made."""
    rows = ledger.rows("SELECT id, name, role, sha256, created, used, revoked FROM keys ORDER BY created, rowid")
    return [Key(*row) for row in rows]


def exist(ledger: Ledger) -> bool:
    """Whether there is a key that opens anything."""
    return ledger.row("SELECT 1 FROM keys WHERE revoked IS NULL LIMIT 1") is not None


class Keyring:
    """The keys as they stand in the ledger now, whoever has just added or revoked one. Safe for many threads."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._lock = threading.Lock()
        self._generation: int | None = None
        self._keys: tuple[Key, ...] = ()
        self._touched: dict[str, float] = {}

    def _current(self) -> tuple[Key, ...]:
        row = self._ledger.row("SELECT value FROM facts WHERE name = 'generation'")
        generation = int(row[0]) if row else 0
        with self._lock:
            if generation != self._generation:
                # Read after the number: what was written in between is read again with the next one.
                self._keys, self._generation = tuple(every(self._ledger)), generation
            return self._keys

    def is_needed(self) -> bool:
        """Whether there is a live key, so that whoever calls must show one."""
        return any(key.revoked is None for key in self._current())

    def was_needed(self) -> bool:
        """What `is_needed` said last, without a look at the disk; asks it where nothing has been read yet."""
        with self._lock:
            known = None if self._generation is None else self._keys
        return self.is_needed() if known is None else any(key.revoked is None for key in known)

    def find(self, secret: str) -> Key | None:
        """The live key of `secret`. As much work for an unknown secret, a revoked one and none at all: every key is
        compared, each in constant time, and the loop never ends early."""
        shown = digest(secret)
        found = None
        for key in self._current():
            same = hmac.compare_digest(key.sha256, shown)
            if same and key.revoked is None:
                found = key
        return found

    def named(self, key_id: str) -> Key | None:
        """The live key with this id."""
        return next((key for key in self._current() if key.id == key_id and key.revoked is None), None)

    def is_due(self, key: Key) -> bool:
        """Whether the time of the last use is to be written again; true once, then not for a minute."""
        now = time.time()
        with self._lock:
            last = max(key.used or 0.0, self._touched.get(key.id, 0.0))
            if 0 <= now - last < USED_SECONDS:
                return False
            self._touched[key.id] = now
            return True

    def touch(self, key: Key) -> None:
        """Write that `key` was used just now; from a thread, since it writes to the disk."""
        with self._ledger.writing() as db:
            db.execute("UPDATE keys SET used = ? WHERE id = ?", (time.time(), key.id))
