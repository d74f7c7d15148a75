"""What goes over the wire: requests and responses of the HTTP API, and their making from our own types."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from index.search import Hit
from index.store import DocumentRow, Failure
from ingest.document import Metadata
from server.answer.result import Answer, Citation, Evidence, Ranked

DocumentId = Annotated[str, Field(pattern=r"^[0-9A-Za-z_-]{1,64}$")]

Name = Annotated[str, Field(min_length=1, max_length=100)]


class Strict(BaseModel):
    """A request that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid")


class Turn(Strict):
    role: Literal["user", "assistant", "system"]
    content: str = Field(max_length=20_000)


class Restricted(Strict):
    """A request that can be restricted to some of the documents."""

    documents: list[DocumentId] | None = Field(default=None, max_length=1000, description="只在这些文档里找")
    years: list[int] | None = Field(default=None, max_length=50, description="只在涉及这些年份的文档里找")
    places: list[Name] | None = Field(
        default=None, max_length=50, description="只在这些地方（含下级）的文档里找，如 海沧"
    )
    issuers: list[Name] | None = Field(
        default=None, max_length=50, description="只找这些单位发布的，写名称的一部分即可"
    )
    types: list[Name] | None = Field(default=None, max_length=50, description="只找这些格式的文件，如 pdf、docx")


class AskRequest(Restricted):
    question: str = Field(description="问题，最多 2000 字", examples=["海沧2023年计划竣工几个项目"])
    history: list[Turn] = Field(default_factory=list, max_length=50, description="之前的对话，用来补全追问")
    stream: bool = Field(default=False, description="true 时以服务器推送事件（SSE）答复")


class SearchRequest(Restricted):
    question: str = Field(examples=["学校项目建设"])
    limit: int = Field(default=8, ge=1, le=100)


class CitationOut(BaseModel):
    number: int
    document_id: str
    title: str
    headings: list[str]
    start: int
    end: int
    quote: str


class EvidenceOut(CitationOut):
    score: float


class TimingsOut(BaseModel):
    retrieve_ms: float
    first_token_ms: float | None
    total_ms: float


class AnswerOut(BaseModel):
    status: Literal["answered", "not_found"]
    answer: str
    citations: list[CitationOut]
    evidence: list[EvidenceOut]
    reason: Literal["no_match", "wrong_year", "wrong_place", "unsupported", "smalltalk"] | None
    timings: TimingsOut


class HitOut(BaseModel):
    document_id: str
    title: str
    headings: list[str]
    start: int
    end: int
    text: str
    score: float
    found_by: list[str]


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


class FailureOut(BaseModel):
    path: str
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
    text: str
    start: int
    end: int
    length: int


class HealthOut(BaseModel):
    status: Literal["ok"]


class ReadyOut(BaseModel):
    status: Literal["ready"]
    documents: int
    chunks: int
    model: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str


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
    )


def failure_out(failure: Failure) -> FailureOut:
    failed_at = datetime.fromtimestamp(failure.failed_at, UTC)
    return FailureOut(path=failure.path, code=failure.reason, reason=failure.message, failed_at=failed_at.isoformat())


def metadata_out(metadata: Metadata) -> dict[str, Any]:
    """Facts that the document states; each with its value and the span that it was read from."""
    return asdict(metadata)
