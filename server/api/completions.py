"""Between OpenAI's chat completions and our answers: a conversation becomes a question, an answer becomes a message.

The fields that are ours (citations, evidence, status, reason) stand in two places. On the message, because that is what
the official client keeps when it puts a stream together and what is stored and sent back with a conversation; at the
top level too, because there other services with sources have them and their clients look. In a stream they come once,
with the last piece.
"""

import secrets
import time
from typing import Any, Literal

from server.answer.answerer import Answerer
from server.answer.finding import Ask
from server.answer.result import Answer
from server.api.lines import one_line
from server.api.openai_messages import counted, history_of, question_of
from server.api.openai_requests import ChatRequest
from server.api.openai_schemas import CHUNK, AnswerMessage, ChatCompletion, Choice, Chunk, ChunkChoice, Delta, Usage
from server.api.schemas import citation_out, evidence_out
from server.api.sources import source_list


def ask_of(body: ChatRequest) -> Ask:
    """The last message of the user is the question, what was said before it the history."""
    at, question = question_of(body.messages)
    history, only = history_of(body.messages, at), body.youju
    if only is None:
        return Ask(question, history)
    return Ask(question, history, only.documents, only.years, only.places, only.issuers, only.types)


def content_of(answer: Answer) -> str:
    return answer.text + sources_of(answer)


def sources_of(answer: Answer) -> str:
    """What follows the text."""
    return source_list([citation_out(citation) for citation in answer.citations])


def usage_of(body: ChatRequest, answer: Answer, answerer: Answerer) -> Usage:
    """Tokens of the messages (`server.api.openai_messages.counted`) and of the reply as it is sent, by the model's own
    tokenizer.

    Neither the passages that the model reads for an answer nor its drafts are counted: nobody sent or receives them. What
    the model has really read and written is among the metrics.
    """
    asked = answerer.count_tokens(counted(body.messages))
    told = answerer.count_tokens([content_of(answer)])
    return Usage(prompt_tokens=asked, completion_tokens=told, total_tokens=asked + told)


class Reply:
    """Makes the objects that answer one request; they share its id, time and model."""

    def __init__(self, model: str, *, tells_usage: bool = False) -> None:
        """`tells_usage`: a stream ends with a chunk of usage, and its other chunks say that theirs is null."""
        self._id = f"chatcmpl-{secrets.token_hex(12)}"
        self._created = int(time.time())
        self._model = model
        self._rest: dict[str, Any] = {"usage": None} if tells_usage else {}

    def whole(self, answer: Answer, usage: Usage) -> ChatCompletion:
        ours = _ours(answer)
        choice = Choice(message=AnswerMessage(content=content_of(answer), **ours))
        return ChatCompletion(
            id=self._id, created=self._created, model=self._model, choices=[choice], usage=usage, **ours
        )

    def first(self) -> str:
        return self._chunk([_choice(role="assistant", content="")])

    def piece(self, content: str) -> str:
        return self._chunk([_choice(content=content)])

    def last(self, answer: Answer) -> str:
        """Without text: the reason to stop and the fields that are ours."""
        ours = _ours(answer)
        return self._chunk([_choice("stop", **ours)], **ours)

    def used(self, usage: Usage) -> str:
        return self._chunk([], usage=usage)

    def _chunk(self, choices: list[ChunkChoice], **more: Any) -> str:
        """A server-sent event; fields that were not set are left out."""
        told = self._rest | more
        chunk = Chunk(id=self._id, object=CHUNK, created=self._created, model=self._model, choices=choices, **told)
        return f"data: {one_line(chunk.model_dump_json(exclude_unset=True))}\n\n"


def _choice(finish_reason: Literal["stop"] | None = None, **delta: Any) -> ChunkChoice:
    return ChunkChoice(index=0, delta=Delta(**delta), finish_reason=finish_reason, logprobs=None)


def _ours(answer: Answer) -> dict[str, Any]:
    return {
        "citations": [citation_out(citation) for citation in answer.citations],
        "evidence": evidence_out(answer.evidence),
        "status": answer.status,
        "reason": answer.reason,
    }
