"""What goes over the wire: requests and responses of the HTTP API, and their making from our own types."""

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, JsonValue
from pydantic_core import PydanticCustomError

from index.originals import is_there
from index.search import Hit
from index.store import DocumentRow, Failure
from ingest.document import Metadata
from server.answer.finding import LONGEST_QUESTION
from server.answer.result import Answer, Citation, Evidence, Ranked
from server.api.reasons import reason_out
from server.api.request_id import request_id
from server.api.sending import VIEWED, ending

DocumentId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]

Name = Annotated[str, Field(min_length=1, max_length=100)]


def _number(value: Any) -> Any:
    """pydantic would take `true` and `"1"` for 1; the schema says integer, which 1.0 is too."""
    if isinstance(value, bool | str):
        raise PydanticCustomError("int_type", "Input should be an integer")
    return int(value) if isinstance(value, float) and value.is_integer() else value


AS_WHOLE = BeforeValidator(_number)
"""Behind the bounds of an integer in a JSON body: before them pydantic leaves the bounds out of the schema."""
Whole = Annotated[int, AS_WHOLE]
"""An integer in a JSON body."""


QUESTION_LENGTH: dict[str, JsonValue] = {"minLength": 1, "maxLength": LONGEST_QUESTION}
"""Told in the schema, checked by `check_question`, whose sentences say what to do."""


class Strict(BaseModel):
    """A request that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid")


class Turn(Strict):
    role: Literal["user", "assistant", "system"]
    content: str = Field(max_length=20_000)


class Restricted(Strict):
    """A request that can be restricted to some of the documents."""

    documents: list[DocumentId] | None = Field(default=None, max_length=1000, description="只在这些文档里找")
    years: list[Whole] | None = Field(default=None, max_length=50, description="只在涉及这些年份的文档里找")
    places: list[Name] | None = Field(
        default=None, max_length=50, description="只在这些地方（含下级）的文档里找，如 海沧"
    )
    issuers: list[Name] | None = Field(
        default=None, max_length=50, description="只找这些单位发布的，写名称的一部分即可"
    )
    types: list[Name] | None = Field(default=None, max_length=50, description="只找这些格式的文件，如 pdf、docx")


VISIBLE = r"[^\u0000-\u0020\u007f-\u00a0\u1680\u2000-\u200b\u2028\u2029\u202f\u205f\u3000\ufeff]"
"""Not only white space; what \\S means differs between Python, Rust and JavaScript."""
Id = Annotated[str, Field(pattern=r"^[0-9a-f]{32}$", examples=["3f2c9e0b7a5d4c1e8b6f0a9d2c4e6f81"])]
"""Of what is saved: a conversation, a turn, a feedback, an evaluation run."""


class AskRequest(Restricted):
    question: str = Field(
        description="问题，最多 2000 字", examples=["海沧2023年计划竣工几个项目"], json_schema_extra=QUESTION_LENGTH
    )
    history: list[Turn] = Field(default_factory=list, max_length=50, description="之前的对话，用来补全追问")
    conversation: Id | None = Field(
        default=None, description="存进哪个对话；没有给 history 时，用这个对话里之前的问题补全追问"
    )
    without_years: list[int] = Field(
        default_factory=list,
        max_length=50,
        description="问题里认出的这些年份不算数：认错时用，见 evidence 事件里的 understood",
    )
    without_places: list[Name] = Field(
        default_factory=list, max_length=50, description="问题里认出的这些地方（照问题里的写法）不算数"
    )
    stream: bool = Field(default=False, description="true 时以服务器推送事件（SSE）答复")


class SearchRequest(Restricted):
    question: str = Field(
        description="问题或词语，最多 2000 字", examples=["学校项目建设"], json_schema_extra=QUESTION_LENGTH
    )
    limit: Whole = Field(default=8, ge=1, le=100)


class PassageOut(BaseModel):
    """A place in a document: `[start, end)` in Unicode code points."""

    document_id: str = Field(examples=["c0496e4813ff54a2"])
    title: str = Field(examples=["2023年海沧区教育工作要点"])
    headings: list[str] = Field(
        description="从上到下的各级标题", examples=[["四、统筹各级各类教育", "11.加快新一轮学校项目建设"]]
    )
    start: int = Field(ge=0, description="在原文里的起点，按 Unicode 字符计", examples=[2512])
    end: int = Field(ge=0, description="终点，不含", examples=[2530])


class CitationOut(PassageOut):
    number: int = Field(ge=1, description="回答里的 [n]", examples=[1])
    quote: str = Field(description="原文，逐字", examples=["计划竣工项目6个,含高中2个、小学1个、幼儿园3个"])


class EvidenceOut(CitationOut):
    score: float = Field(description="在找到的所有句子里，正是这一句说出所问的概率，0 到 1", examples=[0.87])


class TimingsOut(BaseModel):
    """Milliseconds since the question arrived."""

    retrieve_ms: float = Field(description="检索完", examples=[48.2])
    first_token_ms: float | None = Field(
        description="模型写出第一个字；模型没有写字时为 null（只有概括要它写）", examples=[913.5]
    )
    total_ms: float = Field(description="答完", examples=[1870.4])


class AnswerOut(BaseModel):
    status: Literal["answered", "not_found"]
    answer: str = Field(description="给用户看的话，拒答时也是；[n] 是引用", examples=["计划竣工项目6个[1]。"])
    citations: list[CitationOut]
    evidence: list[EvidenceOut] = Field(description="最相配的原文，拒答时也有")
    reason: Literal["no_match", "wrong_year", "wrong_place", "unsupported", "smalltalk"] | None = Field(
        description="为什么没有回答；回答了为 null"
    )
    timings: TimingsOut


class SavedAnswerOut(AnswerOut):
    """An answer that was saved as a turn of a conversation."""

    conversation: Id
    turn: Id | None = Field(description="对话里的这一问一答；对话已被删除时为 null")


class HitOut(PassageOut):
    text: str = Field(description="原文，逐字", examples=["11.加快新一轮学校项目建设提高学位供给能力。……"])
    score: float = Field(description="越大越近", examples=[2.4])
    found_by: list[str] = Field(description="怎么找到的：dense 语义，lexical 词语", examples=[["dense", "lexical"]])


class SearchOut(BaseModel):
    hits: list[HitOut]


class DocumentOut(BaseModel):
    id: str
    name: str
    title: str
    sha256: str
    characters: int
    chunks: int
    metadata: dict[str, Any]
    gaps: list[str] = Field(description="文件里没有读出来的部分，一句一处")
    added_at: str = Field(
        description="添加的时间", examples=["2026-11-22T20:30:00+00:00"], json_schema_extra={"format": "date-time"}
    )
    type: str = Field(description="文件名的扩展名，小写，不带点", examples=["pdf"])
    has_file: bool = Field(description="原来的文件现在是否还在")
    viewable: bool = Field(description="原来的文件浏览器能否直接打开（/file?inline=true）：PDF、图片、纯文本")


class FailureOut(BaseModel):
    path: str = Field(description="文件名；admin 权限看到的是完整的路径", examples=["加密.pdf"])
    code: str = Field(description="原因代码：encrypted、damaged、empty、no_text、too_large、timed_out 等")
    reason: str
    failed_at: str


class FailuresOut(BaseModel):
    failures: list[FailureOut]
    total: int


class DocumentsOut(BaseModel):
    documents: list[DocumentOut]
    total: int


class TextOut(BaseModel):
    text: str = Field(description="原文的 [start, end)，逐字", examples=["2023年海沧区教育工作要点"])
    start: int = Field(ge=0, description="起点，按 Unicode 字符计", examples=[0])
    end: int = Field(ge=0, description="终点，不含", examples=[14])
    length: int = Field(ge=0, description="整篇的长度", examples=[8123])


class InvalidItem(BaseModel):
    """One fault of a body or of a parameter."""

    location: str = Field(description="在哪里：body、query、path、header 或 cookie", examples=["body"])
    pointer: str = Field(description="JSON Pointer（RFC 6901）；空的是整个正文", examples=["/question"])
    code: str = Field(description="错误代码", examples=["missing"])
    message: str = Field(description="出了什么问题、该怎么办", examples=["缺少这一项，请补上"])


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = Field(default="about:blank", description="恒为 about:blank：code 说明种类")
    title: str = Field(description="错误的种类，随 Accept-Language 为中文或英文", examples=["请求不可用"])
    status: int = Field(ge=400, le=599, description="与 HTTP 状态码相同", examples=[422])
    code: str = Field(
        pattern=r"^[a-z][a-z0-9_]*$",
        description="错误代码，不随语言和版本改变；全部代码见 docs/api.md",
        examples=["invalid_request"],
    )
    detail: str = Field(
        description="出了什么问题、该怎么办，随 Accept-Language 为中文或英文",
        examples=["question：缺少这一项，请补上。"],
    )
    errors: list[InvalidItem] = Field(default_factory=list, description="请求里每一处错误；别的错误时为空")
    request_id: str = Field(
        default_factory=request_id, description="这次请求的编号，与 X-Request-Id 响应头和日志中的相同"
    )


def citation_out(citation: Citation) -> CitationOut:
    return CitationOut(**_evidence(citation.evidence, citation.number))


def evidence_out(ranked: tuple[Ranked, ...]) -> list[EvidenceOut]:
    """Evidence numbered by its place in the list."""
    return [EvidenceOut(**_evidence(r.evidence, n), score=r.score) for n, r in enumerate(ranked, 1)]


def _evidence(evidence: Evidence, number: int) -> dict[str, Any]:
    return {
        "number": number,
        "document_id": evidence.document_id,
        "title": evidence.title,
        "headings": list(evidence.headings),
        "start": evidence.start,
        "end": evidence.end,
        "quote": evidence.text,
    }


def answer_out(answer: Answer) -> AnswerOut:
    timings = answer.timings
    return AnswerOut(
        status=answer.status,
        answer=answer.text,
        citations=[citation_out(c) for c in answer.citations],
        evidence=evidence_out(answer.evidence),
        reason=answer.reason,
        timings=TimingsOut(
            retrieve_ms=timings.retrieve_ms, first_token_ms=timings.first_token_ms, total_ms=timings.total_ms
        ),
    )


def hit_out(hit: Hit, title: str) -> HitOut:
    chunk = hit.chunk
    return HitOut(
        document_id=chunk.document_id,
        title=title,
        headings=list(chunk.headings),
        start=chunk.start,
        end=chunk.end,
        text=chunk.text,
        score=hit.score,
        found_by=list(hit.found_by),
    )


def document_out(row: DocumentRow, name: str) -> DocumentOut:
    return DocumentOut(
        id=row.id,
        name=name,
        title=row.title,
        sha256=row.sha256,
        characters=row.characters,
        chunks=row.chunks,
        metadata=metadata_out(row.metadata),
        gaps=list(row.gaps),
        added_at=datetime.fromtimestamp(row.added_at, UTC).isoformat(),
        type=ending(row.path),
        has_file=any(is_there(Path(path)) for path in row.paths),
        viewable=ending(row.path) in VIEWED,
    )


def failure_out(failure: Failure) -> FailureOut:
    failed_at = datetime.fromtimestamp(failure.failed_at, UTC)
    return FailureOut(
        path=failure.path, code=failure.reason, reason=reason_out(failure.message), failed_at=failed_at.isoformat()
    )


def metadata_out(metadata: Metadata) -> dict[str, Any]:
    """Facts that the document states; each with its value and the span that it was read from."""
    return asdict(metadata)
