"""Without keys a server is for the user who has started it: other users of the machine, and a proxy that runs as one, are
refused over real connections."""

from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from server.answer.answerer import Answerer
from server.api.app import create_app
from server.settings import Settings
from tests.server.api.keyed import bearer
from tests.server.other_user import AS_ROOT, STRANGER, acting_as, strangers
from tests.server.serving import served

READS = [
    ("GET", "/api/session"),
    ("GET", "/api/conversations"),
    ("GET", "/metrics"),
    ("GET", "/v1/models"),
    ("GET", "/"),
]
WRITES = [
    ("POST", "/api/conversations"),
    ("DELETE", "/api/conversations"),
    ("POST", "/mcp"),
    ("POST", "/api/documents"),
]


def _fail() -> Answerer:
    raise RuntimeError("nothing of this needs a model")


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return create_app(Settings(data=tmp_path), load=_fail)


@pytest.fixture
def address(app: FastAPI) -> Iterator[str]:
    with served(app) as address:
        yield address


def _client(address: str) -> httpx.Client:
    return httpx.Client(base_url=address, trust_env=False)


def test_ones_own_programs_need_no_key(address: str) -> None:
    with _client(address) as client:
        assert client.get("/api/session").json()["role"] == "admin"
        assert client.post("/api/conversations").status_code == 201


def test_another_users_programs_need_one(app: FastAPI, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with strangers(app, monkeypatch), _client(address) as client:
        for method, path in READS + WRITES:
            response = client.request(method, path)
            assert response.status_code == 403, (method, path)
            assert "youju keys add" in response.text
        assert client.get("/api/health").status_code == 200
        ready = client.get("/api/ready")
        assert ready.status_code == 503
        assert {check["sentence"] for check in ready.json()["checks"]} == {None}
        headers = bearer(app, "read")
        assert client.get("/api/session").status_code == 401
        assert client.get("/api/session", headers=headers).json()["role"] == "read"


def test_a_proxy_of_another_user_lets_nobody_in(app: FastAPI, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """nginx's default proxy_pass gives its own Host and tells nothing of who has called it."""
    host = address.removeprefix("http://")
    forwarded: list[dict[str, str]] = [{}, {"X-Forwarded-For": "127.0.0.1"}, {"X-Forwarded-For": "203.0.113.9"}]
    with strangers(app, monkeypatch), _client(address) as client:
        for headers in forwarded:
            for method, path in READS + WRITES:
                response = client.request(method, path, headers={"Host": host, "Connection": "close"} | headers)
                assert response.status_code == 403, (method, path, headers)


def test_a_proxy_of_ones_own_lets_in_who_calls_it_from_this_machine(address: str) -> None:
    with _client(address) as client:
        for caller, status in (("127.0.0.1", 200), ("::1", 200), ("203.0.113.9", 403)):
            assert client.get("/api/session", headers={"X-Forwarded-For": caller}).status_code == status


def test_where_the_system_does_not_tell_every_user_is_let_in(
    app: FastAPI, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(app.state.youju.entrance, "lookup", None)
    with acting_as(STRANGER) if AS_ROOT else nullcontext(), _client(address) as client:
        assert client.get("/api/session").status_code == 200


def test_a_connection_that_nobody_holds_is_refused(app: FastAPI, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(app.state.youju.entrance, "lookup", lambda _peer, _local: None)
    with _client(address) as client:
        assert client.get("/api/session").status_code == 403


def test_root_is_let_in_whoever_runs_the_server(app: FastAPI, address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    with _client(address) as client:
        for owner, status in ((0, 200), (1000, 200), (1001, 403)):
            monkeypatch.setattr(app.state.youju.entrance, "lookup", lambda _peer, _local, owner=owner: owner)
            assert client.get("/api/session").status_code == status
