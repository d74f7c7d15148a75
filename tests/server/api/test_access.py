"""Without a key nothing is open once there is one; every route has a role, and a role that does not reach is refused."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.dependencies.models import Dependant
from fastapi.routing import iter_route_contexts
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.routing import Mount
from starlette.websockets import WebSocketDisconnect

from server.access_errors import NoAccess
from server.api.access import PUBLIC, Requirement, caller_of, is_public
from server.ledger import keys, sessions
from server.ledger.keys import Keyring
from tests.paged import with_page
from tests.server.api.keyed import BASE, bearer, client_of, ledger_of, unloaded

pytestmark = pytest.mark.slow

ANY_KEY = {"/api/openapi.json", "/ui/{name}"}
"""Routes of the framework and files of the page, which declare nothing: behind the entrance, for every role."""
MOUNTED = {"", "/en", "/mcp"}
"""What is mounted: behind the entrance, for every role; nothing in it writes."""
GRADIO = ["/", "/config", "/theme.css", "/static/x", "/assets/x", "/gradio_api/queue/join", "/gradio_api/upload",
          "/gradio_api/file=/etc/passwd", "/gradio_api/info", "/monitoring", "/favicon.ico"]  # fmt: skip


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    with unloaded(tmp_path) as app:
        yield app


@pytest.fixture
def whole(app: FastAPI) -> FastAPI:
    """With the page and all that Gradio brings."""
    return with_page(app, BASE)


def _requirements(dependant: Dependant) -> set[str]:
    own = {dependant.call.role} if isinstance(dependant.call, Requirement) else set()
    return own.union(*(_requirements(inner) for inner in dependant.dependencies))


def _routes(app: FastAPI) -> Iterator[tuple[str, set[str], set[str]]]:
    """Every route as path, methods and the roles that it declares."""
    for route in iter_route_contexts(app.routes):
        if not isinstance(route.original_route, Mount):
            dependant = getattr(route, "dependant", None)
            yield route.path or "", set(route.methods or ()), _requirements(dependant) if dependant else set()


def _paths(app: FastAPI) -> list[tuple[str, str]]:
    """A request for every method of every route, and some of what is mounted."""
    found = [
        (method, path.replace("{", "").replace("}", "").replace(":path", ""))
        for path, methods, _ in _routes(app)
        for method in sorted(methods)
    ]
    found += [(method, path) for path in (*GRADIO, "/mcp", "/mcp/", "/nowhere", "/api/nowhere", "/v1/nowhere")
              for method in ("GET", "POST", "DELETE")]  # fmt: skip
    return [(method, path) for method, path in found if not is_public(method, path)]


def test_every_route_declares_its_role_or_stands_on_the_list_of_public_ones(whole: FastAPI) -> None:
    undeclared = [
        (path, methods)
        for path, methods, roles in _routes(whole)
        if not roles and not all(is_public(method, path) for method in methods) and path not in ANY_KEY
    ]
    assert undeclared == []
    mounted = {r.original_route.path for r in iter_route_contexts(whole.routes) if isinstance(r.original_route, Mount)}
    assert mounted <= MOUNTED


def test_what_is_public_is_as_little_as_this() -> None:
    assert set(PUBLIC) == {"/api/health", "/api/ready", "/api/session", "/login"}
    assert is_public("POST", "/api/session") and not is_public("GET", "/api/session")
    assert is_public("GET", "/login") and not is_public("POST", "/login")
    assert not is_public("GET", "/api/health/") and not is_public("GET", "/api/healthx")


def test_a_route_that_changes_something_needs_more_than_to_read(app: FastAPI) -> None:
    asking = {"/api/ask", "/api/search", "/api/session", "/v1/chat/completions", "/mcp"}
    asking |= {"/v1", "/v1/{path:path}"}  # what is not offered is refused, whatever the method
    own = ("/api/conversations", "/api/feedback", "/api/answers")  # of whoever makes and removes them
    for path, methods, roles in _routes(app):
        if methods & {"POST", "PUT", "PATCH", "DELETE"} and path not in asking and not path.startswith(own):
            assert roles & {"write", "admin"}, path


def test_without_a_key_every_path_gives_the_same_refusal(whole: FastAPI) -> None:
    ledger = ledger_of(whole)
    keys.add(ledger, "在", "admin")
    revoked = keys.add(ledger, "废", "admin")
    key = Keyring(ledger).find(revoked)
    assert key is not None
    ended = sessions.begin(ledger, key, 3600)[0]
    keys.revoke(ledger, "废")
    shown: list[dict[str, str]] = [
        {}, {"Authorization": ""}, {"Authorization": "Bearer"}, {"Authorization": "Basic eDp5"},
        {"Authorization": "Bearer yj_" + "A" * 43}, {"Authorization": f"Bearer {revoked}"},
        {"Cookie": "youju_session=x"}, {"Cookie": f"youju_session={ended}"}, {"Cookie": 'a="; youju_session='},
    ]  # fmt: skip
    client = client_of(whole)
    bodies: dict[bool, set[bytes]] = {True: set(), False: set()}
    for method, path in _paths(whole):
        for headers in shown:
            own = {"Origin": "http://127.0.0.1:7860"} if "Cookie" in headers else {}
            response = client.request(method, path, headers=headers | own | {"X-Request-Id": "same"})
            assert response.status_code == 401, (method, path, headers)
            assert response.headers["www-authenticate"] == "Bearer"
            if method != "HEAD":
                bodies[f"{path}/".startswith("/v1/")].add(response.content)
    # What is compatible with OpenAI's API has its own form of an error, the same for all of it.
    assert [len(found) for found in bodies.values()] == [1, 1]
    assert "yj_" in bodies[False].pop().decode()


def test_of_the_mounted_page_only_what_it_uses_is_there(whole: FastAPI) -> None:
    client = client_of(whole)
    for path in ("/", "/config", "/theme.css", "/gradio_api/startup-events"):
        assert client.get(path).status_code == 200, path
    for path in ("/gradio_api/upload", "/gradio_api/file=/etc/passwd", "/gradio_api/proxy=http://x.cn", "/monitoring",
                 "/gradio_api/info", "/gradio_api/component_server", "/gradio_api/vibe-edit", "/gradio_api/deep_link",
                 "/gradio_api/call/ask", "/gradio_api/runs", "/logout", "/api/nowhere", "/nowhere"):  # fmt: skip
        for method in ("GET", "POST"):
            response = client.request(method, path)
            assert (response.status_code, response.json()["status"]) == (404, 404), path
    for method, path in (("PUT", "/api/session"), ("GET", "/api/ask"), ("POST", "/login")):
        response = client.request(method, path)
        assert (response.status_code, response.json()["status"]) == (405, 405)
        assert response.headers["allow"]


def test_a_slash_too_many_reaches_no_route(whole: FastAPI) -> None:
    """With redirects `DELETE /api/conversations/`, one conversation with an empty id, deleted all of them."""
    client = TestClient(whole, base_url=BASE, client=("127.0.0.1", 50000), follow_redirects=True)
    assert client.post("/api/conversations").status_code == 201
    own = [(method, path) for method, path in _paths(whole) if path not in GRADIO and not path.endswith("/")]
    slashed = {(method, f"{path}/") for method, path in [*own, ("POST", "/api/session"), ("GET", "/login")]}
    assert ("DELETE", "/api/conversations/") in slashed
    # Below /v1 a slash too many does not matter: clients join its paths to base addresses in their own ways.
    slashed = {(method, path) for method, path in slashed if not path.startswith("/v1/")}
    for method, path in sorted(slashed):
        response = client.request(method, path)
        assert (response.status_code, response.history) == (404, []), (method, path)
    assert ledger_of(whole).row("SELECT count(*) FROM conversations") == (1,)


def test_a_websocket_without_a_key_is_not_opened(app: FastAPI) -> None:
    bearer(app)
    with pytest.raises(WebSocketDisconnect) as caught, client_of(app).websocket_connect("/anything"):
        pass
    assert caught.value.code == 1008


def test_health_and_the_login_are_open_with_keys(whole: FastAPI) -> None:
    bearer(whole)
    client = client_of(whole)
    assert client.get("/api/health").status_code == 200
    assert client.get("/api/ready").status_code == 503
    assert client.get("/login").status_code == 200


def test_without_keys_this_machine_may_do_everything(whole: FastAPI) -> None:
    client = client_of(whole)
    assert client.get("/api/audit").status_code == 200
    assert client.get("/").status_code == 200
    # Programs that must send some key send one that is none.
    assert client.get("/api/audit", headers={"Authorization": "Bearer sk-anything"}).status_code == 200


def test_a_key_opens_by_its_role(whole: FastAPI) -> None:
    client = client_of(whole)
    read, write, admin = bearer(whole, "read"), bearer(whole, "write"), bearer(whole, "admin")
    for headers in (read, write, admin):
        assert client.get("/api/session", headers=headers).status_code == 200
        assert client.get("/config", headers=headers).status_code == 200
    for headers in (read, write):
        response = client.get("/api/audit", headers=headers)
        assert (response.status_code, response.json()["title"]) == (403, "权限不够")
        assert "admin" in response.json()["detail"]
    assert client.get("/api/audit", headers=admin).status_code == 200


def test_a_read_key_cannot_write_anywhere(client: TestClient) -> None:
    app = client.app
    assert isinstance(app, FastAPI)
    headers = bearer(app, "read")
    for path, methods, roles in _routes(app):
        if roles & {"write", "admin"}:
            for method in methods - {"HEAD"}:
                response = client.request(method, path.replace("{", "").replace("}", ""), headers=headers)
                assert response.status_code == 403, (method, path)


def test_a_server_that_others_reach_is_closed_without_keys(tmp_path: Path) -> None:
    with unloaded(tmp_path, host="0.0.0.0") as app:
        client = client_of(app, "http://192.168.1.5:7860")
        assert client.get("/api/audit").status_code == 401
        assert client.get("/api/health").status_code == 200
        headers = bearer(app, "admin")
        assert client.get("/api/audit", headers=headers).status_code == 200
        keys.revoke(ledger_of(app), "admin")
        assert client.get("/api/audit", headers=headers).status_code == 401


def test_a_browser_that_opens_a_page_is_sent_to_the_login(whole: FastAPI) -> None:
    headers = bearer(whole)
    client = client_of(whole)
    ways = {
        "/": "/login", "/api/docs": "/login?next=api%2Fdocs", "/en/?c=1&view=x": "/login?next=en%2F%3Fc%3D1%26view%3Dx",
        "//evil.test/x": "/login?next=evil.test%2Fx",
    }  # fmt: skip
    for path, login in ways.items():
        response = client.get(
            str(client.base_url) + path, headers={"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
        )
        assert (response.status_code, response.headers["location"]) == (303, login)
    page = client.get("/", headers=headers | {"Accept": "text/html"})
    assert page.status_code == 200 and "gradio" in page.text


def test_a_route_that_was_reached_past_the_entrance_lets_nobody_in() -> None:
    with pytest.raises(NoAccess):
        caller_of(Request({"type": "http", "headers": []}))


def test_the_last_use_of_a_key_is_kept(app: FastAPI) -> None:
    headers = bearer(app)
    client_of(app).get("/api/session", headers=headers)
    (key,) = keys.every(ledger_of(app))
    assert key.used is not None and key.used >= key.created
