"""Many visitors at once: each opens the page and asks at once, while the server's health is asked for every 50 ms.

Each has to get an answer, a place in the line and then an answer, or to be told that the line is full; health has to answer
within a second all the while. The visitors speak the page's real protocol over HTTP (`visit`). With `--stub SECONDS` a model
of that service time stands in for the real one. Prints a table, then one JSON object.
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import httpx

from evals.bench.figures import percentile
from evals.bench.options import parser
from evals.bench.probe import Probe, probing
from evals.bench.serving import copied, served
from evals.bench.visit import Visitor
from evals.run import fill, read

WORST_SECONDS = 1.0
HONEST = ("answered", "busy")


async def visit(address: str, question: str, path: str, patience: float) -> dict[str, Any]:
    """What came of one visitor, with the seconds until the page had loaded and until the end."""
    begun = time.perf_counter()
    loaded = None
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=6)
    async with httpx.AsyncClient(base_url=address, timeout=patience, trust_env=False, limits=limits) as http:
        visitor = Visitor(http, path)
        try:
            async with asyncio.timeout(patience):
                await visitor.load()
                loaded = time.perf_counter() - begun
                await visitor.ask(question)
        except TimeoutError:
            visitor.visit.outcome = f"no end after {visitor.visit.last or 'nothing'}"
        except httpx.HTTPError as error:
            visitor.visit.outcome = f"{type(error).__name__} {error}"[:120]
    seconds = time.perf_counter() - begun
    return {
        "outcome": visitor.visit.outcome, "waited": visitor.visit.waited, "failed_events": visitor.visit.events,
        "loaded": loaded, "seconds": seconds,
    }  # fmt: skip


async def crowd(address: str, questions: Sequence[str], visitors: int, patience: float) -> list[dict[str, Any]]:
    """All at once; every other one on the English page."""
    asked = islice(cycle(questions), visitors)
    paths = cycle(("/", "/en/"))
    return await asyncio.gather(
        *(visit(address, question, path, patience) for question, path in zip(asked, paths, strict=False))
    )


def measure(visits: Sequence[dict[str, Any]], probe: Probe) -> dict[str, Any]:
    outcomes = Counter(one["outcome"] for one in visits)
    loaded = [one["loaded"] for one in visits if one["loaded"] is not None]
    ended = [one["seconds"] for one in visits]
    health = {name: round(percentile(probe.seconds, share), 3) for name, share in (("p50", 0.5), ("p99", 0.99))}
    worst = max(probe.seconds)
    faults = sum(count for outcome, count in outcomes.items() if outcome not in HONEST)
    faults += sum(bool(one["failed_events"]) for one in visits)
    return {
        "visitors": len(visits), "answers": outcomes["answered"], "queue_places": sum(one["waited"] for one in visits),
        "busy_503": outcomes["busy"], "faults": faults, "outcomes": dict(outcomes),
        "page_loaded": {name: round(percentile(loaded or [0.0], share), 2) for name, share in (("p50", 0.5), ("worst", 1.0))},
        "ended": {name: round(percentile(ended, share), 2) for name, share in (("p50", 0.5), ("worst", 1.0))},
        "health": {**health, "worst": round(worst, 3), "asked": len(probe.seconds), "failed": probe.failed},
        "verdicts": {
            "every visitor got an answer or an honest 503": faults == 0,
            "health within one second": worst < WORST_SECONDS and not probe.failed,
        },
    }  # fmt: skip


def main(options: Sequence[str]) -> None:
    arguments = parser("visitors", __doc__)
    arguments.add_argument("--visitors", type=int, default=200)
    arguments.add_argument("--stub", type=float, help="seconds that a model takes which stands in for the real one")
    arguments.add_argument("--queue", type=int, default=16, help="how many questions may wait")
    arguments.add_argument(
        "--patience", type=float, default=120.0, help="seconds after which a visit counts as hanging"
    )
    arguments.add_argument("--json", type=Path, help="write the figures there, too")
    chosen = arguments.parse_args(options)
    fill(chosen.name, chosen.documents)
    questions = [case.question for case in read(chosen.questions, None) if not case.history]
    with (
        copied(chosen.name) as data,
        served(data, stub=chosen.stub, queue=chosen.queue) as server,
        probing(server.address) as probe,
    ):
        visits = asyncio.run(crowd(server.address, questions, chosen.visitors, chosen.patience))
    measured = measure(visits, probe)
    for name, value in measured.items():
        sys.stdout.write(f"{name:<14} {value}\n")
    told = json.dumps(measured, ensure_ascii=False)
    sys.stdout.write(told + "\n")
    if chosen.json:
        chosen.json.write_text(told, encoding="utf-8")
