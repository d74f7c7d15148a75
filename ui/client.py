"""Talks to the HTTP API; the page knows nothing else of the server."""

import json
from collections.abc import Iterator
from typing import Any

import httpx

ASK_SECONDS = 300.0


class ApiFailure(Exception):
    """The API refused or could not be reached; the message is a sentence for the user."""


class Client:
    """A few calls of the API at `address`, as the page needs them."""

    def __init__(self, address: str) -> None:
        # The page is served by the same machine: proxies from the environment must not see the questions.
        self._http = httpx.Client(base_url=address, timeout=ASK_SECONDS, trust_env=False)

    def ask(self, question: str, history: list[dict[str, str]]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Events as (name, payload): evidence, queue, delta, final, error. Leaving the iterator cancels the answer."""
        body = {"question": question, "history": history, "stream": True}
        try:
            with self._http.stream("POST", "/api/ask", json=body) as response:
                if response.is_error:
                    response.read()
                    raise ApiFailure(_detail(response))
                yield from _events(response.iter_lines())
        except httpx.HTTPError as error:
            raise ApiFailure("连不上服务。请看看 youju serve 是否还在运行。") from error

    def documents(self, limit: int) -> dict[str, Any]:
        return self._get("/api/documents", {"limit": limit})

    def text(self, document_id: str, start: int, end: int) -> dict[str, Any]:
        """`text[start:end]` of a document; `start` below 0 counts as 0."""
        return self._get(f"/api/documents/{document_id}/text", {"start": max(0, start), "end": end})

    def _get(self, path: str, parameters: dict[str, int]) -> dict[str, Any]:
        try:
            response = self._http.get(path, params=parameters)
        except httpx.HTTPError as error:
            raise ApiFailure("连不上服务。请看看 youju serve 是否还在运行。") from error
        if response.is_error:
            raise ApiFailure(_detail(response))
        found: dict[str, Any] = response.json()
        return found


def _detail(response: httpx.Response) -> str:
    try:
        return str(response.json()["detail"])
    except (json.JSONDecodeError, KeyError, TypeError):
        return f"服务答复 {response.status_code}，请稍后再试。"


def _events(lines: Iterator[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Server-sent events as the API writes them: one `event:` and one `data:` line, then a blank one."""
    name = ""
    for line in lines:
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))
