"""Clients that hang up at any moment: the next question takes no longer than one answer more, and none is turned away."""

import json
import socket
import struct
import time
from collections.abc import Iterator
from urllib.parse import urlsplit

import httpx

LONG = "鹤城区2024年计划演出多少场，责任单位是谁，经费预算多少"
SHORT = "鹤城区文化惠民演出经费预算多少"
NEEDLE = "128万"
CROWD = 40
SECONDS = 180.0
SLACK = 5.0
"""Seconds that a busy machine may add."""
MOMENTS = ("at once", "half body", "first event", "second event")


def checks(url: str) -> Iterator[tuple[str, str]]:
    """Hang up at each moment of each kind of answer, by an orderly end and by a reset; then many at once."""
    asked = _seconds(url, SHORT)
    longest = _seconds(url, LONG) or asked
    yield "hang-ups: before", "" if asked else "the question is not answered"
    limit = (asked or 0) + (longest or 0) + SLACK
    chat = {"model": "youju", "messages": [{"role": "user", "content": LONG}], "stream": True}
    bodies = (
        ("/api/ask", {"question": LONG, "stream": True}), ("/v1/chat/completions", chat), ("/api/ask", {"question": LONG}),
    )  # fmt: skip
    for path, body in bodies:
        for moment in MOMENTS if "stream" in body else MOMENTS[:2]:
            for reset in (False, True):
                _leave(url, path, json.dumps(body).encode(), moment, reset)
            kind = "streamed" if "stream" in body else "whole"
            yield f"hang-ups: {path} {kind}, {moment}", _late(url, limit)
    for _ in range(CROWD):
        _leave(url, "/api/ask", json.dumps({"question": LONG, "stream": True}).encode(), "at once", reset=False)
    yield f"hang-ups: after {CROWD} at once", _late(url, limit)
    with _connected(url) as idle:
        idle.sendall(b"POST /api/ask HTTP/1.1\r\nHost: x\r\n")
        yield "hang-ups: beside a half-open connection", _late(url, limit)


def _late(url: str, limit: float) -> str:
    seconds = _seconds(url, SHORT)
    if seconds is None:
        return "the next question is not answered"
    return "" if seconds <= limit else f"the next question took {seconds:.1f} s, more than {limit:.1f} s"


def _seconds(url: str, question: str) -> float | None:
    """How long an answer took; None where it is not the right one."""
    begun = time.perf_counter()
    reply = httpx.post(f"{url}/api/ask", json={"question": question}, timeout=SECONDS, trust_env=False)
    found = reply.status_code == 200 and NEEDLE in reply.text
    return time.perf_counter() - begun if found else None


def _connected(url: str) -> socket.socket:
    address = urlsplit(url)
    connection = socket.create_connection((address.hostname or "", address.port or 80))
    connection.settimeout(60)
    return connection


def _leave(url: str, path: str, body: bytes, moment: str, reset: bool) -> None:
    """Send a request and go."""
    host = urlsplit(url).netloc
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with _connected(url) as connection:
        connection.sendall(head.encode())
        connection.sendall(body[: len(body) // 2] if moment == "half body" else body)
        for _ in range({"first event": 1, "second event": 2}.get(moment, 0)):
            connection.recv(4000)
        if reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
