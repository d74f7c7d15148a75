"""A server of its own for a bench: `youju serve` as a child process on a free port, over a data folder of its own.

Not covered: asking it (`clients`).
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx
import psutil

from evals.run import DATA
from server.runtime import DATABASE
from server.settings import ROOT

READY_SECONDS = 300.0
POLL_SECONDS = 0.1
MEGABYTE = 1024 * 1024


class Served:
    """A running server."""

    def __init__(self, address: str, process: psutil.Process, ready_seconds: float) -> None:
        """`ready_seconds` passed from its start until it could answer."""
        self.address = address
        self.process = process
        self.ready_seconds = ready_seconds

    def resident(self) -> float:
        """Megabytes."""
        return float(self.process.memory_info().rss) / MEGABYTE

    def processor(self) -> float:
        """Seconds of processor time used so far, its children's aside."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def processor_with_children(self) -> float:
        """Seconds of processor time used so far by the server and the processes that it has begun, ended ones too."""
        times = self.process.cpu_times()
        ended = float(times.children_user + times.children_system)
        living = (child.cpu_times() for child in self.process.children(recursive=True))
        return self.processor() + ended + sum(float(child.user + child.system) for child in living)


@contextmanager
def served(data: Path, answers: bool = True, stub: float | None = None, **settings: object) -> Generator[Served]:
    """A server over `data` until the block ends; `settings` are ours (`queue=4`). Raises RuntimeError where it ends.

    Without `answers` it has not loaded the language model yet: enough for uploads. `stub`: seconds a question that a model
    takes which stands in for the real one.
    """
    program = ["server.cli"] if stub is None else ["evals.bench.stub", str(stub)]
    port = _free_port()
    environment = _environment(data) | {f"YOUJU_{name.upper()}": str(value) for name, value in settings.items()}
    started = time.perf_counter()
    child = subprocess.Popen(
        [sys.executable, "-m", *program, "serve", "--port", str(port)],
        env=environment, cwd=ROOT, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_until_ready(f"{address}/api/{'ready' if answers else 'health'}", child, started + READY_SECONDS)
        yield Served(address, psutil.Process(child.pid), time.perf_counter() - started)
    finally:
        child.terminate()
        child.wait(timeout=30)


def youju(data: Path, arguments: Sequence[str]) -> "subprocess.Popen[bytes]":
    """The `youju` command over `data` in a process beside, in a session of its own like one in another terminal."""
    return subprocess.Popen(
        [sys.executable, "-m", "server.cli", *arguments], start_new_session=True,
        env=_environment(data), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


@contextmanager
def copied(name: str) -> Generator[Path]:
    """A copy of the data folder dist/evals/NAME, to be changed and thrown away."""
    DATA.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=DATA, prefix="bench-") as folder:
        for file in (DATA / name).glob(f"{DATABASE}*"):
            shutil.copy(file, folder)
        yield Path(folder)


def _environment(data: Path) -> dict[str, str]:
    return {"YOUJU_LOG_LEVEL": "warning", **os.environ, "PYTHONPATH": str(ROOT), "YOUJU_DATA": str(data)}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_ready(address: str, child: "subprocess.Popen[bytes]", deadline: float) -> None:
    while time.perf_counter() < deadline:
        if child.poll() is not None:
            raise RuntimeError(f"the server ended with {child.returncode} before it was ready")
        try:
            if httpx.get(address, trust_env=False).status_code == httpx.codes.OK:
                return
        except httpx.TransportError:
            pass  # nothing listens yet
        time.sleep(POLL_SECONDS)
    raise RuntimeError(f"the server was not ready within {READY_SECONDS:.0f} s")
