"""`youju mcp` as agents start it: a process of its own that speaks the protocol on its standard output and nothing else."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp_types import TextContent

from index.search import Searcher
from server.answer.answerer import Answerer
from server.ledger import keys
from server.mcp.api import Api
from server.mcp.server import build
from server.mcp.stdio import Patient
from tests.conftest import ROOT
from tests.server.serving import ready_app, served
from tests.stubs import SAID, ScriptedModel

pytestmark = pytest.mark.slow

ASKED = "海沧2023年计划竣工几个项目"

OPENING = json.dumps({
    "jsonrpc": "2.0", "id": 1, "method": "initialize",
    "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
})  # fmt: skip


def _youju(*arguments: str, **variables: str) -> StdioServerParameters:
    return StdioServerParameters(
        command=sys.executable, args=["-m", "server.cli", "mcp", *arguments], cwd=ROOT, env=variables
    )


def _ask(server: Any, **arguments: Any) -> tuple[Any, str]:
    """The structured answer, None for an error, and the text."""

    async def run() -> tuple[Any, str]:
        async with Client(server) as client:
            result = await client.call_tool("ask", {"question": ASKED} | arguments)
            (content,) = result.content
            assert isinstance(content, TextContent)
            return (None if result.is_error else result.structured_content), content.text

    return anyio.run(run)


def test_a_process_talks_to_a_running_server(searcher: Searcher, tmp_path: Path) -> None:
    with served(ready_app(Answerer(searcher, ScriptedModel()), tmp_path)) as address:
        answer, told = _ask(_youju("--url", address))
    assert answer["answer"] == SAID
    assert told.startswith(answer["answer"])


def test_a_server_that_is_not_there_is_a_tool_error_by_a_sentence(searcher: Searcher, tmp_path: Path) -> None:
    with served(ready_app(Answerer(searcher, ScriptedModel()), tmp_path)) as address:
        pass
    answer, told = _ask(_youju("--url", address))
    assert answer is None
    assert "连不上" in told and address in told


def test_a_key_that_is_wrong_is_a_tool_error_by_a_sentence(searcher: Searcher, tmp_path: Path) -> None:
    app = ready_app(Answerer(searcher, ScriptedModel()), tmp_path)
    key = keys.add(app.state.youju.ledger, "智能体", "read")
    with served(app) as address:
        assert _ask(_youju("--url", address))[0] is None
        answer, told = _ask(_youju("--url", address, "--key", "wrong"))
        assert answer is None and "密钥" in told
        assert _ask(_youju("--url", address, YOUJU_KEY=key))[0]["status"] == "answered"


def test_without_a_running_server_the_first_question_waits_until_all_is_loaded(
    searcher: Searcher, tmp_path: Path
) -> None:
    app = ready_app(Answerer(searcher, ScriptedModel()), tmp_path)
    api = Api(Patient(app))
    app.state.youju.load()
    answer, _ = _ask(build(lambda _: api))
    assert answer["answer"] == SAID


def test_a_key_is_not_asked_for_where_the_data_folder_can_be_read(searcher: Searcher, tmp_path: Path) -> None:
    app = ready_app(Answerer(searcher, ScriptedModel()), tmp_path)
    keys.add(app.state.youju.ledger, "智能体", "read")
    api = Api(Patient(app))
    app.state.youju.load()
    assert _ask(build(lambda _: api))[0]["status"] == "answered"


def test_standard_output_carries_the_protocol_alone(searcher: Searcher, tmp_path: Path) -> None:
    opening = {
        "jsonrpc": "2.0", "id": 1, "method": "initialize",
        "params": {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "t", "version": "1"}},
    }  # fmt: skip
    listing = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}
    lines = [opening, {"jsonrpc": "2.0", "method": "notifications/initialized"}, listing]
    spoken = "".join(json.dumps(line) + "\n" for line in lines)
    command = [sys.executable, "-m", "server.cli", "mcp", "--url", "http://127.0.0.1:1"]
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    with subprocess.Popen(command, encoding="utf-8", cwd=ROOT, **pipes) as process:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(spoken)
        process.stdin.flush()
        answers = [json.loads(process.stdout.readline()) for _ in range(2)]
        left, faults = process.communicate(timeout=120)
    assert (process.returncode, left) == (0, ""), faults
    assert [answer["id"] for answer in answers] == [1, 2]
    assert answers[1]["result"]["tools"][0]["name"] == "ask"


def _call(id_: int, question: str) -> str:
    params = {"name": "ask", "arguments": {"question": question}}
    return json.dumps({"jsonrpc": "2.0", "id": id_, "method": "tools/call", "params": params})


def _spoken(address: str, lines: list[str]) -> tuple[int, list[dict[str, Any]]]:
    """The exit code and the messages of a process whose input ends right behind `lines`."""
    command = [sys.executable, "-m", "server.cli", "mcp", "--url", address]
    done = subprocess.run(
        command, input="\n".join([OPENING, *lines]) + "\n", capture_output=True, encoding="utf-8", cwd=ROOT, check=False,
        timeout=300,
    )  # fmt: skip
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def test_what_was_asked_is_answered_although_the_input_has_ended(searcher: Searcher, tmp_path: Path) -> None:
    with served(ready_app(Answerer(searcher, ScriptedModel()), tmp_path)) as address:
        code, messages = _spoken(address, [_call(2, ASKED), _call(3, "你好")])
    replies = {message["id"]: message for message in messages}
    assert (code, set(replies)) == (0, {1, 2, 3})
    assert replies[2]["result"]["structuredContent"]["status"] == "answered"


def test_a_line_that_is_no_message_is_answered_by_an_error_and_the_rest_goes_on(
    searcher: Searcher, tmp_path: Path
) -> None:
    batch = f"[{_call(5, '你好')}]"
    with served(ready_app(Answerer(searcher, ScriptedModel()), tmp_path)) as address:
        code, messages = _spoken(address, ["几个", '{"jsonrpc": ', batch, '{"id": 4}', _call(2, ASKED)])
    errors = [
        (message["error"]["code"], message["error"]["data"]["code"]) for message in messages if "error" in message
    ]
    assert code == 0 and all(message["id"] is None for message in messages if "error" in message)
    assert errors == [(-32700, "not_json")] * 2 + [(-32600, "invalid_message")] * 2
    assert {message["id"] for message in messages if "result" in message} == {1, 2}


def test_a_model_that_is_missing_is_told_before_the_protocol_begins(tmp_path: Path) -> None:
    variables = {"YOUJU_MODELS": str(tmp_path), "YOUJU_DATA": str(tmp_path), "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "server.cli", "mcp"]
    done = subprocess.run(
        command, input="", capture_output=True, encoding="utf-8", cwd=ROOT, env=variables, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    assert "youju models pull" in done.stderr
