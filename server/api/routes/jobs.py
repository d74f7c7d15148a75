"""GET /api/jobs and /api/jobs/{id}: what became of uploads; DELETE cancels what has not begun."""

from typing import Annotated

from fastapi import APIRouter, Query, Request

from server.api.access import Reader, Writer
from server.api.job_schemas import JobDetailOut, JobOut, JobsOut, job_detail_out, job_out
from server.api.problems import problems
from server.ledger import jobs

router = APIRouter(prefix="/api/jobs", tags=["任务"])
Limit = Annotated[int, Query(ge=1, le=1000, description="最多给多少个")]
Offset = Annotated[int, Query(ge=0, le=2**53, description="跳过前面多少个")]


@router.get("", summary="任务列表")
def list_jobs(request: Request, caller: Reader, limit: Limit = 100, offset: Offset = 0) -> JobsOut:
    """The newest first: those of the caller's key, for an administrator all."""
    found, total = jobs.jobs(request.app.state.youju.ledger, caller, limit, offset)
    return JobsOut(jobs=[job_out(job) for job in found], total=total)


@router.get("/{job_id}", summary="一个任务和每个文件的结果", responses=problems(404))
def show_job(job_id: str, request: Request, caller: Reader, limit: Limit = 100, offset: Offset = 0) -> JobDetailOut:
    """Progress in files and bytes, and a page of the lines: one a file, after an archive one for each file in it."""
    ledger = request.app.state.youju.ledger
    job = jobs.job(ledger, caller, job_id)
    lines, total = jobs.lines(ledger, job_id, limit, offset)
    return job_detail_out(job, lines, total)


@router.delete("/{job_id}", summary="取消任务", responses=problems(404))
def cancel_job(job_id: str, request: Request, caller: Writer) -> JobOut:
    """What is done stays; what has not begun does not begin any more, and what is running is stopped."""
    state = request.app.state.youju
    jobs.job(state.ledger, caller, job_id)
    jobs.cancel(state.ledger, caller, job_id)
    state.jobs.cancelled(job_id)
    return job_out(jobs.job(state.ledger, caller, job_id))
