"""However many questions wait, the other routes answer: a question that waits holds no thread.

The line and everything before it is real; only what would take a model its time is held until the test lets it go.
"""

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from index.database import Database
from index.store import Store
from server.answer.answerer import Event, EvidenceFound, Waiting
from server.answer.finding import Ask
from server.answer.result import Answer, Clock, Understood
from server.api.app import create_app
from server.llm.cancel import Cancel
from server.llm.turns import Holder, Turns
from server.settings import Settings
from tests.server.api.conftest import BASE

pytestmark = pytest.mark.slow

WAITING = 1000
DEADLINE = 60


class _Held:
    """Has a real line, and answers nobody in it before it is released."""

    model_name, is_alive = "held", True

    def __init__(self, store: Store) -> None:
        self.store = store
        self.listeners: list[Any] = []
        self.released = threading.Event()
        self.line = Turns(WAITING)

    def events(self, ask: Ask, cancelled: Cancel, holder: Holder | None) -> Iterator[Event]:
        with self.line.enter(cancelled, holder) as ticket:
            yield EvidenceFound((), Understood())
            yield from (Waiting(ahead, ticket) for ahead in ticket.wait())
            while not (cancelled.is_set() or self.released.wait(0.01)):
                continue
            yield Answer("not_found", "资料中没有。", (), (), Clock().timings(), "no_match")

    def warm_up(self) -> None:
        """There is no model."""

    def end(self) -> None:
        self.line.end()

    def close(self) -> None:
        self.released.set()
        self.store.close()


def test_a_thousand_questions_that_wait_starve_no_other_route(tmp_path: Path) -> None:
    answerer = _Held(Store(tmp_path / "youju.db"))
    app = create_app(Settings(data=tmp_path, queue=WAITING), load=lambda: answerer)  # type: ignore[arg-type,return-value]

    async def crowd() -> None:
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url=BASE, timeout=DEADLINE) as client,
        ):
            await asyncio.to_thread(app.state.youju.finished.wait)
            bodies = [{"question": "几个", "stream": bool(number % 2)} for number in range(WAITING)]
            asked = [asyncio.create_task(client.post("/api/ask", json=body)) for body in bodies]
            try:
                async with asyncio.timeout(DEADLINE):
                    while len(answerer.line) < WAITING:
                        await asyncio.sleep(0.05)
                    for path in ("/api/jobs", "/api/conversations", "/api/statistics", "/api/health"):
                        assert (await client.get(path)).status_code == 200
            finally:
                for task in asked[1:]:
                    task.cancel()
                answerer.line.cancel()
                answerer.released.set()
                await asyncio.gather(*asked, return_exceptions=True)
            assert asked[0].result().status_code == 200

    asyncio.run(crowd())


def test_everybody_in_the_line_is_answered_in_turn(tmp_path: Path) -> None:
    answerer = _Held(Store(tmp_path / "youju.db"))
    app = create_app(Settings(data=tmp_path, queue=WAITING), load=lambda: answerer)  # type: ignore[arg-type,return-value]

    async def crowd() -> list[httpx.Response]:
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url=BASE, timeout=DEADLINE) as client,
            asyncio.timeout(DEADLINE),
        ):
            await asyncio.to_thread(app.state.youju.finished.wait)
            asked = [asyncio.create_task(client.post("/api/ask", json={"question": "几个"})) for _ in range(60)]
            while len(answerer.line) < len(asked):
                await asyncio.sleep(0.01)
            answerer.released.set()
            return await asyncio.gather(*asked)

    assert [response.json()["answer"] for response in asyncio.run(crowd())] == ["资料中没有。"] * 60


def test_health_is_answered_without_a_look_at_the_disk(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.get("/api/documents").status_code == 200

    def no_disk(*_: object) -> list[Any]:
        raise AssertionError("the database was read")

    monkeypatch.setattr(Database, "_rows", no_disk)
    assert client.get("/api/health").status_code == 200
    assert client.get("/api/health", headers={"Host": "evil.example"}).status_code == 403
    assert client.get("/api/documents").status_code == 500
