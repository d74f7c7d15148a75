"""The page that asks for a key, at `/login`: it loads nothing, and is allowed by its hashes to run its own script.

`?next=en/` says where the visitor was going: they go on there, and are asked in the language of that page.
"""

import base64
import hashlib
import re
from html import escape
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.responses import HTMLResponse

from ui.words import Language, Words

PATH = "/login"
FILE = Path(__file__).parent / "login.html"
INLINE = re.compile(r"<(style|script)>(.*?)</\1>", re.DOTALL)
SLOT = re.compile(r"\{\{([\w.]+)\}\}")
ENGLISH = "en"
"""Where the English page is."""


def add_login(api: FastAPI) -> None:
    """Serve the page; it logs in and out over `/api/session`."""
    pages = {words.language: login_page(words) for words in (Words("zh"), Words("en"))}
    policies = {language: policy_of(html) for language, html in pages.items()}

    def login(request: Request) -> HTMLResponse:
        going = request.query_params.get("next", "")
        is_english = going == ENGLISH or going.startswith((f"{ENGLISH}/", f"{ENGLISH}?"))
        language: Language = "en" if is_english else "zh"
        headers = {"Content-Security-Policy": policies[language], "Cache-Control": "no-store"}
        return HTMLResponse(pages[language], headers=headers)

    api.add_route(PATH, login, methods=["GET"], include_in_schema=False)


def login_page(words: Words) -> str:
    """The page in one language: `{{login.key}}` is that text, `{{code}}` the language."""
    html = FILE.read_text(encoding="utf-8").replace("{{code}}", words.code)
    return SLOT.sub(lambda slot: escape(words(slot[1])), html)


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
