"""The TCP connection that a request came over, noted before a proxy's headers replace the caller's address.

Covered: both addresses of the connection, and applying `X-Forwarded-For` and `X-Forwarded-Proto` of trusted proxies.
Not covered: who may come in (`server.api.entrance`).
"""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from server.peer_owner import Address, Lookup

ROOT = 0


@dataclass(frozen=True)
class Connection:
    """`peer` is the program that has connected, a proxy for instance; `local` is our own end."""

    peer: Address
    local: Address


class NoteConnection:
    """Middleware, to be the outermost: keeps the connection of a request for `connection_of`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "lifespan" and scope.get("client") and scope.get("server"):
            noted = Connection(tuple(scope["client"]), tuple(scope["server"]))
            scope.setdefault("state", {})["connection"] = noted
        await self._app(scope, receive, send)


def connection_of(scope: Scope) -> Connection | None:
    """The connection of a request; None where it came over none, as inside of tests."""
    found: Connection | None = scope.get("state", {}).get("connection")
    return found


def behind_proxies(app: ASGIApp, proxies: Sequence[str]) -> ASGIApp:
    """`app` as a server should run it: with uvicorn's `proxy_headers=False`, for this does the same here."""
    inner: Any = app  # uvicorn and starlette each have types of their own for the same protocol
    proxied: Any = ProxyHeadersMiddleware(inner, trusted_hosts=list(proxies))
    return NoteConnection(proxied)


def is_same_user(connection: Connection, lookup: Lookup) -> bool:
    """Whether the user who runs this server, or root, has opened the connection."""
    return lookup(connection.peer, connection.local) in (os.geteuid(), ROOT)
