"""An index of any size out of a small real one: copies of its documents, each with other characters, figures and vectors.

A copy's vector is the original's, moved along the difference of two other real vectors and by a little noise, so that
it is as far from its original as a passage is from its nearest neighbour. Not covered: new words; a rare word of the
original stands in every copy.
"""

import hashlib
import sys
import zlib
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.embed import Vectors
from index.store import Store
from ingest.document import Chunk, Document

ALONG, NOISE = 0.4, 0.01
"""Cosine of a copy to its original 0.96; the median of nearest neighbours in the mixed corpus is 0.97."""
SWAPPED = 0.05
"""Share of the Chinese characters that are replaced by others of the same text."""
REPORT_EVERY = 20_000


def multiply(source: Store, target: Store, embedding: str, chunks: int) -> None:
    """Fill `target` with copies until it has `chunks` of them; every copy is a transaction, as any document is."""
    documents = [source.document(row.id) for row in source.documents(-1)]
    vectors = _vectors(source)
    every = np.concatenate([vectors[document.id] for document in documents])
    done = target.count_chunks()
    for number, document in _copies(documents):
        if done >= chunks:
            return
        rng = np.random.default_rng([number, zlib.crc32(document.id.encode())])
        copy, parts = _copy(document, source.document_chunks(document.id), number, rng)
        if target.has(copy.id):
            continue
        target.add(copy, parts, moved(vectors[document.id], every, rng), embedding)
        if (done + len(parts)) // REPORT_EVERY > done // REPORT_EVERY:
            sys.stderr.write(f"{done + len(parts)} chunks\n")
        done += len(parts)


def _copies(documents: list[Document]) -> Iterator[tuple[int, Document]]:
    number = 0
    while True:
        number += 1
        for document in documents:
            yield number, document


def _vectors(store: Store) -> dict[str, Vectors]:
    """Vectors by document, in the order of its chunks."""
    return {row.id: store.vectors(np.sort(store.rows_of([row.id])))[1] for row in store.documents(-1)}


def _copy(
    document: Document, chunks: list[Chunk], number: int, rng: np.random.Generator
) -> tuple[Document, list[Chunk]]:
    text = _other_text(document.text, number, rng)
    name = hashlib.sha256(f"{document.id}:{number}".encode()).hexdigest()
    copy = replace(
        document,
        id=name[:16],
        sha256=name,
        path=f"/{number}/{document.id}",
        title=f"{document.title}（第{number}份）",
        text=text,
    )
    parts = [
        replace(chunk, id=f"{name[:10]}{i:06}", document_id=copy.id, text=text[chunk.start : chunk.end])
        for i, chunk in enumerate(chunks)
    ]
    return copy, parts


def _other_text(text: str, number: int, rng: np.random.Generator) -> str:
    """As long as `text`, so that every span in it still holds."""
    points: NDArray[np.uint32] = np.frombuffer(text.encode("utf-32-le"), np.uint32).copy()
    is_figure = (points >= ord("0")) & (points <= ord("9"))
    points[is_figure] = ord("0") + (points[is_figure] - ord("0") + number) % 10
    chinese = np.flatnonzero((points >= 0x4E00) & (points <= 0x9FFF))
    if len(chinese):
        swapped = chinese[rng.random(len(chinese)) < SWAPPED]
        points[swapped] = points[rng.choice(chinese, len(swapped))]
    return points.tobytes().decode("utf-32-le")


def moved(vectors: Vectors, every: Vectors, rng: np.random.Generator) -> Vectors:
    """Unit vectors beside `vectors`, shape (n, dimension); `every` are the real vectors to move along."""
    one, other = (every[rng.integers(0, len(every), len(vectors))] for _ in range(2))
    near = vectors + ALONG * (one - other) + NOISE * rng.normal(size=vectors.shape).astype(np.float32)
    unit: Vectors = near / np.linalg.norm(near, axis=1, keepdims=True)
    return unit
