"""What stands around the Gradio application: our styles and scripts, and a page that begins with them.

Gradio would load both when its own script runs: the page would be shown bare first. Not covered: which of Gradio's routes
are open (`ui.narrow`), who may come in and the security headers (`server.api`).
"""

import hashlib
import re
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import FileResponse, PlainTextResponse, Response
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

FOLDER = Path(__file__).parent
STYLES = ("style.css", "style_reading.css", "style_documents.css")
SCRIPTS = ("page.js", "documents.js")
ASSETS = "/ui/"
KINDS = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}
ICON = '<link rel="icon" href="data:,">'
SOCIAL = re.compile(r"<meta\s[^<>]*\b(?:property|name)=\"(?:og|twitter):[^<>]*+>\s*+")
HTML_TAG = re.compile(r"<html\s+lang=\"en\"")


def add_assets(api: FastAPI) -> None:
    """Serve our styles and scripts at `/ui/`, and nothing else that lies beside them."""
    known = {name: FOLDER / name for name in (*STYLES, *SCRIPTS) if (FOLDER / name).exists()}

    def asset(request: Request) -> Response:
        path = known.get(request.path_params["name"])
        if path is None:
            return PlainTextResponse("Not Found", 404)
        caching = {"Cache-Control": "private, max-age=31536000, immutable"} if request.query_params.get("v") else {}
        return FileResponse(path, headers={"Content-Type": KINDS[path.suffix], **caching})

    api.add_route(ASSETS + "{name}", asset, methods=["GET"], include_in_schema=False)


def head() -> str:
    """The elements that load our styles and scripts; each address changes with what it names."""
    links = [f'<link rel="stylesheet" href="{_address(name)}">' for name in STYLES if (FOLDER / name).exists()]
    scripts = [f'<script src="{_address(name)}"></script>' for name in SCRIPTS if (FOLDER / name).exists()]
    return "".join((ICON, *links, *scripts))


def _address(name: str) -> str:
    return f"{ASSETS}{name}?v={hashlib.sha256((FOLDER / name).read_bytes()).hexdigest()[:12]}"


class Shell:
    """The Gradio application `app`; its page is in `language` and begins with our styles and scripts."""

    def __init__(self, app: ASGIApp, language: str) -> None:
        self._app = app
        self._language = language

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["method"] == "GET" and _path(scope) == "/":
            await self._page(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        started: list[Message] = []
        body = bytearray()

        async def kept(message: Message) -> None:
            if message["type"] == "http.response.start":
                started.append(message)
                return
            if message["type"] != "http.response.body":
                await send(message)
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body", False):
                shown = self.dressed(body.decode()).encode()
                MutableHeaders(scope=started[0])["content-length"] = str(len(shown))
                await send(started[0])
                await send({"type": "http.response.body", "body": shown})

        await self._app(scope, receive, kept)

    def dressed(self, html: str) -> str:
        """Gradio's page in our language, with our head, without what it tells about itself to social networks."""
        html = HTML_TAG.sub(f'<html lang="{self._language}"', SOCIAL.sub("", html), count=1)
        return html.replace("</head>", head() + "</head>", 1)


def _path(scope: Scope) -> str:
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", "")) or "/"
