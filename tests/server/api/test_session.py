"""A browser shows its key once and keeps a cookie; wrong keys are limited and counted."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from server.api.logins import A_MINUTE, MOST_ADDRESSES, OTHERS, Logins, network
from server.ledger import audit, keys
from server.ledger.ledger import Ledger
from tests.server.api.keyed import BASE, client_of, ledger_of, unloaded

OWN = {"Origin": BASE}


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    with unloaded(tmp_path) as app:
        yield app


@pytest.fixture
def secret(app: FastAPI) -> str:
    return keys.add(ledger_of(app), "张三", "write")


def _log_in(client: TestClient, secret: str) -> int:
    return client.post("/api/session", json={"key": secret}, headers=OWN).status_code


def test_a_key_becomes_a_cookie_that_scripts_and_other_sites_do_not_get(app: FastAPI, secret: str) -> None:
    client = client_of(app)
    response = client.post("/api/session", json={"key": secret})
    assert response.status_code == 200
    session = response.json()
    assert (session["name"], session["role"]) == ("张三", "write") and session["expires"]
    attributes = {part.strip().split("=")[0].lower() for part in response.headers["set-cookie"].split(";")}
    assert {"httponly", "samesite", "path", "max-age"} <= attributes and "secure" not in attributes
    assert "SameSite=strict" in response.headers["set-cookie"]
    assert secret not in response.headers["set-cookie"] + response.text
    assert client.get("/api/session").json() == session


def test_behind_tls_the_cookie_is_secure_when_a_trusted_proxy_says_so(app: FastAPI, secret: str) -> None:
    # As uvicorn puts it around the application; its types are its own.
    wrapped: Any = ProxyHeadersMiddleware(cast(Any, app), trusted_hosts=["10.0.0.9"])
    for address, secure in (("10.0.0.9", True), ("10.0.0.8", False)):
        client = TestClient(wrapped, base_url=BASE, client=(address, 50000))
        response = client.post("/api/session", json={"key": secret}, headers={"X-Forwarded-Proto": "https"})
        assert ("secure" in response.headers["set-cookie"].lower()) is secure


def test_logging_out_ends_the_session(app: FastAPI, secret: str) -> None:
    client = client_of(app)
    assert _log_in(client, secret) == 200
    kept = client.cookies["youju_session"]
    assert client.delete("/api/session", headers=OWN).status_code == 204
    assert "youju_session" not in client.cookies
    assert client.get("/api/session", headers={"Cookie": f"youju_session={kept}"}).status_code == 401


def test_a_session_ends_with_its_key(app: FastAPI, secret: str) -> None:
    client = client_of(app)
    _log_in(client, secret)
    keys.add(ledger_of(app), "李四", "read")
    keys.revoke(ledger_of(app), "张三")
    assert client.get("/api/session").status_code == 401


def test_a_cookie_next_to_a_wrong_key_does_not_help(app: FastAPI, secret: str) -> None:
    client = client_of(app)
    _log_in(client, secret)
    assert client.get("/api/session", headers={"Authorization": "Bearer yj_wrong"}).status_code == 401
    assert client.get("/api/session", headers={"Authorization": "Basic eDp5"}).status_code == 200


def test_without_keys_the_session_says_that_none_is_needed(app: FastAPI) -> None:
    client = client_of(app)
    assert client.get("/api/session").json() == {"key": None, "name": "本机", "role": "admin", "expires": None}
    assert _log_in(client, "yj_any") == 401


@pytest.mark.parametrize("body", ["{}", '{"key": ""}', '{"key": 1}', '{"key": "a", "b": 1}', "[]", "x", ""])
def test_what_is_no_login_is_refused(app: FastAPI, body: str) -> None:
    response = client_of(app).post("/api/session", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 422


def test_failed_logins_are_limited_by_address_and_successful_ones_are_not(app: FastAPI, secret: str) -> None:
    client, other = client_of(app, address="10.0.0.1"), client_of(app, address="10.0.0.2")
    assert [_log_in(client, secret) for _ in range(A_MINUTE + 2)] == [200] * (A_MINUTE + 2)
    assert [_log_in(client, "yj_wrong") for _ in range(A_MINUTE)] == [401] * A_MINUTE
    refused = client.post("/api/session", json={"key": secret}, headers=OWN)
    assert refused.status_code == 429 and int(refused.headers["retry-after"]) > 0
    assert _log_in(other, secret) == 200


def test_failures_are_counted_in_the_audit_log_without_what_was_tried(app: FastAPI, secret: str) -> None:
    client = client_of(app, address="10.0.0.1")
    for _ in range(3):
        _log_in(client, "yj_wrong")
    client.get("/api/documents", headers={"Authorization": "Bearer yj_wrong"})
    client.get("/api/documents")
    app.state.youju.entrance.close()
    lines = [(e.action, e.subject, e.detail) for e in audit.entries(ledger_of(app), 10) if e.action == "login.failed"]
    assert lines == [("login.failed", "10.0.0.1", "4")]
    assert "yj_wrong" not in repr(audit.entries(ledger_of(app), 10))


def test_the_memory_of_failures_is_bounded(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger")
    logins = Logins(ledger)
    for i in range(MOST_ADDRESSES + 50):
        logins.note(f"10.0.{i // 250}.{i % 250}")
    logins.write()
    assert audit.count(ledger) == MOST_ADDRESSES + 1
    assert [e.detail for e in audit.entries(ledger, 2000) if e.subject == OTHERS] == ["50"]
    logins.note("10.0.0.1")
    logins.write()
    assert [e.detail for e in audit.entries(ledger, 2000) if e.subject == "10.0.0.1"] == ["1"]
    logins.write(at_once=True)
    assert [e.detail for e in audit.entries(ledger, 2000) if e.subject == "10.0.0.1"] == ["2"]
    ledger.close()


def test_a_machine_is_counted_as_one_whatever_address_of_its_network_it_takes() -> None:
    assert network("2001:db8::1") == network("2001:db8::ffff") != network("2001:db8:0:1::1")
    assert network("10.0.0.1") == "10.0.0.1"
    assert network("testclient") == "testclient"


def test_the_audit_log_is_paged_and_for_admins(app: FastAPI, secret: str) -> None:
    boss = keys.add(ledger_of(app), "主管", "admin")
    client = client_of(app)
    found = client.get("/api/audit?limit=1&offset=1", headers={"Authorization": f"Bearer {boss}"}).json()
    assert found["total"] == 2
    (entry,) = found["entries"]
    assert (entry["name"], entry["action"], entry["subject"], entry["detail"]) == ("本机", "key.add", "张三", "write")
    assert client.get("/api/audit?limit=0", headers={"Authorization": f"Bearer {boss}"}).status_code == 422
