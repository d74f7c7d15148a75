"""The official clients against a served application with the real models: the question that must always work, and one
that the documents do not answer."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import openai
import pytest
from mcp import Client

from index.search import Searcher
from server.answer.answerer import Answerer
from server.llm.model import LlamaModel
from tests.server.serving import ready_app, served

ASKED = "海沧2023年计划竣工几个项目"
LACKING = "海沧2024年计划竣工几个项目"


class _Lent(Answerer):
    """An answerer whose model and index others close."""

    def close(self) -> None:
        pass


@pytest.fixture(scope="module")
def address(searcher: Searcher, language_model: LlamaModel, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    data: Path = tmp_path_factory.mktemp("real")
    with served(ready_app(_Lent(searcher, language_model), data)) as address:
        yield address


def _check(searcher: Searcher, answer: dict[str, Any], text: str) -> None:
    assert answer["status"] == "answered"
    assert "6个" in text and "[1]" in text
    citation = answer["citations"][0]
    assert citation["title"] == "2023年海沧区教育工作要点"
    assert citation["headings"][-1].startswith("11.")
    document = searcher.store.document(citation["document_id"])
    assert document.text[citation["start"] : citation["end"]] == citation["quote"]


def test_the_official_openai_client_gets_a_proved_answer_and_an_honest_refusal(
    searcher: Searcher, address: str
) -> None:
    with openai.OpenAI(base_url=f"{address}/v1", api_key="-", max_retries=0) as client:
        with client.chat.completions.stream(model="youju", messages=[{"role": "user", "content": ASKED}]) as stream:
            streamed = stream.until_done().get_final_completion().choices[0].message
        lacking = client.chat.completions.create(model="youju", messages=[{"role": "user", "content": LACKING}])
    assert streamed.model_extra is not None and streamed.content is not None
    _check(searcher, streamed.model_extra, streamed.content)
    assert lacking.choices[0].finish_reason == "stop"
    assert lacking.model_extra is not None and lacking.model_extra["status"] == "not_found"
    assert lacking.usage is not None and 0 < lacking.usage.prompt_tokens < len(LACKING)


def test_the_official_mcp_client_gets_a_proved_answer_and_an_honest_refusal(searcher: Searcher, address: str) -> None:
    async def run() -> None:
        async with Client(f"{address}/mcp") as client:
            answered = await client.call_tool("ask", {"question": ASKED})
            _check(searcher, answered.structured_content, answered.structured_content["answer"])
            lacking = await client.call_tool("ask", {"question": LACKING})
            assert not lacking.is_error and lacking.structured_content["status"] == "not_found"

    anyio.run(run)
