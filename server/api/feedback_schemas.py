"""What goes over the wire about feedback."""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, Field, model_validator

from server.api.conversation_schemas import Moment, Removed, moment
from server.api.schemas import AS_WHOLE, VISIBLE, CitationOut, DocumentId, Id, Strict
from server.ledger.feedback import Feedback, Verdict

Text = Annotated[str, Field(max_length=20_000)]
MOST_QUOTED = 100_000
"""Characters of the quotes of one answer, with their titles and headings."""
MEANING = (
    "right 答对了，wrong 答错了，incomplete 不全，should_refuse 资料里没有、本该拒答，should_answer 资料里有、本该回答"
)


Place = Annotated[int, Field(ge=0, le=2**53), AS_WHOLE]


class CitationIn(Strict):
    """A citation as POST /api/ask gave it."""

    number: Annotated[int, Field(ge=1, le=1000), AS_WHOLE]
    document_id: DocumentId
    title: Annotated[str, Field(max_length=2000)]
    headings: Annotated[list[Annotated[str, Field(max_length=2000)]], Field(max_length=50)]
    start: Place
    end: Place
    quote: Text


class _Verdict(Strict):
    verdict: Verdict = Field(description=MEANING, examples=["wrong"])
    comment: str = Field(default="", max_length=2000, description="说明", examples=["答成了上一年的"])
    expected: str = Field(default="", max_length=500, description="回答里应当有的文字，用于评测", examples=["6个"])


class FeedbackOnTurn(_Verdict):
    """About a turn of one of the caller's conversations."""

    turn: Id


class FeedbackOnAnswer(_Verdict):
    """About an answer that was not saved."""

    question: str = Field(min_length=1, max_length=2000, pattern=VISIBLE, examples=["海沧2023年计划竣工几个项目"])
    answer: Text = Field(examples=["海沧2023年计划竣工5个项目[1]。"])
    status: Literal["answered", "not_found"] = "answered"
    citations: list[CitationIn] = Field(default_factory=list, max_length=100, description="引文总共最多 10 万字")

    @model_validator(mode="after")
    def _is_short(self) -> Self:
        if sum(len(c.quote) + len(c.title) + sum(map(len, c.headings)) for c in self.citations) > MOST_QUOTED:
            raise ValueError("引文太长")
        return self


class FeedbackOut(BaseModel):
    id: Id
    given_at: Moment
    verdict: Verdict = Field(description=MEANING)
    turn: Id | None = Field(description="评价的是哪一问一答；那个对话可能已被删除")
    question: str
    history: list[str] = Field(description="同一对话里之前的问题")
    answer: str
    citations: list[CitationOut]
    comment: str
    expected: str
    removed: Removed


class FeedbackListOut(BaseModel):
    feedback: list[FeedbackOut] = Field(description="最新的在前")
    total: int


def feedback_out(feedback: Feedback) -> FeedbackOut:
    return FeedbackOut(
        id=feedback.id, given_at=moment(feedback.given_at), verdict=feedback.verdict, turn=feedback.turn,
        question=feedback.question, history=list(feedback.history), answer=feedback.answer,
        citations=[CitationOut(**quote) for quote in feedback.citations], comment=feedback.comment,
        expected=feedback.expected, removed=list(feedback.removed),
    )  # fmt: skip
