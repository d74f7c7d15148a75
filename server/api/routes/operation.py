"""GET /api/health, GET /api/ready and GET /metrics: what a supervisor, a load balancer and Prometheus ask."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from prometheus_client import CONTENT_TYPE_LATEST

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


@router.get("/api/health", summary="进程是否活着")
async def health() -> HealthOut:
    """Answered by the event loop itself: no answer means that the process hangs and should be restarted."""
    return HealthOut(status="ok")


@router.get("/api/ready", response_model=ReadyOut, summary="能否回答问题", responses=UNREADY)
def ready(request: Request) -> Any:
    """200 when everything holds that an answer needs, else 503 with what is missing. Meant for load balancers: a server
    that is not ready should get no questions, and need not be restarted."""
    state: State = request.app.state.youju
    found = readiness.checks(state)
    told = language()
    out = [CheckOut(name=check.name, ok=check.ok, sentence=check.sentence.told(told)) for check in found]
    if not all(check.ok for check in found):
        faults = [check.sentence for check in out if not check.ok]
        failure = None if state.failure is None else readiness.told(state.failure).told(told)
        detail = failure or ("" if told == "zh" else " ").join(faults)
        problem = NotReadyOut(**problem_of(NotReady()).model_dump() | {"detail": detail}, checks=out)
        return problem_response(problem, {"Retry-After": str(NotReady.retry_after)})
    store = state.loaded.store
    return ReadyOut(
        status="ready", documents=store.count(), chunks=store.count_chunks(), model=state.loaded.model_name, checks=out
    )


@router.get("/metrics", response_class=Response, summary="Prometheus 指标", responses=METRICS)
def metrics(request: Request, caller: Reader) -> Response:
    """Counts and times of this process; no question and no name of a document stands in it."""
    return Response(request.app.state.metrics.text(), media_type=CONTENT_TYPE_LATEST)
