"""A client of the application over the four samples, with a scripted model."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from index.search import Searcher
from server.answer.answerer import Answerer
from tests.server.serving import ready_app
from tests.stubs import ScriptedModel
from tests.waiting import occurs

Clients = Callable[..., TestClient]
BASE = "http://127.0.0.1"


@pytest.fixture(scope="session")
def searcher(stub_searcher: Searcher) -> Searcher:
    """What the API says does not depend on the embedding."""
    return stub_searcher


@pytest.fixture
def clients(searcher: Searcher, tmp_path: Path) -> Iterator[Clients]:
    """Make a client whose server is ready and whose model writes the given replies."""
    with ExitStack() as stack:

        def make(*replies: str) -> TestClient:
            app = ready_app(Answerer(searcher, ScriptedModel(*replies)), tmp_path)
            client = stack.enter_context(TestClient(app, base_url=BASE, raise_server_exceptions=False))
            occurs(app.state.youju.finished)
            return client

        yield make


@pytest.fixture
def client(clients: Clients) -> TestClient:
    """A client whose model refuses everything."""
    return clients()
