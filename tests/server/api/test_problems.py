"""Every error is a problem in Chinese with the request's id, whoever made it: ours, the framework's, nobody's."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server.api import faults, intake

QUESTION = {"question": "海沧2023年计划竣工几个项目"}


def _problem(response: Any, status: int) -> dict[str, Any]:
    problem: dict[str, Any] = response.json()
    assert response.status_code == problem["status"] == status, problem
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["request_id"] == response.headers["x-request-id"] != ""
    assert problem["type"] == "about:blank"
    assert not any("a" <= letter.lower() <= "z" for letter in problem["title"])
    return problem


def test_an_unknown_path_says_so(client: TestClient) -> None:
    assert "/api/docs" in _problem(client.get("/api/nothing"), 404)["detail"]


@pytest.mark.parametrize(("method", "path"), [("DELETE", "/api/ask"), ("PATCH", "/api/health"), ("POST", "/metrics")])
def test_a_method_that_is_not_offered_is_told_with_those_that_are(client: TestClient, method: str, path: str) -> None:
    response = client.request(method, path)
    _problem(response, 405)
    assert response.headers["allow"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream"])
def test_a_body_of_another_type_is_told_which_it_should_be(client: TestClient, kind: str) -> None:
    response = client.post("/api/ask", content=json.dumps(QUESTION), headers={"content-type": kind})
    assert "application/json" in _problem(response, 415)["detail"]


def test_a_body_without_a_type_is_told_too(client: TestClient) -> None:
    _problem(client.post("/api/ask", content=json.dumps(QUESTION).encode()), 415)


@pytest.mark.parametrize(
    "content",
    [
        b'{"question": "\xff\xfe"}',
        b'{"question": "\xed\xa0\x80"}',
        '{"question": "问"}'.encode("utf-16")[:-1],
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"question": ' + b"9" * 5000 + b"}",
        b"\x00",
        b"{",
    ],
)
def test_a_body_that_cannot_be_read_is_the_callers_fault(client: TestClient, content: bytes) -> None:
    response = client.post("/api/ask", content=content, headers={"content-type": "application/json"})
    assert response.status_code in {400, 422}
    _problem(response, response.status_code)


def test_a_body_that_is_too_large_is_refused_by_its_length_alone(client: TestClient) -> None:
    headers = {"content-type": "application/json", "content-length": str(intake.LIMIT + 1)}
    _problem(client.post("/api/ask", content=b"{}", headers=headers), 413)


def test_a_body_that_becomes_too_large_is_refused_while_it_comes(client: TestClient) -> None:
    def pieces() -> Any:
        for _ in range(intake.LIMIT // 1_000_000 + 1):
            yield b" " * 1_000_000

    response = client.post("/api/ask", content=pieces(), headers={"content-type": "application/json"})
    _problem(response, 413)


@pytest.mark.parametrize("path", ["/api/session", "/api/ask", "/api/feedback"])
def test_a_form_is_no_way_around_the_limit(client: TestClient, path: str) -> None:
    headers = {"content-type": "multipart/form-data; boundary=x"}
    response = client.post(path, content=b"x" * (intake.LIMIT + 1), headers=headers)
    _problem(response, 413)


def test_a_length_that_is_no_number_does_not_break_the_server(client: TestClient) -> None:
    headers = {"content-type": "application/json", "content-length": "9" * 5000}
    _problem(client.post("/api/ask", content=b"{}", headers=headers), 413)


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({}, "question：缺少这一项，请补上。"),
        ({"question": 5}, "question：应为字符串，请加上引号。"),
        (QUESTION | {"x": 1}, "x：没有这一项，请去掉，或检查拼写。"),
        (QUESTION | {"stream": "perhaps"}, "stream：应为 true 或 false。"),
        (QUESTION | {"history": [{"role": "tool", "content": ""}]}, "history.0.role：只能是 "),
        (QUESTION | {"places": [""]}, "places.0：太短，至少要有 1 个字。"),
        (QUESTION | {"documents": "all"}, "documents：应为数组，请用 [ ] 括起来。"),
        ([1], "正文：应为 JSON 对象，请用 { } 括起来。"),
        (QUESTION | {"documents": ["%"]}, "documents.0：格式不对，应符合 "),
    ],
)
def test_what_is_wrong_with_a_body_is_said_in_chinese(client: TestClient, body: Any, sentence: str) -> None:
    assert sentence in _problem(client.post("/api/ask", json=body), 422)["detail"]


def test_parameters_are_explained_too(client: TestClient) -> None:
    detail = _problem(client.get("/api/documents", params={"limit": 0, "offset": "x"}), 422)["detail"]
    assert detail == "limit：应不小于 1；offset：应为整数。"


def test_many_faults_are_counted_and_what_was_sent_is_not_repeated(client: TestClient) -> None:
    body = {f"机密{n}": "机密" for n in range(20)}
    detail = _problem(client.post("/api/ask", json=body), 422)["detail"]
    assert "还有 16 处" in detail
    assert ": 机密" not in detail


def test_a_fault_that_stands_in_no_table_is_told_with_its_place() -> None:
    unknown = {"type": "something_new", "loc": ("body", "a", 3), "msg": "Input is odd"}
    lacking = {"type": "too_long", "loc": ("query", "b"), "msg": "", "ctx": {}}
    assert faults.sentence_of([unknown, lacking]) == f"a.3：{faults.GENERAL}；b：{faults.GENERAL}。"


def test_a_place_is_told_as_it_was_written_without_the_members_of_a_union() -> None:
    def fault(*location: str | int, sent: Any, kind: str = "string_type") -> dict[str, Any]:
        return {"type": kind, "loc": ("body", *location), "msg": "", "input": sent}

    message = {"user": 1, "content": {"text": 2}}
    body = {"messages": [{}, message], "evidence": ["a"], "table": {"k": "v"}}
    tried = fault("messages", 1, "user", "content", "text", sent=message["content"])
    deeper = fault("messages", 1, "user", "content", "text", "text", sent=2)
    missing = fault("messages", 1, "user", "name", sent=message, kind="missing")
    member = fault("evidence", "list[constrained-str]", 0, sent="a")
    key = fault("table", "k", "[key]", sent="k")
    told = [faults.sentence_of([each], body).split("：")[0] for each in (tried, deeper, missing, member, key)]
    assert told == ["messages.1.content", "messages.1.content.text", "messages.1.name", "evidence.0", "table.k"]


def test_a_fault_with_a_sentence_of_its_own_brings_no_second_full_stop() -> None:
    ours = {"type": "unsupported", "loc": ("body", "n"), "msg": "", "ctx": {"sentence": "只能是 1。"}}
    missing = {"type": "missing", "loc": ("body", "model"), "msg": ""}
    assert faults.sentence_of([ours, missing]) == "n：只能是 1；model：缺少这一项，请补上。"


def test_what_nobody_foresaw_is_a_problem_that_tells_nothing_of_it(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    @client.app.get("/api/broken")  # type: ignore[attr-defined, untyped-decorator]
    def broken() -> None:
        raise ValueError("secret")

    response = client.get("/api/broken")
    assert "secret" not in _problem(response, 500)["detail"]
    assert any(record.message == "unhandled" for record in caplog.records)
