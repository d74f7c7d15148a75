"""A real process that is told to end: what runs is finished or cancelled, new questions are refused, nothing is left.

The child serves the application with a model that writes when a file appears, so that each test decides whether an
answer is in time.
"""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.conftest import ROOT

pytestmark = [
    pytest.mark.usefixtures("models_folder"),
    pytest.mark.slow,
    pytest.mark.timeout(700),
    pytest.mark.skipif(sys.platform == "win32", reason="SIGTERM cannot be handled on Windows"),
]
CHILD = """
import sys, time
from pathlib import Path
import uvicorn
from evals.fuzz import SilentModel, small_app
from server.answer import quoting
from server.logs import configure
from server.serving import serve
from tests.stubs import DOUBTFUL

folder, patience, port = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])

class Waiting(SilentModel):
    def _wait(self, cancelled):
        (folder / "begun").touch()
        while not (folder / "go").exists() and not cancelled.is_set():
            time.sleep(0.01)

    def log_odds(self, messages, yes, no, cancelled=None):
        self._wait(cancelled)
        return 8.0

quoting.judge = lambda: DOUBTFUL
configure("info", "json", False)
app = small_app(folder, {"shutdown_seconds": patience}, Waiting())
config = uvicorn.Config(app, host="127.0.0.1", port=port, log_config=None, access_log=False)
serve(config, app.state.youju, patience)
"""
QUESTION = {"question": "海沧2023年计划竣工几个项目"}
PATIENCE = 300
ERRORS = "stderr"


@dataclass
class Child:
    """The process, its folder, and where it serves."""

    process: subprocess.Popen[bytes]
    folder: Path
    client: httpx.Client

    def ask(self, stream: bool) -> tuple[threading.Thread, list[httpx.Response]]:
        """Ask in a thread; returns when the model has begun."""
        got: list[httpx.Response] = []
        body = QUESTION | {"stream": stream}
        thread = threading.Thread(target=lambda: got.append(self.client.post("/api/ask", json=body)))
        thread.start()
        _until((self.folder / "begun").exists)
        return thread, got

    def end(self, sign: signal.Signals) -> None:
        self.process.send_signal(sign)

    def ended(self) -> list[dict[str, Any]]:
        """Its log lines; it has ended well."""
        self.process.wait(PATIENCE)
        errors = (self.folder / ERRORS).read_text("utf-8")
        assert self.process.returncode == 0, errors
        assert "Traceback" not in errors and "CancelledError" not in errors, errors
        return [json.loads(line) for line in errors.splitlines()]


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


@contextmanager
def _child(folder: Path, patience: int) -> Generator[Child]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "utf-8"}
    # A file, not a pipe: the server logs each request, and would stand still at a pipe that nobody empties.
    with (folder / ERRORS).open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(folder), str(patience), str(port)],
            cwd=ROOT,
            env=environment,
            stderr=errors,
        )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=PATIENCE) as client:
            child = Child(process, folder, client)
            _until(lambda: process.poll() is not None or _is_ready(client))
            assert process.poll() is None, (folder / ERRORS).read_text("utf-8")
            yield child
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/api/ready").status_code == 200
    except httpx.TransportError:
        return False


@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_a_server_with_nothing_to_do_ends_at_once(tmp_path: Path, sign: signal.Signals) -> None:
    with _child(tmp_path, patience=30) as child:
        child.end(sign)
        child.ended()


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_is_finished_and_new_questions_are_refused_meanwhile(tmp_path: Path, stream: bool) -> None:
    with _child(tmp_path, patience=30) as child:
        thread, got = child.ask(stream)
        child.end(signal.SIGTERM)
        _until(lambda: child.client.get("/api/ready").status_code == 503)
        refused = child.client.post("/api/ask", json=QUESTION)
        assert (refused.status_code, refused.json()["title"]) == (503, "正在停止")
        assert int(refused.headers["Retry-After"]) > 0
        (tmp_path / "go").touch()
        thread.join(PATIENCE)
        assert got[0].status_code == 200
        assert "计划竣工项目6个[1]。" in got[0].text
        child.ended()


@pytest.mark.parametrize("stream", [False, True])
def test_an_answer_that_takes_too_long_is_cancelled_with_an_error(tmp_path: Path, stream: bool) -> None:
    with _child(tmp_path, patience=1) as child:
        thread, got = child.ask(stream)
        child.end(signal.SIGTERM)
        thread.join(PATIENCE)
        assert "服务正在停止" in got[0].text
        assert got[0].status_code == (200 if stream else 503)
        if stream:
            assert "event: error" in got[0].text and "event: final" not in got[0].text
        lines = child.ended()
        assert any(line["message"] == "questions cancelled: the server ends" for line in lines)
        assert not any(QUESTION["question"] in json.dumps(line, ensure_ascii=False) for line in lines)


def test_a_second_signal_cancels_at_once(tmp_path: Path) -> None:
    with _child(tmp_path, patience=3600) as child:
        thread, got = child.ask(stream=True)
        child.end(signal.SIGTERM)
        _until(lambda: child.client.get("/api/ready").status_code == 503)
        child.end(signal.SIGTERM)
        thread.join(PATIENCE)
        assert "event: error" in got[0].text
        child.ended()
