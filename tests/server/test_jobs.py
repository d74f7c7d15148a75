"""The runner with real processes: whatever is killed when, each file ends in exactly one outcome."""

import os
import shutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path

import httpx
import psutil
import pytest

from index.embed import Embedder
from index.store import Store
from index.vectors import VectorIndex
from server.caller import LOCAL, Caller
from server.installation import Installation
from server.jobs import Runner
from server.ledger import jobs
from server.ledger.jobs import Job, Line, NewFile
from server.ledger.ledger import Ledger
from server.runtime import DATABASE
from server.uploads import UPLOADS
from tests.conftest import ROOT
from tests.server.api.library import text_of
from tests.waiting import until

DEADLY = """
import os, signal, sys

def look(event, arguments):
    if event == "open" and "致命" in str(arguments[0]) and not os.path.exists(os.environ["YOUJU_TEST_SPARED"]):
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(look)
"""
"""Kills every process that opens a file of that name, as a library with a fault in C does."""


@pytest.fixture
def installation(tmp_path: Path, models_folder: Path) -> Installation:
    return Installation(tmp_path / "data", models_folder, ROOT / "models.txt", "llm", 1, 1)


@pytest.fixture
def ledger(installation: Installation) -> Iterator[Ledger]:
    ledger = Ledger(installation.data / "youju.db.ledger")
    yield ledger
    ledger.close()


@pytest.fixture
def runners(installation: Installation, ledger: Ledger) -> Iterator[Callable[[], Runner]]:
    """Start a runner; those that still run are closed."""
    with ExitStack() as stack:

        def make() -> Runner:
            runner = Runner(installation, ledger)
            stack.callback(runner.close)
            runner.start()
            return runner

        yield make


def upload(
    ledger: Ledger, installation: Installation, job: str, files: dict[str, bytes], caller: Caller = LOCAL,
    replaces: str | None = None,
) -> None:  # fmt: skip
    """Queue a job as the API does."""
    new = []
    for number, (name, content) in enumerate(files.items(), 1):
        path = installation.data / UPLOADS / job / str(number) / name
        path.parent.mkdir(parents=True)
        path.write_bytes(content)
        new.append(NewFile(name, name, len(content)))
    jobs.create(ledger, caller, job, new, replaces)


def lines(ledger: Ledger, job: str) -> list[Line]:
    return jobs.lines(ledger, job, 1000, 0)[0]


def job_of(ledger: Ledger, job: str) -> Job:
    return jobs.job(ledger, LOCAL, job)


def ended(ledger: Ledger, job: str) -> dict[str, str | None]:
    """Wait for the job's end; result by name."""
    until(lambda: job_of(ledger, job).ended is not None)
    return {line.name: line.result for line in lines(ledger, job)}


def children() -> list[psutil.Process]:
    """The processes that index for this one."""
    return [process for process in psutil.Process().children() if "server.job_worker" in _command(process)]


def _command(process: psutil.Process) -> list[str]:
    """Empty for one that has just ended."""
    with suppress(psutil.NoSuchProcess):
        return process.cmdline()
    return []


def test_a_file_that_kills_its_process_twice_has_failed_and_the_rest_goes_on(
    ledger: Ledger,
    installation: Installation,
    runners: Callable[[], Runner],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(DEADLY, encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "site"))
    monkeypatch.setenv("YOUJU_TEST_SPARED", str(tmp_path / "spared"))
    upload(
        ledger, installation, "a", {"一.txt": text_of("一区"), "致命.txt": text_of("二区"), "三.txt": text_of("三区")}
    )
    runners()
    assert ended(ledger, "a") == {"一.txt": "added", "致命.txt": "failed", "三.txt": "added"}
    (failed,) = [line for line in lines(ledger, "a") if line.result == "failed"]
    assert (failed.code, "两次" in str(failed.reason)) == ("crashed", True)
    assert not (installation.data / UPLOADS / "a" / "2").exists()


def test_a_file_during_which_the_process_dies_once_is_indexed(
    ledger: Ledger, installation: Installation, runners: Callable[[], Runner]
) -> None:
    upload(ledger, installation, "a", {f"{n}.txt": text_of(f"{n}区") for n in range(12)})
    runners()
    until(lambda: job_of(ledger, "a").files_ended >= 2)
    (child,) = children()
    assert child.nice() == 19
    child.kill()
    assert set(ended(ledger, "a").values()) == {"added"}


def test_a_runner_that_is_closed_leaves_the_rest_to_the_next(
    ledger: Ledger, installation: Installation, runners: Callable[[], Runner]
) -> None:
    upload(ledger, installation, "a", {f"{n}.txt": text_of(f"{n}区") for n in range(12)})
    first = runners()
    until(lambda: job_of(ledger, "a").files_ended >= 2)
    first.close()
    assert children() == []
    left = job_of(ledger, "a")
    assert left.ended is None and left.files_ended < 12
    runners()
    assert set(ended(ledger, "a").values()) == {"added"}


def test_of_two_runners_one_works_and_the_other_takes_over(
    ledger: Ledger, installation: Installation, runners: Callable[[], Runner]
) -> None:
    first = runners()
    second = runners()
    upload(ledger, installation, "a", {"一.txt": text_of("一区")})
    second.wake()
    assert ended(ledger, "a") == {"一.txt": "added"}
    assert len(children()) == 1
    first.close()
    upload(ledger, installation, "b", {"二.txt": text_of("二区")})
    assert ended(ledger, "b") == {"二.txt": "added"}


def test_where_no_process_starts_the_files_have_failed_with_the_reason(
    ledger: Ledger, installation: Installation, tmp_path: Path
) -> None:
    broken = Installation(installation.data, tmp_path / "no models", installation.model_list, "llm", 1, 1)
    upload(ledger, installation, "a", {"一.txt": text_of("一区"), "二.txt": text_of("二区")})
    runner = Runner(broken, ledger)
    runner.start()
    try:
        assert set(ended(ledger, "a").values()) == {"failed"}
    finally:
        runner.close()
    assert {line.code for line in lines(ledger, "a")} == {"index"}
    assert all("youju models pull" in str(line.reason) for line in lines(ledger, "a"))


def test_a_file_that_was_in_the_index_already_when_the_server_died_is_told_as_added(
    ledger: Ledger, installation: Installation, runners: Callable[[], Runner], embedder: Embedder
) -> None:
    from index.library import Library

    upload(ledger, installation, "a", {"一.txt": text_of("一区"), "又.txt": text_of("一区")})
    library = Library(Store(installation.data / DATABASE), embedder, VectorIndex(embedder.dimension))
    for number, name in ((1, "一.txt"), (2, "又.txt")):
        list(library.take(installation.data / UPLOADS / "a" / str(number) / name))
    library.close()
    (task,) = jobs.next_tasks(ledger)
    jobs.begin(ledger, task)
    runners()
    assert ended(ledger, "a") == {"一.txt": "added", "又.txt": "duplicate"}
    until(lambda: not (installation.data / UPLOADS / "a" / "2").exists())


# -- two hundred files and servers that are killed ------------------------------------------------------------------


class Server:
    """A server in a process of its own, and everything that it has started."""

    def __init__(self, data: Path, models: Path) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.server.job_server", str(data), str(models)],
            cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
        )  # fmt: skip
        assert self._process.stdout is not None
        self.client = httpx.Client(base_url=self._process.stdout.readline().decode().strip(), timeout=60)

    def family(self) -> list[psutil.Process]:
        return psutil.Process(self._process.pid).children(recursive=True)

    def kill(self) -> None:
        """As a power cut for the server; its children must end by themselves."""
        family = self.family()
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(20)
        assert self._process.stdout is not None
        self._process.stdout.close()
        self.client.close()
        _, alive = psutil.wait_procs(family, timeout=20)
        assert alive == []


def test_two_hundred_files_survive_servers_and_processes_that_are_killed(
    tmp_path: Path, models_folder: Path, embedder: Embedder
) -> None:
    data = tmp_path / "data"
    files: dict[str, bytes] = {}
    for n in range(200):
        kind = n % 20
        name, content = f"夹/{n}.txt", text_of(f"第{n}区", n)
        if kind == 7:
            content = text_of("第0区", 0)
        if kind == 13:
            name, content = f"夹/{n}.docx", b"PK\x03\x04 junk"
        files[name] = content
    server = Server(data, models_folder)
    job = server.client.post("/api/documents", files=[("files", file) for file in files.items()]).json()
    path = f"/api/jobs/{job['id']}"

    def has_ended(files: int) -> bool:
        return int(server.client.get(path, params={"limit": 1}).json()["files_ended"]) >= files

    try:
        for stop in (40, 90, 140):
            until(partial(has_ended, stop))
            if stop == 90:  # the process that indexes, and not the server
                (child,) = [p for p in server.family() if "server.job_worker" in p.cmdline()]
                child.kill()
            else:
                server.kill()
                server = Server(data, models_folder)
        until(lambda: server.client.get(path).json()["ended_at"] is not None)
        ended = server.client.get(path, params={"limit": 1000}).json()
        listed = server.client.get("/api/documents", params={"limit": 1000}).json()
    finally:
        server.kill()
    assert ended["state"] == "done"
    assert [line["name"] for line in ended["lines"]] == list(files)
    found = Counter((line["result"], line["code"]) for line in ended["lines"])
    assert found == {("added", None): 180, ("duplicate", None): 10, ("failed", "damaged"): 10}
    added = [line for line in ended["lines"] if line["result"] == "added"]
    assert len({line["document_id"] for line in added}) == listed["total"] == 180
    assert {d["id"] for d in listed["documents"]} == {line["document_id"] for line in added}
    store = Store(data / DATABASE)
    assert store.faults(embedder.fingerprint, embedder.dimension) == []
    store.close()
    shutil.rmtree(data)
