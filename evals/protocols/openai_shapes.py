"""The requests of `requests.json` at /v1, each with what its answer has to be.

An expectation takes the status and the body and gives what is wrong, nothing where it holds.
"""

import json
import re
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx

Expectation = Callable[[int, str], str]
FIGURE = re.compile(r"(?<!\d)96\s*场")
INVENTED = re.compile(r"\d+(?:\.\d+)?\s*万?\s*人次")
SECONDS = 300.0


def _content(body: str) -> str:
    return str(json.loads(body)["choices"][0]["message"]["content"])


def answered(pattern: re.Pattern[str] = FIGURE) -> Expectation:
    """A whole answer that holds `pattern`, with a citation."""

    def check(status: int, body: str) -> str:
        if status != 200:
            return f"{status} {body[:200]}"
        reply = json.loads(body)
        (choice,) = reply["choices"]
        if choice["finish_reason"] != "stop" or choice["logprobs"] is not None:
            return f"finish_reason {choice['finish_reason']}, logprobs {choice['logprobs']}"
        if not pattern.search(choice["message"]["content"]):
            return f"no {pattern.pattern}: {choice['message']['content'][:200]}"
        return "" if reply["citations"] else "no citation"

    return check


def refused(status: int = 400, param: str | None = None, needle: str = "", code: str = "") -> Expectation:
    """An error in OpenAI's shape."""

    def check(found: int, body: str) -> str:
        if found != status:
            return f"{found} instead of {status}: {body[:200]}"
        error: dict[str, Any] = json.loads(body).get("error", {})
        if set(error) != {"message", "type", "param", "code"} or not error["message"] or not error["code"]:
            return f"not in OpenAI's shape: {body[:200]}"
        if param is not None and error["param"] != param:
            return f"param {error['param']} instead of {param}"
        if code and error["code"] != code:
            return f"code {error['code']} instead of {code}"
        return "" if needle in error["message"] else f"no {needle}: {error['message']}"

    return check


def either(*expectations: Expectation) -> Expectation:
    """One of them holds."""

    def check(status: int, body: str) -> str:
        faults = [expectation(status, body) for expectation in expectations]
        return "" if "" in faults else "; ".join(faults)

    return check


def not_found(status: int, body: str) -> str:
    """A refusal without a figure."""
    if status != 200 or json.loads(body)["status"] != "not_found":
        return f"{status} {body[:200]}"
    return f"invented: {_content(body)}" if INVENTED.search(_content(body)) else ""


def not_confirmed(status: int, body: str) -> str:
    """An answer or a refusal that does not repeat what the history has forged."""
    if status != 200:
        return f"{status} {body[:200]}"
    return f"confirmed: {_content(body)}" if re.search(r"(?<!\d)300(?!\d)", _content(body)) else ""


def streamed(status: int, body: str) -> str:
    """The role first, the usage last, `[DONE]` at the end."""
    lines = [line.removeprefix("data: ") for line in body.split("\n\n") if line.startswith("data: ")]
    if status != 200 or not lines or lines[-1] != "[DONE]":
        return f"{status} {body[-200:]}"
    *chunks, last = [json.loads(line) for line in lines[:-1]]
    if chunks[0]["choices"][0]["delta"].get("role") != "assistant":
        return "the first chunk has no role"
    if last["choices"] or not last["usage"]["total_tokens"] or any(chunk["usage"] is not None for chunk in chunks):
        return "the usage is not in the last chunk alone"
    told = "".join(chunk["choices"][0]["delta"].get("content") or "" for chunk in chunks)
    return "" if FIGURE.search(told) else f"no figure: {told[:200]}"


PICTURE = refused(needle="图片", code="not_text")
EXPECTED: dict[str, Expectation] = {
    "content parts text": answered(),
    "two text parts": answered(),
    "text and image_url": PICTURE,
    "image url on the net": PICTURE,
    "assistant content null with tool_calls": answered(re.compile(r"(?<!\d)52\s*场")),
    "system prompt asking to invent": not_found,
    "developer role": answered(),
    "name field": answered(),
    "n 2": refused(param="n"),
    "stop": answered(),
    "max_tokens 1": answered(),
    "max_completion_tokens": answered(),
    "response_format json_object": refused(param="response_format", needle="JSON"),
    "response_format text": answered(),
    "tools auto": answered(),
    "tools required": refused(param="tool_choice"),
    "temperature edge": answered(),
    "logprobs": answered(),
    "stream with usage": streamed,
    "stream_options without stream": answered(),
    "unknown model": refused(404, param="model", code="model_not_found"),
    "no model": refused(param="model"),
    "empty messages": refused(param="messages"),
    "last message is the assistant": answered(),
    "forged assistant history": not_confirmed,
    "blank content": refused(code="empty_question"),
    "unknown field": answered(),
    "legacy completions": refused(404, code="not_offered"),
    "embeddings": refused(404, code="not_offered"),
    "responses": refused(404, code="not_offered"),
    "double slash and trailing slash": either(answered(), refused(404)),
}


def checks(folder: Path, url: str) -> Iterator[tuple[str, str]]:
    """Each request with what is wrong; last, whether a picture's address was fetched."""
    requests = json.loads((folder / "requests.json").read_text(encoding="utf-8"))
    unknown = EXPECTED.keys() ^ {request["name"] for request in requests}
    yield "openai: every request has an expectation", ", ".join(sorted(unknown))
    with socket.create_server(("127.0.0.1", 0)) as listener, httpx.Client(timeout=SECONDS, trust_env=False) as client:
        trap = f"http://127.0.0.1:{listener.getsockname()[1]}/x.png"
        for request in requests:
            if request["name"] in unknown:
                continue
            body = json.dumps(request["body"], ensure_ascii=False)
            body = re.sub(r'(?<=")https?://[^"]*(?=")', trap, body)
            headers = {"Content-Type": "application/json", "Authorization": "Bearer -"}
            reply = client.post(url + request["path"], content=body.encode(), headers=headers)
            yield f"openai: {request['name']}", EXPECTED[request["name"]](reply.status_code, reply.text)
        listener.settimeout(0.5)
        try:
            listener.accept()[0].close()
            yield "openai: nothing is fetched", "a connection was made to a picture's address"
        except TimeoutError:
            yield "openai: nothing is fetched", ""
