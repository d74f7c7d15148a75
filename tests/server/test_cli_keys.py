"""`youju keys` as a person runs it; a server that runs sees what it does at once."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from typer.testing import CliRunner, Result

from server.cli_keys import commands
from server.errors import ServerError
from server.installation import Installation
from tests.server.api.keyed import client_of, unloaded


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def _keys(data: Path, *arguments: str) -> Result:
    installation = Installation(data, data, data, "llm", 1, 1)
    return CliRunner().invoke(commands(lambda: installation), arguments)


@pytest.fixture
def app(data: Path) -> Iterator[FastAPI]:
    with unloaded(data) as app:
        yield app


def test_a_key_is_shown_once_alone_on_stdout(data: Path) -> None:
    first = _keys(data, "add", "张三", "--role", "read")
    assert first.exit_code == 0
    assert re.fullmatch(r"yj_[0-9A-Za-z_-]{43}\n", first.stdout)
    assert "只显示这一次" in first.stderr and "第一个密钥" in first.stderr
    second = _keys(data, "add", "程序", "--role", "write")
    assert "第一个密钥" not in second.stderr
    listed = _keys(data, "list")
    assert listed.exit_code == 0
    assert "张三" in listed.stdout and "write" in listed.stdout and "最近使用 从未" in listed.stdout
    assert first.stdout.strip() not in listed.stdout + _keys(data, "list", "--json").stdout


def test_keys_are_listed_as_json(data: Path) -> None:
    assert json.loads(_keys(data, "list", "--json").stdout) == {"keys": []}
    assert "还没有密钥" in _keys(data, "list").stderr
    _keys(data, "add", "张三", "--role", "admin")
    _keys(data, "revoke", "张三")
    (key,) = json.loads(_keys(data, "list", "--json").stdout)["keys"]
    assert (key["name"], key["role"], key["used"]) == ("张三", "admin", None)
    assert key["created"] <= key["revoked"] and set(key) == {"id", "name", "role", "created", "used", "revoked"}


def test_wrong_use_is_told(data: Path) -> None:
    assert _keys(data, "add", "张三").exit_code == 2
    assert _keys(data, "add", "张三", "--role", "root").exit_code == 2
    for arguments, told in (
        (("add", "有 空格", "--role", "read"), "不可用"),
        (("revoke", "没有"), "没有名为 没有 的有效密钥"),
    ):
        error = _keys(data, *arguments).exception
        assert isinstance(error, ServerError) and told in str(error)


def test_a_running_server_sees_new_and_revoked_keys_at_once(data: Path, app: FastAPI) -> None:
    client = client_of(app)
    assert client.get("/api/session").status_code == 200
    secret = _keys(data, "add", "张三", "--role", "read").stdout.strip()
    headers = {"Authorization": f"Bearer {secret}"}
    assert client.get("/api/session").status_code == 401
    assert client.get("/api/session", headers=headers).json()["name"] == "张三"
    assert json.loads(_keys(data, "list", "--json").stdout)["keys"][0]["used"]
    _keys(data, "add", "李四", "--role", "read")
    assert "现在没有有效的密钥" not in _keys(data, "revoke", "张三").stderr
    assert client.get("/api/session", headers=headers).status_code == 401
    assert "现在没有有效的密钥" in _keys(data, "revoke", "李四").stderr
    assert client.get("/api/session").json()["name"] == "本机"


def test_the_audit_log_is_shown_for_people_and_programs(data: Path) -> None:
    _keys(data, "add", "张三", "--role", "write")
    _keys(data, "revoke", "张三")
    shown = _keys(data, "audit")
    assert [line.split("  ")[1:] for line in shown.stdout.splitlines()] == [
        ["本机", "key.revoke", "张三"],
        ["本机", "key.add", "张三", "write"],
    ]
    assert "共 2 条" in shown.stderr
    told = json.loads(_keys(data, "audit", "--json", "--limit", "1").stdout)
    assert told["total"] == 2 and [entry["action"] for entry in told["entries"]] == ["key.revoke"]
