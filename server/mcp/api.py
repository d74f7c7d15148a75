"""What the tools call: a few of the HTTP API's routes, wherever the API is.

Not covered: how a request gets there (`server.mcp.inside` within this process, `server.mcp.remote` across the network).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import urlencode

JSON = "application/json"


class ApiRefused(Exception):
    """The API refused or cannot be reached; the message is a sentence that says what to do.

    `problem` is what the API told (RFC 9457); `code` names the error, also where the API told nothing.
    """

    def __init__(self, sentence: str, code: str, problem: Mapping[str, Any] | None = None) -> None:
        super().__init__(sentence)
        self.code = code
        self.problem = problem


@dataclass(frozen=True)
class Response:
    status: int
    body: bytes


class Carrier(Protocol):
    """Something that takes a request to the API."""

    async def send(self, method: str, target: str, body: bytes) -> Response:
        """`target` is the path with its query; a body that is not empty is JSON. Raises ApiRefused."""
        ...


class Api:
    """The API over a carrier. Every call raises ApiRefused."""

    def __init__(self, carrier: Carrier) -> None:
        self._carrier = carrier

    async def get(self, path: str, parameters: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Parameters that are None are left out."""
        told = {name: value for name, value in (parameters or {}).items() if value is not None}
        target = f"{path}?{urlencode(told, doseq=True)}" if told else path
        return _read(await self._carrier.send("GET", target, b""))

    async def post(self, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        return _read(await self._carrier.send("POST", path, json.dumps(body, ensure_ascii=False).encode()))


def _read(response: Response) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(response.body)
        if response.status >= 400:
            raise ApiRefused(str(found["detail"]), str(found["code"]), found)
    except (ValueError, KeyError, TypeError) as error:
        raise ApiRefused(
            f"服务答复 {response.status}，看不懂。请检查地址是否是有据的服务，或稍后再试。", "unknown_reply"
        ) from error
    return found
