"""Adding documents: characters a second, how soon a server is ready, and how long answers take while another process adds.

The product's own path: `Library.take` with its confined reader for the speed, `youju serve` and `youju add` for the rest. The
questions are the same on the idle server, beside the adding, and after it, when the index is larger. Not covered:
formats other than those of the folder (`evals.files`).
"""

import asyncio
import json
import random
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from evals.bench.clients import Asked, ask, connect
from evals.bench.figures import percentile
from evals.bench.options import parser
from evals.bench.serving import Served, copied, served, youju
from evals.run import DATA, chosen, fill, read
from index.store import Store
from server.runtime import DATABASE, open_library
from server.settings import load

SEED = 5
START_SECONDS = 120.0
POLL_SECONDS = 0.2


def speed(files: Sequence[Path]) -> dict[str, float]:
    """Characters a second of adding `files` to an empty index, the models loaded before."""
    with TemporaryDirectory() as folder:
        library = open_library(load().model_copy(update={"data": Path(folder)}).installation())
        list(library.take(files[0]))
        library.embedder.encode_passages(["预热"])
        start, before = time.perf_counter(), _characters(library.store)
        for path in files[1:]:
            list(library.take(path))
        seconds, added = time.perf_counter() - start, _characters(library.store) - before
        library.close()
    return {"characters": added, "seconds": round(seconds, 1), "characters_a_second": round(added / seconds)}


def _characters(store: Store) -> int:
    return sum(row.characters for row in store.documents(-1))


def ask_all(server: Served, questions: Sequence[str]) -> list[Asked]:
    """One client, one question after the other."""

    async def run() -> list[Asked]:
        async with connect(server.address) as http:
            return [await ask(http, question, 0) for question in questions]

    return asyncio.run(run())


def told(done: Sequence[Asked]) -> dict[str, Any]:
    ends = [asked.end for asked in done if asked.is_complete]
    evidence = [asked.evidence for asked in done if asked.evidence is not None]
    return {
        "complete": len(ends), "of": len(done), "p50": round(percentile(ends, 0.5), 3),
        "p95": round(percentile(ends, 0.95), 3), "evidence_p95": round(percentile(evidence, 0.95), 3),
    }  # fmt: skip


def beside(name: str, questions: Sequence[str], folder: Path, warm: int) -> dict[str, Any]:
    """Ready time and memory of a server, and its answers alone, beside `youju add FOLDER`, and after that was stopped."""
    with copied(name) as data, served(data) as server:
        measured: dict[str, Any] = {"ready_seconds": round(server.ready_seconds, 1)}
        ask_all(server, questions[:warm])
        measured["resident_mb"] = round(server.resident())
        measured["idle"] = told(ask_all(server, questions))
        store = Store(data / DATABASE)
        before = _characters(store)
        adding = youju(data, ["add", str(folder)])
        try:
            _wait_for_more(store, before)
            start, before = time.perf_counter(), _characters(store)
            measured["beside"] = told(ask_all(server, questions))
            seconds, added = time.perf_counter() - start, _characters(store) - before
            still = adding.poll() is None
        finally:
            adding.terminate()
            adding.wait()
        if not still:
            raise RuntimeError(
                f"{folder} was added before all questions were asked: a larger folder or fewer questions"
            )
        measured["after"] = told(ask_all(server, questions))
        store.close()
    ratio = measured["beside"]["p50"] / measured["idle"]["p50"]
    return measured | {"characters_a_second_beside": round(added / seconds), "p50_ratio": round(ratio, 2)}


def _wait_for_more(store: Store, before: int) -> None:
    """Return once the first document has been added."""
    deadline = time.perf_counter() + START_SECONDS
    while _characters(store) == before:
        if time.perf_counter() > deadline:
            raise RuntimeError(f"nothing was added within {START_SECONDS:.0f} s")
        time.sleep(POLL_SECONDS)


def main(arguments: Sequence[str]) -> None:
    accepted = parser("ingest", __doc__)
    accepted.add_argument("--add", nargs="+", required=True, help="what is added for the speed, e. g. LAWS:60")
    accepted.add_argument(
        "--beside", type=Path, help="a folder large enough to be added all the while; none: speed alone"
    )
    accepted.add_argument("--limit", type=int, default=40, help="how many questions")
    accepted.add_argument("--json", type=Path, help="write the figures there, too")
    options = accepted.parse_args(arguments)
    DATA.mkdir(parents=True, exist_ok=True)
    measured: dict[str, Any] = {"speed": speed(list(chosen(options.add)))}
    sys.stderr.write(f"{measured}\n")
    if options.beside:
        fill(options.name, options.documents)
        questions = [case.question for case in read(options.questions, None) if not case.history]
        random.Random(SEED).shuffle(questions)
        measured |= beside(options.name, questions[: options.limit], options.beside.absolute(), min(20, options.limit))
    text = json.dumps(measured, ensure_ascii=False, indent=1)
    sys.stdout.write(text + "\n")
    if options.json:
        options.json.write_text(text, encoding="utf-8")
