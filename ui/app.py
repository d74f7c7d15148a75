"""The Gradio page, mounted beside the API on the same address: once in Chinese at `/`, once in English at `/en/`."""

import asyncio
import os
from collections.abc import Callable
from ssl import SSLContext

import gradio as gr
from fastapi import FastAPI
from starlette.types import ASGIApp

from ui import asking, documents, overview
from ui.client import ApiFailure, Client
from ui.gate import PLACES, Gate
from ui.login import add_login
from ui.narrow import narrow
from ui.quiet import sweep_seldom, use_prompt_queue
from ui.render_side import banner, dialogs, visitor
from ui.shell import Shell, add_assets
from ui.words import Words

View = Callable[[Client, Words, gr.Blocks, gr.Tab], None]
VIEWS: tuple[tuple[str, View], ...] = (
    ("ask", asking.build),
    ("documents", documents.build),
    ("overview", overview.build),
)
THREADS = 8
"""For what Gradio does in threads of its own (checking and writing values); never for what waits."""
FONTS = ("system-ui", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "sans-serif")


def mount(api: FastAPI, address: str, trusted: SSLContext | None = None) -> FastAPI:
    """The page on `api`, and the login before it; it calls the API over HTTP at `address` like any other program, as
    whoever visits the page. `trusted`: which certificate an https address has."""
    # Gradio summarises the times of its events after each of them, with pandas, for a page that is closed here.
    os.environ.setdefault("GRADIO_ANALYTICS_CACHE_FREQUENCY", str(10**9))
    sweep_seldom()
    add_login(api)
    add_assets(api)
    theme = gr.themes.Base(font=list(FONTS), font_mono=["ui-monospace", "Consolas", "monospace"])
    places = asyncio.Semaphore(PLACES)
    for words, path in ((Words("en"), "/en"), (Words("zh"), "")):
        page = build_page(Client(address, words, trusted), words)
        gr.mount_gradio_app(api, page, path=path, footer_links=[], run_history=False, ssr_mode=False, theme=theme)
        narrow(api, _around(words.code, places))
    return api


def _around(language: str, places: asyncio.Semaphore) -> Callable[[ASGIApp], ASGIApp]:
    """What stands around a page in `language`."""
    return lambda app: Gate(Shell(app, language), places)


def build_page(client: Client, words: Words) -> gr.Blocks:
    """The page over `client`: what all views share, and the views as tabs."""
    with gr.Blocks(title=words("title"), analytics_enabled=False, fill_width=True) as page:
        gr.HTML(banner(words), apply_default_css=False, elem_id="yj-banner")
        who = gr.HTML(apply_default_css=False, elem_id="yj-who")
        with gr.Tabs(elem_id="yj-views"):
            for name, build in VIEWS:
                with gr.Tab(words(f"view.{name}"), id=name, elem_id=f"yj-view-{name}") as tab:
                    build(client, words, page, tab)
        gr.HTML(dialogs(words), apply_default_css=False, elem_id="yj-dialogs")

        async def show(request: gr.Request) -> str:
            try:
                return visitor(await client.visited(request.headers.get("cookie")).session(), words)
            except ApiFailure:
                return ""  # the conversation tells why

        page.load(show, None, who, api_visibility="private", show_progress="hidden", queue=False)
    page.max_threads = THREADS
    use_prompt_queue(page)
    return page
