"""Only pages and programs of this machine may call, and only this machine is listened on."""

import socket

import pytest
from fastapi import FastAPI, WebSocket
from fastapi.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from server.api.guard import is_loopback, require_loopback, require_port
from server.errors import PortInUse, UnsafeAddress
from tests.server.api.conftest import BASE
from tests.server.api.keyed import bearer

OWN = ["127.0.0.1", "127.0.0.1:7860", "localhost", "LOCALHOST:7860", "[::1]:7860", "127.1.2.3"]
FOREIGN = [
    "evil.example",
    "evil.example:7860",
    "127.0.0.1.evil.example",
    "localhost.evil.example",
    "127.0.0.1@evil.example",
    "0.0.0.0",
    "192.168.1.5:7860",
    "",
    "[::1",
]


@pytest.mark.parametrize("host", OWN)
def test_a_host_of_this_machine_is_let_in(client: TestClient, host: str) -> None:
    assert client.get("/api/health", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize("host", FOREIGN)
def test_a_foreign_host_is_refused(client: TestClient, host: str) -> None:
    response = client.get("/api/documents", headers={"Host": host})
    assert (response.status_code, response.json()["status"]) == (403, 403)
    assert response.headers["content-type"] == "application/problem+json"
    assert "Host" in response.json()["detail"]


@pytest.mark.parametrize("host", ["127.0.0.1:7860", "localhost:7860", "[::1]:7860"])
@pytest.mark.parametrize("sent", [{}, {"Sec-Fetch-Site": "same-origin"}])
def test_the_servers_own_page_may_read_and_write(client: TestClient, host: str, sent: dict[str, str]) -> None:
    own = {"Host": host, "Origin": f"http://{host}"} | sent
    assert client.get("/api/documents", headers=own).status_code == 200
    assert client.post("/api/conversations", headers=own).status_code == 201


FOREIGN_PAGES = [
    {"Origin": "http://evil.example"}, {"Origin": "null"}, {"Origin": "file://"}, {"Origin": ""},
    {"Origin": "http://127.0.0.1.evil.example"}, {"Origin": "http://localhost:3000"}, {"Origin": "http://127.0.0.1:8888"},
    {"Origin": "http://localhost"}, {"Origin": "http://localhost:3000", "Sec-Fetch-Site": "cross-site"},
    {"Origin": "http://127.0.0.1", "Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
    {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
]  # fmt: skip


@pytest.mark.parametrize("sent", FOREIGN_PAGES)
@pytest.mark.parametrize("with_session", [False, True])
def test_a_foreign_page_is_refused_another_port_of_this_machine_too(
    client: TestClient, sent: dict[str, str], with_session: bool
) -> None:
    """With keys it has the session's cookie, which browsers send to every port of a host."""
    app = client.app
    assert isinstance(app, FastAPI)
    if with_session:
        secret = bearer(app, "admin")["Authorization"].removeprefix("Bearer ")
        assert client.post("/api/session", json={"key": secret}).status_code == 200
    for method, path in (("GET", "/api/documents"), ("GET", "/api/ready"), ("POST", "/api/ask"), ("OPTIONS", "/api/ask"),
                         ("POST", "/api/conversations"), ("DELETE", "/api/conversations")):  # fmt: skip
        response = client.request(method, path, headers=sent)
        assert response.status_code == 403, (method, path)
        assert "access-control-allow-origin" not in response.headers
    files = {"files": ("假.txt", "计划竣工项目9个", "text/plain")}
    upload = client.post("/api/documents", files=files, headers=sent)
    assert (upload.status_code, upload.json()["title"]) == (403, "来源不允许")


def test_without_keys_a_page_behind_a_proxy_that_gives_its_own_host_is_refused(client: TestClient) -> None:
    sent = {"Origin": "https://youju.example.cn", "Sec-Fetch-Site": "same-origin"}
    for method, path in (("GET", "/api/documents"), ("POST", "/api/conversations")):
        assert client.request(method, path, headers=sent).status_code == 403


@pytest.mark.parametrize("sent", FOREIGN_PAGES)
def test_a_foreign_page_opens_no_websocket(client: TestClient, sent: dict[str, str]) -> None:
    @client.app.websocket("/socket")  # type: ignore[attr-defined, untyped-decorator]
    async def opened(socket: WebSocket) -> None:
        await socket.accept()
        await socket.close()

    here = {"Host": "127.0.0.1"}
    for own in (here, here | {"Origin": BASE}):
        with client.websocket_connect("/socket", headers=own):
            pass
    with pytest.raises(WebSocketDisconnect) as caught, client.websocket_connect("/socket", headers=here | sent):
        pass
    assert caught.value.code == 1008


@pytest.mark.parametrize("site", ["cross-site", "same-site", "same-origin", "none"])
def test_a_link_elsewhere_opens_a_page(client: TestClient, site: str) -> None:
    visit = {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert client.get("/api/docs", headers=visit).status_code == 200
    assert (client.post("/api/conversations", headers=visit).status_code == 403) is site.endswith("-site")


def test_programs_need_no_origin(client: TestClient) -> None:
    assert client.get("/api/documents").status_code == 200
    assert client.post("/api/conversations").status_code == 201
    assert client.delete("/api/conversations").status_code == 204


@pytest.mark.parametrize(("host", "own"), [("::1", True), ("127.0.0.1", True), ("localhost", True), ("::", False),
                                           ("0.0.0.0", False), ("10.0.0.1", False), ("localhost.com", False)])  # fmt: skip
def test_which_addresses_are_this_machine_alone(host: str, own: bool) -> None:
    assert is_loopback(host) is own
    require_loopback(host, has_keys=True)
    if own:
        require_loopback(host, has_keys=False)
    else:
        with pytest.raises(UnsafeAddress, match=r"keys add.*--host 127\.0\.0\.1"):
            require_loopback(host, has_keys=False)


def test_a_port_that_is_taken_is_named() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=f"127.0.0.1:{port}"):
            require_port("127.0.0.1", port)
    require_port("127.0.0.1", port)


@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("::1", 200), ("203.0.113.9", 403)])
def test_without_keys_a_proxy_of_this_machine_lets_nobody_else_in(
    client: TestClient, address: str, status: int
) -> None:
    visitor = TestClient(client.app, base_url="http://127.0.0.1", client=(address, 50000))
    assert visitor.get("/api/documents").status_code == status
