"""The check names what is wrong, whatever it is, and the repair mends what can be mended."""

import zipfile
from pathlib import Path

import apsw
import pytest

from index.integrity import Cure
from index.library import Library
from index.vectors import VectorIndex
from tests.index.test_library import FIRST, SECOND, write
from tests.stubs import BigramEmbedder

pytestmark = pytest.mark.slow

WRONG_TEXT = "UPDATE documents SET text = replace(text, '竣工项目5个', '竣工项目8个')"
CHUNK = "(SELECT max(row) FROM chunks)"
DAMAGES: dict[str, tuple[str, Cure]] = {
    WRONG_TEXT: ("原文与写入时不同", "read again"),
    "UPDATE documents SET layout = '{\"headings\": []}'": ("原文与写入时不同", "read again"),
    "UPDATE documents SET layout = 'no JSON', gaps = '{'": ("原文与写入时不同", "read again"),
    "UPDATE documents SET sha256 = 'ffff' || substr(sha256, 5)": ("校验和不是它的", "read again"),
    "UPDATE documents SET metadata = substr(metadata, 1, 20)": ("片段或向量与写入时不同", "make again"),
    "UPDATE documents SET title = '另一个标题'": ("片段或向量与写入时不同", "make again"),
    "UPDATE documents SET noise = '[[0, 5]]'": ("原文与写入时不同", "read again"),
    f"UPDATE chunks SET headings = '[]' WHERE row = {CHUNK}": ("片段或向量与写入时不同", "make again"),
    f"UPDATE chunks SET start = start + 1 WHERE row = {CHUNK}": ("片段或向量与写入时不同", "make again"),
    f"UPDATE chunks SET vector = (SELECT vector FROM chunks WHERE row = 1) WHERE row = {CHUNK}": (
        "片段或向量与写入时不同", "make again",
    ),
    f"UPDATE chunks SET vector = zeroblob(length(vector)) WHERE row = {CHUNK}": ("与写入时不同", "make again"),
    f"UPDATE chunks SET generation = 10000 WHERE row = {CHUNK}": ("版本号在将来", "make again"),
    f"DELETE FROM chunks WHERE row = {CHUNK}": ("与写入时不同", "make again"),
    f"UPDATE words SET body = '别的 词语' WHERE rowid = {CHUNK}": ("词语与原文不符", "make again"),
    f"UPDATE words_content SET c1 = '别的 词语' WHERE id = {CHUNK}": ("FTS5", "words"),
    f"DELETE FROM words WHERE rowid = {CHUNK}": ("没有词语索引", "make again"),
    "INSERT INTO words (rowid, context, body) VALUES (9999, '甲', '乙')": ("1 行不属于任何片段", "words"),
    "DELETE FROM paths": ("没有路径记录", "path"),
    "UPDATE documents SET path = '/elsewhere'": ("不是它的", "path"),
    "UPDATE documents SET fingerprint = 'another model'": ("由 another model 建立", "make again"),
}  # fmt: skip


def damage(library: Library, statement: str) -> None:
    connection = apsw.Connection(str(library.store.path))
    connection.execute(statement)
    connection.close()


@pytest.mark.parametrize("statement", DAMAGES)
def test_every_damage_is_named_and_mended(library: Library, tmp_path: Path, statement: str) -> None:
    library.add(write(tmp_path / "a.txt", FIRST))
    (before,) = library.store.documents(-1)
    chunks = library.store.document_chunks(before.id)
    assert library.faults() == []
    damage(library, statement)
    said, cure = DAMAGES[statement]
    faults = library.faults()
    assert any(said in fault.text and fault.cure == cure for fault in faults), faults
    library.repair(faults)
    assert library.faults() == []
    (row,) = library.store.documents(-1)
    assert (row.sha256, row.metadata) == (before.sha256, before.metadata)
    assert library.store.document(row.id).text == FIRST
    assert library.store.document_chunks(row.id) == chunks
    assert library.store.match_words(["竣工"], 5, 1.0)


def test_a_text_that_is_wrong_and_whose_file_has_gone_stays_named(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", FIRST)
    library.add(path)
    library.add(write(tmp_path / "b.txt", SECOND))
    damage(library, WRONG_TEXT)
    path.unlink()
    (fault,) = library.faults()
    library.repair([fault])
    assert library.faults() == [fault]


def test_a_member_of_an_archive_is_read_again(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "文件.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("b.txt", SECOND)
        archive.writestr("一/a.txt", FIRST)
    assert [outcome.status for outcome in library.take(path)] == ["added", "added"]
    damage(library, WRONG_TEXT)
    library.repair(library.faults())
    assert library.faults() == []
    assert FIRST in {library.store.document(row.id).text for row in library.store.documents(-1)}


def test_a_document_is_read_again_from_whichever_of_its_files_is_there(library: Library, tmp_path: Path) -> None:
    paths = [write(tmp_path / name, FIRST) for name in ("a.txt", "b.txt", "c.txt")]
    for path in paths:
        library.add(path)
    damage(library, WRONG_TEXT)
    paths[0].unlink()
    write(paths[1], SECOND)
    library.repair(library.faults())
    assert library.faults() == []


@pytest.mark.parametrize("statement", [s for s, (_, cure) in DAMAGES.items() if cure in ("read again", "make again")])
def test_what_is_damaged_when_the_model_changes_is_mended_with_it(
    library: Library, tmp_path: Path, statement: str
) -> None:
    library.add(write(tmp_path / "a.txt", FIRST))
    library.add(write(tmp_path / "b.txt", SECOND))
    damage(library, statement)
    new = BigramEmbedder(96, "new")
    after = Library(library.store, new, VectorIndex(new.dimension, new.fingerprint))
    after.repair(after.faults())
    assert after.faults() == []
    assert {after.store.document(row.id).text for row in after.store.documents(-1)} == {FIRST, SECOND}
    after.stop_reading()


def test_the_whole_index_is_checked_while_another_connection_has_written(library: Library, tmp_path: Path) -> None:
    """FTS5's own check believes what its connection has cached; see `Database._fresh`."""
    for number in range(4):
        connection = apsw.Connection(str(library.store.path))
        connection.execute("INSERT INTO words (rowid, context, body) VALUES (?, '甲', '乙')", (9000 + number,))
        connection.execute("DELETE FROM words WHERE rowid >= 9000")
        connection.close()
        library.add(write(tmp_path / f"{number}.txt", FIRST.replace("5", str(number))))
        assert library.faults() == []
