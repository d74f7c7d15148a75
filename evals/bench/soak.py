"""An hour of mixed use of one server: asking, searching, leaving, and documents added, changed and removed beside it.

Every so often tells resident memory, threads, open files and connections; at the end whether memory is within 5 % of what it
was after the first five minutes and whether threads, files or connections are left over. Works on a copy of an index.
Not covered: speed (`load`).
"""

import asyncio
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

from evals.bench.clients import Asked, ask, connect, outcomes
from evals.bench.figures import grown, risen
from evals.bench.options import parser
from evals.bench.serving import MEGABYTE, Served, copied, served, youju
from evals.run import DATA, fill, read
from index.store import Store
from server.runtime import DATABASE
from server.settings import ROOT

SEED = 5
SETTLED_SHARE = 1 / 12
"""Of the whole run: of an hour, five minutes."""
SAMPLE_SECONDS = 10.0
MOST_GROWTH = 1.05
SPARE = {"threads": 0.0, "files": 0.0, "connections": 0.0}
LEAVING_SHARE = 0.3
PAUSE_SECONDS = 3.0
NO_REPLY = 0


@dataclass(frozen=True)
class Sample:
    """The server at one moment; `seconds` since the start, memory in megabytes."""

    seconds: float
    resident: float
    threads: int
    files: int
    connections: int


def sample(server: Served, seconds: float) -> Sample:
    process = server.process
    with process.oneshot():
        return Sample(
            round(seconds, 1),
            round(process.memory_info().rss / MEGABYTE, 1),
            process.num_threads(),
            _open_files(process),
            sum(c.status != psutil.CONN_LISTEN for c in process.net_connections("tcp")),
        )


def _open_files(process: psutil.Process) -> int:
    if sys.platform == "win32":
        return process.num_handles()
    return process.num_fds()


class Use:
    """The clients of one run; each method is one of them and goes on until the time is up."""

    def __init__(self, server: Served, data: Path, questions: Sequence[str], seconds: float) -> None:
        self._server = server
        self._data = data
        self._questions = questions
        self._start = time.perf_counter()
        self._seconds = seconds
        self._chance = random.Random(SEED)
        self.asked: list[Asked] = []
        self.searches: Counter[int] = Counter()
        self.changes: Counter[str] = Counter()
        self.samples: list[Sample] = []

    def _passed(self) -> float:
        return time.perf_counter() - self._start

    async def ask(self, client: int) -> None:
        """Ask; now and then leave before the end, or pause."""
        async with connect(self._server.address) as http:
            while self._passed() < self._seconds:
                leaves = self._chance.random() < LEAVING_SHARE
                patience = self._chance.uniform(0.05, 4.0) if leaves else None
                self.asked.append(await ask(http, self._chance.choice(self._questions), client, patience))
                await asyncio.sleep(self._chance.uniform(0, PAUSE_SECONDS))

    async def search(self) -> None:
        async with httpx.AsyncClient(base_url=self._server.address, trust_env=False, timeout=60) as http:
            while self._passed() < self._seconds:
                body = {"question": self._chance.choice(self._questions)}
                try:
                    status = (await http.post("/api/search", json=body)).status_code
                except httpx.HTTPError:
                    status = NO_REPLY
                self.searches[status] += 1
                await asyncio.sleep(self._chance.uniform(0, PAUSE_SECONDS))

    async def change(self, folder: Path, texts: Sequence[str]) -> None:
        """Add, change and remove documents through the command, one after the other."""
        number = 0
        while self._passed() < self._seconds:
            number += 1
            file = folder / f"变动{number % 3}.txt"
            file.write_text(f"第{number}号变动\n{texts[number % len(texts)]}", encoding="utf-8")
            await self._command("add", str(file))
            if number % 3 == 0:
                store = Store(self._data / DATABASE)
                document = store.document_id_at(str(file))
                store.close()
                await self._command("remove", document or "gone")
            await asyncio.sleep(self._chance.uniform(0, PAUSE_SECONDS))

    async def _command(self, *arguments: str) -> None:
        code = await asyncio.to_thread(youju(self._data, arguments).wait)
        self.changes[f"{arguments[0]} {code}"] += 1

    async def watch(self) -> None:
        while self._passed() < self._seconds:
            self.samples.append(sample(self._server, self._passed()))
            last = self.samples[-1]
            sys.stderr.write(
                f"{last.seconds:7.0f} s  {last.resident:8.1f} MB  threads {last.threads}  files {last.files}"
                f"  connections {last.connections}  asked {len(self.asked)}\n"
            )
            await asyncio.sleep(min(SAMPLE_SECONDS, self._seconds / 60))

    async def run(self, folder: Path, texts: Sequence[str], clients: int) -> None:
        askers = [self.ask(client) for client in range(clients)]
        await asyncio.gather(*askers, self.search(), self.change(folder, texts), self.watch())


def verdict(use: Use, seconds: float) -> dict[str, object]:
    """Growth of memory, and what is left over, between the window after settling and the last one."""
    window = SETTLED_SHARE * seconds
    growth = grown([(s.seconds, s.resident) for s in use.samples], window, window)
    left = {name: risen([(s.seconds, float(getattr(s, name))) for s in use.samples], window, window) for name in SPARE}
    errors = [a.outcome for a in use.asked if not a.is_honest]
    return {
        "memory_growth": round(growth, 4),
        "left_over": left,
        "asked": outcomes(use.asked),
        "searches": {str(status): count for status, count in use.searches.items()},
        "changes": dict(use.changes),
        "errors": errors,
        "steady": growth <= MOST_GROWTH
        and all(left[name] <= SPARE[name] for name in SPARE)
        and not errors
        and set(use.searches) <= {httpx.codes.OK}
        and all(key.endswith(" 0") for key in use.changes),
    }


def main(arguments: Sequence[str]) -> None:
    options = parser("soak", __doc__)
    options.add_argument("--minutes", type=float, default=60.0)
    options.add_argument("--clients", type=int, default=3, help="how many ask")
    options.add_argument("--json", type=Path, help="write samples and verdict there")
    chosen = options.parse_args(arguments)
    fill(chosen.name, chosen.documents)
    questions = [case.question for case in read(chosen.questions, None) if not case.history]
    texts = [path.read_text(encoding="utf-8") for path in sorted((ROOT / "samples").glob("*.txt"))]
    seconds = 60 * chosen.minutes
    with TemporaryDirectory(dir=DATA) as folder, copied(chosen.name) as data, served(data) as server:
        use = Use(server, data, questions, seconds)
        asyncio.run(use.run(Path(folder), texts, chosen.clients))
    told = verdict(use, seconds)
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=1) + "\n")
    if chosen.json:
        samples = [asdict(s) for s in use.samples]
        chosen.json.write_text(json.dumps(told | {"samples": samples}, ensure_ascii=False), encoding="utf-8")
