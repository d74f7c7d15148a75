"""Several ask at once: who waits is told, who is too many is sent away, who leaves or takes too long frees the model."""

import json
import threading
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from index.search import Searcher
from server.answer.answerer import Answerer
from server.api.app import create_app
from server.llm.cancel import Cancel
from server.llm.model import Tokens
from server.llm.template import Message
from server.settings import Settings
from tests.server.serving import served
from tests.stubs import EVERYTHING

ASKED = {"question": "海沧2023年计划竣工几个项目"}
STREAMED = ASKED | {"stream": True}
PATIENCE = 30
pytestmark = pytest.mark.usefixtures("doubtful")


class _HeldModel:
    """Says yes once it is released, or no when it is cancelled before."""

    name = "held"
    tokens, is_alive = Tokens(), True

    def __init__(self) -> None:
        self.begun, self.released, self.cancelled = threading.Event(), threading.Event(), threading.Event()

    def generate(
        self, messages: Sequence[Message], max_tokens: int, stop: Sequence[str] = (), cancelled: Cancel | None = None
    ) -> Iterator[str]:
        return iter(())

    def log_odds(self, messages: Sequence[Message], yes: str, no: str, cancelled: Cancel | None = None) -> float:
        assert cancelled is not None
        goes_on = threading.Event()
        cancelled.on_set(goes_on.set)
        self.begun.set()
        while not (goes_on.is_set() or self.released.is_set()):
            goes_on.wait(0.01)
        if cancelled.is_set():
            self.cancelled.set()
            return -9.0
        return 9.0

    def pin(self, messages: Sequence[Message]) -> None:
        """Nothing is read, so there is nothing to keep."""

    def count_tokens(self, texts: Sequence[str]) -> int:
        return sum(map(len, texts))

    def close(self) -> None:
        self.released.set()


@contextmanager
def _served(
    searcher: Searcher, data: Path, model: _HeldModel, waiting: int, deadline: int = 60
) -> Generator[httpx.Client]:
    app = create_app(Settings(data=data, deadline=deadline), load=lambda: Answerer(searcher, model, waiting))
    with served(app) as address, httpx.Client(base_url=address, trust_env=False, timeout=PATIENCE) as client:
        try:
            yield client
        finally:
            model.released.set()


def _ask_in_thread(client: httpx.Client) -> tuple[threading.Thread, list[httpx.Response]]:
    got: list[httpx.Response] = []
    thread = threading.Thread(target=lambda: got.append(client.post("/api/ask", json=ASKED)))
    thread.start()
    return thread, got


def test_who_waits_sees_the_evidence_and_their_place_and_then_the_answer(searcher: Searcher, tmp_path: Path) -> None:
    model = _HeldModel()
    with _served(searcher, tmp_path, model, waiting=2) as client:
        thread, got = _ask_in_thread(client)
        assert model.begun.wait(PATIENCE)
        with client.stream("POST", "/api/ask", json=STREAMED) as response:
            lines = response.iter_lines()
            names, places = [], []
            for line in lines:
                if line.startswith("event: "):
                    names.append(line.removeprefix("event: "))
                if names[-1] == "queue" and line.startswith("data: "):
                    places.append(json.loads(line.removeprefix("data: ")))
                    model.released.set()
        assert names == ["evidence", "queue", "queue", "delta", "final"]
        assert places == [{"ahead": 1}, {"ahead": 0}]
        thread.join(PATIENCE)
        assert got[0].json()["status"] == "answered"


def test_what_needs_no_model_waits_for_nobody(
    searcher: Searcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = _HeldModel()
    with _served(searcher, tmp_path, model, waiting=2) as client:
        thread, got = _ask_in_thread(client)
        assert model.begun.wait(PATIENCE)
        monkeypatch.setattr("server.answer.quoting.judge", lambda: EVERYTHING)
        assert client.post("/api/ask", json=ASKED).json()["status"] == "answered"
        assert not got
        model.released.set()
        thread.join(PATIENCE)
        assert got[0].json()["status"] == "answered"


@pytest.mark.parametrize("body", [ASKED, STREAMED])
def test_who_is_too_many_is_sent_away_at_once(searcher: Searcher, tmp_path: Path, body: dict[str, object]) -> None:
    model = _HeldModel()
    with _served(searcher, tmp_path, model, waiting=1) as client:
        first = _ask_in_thread(client)
        assert model.begun.wait(PATIENCE)
        with client.stream("POST", "/api/ask", json=STREAMED) as second:
            lines = second.iter_lines()
            assert next(lines) == "event: evidence"
            refused = client.post("/api/ask", json=body)
        assert refused.status_code == 503
        assert int(refused.headers["Retry-After"]) > 0
        assert "2 个问题在排队" in refused.json()["detail"]
        model.released.set()
        first[0].join(PATIENCE)
        assert first[1][0].json()["status"] == "answered"


@pytest.mark.parametrize("body", [ASKED, STREAMED])
def test_what_takes_too_long_is_ended_and_frees_the_model(
    searcher: Searcher, tmp_path: Path, body: dict[str, object]
) -> None:
    model = _HeldModel()
    with _served(searcher, tmp_path, model, waiting=1, deadline=1) as client:
        response = client.post("/api/ask", json=body)
        assert model.cancelled.wait(PATIENCE)
        assert "1 秒内没有答完" in response.text
        assert "final" not in response.text
        assert response.status_code == (200 if "stream" in body else 504)
