"""POST /api/ask and POST /api/search."""

import json
from collections.abc import AsyncIterator
from dataclasses import asdict
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool

from index.errors import IndexingError
from index.filters import Filters
from server.answer.answerer import Answerer, Event, EvidenceFound, SentencePassed, Waiting
from server.answer.finding import Ask, check_question
from server.api.access import Reader
from server.api.lines import one_line
from server.api.problems import event_stream, problem_of, problems
from server.api.recording import Recording, history_of, told
from server.api.schemas import (
    AnswerOut,
    AskRequest,
    SavedAnswerOut,
    SearchOut,
    SearchRequest,
    evidence_out,
    hit_out,
)
from server.api.watch import AnswerEvents, Watch, begin, finish
from server.errors import ServerError
from server.llm.template import Message

router = APIRouter(prefix="/api", tags=["问答"], responses=problems(404, 504))
STREAMED: dict[int | str, dict[str, Any]] = {200: {"content": {"text/event-stream": {
    "schema": event_stream("evidence、queue、delta、final 或 error 事件，data 是 JSON"),
    "example": "event: delta\ndata: {\"text\": \"计划竣工项目6个[1]。\"}\n\n",
}}}}  # fmt: skip


def get_answerer(request: Request) -> Answerer:
    answerer: Answerer = request.app.state.youju.answerer
    return answerer


Answers = Annotated[Answerer, Depends(get_answerer)]


@router.post("/ask", response_model=AnswerOut | SavedAnswerOut, summary="提问", responses=STREAMED | problems(409))
async def ask(body: AskRequest, request: Request, answerer: Answers, caller: Reader) -> Any:
    """Answer with citations, or say what the documents lack. With `stream` as server-sent events:
    `evidence` at once, with what was recognised in the question as `understood`, `queue` with how many are ahead while
    others are served, `delta` for each sentence that has passed every check, `final`, or `error`."""
    history = [Message(turn.role, turn.content) for turn in body.history]
    if body.conversation is not None:
        conversations = request.app.state.youju.saved.recorder.conversations
        turns = await run_in_threadpool(conversations.open, caller.key, body.conversation)
        history = history if "history" in body.model_fields_set else history_of(turns)
    asked = Ask(
        body.question, history, body.documents, body.years, body.places, body.issuers, body.types,
        body.without_years, body.without_places,
    )  # fmt: skip
    watch, events = await begin(asked, answerer, request, body.conversation)
    if body.stream:
        stream = _stream(watch, events)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
    return told(await finish(watch, events), watch.recording)


async def _stream(watch: Watch, events: AnswerEvents) -> AsyncIterator[str]:
    try:
        async for event in events:
            watch.check()
            yield _server_sent(event, watch.recording)
    except (ServerError, IndexingError) as error:
        yield _event("error", problem_of(error).model_dump())
    finally:
        watch.stop()


def _server_sent(event: Event, recording: Recording) -> str:
    if isinstance(event, EvidenceFound):
        shown = [evidence.model_dump() for evidence in evidence_out(event.evidence)]
        return _event("evidence", {"evidence": shown, "understood": asdict(event.understood)})
    if isinstance(event, Waiting):
        return _event("queue", {"ahead": event.ahead})
    if isinstance(event, SentencePassed):
        return _event("delta", {"text": event.text})
    return _event("final", told(event, recording).model_dump())


def _event(name: str, payload: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {one_line(json.dumps(payload, ensure_ascii=False))}\n\n"


@router.post("/search", response_model=SearchOut, summary="检索")
def search(body: SearchRequest, answerer: Answers, caller: Reader) -> SearchOut:
    """The passages nearest to a question, without an answer."""
    searcher = answerer.searcher
    filters = Filters(body.documents, body.years, body.places, body.issuers, body.types)
    hits = searcher.search(check_question(body.question), body.limit, filters)
    titles = searcher.store.titles([hit.chunk.document_id for hit in hits])  # one that was just removed has none
    return SearchOut(hits=[hit_out(h, titles[h.chunk.document_id]) for h in hits if h.chunk.document_id in titles])
