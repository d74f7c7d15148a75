"""The entrance to everything that the server has: who is let in, whatever path is asked for.

A middleware, so that what is mounted (the page with all its own routes, `/mcp`, the docs) is behind it too: a path is
open only when it stands in `server.api.access.PUBLIC`. Not covered: where a request comes from (`server.api.guard`),
which role a route needs (`server.api.access`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlencode

from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import IndexingError
from server.access_errors import NoAccess, OtherUser
from server.api import credentials
from server.api.access import LOGIN, is_public
from server.api.connection import connection_of, is_same_user
from server.api.limits import charge_request
from server.api.logins import Logins
from server.api.problems import refusal
from server.api.rate import Rate
from server.caller import LOCAL, Caller
from server.errors import ServerError
from server.ledger import sessions
from server.ledger.keys import Key, Keyring
from server.ledger.ledger import Ledger
from server.peer_owner import Lookup, find_lookup
from server.policy import Policy

PROGRAMS = ("/api/", "/v1/", "/mcp")
"""Paths that programs call: what counts as the requests of a key."""


@dataclass(frozen=True)
class Visitor:
    """Who calls and by what: a key, and the end of the session where a cookie was shown; neither where all is open."""

    caller: Caller
    key: Key | None = None
    session_ends: float | None = None


class Entrance:
    """Knows the keys, sessions and limits of one server."""

    def __init__(self, ledger: Ledger, policy: Policy) -> None:
        self._ledger = ledger
        self._keyring = Keyring(ledger)
        self.policy = policy
        self.rate = Rate(policy.requests)
        self.logins = Logins(ledger)

    def is_open(self) -> bool:
        """Whether nobody needs a key: only this machine reaches the server, and there is no key."""
        return self.policy.loopback and not self._keyring.is_needed()

    def was_open(self) -> bool:
        """What `is_open` said last, without a look at the disk."""
        return self.policy.loopback and not self._keyring.was_needed()

    @cached_property
    def lookup(self) -> Lookup | None:
        """How this system tells which user has opened a connection; None where it does not."""
        return find_lookup()

    def visitor(self, scope: Scope) -> Visitor | None:
        """Who sends the request; None where what it shows opens nothing.

        Raises OtherUser where no key is needed, but another user of this machine has opened the connection: their
        programs, and a proxy that runs as another user whoever it forwards.
        """
        if self.is_open():
            connection = connection_of(scope)
            if connection is not None and self.lookup is not None and not is_same_user(connection, self.lookup):
                raise OtherUser
            return Visitor(LOCAL)
        headers = credentials.headers_of(scope)
        shown = credentials.bearer(headers)
        session = credentials.cookie(headers) if shown is None else None
        if session is not None:
            return self._by_session(session)
        key = self._keyring.find(shown or "")
        return Visitor(key.caller, key) if key is not None else None

    def recognised(self, scope: Scope) -> Visitor | None:
        """Who sends the request, for a path that is open to everybody; None for a stranger."""
        try:
            return self.visitor(scope)
        except OtherUser:
            return None

    def _by_session(self, secret: str) -> Visitor | None:
        found = sessions.find(self._ledger, secret)
        key = self._keyring.named(found[0]) if found is not None else None
        return Visitor(key.caller, key, found[1]) if found is not None and key is not None else None

    def key(self, secret: str) -> Key | None:
        """The live key of a secret."""
        return self._keyring.find(secret)

    def is_due(self, key: Key) -> bool:
        return self._keyring.is_due(key)

    def touch(self, key: Key) -> None:
        self._keyring.touch(key)

    def close(self) -> None:
        """Write what is counted and not yet written."""
        self.logins.write(at_once=True)


class AccessControl:
    """Middleware that lets in who may come in, and tells the routes who it is."""

    def __init__(self, app: ASGIApp, entrance: Entrance) -> None:
        self._app = app
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan" or is_public(scope.get("method", ""), scope["path"]):
            await self._app(scope, receive, send)
            return
        headers = credentials.headers_of(scope)
        try:
            visitor = self._admit(scope)
        except NoAccess as error:
            await refuse(error, scope, receive, send, _to_login(scope, headers))
            await self._count(scope, headers)
            return
        except (ServerError, IndexingError) as error:
            await refuse(error, scope, receive, send)
            return
        scope.setdefault("state", {}).update(caller=visitor.caller, visitor=visitor)
        await self._app(scope, receive, send)
        if visitor.key is not None and self._entrance.is_due(visitor.key):
            await run_in_threadpool(self._entrance.touch, visitor.key)

    def _admit(self, scope: Scope) -> Visitor:
        visitor = self._entrance.visitor(scope)
        if visitor is None:
            raise NoAccess
        if scope["path"].startswith(PROGRAMS):
            charge_request(self._entrance.rate, visitor.caller)
        return visitor

    async def _count(self, scope: Scope, headers: Mapping[str, str]) -> None:
        """After the answer, so that it takes as long whatever was shown."""
        if credentials.bearer(headers) or credentials.cookie(headers):
            self._entrance.logins.note(address_of(scope))
            await run_in_threadpool(self._entrance.logins.write)


def _to_login(scope: Scope, headers: Mapping[str, str]) -> Response | None:
    """Where a browser that opens a page is sent instead of being told that it needs a key."""
    if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
        return None
    if "text/html" not in headers.get("accept", ""):
        return None
    # Without its first slash: the login takes it from where it lies itself.
    query = scope["query_string"].decode("latin-1")
    going = scope["path"].lstrip("/") + (f"?{query}" if query else "")
    address = f"{LOGIN}?{urlencode({'next': going})}" if going else LOGIN
    return RedirectResponse(address, 303, {"Cache-Control": "no-store", "Vary": "Accept"})


def address_of(scope: Scope) -> str:
    """The caller's address; behind a trusted proxy the one that it forwards, which uvicorn has put there."""
    client = scope.get("client")
    return client[0] if client else ""


async def refuse(
    error: ServerError | IndexingError, scope: Scope, receive: Receive, send: Send, instead: Response | None = None
) -> None:
    """Answer with a problem, or with `instead`; a WebSocket is closed before it opens."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    await (instead or refusal(error))(scope, receive, send)
