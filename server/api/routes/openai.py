"""POST /v1/chat/completions and GET /v1/models: for clients that know OpenAI's API and change only its address.

Covered: plain and streamed answers with their sources, errors in OpenAI's shape, stopping when the reader leaves.
Not covered: what of a request is honoured (`server.api.openai_requests`).
"""

from collections.abc import AsyncIterator
from typing import Annotated, Any

from fastapi import APIRouter, Path, Request
from fastapi.responses import StreamingResponse
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException

from index.errors import IndexingError
from server.answer.answerer import Answerer, SentencePassed, Waiting
from server.answer.result import Answer
from server.api.access import Reader
from server.api.allowed import allowed_methods
from server.api.completions import Reply, ask_of, sources_of, usage_of
from server.api.openai_errors import ModelNotServed, NotOffered, event_of
from server.api.openai_requests import OURS, ChatRequest, log_ignored
from server.api.openai_schemas import ChatCompletion, Model, Models, OpenAIError
from server.api.problems import DESCRIPTIONS, event_stream, problem_of
from server.api.routes.asking import Answers
from server.api.watch import AnswerEvents, Watch, begin, finish
from server.errors import ServerError

FAULTS: dict[int | str, dict[str, Any]] = {
    status: {"description": DESCRIPTIONS[status], "model": OpenAIError}
    for status in (400, 401, 403, 404, 413, 415, 429, 500, 503, 504)
}
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/event-stream": {
                "schema": event_stream("data 是 JSON，最后一个是 [DONE]"),
                "example": 'data: {"choices": […]}\n\ndata: [DONE]\n\n',
            }
        }
    }
}
router = APIRouter(prefix="/v1", tags=["兼容"], responses=FAULTS)
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"]
ModelName = Annotated[str, Path(min_length=1, max_length=200, examples=[OURS])]


@router.post("/chat/completions", response_model=ChatCompletion, responses=STREAMED, summary="问答（OpenAI 格式）")
async def create_chat_completion(body: ChatRequest, request: Request, answerer: Answers, caller: Reader) -> Any:
    """Answer the last user message with [n] marks and a list of sources. A refusal is an ordinary answer whose `status`
    is not_found. With `stream` one chunk a proved sentence."""
    _require_model(body.model, _served(answerer, request))
    log_ignored(body)
    watch, events = await begin(ask_of(body), answerer, request)
    if body.stream:
        stream = _stream(body, answerer, watch, events)
        return StreamingResponse(stream, media_type="text/event-stream", headers={"X-Accel-Buffering": "no"})
    answer = await finish(watch, events)
    usage = await run_in_threadpool(usage_of, body, answer, answerer)
    return Reply(body.model).whole(answer, usage)


async def _stream(body: ChatRequest, answerer: Answerer, watch: Watch, events: AnswerEvents) -> AsyncIterator[str]:
    tells_usage = body.stream_options is not None and bool(body.stream_options.include_usage)
    reply = Reply(body.model, tells_usage=tells_usage)
    try:
        yield reply.first()
        async for event in events:
            watch.check()
            if isinstance(event, Waiting):
                # A comment, which clients skip: it keeps the connection from looking dead.
                yield f": {event.ahead}\n\n"
            elif isinstance(event, SentencePassed):
                yield reply.piece(event.text)
            elif isinstance(event, Answer):
                yield reply.piece(sources_of(event) if event.status == "answered" else event.text)
                yield reply.last(event)
                if tells_usage:
                    yield reply.used(await run_in_threadpool(usage_of, body, event, answerer))
        yield "data: [DONE]\n\n"
    except (ServerError, IndexingError) as error:
        yield event_of(problem_of(error))
    finally:
        watch.stop()


@router.get("/models", response_model=Models, summary="模型列表（OpenAI 格式）")
def list_models(request: Request, answerer: Answers, caller: Reader) -> Models:
    return Models(data=[Model(id=name) for name in _served(answerer, request)])


@router.get("/models/{model:path}", response_model=Model, summary="一个模型（OpenAI 格式）")
def show_model(model: ModelName, request: Request, answerer: Answers, caller: Reader) -> Model:
    _require_model(model, _served(answerer, request))
    return Model(id=model)


@router.api_route("", methods=METHODS, include_in_schema=False)
@router.api_route("/{path:path}", methods=METHODS, include_in_schema=False)
def refuse_the_rest(request: Request, caller: Reader) -> None:
    """What else clients of OpenAI's API look for (embeddings, completions, responses, …): told in its shape."""
    if allowed_methods(request.app, request.scope["path"]):
        raise HTTPException(405)
    raise NotOffered(request.scope["path"])


def _served(answerer: Answerer, request: Request) -> tuple[str, ...]:
    aliases: tuple[str, ...] = request.app.state.youju.policy.model_aliases
    return tuple(dict.fromkeys((OURS, answerer.model_name, *aliases)))


def _require_model(name: str, served: tuple[str, ...]) -> None:
    if name not in served:
        raise ModelNotServed(name, served)
