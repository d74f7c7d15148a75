"""The panel beside the conversation: a passage in its document, opened by a click on [n], a card, or the outline."""

import gradio as gr

from ui.acting import acting, quick, said
from ui.client import ApiFailure, Client
from ui.render_reading import STEP, Reading, failed, nothing, passage
from ui.words import Words

LONGEST = 60_000
"""Characters that are shown at once, whatever is asked for."""


def build(words: Words) -> gr.HTML:
    """The empty panel, into the open column."""
    return acting(nothing(words), "read", "close", elem_id="yj-passage")


def bind(panel: gr.HTML, others: list[gr.HTML], client: Client, words: Words) -> None:
    """What is clicked in the panel and in the `others` opens in it; all of them know the action `read`."""

    async def show(event: gr.EventData, request: gr.Request) -> str:
        visiting = client.visited(request.headers.get("cookie"))
        try:
            return passage(await read(visiting, event), words)
        except ApiFailure as error:
            return failed(str(error), words)

    for component in (panel, *others):
        component.read(show, None, panel, **quick())
    panel.close(lambda: nothing(words), None, panel, **quick())


async def read(client: Client, event: gr.EventData) -> Reading:
    """What the event asks for: characters to mark, or a place, and how much around them. Raises ApiFailure."""
    place = number(said(event, "start")) or 0
    end = number(said(event, "end"))
    first, last = number(said(event, "from")), number(said(event, "to"))
    first = max(0, place - STEP // 2) if first is None else first
    last = max(place, end or 0) + STEP if last is None else last
    identity = said(event, "document")
    found = await client.text(identity, first, min(last, first + LONGEST))
    mark = (place, end) if end is not None and end > place else None
    return Reading(await client.document(identity), found["text"], found["start"], found["length"], mark, place)


def number(text: str) -> int | None:
    """A count that a browser has sent; None for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 12 else None
