"""What is wrong with a request, in Chinese and English: pydantic's and the framework's messages translated.

Covered: the faults that JSON bodies, parameters and forms can have. A fault that stands in no table here is told by a
general sentence with its place. What was sent is never repeated, only where it stood.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.bilingual import Language, Text
from server.api.language import language

SHOWN = 5

SENTENCES = {
    "missing": Text("缺少这一项，请补上", "this is missing; add it"),
    "extra_forbidden": Text(
        "没有这一项，请去掉，或检查拼写", "there is no such field; remove it, or check its spelling"
    ),
    "json_invalid": Text(
        "不是有效的 JSON，请检查引号、逗号和括号", "no valid JSON; check quotation marks, commas and brackets"
    ),
    "string_type": Text("应为字符串，请加上引号", "should be a string, in quotation marks"),
    "string_too_short": Text(
        "太短，至少要有 {min_length} 个字", "too short, at least {min_length} characters are needed"
    ),
    "string_too_long": Text("太长，最多 {max_length} 个字", "too long, at most {max_length} characters are taken"),
    "string_pattern_mismatch": Text("格式不对，应符合 {pattern}", "wrong format, it should match {pattern}"),
    "string_unicode": Text("不是有效的 Unicode 文本，请用 UTF-8 编码", "no valid Unicode text; encode it as UTF-8"),
    "int_type": Text("应为整数", "should be an integer"),
    "int_parsing": Text("应为整数", "should be an integer"),
    "int_parsing_size": Text("数字太大，请用小一些的整数", "the number is too large; use a smaller integer"),
    "int_from_float": Text("应为整数，不能有小数", "should be an integer, without a fraction"),
    "float_type": Text("应为数字", "should be a number"),
    "float_parsing": Text("应为数字", "should be a number"),
    "finite_number": Text("应为有限的数字", "should be a finite number"),
    "bool_type": Text("应为 true 或 false", "should be true or false"),
    "bool_parsing": Text("应为 true 或 false", "should be true or false"),
    "greater_than": Text("应大于 {gt}", "should be greater than {gt}"),
    "greater_than_equal": Text("应不小于 {ge}", "should be at least {ge}"),
    "less_than": Text("应小于 {lt}", "should be less than {lt}"),
    "less_than_equal": Text("应不大于 {le}", "should be at most {le}"),
    "multiple_of": Text("应为 {multiple_of} 的倍数", "should be a multiple of {multiple_of}"),
    "literal_error": Text("只能是 {expected}", "can only be {expected}"),
    "enum": Text("只能是 {expected}", "can only be {expected}"),
    "list_type": Text("应为数组，请用 [ ] 括起来", "should be an array, in [ ]"),
    "tuple_type": Text("应为数组，请用 [ ] 括起来", "should be an array, in [ ]"),
    "set_type": Text("应为数组，请用 [ ] 括起来", "should be an array, in [ ]"),
    "too_long": Text("太多，最多 {max_length} 个", "too many, at most {max_length} are taken"),
    "too_short": Text("太少，至少要有 {min_length} 个", "too few, at least {min_length} are needed"),
    "dict_type": Text("应为对象，请用 {{ }} 括起来", "should be an object, in {{ }}"),
    "model_type": Text("应为对象，请用 {{ }} 括起来", "should be an object, in {{ }}"),
    "model_attributes_type": Text("应为 JSON 对象，请用 {{ }} 括起来", "should be a JSON object, in {{ }}"),
    "none_required": Text("应为 null", "should be null"),
    "union_tag_invalid": Text("种类不对，只能是 {expected_tags}", "wrong kind, it can only be {expected_tags}"),
    "union_tag_not_found": Text("缺少说明种类的一项，请补上", "the field that tells the kind is missing; add it"),
    "datetime_type": Text(
        "应为日期时间，例如 2026-01-31T08:00:00Z", "should be a date and time, as 2026-01-31T08:00:00Z"
    ),
    "datetime_parsing": Text(
        "应为日期时间，例如 2026-01-31T08:00:00Z", "should be a date and time, as 2026-01-31T08:00:00Z"
    ),
    "datetime_from_date_parsing": Text(
        "应为日期时间，例如 2026-01-31T08:00:00Z", "should be a date and time, as 2026-01-31T08:00:00Z"
    ),
    "timezone_aware": Text(
        "日期时间要带时区，例如 2026-01-31T08:00:00Z", "the date and time needs a time zone, as 2026-01-31T08:00:00Z"
    ),
    "date_type": Text("应为日期，例如 2026-01-31", "should be a date, as 2026-01-31"),
    "date_parsing": Text("应为日期，例如 2026-01-31", "should be a date, as 2026-01-31"),
    "date_from_datetime_parsing": Text("应为日期，例如 2026-01-31", "should be a date, as 2026-01-31"),
    "uuid_type": Text("应为 UUID", "should be a UUID"),
    "uuid_parsing": Text("应为 UUID", "should be a UUID"),
    "bytes_type": Text("应为文件或字节", "should be a file or bytes"),
    "unsupported": Text("{zh}", "{en}"),
}
GENERAL = Text(
    "这一项不可用，请对照接口文档（/api/docs）检查类型和取值",
    "this cannot be used; check its type and value against /api/docs",
)
BODY = Text("正文", "the body")
INVALID = "invalid"
"""The code of a fault that stands in no table here."""


@dataclass(frozen=True)
class Fault:
    """One fault: `where` is body, query, path, header or cookie; `path` leads there, empty for all of a body."""

    where: str
    path: tuple[str | int, ...]
    code: str
    sentence: str

    @property
    def pointer(self) -> str:
        """`path` as a JSON Pointer: `/messages/0/content`."""
        return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in self.path)


def faults_of(errors: Sequence[Mapping[str, Any]], body: Any = None) -> list[Fault]:
    """Every fault that pydantic has found, in the language of the request. `body` is what was sent as JSON, where that
    is known."""
    told = language()
    return [Fault(str(error["loc"][0]), _path(error, body), _code(error), _sentence(error, told)) for error in errors]


def sentence_of(faults: Sequence[Fault]) -> str:
    """The first faults, each with its place: `limit：应不大于 100；question：缺少这一项，请补上。`"""
    colon, semicolon, stop = ("：", "；", "。") if language() == "zh" else (": ", "; ", ".")
    told = [f"{_place(fault)}{colon}{fault.sentence.removesuffix(stop)}" for fault in faults[:SHOWN]]
    left = len(faults) - SHOWN
    more = Text(f"；还有 {left} 处", f"; and {left} more") if left > 0 else Text("", "")
    return semicolon.join(dict.fromkeys(told)) + more.told(language()) + stop


def _place(fault: Fault) -> str:
    """`history.0.role`; the whole body has a name of its own."""
    return ".".join(map(str, fault.path)) or BODY.told(language())


def _path(error: Mapping[str, Any], body: Any) -> tuple[str | int, ...]:
    """Where in what was sent the fault stands; empty for the whole body and for a position in broken JSON."""
    where, *path = error["loc"]
    if where == "body" and len(path) == 1 and isinstance(path[0], int):
        return ()
    return tuple(_as_written(error, path, body) if where == "body" and body is not None else path)


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


def _code(error: Mapping[str, Any]) -> str:
    return str(error["type"]) if error["type"] in SENTENCES else INVALID


def _sentence(error: Mapping[str, Any], told: Language) -> str:
    template = SENTENCES.get(error["type"], GENERAL)
    try:
        return template.told(told).format(**error.get("ctx", {}))
    except KeyError:
        return GENERAL.told(told)
