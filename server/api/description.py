"""The OpenAPI document: what FastAPI makes of the routes, and what holds for all of them.

Added to every operation: the errors that any request may meet, the header with the request's id, the name of the
function as its id, and which key it needs. What a route declares for itself stays as it is.
"""

from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from server.api.access import is_public
from server.api.evaluation_schemas import EvaluationIn
from server.api.openai_errors import BELOW
from server.api.operation_schemas import NotReadyOut
from server.api.problems import MEDIA_TYPE, problems
from server.api.request_id import HEADER
from server.api.schemas import Problem

REFERENCE = "#/components/schemas/" + "{model}"
METHODS = ("get", "post", "put", "patch", "delete", "head", "options")
ALWAYS = (403, 500)
PROTECTED = (401, 429, 503)
WITH_PARAMETERS = (422,)
WITH_BODY = (400, 413, 415, 422)

SUMMARY = "对一个文件夹的中文资料提问，每句回答都附原文出处；资料中没有的，如实说没有。"
DESCRIPTION = """错误都是 RFC 9457 的 problem details（`application/problem+json`），`detail` 说明出了什么问题、该怎么办。

每个响应都有 `X-Request-Id` 响应头；请求里给了合格的编号（字母、数字和 `._-`，最多 64 个）就沿用它，日志里也是这个编号。

本机没有密钥时不需要认证，但只接受来自本机的请求；有密钥时用 `Authorization: Bearer 密钥`，网页用登录后的 cookie。
"""
TAGS = {
    "问答": "提问得到附出处的回答，检索得到最接近的段落。",
    "文档": "文档的列表、信息、原文和原始文件；上传、替换和删除。",
    "任务": "添加文档的后台任务：进度、逐个文件的结果。",
    "对话": "保存的对话；引用了已删除文档的内容会被清空。",
    "反馈": "对回答的评价。",
    "统计": "问答和文档的统计。",
    "评测": "用自己的题目检查回答得对不对。",
    "会话": "网页用密钥登录和退出。",
    "管理": "谁添加、删除了什么。",
    "兼容": "与 OpenAI 接口兼容的地址，现有的客户端只需改 base URL。",
    "运行": "健康、就绪和指标。",
}
SCHEMES = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "youju keys add 发放的密钥"},
    "cookie": {"type": "apiKey", "in": "cookie", "name": "youju_session", "description": "网页登录后的会话"},
}
ID_HEADER = {
    HEADER: {
        "description": "这次请求的编号",
        "schema": {"type": "string", "pattern": "^[0-9A-Za-z][0-9A-Za-z._-]{0,63}$"},
    }
}


def install(app: FastAPI) -> None:
    """Make `app` describe itself so, once for while it is open and once for when it needs keys."""
    made: dict[bool, dict[str, Any]] = {}

    def openapi() -> dict[str, Any]:
        is_open = app.state.youju.entrance.is_open()
        if is_open not in made:
            made[is_open] = described(app, is_open)
        return made[is_open]

    app.openapi = openapi  # type: ignore[method-assign]


def operation_id(route: APIRoute) -> str:
    """The function's name: stable as long as the code calls it so, and good for generated clients."""
    return route.name


def described(app: FastAPI, is_open: bool) -> dict[str, Any]:
    """The whole document; `is_open`: nobody needs a key."""
    document = get_openapi(
        title=app.title, version=app.version, summary=SUMMARY, description=DESCRIPTION, routes=app.routes,
        servers=[{"url": "/", "description": "提供本文档的服务"}],
        tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
    )  # fmt: skip
    components = document.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for model in (Problem, NotReadyOut, EvaluationIn):
        schema = model.model_json_schema(ref_template=REFERENCE)
        schemas.update(schema.pop("$defs", {}))
        schemas[model.__name__] = schema
    for unused in ("HTTPValidationError", "ValidationError"):
        schemas.pop(unused, None)
    components["securitySchemes"] = SCHEMES
    for path, method, operation in _operations(document):
        _complete(path, method, operation, is_open)
    return document


def _operations(document: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in document["paths"].items():
        for method in METHODS:
            if method in item:
                yield path, method, item[method]


def _complete(path: str, method: str, operation: dict[str, Any], is_open: bool) -> None:
    statuses = list(ALWAYS)
    if not is_public(method.upper(), path):
        statuses += PROTECTED
        operation["security"] = [{"bearer": []}, {"cookie": []}, *([{}] if is_open else [])]
    if operation.get("parameters"):
        statuses += WITH_PARAMETERS
    if "requestBody" in operation:
        statuses += WITH_BODY
    responses = operation["responses"]
    if path.startswith(BELOW):
        # They declare all their errors themselves, in OpenAI's shape, which has no 422.
        responses.pop("422", None)
        statuses = []
    for status, response in problems(*sorted(set(statuses))).items():
        if MEDIA_TYPE not in responses.get(str(status), {}).get("content", {}):  # FastAPI's own 422 has another form
            responses[str(status)] = response
    operation["responses"] = {
        status: response | {"headers": {**ID_HEADER, **response.get("headers", {})}}
        for status, response in sorted(responses.items())
    }
