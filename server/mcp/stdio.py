"""The Model Context Protocol over standard input and output, for an agent that starts this process.

Standard output carries the protocol alone: while it is served, whatever else is written there goes to standard error.
"""

from collections.abc import AsyncIterable
from contextlib import aclosing
from typing import Protocol

import anyio
from anyio import to_thread
from anyio.streams.memory import MemoryObjectSendStream
from fastapi import FastAPI
from mcp.server.stdio import stdio_server
from mcp.shared.message import SessionMessage
from mcp_types import (
    INVALID_REQUEST,
    PARSE_ERROR,
    ErrorData,
    JSONRPCError,
    JSONRPCMessage,
    JSONRPCNotification,
    JSONRPCRequest,
    JSONRPCResponse,
)
from pydantic import ValidationError

from server.caller import LOCAL
from server.mcp.api import Api, Carrier, Response
from server.mcp.inside import Inside
from server.mcp.remote import connected
from server.mcp.server import build

NO_MESSAGE = "这一行不是一条 JSON-RPC 消息（不支持批量）。请每行发一条。"
NO_JSON = "这一行不是有效的 JSON。请每行发一条 JSON-RPC 消息。"


def serve_remote(address: str, key: str | None) -> None:
    """Serve the tools over the server at `address` until standard input ends."""

    async def run() -> None:
        async with connected(address, key) as carrier:
            await _serve(carrier)

    anyio.run(run)


def serve_own(app: FastAPI) -> None:
    """Serve the tools over an application of this process; it loads meanwhile, and the first question waits for it.

    Whoever starts this process can read the data folder, so no key is asked for.
    """
    state = app.state.youju
    state.load()
    try:
        anyio.run(_serve, Patient(app))
    finally:
        state.close()


class Patient:
    """Waits until everything is loaded instead of telling so."""

    def __init__(self, app: FastAPI) -> None:
        self._finished = app.state.youju.finished
        self._inside = Inside(app, LOCAL)

    async def send(self, method: str, target: str, body: bytes) -> Response:
        await to_thread.run_sync(self._finished.wait, abandon_on_cancel=True)
        return await self._inside.send(method, target, body)


async def _serve(carrier: Carrier) -> None:
    api = Api(carrier)
    server = build(lambda _: api)
    unanswered = Unanswered()
    handed, requests = anyio.create_memory_object_stream[SessionMessage | Exception](0)
    replies, told = anyio.create_memory_object_stream[SessionMessage](0)
    async with stdio_server() as (incoming, outgoing), anyio.create_task_group() as group:
        group.start_soon(_hand_on, incoming, handed, replies, unanswered)
        group.start_soon(_tell, told, outgoing, unanswered)
        await server.run(requests, replies, server.create_initialization_options())
        replies.close()


class Outgoing(Protocol):
    """What the SDK's transport writes from."""

    async def send(self, item: SessionMessage, /) -> None: ...

    async def aclose(self) -> None: ...


class Unanswered:
    """The requests that came and have no answer yet."""

    def __init__(self) -> None:
        self._ids: set[str | int] = set()
        self._changed = anyio.Event()

    def came(self, message: JSONRPCMessage) -> None:
        if isinstance(message, JSONRPCRequest):
            self._ids.add(message.id)
        elif isinstance(message, JSONRPCNotification) and message.method == "notifications/cancelled":
            self._forget((message.params or {}).get("requestId"))

    def went(self, message: JSONRPCMessage) -> None:
        if isinstance(message, JSONRPCResponse | JSONRPCError):
            self._forget(message.id)

    async def none_left(self) -> None:
        while self._ids:
            await self._changed.wait()

    def _forget(self, request: object) -> None:
        if isinstance(request, str | int):
            self._ids.discard(request)
        self._changed.set()
        self._changed = anyio.Event()


async def _hand_on(
    incoming: AsyncIterable[SessionMessage | Exception],
    handed: MemoryObjectSendStream[SessionMessage | Exception],
    replies: MemoryObjectSendStream[SessionMessage],
    unanswered: Unanswered,
) -> None:
    """Pass messages on and answer lines that are none; at the end of the input wait for what was asked to be answered,
    because the SDK stops it where its stream ends."""
    async with handed:
        async for item in incoming:
            if isinstance(item, Exception):
                await replies.send(SessionMessage(_unreadable(item)))
                continue
            unanswered.came(item.message)
            await handed.send(item)
        await unanswered.none_left()


async def _tell(told: AsyncIterable[SessionMessage], outgoing: Outgoing, unanswered: Unanswered) -> None:
    """Write what the server answers."""
    async with aclosing(outgoing):
        async for message in told:
            await outgoing.send(message)
            unanswered.went(message.message)


def _unreadable(fault: Exception) -> JSONRPCError:
    """The answer to a line that holds no message: no JSON, or JSON of another form, as a batch."""
    is_json = not isinstance(fault, ValidationError) or fault.errors()[0]["type"] != "json_invalid"
    code, sentence = (INVALID_REQUEST, NO_MESSAGE) if is_json else (PARSE_ERROR, NO_JSON)
    data = {"code": "invalid_message" if is_json else "not_json"}
    return JSONRPCError(jsonrpc="2.0", id=None, error=ErrorData(code=code, message=sentence, data=data))
