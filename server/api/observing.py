"""The outermost middleware: names each request, counts and logs it, and turns what nobody foresaw into a problem.

One line a request: method, the route's template (never the path, which may hold names), status, milliseconds, the
name of the key. Not covered: how lines are written (`server.logs`), what is counted (`server.api.metrics`).
"""

import asyncio
import logging
import time

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.answer.finding import Ask
from server.answer.result import Answer
from server.api import language, request_id
from server.api.metrics import Metrics
from server.api.problems import refusal, unforeseen
from server.api.state import State
from server.errors import Ending

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"})
UNMATCHED = "unmatched"
"""The template of what is no route: unknown paths, and the page's own."""

access = logging.getLogger("server.access")
logger = logging.getLogger(__name__)


def observe(state: State, metrics: Metrics, log_questions: bool) -> None:
    """Count and log every answer of `state`, whichever route asked for it."""

    def answered(ask: Ask, answer: Answer | None) -> None:
        metrics.answered(answer)
        fields: dict[str, object] = {"status": "stopped" if answer is None else answer.status}
        if answer is not None:
            fields |= {"reason": answer.reason, "ms": answer.timings.total_ms, "waited_ms": answer.timings.waited_ms}
        if log_questions:
            fields["question"] = ask.question
        logger.info("answer", extra={"fields": fields})

    state.on_loaded.append(lambda answerer: answerer.listeners.append(answered))
    metrics.follow(state)


class Observing:
    """Middleware around all others."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        language.begin(",".join(headers.getlist("accept-language")))
        reply = _Reply(send, request_id.begin(headers.get("x-request-id")))
        begun = time.perf_counter()
        try:
            await self._app(scope, receive, reply)
        except asyncio.CancelledError:
            # uvicorn cancels what still runs when its patience is over; a whole answer spares it a traceback.
            if not reply.ended:
                await (reply.end() if reply.status else refusal(Ending())(scope, receive, reply))
        except Exception:  # the last place: whatever it was becomes a problem and a log entry
            logger.exception("unhandled")
            if reply.status == 0:
                await unforeseen()(scope, receive, reply)
            elif not reply.ended:
                raise
        finally:
            self._observe(scope, reply.status, time.perf_counter() - begun)

    def _observe(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "") or UNMATCHED
        method = scope["method"] if scope["method"] in METHODS else "OTHER"
        self._metrics.requested(method, route, status, seconds)
        caller = scope.get("state", {}).get("caller")
        level = logging.DEBUG if route == UNMATCHED and status < 400 else logging.INFO
        fields = {
            "method": method, "route": route, "status": status, "ms": round(seconds * 1000, 1),
            "key": caller.name if caller is not None else "",
        }  # fmt: skip
        access.log(level, "request", extra={"fields": fields})


class _Reply:
    """`send` with the request's id in the headers; knows how far the answer is."""

    def __init__(self, send: Send, name: str) -> None:
        self._send = send
        self._name = name.encode()
        self.status = 0
        self.ended = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [*message.get("headers", ()), (b"x-request-id", self._name)]
        elif message["type"] == "http.response.body":
            self.ended = not message.get("more_body", False)
        await self._send(message)

    async def end(self) -> None:
        await self({"type": "http.response.body", "body": b"", "more_body": False})
