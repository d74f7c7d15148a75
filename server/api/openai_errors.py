"""Errors below /v1 in OpenAI's shape, wherever they were made: routes, access, limits, the framework.

A middleware around everything else, because some refusals are made before any route is reached. It reshapes problem
details and touches nothing else.
"""

import json
import re
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api.openai_schemas import Fault, OpenAIError
from server.api.schemas import Problem
from server.errors import ServerError

BELOW = "/v1"
PLACE = re.compile(r"([A-Za-z_][^：；。\s]*)：")
"""How the sentence about an invalid request begins: `messages.0.content：…`."""

TYPES = {429: "rate_limit_error", 500: "server_error", 503: "server_error", 504: "server_error"}
CODES = {
    401: "invalid_api_key",
    403: "permission_denied",
    413: "request_too_large",
    429: "rate_limit_exceeded",
    500: "internal_error",
    503: "service_unavailable",
    504: "timeout",
}


class ModelNotServed(ServerError):
    status = 404
    title = "没有这个模型"

    def __init__(self, known: tuple[str, ...]) -> None:
        super().__init__(f"没有这个模型。可用的有：{'、'.join(known)}（见 GET /v1/models）。")


def openai_error(problem: dict[str, Any]) -> tuple[int, OpenAIError]:
    """The status and the body that tell a problem to a client of OpenAI's API, which knows no 422."""
    status = 400 if problem["status"] == 422 else problem["status"]
    sentence = problem["detail"]
    place = PLACE.match(sentence)
    param, code = (place[1] if place and status == 400 else None), CODES.get(status)
    if problem["title"] == ModelNotServed.title:
        param, code = "model", "model_not_found"
    kind = TYPES.get(status, "invalid_request_error")
    return status, OpenAIError(error=Fault(message=sentence, type=kind, param=param, code=code))


def event_of(problem: Problem) -> str:
    """A server-sent event that tells a problem in the middle of a stream."""
    _, error = openai_error(problem.model_dump())
    return f"data: {json.dumps(error.model_dump(), ensure_ascii=False)}\n\n"


class OpenAIErrors:
    """Reshapes every `application/problem+json` that leaves for a path below /v1."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not f"{scope['path']}/".startswith(f"{BELOW}/"):
            await self._app(scope, receive, send)
            return
        await self._app(scope, receive, _Reshaper(send))


class _Reshaper:
    """Holds a problem back until all of it is there; lets everything else through."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start" and _is_problem(message):
            self._start = message
            return
        if self._start is None or message["type"] != "http.response.body":
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body", False):
            await self._tell(self._start)

    async def _tell(self, start: Message) -> None:
        status, error = openai_error(json.loads(self._body))
        body = json.dumps(error.model_dump(), ensure_ascii=False).encode()
        headers = MutableHeaders(raw=list(start["headers"]))
        headers["content-type"] = "application/json"
        headers["content-length"] = str(len(body))
        await self._send({**start, "status": status, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def _is_problem(start: Message) -> bool:
    return Headers(raw=start["headers"]).get("content-type", "").startswith("application/problem+json")
