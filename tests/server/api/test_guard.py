"""Only pages and programs of this machine may call, and only this machine is listened on."""

import socket

import pytest
from fastapi.testclient import TestClient

from server.api.guard import is_loopback, require_loopback, require_port
from server.errors import PortInUse, UnsafeAddress

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


@pytest.mark.parametrize("origin", ["http://127.0.0.1:7860", "http://localhost:3000", "http://[::1]:7860"])
def test_a_page_of_this_machine_is_let_in(client: TestClient, origin: str) -> None:
    assert client.get("/api/documents", headers={"Origin": origin}).status_code == 200


@pytest.mark.parametrize("origin", ["http://evil.example", "null", "file://", "http://127.0.0.1.evil.example", ""])
@pytest.mark.parametrize("method", ["GET", "POST", "OPTIONS"])
def test_a_foreign_page_is_refused(client: TestClient, origin: str, method: str) -> None:
    response = client.request(method, "/api/ask", headers={"Origin": origin})
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


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
