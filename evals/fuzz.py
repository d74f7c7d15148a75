"""Send generated requests to the whole API and hold every answer against its OpenAPI document: `python -m evals.fuzz`.

schemathesis makes them: the examples, what is at and beyond each bound, random ones, and sequences of calls; all of its
checks are on. Three callers: on an open server, with a key that may do everything on one that needs keys, and there
without a key. The server is the real one behind a real socket, over the samples, with a model that has nothing to say.
"""

import argparse
import copy
import json
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import schemathesis
import uvicorn
from fastapi import FastAPI
from schemathesis.config import SchemathesisConfig
from schemathesis.core.transport import Response
from schemathesis.engine import Status, events, from_schema

from index.embed import load_embedder
from index.library import Library
from index.search import Searcher
from index.store import Store
from index.vectors import VectorIndex
from server.answer.answerer import Answerer
from server.api.app import create_app
from server.api.request_errors import KINDS
from server.ledger import keys
from server.llm.cancel import Cancel
from server.llm.model import LanguageModel, Tokens
from server.llm.template import Message
from server.runtime import DATABASE
from server.settings import ROOT, Settings, load

SAMPLES = ROOT / "samples"
REJECTED = [400, 401, 403, 404, 405, 406, 409, 413, 415, 422, 428, 429, 503]
"""What a request that breaks the schema may get: the usual ones, and 413 for too many files."""
CALLERS = ("open", "key", "none")
KEPT = {("GET /api/jobs/{job_id}", "use_after_free")}
"""DELETE ends a job and keeps its account, as its description says: no fault."""
FORM = {kind.code for kind in KINDS}
"""The codes of errors of form; those of meaning are others."""
SHOWN = 800
"""Characters of the request that shows a fault."""


class SilentModel:
    """Has no answer to anything."""

    name = "silent"

    def __init__(self) -> None:
        self.tokens = Tokens()
        self.is_alive = True

    def generate(
        self, messages: Sequence[Message], max_tokens: int, stop: Sequence[str] = (), cancelled: Cancel | None = None
    ) -> Iterator[str]:
        return iter(("依据：无",))

    def log_odds(self, messages: Sequence[Message], yes: str, no: str, cancelled: Cancel | None = None) -> float:
        return -8.0

    def pin(self, messages: Sequence[Message]) -> None:
        """Nothing is read."""

    def count_tokens(self, texts: Sequence[str]) -> int:
        """A token a character."""
        return sum(map(len, texts))

    def close(self) -> None:
        self.is_alive = False


@dataclass
class Examined:
    """What a run sent and what was wrong; a fault is told with the request that shows it."""

    cases: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)
    faults: dict[str, str] = field(default_factory=dict)
    errors: list[str] = field(default_factory=list)
    refused: Counter[str] = field(default_factory=Counter)
    """What was well formed and cannot be, by the error's code: a place that there is not, a file of no known kind. A
    schema cannot know, so that these are no faults."""
    seconds: float = 0.0


def small_app(folder: Path, settings: dict[str, Any], model: LanguageModel | None = None) -> FastAPI:
    """The application over an index of the samples that is made in `folder`."""
    models = load().models
    embedder = load_embedder(models / "multilingual-e5-small", threads=2)

    def opened() -> Answerer:
        vectors = VectorIndex(embedder.dimension, embedder.fingerprint, folder / "youju.db.vectors")
        library = Library(Store(folder / DATABASE), embedder, vectors)
        for file in sorted(SAMPLES.glob("*.txt")):
            library.add(file)
        library.stop_reading()
        return Answerer(Searcher(library.store, embedder, vectors), model or SilentModel())

    return create_app(Settings(data=folder, models=models, **settings), load=opened)


@contextmanager
def serving(app: FastAPI) -> Generator[str]:
    """The address of `app` while it is served."""
    server = uvicorn.Server(uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        app.state.youju.finished.wait()
        while not server.started:
            time.sleep(0.01)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()


@contextmanager
def server_for(caller: str) -> Generator[tuple[str, dict[str, str], dict[str, Any]]]:
    """An address, the headers of this caller, and the OpenAPI document as this server tells it."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        limits = {"requests_per_minute": 1_000_000, "queue_per_key": 1000}
        app = small_app(folder, limits)
        headers = {}
        if caller != "open":
            secret = keys.add(app.state.youju.ledger, "fuzz", "admin")
            headers = {"Authorization": f"Bearer {secret}"} if caller == "key" else {}
        with serving(app) as address:
            yield address, headers, app.openapi()


def examine(
    address: str, headers: dict[str, str], document: dict[str, Any], examples: int, seconds: int, seed: int
) -> Examined:
    """Send about `examples` random cases an operation besides the fixed ones, for at most `seconds`."""
    config = SchemathesisConfig.from_dict(
        {
            "base-url": address, "headers": headers, "continue-on-failure": True, "seed": seed,
            "max-time": seconds, "generation": {"max-examples": examples, "deterministic": True, "no-shrink": True},
            "checks": {"negative_data_rejection": {"expected-statuses": REJECTED}},
            "suppress-health-check": ["all"], "warnings": False, "cache": {"enabled": False}, "request-timeout": 300,
        }
    )  # fmt: skip
    schema = schemathesis.openapi.from_dict(_without_lines(document), config=config)
    examined, begun = Examined(), time.perf_counter()
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            _take(examined, event)
        elif isinstance(event, events.NonFatalError):
            examined.errors.append(f"{event.label}: {event.value}")
        elif isinstance(event, events.FatalError):
            raise event.exception
    examined.seconds = time.perf_counter() - begun
    return examined


def _without_lines(document: dict[str, Any]) -> dict[str, Any]:
    """schemathesis cannot write JSON Lines: the bodies that may be JSON as well are only that."""
    document = copy.deepcopy(document)
    for item in document["paths"].values():
        for operation in item.values():
            operation.get("requestBody", {}).get("content", {}).pop("application/x-ndjson", None)
    return document


def _take(examined: Examined, event: events.ScenarioFinished) -> None:
    recorder = event.recorder
    for case_id, interaction in recorder.interactions.items():
        examined.cases += 1
        examined.operations[recorder.label] += 1
        if interaction.response is not None:
            examined.statuses[interaction.response.status_code] += 1
        for check in recorder.checks.get(case_id, []):
            if check.status is Status.FAILURE and check.failure_info is not None:
                meant = _refusal_of_meaning(interaction.response)
                if check.name == "positive_data_acceptance" and meant:
                    examined.refused[meant] += 1
                    continue
                failure = check.failure_info.failure
                at = recorder.cases[case_id].value.operation.label if case_id in recorder.cases else recorder.label
                answer = interaction.response.content[:SHOWN].decode(errors="replace") if interaction.response else ""
                if (at, check.name) in KEPT:
                    continue
                told = f"{failure.message}\n{answer}\n{check.failure_info.code_sample[:SHOWN]}"
                examined.faults.setdefault(f"{at}: {check.name}: {failure.title}", told)


def _refusal_of_meaning(response: Response | None) -> str:
    """The code of a problem that is not about the form of a request; empty for every other answer."""
    if response is None or response.status_code not in (400, 422):
        return ""
    told = json.loads(response.content)
    code = str(told["error"]["code"] if "error" in told else told["code"])
    return "" if code in FORM else code


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--examples", type=int, default=60, help="random cases an operation")
    parser.add_argument("--seconds", type=int, default=900, help="at most so long for each caller")
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--callers", nargs="+", choices=CALLERS, default=CALLERS)
    arguments = parser.parse_args()
    found = 0
    for caller in arguments.callers:
        with server_for(caller) as (address, headers, document):
            examined = examine(address, headers, document, arguments.examples, arguments.seconds, arguments.seed)
        found += len(examined.faults) + len(examined.errors)
        statuses = dict(sorted(examined.statuses.items()))
        summary = {"caller": caller, "cases": examined.cases, "operations": len(examined.operations),
                   "seconds": round(examined.seconds), "statuses": statuses, "refused": dict(examined.refused), "faults": len(examined.faults)}  # fmt: skip
        sys.stdout.write(json.dumps(summary, ensure_ascii=False) + "\n")
        for name, told in sorted(examined.faults.items()):
            sys.stdout.write(f"\n{name}\n{told}\n")
        for error in examined.errors:
            sys.stdout.write(f"\nerror: {error}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
