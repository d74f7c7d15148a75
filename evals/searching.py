"""How long a search takes over an index as it is, and how soon the index is ready.

`YOUJU_DATA=FOLDER python -m evals.searching --questions FILE.jsonl --count 150` opens the index of that data folder,
with its cache of vectors and again without (it is made anew), asks each question once unmeasured and once measured, and
prints percentiles in milliseconds. Not covered: how good the hits are (`hits`, `stard`).
"""

import argparse
import json
import sys
import time
from pathlib import Path

from evals.bench.figures import percentile
from evals.million import questions
from index.search import Searcher
from server.runtime import VECTORS, open_searcher
from server.settings import load

LIMIT = 12
"""Hits that answering asks for."""


def opened() -> tuple[Searcher, float]:
    """A searcher that has answered once, and the seconds that it took."""
    begun = time.perf_counter()
    searcher = open_searcher(load().installation())
    searcher.search("预热", 1)
    return searcher, time.perf_counter() - begun


def close(searcher: Searcher) -> None:
    searcher.vectors.close()
    searcher.store.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--count", type=int, default=150)
    arguments = parser.parse_args()
    cache = load().installation().data / VECTORS
    cache.unlink(missing_ok=True)
    searcher, without_cache = opened()
    close(searcher)
    searcher, with_cache = opened()
    texts = questions([arguments.questions], arguments.count)
    for question in texts:
        searcher.search(question, LIMIT)
    took = []
    for question in texts:
        begun = time.perf_counter()
        searcher.search(question, LIMIT)
        took.append(1000 * (time.perf_counter() - begun))
    told = {
        "documents": searcher.store.count(), "chunks": searcher.store.count_chunks(), "questions": len(took),
        "open_s": round(with_cache, 2), "open_without_cache_s": round(without_cache, 2),
        "p50_ms": round(percentile(took, 0.5), 1), "p95_ms": round(percentile(took, 0.95), 1), "max_ms": round(max(took), 1),
    }  # fmt: skip
    close(searcher)
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
