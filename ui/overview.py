"""The view of figures: what the documents are, how they are asked, and what they lack."""

from datetime import date

import gradio as gr

from ui.acting import acting, quick, said
from ui.client import ApiFailure, Client
from ui.parts import failure
from ui.render_overview import PERIODS, USUAL, overview
from ui.words import Words


def build(client: Client, words: Words, page: gr.Blocks, tab: gr.Tab) -> None:
    """Into the open tab; the figures are drawn each time that the tab is chosen."""
    period = gr.State(USUAL)
    figures = acting("", "period")

    async def draw(days: int, request: gr.Request) -> str:
        try:
            found = await client.visited(request.headers.get("cookie")).get("/api/statistics", {"days": days})
        except ApiFailure as error:
            return failure(str(error))
        return overview(words, found, days, date.today())

    def choose(event: gr.EventData) -> int:
        chosen = said(event, "value")
        return int(chosen) if chosen in map(str, PERIODS) else USUAL

    tab.select(draw, period, figures, **quick())
    figures.period(choose, None, period, **quick()).then(draw, period, figures, **quick())
