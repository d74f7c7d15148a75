"""The gate before the page: so many requests at once, in turn, and nobody holds a place by being slow."""

import asyncio
from typing import Any

import pytest
from starlette.types import Message, Receive, Scope, Send

from ui.gate import Gate

DEADLINE = 30
EVENT = "/gradio_api/run/predict"


class _Page:
    """Works until it is let go; knows how many requests it works on, and what it was sent."""

    def __init__(self) -> None:
        self.running, self.most = 0, 0
        self.bodies: list[bytes] = []
        self.go = asyncio.Event()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        self.bodies.append((await receive())["body"])
        await self.go.wait()
        self.running -= 1
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def _request(
    gate: Gate, path: str, *, body: bytes = b"", sent: asyncio.Event | None = None, slow: bool = False
) -> None:
    """With `slow` the answer's reader never takes it."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Message:
        if sent is not None:
            await sent.wait()
        return messages.pop()

    async def send(message: Message) -> None:
        if slow:
            await asyncio.Event().wait()

    scope: dict[str, Any] = {"type": "http", "method": "POST", "path": path, "root_path": "", "headers": []}
    await gate(scope, receive, send)


async def _begun() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_so_many_at_once_and_the_others_in_turn() -> None:
    async def requests() -> None:
        page = _Page()
        gate = Gate(page, asyncio.Semaphore(3))
        asked = [asyncio.create_task(_request(gate, EVENT, body=bytes([n]))) for n in range(8)]
        await _begun()
        assert page.running == 3
        page.go.set()
        await asyncio.gather(*asked)
        assert page.most == 3 and page.bodies == [bytes([n]) for n in range(8)]

    asyncio.run(asyncio.wait_for(requests(), DEADLINE))


@pytest.mark.parametrize(
    "path", ["/assets/index.js", "/gradio_api/queue/data", "/gradio_api/heartbeat/x", "/gradio_api/cancel"]
)
def test_files_streams_and_stopping_do_not_wait(path: str) -> None:
    async def requests() -> None:
        page = _Page()
        gate = Gate(page, asyncio.Semaphore(1))
        held = asyncio.create_task(_request(gate, EVENT))
        other = asyncio.create_task(_request(gate, path))
        await _begun()
        assert page.running == 2
        page.go.set()
        await asyncio.gather(held, other)

    asyncio.run(asyncio.wait_for(requests(), DEADLINE))


@pytest.mark.parametrize("slow", ["request", "answer"])
def test_who_sends_or_takes_slowly_holds_no_place(slow: str) -> None:
    async def requests() -> None:
        page, never = _Page(), asyncio.Event()
        page.go.set()
        gate = Gate(page, asyncio.Semaphore(1))
        late = asyncio.create_task(
            _request(gate, EVENT, sent=never if slow == "request" else None, slow=slow == "answer")
        )
        await _begun()
        await _request(gate, EVENT)
        late.cancel()

    asyncio.run(asyncio.wait_for(requests(), DEADLINE))
