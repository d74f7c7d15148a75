"""The name of each request: in its answer's header, in every problem and in every log line.

Covered: taking the caller's own X-Request-Id where it is sane, else making one. Not covered: who reads it
(`server.api.observing`, `server.logs`).
"""

import re
import secrets
from contextvars import ContextVar

HEADER = "X-Request-Id"
SANE = re.compile(r"[0-9A-Za-z][0-9A-Za-z._-]{0,63}")
"""Up to 64 characters that break no log line and no header."""

_current: ContextVar[str] = ContextVar("request_id", default="")


def request_id() -> str:
    """The id of the request that is being served, in its threads too; empty outside of one."""
    return _current.get()


def begin(proposed: str | None) -> str:
    """Name the request that begins: `proposed` where that is sane, else 16 hexadecimal digits."""
    name = proposed if proposed is not None and SANE.fullmatch(proposed) else secrets.token_hex(8)
    _current.set(name)
    return name
