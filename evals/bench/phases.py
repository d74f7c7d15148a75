"""The parts of finding, each by itself: embedding a question, searching, choosing sentences; the model is not asked.

Prints the median and the 95th percentile in milliseconds. Not covered: the model's part (`latency`), adding (`ingest`).
"""

import sys
import time
from collections.abc import Callable, Sequence
from functools import partial

from evals.bench.figures import percentile
from evals.bench.options import parser
from evals.run import fill, read
from index.query import understand
from server.answer.evidence import find_candidates
from server.answer.finding import HITS
from server.reader.passage import Passage
from server.reader.reader import shipped
from server.runtime import open_searcher


def milliseconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) * 1000


def line(name: str, values: Sequence[float]) -> str:
    low, high = percentile(values, 0.5), percentile(values, 0.95)
    return f"{name:<28} p50 {low:9.1f} ms   p95 {high:9.1f} ms   n {len(values)}\n"


def main(arguments: Sequence[str]) -> None:
    options = parser("phases", __doc__)
    options.add_argument("--limit", type=int, default=100, help="how many questions")
    chosen = options.parse_args(arguments)

    searcher = open_searcher(fill(chosen.name, chosen.documents))
    searcher.search("预热", 1)
    shipped().read("预热", [Passage("", "预热")])
    questions = [case.question for case in read(chosen.questions, None)][: chosen.limit]
    embedding = [milliseconds(lambda q=q: searcher.embedder.encode_queries([q])) for q in questions]  # type: ignore[misc]
    searching = [milliseconds(lambda q=q: searcher.search(q, HITS)) for q in questions]  # type: ignore[misc]
    hits = {q: searcher.search(q, HITS) for q in questions}

    def choose(question: str) -> None:
        find_candidates(understand(question), hits[question], searcher.store, shipped())

    choosing = [milliseconds(partial(choose, question)) for question in questions]
    for name, values in (
        ("embed the question", embedding),
        ("search (embedding included)", searching),
        ("read and choose sentences", choosing),
    ):
        sys.stdout.write(line(name, values))
    searcher.store.close()
