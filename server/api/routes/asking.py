"""POST /api/ask and POST /api/search."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterable
from itertools import chain
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool

from index.filters import Filters
from server.answer.answerer import Answerer, Event, EvidenceFound, SentencePassed, Waiting
from server.answer.finding import Ask, check_question
from server.answer.result import Answer
from server.api.problems import PROBLEMS, problem_of
from server.api.schemas import AnswerOut, AskRequest, SearchOut, SearchRequest, answer_out, evidence_out, hit_out
from server.errors import ServerError, TooSlow
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
    `evidence` at once, `queue` with how many are ahead while others are served, `delta` for each sentence that has
    passed every check, `final`, or `error`."""
    cancel = Cancel()
    history = [Message(turn.role, turn.content) for turn in body.history]
    asked = Ask(body.question, history, body.documents, body.years, body.places, body.issuers, body.types)
    events = answerer.events(asked, cancel)
    watch = Watch(request, cancel, request.app.state.youju.deadline)
    try:
        # A full line is told as 503 before the first byte.
        first = await run_in_threadpool(next, events)
    except BaseException:
        watch.stop()
        raise
    if body.stream:
        stream = _stream(watch, chain([first], events))
        return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
    try:
        return answer_out(await run_in_threadpool(_last, chain([first], events)))
    finally:
        watch.stop()
        watch.check()


def _last(events: Iterable[Event]) -> Answer:
    *_, last = events
    assert isinstance(last, Answer)
    return last


class Watch:
    """Turns an answer's switch when its reader has left or its time is up.

    A task of its own: a thread that waits for the model notices no disconnection by itself.
    """

    def __init__(self, request: Request, cancel: Cancel, seconds: float) -> None:
        self._seconds = seconds
        self._late = False
        self._cancel = cancel
        self._task = asyncio.create_task(self._run(request))

    async def _run(self, request: Request) -> None:
        end = time.monotonic() + self._seconds
        while not await request.is_disconnected():
            if time.monotonic() >= end:
                self._late = True
                break
            await asyncio.sleep(POLL_SECONDS)
        self._cancel.set()

    def stop(self) -> None:
        self._task.cancel()
        self._cancel.set()

    def check(self) -> None:
        """Raises TooSlow when the time was up: what came after that is no answer."""
        if self._late:
            raise TooSlow(self._seconds)


async def _stream(watch: Watch, events: Iterable[Event]) -> AsyncIterator[str]:
    try:
        async for event in iterate_in_threadpool(iter(events)):
            watch.check()
            yield _server_sent(event)
    except ServerError as error:
        yield _event("error", problem_of(error).model_dump())
    finally:
        watch.stop()


def _server_sent(event: Event) -> str:
    if isinstance(event, EvidenceFound):
        return _event("evidence", {"evidence": [e.model_dump() for e in evidence_out(event.evidence)]})
    if isinstance(event, Waiting):
        return _event("queue", {"ahead": event.ahead})
    if isinstance(event, SentencePassed):
        return _event("delta", {"text": event.text})
    return _event("final", answer_out(event).model_dump())


def _event(name: str, payload: dict[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(payload, ensure_ascii=False)}\n\n"


@router.post("/search", response_model=SearchOut, summary="检索")
def search(body: SearchRequest, answerer: Answers) -> SearchOut:
    """The passages nearest to a question, without an answer."""
    searcher = answerer.searcher
    filters = Filters(body.documents, body.years, body.places, body.issuers, body.types)
    hits = searcher.search(check_question(body.question), body.limit, filters)
    titles = {hit.chunk.document_id: "" for hit in hits}
    for document_id in titles:
        titles[document_id] = searcher.store.document(document_id).title
    return SearchOut(hits=[hit_out(hit, titles[hit.chunk.document_id]) for hit in hits])
