"""FAISS in memory against brute force in numpy, with searches and changes side by side."""

import threading

import numpy as np
import pytest

from index.reading import HalfVectors, RowIds
from index.vectors_memory import LISTS, SPAN, VectorMemory
from tests.index.conftest import unit_vectors
from tests.waiting import ends

DIMENSION = 24


def filled(rows: RowIds, seed: int = 1) -> tuple[VectorMemory, HalfVectors]:
    memory = VectorMemory(DIMENSION)
    vectors = unit_vectors(seed, len(rows), DIMENSION).astype(np.float16)
    for start in range(0, len(rows), 700):
        memory.add(rows[start : start + 700], vectors[start : start + 700])
    return memory, vectors


def test_the_nearest_are_those_of_brute_force_with_gaps_between_the_rows() -> None:
    rows = np.random.default_rng(3).choice(50_000, 3000, replace=False).astype(np.int64)
    memory, vectors = filled(rows)
    for query in unit_vectors(9, 20, DIMENSION):
        scores = vectors.astype(np.float32) @ query
        best = np.argsort(-scores, kind="stable")[:15]
        found = memory.search(query, 15)
        assert [row for row, _ in found] == rows[best].tolist()
        assert [score for _, score in found] == pytest.approx(scores[best].tolist(), abs=1e-5)


@pytest.mark.parametrize("share", [0.002, 0.1, 0.9])
def test_all_of_few_and_of_many_allowed_rows_are_found(share: float) -> None:
    rows = np.arange(10, 3010, dtype=np.int64)
    memory, vectors = filled(rows)
    query = unit_vectors(9, 1, DIMENSION)[0]
    allowed = np.random.default_rng(4).choice(rows, int(share * len(rows)), replace=False)
    scores = dict(zip(rows.tolist(), (vectors.astype(np.float32) @ query).tolist(), strict=True))
    expected = sorted(allowed.tolist(), key=lambda row: -scores[row])[:40]
    unknown = np.array([1, 2, 5_000_000])
    assert [row for row, _ in memory.search(query, 40, np.concatenate((allowed, unknown)))] == expected


def test_removed_rows_are_gone_and_the_others_keep_their_vectors() -> None:
    rows = np.arange(1, 2001, dtype=np.int64)
    memory, vectors = filled(rows)
    gone = np.random.default_rng(4).choice(rows, 700, replace=False)
    assert memory.remove(np.append(gone, 99_999)) == 700
    left = np.setdiff1d(rows, gone)
    assert len(memory) == 1300 and sorted(memory.rows().tolist()) == left.tolist()
    here = memory.vectors(rows)
    assert sorted(here) == left.tolist()
    assert all(np.array_equal(here[row], vectors[row - 1]) for row in left.tolist())
    assert memory.remove(gone) == 0 and memory.remove(left) == 1300
    assert memory.search(unit_vectors(1, 1, DIMENSION)[0], 5) == []


def test_the_parts_together_are_everything() -> None:
    rows = np.arange(1, LISTS * SPAN + 9, 40, dtype=np.int64)
    memory, vectors = filled(rows)
    told = [pair for part, halves in memory.blocks() for pair in zip(part.tolist(), halves, strict=True)]
    assert sorted(row for row, _ in told) == rows.tolist()
    assert all(np.array_equal(half, vectors[(row - 1) // 40]) for row, half in told)


def test_vectors_of_another_length_are_refused() -> None:
    memory = VectorMemory(DIMENSION)
    with pytest.raises(ValueError, match="25"):
        memory.add(np.array([1]), np.zeros((1, DIMENSION + 1), np.float16))


def test_searches_beside_changes_always_find_what_stays() -> None:
    stays = np.arange(1, 1001, dtype=np.int64)
    memory, vectors = filled(stays)
    queries = vectors.astype(np.float32)
    stop = threading.Event()
    wrong: list[int] = []

    def look() -> None:
        rng = np.random.default_rng(threading.get_ident())
        while not stop.is_set():
            row = int(rng.integers(0, 1000))
            if memory.search(queries[row], 1)[0][0] != row + 1:
                wrong.append(row)

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    other = -vectors[:200]  # far from every query but their opposites
    for number in range(60):
        added = np.arange(2000 + 200 * number, 2200 + 200 * number, dtype=np.int64)
        memory.add(added, other)
        assert memory.remove(added) == 200
    stop.set()
    ends(*threads)
    assert wrong == []
