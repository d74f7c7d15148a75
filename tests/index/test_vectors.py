"""FAISS against brute force over the store's own vectors."""

from collections.abc import Callable

import numpy as np
import pytest

from index.embed import Vectors
from index.store import Store
from index.vectors import VectorIndex
from tests.index.conftest import synthetic, unit_vectors

DIMENSION = 24


def fill(store: Store, name: str, size: int, seed: int) -> None:
    document, chunks = synthetic(name, size)
    store.add(document, chunks, unit_vectors(seed, size, DIMENSION), "random")


def brute_force(store: Store, query: Vectors, limit: int, allowed: set[int] | None = None) -> list[tuple[int, float]]:
    _, rows = store.vector_rows()
    rows, vectors = store.vectors(rows)
    scores = vectors @ query
    order = [i for i in np.argsort(-scores, kind="stable") if allowed is None or int(rows[i]) in allowed]
    return [(int(rows[i]), float(scores[i])) for i in order[:limit]]


def agree(found: list[tuple[int, float]], expected: list[tuple[int, float]]) -> None:
    assert [row for row, _ in found] == [row for row, _ in expected]
    assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-5)


def test_the_nearest_are_those_of_brute_force_after_adds_and_removes(store: Store) -> None:
    index = VectorIndex(DIMENSION)
    queries = unit_vectors(99, 8, DIMENSION)
    fill(store, "a", 120, 1)
    fill(store, "b", 80, 2)
    changes: list[Callable[[], object]] = [
        lambda: None,
        lambda: fill(store, "c", 150, 3),
        lambda: store.remove("a"),
        lambda: fill(store, "b", 40, 4),
        lambda: fill(store, "a", 30, 5),
    ]
    for change in changes:
        change()
        index.catch_up(store)
        assert len(index) == store.count_chunks()
        for query in queries:
            agree(index.search(query, 10), brute_force(store, query, 10))


def test_the_filter_is_inside_the_search(store: Store) -> None:
    index = VectorIndex(DIMENSION)
    fill(store, "a", 200, 1)
    fill(store, "b", 10, 2)
    index.catch_up(store)
    query = unit_vectors(99, 1, DIMENSION)[0]
    farthest = [row for row, _ in brute_force(store, query, 210)][-20:]
    found = index.search(query, 5, np.array(farthest, np.int64))
    assert len(found) == 5, "a filter behind the search would find none of them"
    agree(found, brute_force(store, query, 5, set(farthest)))
    few = store.rows_of(["b"])
    agree(index.search(query, 50, few), brute_force(store, query, 50, set(few.tolist())))


def test_nothing_is_found_in_nothing(store: Store) -> None:
    index = VectorIndex(DIMENSION)
    query = unit_vectors(1, 1, DIMENSION)[0]
    index.catch_up(store)
    assert index.search(query, 5) == []
    fill(store, "a", 3, 1)
    index.catch_up(store)
    assert index.search(query, 5, np.empty(0, np.int64)) == []
    assert len(index.search(query, 5)) == 3
    store.remove("a")
    index.catch_up(store)
    assert index.search(query, 5) == []


def test_a_second_index_over_the_same_store_is_the_same(store: Store) -> None:
    first, second = VectorIndex(DIMENSION), VectorIndex(DIMENSION)
    fill(store, "a", 50, 1)
    first.catch_up(store)
    fill(store, "b", 50, 2)
    store.remove("a")
    first.catch_up(store)
    second.catch_up(store)
    query = unit_vectors(9, 1, DIMENSION)[0]
    agree(first.search(query, 50), second.search(query, 50))
