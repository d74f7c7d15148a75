"""How many requests of the page are worked on at once; the others wait for their turn, first come first served.

A page that loads costs the event loop some tens of milliseconds in pieces. Two hundred at once, each piece in turn, would
keep everything else on that loop, the API's health too, waiting for seconds.
"""

import asyncio
import re

from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

PLACES = 8
GATED = re.compile(r"/(?:gradio_api/(?:run/\w+|queue/join))?")
"""The page itself and what begins an event. Files cost little; streams last; stopping is not to wait."""


class Gate:
    """The page `app` behind `places`, which pages may share.

    A place is held while an answer is made, not while a slow reader sends its request or takes the answer.
    """

    def __init__(self, app: ASGIApp, places: asyncio.Semaphore) -> None:
        self._app = app
        self._places = places

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].removeprefix(scope.get("root_path", "")) or "/"
        if scope["type"] != "http" or not GATED.fullmatch(path):
            await self._app(scope, receive, send)
            return
        read: list[Message] = [{"type": "http.request", "body": await Request(scope, receive).body()}]

        async def received() -> Message:
            return read.pop() if read else await receive()

        async def sent(message: Message) -> None:
            place.leave()
            await send(message)

        async with _Place(self._places) as place:
            await self._app(scope, received, sent)


class _Place:
    """One of the places, left once: at the end of the block, or before."""

    def __init__(self, places: asyncio.Semaphore) -> None:
        self._places = places
        self._held = False

    async def __aenter__(self) -> "_Place":
        await self._places.acquire()
        self._held = True
        return self

    async def __aexit__(self, *_: object) -> None:
        self.leave()

    def leave(self) -> None:
        if self._held:
            self._held = False
            self._places.release()
