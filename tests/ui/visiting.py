"""What the page's tests share: the real application with its page, a browser that records, pictures, axe.

The model is scripted, so that every step can be told beforehand; indexing, searching, OCR and checking are real.
"""

import importlib.resources
import json
import os
import shutil
import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page

from index.embed import Embedder
from server.llm.cancel import Cancel
from server.llm.template import Message
from tests.conftest import ROOT
from tests.paged import with_page
from tests.server.api.library import library_app
from tests.server.serving import served
from tests.stubs import SURE, ScriptedModel

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
FLAGS += ["--disable-component-update", "--disable-sync"]
PICTURES = ROOT / "dist" / "page"
PATIENCE = 120_000
"""Milliseconds for what waits for a model or for indexing."""
ASKED = "海沧2023年计划竣工几个项目"
REFUSED = "海沧2024年计划竣工几个项目"
AXE = "axe_playwright_python"
"""The package that brings axe-core's script."""
SERIOUS = ("serious", "critical")


class PacedModel(ScriptedModel):
    """Says yes to every quotation, after `pace` seconds or when it is cancelled."""

    pace = 0.0

    def log_odds(self, messages: Sequence[Message], yes: str, no: str, cancelled: Cancel | None = None) -> float:
        super().log_odds(messages, yes, no, cancelled)
        end = time.monotonic() + self.pace
        while time.monotonic() < end and not (cancelled is not None and cancelled.is_set()):
            time.sleep(0.01)
        return SURE


class Site:
    """The application over `data`; it can be stopped, and started again at the same address."""

    def __init__(self, data: Path, embedder: Embedder, models: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self._port = probe.getsockname()[1]
        self.address = f"http://127.0.0.1:{self._port}"
        self.data = data
        data.mkdir(exist_ok=True)
        self.model = PacedModel()
        self._embedder, self._models = embedder, models
        self._running = ExitStack()

    def start(self) -> "Site":
        self.model = PacedModel()
        app = library_app(self.data, self._embedder, self._models, self.model)
        # In a thread: the browser's driver keeps a loop running in this one.
        with ThreadPoolExecutor(1) as pool:
            paged = pool.submit(with_page, app, self.address).result()
        self._running.enter_context(served(paged, self._port))
        return self

    def stop(self) -> None:
        self._running.close()


class Visits:
    """Contexts of one browser. What no page may do is recorded: requests to other hosts, errors, broken policies."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.requests: list[str] = []
        self.faults: list[str] = []

    def open(self, address: str, path: str = "/", **options: Any) -> Page:
        """The page at `address`, ready to be used, in a context of its own."""
        options = {"viewport": {"width": 1280, "height": 900}, "locale": "zh-CN"} | options
        context = self._browser.new_context(**options)
        context.set_default_timeout(PATIENCE)
        self._contexts.append(context)
        context.on("request", lambda request: self._record(request.url, address))
        context.on("weberror", lambda error: self.faults.append(str(error.error)))
        context.on("console", lambda said: self._hear(said.text))
        page = context.new_page()
        page.on("dialog", lambda dialog: self.faults.append(f"dialog: {dialog.message}"))
        page.goto(address + path)
        page.wait_for_selector("#yj-box textarea, #key", state="attached")
        return page

    def login(self, address: str, secret: str) -> Page:
        """The page of a visitor who has shown a key."""
        page = self.open(address)
        page.fill("#key", secret)
        page.click("#in button")
        page.wait_for_selector("#yj-history nav", state="attached")
        return page

    def _record(self, url: str, address: str) -> None:
        self.requests.append(url)
        if not url.startswith((f"{address}/", "data:", "blob:")):
            self.faults.append(f"request to {url}")

    def _hear(self, said: str) -> None:
        if "Content Security Policy" in said or "Uncaught" in said:
            self.faults.append(said)

    def close(self) -> None:
        for context in self._contexts:
            context.close()


def view(page: Page, name: str) -> None:
    """Go to a view by its tab."""
    page.click(f"#yj-views [role=tab] >> nth={('ask', 'documents', 'overview').index(name)}")


def turn(page: Page, number: int) -> str:
    """The selector of a question that has been dealt with, once it is there."""
    page.wait_for_selector(f"#yj-turn-{number}[aria-busy=false]", timeout=PATIENCE)
    return f"#yj-turn-{number}"


def ask(page: Page, question: str, number: int = 1) -> str:
    """Ask, wait for the end, and give the turn's selector."""
    page.fill("#yj-box textarea", question)
    page.press("#yj-box textarea", "Enter")
    return turn(page, number)


def documents(page: Page) -> None:
    """Go to the documents, and wait for the list or for what stands in its place."""
    view(page, "documents")
    page.wait_for_selector("#yj-documents-list, #yj-view-documents .yj-empty")


def upload(page: Page, *files: Path) -> None:
    """Choose files, and wait until each has its result."""
    page.set_input_files("#yj-documents-files", list(files))
    page.wait_for_selector(".yj-job .yj-job-lines")
    page.wait_for_selector(".yj-job-queued, .yj-job-running", state="detached", timeout=PATIENCE)


def drop(page: Page, target: str, *paths: Path) -> None:
    """Drag files and folders from outside over `target`, and let go of them there."""
    box = page.locator(target).bounding_box()
    assert box is not None
    what = {
        "x": box["x"] + box["width"] / 2, "y": box["y"] + box["height"] / 2,
        "data": {"items": [], "files": [str(path) for path in paths], "dragOperationsMask": 1},
    }  # fmt: skip
    session = page.context.new_cdp_session(page)
    for kind in ("dragEnter", "dragOver"):
        session.send("Input.dispatchDragEvent", {"type": kind, **what})
    page.wait_for_selector(f"{target}.yj-over")
    session.send("Input.dispatchDragEvent", {"type": "drop", **what})


def titles(page: Page) -> list[str]:
    """Of the documents that are listed."""
    return page.locator(".yj-doc-title").all_inner_texts()


def picture(page: Page, name: str, whole: bool = False) -> None:
    """Keep how the page looks, for people."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=PICTURES / f"{name}.png", full_page=whole, animations="disabled")


def overflow(page: Page) -> int:
    """Pixels by which the page is wider than its window."""
    width: int = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    return width


def axe(page: Page, name: str) -> list[str]:
    """Serious faults in our own components that axe-core finds; all that it finds is kept beside the pictures."""
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate((importlib.resources.files(AXE) / "axe.min.js").read_text(encoding="utf-8"))
    found = page.evaluate(
        """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations.flatMap(v => v.nodes.map(n => {
            const element = document.querySelector(n.target.join(" "));
            const own = Boolean(element && element.closest('[class^="yj-"], [class*=" yj-"]'));
            return {rule: v.id, impact: v.impact, help: v.help, target: n.target.join(" "), own, html: n.html.slice(0, 200)};
        }))"""
    )
    PICTURES.mkdir(parents=True, exist_ok=True)
    (PICTURES / f"axe-{name}.json").write_text(json.dumps(found, ensure_ascii=False, indent=1), encoding="utf-8")
    return [f"{one['rule']} {one['target']}" for one in found if one["own"] and one["impact"] in SERIOUS]
