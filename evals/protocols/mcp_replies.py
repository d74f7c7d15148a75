"""What has to come back for each file of requests of the Model Context Protocol, whatever carries it.

A file's expectation is one for each id: it takes the reply, None where there was none, and gives what is wrong.
"""

import json
import re
from collections.abc import Callable, Iterable
from typing import Any

Reply = dict[str, Any] | None
Expectation = Callable[[Reply], str]
FIGURE = re.compile(r"(?<!\d)96\s*场")
METHOD_NOT_FOUND, INVALID_PARAMS = -32601, -32602
VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")


def answer(reply: Reply) -> str:
    """The tool's answer with the figure and its source."""
    if reply is None or "result" not in reply or reply["result"].get("isError"):
        return f"no answer: {_short(reply)}"
    structured = reply["result"]["structuredContent"]
    return "" if FIGURE.search(structured["answer"]) and structured["citations"] else f"no figure: {_short(reply)}"


def any_answer(reply: Reply) -> str:
    """A tool's result, whatever it says."""
    if reply is None or "result" not in reply or reply["result"].get("isError"):
        return f"no answer: {_short(reply)}"
    return ""


def anything(reply: Reply) -> str:
    """A result or an error."""
    return "" if reply is not None and ("result" in reply or "error" in reply) else "silence"


def nothing_or_error(reply: Reply) -> str:
    return "" if reply is None or "error" in reply else f"answered: {_short(reply)}"


def error(reply: Reply) -> str:
    return "" if reply is not None and "error" in reply else f"no error: {_short(reply)}"


def unknown_method(reply: Reply) -> str:
    return "" if error(reply) == "" and reply and reply["error"]["code"] == METHOD_NOT_FOUND else _short(reply)


def empty(reply: Reply) -> str:
    return "" if reply is not None and reply.get("result") == {} else f"no empty result: {_short(reply)}"


def refused(reply: Reply) -> str:
    """A tool's error or invalid parameters, with a sentence."""
    if reply is None:
        return "silence"
    if "error" in reply:
        told = reply["error"]
        return "" if told["code"] == INVALID_PARAMS and told["message"] else _short(reply)
    return "" if reply["result"].get("isError") and reply["result"]["content"][0]["text"] else _short(reply)


def initialized(reply: Reply) -> str:
    if reply is None or "result" not in reply:
        return f"no result: {_short(reply)}"
    version = reply["result"].get("protocolVersion")
    return "" if version in VERSIONS else f"protocolVersion {version}"


def tools(reply: Reply) -> str:
    return "" if reply and reply.get("result", {}).get("tools") else f"no tools: {_short(reply)}"


def _short(reply: Reply) -> str:
    return json.dumps(reply, ensure_ascii=False)[:200]


EXPECTED: dict[str, dict[str | int, Expectation]] = {
    "ping-before-initialize": {"p": empty, 1: initialized, 2: tools},
    "call-before-initialize": {1: error, 2: initialized, 3: answer},
    "old-version": {1: initialized, 2: answer},
    "version-2025-03-26": {1: initialized, 2: answer},
    "unknown-version": {1: initialized, 2: answer},
    "future-version": {1: initialized, 2: answer},
    "batch": {1: initialized},
    "cancel": {1: initialized, 2: nothing_or_error, 3: answer},
    "cancel-unknown": {1: initialized, 3: answer},
    "progress": {1: initialized, 2: answer},
    "unknown-method": {1: initialized, 5: anything, 6: unknown_method},
    "bad-arguments": {1: initialized, 2: refused, 3: refused, 4: refused, 5: refused},
    "not-json": {1: initialized, 2: answer},
    "crlf-and-unicode": {1: initialized, 2: any_answer},
    "no-initialized": {1: initialized, 2: anything},
    "two-initialize": {1: initialized, 2: anything, 3: answer},
    "end-of-input-while-working": {1: initialized, 2: answer},
}


def by_id(messages: Iterable[Any]) -> dict[str | int, dict[str, Any]]:
    """The replies among `messages` by their ids; those of a batch too."""
    found: dict[str | int, dict[str, Any]] = {}
    for message in messages:
        for one in message if isinstance(message, list) else [message]:
            if isinstance(one, dict) and one.get("id") is not None and "method" not in one:
                found[one["id"]] = one
    return found


def faults(name: str, messages: list[Any]) -> list[str]:
    """What is wrong with all that came back for the file `name`."""
    replies = by_id(messages)
    told = [f"{id_}: {fault}" for id_, expected in EXPECTED[name].items() if (fault := expected(replies.get(id_)))]
    errors = [message["error"]["code"] for message in messages if isinstance(message, dict) and "error" in message]
    if name == "batch" and 2 not in replies and not errors:
        told.append("the batch met silence")
    progress = [m for m in messages if isinstance(m, dict) and m.get("method") == "notifications/progress"]
    if any(message["params"].get("progressToken") != "t1" for message in progress):
        told.append("a progress notification has another token")
    return told
