"""What the official `openai` package makes of a served application; only its base URL is changed."""

import asyncio
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import openai
import pytest
from openai.types.chat import ChatCompletionMessageParam

from index.search import Searcher
from server.answer.answerer import Answerer
from server.ledger import keys
from server.llm.model import LanguageModel
from tests.server.api.test_asking import EndlessModel
from tests.server.serving import ready_app, served
from tests.stubs import SAID, ScriptedModel

pytestmark = pytest.mark.slow

ASKED = "海沧2023年计划竣工几个项目"
MESSAGES: list[ChatCompletionMessageParam] = [{"role": "user", "content": ASKED}]


@contextmanager
def _served(searcher: Searcher, data: Path, model: LanguageModel) -> Generator[str]:
    with served(ready_app(Answerer(searcher, model), data)) as address:
        yield f"{address}/v1"


@contextmanager
def _client(searcher: Searcher, data: Path, *replies: str) -> Generator[openai.OpenAI]:
    with (
        _served(searcher, data, ScriptedModel(*replies)) as address,
        openai.OpenAI(base_url=address, api_key="没有密钥时随便写".encode().hex(), max_retries=0) as client,
    ):
        yield client


def test_an_answer_carries_its_sources_in_the_text_and_beside_it(searcher: Searcher, tmp_path: Path) -> None:
    with _client(searcher, tmp_path) as client:
        completion = client.chat.completions.create(model="youju", messages=MESSAGES, temperature=0)
    (choice,) = completion.choices
    assert choice.message.content is not None and choice.message.content.startswith(f"{SAID}\n\n[1] 《")
    assert completion.usage is not None and completion.usage.completion_tokens == len(choice.message.content)
    for extra in (completion.model_extra, choice.message.model_extra):
        assert extra is not None
        assert (extra["status"], extra["reason"]) == ("answered", None)
        (citation,) = extra["citations"]
        assert citation["quote"] in searcher.store.document(citation["document_id"]).text
        assert extra["evidence"]


def test_a_refusal_is_an_answer_that_stops(searcher: Searcher, tmp_path: Path) -> None:
    with _client(searcher, tmp_path) as client:
        question: ChatCompletionMessageParam = {"role": "user", "content": "海沧2024年计划竣工几个项目"}
        completion = client.chat.completions.create(model="youju", messages=[question])
    (choice,) = completion.choices
    assert (choice.finish_reason, choice.message.refusal) == ("stop", None)
    assert choice.message.model_extra is not None
    assert (choice.message.model_extra["status"], choice.message.model_extra["reason"]) == ("not_found", "wrong_year")


def test_a_stream_comes_by_sentences_and_ends_with_sources_and_usage(searcher: Searcher, tmp_path: Path) -> None:
    with _client(searcher, tmp_path) as client:
        stream = client.chat.completions.create(
            model="youju", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)
        plain = client.chat.completions.create(model="youju", messages=MESSAGES)
    *told, last, used = chunks
    assert told[1].choices[0].delta.content == SAID
    assert "".join(chunk.choices[0].delta.content or "" for chunk in told) == plain.choices[0].message.content
    assert last.choices[0].finish_reason == "stop"
    assert last.model_extra is not None and last.model_extra["citations"]
    assert (used.choices, used.usage) == ([], plain.usage)


def test_a_stream_that_the_client_puts_together_keeps_the_sources(searcher: Searcher, tmp_path: Path) -> None:
    with (
        _client(searcher, tmp_path) as client,
        client.chat.completions.stream(model="youju", messages=MESSAGES) as stream,
    ):
        for _ in stream:
            pass
        completion = stream.get_final_completion()
    message = completion.choices[0].message
    assert message.content is not None and message.content.startswith(SAID)
    assert message.model_extra is not None and message.model_extra["status"] == "answered"
    assert message.model_extra["citations"][0]["number"] == 1


def test_a_conversation_goes_on_with_what_the_client_keeps(searcher: Searcher, tmp_path: Path) -> None:
    with _client(searcher, tmp_path) as client:
        said = client.chat.completions.create(model="youju", messages=MESSAGES).choices[0].message
        kept: Any = [*MESSAGES, said, {"role": "user", "content": "那新增学位呢"}]
        answer = client.chat.completions.create(model="youju", messages=kept).choices[0].message.content
    assert answer is not None and answer.startswith("可新增学位8280个[1]。")


def test_documents_are_chosen_in_the_extra_body(searcher: Searcher, tmp_path: Path) -> None:
    with _client(searcher, tmp_path) as client:
        completion = client.chat.completions.create(
            model="youju", messages=MESSAGES, extra_body={"youju": {"places": ["义乌"]}}
        )
    assert completion.model_extra is not None
    assert all("义乌" in evidence["title"] for evidence in completion.model_extra["evidence"])


def test_errors_are_the_exceptions_that_the_client_has_for_them(searcher: Searcher, tmp_path: Path) -> None:
    with _client(searcher, tmp_path) as client:
        with pytest.raises(openai.BadRequestError, match="n 只能是 1") as wrong:
            client.chat.completions.create(model="youju", messages=MESSAGES, n=2)
        assert (wrong.value.param, wrong.value.type) == ("n", "invalid_request_error")
        with pytest.raises(openai.NotFoundError) as unknown:
            client.chat.completions.create(model="gpt-4o", messages=MESSAGES)
        assert unknown.value.code == "model_not_found"
        assert [model.id for model in client.models.list()] == ["youju", "scripted"]
        assert client.models.retrieve("youju").owned_by == "youju"


def test_a_key_is_shown_as_the_clients_api_key(searcher: Searcher, tmp_path: Path) -> None:
    app = ready_app(Answerer(searcher, ScriptedModel()), tmp_path)
    key = keys.add(app.state.youju.ledger, "程序", "read")
    with served(app) as address:
        with openai.OpenAI(base_url=f"{address}/v1", api_key=key, max_retries=0) as client:
            assert client.models.list().data
        with (
            openai.OpenAI(base_url=f"{address}/v1", api_key="wrong", max_retries=0) as client,
            pytest.raises(openai.AuthenticationError) as refused,
        ):
            client.models.list()
    assert refused.value.code == "invalid_api_key"


@pytest.mark.usefixtures("doubtful")
def test_a_full_line_is_told_with_when_to_come_back(searcher: Searcher, tmp_path: Path) -> None:
    model = EndlessModel()
    with served(ready_app(Answerer(searcher, model, waiting=0), tmp_path)) as address:

        async def run() -> openai.APIStatusError:
            client = openai.AsyncOpenAI(base_url=f"{address}/v1", api_key="x", max_retries=0)
            async with client:
                first = await client.chat.completions.create(model="youju", messages=MESSAGES, stream=True)
                with pytest.raises(openai.InternalServerError) as busy:
                    await client.chat.completions.create(model="youju", messages=MESSAGES)
                await first.close()
                return busy.value

        try:
            error = asyncio.run(run())
        finally:
            model.ended.set()
    assert (error.status_code, error.code) == (503, "service_unavailable")
    assert int(error.response.headers["retry-after"]) > 0


@pytest.mark.usefixtures("doubtful")
def test_a_client_that_leaves_its_stream_stops_the_model(searcher: Searcher, tmp_path: Path) -> None:
    model = EndlessModel()
    with _served(searcher, tmp_path, model) as address:
        try:
            with (
                openai.OpenAI(base_url=address, api_key="x", max_retries=0) as client,
                client.chat.completions.create(model="youju", messages=MESSAGES, stream=True) as stream,
            ):
                assert next(iter(stream)).choices[0].delta.role == "assistant"
                assert model.begun.wait(30)
            assert model.was_cancelled.wait(30)
        finally:
            model.ended.set()


@pytest.mark.usefixtures("doubtful")
def test_a_client_that_gives_up_waiting_stops_the_model(searcher: Searcher, tmp_path: Path) -> None:
    model = EndlessModel()
    with _served(searcher, tmp_path, model) as address:
        try:
            with (
                openai.OpenAI(base_url=address, api_key="x", max_retries=0, timeout=2.0) as client,
                pytest.raises(openai.APITimeoutError),
            ):
                client.chat.completions.create(model="youju", messages=MESSAGES)
            assert model.was_cancelled.wait(30)
        finally:
            model.ended.set()


def test_the_asynchronous_client_gets_the_same(searcher: Searcher, tmp_path: Path) -> None:
    async def run(address: str) -> tuple[str | None, str]:
        async with openai.AsyncOpenAI(base_url=address, api_key="x", max_retries=0) as client:
            plain = await client.chat.completions.create(model="youju", messages=MESSAGES)
            stream = await client.chat.completions.create(model="youju", messages=MESSAGES, stream=True)
            told = [chunk.choices[0].delta.content or "" async for chunk in stream]
            return plain.choices[0].message.content, "".join(told)

    with _served(searcher, tmp_path, ScriptedModel()) as address:
        plain, told = asyncio.run(run(address))
    assert plain == told and told.startswith(SAID)
