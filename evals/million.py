"""What a million chunks cost: start, memory, search, recall, adding and removing a document.

`python -m evals.million FOLDER --source DATA --questions F…` fills FOLDER with copies of what the data folder DATA
holds (`evals.synthetic`), unless it is full already, and prints a line for each measurement. Questions are JSON lines
with a `question`, embedded by the model that DATA was embedded with. Not covered: answers; many threads (`evals.stress`).
"""

import argparse
import json
import multiprocessing
import resource
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import psutil

from evals.bench.phases import line, milliseconds
from evals.synthetic import moved, multiply
from index.embed import Embedder, Vectors
from index.search import DEPTH, Searcher
from index.store import Store
from index.vectors import VectorIndex
from ingest.document import Chunk, Document, Metadata
from server.runtime import DATABASE, VECTORS, open_embedder
from server.settings import load

MEGABYTE = 1_000_000
BATCH = 20_000
TOP = 10
HITS = 8
DOCUMENT_CHUNKS = 100
ROUNDS = 10
write = sys.stdout.write


def start(folder: Path, embedding: str, dimension: int) -> str:
    """Open database and vectors as a new process does; what that took."""
    store = Store(folder / DATABASE)
    before = psutil.Process().memory_info().rss
    index = VectorIndex(dimension, embedding, folder / VECTORS)
    ready = milliseconds(lambda: index.catch_up(store))
    grown = (psutil.Process().memory_info().rss - before) / MEGABYTE
    peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 - before) / MEGABYTE
    closing = milliseconds(index.close)
    store.close()
    return f"{ready / 1000:.1f} s, memory {grown:.0f} MB (peak {peak:.0f} MB), closing {closing / 1000:.1f} s"


def starts(folder: Path, embedder: Embedder) -> None:
    """Without and with the file, each in a process of its own."""
    (folder / VECTORS).unlink(missing_ok=True)
    for name in ("start without a cache", "start with a ready cache", "the same again"):
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
            write(f"{name:<28} {pool.submit(start, folder, embedder.fingerprint, embedder.dimension).result()}\n")
    write(f"{'cache file':<28} {(folder / VECTORS).stat().st_size / MEGABYTE:.0f} MB\n")


def exact(store: Store, questions: Vectors) -> list[list[int]]:
    """The TOP nearest rows of each question by brute force."""
    scores = np.full((len(questions), TOP), -2, np.float32)
    rows = np.zeros((len(questions), TOP), np.int64)
    for part, vectors in store.iter_vectors(BATCH):
        all_scores = np.hstack((scores, questions @ vectors.astype(np.float32).T))
        all_rows = np.hstack((rows, np.broadcast_to(part, (len(questions), len(part)))))
        best = np.argsort(-all_scores, axis=1, kind="stable")[:, :TOP]
        scores, rows = np.take_along_axis(all_scores, best, 1), np.take_along_axis(all_rows, best, 1)
    return [[int(row) for row in best] for best in rows]


def searches(searcher: Searcher, texts: Sequence[str], vectors: Vectors) -> None:
    index, store = searcher.vectors, searcher.store
    write(line(f"FAISS, top {DEPTH}", timed(lambda vector: index.search(vector, DEPTH), vectors)))
    expected = exact(store, vectors)
    found = [[row for row, _ in index.search(vector, TOP)] for vector in vectors]
    hits = sum(len(set(a) & set(b)) for a, b in zip(found, expected, strict=True))
    write(f"{'recall@10 of brute force':<28} {hits / (TOP * len(vectors)):.4f}\n")
    _, rows = store.vector_rows()
    for share in (0.001, 0.1):
        allowed = np.random.default_rng(1).choice(rows, int(share * len(rows)), replace=False)
        among = partial(index.search, limit=DEPTH, allowed=allowed)
        write(line(f"FAISS among {share:.1%}", timed(among, vectors)))
    write(line("embedding the question", timed(lambda text: searcher.embedder.encode_queries([text]), texts)))
    write(line("whole search", timed(lambda text: searcher.search(text, HITS), texts)))


def timed(work: Callable[[Any], object], values: Iterable[Any]) -> list[float]:
    """Milliseconds for each value."""
    return [milliseconds(partial(work, value)) for value in values]


def changes(store: Store, index: VectorIndex, embedding: str) -> None:
    """Add and remove a document; visible is when its own vector finds it, or no longer does."""
    some, vectors = store.vectors(store.vector_rows()[1][:: max(1, store.count_chunks() // 1000)])
    texts = [chunk.text for chunk in store.chunks([int(row) for row in some[:DOCUMENT_CHUNKS]]).values()]
    adding, seen, gone = [], [], []
    for number in range(ROUNDS):
        document, chunks = _document(number, texts)
        own = moved(vectors[: len(chunks)], vectors, np.random.default_rng(number))
        start = time.perf_counter()
        store.add(document, chunks, own, embedding)
        adding.append((time.perf_counter() - start) * 1000)
        found = _look(store, index, own)
        seen.append((time.perf_counter() - start) * 1000)
        rows = set(store.rows_of([document.id]).tolist())
        if not found <= rows:
            raise AssertionError(f"document {number} was added and is not found")
        start = time.perf_counter()
        store.remove(document.id)
        index.forget(store)
        found = _look(store, index, own)
        gone.append((time.perf_counter() - start) * 1000)
        if found & rows:
            raise AssertionError(f"document {number} was removed and is found")
    for name, values in (("add: database", adding), ("add: until visible", seen), ("remove: until gone", gone)):
        write(line(name, values))


def _look(store: Store, index: VectorIndex, own: Vectors) -> set[int]:
    index.catch_up(store)
    return {index.search(own[0], 1)[0][0]}


def _document(number: int, texts: Sequence[str]) -> tuple[Document, list[Chunk]]:
    name = f"measured{number:08}"
    chunks, text = [], ""
    for i, part in enumerate(texts):
        chunks.append(Chunk(f"{name[-8:]}{i:08}", name, (), len(text), len(text) + len(part), part))
        text += part + "\n"
    return Document(name, f"/{name}", name, f"测试{number}", text, Metadata()), chunks


def questions(files: Sequence[Path], limit: int) -> list[str]:
    """The questions of several files, evenly spread."""
    texts = [text for file in files for text in _texts(file)]
    return texts[:: max(1, len(texts) // limit)][:limit]


def _texts(file: Path) -> Iterator[str]:
    for text in file.read_text(encoding="utf-8").splitlines():
        yield json.loads(text)["question"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--source", type=Path, required=True, help="a data folder whose documents are multiplied")
    parser.add_argument("--chunks", type=int, default=1_000_000)
    parser.add_argument("--questions", type=Path, nargs="+", required=True)
    parser.add_argument("--limit", type=int, default=200, help="how many questions")
    arguments = parser.parse_args()
    embedder = open_embedder(load().installation())
    source, store = Store(arguments.source / DATABASE), Store(arguments.folder / DATABASE)
    source.require_fingerprint(embedder.fingerprint)
    if store.count_chunks() < arguments.chunks:
        multiply(source, store, embedder.fingerprint, arguments.chunks)
    source.close()
    size = (arguments.folder / DATABASE).stat().st_size / MEGABYTE
    write(f"{'index':<28} {store.count()} documents, {store.count_chunks()} chunks, {size:.0f} MB\n")
    starts(arguments.folder, embedder)
    searcher = Searcher(
        store, embedder, VectorIndex(embedder.dimension, embedder.fingerprint, arguments.folder / VECTORS)
    )
    searcher.vectors.catch_up(store)
    texts = questions(arguments.questions, arguments.limit)
    searches(searcher, texts, embedder.encode_queries(texts))
    changes(store, searcher.vectors, embedder.fingerprint)
    searcher.vectors.close()
    store.close()


if __name__ == "__main__":
    main()
