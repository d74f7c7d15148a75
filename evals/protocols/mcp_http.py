"""Each line of each file as the body of a POST to /mcp; with odd headers too; and the methods that are not there.

Without sessions nothing is known of an earlier request: a call before `initialize` may be answered, and a cancellation
finds nothing to cancel.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from evals.protocols.mcp_replies import EXPECTED, anything, error, faults, nothing_or_error

ACCEPT = {"Accept": "application/json, text/event-stream"}
SECONDS = 180.0
PLAIN: dict[str, dict[str, str]] = {
    "without Accept": {},
    "with another protocol version": ACCEPT | {"MCP-Protocol-Version": "1999-01-01"},
}


def checks(folder: Path, url: str) -> Iterator[tuple[str, str]]:
    """Each file, then the first call with odd headers, then GET and DELETE."""
    with httpx.Client(base_url=url, timeout=SECONDS, trust_env=False) as client:
        for file in sorted(folder.glob("*.jsonl")):
            yield f"mcp-http: {file.stem}", "; ".join(_file(client, file))
        ping = b'{"jsonrpc": "2.0", "id": 1, "method": "ping"}'
        for name, headers in PLAIN.items():
            reply = _post(client, ping, headers)
            yield f"mcp-http: {name}", "" if reply.status_code < 500 and _messages(reply) else f"{reply.status_code}"
        for method in ("GET", "DELETE"):
            status = client.request(method, "/mcp", headers=ACCEPT).status_code
            yield f"mcp-http: {method}", "" if status == 405 else f"{status} instead of 405"


def _file(client: httpx.Client, file: Path) -> list[str]:
    told: list[str] = []
    messages: list[Any] = []
    for line in file.read_bytes().split(b"\n"):
        if line.strip():
            reply = _post(client, line, ACCEPT)
            messages += _messages(reply)
            if reply.status_code >= 500:
                told.append(f"{reply.status_code} for {line[:60]!r}")
    lenient = {id_ for id_, expected in EXPECTED[file.stem].items() if expected in (error, nothing_or_error)}
    found = [fault for fault in faults(file.stem, messages) if fault.split(":")[0] not in map(str, lenient)]
    replied = {message.get("id") for message in messages if isinstance(message, dict)}
    return told + found + [f"{id_}: {anything(None)}" for id_ in lenient if id_ not in replied]


def _post(client: httpx.Client, body: bytes, headers: dict[str, str]) -> httpx.Response:
    return client.post("/mcp", content=body, headers={"Content-Type": "application/json"} | headers)


def _messages(reply: httpx.Response) -> list[Any]:
    """What came as JSON or as events."""
    if reply.headers.get("content-type", "").startswith("text/event-stream"):
        lines = [line.removeprefix("data:").strip() for line in reply.text.split("\n") if line.startswith("data:")]
        return [json.loads(line) for line in lines if line]
    return [json.loads(reply.content)] if reply.content else []
