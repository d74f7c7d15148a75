"""Errors as RFC 9457 problem details."""

import logging
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from index.errors import IndexingError, UnknownDocument, UnknownPlace
from server.api.schemas import Problem
from server.errors import NotReady, ServerError, TooBusy

MEDIA_TYPE = "application/problem+json"
logger = logging.getLogger(__name__)


def _documented(description: str) -> dict[str, Any]:
    return {"description": description, "content": {MEDIA_TYPE: {"schema": Problem.model_json_schema()}}}


PROBLEMS: dict[int | str, dict[str, Any]] = {
    403: _documented("来源不允许"),
    404: _documented("没有这份文档"),
    422: _documented("请求不可用"),
    500: _documented("内部错误"),
    503: _documented("正忙或尚未就绪"),
    504: _documented("超时"),
}


def problem_of(error: ServerError | IndexingError) -> Problem:
    if isinstance(error, ServerError):
        return Problem(title=error.title, status=error.status, detail=str(error))
    if isinstance(error, UnknownDocument):
        return Problem(title="没有这份文档", status=404, detail=str(error))
    if isinstance(error, UnknownPlace):
        return Problem(title="请求不可用", status=422, detail=str(error))
    return Problem(title="索引不可用", status=503, detail=str(error))


def _response(problem: Problem, headers: dict[str, str] | None = None) -> JSONResponse:
    return JSONResponse(problem.model_dump(), problem.status, headers=headers, media_type=MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Make every error of `app` a problem, also those of the framework."""

    def on_ours(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, ServerError | IndexingError)
        headers = {"Retry-After": str(error.retry_after)} if isinstance(error, TooBusy | NotReady) else None
        return _response(problem_of(error), headers)

    def on_invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        faults = "；".join(
            f"{'.'.join(str(p) for p in e['loc'][1:]) or '正文'}：{e['msg']}" for e in error.errors()[:5]
        )
        return _response(Problem(title="请求不可用", status=422, detail=faults))

    def on_http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        headers = dict(error.headers) if error.headers else None
        return _response(Problem(title=str(error.detail), status=error.status_code, detail=str(error.detail)), headers)

    def on_anything(_: Request, error: Exception) -> JSONResponse:
        logger.error("unhandled", exc_info=error)
        return _response(Problem(title="内部错误", status=500, detail="服务出错了，请重试；若反复出现，请查看日志。"))

    app.add_exception_handler(ServerError, on_ours)
    app.add_exception_handler(IndexingError, on_ours)
    app.add_exception_handler(RequestValidationError, on_invalid)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(Exception, on_anything)
