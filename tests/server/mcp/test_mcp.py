"""The Model Context Protocol through the official client: over HTTP with a real socket, in both of its generations."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import anyio
import httpx
import httpx2
import pytest
from jsonschema import Draft202012Validator
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError
from mcp_types import CallToolResult, TextContent

from index.search import Searcher
from server.answer.answerer import Answerer
from server.ledger import keys
from tests.server.api.test_asking import EndlessModel
from tests.server.serving import ready_app, served
from tests.stubs import SAID, ScriptedModel

pytestmark = pytest.mark.slow

ASKED = "海沧2023年计划竣工几个项目"
GENERATIONS = ("auto", "legacy")
Use = Callable[[Client], Awaitable[None]]


def _with_client(searcher: Searcher, data: Path, use: Use, *replies: str, mode: str = "auto") -> None:
    """Run `use` with a client of a server whose model writes `replies`."""
    with served(ready_app(Answerer(searcher, ScriptedModel(*replies)), data)) as address:

        async def run() -> None:
            async with Client(f"{address}/mcp", mode=mode) as client:
                await use(client)

        anyio.run(run)


def _text(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


async def _call(client: Client, tool: str, **arguments: Any) -> dict[str, Any]:
    result = await client.call_tool(tool, arguments)
    assert not result.is_error, _text(result)
    found: dict[str, Any] = result.structured_content
    return found


async def _refused(client: Client, tool: str, **arguments: Any) -> str:
    result = await client.call_tool(tool, arguments)
    assert result.is_error
    return _text(result)


@pytest.mark.parametrize("mode", GENERATIONS)
def test_ask_gives_a_proved_answer_as_structure_and_as_text(searcher: Searcher, tmp_path: Path, mode: str) -> None:
    async def use(client: Client) -> None:
        result = await client.call_tool("ask", {"question": ASKED})
        answer: dict[str, Any] = result.structured_content
        assert (answer["status"], answer["answer"]) == ("answered", SAID)
        (citation,) = answer["citations"]
        assert _text(result).startswith(f"{answer['answer']}\n\n[1] 《{citation['title']}》")
        span = {"document_id": citation["document_id"], "start": citation["start"]}
        read = await _call(client, "read_document", **span, characters=citation["end"] - citation["start"])
        assert read["text"] == citation["quote"]

    _with_client(searcher, tmp_path, use, mode=mode)


def test_a_refusal_is_told_with_what_is_nearest_and_is_no_error(searcher: Searcher, tmp_path: Path) -> None:
    async def use(client: Client) -> None:
        result = await client.call_tool("ask", {"question": "海沧2024年计划竣工几个项目"})
        assert not result.is_error
        assert (result.structured_content["status"], result.structured_content["reason"]) == ("not_found", "wrong_year")
        assert "没有2024年的" in _text(result) and "最接近的段落（不是回答）" in _text(result)

    _with_client(searcher, tmp_path, use)


def test_the_tools_are_described_in_chinese_with_exact_schemas(searcher: Searcher, tmp_path: Path) -> None:
    async def use(client: Client) -> None:
        listed = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert list(listed) == ["ask", "search", "read_document", "list_documents"]
        for tool in listed.values():
            assert tool.description is not None and tool.description.endswith("。")
            assert tool.input_schema["additionalProperties"] is False
            assert tool.annotations is not None and tool.annotations.read_only_hint
            Draft202012Validator.check_schema(tool.input_schema)
            assert tool.output_schema is not None
            Draft202012Validator.check_schema(tool.output_schema)
        assert listed["ask"].input_schema["required"] == ["question"]
        assert client.server_info is not None and client.server_info.name == "youju"

    _with_client(searcher, tmp_path, use)


def test_what_the_tools_give_is_what_their_schemas_say(searcher: Searcher, tmp_path: Path) -> None:
    async def use(client: Client) -> None:
        schemas = {tool.name: tool.output_schema for tool in (await client.list_tools()).tools}
        documents = await _call(client, "list_documents")
        calls: list[tuple[str, dict[str, Any]]] = [
            ("ask", {"question": ASKED}),
            ("ask", {"question": "你好"}),
            ("search", {"question": "学校"}),
            ("list_documents", {"years": [2023]}),
            ("read_document", {"document_id": documents["documents"][0]["id"]}),
        ]
        for name, arguments in calls:
            schema = schemas[name]
            assert schema is not None
            Draft202012Validator(schema).validate(await _call(client, name, **arguments))

    _with_client(searcher, tmp_path, use)


def test_documents_are_listed_by_what_they_are(searcher: Searcher, tmp_path: Path) -> None:
    async def use(client: Client) -> None:
        everything = await _call(client, "list_documents")
        assert everything["total"] == len(everything["documents"]) == 4
        second = await _call(client, "list_documents", limit=1, offset=1)
        assert second == {"documents": everything["documents"][1:2], "total": 4}
        haicang = await _call(client, "list_documents", places=["海沧"], years=[2023])
        assert [d["title"] for d in haicang["documents"]] == ["2023年海沧区教育工作要点"]
        assert await _call(client, "list_documents", query="没有这样的标题") == {"documents": [], "total": 0}

    _with_client(searcher, tmp_path, use)


def test_search_finds_passages_and_can_be_restricted(searcher: Searcher, tmp_path: Path) -> None:
    async def use(client: Client) -> None:
        result = await client.call_tool("search", {"question": "教师", "limit": 3, "places": ["义乌"]})
        hits = result.structured_content["hits"]
        assert 0 < len(hits) <= 3 and all("义乌" in hit["title"] for hit in hits)
        assert hits[0]["document_id"] in _text(result)
        nothing = await client.call_tool("search", {"question": "教师", "years": [1999]})
        assert nothing.structured_content == {"hits": []} and "没有找到" in _text(nothing)

    _with_client(searcher, tmp_path, use)


def test_a_long_document_is_read_on_from_where_it_ended(searcher: Searcher, tmp_path: Path) -> None:
    async def use(client: Client) -> None:
        document = (await _call(client, "list_documents"))["documents"][0]
        text, start = "", 0
        while True:
            part = await _call(client, "read_document", document_id=document["id"], start=start, characters=1000)
            text += part["text"]
            if part["end"] == part["length"]:
                break
            start = part["end"]
        assert text == searcher.store.document(document["id"]).text
        assert part["outline"]
        past = await _call(client, "read_document", document_id=document["id"], start=2**53)
        assert (past["text"], past["start"]) == ("", len(text))

    _with_client(searcher, tmp_path, use)


@pytest.mark.parametrize("mode", GENERATIONS)
def test_what_is_wrong_is_told_as_a_tool_error_by_a_sentence(searcher: Searcher, tmp_path: Path, mode: str) -> None:
    async def use(client: Client) -> None:
        assert "没有编号为" in await _refused(client, "read_document", document_id="nowhere")
        assert "某某" in await _refused(client, "ask", question=ASKED, places=["某某"])
        assert "问题是空的" in await _refused(client, "search", question=" ")
        assert "question：缺少这一项" in await _refused(client, "ask")
        assert "limit：应为整数" in await _refused(client, "search", question="教师", limit="3")
        assert "question：太长" in await _refused(client, "ask", question="问" * 2001)
        assert "sql：没有这一项" in await _refused(client, "list_documents", sql="x")
        with pytest.raises(MCPError, match="没有名为 delete 的工具"):
            await client.call_tool("delete", {})

    _with_client(searcher, tmp_path, use, mode=mode)


@pytest.mark.parametrize("mode", GENERATIONS)
def test_documents_are_resources_too(searcher: Searcher, tmp_path: Path, mode: str) -> None:
    async def use(client: Client) -> None:
        listed = await client.list_resources()
        assert len(listed.resources) == 4 and listed.next_cursor is None
        resource = listed.resources[0]
        (contents,) = (await client.read_resource(resource.uri)).contents
        assert contents.text == searcher.store.document(resource.uri.rsplit("/", 1)[1]).text  # type: ignore[union-attr]
        (template,) = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "youju://documents/{document_id}"
        for unknown in ("youju://documents/nowhere", "youju://documents/../etc", "file:///etc/passwd"):
            with pytest.raises(MCPError, match="没有"):
                await client.read_resource(unknown)
        with pytest.raises(MCPError, match="cursor"):
            await client.list_resources(cursor="x")

    _with_client(searcher, tmp_path, use, mode=mode)


@pytest.mark.usefixtures("doubtful")
@pytest.mark.parametrize("mode", GENERATIONS)
def test_an_agent_that_stops_waiting_stops_the_model(searcher: Searcher, tmp_path: Path, mode: str) -> None:
    model = EndlessModel()
    with served(ready_app(Answerer(searcher, model), tmp_path)) as address:

        async def run() -> None:
            async with Client(f"{address}/mcp", mode=mode) as client, anyio.create_task_group() as group:
                group.start_soon(client.call_tool, "ask", {"question": ASKED})
                assert await anyio.to_thread.run_sync(model.begun.wait, 30)
                group.cancel_scope.cancel()

        try:
            anyio.run(run)
            assert model.was_cancelled.wait(30)
        finally:
            model.ended.set()


def test_where_there_are_keys_one_that_reads_is_enough_and_none_is_not(searcher: Searcher, tmp_path: Path) -> None:
    app = ready_app(Answerer(searcher, ScriptedModel()), tmp_path)
    key = keys.add(app.state.youju.ledger, "智能体", "read")

    async def ask(address: str, headers: dict[str, str]) -> dict[str, Any]:
        async with (
            httpx2.AsyncClient(headers=headers, trust_env=False) as http,
            Client(streamable_http_client(f"{address}/mcp", http_client=http)) as client,
        ):
            return await _call(client, "ask", question=ASKED)

    with served(app) as address:
        assert anyio.run(ask, address, {"Authorization": f"Bearer {key}"})["status"] == "answered"
        with pytest.raises((MCPError, ExceptionGroup)):
            anyio.run(ask, address, {})
        refused = httpx.post(f"{address}/mcp", json={}, trust_env=False)
        assert (refused.status_code, refused.headers["www-authenticate"]) == (401, "Bearer")


def test_a_foreign_page_is_refused_before_the_protocol(searcher: Searcher, tmp_path: Path) -> None:
    with (
        served(ready_app(Answerer(searcher, ScriptedModel()), tmp_path)) as address,
        httpx.Client(base_url=address, trust_env=False) as client,
    ):
        body = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
        for headers in ({"Origin": "http://evil.example"}, {"Host": "evil.example"}):
            response = client.post("/mcp", json=body, headers=headers)
            assert (response.status_code, response.json()["status"]) == (403, 403)
        for method in ("GET", "DELETE"):
            response = client.request(method, "/mcp", headers={"Accept": "text/event-stream"})
            assert (response.status_code, response.headers["allow"]) == (405, "POST")
        assert client.post("/mcp", content=b" " * 1_000_001).status_code == 413
