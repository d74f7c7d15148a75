"""The Model Context Protocol over standard input and output, for an agent that starts this process.

Standard output carries the protocol alone: while it is served, whatever else is written there goes to standard error.
"""

import anyio
from anyio import to_thread
from fastapi import FastAPI
from mcp.server.stdio import stdio_server

from server.caller import LOCAL
from server.mcp.api import Api, Carrier, Response
from server.mcp.inside import Inside
from server.mcp.remote import connected
from server.mcp.server import build


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
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())
