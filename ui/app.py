"""The Gradio page, mounted beside the API on the same address."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gradio as gr
from fastapi import FastAPI

from ui.client import ApiFailure, Client
from ui.render import AROUND, Turn, conversation, overview, passage_of

LISTED_DOCUMENTS = 50
EXAMPLES = 4
STYLE = Path(__file__).parent / "style.css"
HEAD = '<meta name="viewport" content="width=device-width, initial-scale=1">'
TITLE = "有据 · 有据可查的资料问答"
BANNER = '<header class="yj-banner"><h1>有据</h1><p>对您的资料提问。每句回答都附原文出处；资料里没有的，会直说。</p></header>'
ANSWERING = "正在作答并核对每一个数字…"
WELCOME = '<div class="yj-talk"><p class="yj-empty">在下面输入一个问题，例如“海沧2023年计划竣工几个项目”。</p></div>'


def mount(api: FastAPI, address: str) -> FastAPI:
    """The page at `/` of `api`; it calls the API over HTTP at `address` like any other program."""
    fonts = ["PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "Source Han Sans SC", "sans-serif"]
    theme = gr.themes.Base(font=fonts, font_mono=["ui-monospace", "Consolas", "monospace"])
    mounted: FastAPI = gr.mount_gradio_app(
        api,
        build_page(Client(address)),
        path="",
        footer_links=[],
        run_history=False,
        ssr_mode=False,
        theme=theme,
        css_paths=[STYLE],
        head=HEAD,
    )
    return mounted


def build_page(client: Client) -> gr.Blocks:
    """The page over `client`."""
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as page:
        gr.HTML(BANNER)
        with gr.Row(elem_classes="yj-columns"):
            with gr.Column(scale=3):
                turns = gr.State([])
                talk = gr.HTML(WELCOME)
                with gr.Row(elem_classes="yj-ask"):
                    box = gr.Textbox(
                        placeholder="输入问题，按回车提问", show_label=False, max_lines=4, autofocus=True, scale=8,
                        elem_id="yj-box",
                    )  # fmt: skip
                    send = gr.Button("提问", variant="primary", scale=1, min_width=80)
                    stop = gr.Button("停止", scale=1, min_width=80)
                    fresh = gr.Button("新对话", scale=1, min_width=80)
            with gr.Column(scale=1, min_width=240):
                library = gr.HTML()

        def ask(question: str, earlier: list[Turn]) -> Iterator[tuple[str, list[Turn], str]]:
            yield from _ask(client, question, earlier)

        private: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
        asking = [
            event(ask, [box, turns], [talk, turns, box], concurrency_limit=8, **private)
            for event in (box.submit, send.click)
        ]
        stop.click(None, cancels=asking, **private)
        fresh.click(lambda: (WELCOME, []), None, [talk, turns], cancels=asking, **private)
        page.load(lambda: _overview(client), None, library, **private)
    return page


def _overview(client: Client) -> str:
    try:
        return overview(client.documents(LISTED_DOCUMENTS))
    except ApiFailure as error:
        return f'<div class="yj-library"><p class="yj-empty">{error}</p></div>'


def _ask(client: Client, question: str, earlier: list[Turn]) -> Iterator[tuple[str, list[Turn], str]]:
    """The conversation after each event; the box is emptied at once."""
    question = question.strip()
    if not question:
        yield conversation(earlier) if earlier else WELCOME, earlier, ""
        return
    turn = Turn(question)
    turns = [*earlier, turn]
    yield conversation(turns), turns, ""
    try:
        for name, payload in client.ask(question, _history(earlier)):
            _take(client, turn, name, payload)
            yield conversation(turns), turns, ""
    except ApiFailure as error:
        turn.failure = str(error)
        yield conversation(turns), turns, ""


def _take(client: Client, turn: Turn, name: str, payload: dict[str, Any]) -> None:
    if name == "evidence":
        turn.evidence, turn.step = payload["evidence"], ANSWERING
    elif name == "queue":
        turn.step = f"排队中，前面还有 {payload['ahead']} 个问题…" if payload["ahead"] else ANSWERING
    elif name == "delta":
        turn.sentences.append(payload["text"])
    elif name == "error":
        turn.failure = payload["detail"]
    elif name == "final":
        turn.passages = [_passage(client, citation) for citation in payload["citations"]]
        turn.final = payload


def _passage(client: Client, citation: dict[str, Any]) -> tuple[str, str, str]:
    start = max(0, citation["start"] - AROUND)
    found = client.text(citation["document_id"], start, citation["end"] + AROUND)
    return passage_of(citation, found["text"], found["start"])


def _history(turns: list[Turn]) -> list[dict[str, str]]:
    messages = []
    for turn in turns[-6:]:
        messages.append({"role": "user", "content": turn.question})
        if turn.final is not None:
            messages.append({"role": "assistant", "content": turn.final["answer"]})
    return messages
