"""POST /api/ask and /api/search over the real application."""

import json
import threading
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.testclient import TestClient

from index.search import Searcher
from server.answer.answerer import Answerer
from server.llm.cancel import Cancel
from server.llm.model import Tokens
from server.llm.template import Message
from tests.server.api.conftest import Clients
from tests.server.serving import ready_app, served
from tests.stubs import CONFIRMS, SAID

ASKED = "海沧2023年计划竣工几个项目"
CITED = {"number", "document_id", "title", "headings", "start", "end", "quote"}


def events_of(body: str) -> list[tuple[str, dict[str, Any]]]:
    """Server-sent events, read by the rules of the format: blocks of `event:` and `data:`."""
    events = []
    for block in body.strip().split("\n\n"):
        fields = dict(line.split(": ", 1) for line in block.split("\n"))
        assert set(fields) == {"event", "data"}
        events.append((fields["event"], json.loads(fields["data"])))
    return events


def test_an_answer_has_every_key_and_exact_citations(clients: Clients) -> None:
    client = clients()
    response = client.post("/api/ask", json={"question": ASKED})
    assert response.status_code == 200
    answer = response.json()
    assert set(answer) == {"status", "answer", "citations", "evidence", "reason", "timings"}
    assert set(answer["timings"]) == {"retrieve_ms", "first_token_ms", "total_ms"}
    assert (answer["status"], answer["answer"], answer["reason"]) == (
        "answered",
        SAID,
        None,
    )
    (citation,) = answer["citations"]
    assert set(citation) == CITED
    assert all(set(evidence) == CITED | {"score"} for evidence in answer["evidence"])
    for cited in [citation, *answer["evidence"]]:
        found = client.get(
            f"/api/documents/{cited['document_id']}/text", params={"start": cited["start"], "end": cited["end"]}
        )
        assert found.json()["text"] == cited["quote"]


def test_a_refusal_has_the_same_keys_and_a_reason(client: TestClient) -> None:
    answer = client.post("/api/ask", json={"question": "海沧2024年计划竣工几个项目"}).json()
    assert set(answer) == {"status", "answer", "citations", "evidence", "reason", "timings"}
    assert (answer["status"], answer["reason"], answer["citations"]) == ("not_found", "wrong_year", [])
    assert answer["answer"].startswith("资料中")
    assert "没有2024年的" in answer["answer"]


def test_a_stream_tells_evidence_then_sentences_then_the_same_answer(clients: Clients) -> None:
    client = clients()
    response = client.post("/api/ask", json={"question": ASKED, "stream": True})
    assert response.headers["content-type"].startswith("text/event-stream")
    events = events_of(response.text)
    assert [name for name, _ in events] == ["evidence", "delta", "final"]
    final = events[-1][1]
    understood = {"years": [2023], "places": ["海沧"]}
    assert events[0][1] == {"evidence": final["evidence"], "understood": understood}
    assert "".join(payload["text"] for name, payload in events if name == "delta") == final["answer"]
    plain = client.post("/api/ask", json={"question": ASKED}).json()
    assert {k: v for k, v in final.items() if k != "timings"} == {k: v for k, v in plain.items() if k != "timings"}


def test_a_year_that_was_recognised_wrongly_can_be_left_out(clients: Clients) -> None:
    client = clients()
    asked = {"question": "海沧2024年计划竣工几个项目", "stream": True}
    refused = events_of(client.post("/api/ask", json=asked).text)
    assert (refused[0][1]["understood"]["years"], refused[-1][1]["reason"]) == ([2024], "wrong_year")
    answered = events_of(client.post("/api/ask", json=asked | {"without_years": [2024]}).text)
    assert answered[0][1]["understood"] == {"years": [], "places": ["海沧"]}
    assert answered[-1][1]["reason"] != "wrong_year"


def test_a_follow_up_uses_the_history(clients: Clients) -> None:
    client = clients(CONFIRMS)
    history = [{"role": "user", "content": ASKED}, {"role": "assistant", "content": "6个[1]。"}]
    answer = client.post("/api/ask", json={"question": "那新增学位呢", "history": history}).json()
    assert answer["answer"] == "可新增学位8280个[1]。"


def test_documents_and_years_restrict_what_is_found(client: TestClient) -> None:
    documents = client.get("/api/documents").json()["documents"]
    zhoushan = next(d["id"] for d in documents if "舟山" in d["title"])
    answer = client.post("/api/ask", json={"question": "新增学位多少个", "documents": [zhoushan]}).json()
    assert {e["document_id"] for e in answer["evidence"]} == {zhoushan}
    nothing = client.post("/api/ask", json={"question": "新增学位多少个", "years": [1999]}).json()
    assert (nothing["status"], nothing["evidence"]) == ("not_found", [])
    unknown = client.post("/api/ask", json={"question": "新增学位多少个", "documents": ["nowhere"]}).json()
    assert (unknown["status"], unknown["evidence"]) == ("not_found", [])


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"question": ""}, "问题是空的"),
        ({"question": " \n"}, "问题是空的"),
        ({"question": "问" * 20_000}, "20,000 字，上限 2,000 字"),
        ({"question": "", "stream": True}, "问题是空的"),
        ({}, "question"),
        ({"question": 5}, "question"),
        ({"question": ASKED, "temperature": 1}, "temperature"),
        ({"question": ASKED, "history": [{"role": "tool", "content": "x"}]}, "history.0.role"),
        ({"question": ASKED, "years": ["soon"]}, "years.0"),
        ([ASKED], "正文"),
    ],
)
def test_a_request_that_cannot_be_used_is_a_problem_that_says_what_is_wrong(
    client: TestClient, body: Any, named: str
) -> None:
    response = client.post("/api/ask", json=body)
    problem = response.json()
    assert response.status_code == problem["status"] == 422
    assert response.headers["content-type"] == "application/problem+json"
    assert set(problem) == {"type", "title", "status", "detail", "code", "errors", "request_id"}
    assert named in problem["detail"]


@pytest.mark.parametrize("content", ["{", "", "question=x", '{"question": '])
def test_a_body_that_is_no_json_is_a_problem(client: TestClient, content: str) -> None:
    response = client.post("/api/ask", content=content, headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["status"]) == (422, 422)
    assert response.headers["content-type"] == "application/problem+json"


def test_search_gives_passages_with_their_place_and_how_they_were_found(client: TestClient) -> None:
    hits = client.post("/api/search", json={"question": "学校项目建设", "limit": 3}).json()["hits"]
    assert len(hits) == 3
    for hit in hits:
        assert set(hit) == {"document_id", "title", "headings", "start", "end", "text", "score", "found_by"}
        assert set(hit["found_by"]) <= {"dense", "lexical"} and hit["found_by"]
        text = client.get(
            f"/api/documents/{hit['document_id']}/text", params={"start": hit["start"], "end": hit["end"]}
        ).json()["text"]
        assert text == hit["text"]
    assert [h["score"] for h in hits] == sorted((h["score"] for h in hits), reverse=True)


def test_search_filters_by_document_and_year_and_checks_its_question(client: TestClient) -> None:
    documents = client.get("/api/documents").json()["documents"]
    yiwu = next(d["id"] for d in documents if "义乌" in d["title"])
    by_document = client.post("/api/search", json={"question": "教师", "documents": [yiwu]}).json()["hits"]
    assert {hit["document_id"] for hit in by_document} == {yiwu}
    by_year = client.post("/api/search", json={"question": "教师", "years": [2023], "limit": 100}).json()["hits"]
    assert {hit["title"][:2] for hit in by_year} == {"20", "中共"}
    assert client.post("/api/search", json={"question": "教师", "years": [1999]}).json() == {"hits": []}
    for body in ({"question": " "}, {"question": "教师", "limit": 0}, {"question": "教师", "limit": 101}):
        assert client.post("/api/search", json=body).status_code == 422


def test_search_filters_by_place_issuer_and_type_of_file(client: TestClient) -> None:
    def titles(**filters: list[str]) -> set[str]:
        found = client.post("/api/search", json={"question": "教师", "limit": 100, **filters})
        return {hit["title"] for hit in found.json()["hits"]}

    assert titles(places=["厦门"]) == titles(places=["海沧"]) == titles(issuers=["海沧教育局"]) != set()
    assert all("海沧" in title for title in titles(places=["海沧"]))
    assert titles(types=["txt"]) == titles() > titles(places=["海沧"])
    assert titles(types=["pdf"]) == set()
    refused = client.post("/api/search", json={"question": "教师", "places": ["某某"]})
    assert refused.status_code == 422 and "某某" in refused.json()["detail"]


class EndlessModel:
    """Reads what it is asked until it is cancelled or released; knows which it was."""

    name = "endless"
    tokens, is_alive = Tokens(), True

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.ended = threading.Event()
        self.was_cancelled = threading.Event()

    def generate(
        self, messages: Sequence[Message], max_tokens: int, stop: Sequence[str] = (), cancelled: Cancel | None = None
    ) -> Iterator[str]:
        return iter(())

    def log_odds(self, messages: Sequence[Message], yes: str, no: str, cancelled: Cancel | None = None) -> float:
        assert cancelled is not None
        cancelled.on_set(self.ended.set)
        self.begun.set()
        self.ended.wait()
        if cancelled.is_set():
            self.was_cancelled.set()
        return -1.0

    def pin(self, messages: Sequence[Message]) -> None:
        pass

    def count_tokens(self, texts: Sequence[str]) -> int:
        return sum(map(len, texts))

    def close(self) -> None:
        self.ended.set()


@pytest.mark.usefixtures("doubtful")
def test_a_reader_who_leaves_stops_the_model(searcher: Searcher, tmp_path: Path) -> None:
    model = EndlessModel()
    with served(ready_app(Answerer(searcher, model), tmp_path)) as address:
        with httpx.Client(base_url=address, trust_env=False, timeout=2.0) as client, pytest.raises(httpx.ReadTimeout):
            client.post("/api/ask", json={"question": ASKED})
        try:
            assert model.was_cancelled.wait(30)
        finally:
            model.ended.set()


@pytest.mark.usefixtures("doubtful")
def test_a_reader_who_leaves_a_stream_stops_the_model(searcher: Searcher, tmp_path: Path) -> None:
    model = EndlessModel()
    with served(ready_app(Answerer(searcher, model), tmp_path)) as address:
        try:
            with httpx.Client(base_url=address, trust_env=False) as client:
                body = {"question": ASKED, "stream": True}
                with client.stream("POST", "/api/ask", json=body) as response:
                    assert next(response.iter_lines()) == "event: evidence"
            assert model.was_cancelled.wait(30)
        finally:
            model.ended.set()
