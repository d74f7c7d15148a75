"""What is wrong with a request, in Chinese: pydantic's and the framework's messages translated.

Covered: the faults that JSON bodies, parameters and forms can have. A fault that stands in no table here is told by a
general sentence with its place. What was sent is never repeated, only where it stood.
"""

from collections.abc import Mapping, Sequence
from typing import Any

SHOWN = 5

SENTENCES = {
    "missing": "缺少这一项，请补上",
    "extra_forbidden": "没有这一项，请去掉，或检查拼写",
    "json_invalid": "不是有效的 JSON，请检查引号、逗号和括号",
    "string_type": "应为字符串，请加上引号",
    "string_too_short": "太短，至少要有 {min_length} 个字",
    "string_too_long": "太长，最多 {max_length} 个字",
    "string_pattern_mismatch": "格式不对，应符合 {pattern}",
    "string_unicode": "不是有效的 Unicode 文本，请用 UTF-8 编码",
    "int_type": "应为整数",
    "int_parsing": "应为整数",
    "int_parsing_size": "数字太大，请用小一些的整数",
    "int_from_float": "应为整数，不能有小数",
    "float_type": "应为数字",
    "float_parsing": "应为数字",
    "finite_number": "应为有限的数字",
    "bool_type": "应为 true 或 false",
    "bool_parsing": "应为 true 或 false",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "应不小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "应不大于 {le}",
    "multiple_of": "应为 {multiple_of} 的倍数",
    "literal_error": "只能是 {expected}",
    "enum": "只能是 {expected}",
    "list_type": "应为数组，请用 [ ] 括起来",
    "tuple_type": "应为数组，请用 [ ] 括起来",
    "set_type": "应为数组，请用 [ ] 括起来",
    "too_long": "太多，最多 {max_length} 个",
    "too_short": "太少，至少要有 {min_length} 个",
    "dict_type": "应为对象，请用 {{ }} 括起来",
    "model_type": "应为对象，请用 {{ }} 括起来",
    "model_attributes_type": "应为 JSON 对象，请用 {{ }} 括起来",
    "none_required": "应为 null",
    "union_tag_invalid": "种类不对，只能是 {expected_tags}",
    "union_tag_not_found": "缺少说明种类的一项，请补上",
    "datetime_type": "应为日期时间，例如 2026-01-31T08:00:00Z",
    "datetime_parsing": "应为日期时间，例如 2026-01-31T08:00:00Z",
    "datetime_from_date_parsing": "应为日期时间，例如 2026-01-31T08:00:00Z",
    "timezone_aware": "日期时间要带时区，例如 2026-01-31T08:00:00Z",
    "date_type": "应为日期，例如 2026-01-31",
    "date_parsing": "应为日期，例如 2026-01-31",
    "date_from_datetime_parsing": "应为日期，例如 2026-01-31",
    "uuid_type": "应为 UUID",
    "uuid_parsing": "应为 UUID",
    "bytes_type": "应为文件或字节",
    "unsupported": "{sentence}",
}
GENERAL = "这一项不可用，请对照接口文档（/api/docs）检查类型和取值"

TITLES = {
    400: "请求无法解析",
    404: "没有这个地址",
    405: "不支持这个方法",
    406: "没有可接受的格式",
    413: "请求太大",
    415: "内容类型不支持",
    422: "请求不可用",
    429: "请求太频繁",
    500: "内部错误",
    503: "暂时不可用",
}
CURES = {
    400: "请求的正文无法解析。请检查它是否完整、编码是否为 UTF-8、嵌套是否太深。",
    404: "没有这个地址。请检查路径；全部接口见 /api/docs。",
    405: "这个地址不支持这个方法，可用的方法见 Allow 响应头。",
    406: "没有可接受的格式。请检查 Accept 请求头，或不要发送它。",
    413: "请求的正文太大。请减少内容，长文请先添加为文档。",
    415: "这个地址只接受 JSON。请把 Content-Type 设为 application/json。",
    422: "请求不可用。请对照接口文档（/api/docs）检查。",
    429: "请求太频繁。请稍后再试。",
    500: "服务出错了，请重试；若反复出现，请按 request_id 查看日志。",
    503: "服务暂时不可用。请稍后再试。",
}


def sentence_of(errors: Sequence[Mapping[str, Any]], body: Any = None) -> str:
    """The first faults of a request, each with its place: `limit：应不大于 100；question：缺少这一项，请补上。`

    `body` is what was sent as JSON, where that is known.
    """
    told = [f"{_place(error, body)}：{_fault(error).removesuffix('。')}" for error in errors[:SHOWN]]
    more = f"；还有 {len(errors) - SHOWN} 处" if len(errors) > SHOWN else ""
    return "；".join(dict.fromkeys(told)) + more + "。"


def _place(error: Mapping[str, Any], body: Any) -> str:
    """`history.0.role`; the whole body and a position in broken JSON are 正文."""
    where, *path = error["loc"]
    if where == "body" and len(path) == 1 and isinstance(path[0], int):
        return "正文"
    if where == "body" and body is not None:
        path = _as_written(error, path, body)
    return ".".join(map(str, path)) or "正文"


def _as_written(error: Mapping[str, Any], path: list[str | int], body: Any) -> list[str | int]:
    """The path without the names that pydantic gives to the members of a union and to the keys of a table."""
    kept = len(path) - 1 if error["type"] == "missing" else len(path)  # then the input is what it is missing from
    found = _through(body, path[:kept], error.get("input"))
    return [*found, *path[kept:]] if found is not None else [step for step in path if step != "[key]"]


def _through(value: Any, path: Sequence[str | int], end: Any) -> list[str | int] | None:
    """Those steps of `path` that lead from `value` to `end`, none where no choice of them does.

    `messages.0.user.content.text` leads through a message to its content as `messages.0.content`. What was sent
    decides, not what the steps are called: a message may well have a field `user`, and its content one `text`.
    """
    if not path:
        return [] if value == end else None
    step, *rest = path
    inside = dict(enumerate(value)) if isinstance(value, list) else value if isinstance(value, dict) else {}
    found = _through(inside[step], rest, end) if step in inside else None
    return [step, *found] if found is not None else _through(value, rest, end)


def _fault(error: Mapping[str, Any]) -> str:
    sentence = SENTENCES.get(error["type"])
    if sentence is None:
        return GENERAL
    try:
        return sentence.format(**error.get("ctx", {}))
    except KeyError:
        return GENERAL
