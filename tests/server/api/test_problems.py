"""Every error is a problem in Chinese with the request's id, whoever made it: ours, the framework's, nobody's."""

import json
import re
from typing import Any

import pytest
from fastapi.testclient import TestClient

from server.api import faults, intake
from server.api.watch import Watch
from server.errors import TooSlow

CODE = re.compile(r"[a-z][a-z0-9_]*")
CHINESE = re.compile(r"[\u4e00-\u9fff]")
QUESTION = {"question": "海沧2023年计划竣工几个项目"}


def _problem(response: Any, status: int) -> dict[str, Any]:
    problem: dict[str, Any] = response.json()
    assert response.status_code == problem["status"] == status, problem
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["request_id"] == response.headers["x-request-id"] != ""
    assert problem["type"] == "about:blank" and CODE.fullmatch(problem["code"])
    assert response.headers["content-language"] == "zh" and "Accept-Language" in response.headers["vary"]
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


def test_every_fault_of_a_request_is_listed_with_pointer_code_and_message(client: TestClient) -> None:
    body = QUESTION | {"history": [{"role": "tool", "content": ""}], "a/b": 1}
    problem = _problem(client.post("/api/ask", json=body), 422)
    assert problem["code"] == "invalid_request"
    found = {(error["location"], error["pointer"], error["code"]) for error in problem["errors"]}
    assert found == {("body", "/history/0/role", "literal_error"), ("body", "/a~1b", "extra_forbidden")}
    assert all(error["message"] for error in problem["errors"])
    query = _problem(client.get("/api/documents", params={"limit": 0}), 422)["errors"]
    assert query == [{"location": "query", "pointer": "/limit", "code": "greater_than_equal", "message": "应不小于 1"}]


def test_a_question_that_cannot_be_used_names_its_place_too(client: TestClient) -> None:
    problem = _problem(client.post("/api/ask", json={"question": " "}), 422)
    (error,) = problem["errors"]
    assert (problem["code"], error["code"], error["pointer"]) == ("empty_question", "empty_question", "/question")


ENGLISH = {"Accept-Language": "en-US,en;q=0.9,zh-CN;q=0.8"}


@pytest.mark.parametrize(
    ("method", "path", "body", "status", "sentence"),
    [
        ("GET", "/api/nothing", None, 404, "There is nothing at this address"),
        ("DELETE", "/api/ask", None, 405, "the Allow header names"),
        ("POST", "/api/ask", {}, 422, "question: this is missing; add it."),
        ("POST", "/api/ask", {"question": "问" * 2001}, 422, "2,001 characters of at most 2,000"),
        ("POST", "/api/ask", QUESTION | {"places": ["某某"]}, 422, "“某某” is no province"),
        ("GET", "/api/documents/nowhere", None, 404, "no document with the id nowhere"),
        ("GET", f"/api/conversations/{'0' * 32}", None, 404, "no conversation with the id"),
        ("GET", "/api/jobs/nowhere", None, 404, "no job with the id nowhere"),
        ("GET", "/api/documents/failures?x=1", None, 200, ""),
    ],
)
def test_who_prefers_english_is_told_in_english(
    client: TestClient, method: str, path: str, body: Any, status: int, sentence: str
) -> None:
    response = client.request(method, path, json=body, headers=ENGLISH)
    assert response.status_code == status and sentence in response.text
    if status != 200:
        assert response.headers["content-language"] == "en" and "Accept-Language" in response.headers["vary"]
        problem = response.json()
        assert not CHINESE.search(problem["title"])
        chinese = client.request(method, path, json=body).json()
        assert (chinese["code"], chinese["status"]) == (problem["code"], problem["status"])
        assert CHINESE.search(chinese["detail"]) and CHINESE.search(chinese["title"])


def test_the_error_of_a_stream_has_code_and_language_too(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Watch, "check", _late)
    for headers, sentence in ((ENGLISH, "was not ready within 7 seconds"), ({}, "7 秒内没有答完")):
        text = client.post("/api/ask", json=QUESTION | {"stream": True}, headers=headers).text
        (data,) = [line for line in text.splitlines() if line.startswith("data: ")]
        problem = json.loads(data.removeprefix("data: "))
        assert text.startswith("event: error") and (problem["code"], problem["status"]) == ("timeout", 504)
        assert sentence in problem["detail"]


def _late(watch: Watch) -> None:
    raise TooSlow(7)


def test_what_is_not_ready_is_told_check_by_check_in_english(client: TestClient) -> None:
    client.app.state.youju.free_bytes = 10**18  # type: ignore[attr-defined]
    problem = client.get("/api/ready", headers=ENGLISH).json()
    assert (problem["status"], problem["code"], problem["title"]) == (503, "not_ready", "Not ready")
    assert "free_megabytes" in problem["detail"] and not CHINESE.search(problem["detail"])
    assert not any(CHINESE.search(check["sentence"]) for check in problem["checks"])


def test_a_fault_that_stands_in_no_table_is_told_with_its_place() -> None:
    unknown = {"type": "something_new", "loc": ("body", "a", 3), "msg": "Input is odd"}
    lacking = {"type": "too_long", "loc": ("query", "b"), "msg": "", "ctx": {}}
    found = faults.faults_of([unknown, lacking])
    assert faults.sentence_of(found) == f"a.3：{faults.GENERAL.zh}；b：{faults.GENERAL.zh}。"
    assert [(fault.pointer, fault.code) for fault in found] == [("/a/3", faults.INVALID), ("/b", "too_long")]


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
    told = [
        faults.sentence_of(faults.faults_of([each], body)).split("：")[0]
        for each in (tried, deeper, missing, member, key)
    ]
    assert told == ["messages.1.content", "messages.1.content.text", "messages.1.name", "evidence.0", "table.k"]


def test_a_fault_with_a_sentence_of_its_own_brings_no_second_full_stop() -> None:
    ours = {"type": "unsupported", "loc": ("body", "n"), "msg": "", "ctx": {"zh": "只能是 1。", "en": "only 1."}}
    missing = {"type": "missing", "loc": ("body", "model"), "msg": ""}
    assert faults.sentence_of(faults.faults_of([ours, missing])) == "n：只能是 1；model：缺少这一项，请补上。"


def test_what_nobody_foresaw_is_a_problem_that_tells_nothing_of_it(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    @client.app.get("/api/broken")  # type: ignore[attr-defined, untyped-decorator]
    def broken() -> None:
        raise ValueError("secret")

    response = client.get("/api/broken")
    assert "secret" not in _problem(response, 500)["detail"]
    assert any(record.message == "unhandled" for record in caplog.records)
