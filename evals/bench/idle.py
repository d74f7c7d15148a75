"""What a server costs that nobody asks: its processor time, its children's included, over a minute after it has settled.

With `--page` headless Chromium shows the page all the while; what the browser takes does not count. Prints shares of one
core and one JSON object. The browser is Chromium, or the one that CHROMIUM names.
"""

import json
import sys
import time
from collections.abc import Sequence

from evals.bench.options import parser
from evals.bench.serving import Served, copied, served
from evals.run import fill

IDLE_SHARE, PAGE_SHARE = 0.005, 0.02
"""Of a core: without a page, and with one open."""


def beside_page(server: Served, settle: float, seconds: float) -> list[float]:
    """`used` while the page is open in a browser."""
    from playwright.sync_api import sync_playwright  # only where it is asked for: a package for development

    from evals.bench.page import CHROMIUM, FLAGS

    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(server.address)
        page.wait_for_selector(".yj-welcome")
        shares = used(server, settle, seconds)
        browser.close()
    return shares


def used(server: Served, settle: float, seconds: float) -> list[float]:
    """The share of a core in each tenth of `seconds`, after `settle` seconds."""
    time.sleep(settle)
    shares = []
    for _ in range(10):
        begun, before = time.perf_counter(), server.processor_with_children()
        time.sleep(seconds / 10)
        shares.append((server.processor_with_children() - before) / (time.perf_counter() - begun))
    return shares


def main(options: Sequence[str]) -> None:
    arguments = parser("idle", __doc__)
    arguments.add_argument("--page", action="store_true", help="with the page open in a browser")
    arguments.add_argument("--seconds", type=float, default=60.0)
    arguments.add_argument("--settle", type=float, default=20.0, help="seconds after the start that do not count")
    arguments.add_argument("--stub", type=float, help="seconds that a model takes which stands in for the real one")
    chosen = arguments.parse_args(options)
    fill(chosen.name, chosen.documents)
    with copied(chosen.name) as data, served(data, stub=chosen.stub) as server:
        measure = beside_page if chosen.page else used
        shares = measure(server, chosen.settle, chosen.seconds)
    mean, bar = sum(shares) / len(shares), PAGE_SHARE if chosen.page else IDLE_SHARE
    sys.stdout.write(
        f"{100 * mean:.2f} % of a core (most in a tenth of it {100 * max(shares):.2f} %, bar {100 * bar} %)\n"
    )
    measured = {"page": chosen.page, "seconds": chosen.seconds, "share": round(mean, 5), "met": mean < bar}
    sys.stdout.write(json.dumps(measured | {"tenths": [round(share, 5) for share in shares]}) + "\n")
