"""The cache file beside the database: read when it fits, made again when it does not, and never a reason to fail."""

import logging
import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index import vectors_file
from index.errors import EmbeddingChanged
from index.reading import HalfVectors, RowIds
from index.store import Store
from index.vectors import VectorIndex
from index.vectors_memory import VectorMemory
from tests.index.conftest import synthetic, unit_vectors
from tests.index.test_vectors import DIMENSION, agree, brute_force, fill


class CountingStore(Store):
    """Counts how often all vectors are read."""

    builds = 0

    def iter_vectors(self, batch: int, generation: int | None = None) -> Iterator[tuple[RowIds, HalfVectors]]:
        self.builds += 1
        return super().iter_vectors(batch, generation)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[CountingStore]:
    opened = CountingStore(tmp_path / "data" / "youju.db")
    fill(opened, "a", 120, 1)
    fill(opened, "b", 80, 2)
    yield opened
    opened.close()


@pytest.fixture
def file(store: Store) -> Path:
    """A ready cache of what the store holds."""
    path = store.path.with_name("youju.db.vectors")
    caught_up(store, path).close()
    assert path.exists()
    return path


def caught_up(store: Store, file: Path, embedding: str = "random") -> VectorIndex:
    index = VectorIndex(DIMENSION, embedding, file)
    index.catch_up(store)
    return index


def require_agreement(index: VectorIndex, store: Store) -> None:
    assert len(index) == store.count_chunks()
    for query in unit_vectors(99, 5, DIMENSION):
        agree(index.search(query, 300), brute_force(store, query, 300))


def test_a_ready_cache_is_read_instead_of_the_database(store: CountingStore, file: Path) -> None:
    store.builds = 0
    index = caught_up(store, file)
    require_agreement(index, store)
    index.close()
    assert store.builds == 0


def test_an_old_cache_is_caught_up(store: CountingStore, file: Path) -> None:
    fill(store, "c", 50, 3)
    store.remove("a")
    fill(store, "b", 30, 4)
    store.builds = 0
    index = caught_up(store, file)
    require_agreement(index, store)
    index.close()
    assert store.builds == 0
    assert vectors_file.read_stamp(file).generation == store.generation(), "what was removed leaves the file"


@pytest.mark.parametrize("damage", ["cut", "flipped", "empty", "another format"])
def test_a_damaged_cache_is_made_again(
    store: CountingStore, file: Path, damage: str, caplog: pytest.LogCaptureFixture
) -> None:
    whole = file.read_bytes()
    middle = len(whole) // 2
    file.write_bytes(
        {
            "cut": whole[:-100],
            "flipped": whole[:middle] + bytes([whole[middle] ^ 64]) + whole[middle + 1 :],
            "empty": b"",
            "another format": b"SQLite format 3\0" + whole,
        }[damage]
    )
    with caplog.at_level(logging.WARNING):
        index = caught_up(store, file)
    assert "由数据库重新生成" in caplog.text
    require_agreement(index, store)
    index.close()
    store.builds = 0
    caught_up(store, file).close()
    assert store.builds == 0, "the new file is whole"


def test_a_cache_of_another_database_or_model_is_not_read(store: CountingStore, file: Path, tmp_path: Path) -> None:
    other = CountingStore(tmp_path / "other" / "youju.db")
    fill(other, "z", 40, 9)
    fill(other, "y", 40, 8)
    taken = tmp_path / "other" / "youju.db.vectors"
    shutil.copy(file, taken)
    index = caught_up(other, taken)
    require_agreement(index, other)
    index.close()
    other.close()
    stamp = vectors_file.read_stamp(file)
    model = vectors_file.Stamp(stamp.identity, stamp.generation, "another model", DIMENSION)
    vectors_file.write(file, model, iter([(np.array([1]), np.zeros((1, DIMENSION), np.float16))]))
    require_agreement(caught_up(store, file), store)


def test_a_database_that_was_put_back_by_hand_is_not_searched_with_its_future(store: CountingStore, file: Path) -> None:
    """It has the same name as before and, after some writing, the same generation and the same rows."""
    kept = store.path.with_name("kept")
    store.close()
    shutil.copy(store.path, kept)
    fill(store, "c", 50, 3)
    caught_up(store, file).close()
    store.close()
    for left in store.path.parent.glob("youju.db-*"):
        left.unlink()
    shutil.copy(kept, store.path)
    again = CountingStore(store.path)
    fill(again, "d", 50, 4)
    assert vectors_file.read_stamp(file).generation == again.generation()
    require_agreement(caught_up(again, file), again)
    again.close()


def test_a_file_from_the_future_of_a_database_that_was_put_back_is_replaced_once(
    store: CountingStore, file: Path
) -> None:
    kept = store.path.with_name("kept")
    store.close()
    shutil.copy(store.path, kept)
    running = caught_up(store, file)
    for number in range(3):
        fill(store, f"c{number}", 50, 3)
    caught_up(store, file).close()
    store.close()
    for left in store.path.parent.glob("youju.db-*"):
        left.unlink()
    shutil.copy(kept, store.path)
    for builds in (1, 0):
        again = CountingStore(store.path)
        caught_up(again, file).close()
        assert again.builds == builds
        assert vectors_file.read_stamp(file).generation == again.generation()
        again.close()
    running.close()


def test_rows_that_are_newer_than_the_file_says_are_not_found_twice(store: CountingStore, file: Path) -> None:
    """As after a document that was added, and one that was removed, while the file was written."""
    old = vectors_file.read_stamp(file)
    fill(store, "c", 50, 3)
    memory = VectorMemory(DIMENSION)
    for rows, vectors in store.iter_vectors(1000):
        memory.add(rows, vectors)
    store.remove("b")
    vectors_file.write(file, old, memory.blocks())
    store.builds = 0
    require_agreement(caught_up(store, file), store)
    assert store.builds == 0


def test_a_log_that_does_not_go_back_far_enough_means_reading_everything(
    store: CountingStore, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    running = caught_up(store, file)
    monkeypatch.setattr("index.staging.MOST_REMOVED", 20)
    for seed in range(5):
        fill(store, "a", 40, 10 + seed)
    assert store.changes(vectors_file.read_stamp(file).generation) is None
    store.builds = 0
    require_agreement(caught_up(store, file), store)
    running.catch_up(store)
    require_agreement(running, store)
    assert store.builds == 2


def test_what_was_removed_is_in_no_byte_of_the_file_after_closing(store: CountingStore, file: Path) -> None:
    rows = store.rows_of(["a"])
    vectors = [vector.astype(np.float16).tobytes() for vector in store.vectors(rows)[1]]
    assert all(vector in file.read_bytes() for vector in vectors)
    store.remove("a")
    index = VectorIndex(DIMENSION, "random", file)
    index.forget(store)
    require_agreement(index, store)
    index.close()
    content = file.read_bytes()
    assert not any(vector in content for vector in vectors)


def test_forgetting_makes_no_cache_where_there_is_none_and_leaves_none_of_another_model(
    store: CountingStore, file: Path
) -> None:
    nothing = file.with_name("none")
    index = VectorIndex(DIMENSION, "random", nothing)
    index.forget(store)
    index.close()
    assert not nothing.exists() and len(index) == 0
    VectorIndex(DIMENSION, "another model", file).forget(store)
    assert not file.exists()


def test_a_model_that_changes_while_others_search_is_noticed_and_nothing_is_mixed(
    store: CountingStore, file: Path
) -> None:
    index = caught_up(store, file)
    query = unit_vectors(5, 1, DIMENSION)[0]
    before = index.search(query, 300)
    fill_with_another_model(store)
    for _ in range(2):
        with pytest.raises(EmbeddingChanged, match="another model"):
            index.catch_up(store)
    assert index.search(query, 300) == before
    with pytest.raises(EmbeddingChanged):
        caught_up(store, file)


def fill_with_another_model(store: Store, dimension: int = DIMENSION) -> None:
    store.remove("b")
    document, chunks = synthetic("a", 20)
    store.add(document, chunks, unit_vectors(7, 20, dimension), "another model")


def test_a_model_with_longer_vectors_is_noticed_before_any_is_added(store: CountingStore, file: Path) -> None:
    index = caught_up(store, file)
    fill_with_another_model(store, DIMENSION * 2)
    with pytest.raises(EmbeddingChanged):
        caught_up(store, file)
    index.forget(store)
    assert not file.exists() and len(index) == 0
    index.close()
    assert not file.exists(), "nothing of the old model is saved again"


def test_a_folder_that_takes_no_file_costs_a_log_line_only(
    store: CountingStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        index = caught_up(store, tmp_path / "no such folder" / "youju.db.vectors")
        index.close()
    assert "could not be saved" in caplog.text
    require_agreement(index, store)


def test_two_processes_may_share_the_file(store: CountingStore, file: Path) -> None:
    first, second = caught_up(store, file), caught_up(store, file)
    fill(store, "c", 50, 3)
    first.catch_up(store)
    store.remove("a")
    second.catch_up(store)
    second.close()
    first.close()
    assert vectors_file.read_stamp(file).generation == store.generation(), "the one that knows less wrote nothing"
    require_agreement(caught_up(store, file), store)


def test_a_whole_cache_has_no_fault(store: CountingStore, file: Path) -> None:
    assert caught_up(store, file).faults(store) == []
    fill(store, "c", 50, 3)
    store.remove("a")
    assert caught_up(store, file).faults(store) == []


def test_each_kind_of_fault_is_named_and_a_rebuild_mends_it(store: CountingStore, file: Path) -> None:
    index = caught_up(store, file)
    assert index._held is not None
    memory, whole = index._held.memory, store.rows_of(["a"])
    memory.remove(whole[:3])
    memory.add(np.array([70_000]), np.zeros((1, DIMENSION), np.float16))
    memory.remove(whole[10:11])
    memory.add(whole[10:11], np.ones((1, DIMENSION), np.float16))
    file.write_bytes(file.read_bytes()[:-1])
    faults = index.faults(store)
    for fault, told in zip(faults, (str(file), "里的片段 3 个", "没有的片段 1 个", "不同的片段 1 个"), strict=True):
        assert told in fault
    index.rebuild(store)
    assert index.faults(store) == []
    index.close()
    require_agreement(index, store)
    assert caught_up(store, file).faults(store) == []
