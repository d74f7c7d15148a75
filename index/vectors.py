"""The FAISS index: a disposable cache of the store's vectors, caught up by generation number.

Flat inner product over unit vectors. Not covered: where vectors come from and which are allowed (`index.search`).
"""

import threading

import faiss
import numpy as np
from numpy.typing import NDArray

from index.embed import Vectors
from index.store import Store

RowIds = NDArray[np.int64]


class VectorIndex:
    """Searches vectors by row id; safe for many threads."""

    def __init__(self, dimension: int) -> None:
        self.dimension = dimension
        self._lock = threading.Lock()
        self._generation = -1
        self._index = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def catch_up(self, store: Store) -> None:
        """Add and remove what the store has written since the last call; nothing to do costs one query."""
        if store.generation() == self._generation:
            return
        with self._lock:
            generation, wanted = store.vector_rows()
            present = faiss.vector_to_array(self._index.id_map)
            gone = np.setdiff1d(present, wanted)
            new = np.setdiff1d(wanted, present)
            if len(gone):
                self._index.remove_ids(faiss.IDSelectorBatch(gone))
            for start in range(0, len(new), 4096):
                rows, vectors = store.vectors(new[start : start + 4096])
                if len(rows):
                    self._index.add_with_ids(vectors, rows)
            self._generation = generation

    def search(self, vector: Vectors, limit: int, allowed: RowIds | None = None) -> list[tuple[int, float]]:
        """(row id, cosine) of the `limit` nearest rows, the nearest first; only among `allowed` where given."""
        if allowed is not None and not len(allowed):
            return []
        with self._lock:
            if not self._index.ntotal:
                return []
            parameters = None
            if allowed is not None:
                selector = faiss.IDSelectorBatch(allowed)
                parameters = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
            count = min(limit, self._index.ntotal)
            scores, rows = self._index.search(vector.reshape(1, -1), count, params=parameters)
        return [(int(row), float(score)) for row, score in zip(rows[0], scores[0], strict=True) if row >= 0]
