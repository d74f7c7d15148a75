"""Who may call: on a machine without keys, only pages and programs of that machine.

Browsers let any web page send requests to 127.0.0.1. Checking Host stops DNS rebinding, checking Origin stops
foreign forms and scripts.
"""

import ipaddress
import json
import socket
import sys
from urllib.parse import urlsplit

from starlette.types import ASGIApp, Receive, Scope, Send

from server.errors import ForeignOrigin, PortInUse, UnsafeAddress


def is_loopback(host: str) -> bool:
    """Whether a host name or address means this machine alone."""
    name = host.strip("[]").lower()
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def require_loopback(host: str) -> None:
    """Raises UnsafeAddress for an address that other machines reach."""
    if not is_loopback(host):
        raise UnsafeAddress(host)


class LocalOnly:
    """Middleware that refuses requests with a foreign Host or Origin."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]}
            fault = _fault(headers)
            if fault is not None:
                if scope["type"] == "websocket":
                    await send({"type": "websocket.close", "code": 1008})
                    return
                await _refuse(send, fault)
                return
        await self._app(scope, receive, send)


def _fault(headers: dict[str, str]) -> ForeignOrigin | None:
    host = headers.get("host", "")
    if not is_loopback(_host_name("//" + host)):
        return ForeignOrigin("Host", host)
    origin = headers.get("origin")
    if origin is not None and not is_loopback(_host_name(origin)):
        return ForeignOrigin("Origin", origin)
    return None


def _host_name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


async def _refuse(send: Send, fault: ForeignOrigin) -> None:
    body = json.dumps(
        {"type": "about:blank", "title": fault.title, "status": fault.status, "detail": str(fault)}, ensure_ascii=False
    ).encode()
    headers = [(b"content-type", b"application/problem+json"), (b"content-length", str(len(body)).encode())]
    await send({"type": "http.response.start", "status": fault.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


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
