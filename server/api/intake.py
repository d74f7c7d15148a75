"""How large a request's body may be, so that none fills the memory.

Covered: everything but the routes that take uploads, which count while they stream (`server.api.receiving`).
"""

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api.problems import refusal
from server.errors import TooLarge

LIMIT = 8_000_000
"""Bytes: fifty turns of 20,000 characters of three bytes are 3 MB."""
LARGER = {"/v1/chat/completions": 32_000_000}
"""Chat clients send all pictures of a conversation again with each message."""
UPLOADS = "/api/documents"


class Intake:
    """Middleware that refuses larger bodies: at once where their length is told, else when they have become so."""

    def __init__(self, app: ASGIApp, limit: int = LIMIT) -> None:
        self._app = app
        self._limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or _is_upload(scope):
            await self._app(scope, receive, send)
            return
        limit = LARGER.get(scope["path"], self._limit)
        told = Headers(scope=scope).get("content-length", "")
        if told.isdecimal() and int(told[:19]) > limit:
            await refusal(TooLarge(limit))(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                if read > limit:
                    # Of all errors the framework lets only this one out of its reading of a body.
                    raise HTTPException(413) from TooLarge(limit)
            return message

        await self._app(scope, counted, send)


def _is_upload(scope: Scope) -> bool:
    is_form = Headers(scope=scope).get("content-type", "").lower().startswith("multipart/form-data")
    return is_form and scope["method"] in ("POST", "PUT") and scope["path"].startswith(UPLOADS)
