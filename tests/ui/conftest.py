"""A browser that records what it is made to do, and the application with its page over the samples or over nothing."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from index.embed import Embedder
from index.search import Searcher
from tests.conftest import SAMPLES
from tests.server.conftest import open_searcher, quick_searcher
from tests.ui.visiting import CHROMIUM, FLAGS, Site, Visits


@pytest.fixture(scope="session")
def searcher(tmp_path_factory: pytest.TempPathFactory, stub_embedder: Embedder) -> Iterator[Searcher]:
    """Over the four samples, without a model."""
    searcher = quick_searcher(tmp_path_factory.mktemp("samples"), stub_embedder, sorted(SAMPLES.glob("*.txt")))
    yield searcher
    searcher.store.close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visits(browser: Browser) -> Iterator[Visits]:
    """Opens pages; the test fails where one of them has done what no page may."""
    visits = Visits(browser)
    yield visits
    visits.close()
    assert visits.requests, "no page was opened"
    assert visits.faults == []


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, models_folder: Path) -> Iterator[Site]:
    """Over the four samples, for all tests of a module: they leave the documents as they are."""
    data = tmp_path_factory.mktemp("site")
    open_searcher(data, embedder, sorted(SAMPLES.glob("*.txt"))).store.close()
    site = Site(data, embedder, models_folder).start()
    yield site
    site.stop()


@pytest.fixture
def new_site(tmp_path: Path, embedder: Embedder, models_folder: Path) -> Iterator[Callable[[], Site]]:
    """A site without a document, of one test's own."""
    sites: list[Site] = []

    def start() -> Site:
        sites.append(Site(tmp_path / f"site{len(sites)}", embedder, models_folder).start())
        return sites[-1]

    yield start
    for site in sites:
        site.stop()
