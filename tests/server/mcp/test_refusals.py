"""What the Model Context Protocol tells a program of an error: the API's problem with its code, in the client's language."""

from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from index.search import Searcher
from server.answer.answerer import Answerer
from tests.server.serving import ready_app, served
from tests.stubs import ScriptedModel

HEADERS = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
ENGLISH = {"Accept-Language": "en"}


def _asked(searcher: Searcher, data: Path, method: str, params: dict[str, Any], more: dict[str, str]) -> dict[str, Any]:
    """The JSON-RPC answer to one request over HTTP."""
    body = {"jsonrpc": "2.0", "id": 7, "method": method, "params": params}
    with served(ready_app(Answerer(searcher, ScriptedModel()), data)) as address:
        response = httpx.post(f"{address}/mcp", json=body, headers=HEADERS | more, trust_env=False)
    text = response.text
    if response.headers["content-type"].startswith("text/event-stream"):
        text = next(line.removeprefix("data: ") for line in text.splitlines() if line.startswith("data: "))
    return httpx.Response(200, content=text).json()  # type: ignore[no-any-return]


TOOLS: list[tuple[str, dict[str, Any], str, str, str]] = [
    ("read_document", {"document_id": "nowhere"}, "unknown_document", "没有编号为 nowhere", "no document with the id"),
    ("ask", {"question": "教师", "places": ["某某"]}, "unknown_place", "某某", "is no province"),
    ("search", {"question": " "}, "empty_question", "问题是空的", "The question is empty"),
    ("ask", {}, "invalid_request", "缺少这一项", "question: this is missing"),
]


@pytest.mark.parametrize(("tool", "arguments", "code", "chinese", "english"), TOOLS)
def test_the_error_of_a_tool_carries_the_problem_beside_its_sentence(
    searcher: Searcher, tmp_path: Path, tool: str, arguments: dict[str, Any], code: str, chinese: str, english: str
) -> None:
    for more, sentence in (({}, chinese), (ENGLISH, english)):
        result = _asked(searcher, tmp_path, "tools/call", {"name": tool, "arguments": arguments}, more)["result"]
        assert result["isError"] and "structuredContent" not in result
        assert sentence in result["content"][0]["text"]
        assert result["_meta"]["youju/problem"]["code"] == code


@pytest.mark.parametrize(
    ("method", "params", "code"),
    [
        ("tools/call", {"name": "delete", "arguments": {}}, "unknown_tool"),
        ("resources/read", {"uri": "file:///etc/passwd"}, "unknown_resource"),
        ("resources/read", {"uri": "youju://documents/nowhere"}, "unknown_document"),
        ("resources/list", {"cursor": "x"}, "bad_cursor"),
    ],
)
def test_the_error_of_the_protocol_has_a_code_in_its_data(
    searcher: Searcher, tmp_path: Path, method: str, params: dict[str, Any], code: str
) -> None:
    chinese = _asked(searcher, tmp_path, method, params, {})["error"]
    english = _asked(searcher, tmp_path, method, params, ENGLISH)["error"]
    assert chinese["code"] == english["code"] == -32602
    assert chinese["data"]["code"] == english["data"]["code"] == code
    assert chinese["message"] != english["message"] and english["message"].isascii()


def test_a_server_that_cannot_be_reached_has_a_code_too() -> None:
    from server.mcp.api import Api, ApiRefused
    from server.mcp.remote import connected

    async def run() -> str:
        async with connected("http://127.0.0.1:9", None) as carrier:
            with pytest.raises(ApiRefused) as refused:
                await Api(carrier).get("/api/documents")
        return refused.value.code

    assert anyio.run(run) == "unreachable"
