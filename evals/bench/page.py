"""How soon the page shows what the API has: questions typed on the page in headless Chromium.

Prints when the evidence is on the page after Enter, how much later the final answer is there than the API had it (its own
time of the same answer, so that two runs of the model are not compared), and each run's figures as one JSON object. Needs
the packages for development (`make lint` installs them); the browser is Chromium, or the one that CHROMIUM names. Not
covered: what is shown (tests/ui), many visitors at once (`load`).
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
from playwright.sync_api import Page, sync_playwright

from evals.bench.figures import percentile
from evals.bench.options import parser
from evals.bench.serving import copied, served
from evals.run import fill, read

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"]
PATIENCE = 120_000
BETWEEN_SECONDS = 0.5
WATCH = """() => {
  window.seen = {};
  document.addEventListener("keydown", event => {
    if (event.key === "Enter") window.seen = { enter: performance.now(), before: document.querySelector("#yj-live .yj-turn")?.id };
  }, true);
  new MutationObserver(() => {
    const seen = window.seen, turn = document.querySelector("#yj-live .yj-turn");
    if (!seen.enter || !turn || turn.id === seen.before) return;
    if (!seen.evidence && turn.querySelector(".yj-card")) seen.evidence = performance.now() - seen.enter;
    if (!seen.final && turn.getAttribute("aria-busy") === "false") seen.final = performance.now() - seen.enter;
  }).observe(document.documentElement, { childList: true, subtree: true, attributes: true });
}"""


def typed(page: Page, question: str) -> dict[str, float]:
    """Milliseconds from pressing Enter; a question of its own conversation, so that nothing completes it."""
    page.click("#yj-new")
    page.wait_for_selector(".yj-welcome")
    page.fill("#yj-box textarea", question)
    page.press("#yj-box textarea", "Enter")
    page.wait_for_function("window.seen.final", timeout=PATIENCE)
    seen: dict[str, float] = page.evaluate("window.seen")
    return seen


def own_time(client: httpx.Client, page: Page) -> float:
    """Milliseconds that the API took for the last answer of the conversation that the page shows."""
    page.wait_for_function("new URLSearchParams(location.search).has('c')")
    (conversation,) = parse_qs(urlsplit(page.url).query)["c"]
    turns = client.get(f"/api/conversations/{conversation}").raise_for_status().json()["turns"]
    taken: float = turns[-1]["timings"]["total_ms"]
    return taken


def main(options: Sequence[str]) -> None:
    arguments = parser("page", __doc__)
    arguments.add_argument("--count", type=int, default=20, help="how many of the questions")
    chosen = arguments.parse_args(options)
    fill(chosen.name, chosen.documents)
    cases = [case for case in read(chosen.questions, None) if not case.history]
    questions = [case.question for case in cases[:: max(1, len(cases) // chosen.count)]][: chosen.count]
    rows: list[dict[str, Any]] = []
    with copied(chosen.name) as data, served(data) as server, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(server.address)
        page.wait_for_selector(".yj-welcome")
        page.evaluate(WATCH)
        with httpx.Client(base_url=server.address, trust_env=False, timeout=PATIENCE / 1000) as client:
            for question in questions:
                shown = typed(page, question)
                rows.append({"question": question, "page": shown, "api_final": own_time(client, page)})
                time.sleep(BETWEEN_SECONDS)
        browser.close()
    evidence = [row["page"]["evidence"] for row in rows if "evidence" in row["page"]]
    later = [row["page"]["final"] - row["api_final"] for row in rows]
    for name, values in (("evidence on the page", evidence), ("final answer later than the API's", later)):
        told = [f"{label} {percentile(values, share):6.0f} ms" for label, share in (("p50", 0.5), ("p95", 0.95))]
        sys.stdout.write(f"{name:<34} {'   '.join(told)}   most {max(values):6.0f} ms   n {len(values)}\n")
    sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
