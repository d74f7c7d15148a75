"""Headers that tell browsers what an answer of this server may do: load nothing from elsewhere, stand in no frame.

A response that brings one of these headers itself keeps its own. Not covered: other origins (`server.api.protection` adds
starlette's CORSMiddleware where some are configured).
"""

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from server.api.entrance import PROGRAMS

COMMON = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    # Not no-referrer: browsers would then send `Origin: null` with the page's own forms.
    "referrer-policy": "same-origin",
    "permissions-policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
}
DATA = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""For what is no page: were it shown as one, it could do nothing."""
DOCS = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""For the page of the API's documentation: Swagger UI writes styles, no script."""
PAGE = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline'; "
    "img-src 'self' data: blob:; font-src 'self' data:; media-src 'self' data: blob:; worker-src 'self' blob:; "
    "connect-src 'self'; object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"
)
"""For other pages: Gradio puts its configuration and styles inline, and evaluates the templates of its HTML parts."""


class Shielding:
    """Middleware that adds the headers to every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def shielded(message: Message) -> None:
            if message["type"] == "http.response.start":
                _shield(MutableHeaders(scope=message), scope["path"].startswith(PROGRAMS))
            await send(message)

        await self._app(scope, receive, shielded)


def _shield(headers: MutableHeaders, is_program: bool) -> None:
    for name, value in COMMON.items():
        headers.setdefault(name, value)
    is_page = headers.get("content-type", "").startswith("text/html")
    policy = (DOCS if is_program else PAGE) if is_page else DATA
    headers.setdefault("content-security-policy", policy)
    if is_program or is_page:
        # What has an ETag may be kept by the browser that got it, but is asked for again each time.
        headers.setdefault("cache-control", "private, no-cache" if "etag" in headers else "no-store")
