"""POST /mcp: the Model Context Protocol over streamable HTTP.

Without sessions: nothing is kept between two requests, so a restart or a second proxy breaks no client, a session of one
key cannot be used with another, and whoever closes the connection stops the answer. Host and Origin were checked and the
caller was let in before a request comes here. Not in the OpenAPI: the protocol describes itself.
"""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.server.transport_security import TransportSecuritySettings
from starlette.types import Receive, Scope, Send

from server.api.access import Reader, caller_of
from server.mcp.api import Api
from server.mcp.inside import Inside
from server.mcp.server import Context, build

router = APIRouter()
MOST_BYTES = 1_000_000


@asynccontextmanager
async def running(app: FastAPI) -> AsyncGenerator[None]:
    """Serve the protocol over `app` meanwhile: part of its lifespan."""

    def reach(context: Context) -> Api:
        assert isinstance(context.request, Request)
        return Api(Inside(app, caller_of(context.request)))

    manager = StreamableHTTPSessionManager(
        build(reach),
        stateless=True,
        # Our own middleware knows which hosts and origins are ours, this list would not.
        security_settings=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        max_request_body_size=MOST_BYTES,
    )
    async with manager.run():
        app.state.mcp = manager
        yield


class _Handed(Response):
    """A response that the SDK writes."""

    def __init__(self, manager: StreamableHTTPSessionManager) -> None:
        super().__init__()
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.handle_request(scope, receive, send)


@router.post("/mcp", include_in_schema=False)
async def serve_mcp(request: Request, caller: Reader) -> Any:
    return _Handed(request.app.state.mcp)
