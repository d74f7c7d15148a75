"""What goes over the wire about statistics."""

from typing import Literal

from pydantic import BaseModel, Field

from server.api.conversation_schemas import Moment, Reason, moment
from server.ledger.asked import Asked
from server.statistics import Counts, Holdings, Questions


class CountOut(BaseModel):
    name: str
    count: int


class HoldingsOut(BaseModel):
    total: int
    characters: int
    chunks: int
    years: list[CountOut] = Field(description="按文档自己的年份")
    places: list[CountOut] = Field(description="按文档所属的地方")
    issuers: list[CountOut]
    types: list[CountOut] = Field(description="按文件名的后缀")
    sizes: list[CountOut] = Field(description="按字数分级，name 是每级从多少字起，到下一级为止")


class DayOut(BaseModel):
    date: str = Field(examples=["2026-01-31"])
    answered: int
    not_found: int
    cancelled: int


class PercentilesOut(BaseModel):
    """Milliseconds; null where nothing was measured."""

    p50: float | None = None
    p90: float | None = None
    p95: float | None = None
    p99: float | None = None


class LatencyOut(BaseModel):
    answers: int = Field(description="算的是最近多少个回答")
    retrieve_ms: PercentilesOut
    first_token_ms: PercentilesOut
    total_ms: PercentilesOut


class AskedOut(BaseModel):
    question: str
    status: Literal["answered", "not_found", "cancelled"]
    reason: Reason | None
    asked_at: Moment


class QuestionsOut(BaseModel):
    since: Moment
    total: int
    statuses: list[CountOut]
    reasons: list[CountOut] = Field(description="拒答的原因")
    days: list[DayOut] = Field(description="按本机的日期，没有问题的日子不列")
    latency: LatencyOut
    refused_topics: list[CountOut] = Field(description="拒答的问题里的词；问题原文没有留的不算")
    recent: list[AskedOut] = Field(description="最近的问题；管理员看得到所有人的，其他人只看得到自己的")
    refusals: list[AskedOut] = Field(description="最近拒答的问题，同样如此")


class StatisticsOut(BaseModel):
    documents: HoldingsOut
    questions: QuestionsOut


def statistics_out(holdings: Holdings, questions: Questions) -> StatisticsOut:
    return StatisticsOut(documents=_holdings_out(holdings), questions=_questions_out(questions))


def _holdings_out(holdings: Holdings) -> HoldingsOut:
    return HoldingsOut(
        total=holdings.documents, characters=holdings.characters, chunks=holdings.chunks,
        years=_counts(holdings.years), places=_counts(holdings.places), issuers=_counts(holdings.issuers),
        types=_counts(holdings.types), sizes=_counts(holdings.sizes),
    )  # fmt: skip


def _questions_out(questions: Questions) -> QuestionsOut:
    latencies = {phase: PercentilesOut(**values) for phase, values in questions.latencies.items()}
    return QuestionsOut(
        since=moment(questions.since), total=questions.asked, statuses=_counts(questions.statuses),
        reasons=_counts(questions.reasons), days=[DayOut(**vars(day)) for day in questions.days],
        latency=LatencyOut(answers=questions.measured, **latencies),
        refused_topics=_counts(questions.topics), recent=[_asked_out(one) for one in questions.seen],
        refusals=[_asked_out(one) for one in questions.refused],
    )  # fmt: skip


def _asked_out(asked: Asked) -> AskedOut:
    return AskedOut.model_validate({
        "question": asked.question, "status": asked.status, "reason": asked.reason, "asked_at": moment(asked.asked_at)
    })  # fmt: skip


def _counts(counts: Counts) -> list[CountOut]:
    return [CountOut(name=name, count=count) for name, count in counts]
