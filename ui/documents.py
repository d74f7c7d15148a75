"""The view that manages documents: add, watch, find, open, replace, delete. Files go from the browser to the API."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any
from urllib.parse import quote

import gradio as gr

from ui import reading, render_jobs
from ui.acting import acting, quick, said
from ui.client import ApiFailure, Client
from ui.render_documents import PAGE, Wanted, filters, listing, sheet
from ui.words import Words

JOBS = 5
"""The newest, which are shown."""
LINES = 1000
TICK_SECONDS = 0.8
Shown = dict[Any, Any]
"""Components and what they show from now on."""


@dataclass(frozen=True)
class Desk:
    """What one visitor has before them. `job` is whose files are listed; `running` are jobs that have not ended."""

    wanted: Wanted = field(default_factory=Wanted)
    opened: str = ""
    job: str = ""
    running: frozenset[str] = frozenset()
    may_write: bool = False


class _Documents:
    """The view's components and what happens in them."""

    def __init__(self, client: Client, words: Words, tab: gr.Tab) -> None:
        self._client = client
        self._words = words
        self._desk = gr.State(Desk())
        self._intake = acting("", "sent", elem_id="yj-documents-intake")
        self._notice = gr.HTML("", apply_default_css=False, elem_id="yj-documents-notice")
        self._jobs = acting("", "cancel", "show")
        with gr.Row(elem_classes="yj-doc-columns"):
            with gr.Column(elem_classes="yj-doc-left", min_width=0):
                self._filters = acting("", "narrow")
                self._list = acting("", "open", "clear", "turn")
                self._failures = gr.HTML("", apply_default_css=False)
            with gr.Column(elem_classes="yj-doc-right", min_width=0):
                self._passage = acting("", "read", "close", elem_id="yj-documents-passage")
                self._panel = acting("", "read", "remove", "leave")
        self._timer = gr.Timer(TICK_SECONDS, active=False)
        self._outputs = [
            self._desk, self._intake, self._notice, self._jobs, self._filters, self._list, self._failures, self._panel,
            self._passage, self._timer,
        ]  # fmt: skip
        self._listen(tab)
        reading.bind(self._passage, [self._panel], client, words)

    def _listen(self, tab: gr.Tab) -> None:
        bound: list[tuple[Callable[..., Any], Callable[[Client, Desk, gr.EventData], Shown]]] = [
            (tab.select, self._enter), (self._intake.sent, self._sent), (self._jobs.cancel, self._cancel),
            (self._jobs.show, self._show), (self._filters.narrow, self._narrow), (self._list.clear, self._clear),
            (self._list.turn, self._turn), (self._list.open, self._open), (self._panel.leave, self._leave),
            (self._panel.remove, self._remove), (self._timer.tick, self._tick),
        ]  # fmt: skip
        for listen, act in bound:
            # The last of quick changes wins: what is typed while a list is fetched is looked up after it.
            listen(self._guarded(act), self._desk, self._outputs, trigger_mode="always_last", **quick())

    def _guarded(self, act: Callable[[Client, Desk, gr.EventData], Shown]) -> Callable[..., Shown]:
        def handle(desk: Desk, event: gr.EventData, request: gr.Request) -> Shown:
            visiting = self._client.visited(request.headers.get("cookie"))
            try:
                return {self._notice: "", **act(visiting, desk, event)}
            except ApiFailure as error:
                return {self._notice: f'<p class="yj-failure" role="alert">{escape(str(error))}</p>'}

        return handle

    # -- what is done -------------------------------------------------------------------------------------------

    def _enter(self, visiting: Client, desk: Desk, _: gr.EventData) -> Shown:
        desk = replace(desk, may_write=visiting.session()["role"] != "read")
        shown = self._everything(visiting, desk)
        return {**shown, self._intake: render_jobs.intake(self._words, desk.may_write)}

    def _sent(self, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        return self._with_jobs(visiting, replace(desk, job=said(event, "job")))

    def _cancel(self, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        visiting.delete(_job(said(event, "job")))
        return self._everything(visiting, desk)

    def _show(self, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        return self._with_jobs(visiting, replace(desk, job=said(event, "job")))

    def _narrow(self, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        wanted = desk.wanted.changed(said(event, "name"), said(event, "value").strip())
        return self._with_list(visiting, replace(desk, wanted=wanted))

    def _clear(self, visiting: Client, desk: Desk, _: gr.EventData) -> Shown:
        desk = replace(desk, wanted=desk.wanted.without())
        return {**self._with_list(visiting, desk), self._filters: self._filled(visiting, desk)}

    def _turn(self, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        return self._with_list(visiting, replace(desk, wanted=desk.wanted.on_page(said(event, "page"))))

    def _open(self, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        desk = replace(desk, opened=said(event, "document"))
        document = visiting.document(desk.opened)
        opened = sheet(self._words, document, desk.may_write)
        return {**self._with_list(visiting, desk), self._panel: opened, self._passage: ""}

    def _leave(self, visiting: Client, desk: Desk, _: gr.EventData) -> Shown:
        return {**self._with_list(visiting, replace(desk, opened="")), self._panel: "", self._passage: ""}

    def _remove(self, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        visiting.delete(f"/api/documents/{quote(said(event, 'document'), safe='')}")
        told = escape(self._words("sheet.removed", title=said(event, "title")))
        gone = {self._panel: "", self._passage: ""}
        notice = f'<p class="yj-doc-done" role="status">{told}</p>'
        return {**self._everything(visiting, replace(desk, opened="")), **gone, self._notice: notice}

    def _tick(self, visiting: Client, desk: Desk, _: gr.EventData) -> Shown:
        shown = self._with_jobs(visiting, desk)
        desk, was_running = shown[self._desk], desk.running
        if not was_running - desk.running:
            return shown
        if desk.opened:
            try:
                shown[self._panel] = sheet(self._words, visiting.document(desk.opened), desk.may_write)
            except ApiFailure:  # a new version has taken its place
                desk = replace(desk, opened="")
                shown |= {self._panel: "", self._passage: ""}
        return {**shown, **self._everything(visiting, desk)}

    # -- what is shown ------------------------------------------------------------------------------------------

    def _everything(self, visiting: Client, desk: Desk) -> Shown:
        shown = self._with_jobs(visiting, desk)
        desk = shown[self._desk]
        failed = render_jobs.failures(self._words, visiting.get("/api/documents/failures"))
        return {
            **shown, **self._with_list(visiting, desk), self._filters: self._filled(visiting, desk),
            self._failures: failed,
        }  # fmt: skip

    def _with_jobs(self, visiting: Client, desk: Desk) -> Shown:
        found = visiting.get("/api/jobs", {"limit": JOBS})["jobs"]
        running = frozenset(job["id"] for job in found if job["state"] not in render_jobs.ENDED)
        desk = replace(desk, running=running)
        known = {job["id"] for job in found}
        shown = visiting.get(_job(desk.job), {"limit": LINES}) if desk.job in known else None
        html = render_jobs.jobs(self._words, found, shown, desk.may_write)
        return {self._desk: desk, self._jobs: html, self._timer: gr.Timer(active=bool(running))}

    def _with_list(self, visiting: Client, desk: Desk) -> Shown:
        found = visiting.documents(PAGE, **desk.wanted.parameters)
        if not found["documents"] and found["total"]:  # the last page has gone
            desk = replace(desk, wanted=desk.wanted.on_page(str(-(-found["total"] // PAGE))))
            found = visiting.documents(PAGE, **desk.wanted.parameters)
        return {self._desk: desk, self._list: listing(self._words, found, desk.wanted, desk.may_write, desk.opened)}

    def _filled(self, visiting: Client, desk: Desk) -> str:
        holdings = visiting.get("/api/statistics", {"days": 1, "refusals": 0})["documents"]
        return filters(self._words, holdings, desk.wanted)


def _job(identity: str) -> str:
    return f"/api/jobs/{quote(identity, safe='')}"


def build(client: Client, words: Words, page: gr.Blocks, tab: gr.Tab) -> None:
    """Into the open tab; everything is fetched when the tab is chosen."""
    _Documents(client, words, tab)
