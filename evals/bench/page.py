"""How soon the page shows what the API has: each question asked of the API, then typed on the page in headless Chromium.

Prints when the evidence is on the page after Enter, how much later than the API's own the final answer is, and each run's
figures as one JSON object. Needs the packages for development (`make lint` installs them); the browser is Chromium, or the one that CHROMIUM names. Not covered: what is shown
(tests/ui), many visitors at once (`load`).
"""

import json
import os
import shutil
import sys
import time
from collections.abc import Sequence
from typing import Any

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


def asked(client: httpx.Client, question: str) -> dict[str, float]:
    """Milliseconds to the evidence and to the final answer over the API."""
    begun, seen = time.perf_counter(), {}
    with client.stream("POST", "/api/ask", json={"question": question, "stream": True}) as response:
        for line in response.iter_lines():
            if line in ("event: evidence", "event: final"):
                seen[line.removeprefix("event: ")] = (time.perf_counter() - begun) * 1000
    return seen


def typed(page: Page, question: str) -> dict[str, float]:
    """The same on the page, from pressing Enter; a question of its own conversation, so that nothing completes it."""
    page.click("#yj-new")
    page.wait_for_selector(".yj-welcome")
    page.fill("#yj-box textarea", question)
    page.press("#yj-box textarea", "Enter")
    page.wait_for_function("window.seen.final", timeout=PATIENCE)
    seen: dict[str, float] = page.evaluate("window.seen")
    return seen


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
                api, shown = asked(client, question), typed(page, question)
                rows.append({"question": question, "api": api, "page": shown})
                time.sleep(BETWEEN_SECONDS)
        browser.close()
    evidence = [row["page"]["evidence"] for row in rows if "evidence" in row["page"]]
    later = [row["page"]["final"] - row["api"]["final"] for row in rows]
    for name, values in (("evidence on the page", evidence), ("final answer later than the API's", later)):
        told = [f"{label} {percentile(values, share):6.0f} ms" for label, share in (("p50", 0.5), ("p95", 0.95))]
        sys.stdout.write(f"{name:<34} {'   '.join(told)}   most {max(values):6.0f} ms   n {len(values)}\n")
    sys.stdout.write(json.dumps(rows, ensure_ascii=False) + "\n")
