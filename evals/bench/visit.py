"""One visitor of the page over HTTP, as a browser does it: the page, its files, the events of loading, a question.

What Gradio 6's own script sends and reads is done here without a browser: events that answer at once go to
`/gradio_api/run/predict`, questions to `/gradio_api/queue/join`, their updates come from `/gradio_api/queue/data`. Not
covered: what a visitor sees (tests/ui).
"""

import asyncio
import json
import re
import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import httpx

CONFIG = re.compile(r"window\.gradio_config\s*=\s*(\{.*?\});\s*</script>", re.DOTALL)
FILES = re.compile(r"<(?:script|link)\b[^>]*\b(?:src|href)=\"([^\"]+)\"")
PLACE = re.compile(r"前面还有 (\d+) 个问题")
LINE_FULL = re.compile(r"个问题在排队|questions are waiting already")
BOX, SEND = "yj-box", "submit"
LIVE = 2
"""Of the outputs of a question, the turn that is being answered."""
GRADIO = "gradio_api"


@dataclass
class Visit:
    """What came of it: `answered`, `busy` (told to come back: the line is full), or what went wrong."""

    outcome: str = "not asked"
    waited: bool = False
    """Whether it was shown its place in the line."""
    events: list[str] = field(default_factory=list)
    """Loading events that failed."""
    last: str = ""
    """The last message about the question."""


class Visitor:
    """A browser on one page; `http` is its own."""

    def __init__(self, http: httpx.AsyncClient, path: str = "/") -> None:
        self._http = http
        self._path = path
        self._session = secrets.token_hex(6)
        self._config: dict[str, Any] = {}
        self._asked: dict[str, Any] = {}
        self.visit = Visit()

    async def load(self) -> None:
        """The page with its files, and the events that Gradio raises when a page has loaded. Raises httpx.HTTPError."""
        for file in await self.open():
            await self._get(urljoin(self._path, file))
        await self._get(f"{self._path}{GRADIO}/startup-events")
        await self.raise_load()

    async def open(self) -> list[str]:
        """The page alone; gives the files of this server that it names. Raises httpx.HTTPError."""
        page = await self._get(self._path)
        found = CONFIG.search(page.text)
        if found is None:
            raise httpx.DecodingError("no Gradio page", request=page.request)
        self._config = json.loads(found[1])
        return [file for file in dict.fromkeys(FILES.findall(page.text)) if not file.startswith(("data:", "http"))]

    async def raise_load(self) -> "Visitor":
        """The events of loading, all at once as a browser does. Raises httpx.HTTPError."""
        raised = self._raised_by("load")
        done = await asyncio.gather(*map(self._run, raised))
        self.visit.events += [f"load {one['id']}" for one, well in zip(raised, done, strict=True) if not well]
        return self

    async def ask(self, question: str) -> None:
        """Ask in the box and read to the end, then the events that follow an answer. Raises httpx.HTTPError."""
        box = next(part["id"] for part in self._config["components"] if part["props"].get("elem_id") == BOX)
        asking = next(one for one in self._config["dependencies"] if [box, SEND] in one["targets"])
        data = [question if part == box else self._empty(part) for part in asking["inputs"]]
        joined = await self._http.post(f"{self._path}{GRADIO}/queue/join", json=self._body(asking, data))
        event = joined.raise_for_status().json()["event_id"]
        self._asked = {"session_hash": self._session, "fn_index": asking["id"], "event_id": event}
        async for message in self._messages():
            text = json.dumps(message, ensure_ascii=False)
            self.visit.last = message["msg"]
            self.visit.waited = self.visit.waited or PLACE.search(text) is not None
            if message["msg"] == "process_completed":
                self.visit.outcome = _outcome(message)
        for dependency in self._config["dependencies"]:
            if dependency.get("trigger_after") == asking["id"] and not await self._run(dependency):
                self.visit.events.append(f"after {dependency['id']}")

    async def stop(self) -> None:
        """Stop what was asked last. Raises httpx.HTTPError."""
        (await self._http.post(f"{self._path}{GRADIO}/cancel", json=self._asked)).raise_for_status()

    async def _get(self, path: str) -> httpx.Response:
        return (await self._http.get(path)).raise_for_status()

    async def _run(self, dependency: dict[str, Any]) -> bool:
        data = [self._empty(part) for part in dependency["inputs"]]
        response = await self._http.post(f"{self._path}{GRADIO}/run/predict", json=self._body(dependency, data))
        return response.status_code == httpx.codes.OK

    def _body(self, dependency: dict[str, Any], data: list[Any]) -> dict[str, Any]:
        return {
            "data": data, "fn_index": dependency["id"], "session_hash": self._session, "trigger_id": None,
            "event_data": None,
        }  # fmt: skip

    def _empty(self, part: int) -> Any:
        """What a part of the page sends that the visitor has not touched; state lies on the server."""
        found = next(one for one in self._config["components"] if one["id"] == part)
        return None if found["type"] == "state" else found["props"].get("value") or ""

    def _raised_by(self, event: str) -> list[dict[str, Any]]:
        raised = (one for one in self._config["dependencies"] if any(target[1] == event for target in one["targets"]))
        return [one for one in raised if one["backend_fn"]]

    async def _messages(self) -> AsyncIterator[dict[str, Any]]:
        async with self._http.stream(
            "GET", f"{self._path}{GRADIO}/queue/data", params={"session_hash": self._session}
        ) as response:
            response.raise_for_status()
            async for line in response.aiter_lines():
                if line.startswith("data: "):
                    message: dict[str, Any] = json.loads(line.removeprefix("data: "))
                    yield message
                    if message["msg"] == "close_stream":
                        return


def _outcome(message: dict[str, Any]) -> str:
    if not message["success"]:
        return f"event failed: {message['output'].get('error')}"
    if not message["output"]:
        return "stopped"
    live = str(message["output"]["data"][LIVE])
    if "yj-failure" in live:
        return "busy" if LINE_FULL.search(live) else f"failure: {re.sub(r'<[^>]+>', ' ', live).strip()[:80]}"
    return "answered" if "yj-answer" in live or "yj-missing" in live else "cut"
