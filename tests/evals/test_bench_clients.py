"""What a client of a bench notes of each way that a question can go."""

import asyncio
import json
from collections.abc import AsyncIterator

import httpx
import pytest

from evals.bench.clients import Asked, ask, endless, outcomes

FINAL = {"status": "answered", "answer": "共6个[1]。"}
PAUSE = 0.01
LONG = 60.0


def _block(name: str, payload: object) -> bytes:
    return f"event: {name}\ndata: {json.dumps(payload, ensure_ascii=False)}\n\n".encode()


async def _stream(*blocks: bytes | float) -> AsyncIterator[bytes]:
    """Blocks as a server sends them; a number is how long it takes until the next."""
    for block in blocks:
        if isinstance(block, bytes):
            yield block
        else:
            await asyncio.sleep(block)


def _asked(response: httpx.Response | httpx.HTTPError, patience: float | None = None) -> Asked:
    def answer(_: httpx.Request) -> httpx.Response:
        if isinstance(response, httpx.HTTPError):
            raise response
        return response

    async def run() -> Asked:
        async with httpx.AsyncClient(transport=httpx.MockTransport(answer), base_url="http://youju") as http:
            return await ask(http, "竣工几个", 3, patience)

    return asyncio.run(run())


def test_evidence_turn_and_end_are_noted_in_their_order() -> None:
    blocks = (
        _block("evidence", {"evidence": []}), PAUSE, _block("queue", {"ahead": 1}), PAUSE, _block("queue", {"ahead": 0}),
        PAUSE, _block("delta", {"text": "共6个[1]。"}), _block("final", FINAL),
    )  # fmt: skip
    asked = _asked(httpx.Response(200, content=_stream(*blocks)))
    assert (asked.outcome, asked.client, asked.queued) == ("answered", 3, True)
    assert asked.is_complete and asked.is_honest
    assert asked.evidence is not None
    assert 0 < asked.evidence < asked.turn < asked.end


def test_who_need_not_wait_has_its_turn_with_the_evidence() -> None:
    blocks = (_block("evidence", {"evidence": []}), _block("final", FINAL | {"status": "not_found"}))
    asked = _asked(httpx.Response(200, content=_stream(*blocks)))
    assert (asked.outcome, asked.queued) == ("not_found", False)
    assert asked.turn == asked.evidence


@pytest.mark.parametrize(
    ("response", "outcome", "honest"),
    [
        (httpx.Response(503, headers={"Retry-After": "3"}), "busy", True),
        (httpx.Response(503), "HTTP 503", False),
        (httpx.Response(500), "HTTP 500", False),
        (httpx.Response(200, content=_stream(_block("error", {"status": 504}))), "error 504", False),
        (httpx.Response(200, content=_stream(_block("evidence", {"evidence": []}))), "cut", False),
        (httpx.RemoteProtocolError("gone"), "RemoteProtocolError", False),
    ],
)
def test_only_a_full_line_that_says_when_to_come_again_is_honest(
    response: httpx.Response | httpx.HTTPError, outcome: str, honest: bool
) -> None:
    asked = _asked(response)
    assert (asked.outcome, asked.is_honest, asked.is_complete) == (outcome, honest, False)


def test_who_loses_patience_has_left_and_keeps_what_came() -> None:
    asked = _asked(httpx.Response(200, content=_stream(_block("evidence", {"evidence": []}), LONG)), patience=0.2)
    assert (asked.outcome, asked.is_honest, asked.is_complete) == ("cancelled", True, False)
    assert asked.evidence is not None
    assert asked.end < LONG


def test_questions_come_round_and_outcomes_are_counted() -> None:
    questions = endless(["甲", "乙"])
    assert [next(questions) for _ in range(3)] == ["甲", "乙", "甲"]
    assert outcomes([Asked("问", 0, 0.0, "busy"), Asked("问", 1, 0.0, "busy")]) == {"busy": 2}
