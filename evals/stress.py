"""Many threads searching while another adds and removes: no error, no stale hit, no missing hit.

`python -m evals.stress FOLDER --seconds 300` over the index in FOLDER, or an empty one; what it adds it removes.
Stale is a hit of a document whose removal was committed before the search began; missing is a document that was
committed before the search began, was not being removed when it ended, and was not found by words and by vectors.
Not covered: the embedding model; a text's vector here is drawn by the text's hash.
"""

import argparse
import hashlib
import random
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from evals.bench.phases import line
from index.embed import Progress, Vectors
from index.search import Searcher
from index.store import Store
from index.vectors import VectorIndex
from ingest.document import Chunk, Document, Metadata
from server.runtime import DATABASE, VECTORS

DIMENSION = 384
HITS = 8
CHUNKS = 20
MOST = 50
"""Documents of the stress that are there at a time."""
write = sys.stdout.write


class HashEmbedder:
    """A vector for a text by its hash alone: a chunk's text is nearest to itself."""

    dimension = DIMENSION

    def __init__(self, fingerprint: str) -> None:
        self.fingerprint = fingerprint

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        return self.encode_passages(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        seeds = [int.from_bytes(hashlib.sha256(text.encode()).digest()[:8]) for text in texts]
        drawn = np.stack([np.random.default_rng(seed).normal(size=DIMENSION) for seed in seeds]).astype(np.float32)
        unit: Vectors = drawn / np.linalg.norm(drawn, axis=1, keepdims=True)
        return unit


@dataclass
class Ledger:
    """What is known to be committed; `failures` is what a run must not have."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    present: dict[str, list[Chunk]] = field(default_factory=dict)
    removing: set[str] = field(default_factory=set)
    gone: set[str] = field(default_factory=set)
    times: list[float] = field(default_factory=list)
    changes: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


def document(number: int) -> tuple[Document, list[Chunk]]:
    """A document of CHUNKS short chunks, each with a word of its own."""
    name = f"stress{number:010}"
    chunks, text = [], ""
    for i in range(CHUNKS):
        part = f"压力测试 zq{number:06}x{i:03} 第{i}段。"
        chunks.append(Chunk(f"{name[6:]}{i:06}", name, (), len(text), len(text) + len(part), part))
        text += part + "\n"
    return Document(name, f"/{name}", name, name, text, Metadata()), chunks


def change(searcher: Searcher, ledger: Ledger, stop: threading.Event) -> None:
    """Add until there are MOST, then add and remove by turns."""
    store, embedder, rng, number = searcher.store, searcher.embedder, random.Random(1), 0
    while not stop.is_set():
        made, chunks = document(number)
        start = time.perf_counter()
        store.add(made, chunks, embedder.encode_passages([chunk.text for chunk in chunks]), embedder.fingerprint)
        ledger.changes.append((time.perf_counter() - start) * 1000)
        with ledger.lock:
            ledger.present[made.id] = chunks
        number += 1
        if number > MOST:
            remove(searcher, ledger, rng.choice(sorted(ledger.present)))


def remove(searcher: Searcher, ledger: Ledger, document_id: str) -> None:
    with ledger.lock:
        ledger.removing.add(document_id)
        del ledger.present[document_id]
    searcher.store.remove(document_id)
    with ledger.lock:
        ledger.gone.add(document_id)
    searcher.vectors.forget(searcher.store)


def look(searcher: Searcher, ledger: Ledger, stop: threading.Event, seed: int) -> None:
    """Search for chunks that are there and for chunks that are gone, until told to stop."""
    rng = random.Random(seed)
    while not stop.is_set():
        with ledger.lock:
            gone = set(ledger.gone)
            wanted = rng.choice(list(ledger.present.values())) if ledger.present else []
        if not wanted:
            time.sleep(0.01)
            continue
        chunk = rng.choice(wanted)
        start = time.perf_counter()
        hits = searcher.search(chunk.text, HITS)
        ledger.times.append((time.perf_counter() - start) * 1000)
        stale = {hit.chunk.document_id for hit in hits} & gone
        with ledger.lock:
            if stale:
                ledger.failures.append(f"stale: {stale}")
            own = [hit for hit in hits if hit.chunk.id == chunk.id]
            if chunk.document_id not in ledger.removing and (not own or set(own[0].found_by) != {"dense", "lexical"}):
                ledger.failures.append(f"missing: {chunk.id} {own}")


def guarded(work: threading.Thread, ledger: Ledger) -> None:
    """Errors of threads count as failures."""

    def told(arguments: threading.ExceptHookArgs) -> None:
        ledger.failures.append(f"error: {arguments.exc_value!r}")

    threading.excepthook = told
    work.start()


def run(folder: Path, seconds: float, threads: int) -> Ledger:
    """The stress over the index in `folder`; what it added is removed again."""
    store = Store(folder / DATABASE)
    stored = next(iter(store.fingerprints()), "stress | ").partition(" | ")[0]
    searcher = Searcher(store, HashEmbedder(stored), VectorIndex(DIMENSION, stored, folder / VECTORS))
    searcher.vectors.catch_up(store)
    ledger, stop = Ledger(), threading.Event()
    work = [threading.Thread(target=change, args=(searcher, ledger, stop))]
    work += [threading.Thread(target=look, args=(searcher, ledger, stop, seed)) for seed in range(threads)]
    for thread in work:
        guarded(thread, ledger)
    stop.wait(seconds)
    stop.set()
    for thread in work:
        thread.join()
    for left in sorted(ledger.present):
        remove(searcher, ledger, left)
    ledger.failures += searcher.vectors.faults(store)
    searcher.vectors.close()
    store.close()
    return ledger


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--threads", type=int, default=8)
    arguments = parser.parse_args()
    ledger = run(arguments.folder, arguments.seconds, arguments.threads)
    write(line("search", ledger.times))
    write(line("adding a document", ledger.changes))
    write(f"{'removed':<28} {len(ledger.gone)}\n{'failures':<28} {len(ledger.failures)}\n")
    for failure in ledger.failures[:20]:
        write(f"{failure}\n")
    sys.exit(1 if ledger.failures else 0)


if __name__ == "__main__":
    main()
