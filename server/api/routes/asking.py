"""POST /api/ask and POST /api/search."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

from server.answer.answerer import Answerer, Ask, Event, EvidenceFound, SentencePassed, check_question
from server.api.problems import PROBLEMS, problem_of
from server.api.schemas import AnswerOut, AskRequest, SearchOut, SearchRequest, answer_out, evidence_out, hit_out
from server.errors import ServerError
from server.llm.cancel import Cancel
from server.llm.template import Message

router = APIRouter(prefix="/api", tags=["问答"], responses=PROBLEMS)
POLL_SECONDS = 0.1


def get_answerer(request: Request) -> Answerer:
    answerer: Answerer = request.app.state.youju.answerer
    return answerer


Answers = Annotated[Answerer, Depends(get_answerer)]


@router.post("/ask", response_model=AnswerOut, summary="提问")
async def ask(body: AskRequest, request: Request, answerer: Answers) -> Any:
    """Answer with citations, or say what the documents lack. With `stream` as server-sent events:
    `evidence` at once, `delta` for each sentence that has passed every check, `final`, or `error`."""
    asked = Ask(body.question, [Message(t.role, t.content) for t in body.history], body.documents, body.years)
    cancel = Cancel()
    events = answerer.events(asked, cancel)
    if body.stream:
        return StreamingResponse(
            _stream(request, events, cancel), media_type="text/event-stream", headers={"X-Accel-Buffering": "no"}
        )
    watcher = asyncio.create_task(_cancel_when_gone(request, cancel))
    try:
        return answer_out(await run_in_threadpool(lambda: answerer.answer(asked, cancel)))
    finally:
        watcher.cancel()


async def _cancel_when_gone(request: Request, cancel: Cancel) -> None:
    while not await request.is_disconnected():
        await asyncio.sleep(POLL_SECONDS)
    cancel.set()


async def _stream(request: Request, events: Iterator[Event], cancel: Cancel) -> AsyncIterator[str]:
    # The watcher is a task of its own: a thread that waits for the model notices no disconnection by itself.
    watcher = asyncio.create_task(_cancel_when_gone(request, cancel))
    try:
        async for event in iterate_in_threadpool(events):
            yield _server_sent(event)
    except ServerError as error:
        yield _event("error", problem_of(error).model_dump())
    finally:
        watcher.cancel()
        cancel.set()


def _server_sent(event: Event) -> str:
    if isinstance(event, EvidenceFound):
        return _event("evidence", {"evidence": [e.model_dump() for e in evidence_out(event.evidence)]})
    if isinstance(event, SentencePassed):
        return _event("delta", {"text": event.text})
    return _event("final", answer_out(event).model_dump())


def _event(name: str, payload: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(payload, ensure_ascii=False)}\n\n"


@router.post("/search", response_model=SearchOut, summary="检索")
def search(body: SearchRequest, answerer: Answers) -> SearchOut:
    """The passages nearest to a question, without an answer."""
    searcher = answerer.searcher
    hits = searcher.search(check_question(body.question), body.limit, body.documents, body.years)
    titles = {hit.chunk.document_id: "" for hit in hits}
    for document_id in titles:
        titles[document_id] = searcher.store.document(document_id).title
    return SearchOut(hits=[hit_out(hit, titles[hit.chunk.document_id]) for hit in hits])
