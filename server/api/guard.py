"""Where requests may come from, and which addresses the server may listen on.

Browsers let any web page send requests to this server, with the session's cookie where the page is on another port of
the same host. So the headers by which a browser tells where a request comes from, Origin and Sec-Fetch-Site, must name
the server's own page, or an origin that the settings list; programs send neither. Only opening a page, as a link or a
bookmark does, is free. While there are no keys Host must be this machine too, which stops DNS rebinding.
"""

import ipaddress
import socket
import sys
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from index.errors import IndexingError
from server.access_errors import CrossSite
from server.api import credentials
from server.api.entrance import Entrance, address_of, refuse
from server.errors import ForeignOrigin, PortInUse, ServerError, UnsafeAddress

HEALTH = "/api/health"
SAFE = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})
PORTS = {"http": 80, "https": 443}


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine alone."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def require_loopback(host: str, has_keys: bool) -> None:
    """Raises UnsafeAddress for an address that other machines reach while there is no key that they would need."""
    if not has_keys and not is_loopback(host):
        raise UnsafeAddress(host)


class KnownOrigin:
    """Middleware that refuses requests with a foreign Host or Origin."""

    def __init__(self, app: ASGIApp, entrance: Entrance) -> None:
        self._app = app
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            try:
                self._check(scope, credentials.headers_of(scope))
            except (ServerError, IndexingError) as error:
                await refuse(error, scope, receive, send)
                return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope, headers: Mapping[str, str]) -> None:
        # Health says whether the event loop is alive: a slow disk must not delay it.
        is_open = self._entrance.was_open() if scope["path"] == HEALTH else self._entrance.is_open()
        if is_open:
            _require_this_machine(scope, headers)
        if is_own(scope, headers):
            return
        origin = headers.get("origin")
        if origin is not None and (is_open or origin not in self._entrance.policy.origins):
            raise CrossSite(origin)
        if origin is None and headers.get("sec-fetch-site", "none") != "none" and not _is_visit(scope, headers):
            raise CrossSite("")
        if not _is_safe(scope) and credentials.bearer(headers) is None and credentials.cookie(headers) is not None:
            raise CrossSite(origin or "")


def _is_safe(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] in SAFE


def _is_visit(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Whether a browser opens a page in a tab: what it gets no other page can read."""
    opens = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    return opens and scope["type"] == "http" and scope["method"] in ("GET", "HEAD")


def is_own(scope: Scope, headers: Mapping[str, str]) -> bool:
    """Whether a browser says that a page of this server sent the request.

    Sec-Fetch-Site is the browser's own word, sent where the connection is safe; else Origin is compared with Host.
    An https page whose TLS ends at a proxy counts as the same, an http page of an https server does not.
    """
    site = headers.get("sec-fetch-site", "none")
    if site != "none":
        return site == "same-origin"
    page = _split(headers.get("origin", ""))
    if page is None or page.scheme not in PORTS:
        return False
    here = _split(f"{page.scheme}://{headers.get('host', '')}")
    secure = scope["scheme"] in ("https", "wss")
    return here is not None and _place(page) == _place(here) and (page.scheme == "https" or not secure)


def _place(address: SplitResult) -> tuple[str, int]:
    return address.hostname or "", address.port or PORTS[address.scheme]


def _require_this_machine(scope: Scope, headers: Mapping[str, str]) -> None:
    client = address_of(scope)  # behind a proxy of this machine whom it forwards, whatever Host says
    if _is_address(client) and not is_loopback(client):
        raise ForeignOrigin("X-Forwarded-For", client)
    host = headers.get("host", "")
    if not is_loopback(_host_name("//" + host)):
        raise ForeignOrigin("Host", host)
    origin = headers.get("origin")
    if origin is not None and not is_loopback(_host_name(origin)):
        raise ForeignOrigin("Origin", origin)


def _is_address(name: str) -> bool:
    try:
        ipaddress.ip_address(name)
    except ValueError:  # a socket file, a test
        return False
    return True


def _host_name(address: str) -> str:
    split = _split(address)
    return "" if split is None else split.hostname or ""


def _split(address: str) -> SplitResult | None:
    """The parts of an address; None for one that has none, or a port that is no port."""
    try:
        split = urlsplit(address)
        return split if split.port is None or split.port else None
    except ValueError:
        return None


def address(host: str, port: int, secure: bool = False) -> str:
    """The address of a server that listens on `host`, `secure`: over TLS."""
    name = host.strip("[]")
    return f"{'https' if secure else 'http'}://{'[' + name + ']' if ':' in name else name}:{port}"


def own_address(host: str, port: int, secure: bool = False) -> str:
    """Where the server reaches itself when it listens on `host`."""
    here = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host.strip("[]"), host)
    return address(here, port, secure)


def require_port(host: str, port: int) -> None:
    """Raises PortInUse when something listens there already."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if sys.platform != "win32":
            # As uvicorn binds: connections of an earlier run that wait to time out do not count.
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortInUse(host, port) from error
