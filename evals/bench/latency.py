"""The product and the naive pipeline, question by question in turn, with one loaded model, embedder and store.

Which of the two comes first alternates, so that neither gains by it. Prints where the time goes (median and 95th percentile
in milliseconds), how many times as long the naive one takes for each question, and how many each had right.
The naive one reads over the product's pinned beginning of the prompt in the cache; the model puts that back in a few
milliseconds. Not covered: several clients (`load`), the search by itself (`phases`).
"""

import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from evals.bench.figures import percentile, ratios, spread
from evals.bench.options import parser
from evals.naive import NaivePipeline
from evals.run import fill, read
from index.embed import Embedder, Progress, Vectors
from server import evaluate
from server.answer.answerer import Answerer
from server.llm.cancel import Cancel
from server.llm.model import LanguageModel
from server.llm.template import Message
from server.runtime import open_model, open_searcher

Parts = dict[str, float]
READING, WRITING, JUDGING, EMBEDDING = "model reads", "model writes", "model judges", "embedding"


class Meter:
    """Milliseconds spent in each part since it was last emptied; one question at a time."""

    def __init__(self) -> None:
        self._parts: Parts = defaultdict(float)

    @contextmanager
    def part(self, name: str) -> Generator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self._parts[name] += (time.perf_counter() - start) * 1000

    def emptied(self) -> Parts:
        parts, self._parts = dict(self._parts), defaultdict(float)
        return parts


class MeteredModel:
    """A language model that tells a meter how long it read, wrote and judged."""

    def __init__(self, inner: LanguageModel, meter: Meter) -> None:
        self.name = inner.name
        self.tokens = inner.tokens
        self._inner = inner
        self._meter = meter

    @property
    def is_alive(self) -> bool:
        return self._inner.is_alive

    def generate(
        self, messages: Sequence[Message], max_tokens: int, stop: Sequence[str] = (), cancelled: Cancel | None = None
    ) -> Iterator[str]:
        pieces = self._inner.generate(messages, max_tokens, stop, cancelled)
        with self._meter.part(READING):
            piece = next(pieces, None)
        while piece is not None:
            yield piece
            with self._meter.part(WRITING):
                piece = next(pieces, None)

    def log_odds(self, messages: Sequence[Message], yes: str, no: str, cancelled: Cancel | None = None) -> float:
        with self._meter.part(JUDGING):
            return self._inner.log_odds(messages, yes, no, cancelled)

    def pin(self, messages: Sequence[Message]) -> None:
        self._inner.pin(messages)

    def count_tokens(self, texts: Sequence[str]) -> int:
        return self._inner.count_tokens(texts)

    def close(self) -> None:
        self._inner.close()


class MeteredEmbedder:
    """An embedder that tells a meter how long it took over questions."""

    def __init__(self, inner: Embedder, meter: Meter) -> None:
        self.dimension = inner.dimension
        self.fingerprint = inner.fingerprint
        self._inner = inner
        self._meter = meter

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        with self._meter.part(EMBEDDING):
            return self._inner.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        return self._inner.encode_passages(texts, progress)


class Run:
    """What came of one pipeline's questions."""

    def __init__(self, name: str, pipeline: evaluate.Answers, meter: Meter) -> None:
        self.name = name
        self._pipeline = pipeline
        self._meter = meter
        self.results: list[evaluate.Result] = []
        self.parts: list[Parts] = []

    def ask(self, case: evaluate.Case) -> None:
        self._meter.emptied()
        (result,) = evaluate.run(self._pipeline, [case], lambda _: None)
        self.results.append(result)
        self.parts.append(self._meter.emptied())

    def times(self) -> list[float]:
        return [result.answer.timings.total_ms for result in self.results]

    def phases(self) -> Iterator[tuple[str, list[float]]]:
        """Milliseconds of each phase, a value a question; what the model was not asked for is not counted as 0."""
        timings = [result.answer.timings for result in self.results]
        for name in (EMBEDDING, READING, WRITING, JUDGING):
            yield name, [parts[name] for parts in self.parts if name in parts]
        yield "evidence event", [t.retrieve_ms for t in timings]
        yield "first word", [t.first_token_ms for t in timings if t.first_token_ms is not None]
        at_model = [sum(parts.get(name, 0.0) for name in (READING, WRITING, JUDGING)) for parts in self.parts]
        rest = [t.total_ms - t.retrieve_ms - m for t, m in zip(timings, at_model, strict=True)]
        yield "checks and the rest", rest
        yield "complete answer", self.times()


def compare(product: Run, naive: Run, cases: Sequence[evaluate.Case], progress: Callable[[str], object]) -> None:
    """Ask both every case, the first of the two in turn."""
    for number, case in enumerate(cases):
        for run in (product, naive) if number % 2 == 0 else (naive, product):
            run.ask(case)
        progress(f"{case.id} {product.times()[-1]:.0f} {naive.times()[-1]:.0f}\n")


def report(product: Run, naive: Run) -> str:
    lines = []
    for run in (product, naive):
        lines.append(f"{run.name}\n")
        for name, values in run.phases():
            if values:
                low, high = percentile(values, 0.5), percentile(values, 0.95)
                lines.append(f"  {name:<20} p50 {low:9.1f} ms   p95 {high:9.1f} ms   n {len(values)}\n")
        told = evaluate.summary(run.results)
        lines.append(
            f"  right {told['right']} of {told['answerable']}, refused {told['refused']} of {told['unanswerable']},"
            f" unsupported {told['unsupported_numbers']}\n"
        )
    times = spread(ratios(naive.times(), product.times()))
    lines.append(f"naive / product, complete answer: {times.text()}\n")
    return "".join(lines)


def as_json(product: Run, naive: Run) -> dict[str, object]:
    return {
        "ratio": asdict(spread(ratios(naive.times(), product.times()))),
        **{
            run.name: evaluate.summary(run.results)
            | {
                name: {"p50": percentile(values, 0.5), "p95": percentile(values, 0.95)}
                for name, values in run.phases()
                if values
            }
            for run in (product, naive)
        },
        "questions": [
            {"id": ours.case.id, "product_ms": ours.answer.timings.total_ms, "naive_ms": theirs.answer.timings.total_ms,
             "product_right": ours.right, "naive_right": theirs.right}
            for ours, theirs in zip(product.results, naive.results, strict=True)
        ],
    }  # fmt: skip


def main(arguments: Sequence[str]) -> None:
    options = parser("latency", __doc__)
    options.add_argument("--every", type=int, default=1, help="only every n-th question")
    options.add_argument("--limit", type=int, help="at most so many questions")
    options.add_argument("--json", type=Path, help="write everything there")
    chosen = options.parse_args(arguments)
    cases = read(chosen.questions, None)[:: chosen.every][: chosen.limit]

    installation = fill(chosen.name, chosen.documents)
    meter = Meter()
    model = MeteredModel(open_model(installation), meter)
    searcher = open_searcher(installation)
    searcher.embedder = MeteredEmbedder(searcher.embedder, meter)
    answerer = Answerer(searcher, model)
    naive = Run("naive", NaivePipeline(searcher.store, searcher.embedder, model), meter)
    answerer.warm_up()
    product = Run("product", answerer, meter)
    compare(product, naive, cases, sys.stderr.write)
    answerer.close()
    sys.stdout.write(report(product, naive))
    if chosen.json:
        chosen.json.write_text(json.dumps(as_json(product, naive), ensure_ascii=False), encoding="utf-8")
