"""The view that asks: the conversation, its history and its filters, and the passage that is read beside it."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import gradio as gr

from ui import filtering, reading, remembering
from ui.acting import acting, private, quick, said
from ui.client import ApiFailure, Client
from ui.render import conversation, turn_of
from ui.render_side import bar, chips, choices
from ui.talk import Chosen, Ignored, Talk, Turn
from ui.words import Words

CONVERSATION_ACTIONS = ("ask", "read", "judge")
Shown = tuple[Any, ...]
"""What an answer changes on the page: box, past turns, live turn, conversation, its id, and at first the filters: a
server that was started again has forgotten them, and what is shown has to be what holds."""


def build(client: Client, words: Words, page: gr.Blocks, tab: gr.Tab) -> None:
    """Into the open tab; what it shows at first is loaded with `page`."""
    talk, current = gr.State(Talk()), gr.Textbox(visible="hidden", elem_id="yj-current")
    with gr.Row(elem_id="yj-ask-columns"):
        with gr.Column(elem_id="yj-side"):
            history = acting("", "fresh", "open", "rename", "delete", elem_id="yj-history")
        with gr.Column(elem_id="yj-main"):
            above = gr.HTML(bar(Talk(), words), apply_default_css=False, elem_id="yj-above")
            past = acting("", *CONVERSATION_ACTIONS, elem_id="yj-past")
            live = acting("", *CONVERSATION_ACTIONS, elem_id="yj-live")
            with gr.Column(elem_id="yj-ask"):
                chosen = acting(chips(Chosen(), words), "look", "drop", "clear", elem_id="yj-chosen")
                offered = acting(choices({}, words), "look", "pick", elem_id="yj-choices")
                box, send, stop = _line(words)
        with gr.Column(elem_id="yj-reading"):
            panel = reading.build(words)
    reading.bind(panel, [past, live], client, words)
    filtering.bind(chosen, offered, talk, client, words)
    asked = _bind_questions(_Asking(client, words), [box, past, live, talk, current, chosen], send)
    remembering.bind(
        page, history, talk, current, [past, live, talk, current, history, above, chosen], asked, client, words
    )
    stop.click(None, cancels=asked, **private()).then(lambda talk: _stopped(talk, words), talk, live, **quick())
    for component in (past, live):
        component.judge(_judging(client, words), talk, [past, live], **quick())


def _line(words: Words) -> tuple[gr.Textbox, gr.Button, gr.Button]:
    with gr.Row(elem_id="yj-line"):
        box = gr.Textbox(
            placeholder=words("ask.box"), label=words("ask.box_label"), show_label=False, container=False, lines=1,
            max_lines=6, max_length=2000, autofocus=True, scale=8, elem_id="yj-box",
        )  # fmt: skip
        send = gr.Button(words("ask.send"), variant="primary", scale=0, min_width=72, elem_id="yj-send")
        stop = gr.Button(words("ask.stop"), scale=0, min_width=72, elem_id="yj-stop")
    return box, send, stop


def _bind_questions(asking: "_Asking", outputs: list[Any], send: gr.Button) -> list[Any]:
    """A question comes from the box, or from a button that says one; the events, so that they can be cancelled."""
    box, past, live, talk, current, _ = outputs
    typed = [bind(asking.typed, [box, talk, current], outputs, **asking.bound()) for bind in (box.submit, send.click)]
    offered = [part.ask(asking.offered, [talk, current], outputs, **asking.bound()) for part in (past, live)]
    return typed + offered


class _Asking:
    """The events of one answer as updates of the page."""

    def __init__(self, client: Client, words: Words) -> None:
        self._client = client
        self._words = words

    @staticmethod
    def bound() -> dict[str, Any]:
        """Over the queue, which can cancel; the API has a line of its own, so none waits here."""
        return private(concurrency_limit=None)

    async def typed(self, question: str, talk: Talk, current: str, request: gr.Request) -> AsyncIterator[Shown]:
        async for shown in self._ask(question, Ignored(), talk, current, request):
            yield shown

    async def offered(self, talk: Talk, current: str, event: gr.EventData, request: gr.Request) -> AsyncIterator[Shown]:
        async for shown in self._ask(said(event, "question"), ignored(said(event, "ignored")), talk, current, request):
            yield shown

    async def _ask(
        self, question: str, without: Ignored, talk: Talk, current: str, request: gr.Request
    ) -> AsyncIterator[Shown]:
        question, client = question.strip(), self._client.visited(request.headers.get("cookie"))
        if not question or talk.running:
            return
        turn = Turn(question, 0, ignored=without)
        try:
            # A server that was started again knows the conversation by its id alone.
            if current not in ("", talk.conversation):
                talk = await remembering.opened(client, current)
            turn.number, turn.chosen = len(talk.turns) + 1, talk.chosen
            talk.turns.append(turn)
            filters = chips(talk.chosen, self._words)
            yield "", conversation(talk.turns[:-1], self._words), turn_of(turn, self._words), talk, gr.skip(), filters
            if not talk.conversation:
                talk.conversation = await client.new_conversation()
            async for name, payload in client.ask(question, **self._body(turn, talk)):
                turn.take(name, payload)
                yield gr.skip(), gr.skip(), turn_of(turn, self._words), talk, talk.conversation, gr.skip()
        except ApiFailure as error:
            turn.fail(str(error))
            # A conversation that could not be opened is still the page's, unless it is gone.
            kept = talk.conversation or ("" if error.is_final else gr.skip())
            yield gr.skip(), gr.skip(), turn_of(turn, self._words), talk, kept, gr.skip()
        finally:
            turn.stop()

    @staticmethod
    def _body(turn: Turn, talk: Talk) -> dict[str, Any]:
        return {"conversation": talk.conversation, **turn.chosen.body(), **turn.ignored.body()}


def ignored(told: str) -> Ignored:
    """What a button says that is not to count; nothing for anything else that a browser sends."""
    try:
        values = json.loads(told or "{}")
        return Ignored(tuple(int(year) for year in values["years"]), tuple(str(place) for place in values["places"]))
    except (ValueError, KeyError, TypeError, OverflowError):
        return Ignored()


def _stopped(talk: Talk, words: Words) -> Any:
    if not talk.turns:
        return gr.skip()
    talk.turns[-1].stop()
    return turn_of(talk.turns[-1], words)


def _judging(client: Client, words: Words) -> Callable[[Talk, gr.EventData, gr.Request], Awaitable[tuple[Any, Any]]]:
    async def judge(talk: Talk, event: gr.EventData, request: gr.Request) -> tuple[Any, Any]:
        turn = next((turn for turn in talk.turns if turn.id and turn.id == said(event, "turn")), None)
        if turn is None:
            return gr.skip(), gr.skip()
        verdict = said(event, "verdict") or said(event, said(event, "kind"))
        try:
            await client.visited(request.headers.get("cookie")).judge(
                turn.id, verdict, said(event, "comment").strip(), said(event, "expected").strip()
            )
        except ApiFailure as error:
            raise gr.Error(str(error), title=words("failed"), print_exception=False) from error
        turn.judged = verdict
        if turn is talk.turns[-1]:
            return gr.skip(), turn_of(turn, words)
        return conversation(talk.turns[:-1], words), gr.skip()

    return judge
