"""The database: all of a document or nothing, one truth, and files that are refused."""

import re
import subprocess
import sys
import threading
from collections import Counter
from math import log
from pathlib import Path

import apsw
import numpy as np
import pytest

from index import database as database_module
from index import lexical
from index import store as store_module
from index.database import number
from index.embed import Vectors
from index.errors import EmbeddingChanged, ForeignData, NewerData, StoreBusy, UnknownDocument
from index.schema import SCHEMA_VERSION
from index.store import Store, full_fingerprint, passage
from ingest.read import Ingested, read_document
from tests.conftest import SAMPLES
from tests.index.conftest import ingest
from tests.stubs import BigramEmbedder
from tests.waiting import ends

MODEL = BigramEmbedder()
FIRST = "海沧区2022年工作要点\n发布日期：2022-03-02\n一、学校建设\n计划竣工项目5个。\n二、教师队伍\n招聘教师100名。\n"
SECOND = "海沧区2023年工作要点\n发布日期：2023-03-02\n一、学校建设\n计划竣工项目6个。\n"


def vectors_of(read: Ingested) -> Vectors:
    return MODEL.encode_passages([passage(read.document, chunk) for chunk in read.chunks])


def add(store: Store, read: Ingested) -> str:
    store.add(read.document, read.chunks, vectors_of(read), MODEL.fingerprint)
    return read.document.id


def sizes(store: Store) -> dict[str, int]:
    """Rows of each table, read past the store."""
    connection = apsw.Connection(str(store.path))
    tables = ("documents", "paths", "chunks", "words", "words_docsize")
    counted = {table: number(connection, f"SELECT count(*) FROM {table}") for table in tables}
    connection.close()
    return counted


NOTHING = {"documents": 0, "paths": 0, "chunks": 0, "words": 0, "words_docsize": 0}


def test_a_document_comes_back_as_it_was_written(store: Store) -> None:
    read = read_document(SAMPLES / "2023年海沧区教育工作要点.txt")
    add(store, read)
    store.close()
    reopened = Store(store.path)
    assert reopened.document(read.document.id) == read.document
    assert reopened.document_chunks(read.document.id) == read.chunks
    (row,) = reopened.documents(10)
    assert (row.title, row.characters, row.chunks) == (read.document.title, len(read.document.text), len(read.chunks))
    assert reopened.document_row(read.document.id) == row
    assert row.metadata == read.document.metadata
    reopened.close()


def test_vectors_come_back_in_half_precision(store: Store, tmp_path: Path) -> None:
    read = ingest(tmp_path, "a.txt", FIRST)
    add(store, read)
    _, rows = store.vector_rows()
    found, vectors = store.vectors(rows)
    assert found.tolist() == rows.tolist()
    assert np.array_equal(vectors, vectors_of(read).astype(np.float16).astype(np.float32))


def test_a_failure_in_the_middle_leaves_nothing(store: Store, tmp_path: Path) -> None:
    read = ingest(tmp_path, "a.txt", FIRST)
    generation = store.generation()
    with pytest.raises(ValueError, match="shorter"):
        store.add(read.document, read.chunks, vectors_of(read)[:-1], MODEL.fingerprint)
    assert sizes(store) == NOTHING
    assert not store.has(read.document.id)
    assert store.generation() == generation


def test_a_failed_update_leaves_the_earlier_document_whole(store: Store, tmp_path: Path) -> None:
    old = ingest(tmp_path, "a.txt", FIRST)
    add(store, old)
    before = sizes(store)
    new = ingest(tmp_path, "a.txt", SECOND)
    with pytest.raises(ValueError, match="shorter"):
        store.add(new.document, new.chunks, vectors_of(new)[:-1], MODEL.fingerprint)
    assert sizes(store) == before
    assert store.document(old.document.id) == old.document
    assert store.document_id_at(old.document.path) == old.document.id
    assert store.faults(MODEL.fingerprint, MODEL.dimension) == []


def test_another_document_under_the_same_path_takes_its_place(store: Store, tmp_path: Path) -> None:
    old = ingest(tmp_path, "a.txt", FIRST)
    add(store, old)
    new = ingest(tmp_path, "a.txt", SECOND)
    add(store, new)
    assert not store.has(old.document.id)
    assert store.document_id_at(new.document.path) == new.document.id
    assert sizes(store) == {"documents": 1, "paths": 1, "chunks": len(new.chunks), "words": len(new.chunks),
                            "words_docsize": len(new.chunks)}  # fmt: skip
    assert store.match_words(lexical.words("招聘"), 10, 0.5) == []


def test_one_document_under_two_paths_goes_with_the_last_of_them(store: Store, tmp_path: Path) -> None:
    first = ingest(tmp_path, "a.txt", FIRST)
    add(store, first)
    copy = str(tmp_path / "副本.txt")
    store.add_path(copy, first.document.id)
    assert store.count() == 1
    assert store.paths(first.document.id) == sorted([copy, first.document.path])

    add(store, ingest(tmp_path, "a.txt", SECOND))
    assert store.document(first.document.id).path == copy
    add(store, ingest(tmp_path, "副本.txt", "另一份通知\n一、要求\n加强管理。\n"))
    assert not store.has(first.document.id)
    assert store.count() == 2
    assert store.faults(MODEL.fingerprint, MODEL.dimension) == []


def test_writing_a_document_again_keeps_one_of_everything(store: Store, tmp_path: Path) -> None:
    read = ingest(tmp_path, "a.txt", FIRST)
    add(store, read)
    once = sizes(store)
    add(store, read)
    assert sizes(store) == once


def test_removing_a_document_removes_everything_of_it(store: Store, tmp_path: Path) -> None:
    gone, kept = ingest(tmp_path, "a.txt", FIRST), ingest(tmp_path, "b.txt", SECOND)
    add(store, gone)
    store.add_path(str(tmp_path / "副本.txt"), gone.document.id)
    add(store, kept)
    alone = {name: (len(kept.chunks) if name not in ("documents", "paths") else 1) for name in NOTHING}
    store.remove(gone.document.id)
    assert sizes(store) == alone
    assert store.match_words(lexical.words("招聘"), 10, 0.5) == []
    with pytest.raises(UnknownDocument, match=r"youju list"):
        store.document(gone.document.id)
    with pytest.raises(UnknownDocument, match=gone.document.id):
        store.remove(gone.document.id)
    store.remove(kept.document.id)
    assert sizes(store) == NOTHING


def test_two_models_are_never_in_one_index_whatever_was_looked_at_before(store: Store, tmp_path: Path) -> None:
    first, second = ingest(tmp_path, "a.txt", FIRST), ingest(tmp_path, "b.txt", SECOND)
    add(store, first)
    before = sizes(store), store.generation()
    with pytest.raises(EmbeddingChanged, match="another"):
        store.add(second.document, second.chunks, vectors_of(second), "another")
    assert (sizes(store), store.generation()) == before
    store.add(first.document, first.chunks, vectors_of(first), "another")
    assert store.fingerprints() == {full_fingerprint("another")}, "the only document may change its model"


def test_a_document_that_is_gone_gets_no_path(store: Store, tmp_path: Path) -> None:
    read = ingest(tmp_path, "a.txt", FIRST)
    add(store, read)
    assert not store.add_path(read.document.path, "0123456789abcdef")
    assert store.paths(read.document.id) == [read.document.path], "what stood there before still does"
    assert store.add_path("/b.txt", read.document.id)


def test_the_generation_counts_every_committed_change(store: Store, tmp_path: Path) -> None:
    read = ingest(tmp_path, "a.txt", FIRST)
    seen = [store.generation()]
    add(store, read)
    seen.append(store.generation())
    store.add_path(str(tmp_path / "b.txt"), read.document.id)
    seen.append(store.generation())
    store.remove(read.document.id)
    seen.append(store.generation())
    assert seen == sorted(set(seen))


def test_documents_are_listed_by_title_in_pages(store: Store, tmp_path: Path) -> None:
    for name, text in {"b": SECOND, "a": FIRST}.items():
        add(store, ingest(tmp_path, f"{name}.txt", text))
    titles = [row.title for row in store.documents(-1)]
    assert titles == sorted(titles) and len(titles) == 2
    assert [row.title for row in store.documents(1, 1)] == titles[1:]


# -- files that are not ours -------------------------------------------------------------------------------------


def test_data_of_a_newer_program_is_refused(store: Store) -> None:
    store.close()
    connection = apsw.Connection(str(store.path))
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    connection.close()
    with pytest.raises(NewerData, match="请升级程序"):
        Store(store.path)


def test_the_database_of_another_program_is_refused_and_keeps_its_tables(tmp_path: Path) -> None:
    path = tmp_path / "foreign.db"
    connection = apsw.Connection(str(path))
    connection.execute("CREATE TABLE notes (text TEXT)")
    connection.close()
    with pytest.raises(ForeignData, match=r"foreign\.db.*YOUJU_DATA"):
        Store(path)
    connection = apsw.Connection(str(path))
    assert [row[0] for row in connection.execute("SELECT name FROM sqlite_master")] == ["notes"]
    connection.close()


def test_a_file_that_is_no_database_is_refused_and_kept(tmp_path: Path) -> None:
    path = tmp_path / "garbage.db"
    path.write_bytes("这不是数据库。".encode() * 500)
    with pytest.raises(ForeignData, match=r"garbage\.db"):
        Store(path)
    assert path.read_bytes() == "这不是数据库。".encode() * 500


def test_vectors_and_words_of_another_model_are_refused(store: Store, tmp_path: Path) -> None:
    store.require_fingerprint("another model")  # nothing is stored yet
    add(store, ingest(tmp_path, "a.txt", FIRST))
    store.require_fingerprint(MODEL.fingerprint)
    assert store.fingerprints() == {full_fingerprint(MODEL.fingerprint)}
    with pytest.raises(EmbeddingChanged, match="youju check --repair"):
        store.require_fingerprint("another model")


# -- one writer at a time ----------------------------------------------------------------------------------------

HOLD = """
import apsw, sys
connection = apsw.Connection(sys.argv[1])
connection.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
"""


def hold_the_lock(path: Path) -> "subprocess.Popen[str]":
    """A second process in the middle of a write, until it is told to go on."""
    command = [sys.executable, "-c", HOLD, str(path)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8")
    assert process.stdout is not None and process.stdout.readline() == "held\n"
    return process


def test_writing_waits_for_a_second_process(store: Store, tmp_path: Path) -> None:
    read = ingest(tmp_path, "a.txt", FIRST)
    process = hold_the_lock(store.path)
    writer = threading.Thread(target=add, args=(store, read))
    writer.start()
    writer.join(timeout=0.3)
    assert writer.is_alive(), "the writer waits"
    assert store.count() == 0, "readers do not"
    process.communicate("go on\n")
    ends(writer)
    assert store.has(read.document.id)


def test_a_writer_that_waits_too_long_says_so(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database_module, "BUSY_SECONDS", 0.1)
    store.close()
    impatient = Store(store.path)
    process = hold_the_lock(store.path)
    with pytest.raises(StoreBusy, match="请稍后再试"):
        add(impatient, ingest(tmp_path, "a.txt", FIRST))
    process.communicate("go on\n")
    add(impatient, ingest(tmp_path, "a.txt", FIRST))
    impatient.close()


def test_threads_write_one_after_another(store: Store, tmp_path: Path) -> None:
    reads = [ingest(tmp_path, f"{i}.txt", f"第{i}号通知\n一、要求\n落实第{i}项任务。\n") for i in range(6)]
    threads = [threading.Thread(target=add, args=(store, read)) for read in reads]
    for thread in threads:
        thread.start()
    ends(*threads)
    assert store.count() == len(reads)
    assert store.faults(MODEL.fingerprint, MODEL.dimension) == []


def test_many_segments_of_words_become_one_and_find_the_same(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for i in range(3):
        add(store, ingest(tmp_path, f"{i}.txt", f"第{i}号通知\n一、要求\n落实第{i}项任务。\n"))
    before = store.match_words(lexical.words("落实任务"), 10, 0.5)
    assert segments(store) > 1
    monkeypatch.setattr(store_module, "LARGE_SEGMENT", 1)
    monkeypatch.setattr(store_module, "MOST_SEGMENTS", 1)
    store.tidy()
    assert segments(store) == 1
    assert store.match_words(lexical.words("落实任务"), 10, 0.5) == before
    assert store.faults(MODEL.fingerprint, MODEL.dimension) == []


def segments(store: Store) -> int:
    connection = apsw.Connection(str(store.path))
    return number(connection, "SELECT count(DISTINCT segid) FROM words_idx")


# -- words -------------------------------------------------------------------------------------------------------


def reference_bm25(rows: dict[int, tuple[str, str]], terms: list[str], context_weight: float) -> dict[int, float]:
    """BM25 after Robertson, as FTS5's documentation states it, over (context, body) as they are stored."""
    token = re.compile(r"(?:[^\W_]|%)+")
    columns = {row: [Counter(token.findall(text)) for text in pair] for row, pair in rows.items()}
    lengths = {row: sum(sum(c.values()) for c in pair) for row, pair in columns.items()}
    average = sum(lengths.values()) / len(rows)
    scores: dict[int, float] = {}
    for term in terms:
        holding = [row for row, pair in columns.items() if any(c[term] for c in pair)]
        weight = max(log((len(rows) - len(holding) + 0.5) / (len(holding) + 0.5)), 1e-6)
        for row in holding:
            context, body = columns[row]
            frequency = context_weight * context[term] + body[term]
            norm = frequency + 1.2 * (1 - 0.75 + 0.75 * lengths[row] / average)
            scores[row] = scores.get(row, 0.0) + weight * frequency * 2.2 / norm
    return scores


@pytest.mark.parametrize(
    "question", ["计划竣工几个教育项目", "学生心理健康", "一带一路沿线国家", "海沧区2023年教育工作"]
)
def test_word_scores_are_those_of_a_reference_bm25(store: Store, question: str) -> None:
    for path in sorted(SAMPLES.glob("*.txt"))[:2]:
        add(store, read_document(path))
    connection = apsw.Connection(str(store.path))
    stored = {int(row): (context, body) for row, context, body in connection.execute("SELECT rowid, * FROM words")}
    connection.close()
    terms = list(lexical.subject_words(question))
    expected = reference_bm25(stored, terms, 0.5)
    found = store.match_words(terms, len(stored), 0.5)
    assert dict(found) == pytest.approx(expected, rel=1e-6)
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)
    allowed = np.array(sorted(expected)[::2], np.int64)
    inside = store.match_words(terms, 3, 0.5, allowed)
    assert inside == [pair for pair in found if pair[0] in set(allowed.tolist())][:3]


def test_what_is_asked_is_data_and_no_query_language(store: Store, tmp_path: Path) -> None:
    add(store, ingest(tmp_path, "a.txt", FIRST))
    assert store.match_words(['"', "NEAR(", "OR", "*", "body:", "竣工"], 10, 0.5)
    assert store.match_words([], 10, 0.5) == []
