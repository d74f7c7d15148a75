"""Where the time of an answer goes, phase by phase, over the samples; `make bench` runs this.

Prints the median and the 95th percentile in milliseconds of: embedding a question, searching, choosing
sentences, first token and complete answer (warm), and characters a second of adding documents.
"""

import argparse
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from evals.run import index
from index.query import understand
from ingest.read import read_document
from server import evaluate
from server.answer.evidence import find_candidates
from server.answer.finding import HITS, Ask
from server.settings import ROOT


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def line(name: str, values: Sequence[float], unit: str = "ms") -> str:
    ordered = sorted(values)
    high = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return f"{name:<28} p50 {statistics.median(ordered):9.1f} {unit}   p95 {high:9.1f} {unit}   n {len(ordered)}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, default=ROOT / "evals" / "cases" / "samples.jsonl")
    parser.add_argument("--documents", nargs="+", default=[str(ROOT / "samples")])
    parser.add_argument("--name", default="samples")
    parser.add_argument("--limit", type=int, default=40, help="how many questions")
    arguments = parser.parse_args()

    answerer = index(arguments.name, arguments.documents)
    searcher = answerer.searcher
    questions = [case.question for case in evaluate.read_cases(arguments.questions)][: arguments.limit]
    embedding = [milliseconds(lambda q=q: searcher.embedder.encode_queries([q])) for q in questions]  # type: ignore[misc]
    searching = [milliseconds(lambda q=q: searcher.search(q, HITS)) for q in questions]  # type: ignore[misc]
    hits = {q: searcher.search(q, HITS) for q in questions}
    choosing = [milliseconds(lambda q=q: find_candidates(understand(q), hits[q], searcher.store)) for q in questions]  # type: ignore[misc]
    timings = [answerer.answer(Ask(question)).timings for question in questions]
    first = [t.first_token_ms for t in timings if t.first_token_ms is not None]
    write = sys.stdout.write
    write(line("embed the question", embedding))
    write(line("search (embedding included)", searching))
    write(line("choose sentences", choosing))
    write(line("evidence event", [t.retrieve_ms for t in timings]))
    write(line("first token", first))
    write(line("verified answer", [t.total_ms for t in timings]))

    texts = [read_document(path) for path in sorted((ROOT / "samples").glob("*.txt"))]
    characters = sum(len(t.document.text) for t in texts)
    chunks = [chunk.text for t in texts for chunk in t.chunks]
    reading = sum(milliseconds(lambda p=p: read_document(p)) for p in sorted((ROOT / "samples").glob("*.txt")))  # type: ignore[misc]
    embedding_all = milliseconds(lambda: searcher.embedder.encode_passages(chunks))
    write(f"{'read and divide':<28} {characters / reading * 1000:,.0f} characters a second\n")
    write(f"{'embed':<28} {characters / embedding_all * 1000:,.0f} characters a second\n")
    answerer.close()


if __name__ == "__main__":
    main()
