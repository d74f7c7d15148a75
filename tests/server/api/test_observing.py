"""Each request has an id, a line in the log, and its place in the metrics; none of them holds what was asked."""

import logging
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families

from server.answer.refuse import Judge
from server.api.metrics import FAMILIES
from tests.server.api.conftest import Clients

ASKED = "海沧2023年计划竣工几个项目"


def _value(client: TestClient, name: str, **labels: str) -> float:
    """The sum of the samples of a name that have these labels."""
    return sum(
        sample.value
        for family in text_string_to_metric_families(client.get("/metrics").text)
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )


@pytest.mark.parametrize("name", ["a", "7", "req-1.2_3", "A" * 64])
def test_a_sane_id_of_the_caller_is_kept(client: TestClient, name: str) -> None:
    assert client.get("/api/health", headers={"X-Request-Id": name}).headers["x-request-id"] == name


@pytest.mark.parametrize("name", ["", " ", "A" * 65, "a b", "a\tb", "-a", "a;b", "<script>", "é"])
def test_another_id_is_replaced(client: TestClient, name: str) -> None:
    response = client.get("/api/nothing", headers=[(b"X-Request-Id", name.encode("latin-1"))])
    assert re.fullmatch(r"[0-9a-f]{16}", response.headers["x-request-id"])
    assert response.json()["request_id"] == response.headers["x-request-id"]


def test_two_requests_have_two_ids(client: TestClient) -> None:
    assert len({client.get("/api/health").headers["x-request-id"] for _ in range(20)}) == 20


def test_who_is_refused_for_a_foreign_host_has_an_id_too(client: TestClient) -> None:
    response = client.get("/api/documents", headers={"Host": "evil.example"})
    assert response.status_code == 403
    assert response.json()["request_id"] == response.headers["x-request-id"] != ""


def test_a_stream_has_the_id_and_its_error_too(client: TestClient) -> None:
    body = {"question": ASKED, "stream": True}
    assert client.post("/api/ask", json=body, headers={"X-Request-Id": "mine"}).headers["x-request-id"] == "mine"


def _lines(caplog: pytest.LogCaptureFixture, name: str) -> list[dict[str, Any]]:
    return [getattr(record, "fields", {}) for record in caplog.records if record.name == name]


def test_a_request_is_one_line_with_its_template_and_no_name(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "server"):
        client.get("/api/documents/nowhere?secret=1")
    (line,) = _lines(caplog, "server.access")
    assert (line["method"], line["route"], line["status"]) == ("GET", "/api/documents/{document_id}", 404)
    assert line["ms"] > 0
    assert "nowhere" not in caplog.text and "secret" not in caplog.text


def test_a_question_stands_in_no_line(clients: Clients, caplog: pytest.LogCaptureFixture) -> None:
    client = clients()
    with caplog.at_level(logging.DEBUG, "server"):
        client.post("/api/ask", json={"question": ASKED})
        client.post("/api/ask", json={"question": ASKED, "years": ["机密"]})
    (line,) = _lines(caplog, "server.api.observing")
    assert (line["status"], line["reason"]) == ("answered", None)
    written = caplog.text + str([vars(record) for record in caplog.records])
    assert ASKED not in written and "机密" not in written


def test_answers_are_counted_by_status_and_reason_and_timed_by_phase(
    clients: Clients, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("server.answer.quoting.judge", lambda: Judge(0.05, 0.05, 0.0, 0.0))
    client = clients("依据：[1]计划竣工项目6个")
    client.post("/api/ask", json={"question": "概括一下海沧2023年计划竣工的项目"})
    client.post("/api/ask", json={"question": "海沧2024年计划竣工几个项目"})
    client.post("/api/ask", json={"question": "你好", "stream": True})
    assert _value(client, "youju_answers_total", status="answered", reason="") == 1
    assert _value(client, "youju_answers_total", status="not_found", reason="wrong_year") == 1
    assert _value(client, "youju_answers_total", status="not_found", reason="smalltalk") == 1
    assert _value(client, "youju_phase_seconds_count", phase="total") == 3
    assert _value(client, "youju_phase_seconds_count", phase="first_token") == 1
    assert _value(client, "youju_phase_seconds_count", phase="model") == 1
    assert _value(client, "youju_model_tokens_total", direction="written") > 0
    assert _value(client, "youju_model_tokens_total", direction="read") > 0


def test_requests_are_counted_by_template_method_and_status(client: TestClient) -> None:
    client.get("/api/documents/nowhere")
    client.get("/api/documents/elsewhere")
    client.request("PROPFIND", "/api/nothing/机密")
    route = "/api/documents/{document_id}"
    assert _value(client, "youju_http_requests_total", method="GET", route=route, status="404") == 2
    assert _value(client, "youju_http_requests_total", method="OTHER", route="unmatched", status="404") == 1


def test_the_index_and_the_process_are_measured(client: TestClient) -> None:
    assert _value(client, "youju_documents") == 4
    assert _value(client, "youju_chunks") > 4
    assert _value(client, "youju_ready") == 1
    assert _value(client, "youju_data_bytes", file="ledger") > 0
    assert _value(client, "youju_process_resident_bytes") > 1e6
    assert _value(client, "youju_process_threads") >= 1
    assert _value(client, "youju_build_info", version="0.1.0") == 1


def test_every_metric_stands_in_the_table_and_no_label_holds_a_name(client: TestClient) -> None:
    client.post("/api/ask", json={"question": ASKED})
    titles = [document["title"] for document in client.get("/api/documents").json()["documents"]]
    text = client.get("/metrics").text
    assert client.get("/metrics").headers["content-type"].startswith("text/plain")
    names = {family.name for family in text_string_to_metric_families(text) if not family.name.endswith("_created")}
    known = {name.removesuffix("_total") for name in FAMILIES}
    assert names <= known
    assert not any(word in text for word in [ASKED, *titles])
