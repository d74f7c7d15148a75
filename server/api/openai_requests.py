"""What may be asked at /v1: the part of OpenAI's chat completions that can be honoured.

Covered: the few parameters that decide what is answered, and how. Every other one (sampling, account, tools, what other
servers have added) is accepted in any form and ignored, because an answer is made of proved sentences. A parameter whose
being ignored would break its client, as a JSON format, is refused by a sentence. Not covered: what the messages say
(`server.api.openai_messages`), what is answered (`server.api.openai_schemas`).
"""

import logging
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from ingest.bilingual import Text
from server.api.schemas import Restricted

OURS = "youju"
"""The name under which the model may always be asked for."""
MOST_NAMES, LONGEST_NAME = 20, 64
logger = logging.getLogger(__name__)


def _refused(sentence: Text, is_harmless: Callable[[Any], bool]) -> BeforeValidator:
    """Let through what is harmless; the rest is told by a sentence instead of by pydantic's words."""

    def check(value: Any) -> Any:
        if not is_harmless(value):
            raise PydanticCustomError("unsupported", "not supported", sentence._asdict())
        return value

    return BeforeValidator(check)


def _is_one(value: Any) -> bool:
    return value is None or (type(value) is int and value == 1)


def _calls_nothing(choice: Any) -> bool:
    return choice in (None, "none", "auto")


def _is_plain(form: Any) -> bool:
    return form is None or (isinstance(form, dict) and form.get("type") == "text")


ONE = _refused(Text("一次只给一个回答，n 只能是 1。", "There is one answer at a time: n can only be 1."), _is_one)
NO_TOOL = _refused(
    Text(
        "这里从不调用工具，tool_choice 只能是 none 或 auto。",
        "Tools are never called here: tool_choice can only be none or auto.",
    ),
    _calls_nothing,
)
NO_FUNCTION = _refused(
    Text(
        "这里从不调用函数，function_call 只能是 none 或 auto。",
        "Functions are never called here: function_call can only be none or auto.",
    ),
    _calls_nothing,
)
PLAIN = _refused(
    Text(
        "回答是带出处的文字，不是 JSON，response_format 只能是 text；要结构化的结果请用 citations 字段或 /api/ask。",
        "Answers are text with sources and no JSON: response_format can only be text; for structured results use the "
        "field citations, or /api/ask.",
    ),
    _is_plain,
)

CHOICE = WithJsonSchema({"enum": ["none", "auto", None]})
FORM = WithJsonSchema({
    "anyOf": [{"type": "object", "properties": {"type": {"const": "text"}}, "required": ["type"]}, {"type": "null"}]
})


class ChatMessage(BaseModel):
    """A message with whatever fields its client gave it; its content is read by `server.api.openai_messages`."""

    model_config = ConfigDict(strict=True)

    role: str = Field(description="user 和 assistant 的内容会用到，别的不起作用", examples=["user"])
    content: Any = Field(
        default=None, description="文字，或 text 段落的数组；可以是 null", examples=["海沧2023年计划竣工几个项目"]
    )


class StreamOptions(BaseModel):
    model_config = ConfigDict(strict=True)

    include_usage: bool | None = Field(default=None, description="流式答复的最后另给一块用量")


class ChatRequest(BaseModel):
    """A conversation; its last user message is the question, the ones before it complete a follow-up.

    Parameters that are not named here (temperature, max_tokens, stop, tools, …) are accepted and ignored."""

    model_config = ConfigDict(strict=True, extra="allow")

    model: str = Field(
        min_length=1,
        max_length=200,
        description="youju、/v1/models 列出的模型名，或设置 model_aliases 里的别名",
        examples=[OURS],
    )
    messages: list[ChatMessage] = Field(
        min_length=1,
        description="最后一条 user 消息是问题（最多 2000 字），之前的用来补全追问；system 消息不改变回答",
        examples=[[{"role": "user", "content": "海沧2023年计划竣工几个项目"}]],
    )
    stream: bool | None = Field(default=None, description="true 时以服务器推送事件逐句答复")
    stream_options: StreamOptions | None = None
    n: Annotated[Any, ONE, WithJsonSchema({"enum": [1, None]})] = Field(default=None, description="只能是 1")
    tool_choice: Annotated[Any, NO_TOOL, CHOICE] = Field(default=None, description="只能是 none 或 auto")
    function_call: Annotated[Any, NO_FUNCTION, CHOICE] = Field(default=None, description="只能是 none 或 auto")
    response_format: Annotated[Any, PLAIN, FORM] = Field(default=None, description='只能是 {"type": "text"}')
    youju: Restricted | None = Field(
        default=None, description="只在一部分文档里找；用官方 openai 包时放在 extra_body 里"
    )

    @property
    def ignored(self) -> list[str]:
        """The names of the parameters that change nothing."""
        return sorted(self.model_extra or {})


def log_ignored(body: ChatRequest) -> None:
    """Write one line with the names of what was ignored, for whoever wonders why it changes nothing; no values."""
    if body.ignored:
        names = [name[:LONGEST_NAME] for name in body.ignored[:MOST_NAMES]]
        logger.info("ignored parameters", extra={"fields": {"parameters": names, "count": len(body.ignored)}})
