"""Clients of a running server: each asks one question after the other over HTTP and notes what came when.

Not covered: starting the server (`serving`) and what the times mean (`figures`).
"""

import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

TIMEOUT = httpx.Timeout(150.0)
LONGEST_PAUSE = 2.0


@dataclass
class Asked:
    """One question as its client saw it; times in seconds from sending it, None for what did not come."""

    question: str
    client: int
    sent: float
    """By the clock of `time.perf_counter`."""
    outcome: str = "cut"
    """`answered`, `not_found`, `busy` (503 with Retry-After), `cancelled`, or what went wrong."""
    evidence: float | None = None
    queued: bool = False
    """Whether it was told that others are ahead."""
    turn: float = 0.0
    """When its turn came; with the evidence where nobody was ahead."""
    end: float = 0.0

    @property
    def is_complete(self) -> bool:
        return self.outcome in ("answered", "not_found")

    @property
    def is_honest(self) -> bool:
        """Whether it went as it may: answered, told to come back, or cancelled by the client."""
        return self.is_complete or self.outcome in ("busy", "cancelled")


async def ask(http: httpx.AsyncClient, question: str, client: int, patience: float | None = None) -> Asked:
    """Ask and read all events; the connection is closed after `patience` seconds."""
    asked = Asked(question, client, time.perf_counter())
    try:
        async with asyncio.timeout(patience):
            await _read(http, asked)
    except TimeoutError:
        asked.outcome = "cancelled"
    except httpx.HTTPError as error:
        asked.outcome = type(error).__name__
    asked.end = time.perf_counter() - asked.sent
    return asked


async def _read(http: httpx.AsyncClient, asked: Asked) -> None:
    body = {"question": asked.question, "stream": True}
    async with http.stream("POST", "/api/ask", json=body) as response:
        if response.status_code != httpx.codes.OK:
            retry = response.status_code == httpx.codes.SERVICE_UNAVAILABLE and "retry-after" in response.headers
            asked.outcome = "busy" if retry else f"HTTP {response.status_code}"
            return
        async for name, payload in _events(response):
            now = time.perf_counter() - asked.sent
            if name == "evidence":
                asked.evidence = asked.turn = now
            elif name == "queue":
                asked.queued, asked.turn = True, now
            elif name == "final":
                asked.outcome = payload["status"]
            elif name == "error":
                asked.outcome = f"error {payload['status']}"


async def _events(response: httpx.Response) -> AsyncIterator[tuple[str, dict[str, Any]]]:
    name = ""
    async for line in response.aiter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def connect(address: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=address, timeout=TIMEOUT, trust_env=False)


async def crowd(
    address: str,
    questions: Iterator[str],
    clients: int,
    seconds: float,
    patience: Callable[[int], float | None] = lambda _: None,
) -> list[Asked]:
    """`clients` at once for `seconds`, each asking the next question as soon as its last one ended.

    `patience` gives for a client how long it waits this time. Questions begun are read to their end.
    """
    end = time.perf_counter() + seconds
    done: list[Asked] = []

    async def client(number: int) -> None:
        async with connect(address) as http:
            while time.perf_counter() < end:
                asked = await ask(http, next(questions), number, patience(number))
                done.append(asked)
                if not asked.is_complete and asked.outcome != "cancelled":
                    await asyncio.sleep(LONGEST_PAUSE * random.random())

    await asyncio.gather(*(client(number) for number in range(clients)))
    return sorted(done, key=lambda asked: asked.sent)


def endless(questions: Sequence[str]) -> Iterator[str]:
    """The questions over and over, in the same order."""
    while True:
        yield from questions


def outcomes(done: Sequence[Asked]) -> dict[str, int]:
    return dict(Counter(asked.outcome for asked in done))
