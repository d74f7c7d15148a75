"""The view that manages documents: add, watch, find, open, replace, delete. Files go from the browser to the API."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import gradio as gr

from ui import reading, render_jobs
from ui.acting import acting, quick, said
from ui.client import ApiFailure, Client, part
from ui.marked import shown as named
from ui.parts import failure
from ui.render_documents import PAGE, Wanted, filters, listing, sheet
from ui.words import Words

JOBS = 5
"""The newest, which are shown."""
LINES = 1000
TICK_SECONDS = 2.0
Shown = dict[Any, Any]
"""Components and what they show from now on."""
Act = Callable[[Client, "Desk", gr.EventData], Awaitable[Shown]]


@dataclass
class Desk:
    """What one visitor has before them. `job` is whose files are listed; `running` are jobs that have not ended.

    Events run beside each other: each changes only the fields that it is about, in place, so that none puts back others.
    A new one is `entered` with the first event: the page may have been shown by a server that ran before this one.
    """

    wanted: Wanted = field(default_factory=lambda: Wanted(cleared=-1))
    opened: str = ""
    job: str = ""
    running: frozenset[str] = frozenset()
    may_write: bool = False
    entered: bool = False


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
            self._intake, self._notice, self._jobs, self._filters, self._list, self._failures, self._panel,
            self._passage, self._timer,
        ]  # fmt: skip
        self._listen(tab)
        reading.bind(self._passage, [self._panel], client, words)

    def _listen(self, tab: gr.Tab) -> None:
        bound: list[tuple[Callable[..., Any], Act]] = [
            (tab.select, self._enter), (self._intake.sent, self._sent), (self._jobs.cancel, self._cancel),
            (self._jobs.show, self._show), (self._filters.narrow, self._narrow), (self._list.clear, self._clear),
            (self._list.turn, self._turn), (self._list.open, self._open), (self._panel.leave, self._leave),
            (self._panel.remove, self._remove), (self._timer.tick, self._tick),
        ]  # fmt: skip
        for listen, act in bound:
            # The last of quick changes wins: what is typed while a list is fetched is looked up after it.
            listen(self._guarded(act), self._desk, self._outputs, trigger_mode="always_last", **quick())

    def _guarded(self, act: Act) -> Callable[..., Awaitable[Shown]]:
        async def handle(desk: Desk, event: gr.EventData, request: gr.Request) -> Shown:
            visiting = self._client.visited(request.headers.get("cookie"))
            try:
                return {self._notice: "", **await self._entered(act, visiting, desk, event)}
            except ApiFailure as error:
                # Nobody looks after jobs who may not see them: the next look would be refused like this one.
                ends = act == self._tick and error.status in (401, 403)
                told = {self._notice: failure(str(error))}
                return {**told, self._timer: gr.Timer(active=False)} if ends else told

        return handle

    async def _entered(self, act: Act, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        """What `act` shows; with the first event of a desk also who may do what, and the filters that hold."""
        if desk.entered or act == self._enter:
            shown = await act(visiting, desk, event)
            desk.entered = True
            return shown
        await self._know(visiting, desk)
        shown = await act(visiting, desk, event)
        first = {self._filters: await self._filled(visiting, desk), self._intake: self._taking(desk)}
        desk.entered = True
        return {**first, **shown}

    # -- what is done -------------------------------------------------------------------------------------------

    async def _enter(self, visiting: Client, desk: Desk, _: gr.EventData) -> Shown:
        await self._know(visiting, desk)
        return {**await self._everything(visiting, desk), self._intake: self._taking(desk)}

    async def _sent(self, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        desk.job = said(event, "job")
        return await self._with_jobs(visiting, desk)

    async def _cancel(self, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        await visiting.delete(_job(said(event, "job")))
        return await self._everything(visiting, desk)

    async def _show(self, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        desk.job = said(event, "job")
        return await self._with_jobs(visiting, desk)

    async def _narrow(self, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        desk.wanted = desk.wanted.changed(said(event, "name"), said(event, "value").strip())
        return await self._with_list(visiting, desk)

    async def _clear(self, visiting: Client, desk: Desk, _: gr.EventData) -> Shown:
        desk.wanted = desk.wanted.without()
        return {**await self._with_list(visiting, desk), self._filters: await self._filled(visiting, desk)}

    async def _turn(self, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        desk.wanted = desk.wanted.on_page(said(event, "page"))
        return await self._with_list(visiting, desk)

    async def _open(self, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        document = await visiting.document(said(event, "document"))
        desk.opened = said(event, "document")
        opened = sheet(self._words, document, desk.may_write)
        return {**await self._with_list(visiting, desk), self._panel: opened, self._passage: ""}

    async def _leave(self, visiting: Client, desk: Desk, _: gr.EventData) -> Shown:
        desk.opened = ""
        return {**await self._with_list(visiting, desk), self._panel: "", self._passage: ""}

    async def _remove(self, visiting: Client, desk: Desk, event: gr.EventData) -> Shown:
        await visiting.delete(f"/api/documents/{part(said(event, 'document'))}")
        told = named(self._words("sheet.removed", title=said(event, "title")))
        desk.opened = ""
        gone = {self._panel: "", self._passage: ""}
        notice = f'<p class="yj-doc-done" role="status">{told}</p>'
        return {**await self._everything(visiting, desk), **gone, self._notice: notice}

    async def _tick(self, visiting: Client, desk: Desk, _: gr.EventData) -> Shown:
        was_running = desk.running
        shown = await self._with_jobs(visiting, desk)
        if not was_running - desk.running:
            return shown
        if desk.opened:
            try:
                shown[self._panel] = sheet(self._words, await visiting.document(desk.opened), desk.may_write)
            except ApiFailure:  # a new version has taken its place
                desk.opened = ""
                shown |= {self._panel: "", self._passage: ""}
        return {**shown, **await self._everything(visiting, desk)}

    # -- what is shown ------------------------------------------------------------------------------------------

    async def _everything(self, visiting: Client, desk: Desk) -> Shown:
        shown = await self._with_jobs(visiting, desk)
        failed = render_jobs.failures(self._words, await visiting.get("/api/documents/failures"))
        return {
            **shown, **await self._with_list(visiting, desk), self._filters: await self._filled(visiting, desk),
            self._failures: failed,
        }  # fmt: skip

    async def _with_jobs(self, visiting: Client, desk: Desk) -> Shown:
        found = (await visiting.get("/api/jobs", {"limit": JOBS}))["jobs"]
        running = frozenset(job["id"] for job in found if job["state"] not in render_jobs.ENDED)
        desk.running = running
        known = {job["id"] for job in found}
        shown = await visiting.get(_job(desk.job), {"limit": LINES}) if desk.job in known else None
        html = render_jobs.jobs(self._words, found, shown, desk.may_write)
        return {self._jobs: html, self._timer: gr.Timer(active=bool(running))}

    async def _with_list(self, visiting: Client, desk: Desk) -> Shown:
        wanted = desk.wanted
        found = await visiting.documents(PAGE, **wanted.parameters)
        if desk.wanted is not wanted:  # the event that has changed it shows the list
            return {}
        if not found["documents"] and found["total"]:  # the last page has gone
            wanted = desk.wanted = wanted.on_page(str(-(-found["total"] // PAGE)))
            found = await visiting.documents(PAGE, **wanted.parameters)
        return {self._list: listing(self._words, found, wanted, desk.may_write, desk.opened)}

    async def _know(self, visiting: Client, desk: Desk) -> None:
        desk.may_write = (await visiting.session())["role"] != "read"

    def _taking(self, desk: Desk) -> str:
        return render_jobs.intake(self._words, desk.may_write)

    async def _filled(self, visiting: Client, desk: Desk) -> str:
        return filters(self._words, await visiting.holdings(), desk.wanted)


def _job(identity: str) -> str:
    return f"/api/jobs/{part(identity)}"


def build(client: Client, words: Words, page: gr.Blocks, tab: gr.Tab) -> None:
    """Into the open tab; everything is fetched when the tab is chosen."""
    _Documents(client, words, tab)
