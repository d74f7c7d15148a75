"""Backups of a database in use, and putting them back."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest

from index import backup
from index.backup import Restored, back_up, restore
from index.database import number, restoring
from index.errors import BackupExists, BadBackup, DamagedData, NewerData
from index.library import Library
from index.schema import SCHEMA_VERSION
from index.store import Store
from index.vectors import VectorIndex
from tests.conftest import ROOT
from tests.index.conftest import synthetic, unit_vectors
from tests.index.test_library import FIRST, SECOND, write
from tests.stubs import BigramEmbedder
from tests.waiting import ends

MODEL = BigramEmbedder()


def quiet(_: float) -> None:
    pass


def texts(store: Store) -> set[str]:
    return {store.document(row.id).text for row in store.documents(-1)}


@pytest.fixture
def saved(library: Library, tmp_path: Path) -> Iterator[Path]:
    """A backup of a library that holds one document."""
    library.add(write(tmp_path / "a.txt", FIRST))
    back_up(library.store, tmp_path / "backups" / "one.db", quiet)
    yield tmp_path / "backups" / "one.db"


def test_a_backup_is_one_file_that_holds_everything(library: Library, saved: Path) -> None:
    assert [path.name for path in saved.parent.iterdir()] == ["one.db"]
    copy = Store(saved)
    assert texts(copy) == {FIRST}
    assert copy.faults(MODEL.fingerprint, MODEL.dimension) == []
    copy.close()


def test_a_backup_is_of_one_moment_while_others_write(store: Store, tmp_path: Path) -> None:
    stop = threading.Event()

    def write_on() -> None:
        number = 0
        while not stop.is_set():
            document, chunks = synthetic(f"d{number:04}", 5)
            store.add(document, chunks, unit_vectors(number, 5, MODEL.dimension), MODEL.fingerprint)
            number += 1

    writer = threading.Thread(target=write_on)
    writer.start()
    told: list[float] = []
    for turn in range(3):
        back_up(store, tmp_path / f"{turn}.db", told.append)
    stop.set()
    ends(writer)
    assert sum(told) == pytest.approx(3)
    counts = []
    for turn in range(3):
        copy = Store(tmp_path / f"{turn}.db")
        assert copy.count_chunks() == copy.count() * 5
        counts.append(copy.count())
        copy.close()
    assert counts == sorted(counts)


def test_a_later_backup_takes_the_earlier_ones_place_but_no_other_files(library: Library, saved: Path) -> None:
    other = write(saved.parent / "报告.docx", "不是备份")
    with pytest.raises(BackupExists, match="换一个文件名"):
        back_up(library.store, other, quiet)
    assert other.read_text(encoding="utf-8") == "不是备份"
    library.add(write(saved.parent.parent / "b.txt", SECOND))
    back_up(library.store, saved, quiet)
    copy = Store(saved)
    assert texts(copy) == {FIRST, SECOND}
    copy.close()


@pytest.mark.parametrize("suffix", ["", "-wal", "-shm"])
def test_the_database_itself_is_no_place_for_its_backup(library: Library, tmp_path: Path, suffix: str) -> None:
    library.add(write(tmp_path / "a.txt", FIRST))
    path = library.store.path
    own = path.with_name(path.name + suffix)
    os.link(own, tmp_path / "another name")
    inode = path.stat().st_ino
    for file in (own, own.parent / ".." / own.parent.name / own.name, tmp_path / "another name"):
        with pytest.raises(BackupExists, match="换一个文件名"):
            back_up(library.store, file, quiet)
    assert path.stat().st_ino == inode
    library.add(write(tmp_path / "b.txt", SECOND))
    library.store.close()
    assert texts(Store(path)) == {FIRST, SECOND}


def test_a_log_that_is_not_there_at_the_moment_is_no_place_either(library: Library, tmp_path: Path) -> None:
    library.store.close()
    log = library.store.path.with_name(library.store.path.name + "-wal")
    assert not log.exists()
    with pytest.raises(BackupExists):
        back_up(library.store, log, quiet)
    assert not log.exists()


def test_where_the_database_is_damaged_it_is_the_database_that_is_named(
    library: Library, saved: Path, tmp_path: Path
) -> None:
    library.store.close()
    damage(library.store.path, "chunks")
    before = saved.read_bytes()
    with pytest.raises(DamagedData, match=f"数据库 {library.store.path} 有损坏"):
        back_up(Store(library.store.path), saved, quiet)
    assert saved.read_bytes() == before
    assert [path.name for path in saved.parent.iterdir()] == ["one.db"]


def test_a_restored_database_replaces_the_present_one_under_those_who_have_it_open(
    library: Library, saved: Path, tmp_path: Path
) -> None:
    removed = library.add(write(tmp_path / "b.txt", SECOND))
    library.vectors.catch_up(library.store)
    store = library.store
    before, generation = store.identity(), store.generation()
    assert restore(saved, store.path, quiet) == Restored(None, purged=True)
    assert texts(store) == {FIRST}
    assert not store.has(str(removed.document_id))
    assert store.identity() != before and store.generation() > generation
    assert store.changes(generation) is None
    library.vectors.catch_up(store)
    assert len(library.vectors) == store.count_chunks()
    assert library.faults() == []
    assert library.add(write(tmp_path / "c.txt", SECOND)).status == "added"
    assert sorted(path.name for path in store.path.parent.iterdir() if ".restoring" in path.name) == []


HOLDING = """
import sys
from pathlib import Path
from index.store import Store

store = Store(Path(sys.argv[1]))
while True:
    print(store.identity(), store.count(), flush=True)
    sys.stdin.readline()
"""


def test_another_process_that_has_it_open_reads_the_restored_database_next(
    library: Library, saved: Path, tmp_path: Path
) -> None:
    library.add(write(tmp_path / "b.txt", SECOND))
    before = library.store.identity()
    command = [sys.executable, "-c", HOLDING, str(library.store.path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8", env=environment
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        assert process.stdout.readline().split() == [before, "2"]
        back_up(library.store, tmp_path / "while open.db", quiet)
        restore(saved, library.store.path, quiet)
        process.stdin.write("\n")
        process.stdin.flush()
        identity, count = process.stdout.readline().split()
        process.kill()
    assert identity == library.store.identity() != before
    assert count == "1"


def test_nothing_of_the_replaced_database_is_left_in_the_files(library: Library, saved: Path, tmp_path: Path) -> None:
    library.add(write(tmp_path / "b.txt", SECOND + "第7件事是粼浬罃，编号zq7x3k9vw2。\n"))
    restore(saved, library.store.path, quiet)
    content = b"".join(path.read_bytes() for path in library.store.path.parent.iterdir())
    assert b"zq7x3k9vw2" not in content and "粼浬罃".encode() not in content


def test_a_reader_who_keeps_the_replaced_bytes_is_told(
    library: Library, saved: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.add(write(tmp_path / "b.txt", SECOND + "编号zq7x3k9vw2。\n"))
    monkeypatch.setattr(backup, "WAIT_SECONDS", 0.05)
    with library.store._reading():
        library.store.count()
        assert restore(saved, library.store.path, quiet) == Restored(None, purged=False)
    assert library.store.match_words(["zq7x3k9vw2"], 5, 1.0) == []
    Store(library.store.path).close()
    assert all(b"zq7x3k9vw2" not in path.read_bytes() for path in library.store.path.parent.iterdir())


KILLED = """
import os, sys
from pathlib import Path
from index import backup

backup._put_into = lambda *_: os._exit(130)
backup.restore(Path(sys.argv[1]), Path(sys.argv[2]), lambda _: None)
"""
OPENING = """
import sys
from pathlib import Path
from index.store import Store

Store(Path(sys.argv[1])).close()
"""


def run(script: str, *arguments: Path) -> int:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.run(command, env={**os.environ, "PYTHONPATH": str(ROOT)}, timeout=120, check=False).returncode


def test_the_copy_that_a_killed_restore_left_goes_when_the_database_is_opened(library: Library, saved: Path) -> None:
    folder = library.store.path.parent
    library.store.remove(library.store.documents(1)[0].id)
    assert run(KILLED, saved, library.store.path) == 130
    text = FIRST.splitlines()[0].encode()
    assert any(text in path.read_bytes() for path in folder.glob("*.restoring*"))
    Store(library.store.path).close()
    assert not list(folder.glob("*.restoring*"))
    assert all(text not in path.read_bytes() for path in folder.iterdir())
    assert [path.stat().st_size for path in folder.glob("*.restore-lock*")] == [0]


def test_the_copy_of_a_restore_that_is_under_way_stays(library: Library) -> None:
    with restoring(library.store.path) as place:
        place.write_bytes(b"just being made")
        assert run(OPENING, library.store.path) == 0
        Store(library.store.path).close()
        assert place.read_bytes() == b"just being made"
    assert not place.exists()


def test_a_backup_is_put_where_there_is_nothing_yet(saved: Path, tmp_path: Path) -> None:
    target = tmp_path / "new machine" / "youju.db"
    assert restore(saved, target, quiet) == Restored(None, purged=True)
    store = Store(target)
    assert texts(store) == {FIRST}
    store.close()


@pytest.mark.parametrize("fault", ["not there", "another file", "cut short", "flipped", "newer"])
def test_a_bad_backup_changes_nothing(library: Library, saved: Path, fault: str) -> None:
    if fault == "not there":
        saved.unlink()
    elif fault == "another file":
        saved.write_bytes("不是数据库".encode() * 1000)
    elif fault == "cut short":
        saved.write_bytes(saved.read_bytes()[:20_000])
    elif fault == "flipped":
        damage(saved, "documents_by_fingerprint")
    else:
        connection = apsw.Connection(str(saved))
        connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
        connection.close()
    identity = library.store.identity()
    with pytest.raises(NewerData if fault == "newer" else BadBackup):
        restore(saved, library.store.path, quiet)
    assert library.store.identity() == identity
    assert texts(library.store) == {FIRST}


def damage(file: Path, table: str) -> None:
    """Overwrite the first page of a table or an index."""
    connection = apsw.Connection(str(file))
    page = number(connection, f"SELECT rootpage FROM sqlite_master WHERE name = '{table}'")
    size = number(connection, "PRAGMA page_size")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    content = bytearray(file.read_bytes())
    content[(page - 1) * size : page * size] = b"\xa5" * size
    file.write_bytes(content)


def test_a_database_that_cannot_be_opened_is_kept_beside_the_restored_one(
    library: Library, saved: Path, tmp_path: Path
) -> None:
    library.close()
    target = library.store.path
    target.write_bytes(b"\x00" * 100 + target.read_bytes()[100:])
    wrecked = target.read_bytes()
    kept = restore(saved, target, quiet).kept
    assert kept is not None and kept.read_bytes() == wrecked
    store = Store(target)
    opened = Library(store, MODEL, VectorIndex(MODEL.dimension))
    assert texts(store) == {FIRST}
    assert opened.faults() == []
    opened.close()
