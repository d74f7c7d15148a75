"""The API of this process: requests go straight to the routes, with the caller who was let in already.

The same limits, records and errors as over HTTP, without a second socket. Whoever stops waiting for it, stops it.
"""

from typing import Any

import anyio
from fastapi import FastAPI
from fastapi.middleware.asyncexitstack import AsyncExitStackMiddleware
from starlette.middleware.exceptions import ExceptionMiddleware
from starlette.types import ASGIApp, Message

from server.caller import Caller
from server.mcp.api import JSON, Response


class Inside:
    """A carrier to the routes of an application, behind the middleware that lets callers in."""

    def __init__(self, app: FastAPI, caller: Caller) -> None:
        self._app = app
        self._routes: ASGIApp = ExceptionMiddleware(AsyncExitStackMiddleware(app.router), app.exception_handlers)
        self._caller = caller

    async def send(self, method: str, target: str, body: bytes) -> Response:
        exchange = _Exchange(body)
        async with anyio.create_task_group() as group:
            group.start_soon(exchange.watch)
            await self._routes(self._scope(method, target, body), exchange.receive, exchange.send)
            group.cancel_scope.cancel()
        return Response(exchange.status, bytes(exchange.body))

    def _scope(self, method: str, target: str, body: bytes) -> dict[str, Any]:
        path, _, query = target.partition("?")
        told = [(b"content-type", JSON.encode()), (b"content-length", str(len(body)).encode())] if body else []
        return {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "scheme": "http",
            "path": path, "raw_path": path.encode(), "query_string": query.encode(), "root_path": "",
            "headers": [(b"host", b"127.0.0.1"), *told], "server": ("127.0.0.1", None), "client": None,
            "app": self._app, "state": {"caller": self._caller},
        }  # fmt: skip


class _Exchange:
    """One request's body, then silence until its reader has left; and the response as it comes."""

    def __init__(self, body: bytes) -> None:
        self._waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        self._left = anyio.Event()
        self.status = 500
        self.body = bytearray()

    async def watch(self) -> None:
        """A task beside the request: it is cancelled at once, also while the request waits for a thread."""
        try:
            await anyio.sleep_forever()
        finally:
            self._left.set()

    async def receive(self) -> Message:
        if self._waiting:
            return self._waiting.pop()
        if not self._left.is_set():  # else waiting would only be a chance to be cancelled
            await self._left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.body += message.get("body", b"")
