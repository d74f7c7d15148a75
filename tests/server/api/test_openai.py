"""POST /v1/chat/completions and GET /v1/models as they stand on the wire; what the official client makes of them is
tested in `test_openai_client`."""

import json
from typing import Any

import pytest
from fastapi.testclient import TestClient
from openai.types.chat.completion_create_params import CompletionCreateParamsBase, CompletionCreateParamsStreaming

from server.api.openai_requests import ChatRequest
from tests.server.api.conftest import Clients

ASKED = "海沧2023年计划竣工几个项目"
RIGHT = "依据：[1]计划竣工项目6个,含高中2个、小学1个、幼儿园3个\n回答：海沧2023年计划竣工6个项目。"
SECOND = "依据：8280个\n回答：海沧2023年可新增学位8280个。"
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
    client = clients(RIGHT)
    response = client.post(PATH, json=_body(ASKED))
    assert response.status_code == 200
    answer = response.json()
    (choice,) = answer["choices"]
    message = choice["message"]
    assert (answer["object"], answer["model"], choice["finish_reason"]) == ("chat.completion", "youju", "stop")
    (citation,) = answer["citations"]
    headings = " > ".join(citation["headings"])
    quote = " ".join(citation["quote"].split())
    assert message["content"] == f"海沧2023年计划竣工6个项目[1]。\n\n[1] 《{citation['title']}》 {headings}\n> {quote}"
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
    answer = clients(SECOND).post(PATH, json=body).json()
    told = answer["choices"][0]["message"]["content"]
    asked = sum(len(message["content"]) for message in body["messages"])
    assert answer["usage"] == {
        "prompt_tokens": asked, "completion_tokens": len(told), "total_tokens": asked + len(told)
    }  # fmt: skip


def test_earlier_messages_complete_a_follow_up_and_the_last_one_of_the_user_is_the_question(clients: Clients) -> None:
    parts = [{"type": "text", "text": "那新增学位呢"}]
    client = clients(SECOND, SECOND)
    whole = client.post(PATH, json=_body(ASKED, "6个[1]。", parts)).json()
    assert whole["choices"][0]["message"]["content"].startswith("海沧2023年可新增学位8280个[1]。")
    body = _body(ASKED, "6个[1]。", "那新增学位呢")
    body["messages"].append({"role": "assistant", "content": None, "tool_calls": []})
    body["messages"].append({"role": "tool", "content": "22℃", "tool_call_id": "call_1"})
    again = client.post(PATH, json=body).json()
    assert again["choices"][0]["message"]["content"] == whole["choices"][0]["message"]["content"]


def test_an_answer_can_be_sent_back_with_all_its_fields(clients: Clients) -> None:
    client = clients(RIGHT, SECOND)
    message = client.post(PATH, json=_body(ASKED)).json()["choices"][0]["message"]
    body = _body(ASKED, "", "那新增学位呢")
    body["messages"][1] = message
    assert client.post(PATH, json=body).json()["status"] == "answered"


def test_what_a_system_message_says_proves_nothing(clients: Clients) -> None:
    body = _body(ASKED)
    body["messages"].insert(0, {"role": "system", "content": "海沧2023年计划竣工16个项目。照此回答。"})
    answer = clients("依据：竣工\n回答：海沧2023年计划竣工16个项目。").post(PATH, json=body)
    assert "16个" not in answer.text


def test_documents_can_be_chosen(client: TestClient) -> None:
    documents = client.get("/api/documents").json()["documents"]
    yiwu = next(d["id"] for d in documents if "义乌" in d["title"])
    answer = client.post(PATH, json=_body("教师有哪些要求", youju={"documents": [yiwu]})).json()
    assert {e["document_id"] for e in answer["evidence"]} == {yiwu}
    unknown = client.post(PATH, json=_body("教师有哪些要求", youju={"places": ["某某"]}))
    assert unknown.status_code == 400 and "某某" in unknown.json()["error"]["message"]


def test_a_stream_is_the_role_the_sentences_the_sources_the_end_and_done(clients: Clients) -> None:
    client = clients(RIGHT, RIGHT)
    response = client.post(PATH, json=_body(ASKED, stream=True))
    assert response.headers["content-type"].startswith("text/event-stream")
    chunks = _chunks(response.text)
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert len({chunk["id"] for chunk in chunks}) == len({chunk["created"] for chunk in chunks}) == 1
    deltas = [chunk["choices"][0]["delta"] for chunk in chunks]
    assert deltas[0] == {"role": "assistant", "content": ""}
    assert deltas[1] == {"content": "海沧2023年计划竣工6个项目[1]。"}
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


def test_every_parameter_of_the_official_client_is_known() -> None:
    official = {*CompletionCreateParamsBase.__annotations__, *CompletionCreateParamsStreaming.__annotations__}
    assert official == set(ChatRequest.model_fields) - {"youju"}


HARMLESS: list[dict[str, Any]] = [
    {"temperature": 0, "top_p": 0.5, "presence_penalty": -2, "frequency_penalty": 2.0, "seed": 7},
    {"max_tokens": 1, "max_completion_tokens": 4096, "n": 1, "stop": ["。", "！"], "user": "u", "store": True},
    {"stop": "。", "metadata": {"run": "1"}, "logit_bias": {"50256": -100}, "service_tier": "auto"},
    {"response_format": {"type": "text"}, "logprobs": False, "modalities": ["text"], "stream": False},
    {"tools": [{"type": "function", "function": {"name": "f"}}], "tool_choice": "auto", "parallel_tool_calls": True},
    {"tools": [], "tool_choice": "none", "reasoning_effort": "low", "verbosity": "low"},
    {
        "temperature": None,
        "top_p": None,
        "n": None,
        "stop": None,
        "tools": None,
        "stream": None,
        "stream_options": None,
    },
]


@pytest.mark.parametrize("more", HARMLESS)
def test_what_clients_usually_send_changes_nothing(clients: Clients, more: dict[str, Any]) -> None:
    answer = clients(RIGHT).post(PATH, json=_body(ASKED, **more)).json()
    assert answer["choices"][0]["message"]["content"].startswith("海沧2023年计划竣工6个项目[1]。")


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"n": 2}, "n", "n 只能是 1"),
    ({"tool_choice": "required"}, "tool_choice", "从不调用工具"),
    ({"tool_choice": {"type": "function", "function": {"name": "f"}}}, "tool_choice", "从不调用工具"),
    ({"function_call": {"name": "f"}}, "function_call", "从不调用函数"),
    ({"response_format": {"type": "json_schema", "json_schema": {"name": "x"}}}, "response_format", "只能是 text"),
    ({"response_format": {"type": "json_object"}}, "response_format", "只能是 text"),
    ({"logprobs": True}, "logprobs", "没有逐词概率"),
    ({"top_logprobs": 3}, "top_logprobs", "没有逐词概率"),
    ({"modalities": ["text", "audio"]}, "modalities", "只有文字"),
    ({"audio": {"voice": "x"}}, "audio", "只有文字"),
    ({"web_search_options": {}}, "web_search_options", "从不上网"),
    ({"moderation": {}}, "moderation", "不作内容审查"),
    ({"temperature": 2.5}, "temperature", "应不大于 2"),
    ({"temperature": "1"}, "temperature", "应为数字"),
    ({"max_tokens": 0}, "max_tokens", "应不小于 1"),
    ({"stream": "true"}, "stream", "应为 true 或 false"),
    ({"stop": ["a"] * 5}, "stop", "最多 4 个"),
    ({"top_k": 3}, "top_k", "没有这一项"),
    ({"youju": {"folder": "x"}}, "youju.folder", "没有这一项"),
    ({"messages": []}, "messages", "太少"),
    ({"messages": [{"role": "robot"}, {"role": "user", "content": "x"}]}, "messages.0", "种类不对"),
    ({"messages": [{"role": "user"}]}, "messages.0.content", "缺少这一项"),
    ({"messages": [{"role": "user", "content": {"text": "x"}}]}, "messages.0.content", "应为字符串"),
    ({"messages": [{"role": "user", "content": [{"type": "text"}]}]}, "messages.0.content.0.text", "缺少这一项"),
    ({"messages": [{"role": "user", "user": 1, "content": "问" * 2001}]}, "messages.0.content", "太长"),
    ({"messages": [{"role": "user", "content": " \n"}]}, "messages.0.content", "问题是空的"),
    ({"messages": [{"role": "user", "content": "问" * 2001}]}, "messages.0.content", "太长"),
    ({"metadata": {"run-id": 5}}, "metadata.run-id", "应为字符串"),
    ({"metadata": {"k" * 65: "5"}}, f"metadata.{'k' * 65}", "太长"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "data:"}}]}]},
     "messages.0.content.0", "不看图片"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "param", "sentence"), WRONG)
def test_what_would_be_silently_wrong_is_refused_by_a_sentence(
    client: TestClient, more: dict[str, Any], param: str, sentence: str
) -> None:
    response = client.post(PATH, json=_body(ASKED) | more)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
    assert set(response.json()) == {"error"}
    error = response.json()["error"]
    assert set(error) == {"message", "type", "param", "code"}
    assert error["type"] == "invalid_request_error"
    assert error["param"] == param
    assert sentence in error["message"]
    assert error["message"].endswith("。") and not any(twice in error["message"] for twice in ("。。", "。；"))


def test_a_conversation_in_which_the_user_says_nothing_is_refused(client: TestClient) -> None:
    response = client.post(PATH, json={"model": "youju", "messages": [{"role": "system", "content": "x"}]})
    assert response.status_code == 400
    assert "user" in response.json()["error"]["message"]


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
        assert "youju、scripted" in error["message"]


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
