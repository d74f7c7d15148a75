"""One client, then eight at once, then eight of which half leave at random moments, against a server of its own.

Tells whether the crowd gets as much done as one client, what went wrong, how late evidence came, how long the longest wait was
against the fair share, whether those who stayed noticed those who left, and how soon nothing runs any more once all have left.
Prints a table, then one JSON object. Not covered: an hour of it (`soak`).
"""

import asyncio
import json
import math
import random
import statistics
import sys
import time
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.bench.clients import Asked, ask, connect, crowd, endless, outcomes
from evals.bench.figures import longest_share, percentile, still_busy, unevenness, work_rate
from evals.bench.options import parser
from evals.bench.serving import Served, served
from evals.run import fill, read

SEED = 5
STEP_SECONDS, WATCHED_SECONDS = 0.05, 1.0
BUSY_SHARE = 0.3
"""Of a core; below it is what an idle server's own clocks take. The kernel counts in steps of 10 ms."""
UNAFFECTED = 1.1
Measured = dict[str, Any]


def measure(done: Sequence[Asked]) -> Measured:
    """What a phase's questions show by themselves; times in seconds."""
    complete = [asked for asked in done if asked.is_complete]
    evidence = [asked.evidence for asked in done if asked.evidence is not None]
    if not complete:
        raise RuntimeError(f"no question was answered to its end: {outcomes(done)}")
    ends = [asked.end for asked in complete]
    elapsed = max(asked.sent + asked.end for asked in done) - done[0].sent
    return {
        "outcomes": outcomes(done),
        "complete": len(complete),
        "seconds": round(elapsed, 1),
        "a_minute": round(60 * len(complete) / elapsed, 2),
        "evidence_p50": _rounded(percentile(evidence, 0.5)),
        "evidence_p95": _rounded(percentile(evidence, 0.95)),
        "complete_p50": _rounded(percentile(ends, 0.5)),
        "complete_p95": _rounded(percentile(ends, 0.95)),
    }


def fairness(done: Sequence[Asked], clients: int) -> Measured:
    """The longest wait against the fair share, over the questions that stood in line; how evenly the clients waited."""
    waited = [asked for asked in done if asked.is_complete and asked.queued]
    if not waited:
        return {"waited": 0}
    service = statistics.fmean(asked.end - asked.turn for asked in waited)
    own: dict[int, list[float]] = defaultdict(list)
    for asked in waited:
        own[asked.client].append(asked.turn)
    return {
        "waited": len(waited),
        "mean_service": _rounded(service),
        "longest_wait": _rounded(max(asked.turn for asked in waited)),
        "longest_wait_share": _rounded(longest_share([asked.turn for asked in waited], clients, service)),
        "longest_in_all_share": _rounded(longest_share([asked.end for asked in waited], clients, service)),
        "unevenness": _rounded(unevenness(own)),
    }


def throughput(together: Sequence[Asked], alone: Sequence[Asked]) -> Measured:
    """Questions a second against one client's, as they came and for the same questions."""
    counted, one = measure(together), measure(alone)
    times: dict[str, list[float]] = defaultdict(list)
    for asked in alone:
        if asked.is_complete:
            times[asked.question].append(asked.end)
    answered = [asked.question for asked in together if asked.is_complete]
    each = {question: statistics.fmean(own) for question, own in times.items()}
    return {
        "to_one_client": _rounded(counted["a_minute"] / one["a_minute"]),
        "to_one_client_same_questions": _rounded(work_rate(answered, each, counted["seconds"])),
    }


async def idle_after(
    server: Served, questions: Sequence[str], clients: int, trials: int, longest: float
) -> list[float]:
    """Seconds that the server went on after `clients` closed their connections at one random moment, trial by trial."""
    chance = random.Random(SEED)
    seconds = []
    async with connect(server.address) as http:
        for _ in range(trials):
            patience = chance.uniform(0.05, longest)
            asked = chance.sample(questions, clients)
            await asyncio.gather(*(ask(http, question, number, patience) for number, question in enumerate(asked)))
            seconds.append(still_busy(_watch(server), BUSY_SHARE))
    return seconds


def _watch(server: Served) -> list[tuple[float, float]]:
    """(seconds from now, processor seconds) for a moment."""
    start = time.perf_counter()
    samples = []
    while (now := time.perf_counter() - start) < WATCHED_SECONDS:
        samples.append((now, server.processor()))
        time.sleep(STEP_SECONDS)
    return samples


def run(server: Served, questions: Sequence[str], clients: int, minutes: float, trials: int) -> Measured:
    """All phases; the same questions in the same order in each."""
    seconds = 60 * minutes
    chance = random.Random(SEED)

    def narrate(phase: str) -> None:
        sys.stderr.write(f"{phase}\n")

    narrate("one client")
    alone = asyncio.run(crowd(server.address, endless(questions), 1, seconds))
    narrate(f"{clients} clients")
    together = asyncio.run(crowd(server.address, endless(questions), clients, seconds))
    longest = percentile([asked.end for asked in together], 0.95)

    def leaving(client: int) -> float | None:
        return chance.uniform(0.05, longest) if client % 2 else None

    narrate(f"{clients} clients, half of them leaving")
    halved = asyncio.run(crowd(server.address, endless(questions), clients, seconds, leaving))
    staying = [asked for asked in halved if not asked.client % 2]
    narrate("all leave")
    idle = asyncio.run(idle_after(server, questions, min(clients, len(questions)), trials, longest / clients * 2))
    measured: Measured = {
        "one": measure(alone),
        "together": measure(together) | throughput(together, alone) | fairness(together, clients),
        "staying": measure(staying) | fairness(staying, clients),
        "leaving": {"outcomes": outcomes([asked for asked in halved if asked.client % 2])},
        "idle_after": {"worst": _rounded(max(idle)), "p50": _rounded(percentile(idle, 0.5)), "trials": len(idle)},
        "dishonest": [
            {"phase": name, "question": asked.question, "outcome": asked.outcome}
            for name, done in (("one", alone), ("together", together), ("halved", halved))
            for asked in done
            if not asked.is_honest
        ],
    }
    return measured | {"verdicts": verdicts(measured)}


def verdicts(measured: Measured) -> dict[str, bool]:
    """Each bar, and whether it is met."""
    together, staying = measured["together"], measured["staying"]
    return {
        "no error but honest 503": not measured["dishonest"],
        "throughput at least 0.95 of one client's": together["to_one_client_same_questions"] >= 0.95,
        "evidence p95 at most 0.6 s": together["evidence_p95"] <= 0.6,
        "longest wait within 1.3 of the fair share": together.get("longest_wait_share", math.inf) <= 1.3,
        "those who stay are as quick as before": staying["complete_p50"] <= UNAFFECTED * together["complete_p50"],
        "idle within 0.2 s of the last one's leaving": measured["idle_after"]["worst"] <= 0.2,
    }


def report(measured: Measured) -> str:
    lines = []
    for phase, values in measured.items():
        if isinstance(values, dict):
            lines.append(f"{phase}\n")
            lines += [f"  {name:<46} {value}\n" for name, value in values.items()]
    return "".join(lines)


def _rounded(value: float) -> float:
    return round(value, 3)


def main(arguments: Sequence[str]) -> None:
    options = parser("load", __doc__)
    options.add_argument("--clients", type=int, default=8)
    options.add_argument("--minutes", type=float, default=5.0, help="for each of the three phases")
    options.add_argument("--trials", type=int, default=20, help="how often all clients leave at once")
    options.add_argument("--queue", type=int, default=16, help="how many may wait; fewer than clients to see 503")
    options.add_argument("--json", type=Path, help="write the figures there, too")
    chosen = options.parse_args(arguments)
    data = fill(chosen.name, chosen.documents).data
    questions = [case.question for case in read(chosen.questions, None) if not case.history]
    random.Random(SEED).shuffle(questions)
    with served(data, queue=chosen.queue) as server:
        measured = run(server, questions, chosen.clients, chosen.minutes, chosen.trials)
        measured["server"] = {"ready_seconds": round(server.ready_seconds, 1), "resident_mb": round(server.resident())}
    told = json.dumps(measured, ensure_ascii=False)
    sys.stdout.write(report(measured) + told + "\n")
    if chosen.json:
        chosen.json.write_text(told, encoding="utf-8")
