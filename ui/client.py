"""Talks to the HTTP API; the page knows nothing else of the server."""

import json
from collections.abc import AsyncIterator, Mapping
from copy import copy
from ssl import SSLContext
from typing import Any
from urllib.parse import quote

import httpx

from ui.words import Words

ASK_SECONDS = 300.0
ALONE = httpx.Limits(max_keepalive_connections=0)
Json = dict[str, Any]


class ApiFailure(Exception):
    """The API refused or could not be reached; the message is a sentence for the user, `status` that of the refusal or 0."""

    def __init__(self, told: str, status: int = 0) -> None:
        super().__init__(told)
        self.status = status

    @property
    def is_final(self) -> bool:
        """Whether asking for the same again gets the same: it is not there, or its id is none."""
        return self.status in (400, 404, 422)


class Client:
    """A few calls of the API at `address`, as the page needs them; failures are told in the page's `words`."""

    def __init__(self, address: str, words: Words, trusted: SSLContext | None = None) -> None:
        """`trusted`: which certificate an https address has; None for those that this machine knows."""
        self._address = address
        self._words = words
        # Asynchronous throughout: page and API share one event loop and its threads, and a call that held a thread while
        # it waits for the API would take from the API what it waits for.
        # The page is served by the same machine: proxies from the environment must not see the questions.
        # No connection is kept: nobody tells the page when the server ends; stopping an answer closes its own at once.
        self._http = httpx.AsyncClient(
            base_url=address, timeout=ASK_SECONDS, trust_env=False, limits=ALONE, verify=trusted or True,
            headers={"Accept-Language": words.code},
        )  # fmt: skip
        self._headers: Mapping[bytes, bytes] = {}

    def visited(self, cookie: str | None) -> "Client":
        """The same API for a visitor whose browser has sent `cookie`: it may do what the visitor may."""
        own = copy(self)
        # Origin says that the request comes from the server's own page, which the API wants to know with a cookie.
        own._headers = {b"Cookie": cookie.encode("latin-1"), b"Origin": self._address.encode()} if cookie else {}
        return own

    async def ask(self, question: str, **more: Any) -> AsyncIterator[tuple[str, Json]]:
        """Events as (name, payload): evidence, queue, delta, final. Leaving the iterator cancels the answer.

        Raises ApiFailure, also for the event `error`. `more` are other keys of POST /api/ask: history, conversation, documents, years, places, issuers.
        """
        body = {"question": question, "stream": True, **more}
        try:
            async with self._http.stream("POST", "/api/ask", json=body, headers=self._headers) as response:
                if response.is_error:
                    await response.aread()
                    raise self._refusal(response)
                name = ""
                async for line in response.aiter_lines():
                    # As the API writes them: one `event:` and one `data:` line, then a blank one.
                    if line.startswith("event: "):
                        name = line.removeprefix("event: ")
                    elif line.startswith("data: "):
                        payload = json.loads(line.removeprefix("data: "))
                        if name == "error":
                            raise ApiFailure(payload["detail"], payload["status"])
                        yield name, payload
        except httpx.HTTPError as error:
            raise ApiFailure(self._words("client.gone")) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise ApiFailure(self._words("client.unsent"), 400) from error

    async def session(self) -> dict[str, Any]:
        """Who the visitor is: `key` (None where no key is needed), `name`, `role`."""
        return await self.get("/api/session", {})

    async def documents(self, limit: int, **wanted: Any) -> Json:
        """The list of documents; `wanted` are other parameters of GET /api/documents."""
        return await self.get("/api/documents", {"limit": limit, **wanted})

    async def document(self, document_id: str) -> Json:
        """One document with its outline."""
        return await self.get(f"/api/documents/{part(document_id)}", {})

    async def text(self, document_id: str, start: int, end: int) -> Json:
        """`text[start:end]` of a document; `start` below 0 counts as 0."""
        return await self.get(f"/api/documents/{part(document_id)}/text", {"start": max(0, start), "end": end})

    async def holdings(self) -> Json:
        """What the documents are about: how many of each year, place, issuer and type."""
        found: Json = (await self.get("/api/statistics", {"days": 1, "answers": 1, "refusals": 0}))["documents"]
        return found

    async def conversations(self, limit: int) -> Json:
        """The visitor's, the last used first."""
        return await self.get("/api/conversations", {"limit": limit})

    async def conversation(self, conversation_id: str) -> Json:
        """One with its turns."""
        return await self.get(f"/api/conversations/{part(conversation_id)}", {})

    async def new_conversation(self) -> str:
        """Its id."""
        return str((await self._send("POST", "/api/conversations", None))["id"])

    async def rename_conversation(self, conversation_id: str, title: str) -> None:
        await self._send("PATCH", f"/api/conversations/{part(conversation_id)}", {"title": title})

    async def delete_conversation(self, conversation_id: str) -> None:
        await self._send("DELETE", f"/api/conversations/{part(conversation_id)}", None)

    async def judge(self, turn: str, verdict: str, comment: str, expected: str) -> None:
        """Feedback on a turn of one of the visitor's conversations."""
        told = {"turn": turn, "verdict": verdict, "comment": comment, "expected": expected}
        await self._send("POST", "/api/feedback", told)

    async def get(self, path: str, parameters: Mapping[str, Any] | None = None) -> Json:
        """What the API has at `path`; raises ApiFailure."""
        return await self._call("GET", path, params=parameters or {})

    async def delete(self, path: str) -> Json:
        """Delete what the API has at `path`; raises ApiFailure."""
        return await self._call("DELETE", path)

    async def _send(self, method: str, path: str, body: Json | None) -> Json:
        return await self._call(method, path, json=body)

    async def _call(self, method: str, path: str, **more: Any) -> Json:
        try:
            response = await self._http.request(method, path, headers=self._headers, **more)
        except httpx.HTTPError as error:
            raise ApiFailure(self._words("client.gone")) from error
        except (httpx.InvalidURL, UnicodeError) as error:
            raise ApiFailure(self._words("client.unsent"), 400) from error
        if response.is_error:
            raise self._refusal(response)
        found: Json = response.json() if response.content else {}
        return found

    def _refusal(self, response: httpx.Response) -> ApiFailure:
        try:
            detail = str(response.json()["detail"])
        except (json.JSONDecodeError, KeyError, TypeError):
            return ApiFailure(self._words("client.bare", status=response.status_code), response.status_code)
        return ApiFailure(detail, response.status_code)


def part(name: str) -> str:
    """`name` as one part of a path: what a browser sends as an id may be anything."""
    return quote(name, safe="", errors="replace") or "-"
