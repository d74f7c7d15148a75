"""POST /api/documents and PUT /api/documents/{id}: files come in, and a job is given back that indexes them."""

import secrets
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request, Response
from starlette.concurrency import run_in_threadpool

from ingest.formats import is_archive
from server.api.access import Writer
from server.api.job_schemas import JobOut, job_out
from server.api.limits import charge_upload, check_queued
from server.api.problems import problems
from server.api.receiving import MOST_FILES, Allowed, Received, receive
from server.api.routes.asking import Answers
from server.api.state import State
from server.ledger import jobs
from server.upload_errors import OneFileOnly

router = APIRouter(prefix="/api/documents", tags=["文档"])
MANY, ONE = "files", "file"
FILE = {"type": "string", "format": "binary", "contentMediaType": "application/octet-stream"}
LOCATION = {"Location": {"description": "任务的地址", "schema": {"type": "string"}}}
ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"description": "已收下，在后台添加", "headers": LOCATION},
    **problems(507),
}
IdempotencyKey = Annotated[
    str | None,
    Header(
        pattern=r"^[\x21-\x7e]{1,200}$",
        description="自选的标记：24 小时内用同一标记重发同样的内容，得到同一个任务；内容不同则 422",
        examples=["c0ffee00-8d9e-4a53-9d5e-1f2a3b4c5d6e"],
    ),
]


def _form(field: str, schema: dict[str, Any]) -> dict[str, Any]:
    form = {"type": "object", "properties": {field: schema}, "required": [field], "additionalProperties": False}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": form}}}}


@router.post(
    "", status_code=202, summary="上传文件", responses=ACCEPTED,
    openapi_extra=_form(MANY, {"type": "array", "items": FILE, "minItems": 1, "maxItems": MOST_FILES}),
)  # fmt: skip
async def upload_documents(
    request: Request, response: Response, caller: Writer, idempotency_key: IdempotencyKey = None
) -> JobOut:
    """One or many files, each as a part named `files`. Folders in their names are shown and never followed.

    Answers when the files are safe on the disk; the job tells what became of each."""
    state: State = request.app.state.youju
    policy = state.policy
    allowed = Allowed(MANY, policy.file_megabytes, policy.request_megabytes, keep_free=state.free_bytes)
    return await _take_in(request, response, caller, allowed, idempotency_key, None)


@router.put(
    "/{document_id}", status_code=202, summary="以新版本替换文档", responses={**ACCEPTED, **problems(404)},
    openapi_extra=_form(ONE, FILE),
)  # fmt: skip
async def replace_document(
    document_id: str,
    request: Request,
    response: Response,
    answerer: Answers,
    caller: Writer,
    idempotency_key: IdempotencyKey = None,
) -> JobOut:
    """One file, as a part named `file`. The old version answers until the new one is in; should that one be unreadable,
    the old one stays."""
    await run_in_threadpool(answerer.searcher.store.document_row, document_id)
    state: State = request.app.state.youju
    most = state.policy.file_megabytes
    allowed = Allowed(ONE, most, most, keep_free=state.free_bytes)
    return await _take_in(request, response, caller, allowed, idempotency_key, document_id)


async def _take_in(
    request: Request, response: Response, caller: Writer, allowed: Allowed, key: str | None, replaces: str | None
) -> JobOut:
    """Receive the files, queue the job, and tell where it is."""
    state: State = request.app.state.youju
    new, uploads = secrets.token_hex(8), state.jobs.uploads
    await run_in_threadpool(check_queued, state, caller)
    received = await receive(request, uploads, new, allowed, lambda size: charge_upload(state, caller, size))

    def queue() -> JobOut:
        kept = False
        try:
            _check(received, replaces)
            identity = None if key is None else (key, f"{replaces or ''} {received.digest}")
            job_id = jobs.create(
                state.ledger, caller, new, received.files, replaces, identity, state.policy.queued_files
            )
            kept = job_id == new
        finally:
            if not kept:  # sent before, or refused
                uploads.drop(new)
        return job_out(jobs.job(state.ledger, caller, job_id))

    job = await run_in_threadpool(queue)
    state.jobs.wake()
    response.headers["Location"] = f"/api/jobs/{job.id}"
    return job


def _check(received: Received, replaces: str | None) -> None:
    if replaces is None:
        return
    if len(received.files) != 1 or is_archive(Path(received.files[0].stored)):
        raise OneFileOnly
