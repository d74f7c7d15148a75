"""A certificate of one's own: looked at before the server starts, and then everything is HTTPS."""

import asyncio
import ssl
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI

from server.answer.answerer import Answerer
from server.api.app import create_app
from server.errors import BadCertificate
from server.settings import Settings
from server.tls import require_pair, trusting
from tests.certificates import self_made
from tests.server.api.keyed import bearer
from tests.server.serving import served
from ui.client import Client
from ui.words import Words


def _fail() -> Answerer:
    raise RuntimeError("nothing of this needs a model")


@pytest.fixture
def app(tmp_path: Path) -> FastAPI:
    return create_app(Settings(data=tmp_path / "data"), load=_fail)


def test_a_pair_that_fits_serves_and_none_is_no_fault(tmp_path: Path) -> None:
    assert require_pair(None, None) is False
    assert require_pair(*self_made(tmp_path)) is True


def test_files_that_do_not_serve_are_named_with_the_fault(tmp_path: Path) -> None:
    certificate, key = self_made(tmp_path)
    _, other = self_made(tmp_path, "other.example.cn")
    junk, absent = tmp_path / "junk.pem", tmp_path / "absent.pem"
    junk.write_text("-----BEGIN CERTIFICATE-----\nx\n", encoding="ascii")
    for pair, told in (
        ((certificate, None), "没有给 tls_key"),
        ((None, key), "没有给 tls_cert"),
        ((absent, key), r"tls_cert 的文件 .*absent\.pem 打不开"),
        ((certificate, absent), r"tls_key 的文件 .*absent\.pem 打不开"),
        ((tmp_path, key), "打不开"),
        ((junk, key), r"junk\.pem 里没有可用的证书"),
        ((key, key), "没有可用的证书"),
        ((certificate, junk), r"junk\.pem 里没有可用的私钥"),
        ((certificate, other), r"other\.example\.cn\.key.* 不配对"),
        ((certificate, key.with_suffix(".locked")), "加了密.*openssl"),
    ):
        with pytest.raises(BadCertificate, match=told):
            require_pair(*pair)


def test_over_tls_the_cookie_is_secure_and_the_own_page_may_write(app: FastAPI, tmp_path: Path) -> None:
    certificate, key = self_made(tmp_path)
    with served(app, 0, certificate, key) as address:
        assert address.startswith("https://")
        with httpx.Client(base_url=address, verify=trusting(certificate), trust_env=False) as client:
            secret = bearer(app, "admin")["Authorization"].removeprefix("Bearer ")
            cookie = client.post("/api/session", json={"key": secret}).headers["set-cookie"]
            assert "Secure" in cookie and "HttpOnly" in cookie and "SameSite=strict" in cookie
            assert client.post("/api/conversations", headers={"Origin": address}).status_code == 201
            insecure = {"Origin": address.replace("https", "http")}
            assert client.post("/api/conversations", headers=insecure).status_code == 403
        with pytest.raises(httpx.TransportError):
            httpx.get(address.replace("https", "http"), trust_env=False)


@pytest.mark.parametrize("days", [30, -1])
def test_the_page_trusts_the_servers_own_certificate_and_no_other(app: FastAPI, tmp_path: Path, days: int) -> None:
    """Whatever its names and its term: a person at the browser decides about those."""
    certificate, key = self_made(tmp_path, days=days)
    other, _ = self_made(tmp_path, "other.example.cn")
    with served(app, 0, certificate, key) as address:
        assert asyncio.run(Client(address, Words("zh"), trusting(certificate)).session())["role"] == "admin"
        for context in (trusting(other), ssl.create_default_context()):
            with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
                httpx.get(f"{address}/api/health", verify=context, trust_env=False)
