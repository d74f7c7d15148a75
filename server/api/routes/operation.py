"""GET /api/health, GET /api/ready and GET /metrics: what a supervisor, a load balancer and Prometheus ask."""

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

from ingest.bilingual import Language, Text
from server.api import readiness
from server.api.access import Reader
from server.api.language import language
from server.api.operation_schemas import CheckOut, HealthOut, NotReadyOut, ReadyOut
from server.api.problems import MEDIA_TYPE, problem_of, problem_response
from server.api.state import State
from server.errors import NotReady

router = APIRouter(tags=["运行"])

METRICS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Prometheus 文本格式",
        "content": {"text/plain": {"schema": {"type": "string"}, "example": "youju_ready 1.0\nyouju_documents 4.0\n"}},
    }
}
UNREADY: dict[int | str, dict[str, Any]] = {
    503: {
        "description": "还不能回答；checks 里说明缺什么",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/NotReadyOut"}}},
    }
}
STRANGER = Text(
    "还不能回答问题，checks 里 ok 为 false 的是缺的。请带上密钥再看原因。",
    "Questions cannot be answered yet; checks whose ok is false are what is missing. Send a key to see why.",
)


@router.get("/api/health", summary="进程是否活着")
async def health() -> HealthOut:
    """Answered by the event loop itself: no answer means that the process hangs and should be restarted."""
    return HealthOut(status="ok")


@router.get("/api/ready", response_model=ReadyOut, summary="能否回答问题", responses=UNREADY)
def ready(request: Request) -> Any:
    """200 when everything holds that an answer needs, else 503 with what is missing. Meant for load balancers: a server
    that is not ready should get no questions, and need not be restarted.

    Open to everybody; sentences, counts and the model's name only with a key, or without keys to the user who has
    started the server: they name folders and say how much there is."""
    state: State = request.app.state.youju
    is_known = state.entrance.recognised(request.scope) is not None
    found = readiness.checks(state)
    told = language()
    out = [
        CheckOut(name=check.name, ok=check.ok, sentence=check.sentence.told(told) if is_known else None)
        for check in found
    ]
    if not all(check.ok for check in found):
        detail = _cause(state, found, told) if is_known else STRANGER.told(told)
        problem = NotReadyOut(**problem_of(NotReady()).model_dump() | {"detail": detail}, checks=out)
        return problem_response(problem, {"Retry-After": str(NotReady.retry_after)})
    if not is_known:
        return ReadyOut(status="ready", documents=None, chunks=None, model=None, checks=out)
    store = state.loaded.store
    return ReadyOut(
        status="ready", documents=store.count(), chunks=store.count_chunks(), model=state.loaded.model_name, checks=out
    )


def _cause(state: State, found: Sequence[readiness.Check], told: Language) -> str:
    if state.failure is not None:
        return readiness.told(state.failure).told(told)
    return ("" if told == "zh" else " ").join(check.sentence.told(told) for check in found if not check.ok)


@router.get("/metrics", response_class=Response, summary="Prometheus 指标", responses=METRICS)
def metrics(request: Request, caller: Reader) -> Response:
    """Counts and times of this process; no question and no name of a document stands in it."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)
