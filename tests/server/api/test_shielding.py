"""Every answer tells browsers to load nothing from elsewhere and to stand in no frame."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from server.api.shielding import COMMON, DATA, DOCS, PAGE
from tests.paged import with_page
from tests.server.api.keyed import BASE, bearer, client_of, unloaded

pytestmark = pytest.mark.slow

HOSTS = re.compile(r"https?:|//|\*|[a-z]\.[a-z]")


@pytest.fixture
def app(tmp_path: Path) -> Iterator[FastAPI]:
    with unloaded(tmp_path) as app:
        yield with_page(app, BASE)


def test_answers_of_every_kind_bring_the_headers(app: FastAPI) -> None:
    client = client_of(app)
    paths = ["/", "/config", "/api/session", "/api/nowhere", "/api/docs", "/login", "/api/health", "/assets/none"]
    answers = [client.get(path) for path in paths]
    answers += [client.get("/api/session", headers={"Host": "evil.example"}), client.put("/api/session")]
    bearer(app)
    answers += [client.get("/api/session"), client.get("/", headers={"Accept": "text/html"})]
    assert {answer.status_code for answer in answers} == {200, 404, 403, 405, 401, 303}
    for answer in answers:
        assert {name: answer.headers.get(name) for name in COMMON} == COMMON, answer.url
        assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]


def test_no_policy_allows_another_host(app: FastAPI) -> None:
    policies = [DATA, DOCS, PAGE, client_of(app).get("/login").headers["content-security-policy"]]
    for policy in policies:
        assert not HOSTS.search(re.sub(r"'sha256-[^']+'", "", policy)), policy
    assert "unsafe" not in DATA + re.sub(r"style-src [^;]*", "", DOCS) + policies[-1]


def test_pages_may_run_and_data_may_not(app: FastAPI) -> None:
    client = client_of(app)
    assert client.get("/").headers["content-security-policy"] == PAGE
    assert client.get("/api/docs").headers["content-security-policy"] == DOCS
    assert client.get("/api/session").headers["content-security-policy"] == DATA
    assert client.get("/config").headers["content-security-policy"] == DATA


def test_what_holds_texts_is_not_kept_by_browsers_and_proxies(app: FastAPI) -> None:
    client = client_of(app)
    for path in ("/api/session", "/api/audit", "/", "/login"):
        assert client.get(path).headers["cache-control"] == "no-store"
