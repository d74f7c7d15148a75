"""Keeping the index in step with files: outcomes, integrity and repair."""

import json
import os
import zipfile
from pathlib import Path

import apsw
import pytest

from index.embed import load_embedder
from index.errors import EmbeddingChanged
from index.folder import walk
from index.library import Library, Outcome
from index.schema import APPLICATION_ID
from index.search import Searcher
from index.store import Store
from index.vectors import VectorIndex
from ingest.limits import Limits
from tests.conftest import SAMPLES
from tests.stubs import BigramEmbedder

FIRST = "海沧区2022年工作要点\n发布日期：2022-03-02\n一、学校建设\n计划竣工项目5个。\n二、教师队伍\n招聘教师100名。\n"
SECOND = "海沧区2023年工作要点\n发布日期：2023-03-02\n一、学校建设\n计划竣工项目6个。\n"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_a_file_is_added_once_and_then_unchanged(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", FIRST)
    added = library.add(path)
    generation = library.store.generation()
    again = library.add(path)
    assert (added.status, again.status) == ("added", "unchanged")
    assert added.document_id == again.document_id
    assert library.store.generation() == generation, "nothing was written"


def test_a_file_with_new_content_is_updated(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", FIRST)
    old = library.add(path)
    write(path, SECOND)
    new = library.add(path)
    assert new.status == "updated"
    assert old.document_id and not library.store.has(old.document_id)
    assert library.store.count() == 1


def test_a_copy_is_recorded_and_embedded_no_second_time(library: Library, tmp_path: Path) -> None:
    first = library.add(write(tmp_path / "a.txt", FIRST))
    second = library.add(write(tmp_path / "b" / "copy.txt", FIRST))
    assert (second.status, second.document_id) == ("duplicate", first.document_id)
    assert library.store.count() == 1
    assert len(library.store.paths(str(first.document_id))) == 2


def test_a_bad_file_fails_with_its_reason_and_stops_nothing(library: Library, tmp_path: Path) -> None:
    (tmp_path / "b.txt").write_bytes(b"\x00\x01\x02" * 50)
    write(tmp_path / "a.txt", FIRST)
    write(tmp_path / "c.txt", " \n")
    outcomes = {o.path.name: o for o in map(library.add, walk([tmp_path]))}
    assert {name: o.status for name, o in outcomes.items()} == {"a.txt": "added", "b.txt": "failed", "c.txt": "failed"}
    assert "UTF-8" in str(outcomes["b.txt"].reason)
    assert "c.txt" in str(outcomes["c.txt"].reason)
    assert outcomes["a.txt"].reason is None
    assert library.store.count() == 1


def test_a_file_that_turned_bad_answers_no_more_and_says_so(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", FIRST)
    added = library.add(path)
    write(path, "")
    failed = library.add(path)
    assert failed.status == "failed" and "已移除" in str(failed.reason)
    assert not library.store.has(str(added.document_id))


def test_folders_give_all_files_but_hidden_ones_and_what_programs_leave(tmp_path: Path) -> None:
    for name in ("b.txt", "a.md", "子/c.txt", ".hidden.txt", ".git/d.txt", "图.xyz", "~$e.docx", "Thumbs.db"):
        write(tmp_path / name, FIRST)
    found = [path.relative_to(tmp_path).as_posix() for path in walk([tmp_path])]
    assert found == sorted(found)
    assert set(found) == {"b.txt", "a.md", "子/c.txt", "图.xyz"}


def test_what_a_folder_asks_to_leave_out_is_left_out(tmp_path: Path) -> None:
    write(tmp_path / ".youjuignore", "# drafts\n草稿*\n\n旧版\n")
    for name in ("a.txt", "草稿一.txt", "子/草稿二.txt", "旧版/c.txt", "新版/d.txt"):
        write(tmp_path / name, FIRST)
    assert {path.name for path in walk([tmp_path])} == {"a.txt", "d.txt"}


def test_a_file_that_is_named_itself_is_tried_whatever_it_is(library: Library, tmp_path: Path) -> None:
    named = [write(tmp_path / ".hidden.txt", FIRST), write(tmp_path / "图.xyz", FIRST), tmp_path / "没有.txt"]
    assert [library.add(path).status for path in walk(named)] == ["added", "skipped", "failed"]


def test_progress_tells_the_shares_of_a_file_one_in_all(library: Library, tmp_path: Path) -> None:
    told: list[float] = []
    library.add(write(tmp_path / "a.txt", FIRST), told.append)
    assert sum(told) == pytest.approx(1)


# -- another model -----------------------------------------------------------------------------------------------


def test_another_model_refuses_to_add_until_repair_has_embedded_all_again(
    store: Store, tmp_path: Path, tiny_folder: Path
) -> None:
    old = BigramEmbedder()
    before = Library(store, old, VectorIndex(old.dimension))
    ids = {str(before.add(path).document_id) for path in sorted(SAMPLES.glob("*.txt"))[:2]}
    chunks = {document: store.document_chunks(document) for document in ids}

    model = load_embedder(tiny_folder, threads=1)
    after = Library(store, model, VectorIndex(model.dimension))
    with pytest.raises(EmbeddingChanged):
        after.add(write(tmp_path / "a.txt", FIRST))
    assert any(model.fingerprint in fault.text for fault in after.faults())

    told: list[float] = []
    faults = after.faults()
    assert after.to_repair(faults) == len(ids)
    after.repair(faults, told.append)
    assert after.faults() == []
    assert sum(told) == pytest.approx(len(ids))
    assert {document: store.document_chunks(document) for document in ids} == chunks, "citations survive"
    assert after.add(write(tmp_path / "a.txt", FIRST)).status == "added"
    hits = Searcher(store, model, after.vectors).search("计划竣工几个项目", 3)
    assert hits and hits[0].cosine > 0
    with pytest.raises(EmbeddingChanged):
        before.add(write(tmp_path / "b.txt", SECOND))
    before.stop_reading()
    after.stop_reading()


# -- integrity ---------------------------------------------------------------------------------------------------

DAMAGES = {
    "没有词语索引": "DELETE FROM words WHERE rowid = {row}",
    "向量长度": "UPDATE chunks SET vector = x'0000' WHERE row = {row}",
    "位置超出文档": 'UPDATE chunks SET start = 100000, "end" = 100010 WHERE row = {row}',
}


@pytest.mark.parametrize(("fault", "statement"), DAMAGES.items(), ids=DAMAGES)
def test_a_damaged_row_is_named_and_repaired(library: Library, tmp_path: Path, fault: str, statement: str) -> None:
    document_id = str(library.add(write(tmp_path / "a.txt", FIRST)).document_id)
    assert library.faults() == []
    chunk = library.store.document_chunks(document_id)[-1]
    connection = apsw.Connection(str(library.store.path))
    ((row,),) = connection.execute("SELECT row FROM chunks WHERE id = ?", (chunk.id,)).fetchall()
    connection.execute(statement.format(row=row))
    connection.close()

    (found,) = library.faults()
    assert fault in found.text and chunk.id in found.text
    library.repair([found])
    assert library.faults() == []
    assert library.store.document_chunks(document_id)[-1] == chunk


def test_a_lost_path_and_a_stray_row_of_words_are_told(library: Library, tmp_path: Path) -> None:
    document_id = str(library.add(write(tmp_path / "a.txt", FIRST)).document_id)
    connection = apsw.Connection(str(library.store.path))
    connection.execute("DELETE FROM paths")
    connection.execute("INSERT INTO words (rowid, context, body) VALUES (9999, '甲', '乙')")
    connection.close()
    faults = [fault.text for fault in library.faults()]
    assert any(document_id in fault and "路径" in fault for fault in faults)
    assert any("词语索引" in fault and "1 行" in fault for fault in faults)


# -- files that move, change and go ------------------------------------------------------------------------------


def taken(library: Library, path: Path, retry: bool = False) -> list[Outcome]:
    return list(library.take(path, retry=retry))


def test_a_renamed_file_keeps_its_document_and_is_embedded_no_second_time(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path / "a.txt", FIRST)
    added = library.add(path)
    renamed = library.add(path.rename(tmp_path / "b.txt"))
    assert (renamed.status, renamed.document_id) == ("renamed", added.document_id)
    assert library.store.paths(str(added.document_id)) == [str(tmp_path / "b.txt")]


def test_a_title_that_only_the_name_told_follows_the_name(library: Library, tmp_path: Path) -> None:
    path = write(tmp_path / "旧名.txt", "学校建设情况。\n")
    library.add(path)
    renamed = library.add(path.rename(tmp_path / "新名.txt"))
    assert library.store.document(str(renamed.document_id)).title == "新名"


def test_pruning_forgets_what_is_gone_and_nothing_else(library: Library, tmp_path: Path) -> None:
    kept, gone = write(tmp_path / "kept" / "a.txt", FIRST), write(tmp_path / "kept" / "b.txt", SECOND)
    other = write(tmp_path / "kept2" / "c.txt", "另一份文件。\n")
    for path in (kept, gone, other):
        library.add(path)
    gone.unlink()
    removed = list(library.prune(tmp_path / "kept", {str(kept)}))
    assert [(o.path, o.status) for o in removed] == [(gone, "removed")]
    assert library.store.count() == 2


def test_the_members_of_an_archive_are_documents_of_their_own(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "文件.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("一/a.txt", FIRST)
        archive.writestr("b.txt", SECOND)
        archive.writestr("坏.pdf", "no pdf")
        archive.writestr("c.xyz", "?")
    outcomes = {o.path.relative_to(path).as_posix(): o.status for o in taken(library, path)}
    assert outcomes == {"一/a.txt": "added", "b.txt": "added", "坏.pdf": "failed", "c.xyz": "skipped"}
    assert {o.status for o in taken(library, path)} == {"unchanged", "failed", "skipped"}

    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("b.txt", SECOND)
    assert {o.path.name: o.status for o in taken(library, path)} == {"b.txt": "unchanged", "a.txt": "removed"}
    assert [f.path for f in library.store.failures()] == []


def test_an_archive_that_became_unreadable_takes_its_documents_with_it(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", FIRST)
    taken(library, path)
    path.write_bytes(b"PK\x03\x04 cut off")
    assert {o.status for o in taken(library, path)} == {"failed", "removed"}
    assert library.store.count() == 0


def test_a_failure_is_kept_until_the_file_can_be_read(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"\x00\x01\x02" * 50)
    library.add(path)
    (failure,) = library.store.failures()
    assert (failure.path, failure.reason) == (str(path), "encoding")
    write(path, FIRST)
    assert library.add(path).status == "added"
    assert library.store.failures() == []


def test_a_file_that_failed_is_tried_again_only_when_asked_or_changed(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.4 broken")
    first = library.add(path)
    (failure,) = library.store.failures()
    again = library.add(path)
    assert (again.status, again.reason, again.code) == ("failed", first.reason, first.code)
    assert library.store.failures()[0].failed_at == failure.failed_at, "not tried"
    taken(library, path, retry=True)
    assert library.store.failures()[0].failed_at > failure.failed_at


def test_what_could_not_be_read_of_a_file_is_told_and_kept(library: Library, tmp_path: Path) -> None:
    broken = "文件正文内容，".encode() * 2000 + b"\xff" + "结尾。".encode()
    (tmp_path / "a.txt").write_bytes(broken)
    outcome = library.add(tmp_path / "a.txt")
    assert outcome.status == "added" and outcome.gaps
    assert library.store.document(str(outcome.document_id)).gaps == outcome.gaps


# -- hostile and unlucky files -----------------------------------------------------------------------------------


def test_what_is_no_plain_file_is_a_failure_and_never_waited_for(library: Library, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "管道.txt")
    (tmp_path / "文件夹.txt").mkdir()
    (tmp_path / "断.txt").symlink_to(tmp_path / "没有.txt")
    (tmp_path / "圈.txt").symlink_to(tmp_path / "圈.txt")
    for name, said in (("管道.txt", "普通文件"), ("文件夹.txt", "文件夹"), ("断.txt", "不在"), ("圈.txt", "圈")):
        outcome = library.add(tmp_path / name)
        assert (outcome.status, outcome.code) == ("failed", "unreadable")
        assert said in str(outcome.reason) and str(outcome.reason).endswith("。")
    outcome = library.add(tmp_path / ("长" * 200 + ".txt"))
    assert outcome.status == "failed" and "太长" in str(outcome.reason)


def test_a_name_that_is_no_text_fails_with_its_name_shown(library: Library, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/" + "会议纪要.txt".encode("gbk")
    with open(path, "wb") as file:
        file.write(FIRST.encode())
    outcome = library.add(Path(os.fsdecode(path)))
    assert (outcome.status, outcome.code) == ("failed", "name")
    assert "会议纪要.txt" in str(outcome.reason) and "改名" in str(outcome.reason)


def test_two_members_of_one_name_are_two_documents_however_often_they_are_taken(
    library: Library, tmp_path: Path
) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", FIRST)
        archive.writestr("../a.txt", SECOND)
    assert {(o.path.name, o.status) for o in taken(library, path)} == {("a.txt", "added"), ("a（2）.txt", "added")}
    assert {o.status for o in taken(library, path)} == {"unchanged"}


def test_a_member_with_a_name_longer_than_any_file_may_have_is_a_document(library: Library, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("长" * 300 + ".txt", FIRST)
    assert [o.status for o in taken(library, path)] == ["added"]
    assert library.add(write(tmp_path / "b.txt", FIRST)).status == "duplicate"
    path.unlink()
    assert library.add(write(tmp_path / "c.txt", FIRST)).status == "duplicate", "b.txt is there"


def test_an_archive_that_could_not_be_read_just_now_keeps_its_documents(store: Store, tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.txt", FIRST)
        archive.writestr("b.bin", os.urandom(1 << 20))
    embedder = BigramEmbedder()
    library = Library(store, embedder, VectorIndex(embedder.dimension))
    taken(library, path)
    hasty = Library(store, embedder, VectorIndex(embedder.dimension), Limits(archive_seconds=-10_000))
    assert [(o.status, o.code) for o in taken(hasty, path)] == [("failed", "timed_out")]
    assert store.count() == 1
    moved = path.rename(tmp_path / "elsewhere")
    assert [(o.status, o.code) for o in taken(library, path)] == [("failed", "unreadable")]
    assert store.count() == 1
    moved.rename(path)
    hasty.close()
    library.close()


# -- a database of the version before ----------------------------------------------------------------------------

FIRST_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, path TEXT NOT NULL, sha256 TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    metadata TEXT NOT NULL, noise TEXT NOT NULL, added_at REAL NOT NULL, fingerprint TEXT NOT NULL
);
CREATE INDEX documents_by_fingerprint ON documents (fingerprint);
CREATE TABLE paths (path TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE);
CREATE TABLE chunks (
    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    headings TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX chunks_by_document ON chunks (document_id);
CREATE VIRTUAL TABLE words USING fts5 (context, body, tokenize = "unicode61 remove_diacritics 0 tokenchars '%'");
"""
FIRST_METADATA = {
    "number": None, "index_number": None, "issuer": None, "year": 2022, "years": [2022],
    "dates": [{"label": "发布日期", "value": "2022-03-02", "start": 17, "end": 27}],
    "places": [{"value": "海沧区", "start": 0, "end": 3}],
}  # fmt: skip


def as_first_written(library: Library, source: Path, target: Path) -> None:
    """The documents of `library` in a file of schema 1, with the metadata that was known then."""
    db = apsw.Connection(str(target))
    db.execute("ATTACH ? AS new", (str(library.store.path),))
    with db:
        db.execute(FIRST_SCHEMA)
        columns = "id, path, sha256, title, text, metadata, noise, added_at, fingerprint"
        db.execute(f"INSERT INTO documents SELECT {columns} FROM new.documents")
        db.execute("UPDATE documents SET metadata = ?", (json.dumps(FIRST_METADATA),))
        db.execute("INSERT INTO facts SELECT * FROM new.facts WHERE name = 'generation'")
        db.execute("INSERT INTO paths SELECT * FROM new.paths")
        columns = 'row, id, document_id, headings, start, "end", vector'
        db.execute(f"INSERT INTO chunks SELECT {columns} FROM new.chunks")
        db.execute("INSERT INTO words (rowid, context, body) SELECT rowid, context, body FROM new.words")
        db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        db.execute("PRAGMA user_version = 1")
    db.close()


def test_a_database_of_the_first_version_is_upgraded_and_answers_on(library: Library, tmp_path: Path) -> None:
    source = write(tmp_path / "a.txt", FIRST)
    added = library.add(source)
    expected = Searcher(library.store, library.embedder, library.vectors).search("计划竣工几个项目", 3)
    old = tmp_path / "old" / "youju.db"
    old.parent.mkdir()
    as_first_written(library, source, old)
    for _ in range(2):  # upgraded, then opened as any other
        store = Store(old)
        opened = Library(store, library.embedder, VectorIndex(library.embedder.dimension))
        assert opened.faults() == []
        hits = Searcher(store, opened.embedder, opened.vectors).search("计划竣工几个项目", 3)
        assert [hit.chunk for hit in hits] == [hit.chunk for hit in expected]
        document = store.document(str(added.document_id))
        assert (document.metadata.year, document.metadata.places[0].value, document.gaps) == (2022, "海沧区", ())
        assert [outcome.status for outcome in taken(opened, source)] == ["unchanged"]
        assert store.failures() == []
        opened.close()
    new = BigramEmbedder(96, "new")
    opened = Library(Store(old), new, VectorIndex(new.dimension))
    opened.rebuild()
    assert opened.faults() == []
    opened.close()
