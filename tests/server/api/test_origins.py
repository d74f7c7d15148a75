"""With keys: any Host, but no page of another site, and no change by a cookie that a browser sends by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient

from server.api.guard import is_own, own_address
from tests.server.api.keyed import bearer, client_of, unloaded

LISTED = "https://oa.example.cn"


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    with unloaded(tmp_path, host="0.0.0.0", origins=[LISTED]) as app:
        yield app


@pytest.fixture
def headers(app: FastAPI) -> dict[str, str]:
    return bearer(app, "admin")


@pytest.fixture
def client(app: FastAPI) -> TestClient:
    return client_of(app, "http://youju.example.cn:7860")


@pytest.mark.parametrize(
    ("scheme", "sent", "own"),
    [
        ("http", {"host": "a.cn:7860", "origin": "http://a.cn:7860"}, True),
        ("http", {"host": "a.cn", "origin": "http://a.cn"}, True),
        ("http", {"host": "a.cn:80", "origin": "http://a.cn"}, True),
        ("http", {"host": "A.cn", "origin": "https://a.cn"}, True),
        ("https", {"host": "a.cn", "origin": "https://a.cn:443"}, True),
        ("https", {"host": "a.cn", "origin": "http://a.cn"}, False),
        ("http", {"host": "a.cn", "origin": "http://b.cn"}, False),
        ("http", {"host": "a.cn", "origin": "http://a.cn:7860"}, False),
        ("http", {"host": "a.cn", "origin": "http://a.cn.b.cn"}, False),
        ("http", {"host": "a.cn", "origin": "null"}, False),
        ("http", {"host": "a.cn", "origin": "file://"}, False),
        ("http", {"host": "a.cn", "origin": "http://a.cn:x"}, False),
        ("http", {"host": "", "origin": "http://"}, True),
        ("http", {"host": "a.cn"}, False),
        ("http", {"host": "a.cn", "sec-fetch-site": "same-origin"}, True),
        ("http", {"host": "proxied", "origin": "https://a.cn", "sec-fetch-site": "same-origin"}, True),
        ("http", {"host": "a.cn", "origin": "http://a.cn", "sec-fetch-site": "cross-site"}, False),
        ("http", {"host": "a.cn", "origin": "http://a.cn", "sec-fetch-site": "same-site"}, False),
        ("http", {"host": "a.cn", "origin": "http://a.cn", "sec-fetch-site": "none"}, True),
    ],
)
def test_whether_a_request_comes_from_the_servers_own_page(scheme: str, sent: dict[str, str], own: bool) -> None:
    assert is_own({"scheme": scheme}, sent) is own


def test_with_a_key_any_host_may_be_named(app: FastAPI, client: TestClient, headers: dict[str, str]) -> None:
    for host in ("youju.example.cn", "10.0.0.5:7860", "localhost"):
        assert client.get("/api/session", headers=headers | {"Host": host}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "file://", "https://oa.example.cn.evil.example", ""])
@pytest.mark.parametrize("path", ["/api/session", "/mcp", "/", "/v1/models", "/api/health", "/login"])
def test_a_foreign_page_is_refused_whatever_it_shows(
    client: TestClient, headers: dict[str, str], origin: str, path: str
) -> None:
    for method in ("GET", "POST", "OPTIONS"):
        response = client.request(method, path, headers=headers | {"Origin": origin})
        assert response.status_code == 403
        assert "access-control-allow-origin" not in response.headers


def test_a_listed_page_may_call_with_a_key_and_not_with_a_cookie(client: TestClient, headers: dict[str, str]) -> None:
    response = client.get("/api/session", headers=headers | {"Origin": LISTED})
    assert response.status_code == 200
    assert response.headers["access-control-allow-origin"] == LISTED
    assert "access-control-allow-credentials" not in response.headers
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization,content-type"}
    preflight = client.options("/api/ask", headers={"Origin": LISTED} | asked)
    assert preflight.status_code == 200
    assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
    assert client.get("/api/session", headers={"Origin": LISTED}).status_code == 401
    secret = headers["Authorization"].removeprefix("Bearer ")
    own = {"Origin": "http://youju.example.cn:7860"}
    assert client.post("/api/session", json={"key": secret}, headers=own).status_code == 200
    assert client.delete("/api/session", headers={"Origin": LISTED}).status_code == 403
    assert client.delete("/api/session", headers=own).status_code == 204


def test_without_a_list_no_other_page_may_call(tmp_path: Path) -> None:
    with unloaded(tmp_path) as app:
        response = client_of(app).get("/api/session", headers=bearer(app) | {"Origin": LISTED})
        assert response.status_code == 403


def test_a_list_opens_nothing_while_there_is_no_key(tmp_path: Path) -> None:
    with unloaded(tmp_path, origins=[LISTED]) as app:
        response = client_of(app).get("/api/session", headers={"Origin": LISTED})
        assert response.status_code == 403
        assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("foreign", [{"Host": "evil.example"}, {"Origin": "http://evil.example"}])
@pytest.mark.parametrize("path", ["/", "/mcp", "/api/docs", "/metrics", "/gradio_api/queue/join", "/api/health"])
def test_without_keys_everything_mounted_is_for_this_machine_alone(
    tmp_path: Path, path: str, foreign: dict[str, str]
) -> None:
    with unloaded(tmp_path) as app:
        for method in ("GET", "POST"):
            assert client_of(app).request(method, path, headers=foreign).status_code == 403


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        ({}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "none"}, 403),
        ({"Sec-Fetch-Site": "same-origin"}, 204),
        ({"Origin": "http://youju.example.cn:7860"}, 204),
    ],
)
def test_what_a_cookie_changes_must_come_from_the_own_page(
    client: TestClient, headers: dict[str, str], sent: dict[str, str], status: int
) -> None:
    secret = headers["Authorization"].removeprefix("Bearer ")
    assert client.post("/api/session", json={"key": secret}).status_code == 200
    assert client.get("/api/session").status_code == 200
    assert client.delete("/api/session", headers=sent).status_code == status


def test_where_the_server_reaches_itself() -> None:
    assert own_address("0.0.0.0", 7860) == "http://127.0.0.1:7860"
    assert own_address("::", 7860) == own_address("[::]", 7860) == "http://[::1]:7860"
    assert own_address("127.0.0.1", 80) == "http://127.0.0.1:80"
    assert own_address("localhost", 80) == "http://localhost:80"
