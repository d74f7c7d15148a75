"""GET /api/health and GET /api/ready."""

from fastapi import APIRouter

from server.api.problems import PROBLEMS
from server.api.routes.asking import Answers
from server.api.schemas import HealthOut, ReadyOut

router = APIRouter(tags=["运行"])


@router.get("/api/health", response_model=HealthOut, summary="进程是否活着")
def health() -> HealthOut:
    return HealthOut(status="ok")


@router.get("/api/ready", response_model=ReadyOut, summary="能否回答问题", responses=PROBLEMS)
def ready(answerer: Answers) -> ReadyOut:
    """503 until index and models are loaded, then 200."""
    store = answerer.searcher.store
    return ReadyOut(status="ready", documents=store.count(), chunks=store.count_chunks(), model=answerer.model_name)
