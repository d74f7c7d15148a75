"""/api/evaluations: questions with known answers, asked in the background when nobody else asks."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import ValidationError
from pydantic_core import from_json
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from ingest.bilingual import Text
from server.answer.finding import check_question
from server.api.access import Admin
from server.api.evaluation_schemas import (
    EvaluationIn,
    RunOut,
    RunResultsOut,
    RunsOut,
    case_of,
    run_out,
    run_results_out,
)
from server.api.problems import problems
from server.api.routes.feedback import JSON_LINES, LINE, Kept
from server.api.schemas import Id
from server.evaluate import Case, parse_cases
from server.ledger import evaluations
from server.ledger.evaluations import MOST_CASES
from server.saved_errors import NotUnicode, TooManyCases

router = APIRouter(prefix="/api/evaluations", tags=["评测"])
JSON = "application/json"
LINES = (JSON_LINES, "application/jsonl", "application/x-jsonlines")
BODY: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            JSON: {"schema": {"$ref": "#/components/schemas/EvaluationIn"}},
            JSON_LINES: {
                "schema": {"type": "string", "description": "一行一题，格式与 youju eval 的文件相同"},
                "example": LINE,
            },
        },
    }
}
ACCEPTED = problems(400, 409, 413, 415, 422)


@router.post("", status_code=202, response_model=RunOut, summary="开始评测", responses=ACCEPTED, openapi_extra=BODY)
async def start_evaluation(
    request: Request,
    response: Response,
    caller: Admin,
    ledger: Kept,
    name: Annotated[str, Query(max_length=100, description="给这次评测起的名字")] = "",
) -> RunOut:
    """Cases as JSON or as JSON Lines. They are asked one by one, whoever else asks goes first; a restart of the server
    goes on with those that are left."""
    cases = await run_in_threadpool(_cases, request.headers.get("content-type", ""), await request.body())
    run = await run_in_threadpool(evaluations.start, ledger, caller.key, name, cases)
    request.app.state.youju.saved.wake()
    response.headers["Location"] = f"/api/evaluations/{run.id}"
    return run_out(run)


def _cases(content_type: str, body: bytes) -> list[Case]:
    """Raises HTTPException 415, RequestValidationError, BadCases, NotUnicode, TooManyCases, BadQuestion."""
    kind = content_type.split(";")[0].strip().lower()
    if kind == JSON:
        try:
            return [case_of(case) for case in EvaluationIn.model_validate_json(body).cases]
        except ValidationError as error:
            faults = [fault | {"loc": ("body", *fault["loc"])} for fault in error.errors(include_url=False)]
            unread = faults[0]["type"] == "json_invalid"
            raise RequestValidationError(faults, body=None if unread else from_json(body)) from error
    if kind not in LINES:
        raise HTTPException(415)
    try:
        cases = parse_cases(body.decode("utf-8"), Text("请求正文", "the request's body"))
    except UnicodeDecodeError as error:
        raise NotUnicode(str(error)) from error
    if len(cases) > MOST_CASES:
        raise TooManyCases(MOST_CASES, Text("题", "cases"))
    for case in cases:
        check_question(case.question)
    return cases


@router.get("", response_model=RunsOut, summary="评测列表")
def list_evaluations(
    caller: Admin,
    ledger: Kept,
    limit: Annotated[int, Query(ge=1, le=1000, description="最多给多少次")] = 50,
    offset: Annotated[int, Query(ge=0, le=2**53, description="跳过最新的多少次")] = 0,
) -> RunsOut:
    found = evaluations.listed(ledger, limit, offset)
    return RunsOut(evaluations=[run_out(run) for run in found], total=evaluations.count(ledger))


@router.get("/{run_id}", response_model=RunResultsOut, summary="一次评测的进度和结果", responses=problems(404))
def show_evaluation(
    run_id: Annotated[Id, Path(description="评测的编号")],
    caller: Admin,
    ledger: Kept,
    limit: Annotated[int, Query(ge=0, le=MOST_CASES, description="最多给多少题的结果")] = 100,
    offset: Annotated[int, Query(ge=0, le=2**53, description="跳过前面多少题")] = 0,
) -> RunResultsOut:
    """The summary is of all cases that have been asked so far."""
    return run_results_out(evaluations.one(ledger, run_id), evaluations.scored(ledger, run_id), limit, offset)


@router.delete("/{run_id}", status_code=204, summary="停止并删除一次评测", responses=problems(404))
def delete_evaluation(
    run_id: Annotated[Id, Path(description="评测的编号")], request: Request, caller: Admin, ledger: Kept
) -> None:
    evaluations.delete(ledger, run_id)
    request.app.state.youju.saved.stop(run_id)
