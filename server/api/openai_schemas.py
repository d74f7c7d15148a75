"""What is answered at /v1: OpenAI's chat completions and errors, with the fields that are ours.

Not covered: what may be asked (`server.api.openai_requests`), how an answer becomes these (`server.api.completions`).
"""

from typing import Literal

from pydantic import BaseModel, Field

from server.answer.result import Reason, Status
from server.api.schemas import CitationOut, EvidenceOut

CHUNK: Literal["chat.completion.chunk"] = "chat.completion.chunk"


class Sourced(BaseModel):
    """What an answer is proved by: the fields that are ours."""

    citations: list[CitationOut] = Field(description="回答里 [n] 的出处")
    evidence: list[EvidenceOut] = Field(description="找到的最接近的句子")
    status: Status = Field(description="answered 或 not_found（资料中没有）")
    reason: Reason | None = Field(description="没有回答的原因代码；回答了为 null")


class AnswerMessage(Sourced):
    role: Literal["assistant"] = "assistant"
    content: str = Field(description="带 [n] 的回答，后附来源；或说明资料缺什么的句子")
    refusal: None = Field(default=None, description="恒为 null：资料中没有也是普通的回答，见 status")


class Choice(BaseModel):
    index: Literal[0] = 0
    message: AnswerMessage
    finish_reason: Literal["stop"] = "stop"
    logprobs: None = None


class Usage(BaseModel):
    """Tokens of the messages as sent and of the reply as sent, by the model's own tokenizer."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class ChatCompletion(Sourced):
    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int = Field(description="Unix 秒")
    model: str
    choices: list[Choice]
    usage: Usage


class Delta(BaseModel):
    """A piece of the message; the last one carries the fields of `Sourced`."""

    role: Literal["assistant"] | None = None
    content: str | None = None
    citations: list[CitationOut] | None = None
    evidence: list[EvidenceOut] | None = None
    status: Status | None = None
    reason: Reason | None = None


class ChunkChoice(BaseModel):
    index: Literal[0] = 0
    delta: Delta
    finish_reason: Literal["stop"] | None = None
    logprobs: None = None


class Chunk(BaseModel):
    id: str
    object: Literal["chat.completion.chunk"] = CHUNK
    created: int
    model: str
    choices: list[ChunkChoice]
    usage: Usage | None = None
    citations: list[CitationOut] | None = None
    evidence: list[EvidenceOut] | None = None
    status: Status | None = None
    reason: Reason | None = None


class Model(BaseModel):
    id: str = Field(examples=["youju"])
    object: Literal["model"] = "model"
    created: int = Field(default=0, description="恒为 0：模型文件没有说它何时制成")
    owned_by: Literal["youju"] = "youju"


class Models(BaseModel):
    object: Literal["list"] = "list"
    data: list[Model]


class Fault(BaseModel):
    message: str = Field(description="出了什么问题、该怎么办")
    type: str
    param: str | None = Field(description="有问题的参数")
    code: str = Field(description="错误代码；各个状态码见 docs/api.md")


class OpenAIError(BaseModel):
    """An error in OpenAI's shape."""

    error: Fault
