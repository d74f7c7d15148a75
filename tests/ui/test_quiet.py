"""Gradio without its polling: what is asked is answered and can be stopped, and nothing runs while nobody asks."""

import asyncio
import socket
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import httpx
import pytest
from fastapi import FastAPI
from gradio import route_utils

from evals.bench.visit import Visitor
from index.search import Searcher
from server.answer.answerer import Answerer
from server.llm.model import LanguageModel
from tests.paged import with_page
from tests.server.api.test_asking import EndlessModel
from tests.server.serving import ready_app, served
from tests.stubs import ScriptedModel
from ui import quiet
from ui.quiet import GRADIO, use_prompt_queue

DEADLINE = 60
ASKED = "海沧2023年计划竣工几个项目"


@contextmanager
def _site(searcher: Searcher, folder: Path, model: LanguageModel) -> Generator[str]:
    """The address of the application with its page."""
    app = ready_app(Answerer(searcher, model), folder)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with served(with_page(app, f"http://127.0.0.1:{port}"), port) as address:
        yield address


def test_this_was_written_against_the_gradio_that_is_installed() -> None:
    """Another version: compare `ui.quiet` with its `Queue.start_processing`, `Queue.start` and `StateHolder`, then change
    the number."""
    assert gr.__version__ == GRADIO


def test_an_idle_page_has_no_task_that_looks_for_work() -> None:
    async def tasks() -> int:
        with gr.Blocks(analytics_enabled=False) as page:
            gr.Textbox()
        use_prompt_queue(page)
        page.run_startup_events()
        await asyncio.sleep(0)
        return len(asyncio.all_tasks())

    assert asyncio.run(tasks()) == 1


def test_several_visitors_ask_in_both_languages_and_all_are_answered(searcher: Searcher, tmp_path: Path) -> None:
    async def visit(address: str, path: str) -> str:
        async with httpx.AsyncClient(base_url=address, trust_env=False, timeout=DEADLINE) as http:
            visitor = Visitor(http, path)
            await visitor.open()
            await visitor.raise_load()
            await visitor.ask(ASKED)
            assert visitor.visit.events == []
            return visitor.visit.outcome

    async def visits(address: str) -> list[str]:
        async with asyncio.timeout(DEADLINE):
            return await asyncio.gather(*(visit(address, path) for path in ("/", "/en/") * 3))

    with _site(searcher, tmp_path, ScriptedModel()) as address:
        assert asyncio.run(visits(address)) == ["answered"] * 6


@pytest.mark.usefixtures("doubtful")
def test_what_is_asked_can_be_stopped_and_the_next_question_is_taken(searcher: Searcher, tmp_path: Path) -> None:
    model = EndlessModel()

    async def visit(address: str) -> list[str]:
        async with (
            httpx.AsyncClient(base_url=address, trust_env=False, timeout=DEADLINE) as http,
            asyncio.timeout(DEADLINE),
        ):
            visitor = Visitor(http)
            await visitor.open()
            asking = asyncio.create_task(visitor.ask(ASKED))
            assert await asyncio.to_thread(model.begun.wait, DEADLINE)
            await visitor.stop()
            await asking
            stopped = visitor.visit.outcome
            assert await asyncio.to_thread(model.was_cancelled.wait, DEADLINE)
            await visitor.ask(ASKED)  # the model has been let go, and has no answer now
            return [stopped, visitor.visit.outcome]

    with _site(searcher, tmp_path, model) as address:
        assert asyncio.run(visit(address)) == ["stopped", "answered"]


def test_an_event_that_has_to_wait_begins_when_the_one_before_it_has_ended() -> None:
    running, most, done = 0, 0, 0

    async def work(text: str) -> tuple[str, str, str]:
        nonlocal running, most, done
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.02)
        running, done = running - 1, done + 1
        return text, text, text

    async def events() -> None:
        with gr.Blocks(analytics_enabled=False) as page:
            box, more = gr.Textbox(elem_id="yj-box"), gr.Textbox()
            box.submit(work, box, [box, more, gr.HTML()], concurrency_limit=2)
        use_prompt_queue(page)
        api = FastAPI()
        gr.mount_gradio_app(api, page, path="", ssr_mode=False)
        transport = httpx.ASGITransport(api)
        async with (
            api.router.lifespan_context(api),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1", timeout=DEADLINE) as http,
            asyncio.timeout(DEADLINE),
        ):
            visitors = [Visitor(http) for _ in range(7)]
            for visitor in visitors:
                await visitor.open()
            await asyncio.gather(*(visitor.ask("几个") for visitor in visitors))

    asyncio.run(events())
    assert (most, done) == (2, 7)


def test_unused_state_is_swept_by_the_page_seldom(monkeypatch: pytest.MonkeyPatch) -> None:
    swept: list[int] = []

    class Sessions:
        def delete_all_expired_state(self) -> None:
            swept.append(1)

    async def serve(seconds: float) -> int:
        swept.clear()
        monkeypatch.setattr(quiet, "SWEEP_SECONDS", seconds)
        async with route_utils._delete_state_handler(SimpleNamespace(state_holder=Sessions())):
            await asyncio.sleep(0.2)
        return len(swept)

    quiet.sweep_seldom()
    assert asyncio.run(serve(3600)) == 1
    assert asyncio.run(serve(0.001)) > 2
