"""The vectors in memory, in FAISS: add, remove, search by row id, many threads at once.

Half precision, as the database has them, and every one compared with every question: nothing is trained, nothing
can go stale, and the nearest are the nearest. Lists of an inverted file with learned centroids would have to be read
to more than a third for a recall of 0.98 (evals/LOG.md): questions lie elsewhere than passages.
Not covered: which rows ought to be there (`index.vectors`).
"""

from collections.abc import Iterator
from typing import Any

import faiss
import numpy as np
from numpy.typing import NDArray

from index.embed import Vectors
from index.reading import HalfVectors, RowIds
from index.shared_lock import SharedLock

LISTS = 64
SPAN = 1024
"""Parts that the vectors are dealt into, SPAN neighbouring row ids at a time. A single array would be copied whole, at
a million vectors 0.8 GB, when it grows; and of these a new document's rows make one or two grow."""


class VectorMemory:
    """Unit vectors by row id. Searches run side by side; a change waits for those that run."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self.newest = 0
        """The highest row id that ever was here."""
        self._lock = SharedLock()
        centroids = faiss.IndexFlatIP(dimension)
        centroids.add(np.zeros((LISTS, dimension), np.float32))  # never compared: every list is always searched
        half = faiss.ScalarQuantizer.QT_fp16
        self._index: Any = faiss.IndexIVFScalarQuantizer(
            centroids, dimension, LISTS, half, faiss.METRIC_INNER_PRODUCT, False
        )
        self._index.is_trained = True
        self._index.nprobe = LISTS

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def add(self, rows: RowIds, vectors: HalfVectors) -> None:
        """Add rows that are not here yet; `vectors` has shape (rows, dimension), else ValueError."""
        if vectors.shape != (len(rows), self.dimension):
            raise ValueError(f"vectors of shape {vectors.shape} for {len(rows)} rows of {self.dimension} dimensions")
        if not len(rows):
            return
        lists = _list_of(rows)
        order = np.argsort(lists, kind="stable")
        rows, codes = np.ascontiguousarray(rows[order]), np.ascontiguousarray(vectors[order])
        bounds = np.searchsorted(lists[order], np.arange(LISTS + 1))
        with self._lock.writing():
            for number in np.unique(lists):
                part = slice(bounds[number], bounds[number + 1])
                self._index.invlists.add_entries(
                    int(number),
                    len(rows[part]),
                    faiss.swig_ptr(rows[part]),
                    faiss.swig_ptr(codes[part].view(np.uint8).ravel()),
                )
            self._index.ntotal += len(rows)
            self.newest = max(self.newest, int(rows.max()))

    def remove(self, rows: RowIds) -> int:
        """Forget rows, those that are not here included; returns how many were."""
        if not len(rows) or not len(self):
            return 0
        selector = faiss.IDSelectorBatch(rows)
        with self._lock.writing():
            return int(self._index.remove_ids(selector))

    def search(self, vector: Vectors, limit: int, allowed: RowIds | None = None) -> list[tuple[int, float]]:
        """(row id, cosine) of the `limit` nearest rows, the nearest first; only among `allowed` where given."""
        parameters = None
        if allowed is not None:
            parameters = faiss.SearchParametersIVF(sel=_among(allowed), nprobe=LISTS)  # type: ignore[call-arg]
        with self._lock.reading():
            count = min(limit, len(self))
            if not count:
                return []
            scores, rows = self._index.search(vector.reshape(1, -1), count, params=parameters)
        return [(int(row), float(score)) for row, score in zip(rows[0], scores[0], strict=True) if row >= 0]

    def rows(self) -> RowIds:
        """The ids of all rows, in no order."""
        with self._lock.reading():
            return np.concatenate([self._rows_of(number) for number in range(LISTS)])

    def vectors(self, rows: RowIds) -> dict[int, HalfVectors]:
        """The vectors of those of `rows` that are here, by row id."""
        found: dict[int, HalfVectors] = {}
        for number in np.unique(_list_of(rows)):
            with self._lock.reading():
                present = self._rows_of(int(number))
                _, places, _ = np.intersect1d(present, rows, return_indices=True)
                vectors = self._vectors_of(int(number), len(present))[places]
            found.update(zip(present[places].tolist(), vectors, strict=True))
        return found

    def blocks(self) -> Iterator[tuple[RowIds, HalfVectors]]:
        """Rows and vectors, copied a part at a time; what changes between two parts is told in part."""
        for number in range(LISTS):
            rows, vectors = self._block(number)
            if len(rows):
                yield rows, vectors

    def _block(self, number: int) -> tuple[RowIds, HalfVectors]:
        with self._lock.reading():
            rows = self._rows_of(number)
            return rows, self._vectors_of(number, len(rows)).copy()

    def _rows_of(self, number: int) -> RowIds:
        size = self._index.invlists.list_size(number)
        if not size:
            return np.empty(0, np.int64)
        rows: RowIds = faiss.rev_swig_ptr(self._index.invlists.get_ids(number), size).copy()
        return rows

    def _vectors_of(self, number: int, size: int) -> HalfVectors:
        """A look at FAISS's own memory, good while the lock is held."""
        if not size:
            return np.empty((0, self.dimension), np.float16)
        codes = faiss.rev_swig_ptr(self._index.invlists.get_codes(number), size * self.dimension * 2)
        vectors: HalfVectors = codes.view(np.float16).reshape(size, self.dimension)
        return vectors


def _list_of(rows: RowIds) -> RowIds:
    return rows // SPAN % LISTS


def _among(rows: RowIds) -> faiss.IDSelector:
    """Membership as a bit for each row id: a hash set of many rows takes longer to build than to search."""
    allowed: NDArray[np.bool_] = np.zeros(int(rows.max(initial=0)) + 1, np.bool_)
    allowed[rows] = True
    return faiss.IDSelectorBitmap(np.packbits(allowed, bitorder="little"))  # type: ignore[call-arg, arg-type]
