"""The SQLite file: its schema and upgrades, a connection for each thread, and one writer at a time.

What stands in the tables is the work of `index.store`.
"""

import sqlite3
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from index.errors import DataUnavailable, ForeignData, NewerData, StoreBusy

SCHEMA_VERSION = 2
APPLICATION_ID = 0x596F756A  # "Youj", in the file's header
BUSY_SECONDS = 30.0

SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, path TEXT NOT NULL, sha256 TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    metadata TEXT NOT NULL, noise TEXT NOT NULL, added_at REAL NOT NULL, fingerprint TEXT NOT NULL,
    layout TEXT NOT NULL DEFAULT '{}', gaps TEXT NOT NULL DEFAULT '[]'
);
CREATE INDEX documents_by_fingerprint ON documents (fingerprint);
CREATE TABLE paths (path TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE);
CREATE TABLE chunks (
    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    headings TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX chunks_by_document ON chunks (document_id);
CREATE TABLE failures (
    path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL, reader TEXT NOT NULL,
    failed_at REAL NOT NULL
);
CREATE VIRTUAL TABLE words USING fts5 (context, body, tokenize = "unicode61 remove_diacritics 0 tokenchars '%'");
"""

# What brings a file from the version before to each version. An upgrade keeps every document.
UPGRADES = {
    2: (
        "ALTER TABLE documents ADD COLUMN layout TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE documents ADD COLUMN gaps TEXT NOT NULL DEFAULT '[]'",
        "CREATE TABLE failures (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, reason TEXT NOT NULL,"
        " message TEXT NOT NULL, reader TEXT NOT NULL, failed_at REAL NOT NULL)",
    ),
}


class Database:
    """One database file. A connection for each thread; one writer at a time, also across processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._prepare()
        except OSError as error:
            raise DataUnavailable(path.parent, error.strerror or str(error)) from error
        except sqlite3.OperationalError as error:
            raise DataUnavailable(path.parent, str(error)) from error
        except sqlite3.DatabaseError as error:
            raise ForeignData(path, str(error)) from error

    def _prepare(self) -> None:
        if self.path.exists() and self.path.stat().st_size:
            self._require_ours()  # before anything, the journal mode included, is changed in somebody else's file
        self._upgrade()
        if not _tables(self._connection()):
            with self._writing() as cursor:
                if not _tables(cursor):  # else another process made them while this one waited
                    for statement in SCHEMA.split(";"):
                        cursor.execute(statement)
                    cursor.execute("INSERT INTO facts VALUES ('generation', '0')")
                    cursor.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    cursor.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _upgrade(self) -> None:
        """Bring an older file to the present schema, in one transaction."""
        if not _tables(self._connection()) or _version(self._connection()) >= SCHEMA_VERSION:
            return
        with self._writing() as cursor:
            for version in range(_version(cursor) + 1, SCHEMA_VERSION + 1):
                for statement in UPGRADES[version]:
                    cursor.execute(statement)
                cursor.execute(f"PRAGMA user_version = {version}")

    def _require_ours(self) -> None:
        connection = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
        try:
            if not _tables(connection):
                return
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            version = _version(connection)
        finally:
            connection.close()
        if application != APPLICATION_ID:
            raise ForeignData(self.path, "里面是别的表")
        if version > SCHEMA_VERSION:
            raise NewerData(self.path, version, SCHEMA_VERSION)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            _use_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        """One transaction: all of it or nothing, and the generation counts up."""
        connection = self._connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise StoreBusy(self.path, BUSY_SECONDS) from error
            raise DataUnavailable(self.path.parent, str(error)) from error
        try:
            yield connection
            connection.execute("UPDATE facts SET value = CAST(value AS INTEGER) + 1 WHERE name = 'generation'")
            connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:  # a full disk has rolled it back already
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise DataUnavailable(self.path.parent, str(error)) from error
            raise

    def close(self) -> None:
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._local = threading.local()


def _tables(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; SQLite does not wait here for another connection that is just doing the same."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.02)
