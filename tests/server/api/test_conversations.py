"""Saved conversations over HTTP: asked into, continued, listed, exported, and gone with their documents."""

import io
import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest
from docx import Document
from fastapi.testclient import TestClient

from index.search import Searcher
from server.answer.answerer import Answerer
from server.ledger import keys
from tests.server.api.conftest import BASE, Clients
from tests.server.api.test_asking import EndlessModel, events_of
from tests.server.conftest import Index
from tests.server.serving import ready_app, served
from tests.stubs import CONFIRMS, SAID, ScriptedModel
from tests.waiting import occurs

ASKED = "海沧2023年计划竣工几个项目"
DOCUMENTED = {"status", "answer", "citations", "evidence", "reason", "timings"}
NOBODY = "0" * 32


def _started(client: TestClient, **body: str) -> str:
    response = client.post("/api/conversations", json=body or None)
    assert response.status_code == 201
    assert response.headers["Location"] == f"/api/conversations/{response.json()['id']}"
    return str(response.json()["id"])


def _ask(client: TestClient, conversation: str, question: str = ASKED, **more: Any) -> dict[str, Any]:
    response = client.post("/api/ask", json={"question": question, "conversation": conversation, **more})
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def _turns(client: TestClient, conversation: str) -> list[dict[str, Any]]:
    turns: list[dict[str, Any]] = client.get(f"/api/conversations/{conversation}").json()["turns"]
    return turns


def test_an_answer_is_saved_as_it_was_given_and_says_where(clients: Clients) -> None:
    client = clients()
    conversation = _started(client)
    answer = _ask(client, conversation)
    assert set(answer) == DOCUMENTED | {"conversation", "turn"} and answer["conversation"] == conversation
    (turn,) = _turns(client, conversation)
    assert {key: turn[key] for key in DOCUMENTED} == {key: answer[key] for key in DOCUMENTED}
    assert (turn["id"], turn["question"], turn["removed"]) == (answer["turn"], ASKED, [])
    assert turn["understood"] == {"years": [2023], "places": ["海沧"]}
    shown = client.get("/api/conversations").json()
    assert shown["total"] == 1 and shown["conversations"][0]["title"] == ASKED
    assert shown["conversations"][0]["questions"] == 1


def test_a_stream_ends_with_the_same_extra_keys(clients: Clients) -> None:
    client = clients()
    conversation = _started(client)
    body = {"question": ASKED, "conversation": conversation, "stream": True}
    final = events_of(client.post("/api/ask", json=body).text)[-1][1]
    assert set(final) == DOCUMENTED | {"conversation", "turn"}
    assert [turn["id"] for turn in _turns(client, conversation)] == [final["turn"]]


def test_earlier_turns_are_the_history_unless_one_is_given(clients: Clients) -> None:
    client = clients(CONFIRMS)
    conversation = _started(client)
    _ask(client, conversation)
    assert _ask(client, conversation, "那新增学位呢")["answer"] == "可新增学位8280个[1]。"
    assert _ask(client, conversation, "那新增学位呢", history=[])["answer"] != "可新增学位8280个[1]。"


def test_an_unknown_conversation_is_told_before_anything_is_asked(client: TestClient) -> None:
    for response in (
        client.post("/api/ask", json={"question": ASKED, "conversation": NOBODY}),
        client.get(f"/api/conversations/{NOBODY}"),
        client.get(f"/api/conversations/{NOBODY}/export"),
        client.patch(f"/api/conversations/{NOBODY}", json={"title": "x"}),
        client.delete(f"/api/conversations/{NOBODY}"),
    ):
        assert (response.status_code, response.json()["title"]) == (404, "没有这个对话")


@pytest.mark.parametrize("body", [{"title": ""}, {"title": " "}, {"title": "x" * 201}, {"name": "x"}, [], {"title": 5}])
def test_a_title_that_cannot_be_used_is_told(client: TestClient, body: Any) -> None:
    assert client.post("/api/conversations", json=body).status_code == 422
    conversation = _started(client)
    assert client.patch(f"/api/conversations/{conversation}", json=body).status_code == 422


def test_conversations_are_renamed_and_deleted(client: TestClient) -> None:
    first, second = _started(client, title="第一个"), _started(client)
    assert client.patch(f"/api/conversations/{second}", json={"title": "第二个"}).json()["title"] == "第二个"
    listed = client.get("/api/conversations", params={"limit": 1}).json()
    assert (listed["total"], [one["title"] for one in listed["conversations"]]) == (2, ["第二个"])
    assert client.delete(f"/api/conversations/{first}").status_code == 204
    assert client.get(f"/api/conversations/{first}").status_code == 404
    assert client.delete("/api/conversations").status_code == 204
    assert client.get("/api/conversations").json() == {"conversations": [], "total": 0}


@pytest.mark.usefixtures("doubtful")
@pytest.mark.parametrize("stream", [True, False])
def test_a_reader_who_leaves_has_asked_a_cancelled_question(searcher: Searcher, tmp_path: Path, stream: bool) -> None:
    model = EndlessModel()
    with served(ready_app(Answerer(searcher, model), tmp_path)) as address:
        client = httpx.Client(base_url=address, trust_env=False, timeout=30)
        try:
            conversation = client.post("/api/conversations").json()["id"]
            body = {"question": ASKED, "conversation": conversation, "stream": stream}
            if stream:
                with client.stream("POST", "/api/ask", json=body) as response:
                    assert next(response.iter_lines()) == "event: evidence"
            else:
                with pytest.raises(httpx.ReadTimeout):
                    client.post("/api/ask", json=body, timeout=1.0)
            assert model.was_cancelled.wait(30)
        finally:
            model.ended.set()
        turns = _when_saved(client, conversation)
        client.close()
    assert [(turn["question"], turn["status"], turn["answer"]) for turn in turns] == [(ASKED, "cancelled", "")]


def _when_saved(client: httpx.Client, conversation: str) -> list[dict[str, Any]]:
    waited = threading.Event()
    for _ in range(300):
        turns: list[dict[str, Any]] = client.get(f"/api/conversations/{conversation}").json()["turns"]
        if turns:
            return turns
        waited.wait(0.1)
    raise AssertionError("nothing was saved")


def test_a_conversation_belongs_to_its_key(searcher: Searcher, tmp_path: Path) -> None:
    app = ready_app(Answerer(searcher, ScriptedModel()), tmp_path)
    own, other = (
        {"Authorization": f"Bearer {keys.add(app.state.youju.ledger, name, 'read')}"} for name in ("甲", "乙")
    )
    with TestClient(app, base_url=BASE) as client:
        occurs(app.state.youju.finished)
        conversation = client.post("/api/conversations", headers=own).json()["id"]
        asked = {"question": ASKED, "conversation": conversation}
        assert client.post("/api/ask", json=asked, headers=other).status_code == 404
        turn = client.post("/api/ask", json=asked, headers=own).json()["turn"]
        assert client.get("/api/conversations", headers=other).json()["total"] == 0
        assert client.get(f"/api/conversations/{conversation}", headers=other).status_code == 404
        judged = {"turn": turn, "verdict": "right"}
        assert client.post("/api/feedback", json=judged, headers=other).status_code == 404
        given = client.post("/api/feedback", json=judged, headers=own).json()["id"]
        assert client.get("/api/feedback", headers=own).status_code == 403
        assert client.delete(f"/api/feedback/{given}", headers=other).status_code == 404
        assert client.delete(f"/api/feedback/{given}", headers=own).status_code == 204
        assert client.delete("/api/conversations", headers=other).status_code == 204
        assert client.get(f"/api/conversations/{conversation}", headers=own).status_code == 200


def test_whatever_shows_quotes_has_none_of_a_removed_document(index: Index, tmp_path: Path) -> None:
    searcher = index({"要点.txt": "2023年海沧区教育工作要点\n一、学校建设\n2023年计划竣工项目6个。\n"})
    app = ready_app(Answerer(searcher, ScriptedModel()), tmp_path / "data")
    with TestClient(app, base_url=BASE) as client:
        occurs(app.state.youju.finished)
        conversation = _started(client)
        turn = _ask(client, conversation)["turn"]
        client.post("/api/feedback", json={"turn": turn, "verdict": "right", "expected": "竣工项目6个"})
        document = client.get("/api/documents").json()["documents"][0]["id"]
        searcher.store.remove(document)  # as another program does
        paths = [f"/api/conversations/{conversation}", "/api/feedback", "/api/feedback/cases"]
        paths += [f"/api/conversations/{conversation}/export?format={form}" for form in ("md", "json")]
        for path in paths:
            assert "竣工项目6个" not in client.get(path).text
        shown = client.get(f"/api/conversations/{conversation}").json()["turns"][0]
        assert shown["removed"] == [document] and document in shown["answer"]


def test_an_export_is_a_file_of_the_form_that_was_asked_for(clients: Clients) -> None:
    client = clients()
    conversation = _started(client, title="海沧 *要点*")
    _ask(client, conversation)
    path = f"/api/conversations/{conversation}/export"
    plain = client.get(path)
    assert plain.headers["content-type"].startswith("text/markdown")
    assert plain.headers["content-disposition"] == f'attachment; filename="youju-{conversation[:8]}.md"'
    assert plain.text.startswith("# 海沧 \\*要点\\*\n") and "\n1. 《2023年海沧区教育工作要点》" in plain.text
    word = Document(io.BytesIO(client.get(path, params={"format": "docx"}).content))
    assert SAID in [paragraph.text for paragraph in word.paragraphs]
    same = client.get(path, params={"format": "json"})
    assert json.loads(same.content) == client.get(f"/api/conversations/{conversation}").json()
    assert client.get(path, params={"format": "pdf"}).status_code == 422
