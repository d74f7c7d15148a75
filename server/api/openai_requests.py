"""What may be asked at /v1: the part of OpenAI's chat completions that can be honoured.

Covered: every parameter that the official client can send. What would only steer the wording or the account is accepted
within its documented bounds and changes nothing, because answers are made of proved sentences; what would be silently
wrong is refused by a sentence. Not covered: what is answered (`server.api.openai_schemas`).
"""

from collections.abc import Callable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Discriminator, Field, Tag
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from server.answer.finding import LONGEST_QUESTION
from server.api.schemas import AS_WHOLE, Restricted, Strict

OURS = "youju"
"""The name under which the model may always be asked for."""
MOST_MESSAGES, LONGEST_MESSAGE = 200, 20_000


def _refused(sentence: str, is_harmless: Callable[[Any], bool]) -> BeforeValidator:
    """Let through what is harmless; the rest is told by a sentence instead of by pydantic's words."""

    def check(value: Any) -> Any:
        if not is_harmless(value):
            raise PydanticCustomError("unsupported", "not supported", {"sentence": sentence})
        return value

    return BeforeValidator(check)


def _is_text(part: Any) -> bool:
    return not isinstance(part, dict) or part.get("type") in ("text", None)


def _says_something(text: Any) -> bool:
    return not isinstance(text, str) or bool(text.strip())


def _has_question(messages: Any) -> bool:
    if not isinstance(messages, list) or not messages:
        return True
    return any(not isinstance(message, dict) or message.get("role") == "user" for message in messages)


class Wire(Strict):
    """Takes no `"1"` for a number and no 1 for true."""

    model_config = ConfigDict(strict=True)


ONLY_TEXT = _refused("这里只读文字，不看图片、声音和文件。请把文件添加为文档，再用文字提问。", _is_text)
NOT_EMPTY = _refused("问题是空的。请输入一个问题，例如：海沧2023年计划竣工几个项目", _says_something)


QuestionText = Annotated[str, Field(min_length=1, max_length=LONGEST_QUESTION, pattern=r"\S"), NOT_EMPTY]


class TextPart(Wire):
    type: Literal["text"]
    text: str = Field(max_length=LONGEST_MESSAGE)
    prompt_cache_breakpoint: dict[str, Any] | None = Field(default=None, description="接受而不起作用")


class QuestionPart(TextPart):
    text: QuestionText


def _kind(value: Any) -> str:
    return "parts" if isinstance(value, list) else "text"


OneOrMore = Discriminator(_kind)
"""Tells a text from a list, so that a fault is told once."""

Content = Annotated[
    Annotated[str, Field(max_length=LONGEST_MESSAGE), Tag("text")]
    | Annotated[list[Annotated[TextPart, ONLY_TEXT]], Field(max_length=100), Tag("parts")],
    OneOrMore,
]
Question = Annotated[
    Annotated[QuestionText, Tag("text")]
    | Annotated[list[Annotated[QuestionPart, ONLY_TEXT]], Field(min_length=1, max_length=16), Tag("parts")],
    OneOrMore,
]
Label = Annotated[str, Field(max_length=512)]
Stop = Annotated[
    Annotated[Label, Tag("text")] | Annotated[list[Label], Field(max_length=4), Tag("parts")],
    OneOrMore,
]


class SystemMessage(Wire):
    """Accepted and without effect: nothing that is said here can make an unproved sentence pass."""

    role: Literal["system", "developer"]
    content: Content
    name: Label | None = None


class UserMessage(Wire):
    role: Literal["user"]
    content: Question
    name: Label | None = None


class AssistantMessage(BaseModel):
    """An earlier answer, with whatever fields it came with, ours included."""

    model_config = ConfigDict(strict=True, extra="allow")

    role: Literal["assistant"]
    content: Content | None = None


class ToolMessage(Wire):
    """What a tool said to another model; not read."""

    role: Literal["tool", "function"]
    content: Content | None = None
    tool_call_id: Label | None = None
    name: Label | None = None


ChatMessage = Annotated[SystemMessage | UserMessage | AssistantMessage | ToolMessage, Field(discriminator="role")]


class StreamOptions(Wire):
    include_usage: bool | None = Field(default=None, description="流式答复的最后另给一块用量")
    include_obfuscation: bool | None = Field(default=None, description="接受而不起作用")


class TextFormat(Wire):
    type: Literal["text"]


Ignored = "接受而不起作用：回答由有据的句子组成，不受它影响"
Hints = dict[str, Any]


def _ignored(**bounds: Any) -> Any:
    return Field(default=None, description=Ignored, **bounds)


def _only(*values: Any) -> Callable[[Any], bool]:
    return lambda value: any(
        value is allowed or (value == allowed and type(value) is type(allowed)) for allowed in values
    )


def _is_plain_format(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and value.get("type") == "text")


class Steering(Wire):
    """Parameters that clients send and that cannot change what is proved."""

    temperature: float | None = _ignored(ge=0, le=2)
    top_p: float | None = _ignored(ge=0, le=1)
    presence_penalty: float | None = _ignored(ge=-2, le=2)
    frequency_penalty: float | None = _ignored(ge=-2, le=2)
    max_tokens: Annotated[int, Field(ge=1, le=2**31), AS_WHOLE] | None = _ignored()
    max_completion_tokens: Annotated[int, Field(ge=1, le=2**31), AS_WHOLE] | None = _ignored()
    seed: Annotated[int, Field(ge=-(2**53), le=2**53), AS_WHOLE] | None = _ignored()
    stop: Stop | None = _ignored()
    logit_bias: dict[str, Annotated[float, Field(ge=-100, le=100)]] | None = _ignored(max_length=1024)
    user: Label | None = _ignored()
    safety_identifier: Label | None = _ignored()
    prompt_cache_key: Label | None = _ignored()
    prompt_cache_options: Hints | None = _ignored()
    prompt_cache_retention: Label | None = _ignored()
    metadata: dict[Annotated[str, Field(max_length=64)], Label] | None = _ignored(max_length=16)
    store: bool | None = _ignored()
    service_tier: Label | None = _ignored()
    reasoning_effort: Label | None = _ignored()
    verbosity: Label | None = _ignored()
    prediction: Hints | None = _ignored()
    parallel_tool_calls: bool | None = _ignored()
    tools: list[Hints] | None = Field(
        default=None, max_length=128, description="接受而从不调用：回答只来自资料，要调用工具时请用 /mcp"
    )
    functions: list[Hints] | None = Field(default=None, max_length=128, description="同 tools")


class Refused(Wire):
    """Parameters of which only the harmless values are taken."""

    n: Annotated[Literal[1] | None, _refused("一次只给一个回答，n 只能是 1。", _only(None, 1))] = None
    tool_choice: Annotated[
        Literal["none", "auto"] | None,
        _refused("这里从不调用工具，tool_choice 只能是 none 或 auto。", _only(None, "none", "auto")),
    ] = None
    function_call: Annotated[
        Literal["none", "auto"] | None,
        _refused("这里从不调用函数，function_call 只能是 none 或 auto。", _only(None, "none", "auto")),
    ] = None
    response_format: Annotated[
        TextFormat | None,
        _refused(
            "回答是带出处的文字，response_format 只能是 text；要结构化的结果请用 citations 字段或 /api/ask。",
            _is_plain_format,
        ),
    ] = None
    logprobs: Annotated[
        Literal[False] | None, _refused("回答经过核对和重组，没有逐词概率，logprobs 只能是 false。", _only(None, False))
    ] = None
    top_logprobs: Annotated[
        Literal[0] | None, _refused("回答经过核对和重组，没有逐词概率，请去掉 top_logprobs。", _only(None, 0))
    ] = None
    modalities: Annotated[
        list[Literal["text"]] | None, _refused("回答只有文字，modalities 只能是 text。", _only(None, ["text"]))
    ] = Field(default=None, min_length=1, max_length=1)
    audio: Annotated[None, _refused("回答只有文字，请去掉 audio。", _only(None))] = None
    moderation: Annotated[None, _refused("这里不作内容审查，请去掉 moderation。", _only(None))] = None
    web_search_options: Annotated[
        None, _refused("回答只来自已添加的资料，从不上网，请去掉 web_search_options。", _only(None))
    ] = None


ASKED_BY_A_USER = _refused("没有 user 消息，也就没有问题。请在最后加上一条 role 为 user 的消息。", _has_question)
ASKS_SOMETHING: JsonDict = {
    "contains": {"type": "object", "properties": {"role": {"const": "user"}}, "required": ["role"]}
}


class ChatRequest(Steering, Refused):
    """A conversation; its last user message is the question, the ones before it complete a follow-up."""

    model: str = Field(min_length=1, max_length=200, description="youju，或 /v1/models 列出的模型名", examples=[OURS])
    messages: Annotated[list[ChatMessage], ASKED_BY_A_USER] = Field(
        min_length=1,
        max_length=MOST_MESSAGES,
        description="最后一条 user 消息是问题（最多 2000 字），之前的 user 和 assistant 消息用来补全追问；system 消息不改变回答",
        json_schema_extra=ASKS_SOMETHING,
        examples=[[{"role": "user", "content": "海沧2023年计划竣工几个项目"}]],
    )
    stream: bool | None = Field(default=None, description="true 时以服务器推送事件逐句答复")
    stream_options: StreamOptions | None = None
    youju: Restricted | None = Field(
        default=None, description="只在一部分文档里找；用官方 openai 包时放在 extra_body 里"
    )
