"""What goes over the wire about evaluation runs."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from server.api.conversation_schemas import Moment, Reason, Removed, moment
from server.api.feedback_schemas import Place
from server.api.schemas import VISIBLE, Id, Strict
from server.evaluate import Case, Gold, Outcome, Result, summary
from server.ledger import evaluations
from server.ledger.evaluations import MOST_CASES, Run, Scored

Question = Annotated[str, Field(min_length=1, max_length=2000, pattern=VISIBLE)]
Short = Annotated[str, Field(min_length=1, max_length=100)]


class GoldIn(Strict):
    """Where an answer stands: offsets into the text of the document with this file name."""

    document: str = Field(min_length=1, max_length=255, examples=["海沧区教育工作要点.txt"])
    start: Place
    end: Place


Golds = Annotated[list[GoldIn], Field(max_length=50)]
Group = Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=50)]
Quotation = Annotated[str, Field(max_length=20_000)]


class CaseIn(Strict):
    """A question with what a right answer is, as a line of the file that `youju eval` reads."""

    id: Short = Field(examples=["haicang-1"])
    type: Short = Field(description="none 为应当拒答的；fact 的回答不超过 120 字；其余只用于分组", examples=["fact"])
    question: Question = Field(examples=["海沧2023年计划竣工几个项目"])
    answers: list[Group] = Field(
        default_factory=list,
        max_length=50,
        description="每组里至少有一个出现在回答中才算对",
        examples=[[["6个", "六个"]]],
    )
    evidence: Quotation | Golds | None = Field(
        default=None, description="依据：原文的一句，或者它在哪份文件的第几到第几个字"
    )
    history: list[Question] = Field(default_factory=list, max_length=50, description="之前的问题")
    also: Golds = Field(default_factory=list, description="同样算对的其他依据")
    split: Short | None = None


class EvaluationIn(Strict):
    cases: Annotated[list[CaseIn], Field(min_length=1, max_length=MOST_CASES)]


class RunOut(BaseModel):
    id: Id
    name: str
    status: Literal["waiting", "running", "done"]
    created_at: Moment
    finished_at: Moment | None
    cases: int = Field(description="一共几题")
    done: int = Field(description="已答几题")


class RunsOut(BaseModel):
    evaluations: list[RunOut] = Field(description="最新的在前")
    total: int


class ScoreOut(BaseModel):
    right: int
    of: int


class OutcomesOut(BaseModel):
    """How many cases came to each outcome; every case that has not failed counts once."""

    right: int = Field(description="对：说出了答案，并且引用了给定的依据（没有给依据的不看引用）；应当拒答的已拒答")
    cut: int = Field(description="缺答：引用了给定的依据，但没有说出答案")
    elsewhere: int = Field(description="出处不同：说出了答案，但没有引用给定的依据；别处可能也这样写，要由人判断")
    misleading: int = Field(description="误导：作了回答，但没有说出答案，也没有引用给定的依据（包括没有给依据的）")
    wrongly_refused: int = Field(description="误拒：有答案，却拒答了")
    made_up: int = Field(description="杜撰：应当拒答，却回答了")


class SummaryOut(BaseModel):
    """As `youju eval --json` tells it."""

    questions: int
    answerable: int
    right: int
    wrongly_refused: int
    unanswerable: int
    refused: int
    outcomes: OutcomesOut = Field(description="各种结局的题数；没能作答（failed）的不计")
    by_type: dict[str, ScoreOut]
    cites_gold: int
    cites_gold_of: int
    unsupported_numbers: int
    latency_p50_ms: float
    latency_p95_ms: float


class ResultOut(BaseModel):
    id: str
    type: str
    question: str
    expected: list[list[str]]
    outcome: Outcome | None = Field(description="结局，含义见 summary.outcomes；没能作答（failed）时为 null")
    status: Literal["answered", "not_found", "failed"] = Field(description="failed 是没能作答，answer 里是原因")
    reason: Reason | None
    answer: str
    right: bool
    cites_gold: bool | None = Field(description="引文里是否有给定的依据；没有给依据或没有回答时为 null")
    unsupported: list[str] = Field(description="回答里没有出处的数字")
    total_ms: float
    removed: Removed


class RunResultsOut(RunOut):
    summary: SummaryOut | None = Field(description="还一题都没有答时为 null")
    results: list[ResultOut] = Field(description="已答的题，按题目的先后")


def case_of(case: CaseIn) -> Case:
    def golds(given: list[GoldIn]) -> tuple[Gold, ...]:
        return tuple(Gold(**dict(gold)) for gold in given)

    evidence = golds(case.evidence) if isinstance(case.evidence, list) else case.evidence
    return Case(
        case.id, case.type, case.question, tuple(map(tuple, case.answers)), evidence, tuple(case.history),
        golds(case.also), case.split,
    )  # fmt: skip


def run_out(run: Run) -> RunOut:
    return RunOut(
        id=run.id, name=run.name, status=run.status, created_at=moment(run.created_at),
        finished_at=None if run.finished_at is None else moment(run.finished_at), cases=run.cases, done=run.done,
    )  # fmt: skip


def run_results_out(run: Run, scored: list[tuple[Case, Scored]], limit: int, offset: int) -> RunResultsOut:
    """All of the summary, and some of the results."""
    results = evaluations.results(scored)
    told = SummaryOut.model_validate(summary(results)) if results else None
    page = slice(offset, offset + limit)
    shown = [_result_out(kept, result) for (_, kept), result in zip(scored[page], results[page], strict=True)]
    return RunResultsOut(**dict(run_out(run)), summary=told, results=shown)


def _result_out(scored: Scored, result: Result) -> ResultOut:
    case = result.case
    return ResultOut.model_validate({
        "id": case.id, "type": case.type, "question": case.question, "expected": case.answers,
        "outcome": result.outcome, "status": scored.status, "reason": scored.reason, "answer": scored.answer,
        "right": scored.right, "cites_gold": scored.cites_gold, "unsupported": scored.unsupported,
        "total_ms": scored.total_ms, "removed": scored.removed,
    })  # fmt: skip
