"""What goes wrong around the database: no space, no right to write, damaged pages; nothing committed is lost."""

import os
import subprocess
import sys
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

import apsw
import pytest

from index.database import number
from index.errors import DamagedData
from index.library import Library
from index.store import Store
from tests.index.conftest import synthetic, unit_vectors
from tests.index.test_library import FIRST, SECOND, write
from tests.stubs import BigramEmbedder
from tests.waiting import ends

MODEL = BigramEmbedder()
PAGE = 4096

FULL = """
import resource, sys
from pathlib import Path
from index.errors import IndexingError
from index.store import Store
from tests.index.conftest import synthetic, unit_vectors

store = Store(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))
written = 0
try:
    for n in range(100):
        document, chunks = synthetic(f"d{n:03}", 50)
        store.add(document, chunks, unit_vectors(n, 50, 64), "random")
        written += 1
except IndexingError as error:
    print(written, store.count(), error, flush=True)
"""


def run(script: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-c", script, *arguments]
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    return subprocess.run(command, capture_output=True, encoding="utf-8", env=environment, timeout=120, check=False)


@pytest.mark.skipif(sys.platform == "win32", reason="no limit on the size of a file")
def test_where_no_more_can_be_written_it_says_so_and_keeps_what_was_committed(tmp_path: Path) -> None:
    path = tmp_path / "youju.db"
    done = run(FULL, str(path))
    assert done.returncode == 0, done.stderr
    written, counted, said = done.stdout.split(" ", 2)
    assert int(written) == int(counted) > 0
    assert "剩余空间" in said
    store = Store(path)
    assert store.count() == int(written)
    assert store.faults("random", 64) == []
    store.close()


READ_ONLY = """
import os, sys
from pathlib import Path
from index.errors import IndexingError
from index.store import Store
if os.geteuid() == 0:
    os.seteuid(65534)  # the superuser may write anywhere
try:
    store = Store(Path(sys.argv[1]))
    store.forget_path("x")
except IndexingError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="rights of POSIX")
def test_a_read_only_folder_is_told_with_what_to_do(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("closed")
    store = Store(folder / "youju.db")
    document, chunks = synthetic("a", 3)
    store.add(document, chunks, unit_vectors(1, 3, 64), "random")
    store.close()
    before = (folder / "youju.db").read_bytes()
    parents = [p for p in folder.parents if p.is_relative_to(tmp_path_factory.getbasetemp().parent)]
    modes = {path: path.stat().st_mode for path in parents}
    for path in parents:
        path.chmod(0o755)
    (folder / "youju.db").chmod(0o444)
    folder.chmod(0o555)
    try:
        done = run(READ_ONLY, str(folder / "youju.db"))
    finally:
        folder.chmod(0o755)
        for path, mode in modes.items():
            path.chmod(mode)
    assert "权限" in done.stdout, done.stderr
    assert (folder / "youju.db").read_bytes() == before


def damage(path: Path, table: str) -> None:
    """Overwrite the first page of a table."""
    connection = apsw.Connection(str(path))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    page = number(connection, f"SELECT rootpage FROM sqlite_master WHERE name = '{table}'")
    connection.close()
    with path.open("r+b") as file:
        file.seek((page - 1) * PAGE)
        file.write(b"\xa5" * PAGE)


@pytest.mark.parametrize("table", ["chunks", "documents", "words_data", "paths"])
def test_a_damaged_page_is_told_when_it_is_read_and_by_the_check(library: Library, tmp_path: Path, table: str) -> None:
    document_id = str(library.add(write(tmp_path / "a.txt", FIRST)).document_id)
    path = library.store.path
    library.store.close()
    damage(path, table)
    reopened = Store(path)
    reads: dict[str, Callable[[], object]] = {
        "chunks": lambda: reopened.document_chunks(document_id),
        "documents": lambda: reopened.document(document_id),
        "words_data": lambda: reopened.match_words(["竣工"], 5, 1.0),
        "paths": lambda: reopened.paths(document_id),
    }
    with pytest.raises(DamagedData, match="youju restore"):
        reads[table]()
    assert reopened.faults(MODEL.fingerprint, MODEL.dimension)
    reopened.close()


def test_a_file_cut_short_is_told_at_once(store: Store) -> None:
    document, chunks = synthetic("a", 30)
    store.add(document, chunks, unit_vectors(1, 30, 64), "random")
    store.close()
    store.path.write_bytes(store.path.read_bytes()[: 3 * PAGE])
    with pytest.raises(DamagedData, match="youju restore"):
        Store(store.path).documents(-1)


def test_a_removal_while_another_reads_is_told_as_not_yet_gone_and_made_good_by_a_later_write(
    library: Library, tmp_path: Path
) -> None:
    document_id = str(library.add(write(tmp_path / "a.txt", FIRST + "编号zq7x3k9vw2。\n")).document_id)
    reader = apsw.Connection(str(library.store.path))
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM documents").fetchall()
    assert not library.store.remove(document_id)
    assert library.store.match_words(["zq7x3k9vw2"], 5, 1.0) == [], "found no more, at once"
    reader.execute("COMMIT")
    reader.close()
    library.add(write(tmp_path / "b.txt", SECOND))
    assert all(b"zq7x3k9vw2" not in path.read_bytes() for path in library.store.path.parent.iterdir())


def test_a_log_that_a_killed_program_left_is_emptied_at_the_next_start(store: Store) -> None:
    document, chunks = synthetic("zq7x3k9vw2", 3)
    store.add(document, chunks, unit_vectors(1, 3, 64), "random")
    with store._writing() as db:
        db.execute("DELETE FROM paths")
    log = store.path.with_name(store.path.name + "-wal")
    assert log.stat().st_size > 0
    again = Store(store.path)
    assert log.stat().st_size == 0
    again.close()


def test_connections_of_many_threads_are_closed_when_the_threads_end(store: Store) -> None:
    barrier = threading.Barrier(9)

    def look() -> None:
        store.count()
        barrier.wait()
        barrier.wait()

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    barrier.wait()
    assert store.connections() == 9
    barrier.wait()
    ends(*threads)
    assert store.connections() == 1


def test_closing_while_a_thread_reads_closes_the_others_now_and_its_own_when_it_has_done(store: Store) -> None:
    begun, go_on = threading.Event(), threading.Event()
    counted: list[int] = []
    held: list[weakref.ref[apsw.Connection]] = []

    def hold(*_: object) -> int:
        begun.set()
        go_on.wait(30)
        return 7

    def look() -> None:
        store._connection().create_scalar_function("hold", hold, 0)
        held.append(weakref.ref(store._connection()))
        counted.append(store._rows("SELECT hold()")[0][0])

    thread = threading.Thread(target=look)
    thread.start()
    assert begun.wait(30)
    own = store._connection()
    store.close()
    with pytest.raises(apsw.ConnectionClosedError):
        own.execute("SELECT 1")
    go_on.set()
    ends(thread)
    assert counted == [7]
    assert held[0]() is None
    assert store.connections() == 0
