"""A visit to the page in headless Chromium, over the real server with the real models."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page, sync_playwright

from tests.conftest import ROOT, SAMPLES

pytestmark = pytest.mark.page
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
PATIENCE = 120_000


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
        while not _is_ready(address):
            assert server.poll() is None, "the server ended before it was ready"
            time.sleep(0.5)
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
def page(address: str) -> Iterator[Page]:
    """A page whose requests to other hosts fail the test."""
    foreign: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1200, "height": 900})
        page.on(
            "request", lambda r: foreign.append(r.url) if not r.url.startswith((address, "data:", "blob:")) else None
        )
        page.goto(address)
        page.wait_for_selector("#yj-box textarea")
        yield page
        browser.close()
    assert foreign == []


def _ask(page: Page, question: str, turn: int = 1) -> None:
    page.fill("#yj-box textarea", question)
    page.press("#yj-box textarea", "Enter")
    page.wait_for_function(f"document.querySelectorAll('.yj-meta').length >= {turn}", timeout=PATIENCE)


def test_an_answer_shows_the_cited_words_highlighted_in_their_passage(page: Page) -> None:
    _ask(page, "海沧2023年计划竣工几个项目")
    assert "6个" in page.inner_text(".yj-answer")
    assert "计划竣工项目6个" in page.inner_text(".yj-citation mark")
    assert "2023年海沧区教育工作要点" in page.inner_text(".yj-citation cite")
    assert page.get_attribute(".yj-answer .yj-mark", "href") == f"#{page.get_attribute('.yj-citation', 'id')}"


def test_a_refusal_looks_different_and_shows_the_nearest_passages(page: Page) -> None:
    _ask(page, "海沧2024年计划竣工几个项目")
    assert page.inner_text(".yj-nothing .yj-badge") == "资料中没有"
    assert page.locator(".yj-evidence[open] li").count() > 0
    assert page.locator(".yj-citation").count() == 0


def test_a_question_with_html_is_shown_and_not_run(page: Page) -> None:
    _ask(page, "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>几个项目")
    assert "<script>" in page.inner_text(".yj-question")
    assert page.title() != "run"


def test_the_loaded_documents_are_listed(page: Page) -> None:
    page.wait_for_selector(".yj-library li")
    assert page.locator(".yj-library li").count() == 4
