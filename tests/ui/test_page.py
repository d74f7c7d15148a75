"""Visits to the page in headless Chromium over the real server with the real models."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from tests.conftest import ROOT, SAMPLES
from tests.ui.visiting import ASKED, REFUSED, Visits, ask, documents, titles
from tests.waiting import until

pytestmark = pytest.mark.page


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory, models_folder: Path) -> Iterator[str]:
    data = tmp_path_factory.mktemp("data")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = os.environ | {"YOUJU_DATA": str(data), "YOUJU_MODELS": str(models_folder)}
    command = [sys.executable, "-m", "server.cli"]
    subprocess.run([*command, "add", str(SAMPLES)], cwd=ROOT, env=environment, check=True)
    server = subprocess.Popen([*command, "serve", "--port", str(port)], cwd=ROOT, env=environment)
    address = f"http://127.0.0.1:{port}"
    try:
        until(lambda: server.poll() is not None or _is_ready(address), seconds=300, pause=0.5)
        assert server.poll() is None, "the server ended before it was ready"
        yield address
    finally:
        server.terminate()
        server.wait(30)


def _is_ready(address: str) -> bool:
    try:
        return httpx.get(f"{address}/api/ready", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture
def page(address: str, visits: Visits) -> Page:
    return visits.open(address)


def test_an_answer_shows_the_cited_words_highlighted_in_their_passage(page: Page) -> None:
    turn = ask(page, ASKED)
    assert "6个" in page.inner_text(f"{turn} .yj-answer")
    assert "2023年海沧区教育工作要点" in page.inner_text(f"{turn} .yj-sources cite >> nth=0")
    mark = page.locator(f"{turn} .yj-answer a.yj-mark").first
    assert page.locator(mark.get_attribute("href") or "").is_visible()
    mark.click()
    page.wait_for_selector("#yj-passage mark.yj-cited")
    assert "计划竣工项目6个" in page.inner_text("#yj-passage mark.yj-cited")


def test_a_refusal_looks_different_and_shows_the_nearest_passages(page: Page) -> None:
    turn = ask(page, REFUSED)
    assert page.inner_text(f"{turn} .yj-missing .yj-badge") == "资料中没有"
    assert page.locator(f"{turn} .yj-cards .yj-card").count() > 0
    assert page.locator(f"{turn} .yj-sources").count() == 0


def test_a_question_with_html_is_shown_and_not_run(page: Page) -> None:
    turn = ask(page, "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>几个项目")
    assert "<script>" in page.inner_text(f"{turn} .yj-question")
    assert page.title() != "run"


def test_the_loaded_documents_are_listed(page: Page) -> None:
    documents(page)
    assert len(titles(page)) == 4
