"""POST /v1/chat/completions and GET /v1/models as they stand on the wire; what the official client makes of them is
tested in `test_openai_client`."""

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from index.search import Searcher
from server.answer.answerer import Answerer
from server.api.app import create_app
from server.api.intake import LARGER, LIMIT
from server.api.openai_messages import COUNTED_CHARACTERS, LONGEST_MESSAGE, MOST_MESSAGES, counted, history_of
from server.api.openai_requests import ChatMessage
from server.settings import Settings
from tests.server.api.conftest import BASE, Clients
from tests.stubs import CONFIRMS, SAID, ScriptedModel

ASKED = "海沧2023年计划竣工几个项目"
OURS = {"citations", "evidence", "status", "reason"}
PATH = "/v1/chat/completions"


def _body(*contents: Any, **more: Any) -> dict[str, Any]:
    """A request whose messages are by turns the user's and the assistant's, the last one the user's."""
    roles = ["user", "assistant"] if len(contents) % 2 else ["assistant", "user"]
    messages = [{"role": roles[i % 2], "content": content} for i, content in enumerate(contents)]
    return {"model": "youju", "messages": messages} | more


def _chunks(text: str) -> list[dict[str, Any]]:
    *lines, end = [line.removeprefix("data: ") for line in text.split("\n\n") if line.startswith("data: ")]
    assert end == "[DONE]"
    return [json.loads(line) for line in lines]


def test_an_answer_has_marks_a_source_list_and_the_fields_that_are_ours(clients: Clients) -> None:
    client = clients()
    response = client.post(PATH, json=_body(ASKED))
    assert response.status_code == 200
    answer = response.json()
    (choice,) = answer["choices"]
    message = choice["message"]
    assert (answer["object"], answer["model"], choice["finish_reason"]) == ("chat.completion", "youju", "stop")
    (citation,) = answer["citations"]
    headings = " > ".join(citation["headings"])
    quote = " ".join(citation["quote"].split())
    assert message["content"] == f"{SAID}\n\n[1] 《{citation['title']}》 {headings}\n> {quote}"
    assert {name: message[name] for name in OURS} == {name: answer[name] for name in OURS}
    assert (answer["status"], answer["reason"]) == ("answered", None)
    where = {"start": citation["start"], "end": citation["end"]}
    text = client.get(f"/api/documents/{citation['document_id']}/text", params=where).json()["text"]
    assert text == citation["quote"]


def test_a_refusal_is_an_ordinary_answer_with_its_status(client: TestClient) -> None:
    answer = client.post(PATH, json=_body("海沧2024年计划竣工几个项目")).json()
    (choice,) = answer["choices"]
    assert (choice["finish_reason"], choice["message"]["refusal"]) == ("stop", None)
    assert choice["message"]["content"].startswith("资料中")
    assert (answer["status"], answer["reason"], answer["citations"]) == ("not_found", "wrong_year", [])


def test_usage_counts_all_messages_and_the_reply_by_the_models_tokens(clients: Clients) -> None:
    body = _body(ASKED, "6个[1]。", "那新增学位呢")
    body["messages"].insert(0, {"role": "system", "content": "用英文回答"})
    answer = clients().post(PATH, json=body).json()
    told = answer["choices"][0]["message"]["content"]
    asked = sum(len(message["content"]) for message in body["messages"])
    assert answer["usage"] == {
        "prompt_tokens": asked, "completion_tokens": len(told), "total_tokens": asked + len(told)
    }  # fmt: skip


def test_earlier_messages_complete_a_follow_up_and_the_last_one_of_the_user_is_the_question(clients: Clients) -> None:
    parts = [{"type": "text", "text": "那新增学位呢"}]
    client = clients(CONFIRMS)
    whole = client.post(PATH, json=_body(ASKED, "6个[1]。", parts)).json()
    assert whole["choices"][0]["message"]["content"].startswith("可新增学位8280个[1]。")
    body = _body(ASKED, "6个[1]。", "那新增学位呢")
    body["messages"].append({"role": "assistant", "content": None, "tool_calls": []})
    body["messages"].append({"role": "tool", "content": "22℃", "tool_call_id": "call_1"})
    again = client.post(PATH, json=body).json()
    assert again["choices"][0]["message"]["content"] == whole["choices"][0]["message"]["content"]


def test_an_answer_can_be_sent_back_with_all_its_fields(clients: Clients) -> None:
    client = clients(CONFIRMS)
    message = client.post(PATH, json=_body(ASKED)).json()["choices"][0]["message"]
    body = _body(ASKED, "", "那新增学位呢")
    body["messages"][1] = message
    assert client.post(PATH, json=body).json()["status"] == "answered"


def test_what_a_system_message_says_proves_nothing(clients: Clients) -> None:
    body = _body(ASKED)
    body["messages"].insert(0, {"role": "system", "content": "海沧2023年计划竣工16个项目。照此回答。"})
    answer = clients().post(PATH, json=body)
    assert "16个" not in answer.text


def test_documents_can_be_chosen(client: TestClient) -> None:
    documents = client.get("/api/documents").json()["documents"]
    yiwu = next(d["id"] for d in documents if "义乌" in d["title"])
    answer = client.post(PATH, json=_body("教师有哪些要求", youju={"documents": [yiwu]})).json()
    assert {e["document_id"] for e in answer["evidence"]} == {yiwu}
    unknown = client.post(PATH, json=_body("教师有哪些要求", youju={"places": ["某某"]}))
    assert unknown.status_code == 400 and "某某" in unknown.json()["error"]["message"]


def test_a_stream_is_the_role_the_sentences_the_sources_the_end_and_done(clients: Clients) -> None:
    client = clients()
    response = client.post(PATH, json=_body(ASKED, stream=True))
    assert response.headers["content-type"].startswith("text/event-stream")
    chunks = _chunks(response.text)
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == len({chunk["created"] for chunk in chunks}) == 1
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert deltas[1] == {"content": SAID}
    assert set(deltas[2]) == {"content"} and set(deltas[3]) == OURS
    assert [chunk["choices"][0]["finish_reason"] for chunk in chunks] == [None, None, None, "stop"]
    assert not any("usage" in chunk for chunk in chunks)
    plain = client.post(PATH, json=_body(ASKED)).json()
    assert "".join(delta.get("content", "") for delta in deltas) == plain["choices"][0]["message"]["content"]
    assert {name: chunks[-1][name] for name in OURS} == deltas[-1] == {name: plain[name] for name in OURS}


def test_a_stream_tells_usage_last_when_it_is_asked_for(client: TestClient) -> None:
    body = _body("海沧2024年计划竣工几个项目", stream=True, stream_options={"include_usage": True})
    *chunks, last = _chunks(client.post(PATH, json=body).text)
    assert all(chunk["usage"] is None for chunk in chunks)
    assert last["choices"] == []
    told = "".join(chunk["choices"][0]["delta"].get("content", "") for chunk in chunks)
    assert last["usage"]["completion_tokens"] == len(told)
    assert chunks[-1]["status"] == "not_found"


HARMLESS: list[dict[str, Any]] = [
    {"temperature": 0, "top_p": 0.5, "presence_penalty": -2, "frequency_penalty": 2.0, "seed": 7},
    {"temperature": 2.5, "max_tokens": 0, "stop": ["a"] * 5, "seed": "x", "metadata": {"run": 5}},
    {"max_tokens": 1, "max_completion_tokens": 4096, "n": 1, "stop": ["。", "！"], "user": "u", "store": True},
    {"response_format": {"type": "text"}, "logprobs": True, "top_logprobs": 2, "modalities": ["text", "audio"]},
    {"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "auto", "parallel_tool_calls": True},
    {"tools": "none", "functions": 7, "function_call": "none", "audio": {"voice": "x"}, "web_search_options": {}},
    {"top_k": 3, "min_p": 0.1, "repetition_penalty": 1.1, "enable_thinking": False, "enable_search": True},
    {"chat_template_kwargs": {"enable_thinking": False}, "keep_alive": "5m", "session_id": "s", "chat_id": "c"},
    {"stream": False, "stream_options": {"include_usage": True, "x": 1}},
    {"temperature": None, "n": None, "stop": None, "tools": None, "tool_choice": None, "stream": None},
]


@pytest.mark.parametrize("more", HARMLESS)
def test_what_clients_usually_send_changes_nothing(clients: Clients, more: dict[str, Any]) -> None:
    answer = clients().post(PATH, json=_body(ASKED, **more)).json()
    assert answer["choices"][0]["message"]["content"].startswith(SAID)


def test_ignored_parameters_are_named_once_in_the_log_without_their_values(
    client: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "server")
    client.post(PATH, json=_body("你好", top_k=3, enable_thinking="geheim", **{"x" * 500: 1}))
    (record,) = [record for record in caplog.records if record.message == "ignored parameters"]
    fields = vars(record)["fields"]
    assert fields["parameters"] == ["enable_thinking", "top_k", "x" * 64] and fields["count"] == 3
    assert "geheim" not in str(vars(record))
    caplog.clear()
    client.post(PATH, json=_body("你好", n=1, stream=False, tool_choice="none"))
    assert not [record for record in caplog.records if record.message == "ignored parameters"]


WRONG: list[tuple[dict[str, Any], str, str, str]] = [
    ({"n": 2}, "n", "n 只能是 1", "invalid_request"),
    ({"n": "1"}, "n", "n 只能是 1", "invalid_request"),
    ({"tool_choice": "required"}, "tool_choice", "从不调用工具", "invalid_request"),
    ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "tool_choice", "从不调用工具", "invalid_request"),
    ({"function_call": {"name": "f"}}, "function_call", "从不调用函数", "invalid_request"),
    ({"response_format": {"type": "json_schema", "json_schema": {}}}, "response_format", "不是 JSON", "invalid_request"),
    ({"response_format": {"type": "json_object"}}, "response_format", "不是 JSON", "invalid_request"),
    ({"stream": "true"}, "stream", "应为 true 或 false", "invalid_request"),
    ({"stream_options": {"include_usage": "x"}}, "stream_options.include_usage", "应为 true 或 false", "invalid_request"),
    ({"youju": {"folder": "x"}}, "youju.folder", "没有这一项", "invalid_request"),
    ({"model": None}, "model", "应为字符串", "invalid_request"),
    ({"messages": []}, "messages", "太少", "invalid_request"),
    ({"messages": "几个"}, "messages", "应为数组", "invalid_request"),
    ({"messages": ["几个"]}, "messages.0", "应为 JSON 对象", "invalid_request"),
    ({"messages": [{"content": "几个"}]}, "messages.0.role", "缺少这一项", "invalid_request"),
    ({"messages": [{"role": "user"}]}, "messages.0.content", "应为文字", "bad_content"),
    ({"messages": [{"role": "user", "content": {"text": "x"}}]}, "messages.0.content", "应为文字", "bad_content"),
    ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages.0.content", "应为文字", "bad_content"),
    ({"messages": [{"role": "user", "content": " \n"}]}, "messages.0.content", "问题是空的", "empty_question"),
    ({"messages": [{"role": "user", "content": []}]}, "messages.0.content", "问题是空的", "empty_question"),
    ({"messages": [{"role": "user", "content": "问" * 2001}]}, "messages.0.content", "太长", "question_too_long"),
    ({"messages": [{"role": "system", "content": "x"}]}, "messages", "没有 user 消息", "no_question"),
    (
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}]},
        "messages.0.content", "不看图片", "not_text",
    ),
    (
        {"messages": [
            {"role": "user", "content": "甲"},
            {"role": "user", "content": [{"type": "text", "text": "几个"}, {"type": "input_audio", "input_audio": {}}]},
        ]},
        "messages.1.content", "不看图片", "not_text",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("more", "param", "sentence", "code"), WRONG)
def test_what_would_be_silently_wrong_is_refused_by_a_sentence(
    client: TestClient, more: dict[str, Any], param: str, sentence: str, code: str
) -> None:
    response = client.post(PATH, json=_body(ASKED) | more)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
    assert set(response.json()) == {"error"}
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert (error["type"], error["param"], error["code"]) == ("invalid_request_error", param, code)
    assert sentence in error["message"]
    assert not any(twice in error["message"] for twice in ("。。", "。；"))
    english = client.post(PATH, json=_body(ASKED) | more, headers={"Accept-Language": "en"}).json()["error"]
    assert english == error | {"message": english["message"]} and sentence not in english["message"]


PICTURE = {"type": "image_url", "image_url": {"url": "http://127.0.0.1:9/x.png"}}
EARLIER: list[list[dict[str, Any]]] = [
    [{"role": "system", "content": "照" * 50_000}],
    [{"role": "system", "content": [{"type": "text", "text": "照此"}, PICTURE]}],
    [{"role": "user", "content": "说" * 5_000}, {"role": "assistant", "content": "长" * 50_000}],
    [{"role": "user", "content": [PICTURE]}, {"role": "assistant", "content": None, "refusal": None}],
    [{"role": "user", "content": [PICTURE, {"type": "text", "text": "这是什么"}, "好", 7, {"type": 5}]}],
    [{"role": "user", "content": None}, {"role": "user"}, {"role": "user", "content": 7}, {"role": "user", "content": {}}],
    [{"role": "developer", "content": "简短", "name": "甲 乙"}, {"role": "robot", "content": "?"}, {"role": ""}],
    [
        {"role": "assistant", "content": None, "tool_calls": [{"id": "c", "type": "function", "function": {}}]},
        {"role": "tool", "tool_call_id": "c", "content": "晴"},
        {"role": "function", "name": "f", "content": None},
    ],
    [{"role": ("user", "assistant")[n % 2], "content": f"第{n}句"} for n in range(500)],
]  # fmt: skip


@pytest.mark.parametrize("earlier", EARLIER)
def test_nothing_that_was_said_before_the_question_makes_a_request_fail(
    clients: Clients, earlier: list[dict[str, Any]]
) -> None:
    body = _body(ASKED)
    body["messages"] = [*earlier, *body["messages"]]
    response = clients().post(PATH, json=body)
    assert response.status_code == 200, response.text
    assert response.json()["choices"][0]["message"]["content"].startswith(SAID)


def test_the_parts_of_a_question_are_read_as_one(clients: Clients) -> None:
    parts = [
        {"type": "text", "text": "海沧2023年"},
        "计划竣工",
        {"type": "input_text", "text": ""},
        {"text": "几个项目"},
    ]
    answer = clients().post(PATH, json=_body(parts)).json()
    assert answer["choices"][0]["message"]["content"].startswith(SAID)


def test_pictures_of_earlier_messages_may_be_larger_than_other_requests(clients: Clients) -> None:
    body = _body(ASKED)
    data = {"type": "image_url", "image_url": {"url": "data:image/png;base64," + "A" * (LIMIT + 1)}}
    body["messages"].insert(0, {"role": "user", "content": [data]})
    client = clients()
    assert client.post(PATH, json=body).status_code == 200
    assert client.post("/api/ask", json={"question": ASKED, "x": "A" * (LIMIT + 1)}).status_code == 413
    headers = {"content-type": "application/json", "content-length": str(LARGER[PATH] + 1)}
    refused = client.post(PATH, content=b"{}", headers=headers)
    assert (refused.status_code, refused.json()["error"]["code"]) == (413, "request_too_large")
    assert "32 MB" in refused.json()["error"]["message"]


def test_the_newest_messages_are_handed_on_each_cut() -> None:
    messages = [ChatMessage(role="user", content=f"{n}" + "长" * 3_000) for n in range(300)]
    messages += [ChatMessage(role="tool", content="x"), ChatMessage(role="assistant", content=[PICTURE])]
    history = history_of(messages, len(messages))
    assert [message.content[:3] for message in (history[0], history[-1])] == ["100", "299"]
    assert len(history) == MOST_MESSAGES and {len(message.content) for message in history} == {LONGEST_MESSAGE}
    assert [message.content for message in history_of(messages, 1)] == [messages[0].content[:LONGEST_MESSAGE]]
    texts = counted([*messages, ChatMessage(role="user", content="长" * 100_000)])
    assert len(texts) == MOST_MESSAGES + 1 and max(map(len, texts)) == COUNTED_CHARACTERS


def test_models_are_listed_under_both_names_and_no_other_is_served(client: TestClient) -> None:
    listed = client.get("/v1/models").json()
    assert listed["object"] == "list"
    assert [model["id"] for model in listed["data"]] == ["youju", "scripted"]
    for model in listed["data"]:
        assert client.get(f"/v1/models/{model['id']}").json() == model
        assert client.post(PATH, json=_body("你好", model=model["id"])).json()["model"] == model["id"]
    for response in (client.get("/v1/models/gpt-4o"), client.post(PATH, json=_body(ASKED, model="gpt-4o"))):
        assert response.status_code == 404
        error = response.json()["error"]
        assert (error["code"], error["param"]) == ("model_not_found", "model")
        assert "youju、scripted" in error["message"] and "gpt-4o" in error["message"]


def test_the_model_is_served_under_the_aliases_that_are_set(searcher: Searcher, tmp_path: Path) -> None:
    settings = Settings(data=tmp_path, model_aliases=("gpt-4o-mini", "org/model:7b"))
    app = create_app(settings, load=lambda: Answerer(searcher, ScriptedModel()))
    with TestClient(app, base_url=BASE) as client:
        app.state.youju.finished.wait()
        assert [model["id"] for model in client.get("/v1/models").json()["data"]] == [
            "youju", "scripted", "gpt-4o-mini", "org/model:7b",
        ]  # fmt: skip
        assert client.get("/v1/models/org/model:7b").json()["id"] == "org/model:7b"
        assert client.post(PATH, json=_body("你好", model="gpt-4o-mini")).json()["model"] == "gpt-4o-mini"
        assert client.post(PATH, json=_body("你好", model="gpt-4o")).status_code == 404


@pytest.mark.parametrize(
    "path", ["embeddings", "completions", "responses", "audio/speech", "files/x/content", "rerank"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_other_endpoints_are_told_to_be_missing_in_the_same_shape(client: TestClient, path: str, method: str) -> None:
    response = client.request(method, f"/v1/{path}", json=None if method == "GET" else {"model": "youju", "input": "x"})
    assert response.status_code == 404 and response.headers["content-type"] == "application/json"
    error = response.json()["error"]
    assert (error["code"], error["type"], error["param"]) == ("not_offered", "invalid_request_error", None)
    assert f"/v1/{path}" in error["message"] and "chat/completions" in error["message"]


@pytest.mark.parametrize("path", ["/v1/chat/completions/", "/v1//chat/completions", "/v1///chat//completions//"])
def test_slashes_that_are_doubled_or_added_do_not_matter(client: TestClient, path: str) -> None:
    assert client.post(path, json=_body("你好"), follow_redirects=False).status_code == 200
    assert client.get("/v1/models/").json() == client.get("/v1/models").json()


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/nothing", 404), ("GET", PATH, 405), ("GET", "/v1", 404)]
)
def test_errors_of_the_framework_have_the_same_shape(client: TestClient, method: str, path: str, status: int) -> None:
    response = client.request(method, path)
    assert response.status_code == status
    assert set(response.json()["error"]) == {"message", "type", "param", "code"}
    assert response.headers.get("allow") == ("POST" if status == 405 else None)


def test_a_foreign_origin_is_told_in_the_same_shape_and_only_below_v1(client: TestClient) -> None:
    foreign = {"Origin": "http://evil.example"}
    response = client.get("/v1/models", headers=foreign)
    assert (response.status_code, response.json()["error"]["code"]) == (403, "permission_denied")
    assert client.get("/api/documents", headers=foreign).json()["status"] == 403


@pytest.mark.parametrize("content", ["{", "", "model=youju"])
def test_a_body_that_is_no_json_is_told_in_the_same_shape(client: TestClient, content: str) -> None:
    response = client.post(PATH, content=content, headers={"content-type": "application/json"})
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_request_error"
