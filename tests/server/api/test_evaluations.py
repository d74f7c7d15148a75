"""Evaluation runs over HTTP, as JSON and as JSON Lines."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from index.search import Searcher
from server.answer.answerer import Answerer
from server.api.evaluation_schemas import OutcomesOut
from server.evaluate import OUTCOMES
from server.ledger import evaluations
from tests.server.api.conftest import BASE, Clients
from tests.server.api.test_asking import EndlessModel
from tests.server.api.test_conversations import ASKED
from tests.server.serving import ready_app
from tests.stubs import CONFIRMS, ScriptedModel
from tests.waiting import occurs

CASE: dict[str, Any] = {
    "id": "1",
    "type": "fact",
    "question": ASKED,
    "answers": [["6个"]],
    "evidence": "计划竣工项目6个",
}
NONE: dict[str, Any] = {"id": "2", "type": "none", "question": "海沧2024年计划竣工几个项目", "split": "dev"}
LINES = {"Content-Type": "application/x-ndjson"}


def _done(client: TestClient, run: str) -> dict[str, Any]:
    waited = threading.Event()
    for _ in range(3000):
        told: dict[str, Any] = client.get(f"/api/evaluations/{run}").json()
        if told["status"] == "done":
            return told
        waited.wait(0.01)
    raise AssertionError("the run did not end")


@pytest.mark.parametrize("lines", [True, False])
def test_cases_are_asked_in_the_background_and_scored(clients: Clients, lines: bool) -> None:
    client = clients()
    cases: list[dict[str, Any]] = [CASE, NONE]
    if lines:
        content = "\n".join(json.dumps(case | {"more": 1}, ensure_ascii=False) for case in cases)
        response = client.post("/api/evaluations", params={"name": "夜里"}, content=content.encode(), headers=LINES)
    else:
        response = client.post("/api/evaluations", params={"name": "夜里"}, json={"cases": cases})
    assert response.status_code == 202, response.text
    run = response.json()
    assert response.headers["Location"] == f"/api/evaluations/{run['id']}"
    assert (run["name"], run["cases"], run["finished_at"]) == ("夜里", 2, None)
    told = _done(client, run["id"])
    summary = told["summary"]
    assert (summary["right"], summary["refused"], summary["cites_gold"], summary["questions"]) == (1, 1, 1, 2)
    assert summary["by_type"] == {"fact": {"right": 1, "of": 1}, "none": {"right": 1, "of": 1}}
    assert summary["outcomes"] == dict.fromkeys(OUTCOMES, 0) | {"right": 2}
    assert [(one["id"], one["status"], one["right"], one["outcome"]) for one in told["results"]] == [
        ("1", "answered", True, "right"),
        ("2", "not_found", True, "right"),
    ]
    paged = client.get(f"/api/evaluations/{run['id']}", params={"limit": 1, "offset": 1}).json()
    assert [one["id"] for one in paged["results"]] == ["2"] and paged["summary"] == summary
    assert client.get("/api/evaluations").json()["evaluations"][0]["id"] == run["id"]
    assert client.get("/api/statistics").json()["questions"]["total"] == 0


def test_every_outcome_is_described() -> None:
    assert tuple(OutcomesOut.model_fields) == OUTCOMES
    assert all(field.description for field in OutcomesOut.model_fields.values())


def test_each_result_tells_its_outcome_and_the_summary_counts_all(clients: Clients) -> None:
    client = clients()
    cases = [
        CASE | {"id": "cut", "answers": [["9个"]]},
        CASE | {"id": "elsewhere", "evidence": "加强党建"},
        CASE | {"id": "made up", "type": "none", "answers": [], "evidence": None},
        CASE | {"id": "refused", "question": NONE["question"]},
    ]
    lines = "\n".join(json.dumps(case, ensure_ascii=False) for case in cases)
    run = client.post("/api/evaluations", content=lines.encode(), headers=LINES).json()["id"]
    told = _done(client, run)
    outcomes = {one["id"]: one["outcome"] for one in told["results"]}
    assert outcomes == {
        "cut": "cut",
        "elsewhere": "elsewhere",
        "made up": "made_up",
        "refused": "wrongly_refused",
    }
    counted = {"cut": 1, "elsewhere": 1, "made_up": 1, "wrongly_refused": 1}
    assert told["summary"]["outcomes"] == dict.fromkeys(OUTCOMES, 0) | counted
    last = client.get(f"/api/evaluations/{run}", params={"limit": 1, "offset": 3}).json()
    assert [(one["id"], one["outcome"]) for one in last["results"]] == [("refused", "wrongly_refused")]
    assert last["summary"] == told["summary"]


@pytest.mark.usefixtures("doubtful")
def test_a_run_goes_on_after_a_restart_and_ends_when_it_is_deleted(searcher: Searcher, tmp_path: Path) -> None:
    app = ready_app(Answerer(searcher, EndlessModel()), tmp_path)
    with TestClient(app, base_url=BASE) as client:
        occurs(app.state.youju.finished)
        run = client.post("/api/evaluations", json={"cases": [CASE]}).json()["id"]
        gone = client.post("/api/evaluations", json={"cases": [CASE]}).json()["id"]
        assert client.delete(f"/api/evaluations/{gone}").status_code == 204
        for response in (client.get(f"/api/evaluations/{gone}"), client.delete(f"/api/evaluations/{gone}")):
            assert (response.status_code, response.json()["title"]) == (404, "没有这次评测")
        assert client.get(f"/api/evaluations/{run}").json()["summary"] is None
    app = ready_app(Answerer(searcher, ScriptedModel(CONFIRMS)), tmp_path)
    with TestClient(app, base_url=BASE) as client:
        occurs(app.state.youju.finished)
        assert _done(client, run)["summary"]["right"] == 1


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"cases": []}, "cases"),
        ({"cases": [{"id": "1"}]}, "cases.0.type"),
        ({"cases": [CASE | {"more": 1}]}, "more"),
        ({"cases": [CASE | {"evidence": [{"document": "a.txt", "end": 1}]}]}, "cases.0.evidence.0.start：缺少"),
        ({"cases": [CASE | {"question": ""}]}, "question"),
        ([CASE], "正文"),
    ],
)
def test_json_that_cannot_be_used_is_told(client: TestClient, body: Any, named: str) -> None:
    response = client.post("/api/evaluations", json=body)
    assert response.status_code == 422 and named in response.json()["detail"]


@pytest.mark.parametrize(
    ("content", "status", "named"),
    [
        (b"", 422, "没有问题"),
        (b'{"id": 1}', 422, "第 1 行"),
        (json.dumps(CASE | {"question": " "}).encode(), 422, "问题是空的"),
        (b"\xff\xfe", 422, "UTF-8"),
        (json.dumps(CASE).encode() + b"\n\n" + b"[]", 422, "第 3 行"),
    ],
)
def test_lines_that_cannot_be_used_are_told(client: TestClient, content: bytes, status: int, named: str) -> None:
    response = client.post("/api/evaluations", content=content, headers=LINES)
    assert response.status_code == status and named in response.json()["detail"]


def test_another_kind_of_body_is_refused(client: TestClient) -> None:
    for headers in ({"Content-Type": "text/csv"}, {}):
        assert client.post("/api/evaluations", content=b"x", headers=headers).status_code == 415
    assert (
        client.post("/api/evaluations", content=b"{", headers={"Content-Type": "application/json"}).status_code == 422
    )


@pytest.mark.usefixtures("doubtful")
def test_too_many_cases_and_runs_are_refused(
    searcher: Searcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(evaluations, "MOST_WAITING", 1)
    monkeypatch.setattr("server.api.routes.evaluations.MOST_CASES", 1)
    app = ready_app(Answerer(searcher, EndlessModel()), tmp_path)
    with TestClient(app, base_url=BASE) as client:
        occurs(app.state.youju.finished)
        line = json.dumps(CASE).encode()
        assert client.post("/api/evaluations", content=line + b"\n" + line, headers=LINES).status_code == 413
        assert client.post("/api/evaluations", content=line, headers=LINES).status_code == 202
        assert client.post("/api/evaluations", content=line, headers=LINES).status_code == 409
