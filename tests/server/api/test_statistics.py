"""GET /api/statistics, and what of a question it keeps."""

from pathlib import Path
from typing import Any, Literal

import pytest
from fastapi.testclient import TestClient

from index.search import Searcher
from server.answer.answerer import Answerer
from server.api.app import create_app
from server.ledger import keys
from server.settings import Settings
from tests.server.api.conftest import BASE, Clients
from tests.server.api.test_conversations import ASKED
from tests.stubs import ScriptedModel
from tests.waiting import occurs

REFUSED = "海沧2024年计划竣工几个项目"


def _questions(client: TestClient, headers: dict[str, str] | None = None) -> dict[str, Any]:
    response = client.get("/api/statistics", headers=headers)
    assert response.status_code == 200
    questions: dict[str, Any] = response.json()["questions"]
    return questions


def test_every_answer_is_counted_however_it_was_asked(clients: Clients) -> None:
    client = clients()
    client.post("/api/ask", json={"question": ASKED})
    client.post("/api/ask", json={"question": ASKED, "stream": True})
    client.post("/api/ask", json={"question": REFUSED})
    client.post("/api/ask", json={"question": " "})
    told = client.get("/api/statistics").json()
    questions = told["questions"]
    assert questions["total"] == 3
    assert questions["statuses"] == [{"name": "answered", "count": 2}, {"name": "not_found", "count": 1}]
    assert questions["reasons"] == [{"name": "wrong_year", "count": 1}]
    assert questions["latency"]["answers"] == 3 and questions["latency"]["total_ms"]["p50"] > 0
    assert [one["question"] for one in questions["refusals"]] == [REFUSED]
    assert {"name": "海沧", "count": 1} in questions["refused_topics"]
    documents = told["documents"]
    listed = client.get("/api/documents").json()["documents"]
    assert documents["total"] == 4 and documents["types"] == [{"name": "txt", "count": 4}]
    assert documents["characters"] == sum(document["characters"] for document in listed)
    assert documents["chunks"] == sum(document["chunks"] for document in listed)
    assert {one["name"] for one in documents["years"]} == {"2021", "2023"}


@pytest.mark.parametrize(("keep", "local", "shared"), [("never", 0, 0), ("local", 1, 0), ("always", 1, 1)])
def test_words_of_questions_are_kept_as_the_setting_says(
    searcher: Searcher, tmp_path: Path, keep: Literal["never", "local", "always"], local: int, shared: int
) -> None:
    app = create_app(Settings(data=tmp_path, keep_questions=keep), load=lambda: Answerer(searcher, ScriptedModel()))
    with TestClient(app, base_url=BASE) as client:
        occurs(app.state.youju.finished)
        client.post("/api/ask", json={"question": REFUSED})
        assert len(_questions(client)["refusals"]) == local
        secret = {role: keys.add(app.state.youju.ledger, role, role) for role in keys_of_every_role()}
        shown = {role: {"Authorization": f"Bearer {key}"} for role, key in secret.items()}
        client.post("/api/ask", json={"question": REFUSED}, headers=shown["write"])
        assert len(_questions(client, shown["write"])["refusals"]) == shared
        assert len(_questions(client, shown["read"])["refusals"]) == 0
        told = _questions(client, shown["admin"])
        assert len(told["refusals"]) == local + shared and told["total"] == 2
    content = b"".join(path.read_bytes() for path in tmp_path.glob("*ledger*"))
    assert (REFUSED.encode() in content) is bool(local + shared)


def keys_of_every_role() -> tuple[Literal["read"], Literal["write"], Literal["admin"]]:
    return ("read", "write", "admin")


@pytest.mark.parametrize("query", ["days=0", "days=367", "answers=0", "refusals=-1", "days=x"])
def test_bounds_are_told(client: TestClient, query: str) -> None:
    assert client.get(f"/api/statistics?{query}").status_code == 422
