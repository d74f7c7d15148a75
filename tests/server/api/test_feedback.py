"""Feedback over HTTP: on a saved turn, on an answer in the body, and out again as cases."""

from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server.evaluate import parse_cases
from tests.server.api.conftest import Clients
from tests.server.api.test_conversations import ASKED, NOBODY

GIVEN = {"question": ASKED, "answer": "五个[1]。", "verdict": "wrong", "expected": "6个"}


def _quote(client: TestClient, document: str) -> dict[str, Any]:
    text = client.get(f"/api/documents/{document}/text", params={"end": 9}).json()["text"]
    return {
        "number": 1, "document_id": document, "title": "要点", "headings": [], "start": 0, "end": 9, "quote": text,
    }  # fmt: skip


def test_feedback_on_a_turn_knows_the_answer_and_the_questions_before(clients: Clients) -> None:
    client = clients()
    conversation = client.post("/api/conversations").json()["id"]
    asked = [client.post("/api/ask", json={"question": ASKED, "conversation": conversation}).json() for _ in range(2)]
    response = client.post("/api/feedback", json={"turn": asked[1]["turn"], "verdict": "right", "comment": "好"})
    given = response.json()
    assert response.status_code == 201
    assert (given["question"], given["history"], given["comment"]) == (ASKED, [ASKED], "好")
    assert (given["answer"], given["citations"]) == (asked[1]["answer"], asked[1]["citations"])
    client.delete(f"/api/conversations/{conversation}")
    assert client.get("/api/feedback").json() == {"feedback": [given], "total": 1}


def test_feedback_on_an_answer_in_the_body(client: TestClient) -> None:
    document = client.get("/api/documents").json()["documents"][0]["id"]
    quote = _quote(client, document)
    given = client.post("/api/feedback", json=GIVEN | {"citations": [quote]}).json()
    assert (given["citations"], given["turn"], given["expected"]) == ([quote], None, "6个")
    nowhere = client.post("/api/feedback", json=GIVEN | {"citations": [quote | {"document_id": "gone"}]}).json()
    assert (nowhere["citations"], nowhere["removed"], nowhere["question"]) == ([], ["gone"], ASKED)
    assert client.delete(f"/api/feedback/{given['id']}").status_code == 204
    assert client.delete(f"/api/feedback/{given['id']}").status_code == 404
    assert client.get("/api/feedback").json()["total"] == 1


def test_it_comes_out_as_cases_that_an_evaluation_reads(client: TestClient) -> None:
    for body in (GIVEN, GIVEN | {"verdict": "should_refuse"}, GIVEN | {"expected": ""}):
        assert client.post("/api/feedback", json=body).status_code == 201
    response = client.get("/api/feedback/cases")
    assert response.headers["content-type"].startswith("application/x-ndjson")
    cases = parse_cases(response.text, Path("cases"))
    assert [(case.type, case.question, case.answers) for case in cases] == [
        ("feedback", ASKED, (("6个",),)),
        ("none", ASKED, ()),
    ]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"turn": NOBODY, "verdict": "right"}, 404),
        ({"turn": "x", "verdict": "right"}, 422),
        ({"turn": NOBODY, "verdict": "good"}, 422),
        ({"turn": NOBODY, "verdict": "right", "question": ASKED}, 422),
        (GIVEN | {"question": " "}, 422),
        (GIVEN | {"citations": [{"number": 1}]}, 422),
        ({}, 422),
    ],
)
def test_what_cannot_be_used_is_told(client: TestClient, body: dict[str, Any], status: int) -> None:
    response = client.post("/api/feedback", json=body)
    assert (response.status_code, response.json()["status"]) == (status, status)
