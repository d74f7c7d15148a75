"""The page that asks for a key, at `/login`: one file that loads nothing, allowed by its hashes to run its own script."""

import base64
import hashlib
import re
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

PATH = "/login"
FILE = Path(__file__).parent / "login.html"
INLINE = re.compile(r"<(style|script)>(.*?)</\1>", re.DOTALL)


def add_login(api: FastAPI) -> None:
    """Serve the page; it logs in and out over `/api/session`."""
    html = FILE.read_text(encoding="utf-8")
    headers = {"Content-Security-Policy": policy_of(html), "Cache-Control": "no-store"}

    def login(_: Request) -> HTMLResponse:
        return HTMLResponse(html, headers=headers)

    api.add_route(PATH, login, methods=["GET"], include_in_schema=False)


def policy_of(html: str) -> str:
    """A content security policy that allows what stands in `html` and calls to its own server, nothing else."""
    allowed: dict[str, list[str]] = {"style": [], "script": []}
    for kind, text in INLINE.findall(html):
        hashed = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        allowed[kind].append(f"'sha256-{hashed}'")
    return (
        f"default-src 'none'; script-src {' '.join(allowed['script'])}; style-src {' '.join(allowed['style'])}; "
        "img-src data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
