"""The recipes in docs/recipes do what they say: each block that is marked for running runs, in the order of its page,
and prints what stands in the block behind it.

A block is marked by its info string: ```` ```python run ````, ```` ```bash run ````, ```` ```nginx run ````; what it prints by
```` ```text output ````, in which … stands for anything. Every page gets a server of its own over the four samples, whose
scripted model knows one answer; its address takes the place of http://127.0.0.1:7860.
"""

import os
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from index.embed import Embedder
from index.search import Searcher
from server.answer.answerer import Answerer
from server.ledger import keys
from tests.conftest import ROOT, SAMPLES
from tests.server.conftest import open_searcher
from tests.server.serving import ready_app, served
from tests.stubs import ScriptedModel

RECIPES = ROOT / "docs" / "recipes"
WRITTEN = "http://127.0.0.1:7860"
MOST_QUESTIONS = 20
BLOCK = re.compile(r"^```(\w+) (run|output)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
PAGES = sorted(path.stem for path in RECIPES.glob("*.md"))


@dataclass(frozen=True)
class Step:
    """A block to run and what it prints; None where the page does not say."""

    language: str
    code: str
    output: str | None


def _steps(page: str) -> list[Step]:
    blocks = BLOCK.findall((RECIPES / f"{page}.md").read_text(encoding="utf-8"))
    steps: list[Step] = []
    for language, mark, text in blocks:
        if mark == "output":
            last = steps.pop()
            steps.append(Step(last.language, last.code, text))
        else:
            steps.append(Step(language, text, None))
    return steps


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Searcher]:
    searcher = open_searcher(tmp_path_factory.mktemp("recipes"), embedder, sorted(SAMPLES.glob("*.txt")))
    yield searcher
    searcher.store.close()


@pytest.fixture
def app(samples: Searcher, tmp_path: Path) -> FastAPI:
    return ready_app(Answerer(samples, ScriptedModel()), tmp_path / "served")


def _run(step: Step, address: str, folder: Path, models: Path) -> str:
    code = step.code.replace(WRITTEN, address)
    command = [sys.executable, "-c", code] if step.language == "python" else ["bash", "-euo", "pipefail", "-c", code]
    variables = {name: value for name, value in os.environ.items() if not name.startswith("YOUJU_")}
    variables |= {
        "YOUJU_DATA": str(folder / "data"), "YOUJU_MODELS": str(models), "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1",
        "PATH": f"{folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
    }  # fmt: skip
    done = subprocess.run(
        command, cwd=folder, env=variables, capture_output=True, encoding="utf-8", check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def _youju(folder: Path) -> None:
    """The command where a shell finds it, also where the project is not installed."""
    folder.mkdir()
    command = folder / "youju"
    command.write_text(
        f'#!/bin/sh\nexport PYTHONPATH="{ROOT}"\nexec "{sys.executable}" -m server.cli "$@"\n', encoding="utf-8"
    )
    command.chmod(0o755)


def _fits(expected: str, found: str) -> bool:
    pattern = ".*?".join(re.escape(part) for part in expected.strip().split("…"))
    return re.fullmatch(pattern, found.strip(), re.DOTALL) is not None


def test_there_is_a_recipe_for_each_way_in() -> None:
    assert {"curl", "httpx", "openai", "mcp", "sync", "nginx"} <= set(PAGES)
    assert all(_steps(page) for page in PAGES)


@pytest.mark.parametrize("page", [page for page in PAGES if page != "nginx"])
def test_a_recipe_does_what_it_says(page: str, app: FastAPI, tmp_path: Path, models_folder: Path) -> None:
    _youju(tmp_path / "bin")
    with served(app) as address:
        for step in _steps(page):
            printed = _run(step, address, tmp_path, models_folder.resolve())
            assert step.output is None or _fits(step.output, printed), printed


# -- nginx ------------------------------------------------------------------------------------------------------


@contextmanager
def _nginx(site: str, folder: Path) -> Generator[None]:
    """nginx with one site, as the user of this process."""
    whole = folder / "nginx.conf"
    whole.write_text(
        f"daemon off; pid {folder}/nginx.pid; error_log stderr warn; events {{}}\n"
        f"http {{ access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;\n"
        f"fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;\n{site}}}\n",
        encoding="utf-8",
    )
    command = ["nginx", "-p", str(folder), "-c", str(whole), "-e", "stderr"]
    with subprocess.Popen(command, stderr=subprocess.PIPE) as process:
        try:
            yield
        finally:
            process.terminate()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _certificate(folder: Path, name: str) -> None:
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
         "-keyout", folder / "youju.key", "-out", folder / "youju.pem"],
        check=True, capture_output=True,
    )  # fmt: skip


def _until_open(port: int) -> None:
    for _ in range(500):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.02)
    pytest.fail("nginx does not listen")


@pytest.mark.skipif(shutil.which("nginx") is None, reason="needs Debian's package nginx: apt install nginx")
def test_behind_nginx_with_tls_answers_come_sentence_by_sentence_and_only_with_a_key(
    app: FastAPI, tmp_path: Path
) -> None:
    name = "youju.example.gov.cn"
    (step,) = _steps("nginx")
    _certificate(tmp_path, name)
    key, port = keys.add(app.state.youju.ledger, "张三", "read"), _free_port()
    context = ssl.create_default_context(cafile=tmp_path / "youju.pem")
    with served(app) as address:
        site = step.code.replace("listen 443", f"listen 127.0.0.1:{port}").replace("/etc/ssl", str(tmp_path))
        with (
            _nginx(site.replace(WRITTEN, address), tmp_path),
            httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=context, trust_env=False, timeout=60) as client,
        ):
            _until_open(port)
            named = {"headers": {"Host": name}, "extensions": {"sni_hostname": name}}
            assert client.get("/api/health", **named).status_code == 200  # type: ignore[arg-type]
            asked = {"question": "海沧2023年计划竣工几个项目", "stream": True}
            assert client.post("/api/ask", json=asked, **named).status_code == 401  # type: ignore[arg-type]
            named["headers"]["Authorization"] = f"Bearer {key}"
            answer = client.post("/api/ask", json=asked, **named)  # type: ignore[arg-type]
            assert re.findall(r"^event: (.*)$", answer.text, re.MULTILINE) == ["evidence", "delta", "final"]
            named["headers"]["Origin"] = f"https://{name}"
            assert client.get("/api/documents", **named).json()["total"] == 4  # type: ignore[arg-type]
