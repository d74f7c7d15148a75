"""The API of a server that the user names: besides `server.models` the only module that opens a connection."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import httpx

from server.mcp.api import JSON, ApiRefused, Response

SECONDS = 300.0
"""Longer than servers are likely to take for an answer."""


class Remote:
    """A carrier across the network."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def send(self, method: str, target: str, body: bytes) -> Response:
        try:
            response = await self._client.request(method, target, content=body, headers={"Content-Type": JSON})
        except httpx.HTTPError as error:
            raise ApiRefused(
                f"连不上 {self._client.base_url}。请检查地址，以及那里的 youju serve 是否在运行。", "unreachable"
            ) from error
        return Response(response.status_code, response.content)


@asynccontextmanager
async def connected(address: str, key: str | None) -> AsyncGenerator[Remote]:
    """A carrier to the server at `address`, which is shown `key`."""
    headers = {"Authorization": f"Bearer {key}"} if key else {}
    # No proxies from the environment: they must not see the questions.
    async with httpx.AsyncClient(base_url=address, headers=headers, timeout=SECONDS, trust_env=False) as client:
        yield Remote(client)
