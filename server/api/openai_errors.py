"""Errors below /v1 in OpenAI's shape, wherever they were made: routes, access, limits, the framework.

A middleware around everything else, because some refusals are made before any route is reached. It reshapes problem
details and touches nothing else.
"""

import json
import re
from typing import Any
from urllib.parse import quote

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ingest.bilingual import Text
from server.api.lines import one_line
from server.api.openai_schemas import Fault, OpenAIError
from server.api.schemas import Problem
from server.errors import ServerError

BELOW = "/v1"
LONGEST_PATH = 100

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
"""What clients of OpenAI's API look for, one code a status; other errors have their own codes."""


class ModelNotServed(ServerError):
    status = 404
    code = "model_not_found"
    title, title_en = "没有这个模型", "No such model"
    pointer = "/model"
    zh = "没有名为 {name!r} 的模型。可用的有：{known}（见 GET /v1/models）。要用别的名称，请管理员写进设置 model_aliases。"
    en = (
        "There is no model named {name!r}. These are served: {known} (see GET /v1/models). "
        "To use another name, the administrator adds it to the setting model_aliases."
    )

    def __init__(self, name: str, known: tuple[str, ...]) -> None:
        super().__init__(name=name, known=Text("、".join(known), ", ".join(known)))


class NotOffered(ServerError):
    """A part of OpenAI's API that is not here."""

    status = 404
    code = "not_offered"
    title, title_en = "没有这个接口", "Not offered"
    zh = "这里没有 {path}。/v1 只有 chat/completions（提问）和 models；检索等其他接口见 /api/docs。"
    en = "There is no {path} here. /v1 has chat/completions (to ask) and models; for search and the rest see /api/docs."

    def __init__(self, path: str) -> None:
        super().__init__(path=path[:LONGEST_PATH])


def openai_error(problem: dict[str, Any]) -> tuple[int, OpenAIError]:
    """The status and the body that tell a problem to a client of OpenAI's API, which knows no 422."""
    status = 400 if problem["status"] == 422 else problem["status"]
    first = problem["errors"][0]["pointer"] if problem["errors"] else ""
    param = first.removeprefix("/").replace("/", ".").replace("~1", "/").replace("~0", "~") or None
    kind = TYPES.get(status, "invalid_request_error")
    fault = Fault(message=problem["detail"], type=kind, param=param, code=CODES.get(status, problem["code"]))
    return status, OpenAIError(error=fault)


def event_of(problem: Problem) -> str:
    """A server-sent event that tells a problem in the middle of a stream."""
    _, error = openai_error(problem.model_dump())
    return f"data: {one_line(json.dumps(error.model_dump(), ensure_ascii=False))}\n\n"


class OpenAIErrors:
    """Reshapes every `application/problem+json` that leaves for a path below /v1.

    Slashes that a client has doubled or added at the end, as by joining a base URL that ends in one, are left out.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not f"{scope['path']}/".startswith(f"{BELOW}/"):
            await self._app(scope, receive, send)
            return
        path = re.sub(r"/+", "/", scope["path"]).rstrip("/")
        await self._app({**scope, "path": path, "raw_path": quote(path).encode()}, receive, _Reshaper(send))


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
