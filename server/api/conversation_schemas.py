"""What goes over the wire about saved conversations."""

from datetime import UTC, datetime
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from server.api.schemas import VISIBLE, CitationOut, EvidenceOut, Id, Strict, TimingsOut
from server.ledger.conversations import Conversation, Turn

Reason = Literal["no_match", "wrong_year", "wrong_place", "unsupported", "smalltalk"]
Title = Annotated[
    str, Field(min_length=1, max_length=200, pattern=VISIBLE, description="标题", examples=["海沧的学校建设"])
]
Moment = Annotated[str, Field(description="时间（ISO 8601，UTC）", examples=["2026-01-31T08:00:00+00:00"])]
Removed = Annotated[
    list[str], Field(description="引用过、后来被删除的文档的编号；有的话，回答和这些文档的引文已经清除")
]


class ConversationIn(Strict):
    title: Title | None = Field(default=None, description="标题；不给时，用第一个问题作标题")


class ConversationPatch(Strict):
    title: Title


class ConversationOut(BaseModel):
    id: Id
    title: str = Field(description="标题；还没有问题、也没有给标题时为空", examples=["海沧2023年计划竣工几个项目"])
    created_at: Moment
    changed_at: Moment
    questions: int = Field(description="有几个问题", examples=[3])


class ConversationsOut(BaseModel):
    conversations: list[ConversationOut] = Field(description="最近用过的在前")
    total: int


class UnderstoodOut(BaseModel):
    """What was recognised in the question; nothing for one that was asked before this was kept."""

    years: list[int] = []
    places: list[str] = []


class TurnOut(BaseModel):
    """A question with what became of it; the keys of an answer are those of POST /api/ask."""

    id: Id
    question: str
    asked_at: Moment
    status: Literal["answered", "not_found", "cancelled"] = Field(description="cancelled 是没有答完就停止的")
    reason: Reason | None
    answer: str = Field(description="没有答完的为空")
    citations: list[CitationOut]
    evidence: list[EvidenceOut]
    timings: TimingsOut | None
    understood: UnderstoodOut
    removed: Removed


class SavedConversationOut(ConversationOut):
    turns: list[TurnOut] = Field(description="按提问的先后")


def moment(seconds: float) -> str:
    """Seconds since 1970 as the API tells times."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")


def conversation_out(conversation: Conversation) -> ConversationOut:
    return ConversationOut(
        id=conversation.id, title=conversation.title, created_at=moment(conversation.created_at),
        changed_at=moment(conversation.changed_at), questions=conversation.turns,
    )  # fmt: skip


def saved_conversation_out(conversation: Conversation, turns: list[Turn]) -> SavedConversationOut:
    return SavedConversationOut(**dict(conversation_out(conversation)), turns=[turn_out(turn) for turn in turns])


def turn_out(turn: Turn) -> TurnOut:
    answered = turn.answered
    # The literal types are checked by the model: the ledger holds what an answer was.
    return TurnOut.model_validate({
        "id": turn.id, "question": turn.question, "asked_at": moment(turn.asked_at), "status": answered.status,
        "reason": answered.reason, "answer": answered.answer, "citations": answered.citations,
        "evidence": answered.evidence, "timings": answered.timings,
        "understood": answered.understood, "removed": turn.removed,
    })  # fmt: skip
