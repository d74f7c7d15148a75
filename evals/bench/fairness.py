"""How soon a small file is indexed while other keys' uploads take hours: seconds from its upload to its outcome.

A server of its own with access keys; each hostile key uploads a zip of scans (`evals.hostile`), every one of which keeps
a reader at work until its limit. Then one more key uploads small files, one after the other. Not covered: how long the
hostile files themselves take.
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
import psutil

from evals.bench.options import parser
from evals.bench.serving import MEGABYTE, Served, served
from evals.hostile import archive
from evals.run import DATA
from server.ledger import keys
from server.ledger.ledger import Ledger
from server.runtime import LEDGER

BAR_SECONDS = 30.0
POLL_SECONDS = 0.2
LONGEST_SECONDS = 600.0
TEXT = "海沧区教育局2023年工作要点\n\n一、学校建设\n2023年计划竣工项目{}个。\n"


def make_keys(data: Path, count: int) -> list[str]:
    """New keys that may upload."""
    ledger = Ledger(data / LEDGER)
    try:
        return [keys.add(ledger, f"bench{number}", "write") for number in range(count)]
    finally:
        ledger.close()


def client_of(server: Served, key: str) -> httpx.Client:
    headers = {"Authorization": f"Bearer {key}"}
    return httpx.Client(base_url=server.address, headers=headers, timeout=LONGEST_SECONDS, trust_env=False)


def upload(http: httpx.Client, name: str, content: bytes) -> str:
    """The path of the job."""
    response = http.post("/api/documents", files=[("files", (name, content))])
    response.raise_for_status()
    return f"/api/jobs/{response.json()['id']}"


def wait_for(http: httpx.Client, job: str, field: str) -> dict[str, Any]:
    """The job as soon as it has `started_at` or `ended_at`."""
    deadline = time.perf_counter() + LONGEST_SECONDS
    while True:
        state: dict[str, Any] = http.get(job, params={"limit": 1}).raise_for_status().json()
        if state[field] is not None:
            return state
        if time.perf_counter() > deadline:
            raise RuntimeError(f"no {field} within {LONGEST_SECONDS:.0f} s: {state}")
        time.sleep(POLL_SECONDS)


def indexing_processes(server: Served) -> list[float]:
    """Megabytes of resident memory of each process that indexes, its readers aside."""
    found = (process for process in server.process.children() if "server.job_worker" in process.cmdline())
    return [round(process.memory_info().rss / MEGABYTE) for process in found]


def measure(server: Served, secrets: Sequence[str], packed: bytes, count: int, pause: float) -> dict[str, Any]:
    """Upload the hostile archive with all keys but the last, and small files with that one."""
    *hostile, last = secrets
    jobs = [(http := client_of(server, key), upload(http, "慢.zip", packed)) for key in hostile]
    wait_for(*jobs[0], "started_at")
    time.sleep(pause)  # as long as it takes until nothing about the first file is new any more
    small, seconds, memory = client_of(server, last), [], []
    for number in range(count):
        start = time.perf_counter()
        ended = wait_for(small, upload(small, f"快{number}.txt", TEXT.format(number).encode()), "ended_at")
        seconds.append(round(time.perf_counter() - start, 1))
        memory.append(indexing_processes(server))
        if ended["results"] != {"added": 1}:
            raise RuntimeError(f"the small file was not added: {ended}")
    members = [sum(http.get(job).json()["results"].values()) for http, job in jobs]
    for http, job in jobs:
        http.delete(job)
    return {"seconds": seconds, "indexing_mb": memory, "hostile_members_ended": members}


def main(arguments: Sequence[str]) -> None:
    accepted = parser("fairness", __doc__)
    accepted.add_argument("--members", type=int, default=10_000, help="of the hostile archive")
    accepted.add_argument("--pages", type=int, default=60, help="of each of its scans: some seconds each")
    accepted.add_argument("--hostile", type=int, default=1, help="how many keys upload it")
    accepted.add_argument("--count", type=int, default=3, help="how many small files, one after the other")
    accepted.add_argument("--pause", type=float, default=15.0, help="seconds between the hostile and the small files")
    accepted.add_argument("--json", type=Path, help="write the figures there, too")
    options = accepted.parse_args(arguments)
    packed = archive(options.members, options.pages)
    DATA.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=DATA, prefix="bench-") as folder:
        secrets = make_keys(Path(folder), options.hostile + 1)
        with served(Path(folder), answers=False) as server:
            measured = measure(server, secrets, packed, options.count, options.pause)
    told = {"members": options.members, "pages": options.pages, "hostile_keys": options.hostile, "bar": BAR_SECONDS}
    load = [round(value, 1) for value in psutil.getloadavg()]
    measured = told | {"archive_mb": round(len(packed) / MEGABYTE), "load": load} | measured
    text = json.dumps(measured, ensure_ascii=False, indent=1)
    sys.stdout.write(text + "\n")
    if options.json:
        options.json.write_text(text, encoding="utf-8")
