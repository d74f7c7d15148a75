"""Copies of the database while it is in use, and putting one back.

A backup is one ordinary SQLite file. Putting one back is one transaction in the database that is there: whoever has it
open sees the old one or the new one. Not covered: the original files, models and settings.
"""

import os
import shutil
import time
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import apsw

from index.database import (
    LOGS,
    Connection,
    Database,
    number,
    open_connection,
    remove_files,
    require_ours,
    restoring,
    told,
)
from index.durable import sync_folder
from index.errors import BackupExists, BadBackup, DamagedData, DataUnavailable, ForeignData
from index.store import Store

PAGES = 1024
"""Pages of 4 KB that are copied between two reports of progress."""
WAIT_SECONDS = 30.0
"""For others who are reading or writing just now."""
Progress = Callable[[float], None]


@dataclass(frozen=True)
class Restored:
    """Where a damaged database went, if there was one, and whether the replaced one is gone from the files' bytes.

    `purged` is as `Database.purge` tells.
    """

    kept: Path | None
    purged: bool


def back_up(store: Database, file: Path, progress: Progress) -> None:
    """Copy the database as it is at this moment into `file`, whole or not at all, while others read and write.

    An earlier backup there is replaced when the new one is complete and has been checked. `progress` is told the share
    that is done. Killed, it leaves FILE.part, which the next backup into the same file removes. Raises BackupExists,
    NoSpace, DataUnavailable, and DamagedData where the database has damaged pages: a copy would have them too.
    """
    file = file.absolute()
    _require_elsewhere(file, store.path)
    if file.exists():
        _require_backup(file)
    part = file.with_name(file.name + ".part")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        remove_files(part)
        with told(store.path), closing(open_connection(store.path)) as source:
            source.execute("BEGIN")
            number(source, "SELECT count(*) FROM facts")  # from here on this is the moment that is copied
            _copy(source, part, progress)
        with told(store.path), closing(_read_only(part)) as copy:
            if fault := _damage(copy):
                raise DamagedData(store.path, fault)
        os.replace(part, file)
        sync_folder(file.parent)
    except OSError as error:
        raise DataUnavailable(file.parent, error.strerror or str(error)) from error
    finally:
        remove_files(part)


def restore(file: Path, target: Path, progress: Progress) -> Restored:
    """Put a backup in the place of the database `target`.

    The backup is checked, and upgraded where an older version made it, before anything is changed; until the new
    database is complete the old one stays. Killed, it leaves a copy that goes when the database is next opened.
    Raises BadBackup, NewerData, StoreBusy, NoSpace, DataUnavailable.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with restoring(target) as ready:
            _prepare(file, ready, progress)
            try:
                return Restored(None, _put_into(ready, target))
            except (DamagedData, ForeignData):
                return Restored(_put_instead(ready, target), True)
    except OSError as error:
        raise DataUnavailable(target.parent, error.strerror or str(error)) from error


def _prepare(file: Path, ready: Path, progress: Progress) -> None:
    """A copy of the backup beside the database: sound, of the present schema, with an identity of its own."""
    _require_sound(file)
    with _called_bad(file), closing(_read_only(file)) as source:
        _copy(source, ready, progress)
    store = Store(ready)
    store.become_another()
    store.close()
    with told(ready), closing(apsw.Connection(str(ready))) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
    _require_sound(ready)


def _put_into(ready: Path, target: Path) -> bool:
    """In one transaction; caches that count generations see that it has changed. Whether the old bytes are gone."""
    present = Store(target)
    generation = present.generation()
    present.close()
    with told(ready), closing(open_connection(ready)) as source:
        source.execute(
            "UPDATE facts SET value = max(CAST(value AS INTEGER), ?) + 1 WHERE name IN ('generation', 'forgotten')",
            (generation,),
        )
    with (
        told(target),
        closing(open_connection(target)) as destination,
        closing(_read_only(ready)) as source,
        destination.backup("main", source, "main") as copy,
    ):
        _step(copy, -1)
    store = Store(target)
    purged = store.purge(WAIT_SECONDS)
    store.close()
    return purged


def _put_instead(ready: Path, target: Path) -> Path:
    """For a database that can no longer be opened: it is kept under another name."""
    kept = target.with_name(f"{target.name}.damaged-{time.strftime('%Y%m%d-%H%M%S')}")
    for suffix in ("", *LOGS):
        if (old := target.with_name(target.name + suffix)).exists():
            shutil.copyfile(old, kept.with_name(kept.name + suffix))
    for suffix in LOGS:  # a log that stayed would be written into the new file
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    os.replace(ready, target)
    sync_folder(target.parent)
    return kept


def _copy(source: Connection, file: Path, progress: Progress) -> None:
    done = 0.0
    with told(file), closing(apsw.Connection(str(file))) as target:
        with target.backup("main", source, "main") as copy:
            while not copy.done:
                _step(copy, PAGES)
                share = 1 - copy.remaining / max(1, copy.page_count)
                progress(share - done)
                done = share
        target.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it


def _step(copy: apsw.Backup, pages: int) -> None:
    """SQLite does not wait here for others by itself."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            copy.step(pages)
            return
        except (apsw.BusyError, apsw.LockedError):
            if time.monotonic() > deadline:
                raise
        time.sleep(0.05)


def _require_sound(file: Path) -> None:
    """Raise BadBackup or NewerData unless every page of the file is as it should be."""
    if not file.is_file():
        raise BadBackup(file, "没有这个文件")
    with _called_bad(file), closing(_read_only(file)) as connection:
        require_ours(connection, file)
        if not number(connection, "SELECT count(*) FROM sqlite_master WHERE name = 'documents'"):
            raise BadBackup(file, "里面没有文档表")
        if fault := _damage(connection):
            raise BadBackup(file, fault)


def _damage(connection: Connection) -> str:
    """What is wrong in the pages; empty when nothing is."""
    said = [str(row[0]) for row in connection.execute("PRAGMA integrity_check(3)").fetchall()]
    return "" if said == ["ok"] else "；".join(said)


def _require_elsewhere(file: Path, database: Path) -> None:
    """A backup in the place of the database, or of its logs, would take it from under those who have it open."""
    for suffix in ("", *LOGS):
        own = database.with_name(database.name + suffix)
        if file.resolve() == own.resolve() or (file.exists() and own.exists() and os.path.samefile(file, own)):
            raise BackupExists(file)


def _require_backup(file: Path) -> None:
    """What is there may be replaced only if it is one of ours."""
    try:
        with told(file, opening=True), closing(_read_only(file)) as connection:
            require_ours(connection, file)
            ours = number(connection, "SELECT count(*) FROM sqlite_master") > 0
    except (ForeignData, DamagedData, DataUnavailable) as error:
        raise BackupExists(file) from error
    if not ours:
        raise BackupExists(file)


@contextmanager
def _called_bad(file: Path) -> Generator[None]:
    try:
        with told(file, opening=True):
            yield
    except (ForeignData, DamagedData) as error:
        raise BadBackup(file, str(error)) from error


def _read_only(file: Path) -> Connection:
    connection = apsw.Connection(str(file), flags=apsw.SQLITE_OPEN_READONLY)
    connection.set_busy_timeout(int(WAIT_SECONDS * 1000))
    return connection
