"""Errors as RFC 9457 problem details, in the language of the request: ours and the framework's.

What nobody foresaw is caught by `server.api.observing`; the languages are chosen by `server.api.language`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from index.errors import DamagedData, IndexingError
from server.api.allowed import allowed_methods
from server.api.faults import Fault, faults_of, sentence_of
from server.api.language import language
from server.api.request_errors import InvalidRequest, NotJson, Unforeseen, of_status
from server.api.schemas import InvalidItem, Problem
from server.errors import ServerError
from server.upload_errors import BadRange

MEDIA_TYPE = "application/problem+json"

DESCRIPTIONS = {
    400: "请求无法解析",
    401: "没有有效的密钥",
    403: "来源不允许，或密钥的权限不够",
    404: "没有这一项",
    405: "这个地址不支持这个方法",
    406: "没有可接受的格式",
    409: "与现状冲突",
    410: "已经不在",
    412: "已被改动（ETag 不符）",
    413: "请求太大",
    415: "内容类型不支持",
    416: "范围不可用",
    422: "请求不可用",
    428: "缺少 If-Match",
    429: "请求太频繁",
    500: "内部错误",
    503: "正忙、尚未就绪或正在停止",
    504: "超时",
    507: "磁盘空间不足",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors that a route declares for itself, one line each family: `responses=problems(404, 409)`.

    What any route may give (401, 403, 429, 500, 503; with a body also 400, 413, 415, 422; with parameters 422) is added
    to every operation by `server.api.description` and need not be named.
    """
    content = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    return {status: {"description": DESCRIPTIONS[status], "content": content} for status in statuses}


def event_stream(description: str) -> dict[str, Any]:
    """The schema of each event of a stream."""
    properties = {"event": {"type": "string"}, "data": {"type": "string"}}
    return {"type": "object", "description": description, "properties": properties, "required": ["data"]}


def problem_of(error: ServerError | IndexingError) -> Problem:
    """The problem that tells `error`; faults of the body name their place in `errors`."""
    detail = error.told(language())
    pointer = error.pointer if isinstance(error, ServerError) else None
    errors = [] if pointer is None else [InvalidItem(location="body", pointer=pointer, code=error.code, message=detail)]
    return _problem(error, detail, errors)


def invalid(faults: Sequence[Fault]) -> Problem:
    """The problem that tells what is wrong with a body or with parameters."""
    errors = [InvalidItem(location=f.where, pointer=f.pointer, code=f.code, message=f.sentence) for f in faults]
    return _problem(InvalidRequest(), sentence_of(faults), errors)


def _problem(error: ServerError | IndexingError, detail: str, errors: list[InvalidItem]) -> Problem:
    title = error.title if language() == "zh" else error.title_en
    return Problem(title=title, status=error.status, code=error.code, detail=detail, errors=errors)


def refusal(error: ServerError | IndexingError, more: Mapping[str, str] | None = None) -> JSONResponse:
    """The whole answer that an error gives, for handlers and for middleware that refuses; `more` headers are added."""
    headers = {}
    if isinstance(error, ServerError) and error.retry_after is not None:
        headers["Retry-After"] = str(error.retry_after)
    if isinstance(error, ServerError) and error.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, BadRange):
        headers["Content-Range"] = f"bytes */{error.size}"
    return problem_response(problem_of(error), {**headers, **(more or {})})


def unforeseen() -> JSONResponse:
    """The answer to what nobody foresaw; what went wrong stands in the log alone."""
    return refusal(Unforeseen())


def problem_response(problem: Problem, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """`problem` as an answer, with the language in which it is told."""
    told = {"Content-Language": language(), "Vary": "Accept-Language", **(headers or {})}
    return JSONResponse(problem.model_dump(), problem.status, headers=told, media_type=MEDIA_TYPE)


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return kind == "application/json" or (kind.startswith("application/") and kind.endswith("+json"))


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem, also those of the framework."""

    def on_ours(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ServerError | IndexingError)
        if isinstance(error, DamagedData):
            app.state.youju.damage = error.text
        return refusal(error)

    def on_invalid(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        faults = error.errors()
        unread = any(tuple(fault["loc"]) == ("body",) and fault["type"] != "missing" for fault in faults)
        if unread and not _is_json(request):
            return refusal(NotJson())
        return problem_response(invalid(faults_of(faults, error.body)))

    def on_http(request: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        if isinstance(error.__cause__, ServerError):  # the framework lets no other kind out of its reading of a body
            return refusal(error.__cause__)
        headers = dict(error.headers or {})
        if error.status_code == 405 and (allowed := allowed_methods(app, request.scope["path"])):
            headers["Allow"] = allowed
        return refusal(of_status(error.status_code), headers)

    app.add_exception_handler(ServerError, on_ours)
    app.add_exception_handler(IndexingError, on_ours)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
