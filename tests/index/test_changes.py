"""What a cache of the vectors is told of the store's changes, held against all rows before and after."""

import random
import threading

import numpy as np
import pytest

from index import staging
from index.store import RowIds, Store
from tests.index.conftest import synthetic, unit_vectors
from tests.waiting import ends

DIMENSION = 8


def fill(store: Store, name: str, size: int, seed: int = 1) -> None:
    document, chunks = synthetic(name, size)
    store.add(document, chunks, unit_vectors(seed, size, DIMENSION), "random")


def caught_up(store: Store, generation: int, rows: set[int]) -> set[int] | None:
    """Rows of a cache that held `rows` at `generation`, after it has applied the changes since."""
    changes = store.changes(generation)
    if changes is None:
        return None
    assert changes.generation == store.generation()
    return (rows - set(changes.removed.tolist())) | set(changes.added.tolist())


def present(store: Store) -> set[int]:
    return set(store.vector_rows()[1].tolist())


def test_changes_bring_any_earlier_state_to_the_present_one(store: Store) -> None:
    chance = random.Random(3)
    states = [(store.generation(), present(store))]
    for step in range(30):
        name = chance.choice("abcdef")
        if store.has(name) and chance.random() < 0.5:
            store.remove(name)
        else:
            fill(store, name, chance.randint(1, 9), step)
        states.append((store.generation(), present(store)))
    for generation, rows in states:
        assert caught_up(store, generation, rows) == present(store)
    changes = store.changes(store.generation())
    assert changes is not None and not len(changes.added) and not len(changes.removed)


def test_a_generation_that_never_was_has_no_changes(store: Store) -> None:
    fill(store, "a", 3)
    assert store.changes(store.generation() + 1) is None


def test_what_was_forgotten_cannot_be_caught_up(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(staging, "MOST_REMOVED", 20)
    states = []
    for step in range(12):
        states.append((store.generation(), present(store)))
        fill(store, "a", 5, step)
    outcomes = [caught_up(store, generation, rows) for generation, rows in states]
    assert outcomes[0] is None
    assert outcomes[-1] == present(store)
    assert all(outcome in (None, present(store)) for outcome in outcomes)


def test_every_vector_is_told_once_in_batches(store: Store) -> None:
    fill(store, "a", 25, 1)
    fill(store, "b", 13, 2)
    batches = list(store.iter_vectors(10))
    assert [len(rows) for rows, _ in batches] == [10, 10, 10, 8]
    rows = np.concatenate([rows for rows, _ in batches])
    assert set(rows.tolist()) == present(store)
    again, vectors = store.vectors(rows)
    assert again.tolist() == rows.tolist()
    assert np.array_equal(np.concatenate([v for _, v in batches]).astype(np.float32), vectors)
    assert list(Store(store.path).iter_vectors(10, generation=0)) == []


def test_what_is_written_while_the_vectors_are_read_is_made_good_by_the_changes(store: Store) -> None:
    for name in "abcd":
        fill(store, name, 10)
    generation = store.generation()
    read: set[int] = set()
    for step, (rows, _) in enumerate(store.iter_vectors(10, generation)):
        read |= set(rows.tolist())
        if step == 1:
            store.remove("a")
            store.remove("d")
            fill(store, "e", 10)
    assert caught_up(store, generation, read) == present(store)


def test_more_rows_and_documents_than_sqlite_has_question_marks(store: Store) -> None:
    fill(store, "a", 40)
    many: RowIds = np.arange(100_000, dtype=np.int64)
    rows, vectors = store.vectors(many)
    assert len(rows) == len(vectors) == 40
    assert len(store.chunks(many.tolist())) == 40
    names = [f"document {i}" for i in range(40_000)] + ["a"]
    assert len(store.rows_of(names)) == 40
    assert list(store.metadata(names)) == ["a"]


def test_a_database_has_an_identity_that_opening_again_keeps(store: Store) -> None:
    assert len(store.identity()) == 32
    other = Store(store.path.with_name("other.db"))
    assert other.identity() != store.identity()
    other.close()
    again = Store(store.path)
    assert again.identity() == store.identity()
    again.close()


def test_a_thread_that_ends_closes_its_connection(store: Store) -> None:
    def look() -> None:
        store.count()

    for _ in range(20):
        thread = threading.Thread(target=look)
        thread.start()
        ends(thread)
    assert store.connections() == 1
