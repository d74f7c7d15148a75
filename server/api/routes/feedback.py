"""/api/feedback: what people say of answers, and the same as cases for an evaluation."""

import json
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Request, Response
from starlette.exceptions import HTTPException

from server.answer.followup import MOST_HISTORY
from server.api.access import Admin, Reader
from server.api.feedback_schemas import FeedbackListOut, FeedbackOnAnswer, FeedbackOnTurn, FeedbackOut, feedback_out
from server.api.problems import problems
from server.api.routes.asking import Answers
from server.api.routes.conversations import Shown, get_settled
from server.api.saved import Saved
from server.api.schemas import Id
from server.caller import Caller
from server.ledger import feedback
from server.ledger.conversations import Conversations, forget_gone
from server.ledger.feedback import Feedback
from server.ledger.ledger import Ledger
from server.saved_errors import UnknownFeedback, UnknownTurn

router = APIRouter(prefix="/api/feedback", tags=["反馈"])
JSON_LINES = "application/x-ndjson"
LINE = '{"id": "1", "type": "fact", "question": "海沧2023年计划竣工几个项目", "answers": [["6个"]]}\n'
CASES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "JSON Lines，一行一题，youju eval 和 POST /api/evaluations 都能用",
        "content": {JSON_LINES: {"schema": {"type": "string"}, "example": LINE}},
    }
}


def get_ledger(request: Request, _: Annotated[Saved, Depends(get_settled)]) -> Ledger:
    ledger: Ledger = request.app.state.youju.ledger
    return ledger


Kept = Annotated[Ledger, Depends(get_ledger)]


@router.post("", status_code=201, response_model=FeedbackOut, summary="评价一个回答", responses=problems(404, 409))
def give_feedback(
    body: FeedbackOnTurn | FeedbackOnAnswer, caller: Reader, ledger: Kept, conversations: Shown, answerer: Answers
) -> FeedbackOut:
    """On a turn of a saved conversation, or on an answer that the body holds."""
    store = answerer.store
    given = _on_turn(body, caller, conversations) if isinstance(body, FeedbackOnTurn) else _on_answer(body, caller)
    documents = store.named_in("\n".join((given.answer, given.expected, given.comment)))
    quoted = [*(str(quote["document_id"]) for quote in given.citations), *documents]
    kept = feedback.give(ledger, given, documents)
    forget_gone(ledger, store, quoted)
    return feedback_out(feedback.one(ledger, kept.id))


def _on_turn(body: FeedbackOnTurn, caller: Caller, conversations: Conversations) -> Feedback:
    found = conversations.turn(caller.key, body.turn)
    if found is None:
        raise UnknownTurn(body.turn)
    earlier, turn = found
    answered = turn.answered
    return Feedback(
        body.verdict, turn.question, answered.status, answered.answer, answered.citations,
        [before.question for before in earlier][-MOST_HISTORY:], body.comment, body.expected, turn.id, caller.key,
        removed=turn.removed,
    )  # fmt: skip


def _on_answer(body: FeedbackOnAnswer, caller: Caller) -> Feedback:
    citations = [citation.model_dump() for citation in body.citations]
    return Feedback(
        body.verdict, body.question, body.status, body.answer, citations,
        comment=body.comment, expected=body.expected, key=caller.key,
    )  # fmt: skip


@router.get("", response_model=FeedbackListOut, summary="反馈列表")
def list_feedback(
    caller: Admin,
    ledger: Kept,
    limit: Annotated[int, Query(ge=1, le=1000, description="最多给多少条")] = 100,
    offset: Annotated[int, Query(ge=0, le=2**53, description="跳过最新的多少条")] = 0,
) -> FeedbackListOut:
    """Everybody's, the newest first."""
    found = [feedback_out(one) for one in feedback.listed(ledger, limit, offset)]
    return FeedbackListOut(feedback=found, total=feedback.count(ledger))


@router.get("/cases", response_class=Response, responses=CASES, summary="反馈作评测题")
def export_cases(caller: Admin, ledger: Kept, answerer: Answers) -> Response:
    """Feedback that says what a right answer is, as the cases of an evaluation; the oldest first."""
    lines = [json.dumps(case, ensure_ascii=False) + "\n" for case in feedback.cases(ledger, answerer.store)]
    return Response("".join(lines), media_type=JSON_LINES)


@router.delete("/cases", include_in_schema=False)
def delete_no_cases(caller: Reader) -> None:
    """The cases are no feedback that could be deleted."""
    raise HTTPException(405)


@router.delete("/{feedback_id}", status_code=204, summary="删除一条反馈", responses=problems(404))
def delete_feedback(feedback_id: Annotated[Id, Path(description="反馈的编号")], caller: Reader, ledger: Kept) -> None:
    """One's own; an admin's key deletes anybody's."""
    if feedback.one(ledger, feedback_id).key != caller.key and not caller.may("admin"):
        raise UnknownFeedback(feedback_id)
    feedback.delete(ledger, feedback_id)
