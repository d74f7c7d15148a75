"""The SQLite file: opening and upgrading it, a connection for each thread, and one writer at a time.

apsw, because it brings its own SQLite: FTS5 forgets deleted terms since 3.42, and Python's module has whatever the
system has. Only this module and `index.backup` import it. What stands in the tables is the work of `index.store`.
"""

import threading
import time
import uuid
import weakref
from collections.abc import Generator, Iterable
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import apsw

from index.errors import (
    DamagedData,
    DataUnavailable,
    ForeignData,
    IndexingError,
    NewerData,
    NoSpace,
    ReadOnly,
    StoreBusy,
)
from index.schema import INDEX, Schema

BUSY_SECONDS = 30.0
LOGS = ("-wal", "-shm")
Connection = apsw.Connection
Row = tuple[Any, ...]


class Database:
    """One database file. A connection for each thread; one writer at a time, also across processes."""

    def __init__(self, path: Path, schema: Schema = INDEX) -> None:
        """`schema` is what the file holds; raises ForeignData for a file that holds something else."""
        self.path = path
        self._schema = schema
        self._local = threading.local()
        # A thread that ends lets go of its connection, which closes then.
        self._connections: weakref.WeakSet[Connection] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._purging = threading.Lock()
        self._purge_owed = False
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists() and path.stat().st_size:
                self._require_ours()  # before anything, the journal mode included, is changed in somebody else's file
            _remove_abandoned(path)
        except OSError as error:
            raise DataUnavailable(path.parent, error.strerror or str(error)) from error
        with told(path):
            self._prepare()

    def _prepare(self) -> None:
        with self._reading() as db:
            ready = version(db) == self._schema.version
        if ready:
            return
        with self._writing() as db:
            if not _tables(db):  # else another process made them while this one waited
                for statement in self._schema.statements:
                    db.execute(statement)
                db.execute(
                    "INSERT INTO facts VALUES ('generation', '0'), ('forgotten', '0'), ('identity', ?)",
                    (new_identity(),),
                )
                db.execute(f"PRAGMA application_id = {self._schema.application_id}")
            else:
                upgrade(db, self._schema)
            db.execute(f"PRAGMA user_version = {self._schema.version}")

    def _require_ours(self) -> None:
        with told(self.path, opening=True):
            connection = apsw.Connection(str(self.path), flags=apsw.SQLITE_OPEN_READONLY)
            try:
                connection.set_busy_timeout(int(BUSY_SECONDS * 1000))
                require_ours(connection, self.path, self._schema)
            finally:
                connection.close()

    def _connection(self) -> Connection:
        connection: Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = open_connection(self.path)
            self._local.connection = connection
            with self._lock:
                self._connections.add(connection)
        return connection

    def _rows(self, statement: str, values: Iterable[Any] = ()) -> list[Row]:
        """All rows of a query."""
        with told(self.path):
            return list(self._connection().execute(statement, tuple(values)).fetchall())

    def _row(self, statement: str, values: Iterable[Any] = ()) -> Row | None:
        """The first row of a query."""
        rows = self._rows(statement, values)
        return rows[0] if rows else None

    def _is_writing(self) -> bool:
        """Whether this thread is inside `_writing`: what it reads may never be committed."""
        return self._connection().txn_state("main") == apsw.SQLITE_TXN_WRITE

    @contextmanager
    def _reading(self) -> Generator[Connection]:
        """Everything read inside belongs to one moment, whatever others write meanwhile."""
        with told(self.path):
            connection = self._connection()
            if connection.in_transaction:
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:  # an I/O error may have ended it already
                    connection.execute("ROLLBACK")

    @contextmanager
    def _fresh(self) -> Generator[Connection]:
        """A connection of its own, in one moment.

        FTS5's part of `PRAGMA integrity_check` (SQLite 3.54) believes what its connection has cached of the index,
        and reports changes made by other connections as corruption.
        """
        with told(self.path):
            connection = open_connection(self.path)
            try:
                connection.execute("BEGIN")
                yield connection
            finally:
                connection.close()

    @contextmanager
    def _writing(self) -> Generator[Connection]:
        """One transaction: all of it or nothing. The generation counts up at its beginning.

        What it deletes is zeroed in the pages; the log holds them as they were until `purge`, which the caller is to
        call. One that could not be done before is tried again here.
        """
        with told(self.path):
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                if _tables(connection):
                    connection.execute("UPDATE facts SET value = CAST(value AS INTEGER) + 1 WHERE name = 'generation'")
                yield connection
                connection.execute("COMMIT")
            finally:
                if connection.in_transaction:  # failed, and a full disk has not rolled it back already
                    connection.execute("ROLLBACK")
        if self._purge_owed:
            self.purge(0)

    def purge(self, seconds: float = 1.0) -> bool:
        """Bring what was deleted out of the files' bytes; whether that is done.

        Deleting zeroes the text in its pages, but the write-ahead log holds them as they were until it is emptied,
        which must wait for whoever is reading. Not done after `seconds`, it is tried again after everything that this
        object writes, whenever anybody opens the database, and by SQLite itself when the last program closes it.
        """
        with self._purging, told(self.path):  # one after another, else an earlier success would hide a later failure
            connection = self._connection()
            connection.set_busy_timeout(int(seconds * 1000))
            try:
                busy: Any = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()[0][0]
            except (apsw.BusyError, apsw.LockedError, apsw.FullError, apsw.ReadOnlyError, apsw.IOError):
                busy = True
            finally:
                connection.set_busy_timeout(int(BUSY_SECONDS * 1000))
            self._purge_owed = bool(busy)
            return not busy

    def compact(self) -> None:
        """Write the file anew without unused pages; needs as much free space again."""
        with told(self.path):
            self._connection().execute("VACUUM")
        self.purge()

    def connections(self) -> int:
        """How many connections are open: one for each living thread that has used the database."""
        with self._lock:
            return len(self._connections)

    def close(self) -> None:
        """Close every connection; one that a thread is just using closes by itself when the thread has done."""
        with self._lock:
            for connection in list(self._connections):
                try:
                    connection.close()
                except apsw.ThreadingViolationError:  # only its thread holds on to it from now on
                    continue
            self._connections.clear()
        self._local = threading.local()


def open_connection(path: Path) -> Connection:
    """A connection that waits for others, loses nothing that it has committed, and zeroes what it deletes."""
    connection = apsw.Connection(str(path))
    connection.set_busy_timeout(int(BUSY_SECONDS * 1000))
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")
    return connection


def _use_wal(connection: Connection) -> None:
    """Switch to WAL; SQLite does not wait here for another connection that is just doing the same."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except apsw.BusyError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.02)


@contextmanager
def restoring(path: Path, seconds: float = BUSY_SECONDS) -> Generator[Path]:
    """Where another database may be made beside `path`: nothing is there before and after. Raises StoreBusy.

    One at a time: SQLite's lock on an empty file, which the system takes away however the process ends. The file stays,
    since another process may be waiting for its lock.
    """
    place = path.with_name(path.name + ".restoring")
    with told(path):
        lock = apsw.Connection(str(path.with_name(path.name + ".restore-lock")))
    with closing(lock):
        with told(path):
            lock.set_busy_timeout(int(seconds * 1000))
            lock.execute("PRAGMA journal_mode = MEMORY")  # no second file
            lock.execute("BEGIN EXCLUSIVE")
        remove_files(place)
        try:
            yield place
        finally:
            remove_files(place)


def _remove_abandoned(path: Path) -> None:
    """What a restore that was killed has left: a copy of all the text. Not what another process is just making."""
    if path.with_name(path.name + ".restoring").exists():
        with suppress(StoreBusy), restoring(path, 0):
            return


def remove_files(file: Path) -> None:
    """Remove a database and all that SQLite puts beside it."""
    for suffix in ("", *LOGS, "-journal"):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


@contextmanager
def told(path: Path, opening: bool = False) -> Generator[None]:
    """What SQLite says, in a sentence that says what to do; `opening`: whether the file may be somebody else's."""
    try:
        yield
    except apsw.Error as error:
        raise _as_told(path, error, opening) from error


def _as_told(path: Path, error: apsw.Error, opening: bool) -> IndexingError:
    match error:
        case apsw.BusyError() | apsw.LockedError():
            return StoreBusy(path, BUSY_SECONDS)
        case apsw.FullError():
            return NoSpace(path.parent)
        case apsw.ReadOnlyError():
            return ReadOnly(path.parent)
        case apsw.NotADBError() if opening:
            return ForeignData(path, str(error))
        case apsw.CorruptError() | apsw.NotADBError():
            return DamagedData(path, str(error))
        case _:
            return DataUnavailable(path.parent, str(error))


def require_ours(connection: Connection, path: Path, schema: Schema = INDEX) -> None:
    """Raise ForeignData or NewerData unless the tables, if there are any, are of `schema` or an older one."""
    if not _tables(connection):
        return
    if number(connection, "PRAGMA application_id") != schema.application_id:
        raise ForeignData(path, "里面是别的表")
    if version(connection) > schema.version:
        raise NewerData(path, version(connection), schema.version)


def upgrade(connection: Connection, schema: Schema = INDEX) -> None:
    """Bring an older file to the present schema, inside the transaction that is open."""
    for number in range(version(connection) + 1, schema.version + 1):
        for statement in schema.upgrades[number]:
            connection.execute(statement)
    facts = {str(row[0]) for row in connection.execute("SELECT name FROM facts").fetchall()}
    if "identity" not in facts:
        connection.execute("INSERT INTO facts VALUES ('identity', ?)", (new_identity(),))
        connection.execute("INSERT INTO facts SELECT 'forgotten', value FROM facts WHERE name = 'generation'")


def new_identity() -> str:
    return uuid.uuid4().hex


def version(connection: Connection) -> int:
    return number(connection, "PRAGMA user_version")


def number(connection: Connection, statement: str) -> int:
    """The only value of a query that has one."""
    value: Any = connection.execute(statement).fetchall()[0][0]
    return int(value)


def _tables(connection: Connection) -> int:
    return number(connection, "SELECT count(*) FROM sqlite_master")
