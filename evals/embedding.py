"""An embedder without a model, for runs that are about the database: counts of character pairs, hashed."""

import time
import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from index.embed import Progress, Vectors


class PairEmbedder:
    """Texts that share pairs of characters are near each other."""

    def __init__(self, dimension: int = 64, pause: float = 0.0, fingerprint: str = "") -> None:
        """`pause`: seconds that each text takes, as a model would."""
        self.dimension = dimension
        self._pause = pause
        self.fingerprint = fingerprint or f"pairs {dimension}"

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        vectors = np.full((len(texts), self.dimension), 1e-3, np.float32)
        for i, text in enumerate(texts):
            for a, b in pairwise(text):
                vectors[i, zlib.crc32((a + b).encode()) % self.dimension] += 1
            time.sleep(self._pause)
            if progress is not None:
                progress(1)
        unit: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return unit
