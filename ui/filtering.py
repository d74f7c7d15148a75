"""The filters below the conversation: what the next questions are restricted to, and what can be chosen."""

from collections.abc import Iterable, Mapping
from typing import Any

import gradio as gr

from ui.acting import quick, said
from ui.client import ApiFailure, Client
from ui.parts import failure
from ui.render_side import chips, choices
from ui.talk import KINDS, Chosen, Kind, Talk
from ui.words import Words

OFFERED = 8
"""Of each kind."""
LONGEST_WORD = 200
LONGEST_YEAR = 4


def bind(chosen: gr.HTML, offered: gr.HTML, talk: gr.State, client: Client, words: Words) -> None:
    """`chosen` shows what is chosen, `offered` what can be."""

    async def look(talk: Talk, event: gr.EventData, request: gr.Request) -> str:
        visiting = client.visited(request.headers.get("cookie"))
        try:
            word = said(event, "value").strip()[:LONGEST_WORD]
            return choices(await offers(visiting, talk.chosen, word, words), words)
        except ApiFailure as error:
            return failure(str(error))

    def pick(talk: Talk, event: gr.EventData) -> tuple[str, Talk]:
        kind, value = kind_of(said(event, "kind")), said(event, "value")
        if kind is not None and value and (kind != "years" or is_year(value)):
            talk.chosen = talk.chosen.plus(kind, value, said(event, "shown") or value)
        return chips(talk.chosen, words), talk

    def drop(talk: Talk, event: gr.EventData) -> tuple[str, Talk]:
        kind = kind_of(said(event, "kind"))
        if kind is not None:
            talk.chosen = talk.chosen.minus(kind, said(event, "value"))
        return chips(talk.chosen, words), talk

    def clear(talk: Talk) -> tuple[str, Talk]:
        talk.chosen = Chosen()
        return chips(talk.chosen, words), talk

    for component in (chosen, offered):
        component.look(look, talk, offered, **quick())
    offered.pick(pick, talk, [chosen, talk], **quick())
    chosen.drop(drop, talk, [chosen, talk], **quick())
    chosen.clear(clear, talk, [chosen, talk], **quick())


def is_year(value: str) -> bool:
    return value.isdecimal() and len(value) <= LONGEST_YEAR


def kind_of(name: str) -> Kind | None:
    return next((kind for kind in KINDS if kind == name), None)


async def offers(client: Client, chosen: Chosen, word: str, words: Words) -> dict[Kind, list[tuple[str, str, int]]]:
    """What can be chosen besides what is: by kind (value, how it is shown, how many documents); with `word` in it where
    one is given. Raises ApiFailure."""
    held = await client.holdings()
    sort = "title" if word else "-added_at"
    found = (await client.documents(OFFERED + len(chosen.documents), q=word, sort=sort))["documents"]
    years = sorted(_named(held["years"]), key=lambda year: -int(year[0]) if year[0].isdecimal() else 0)
    lists: Mapping[Kind, Iterable[tuple[str, str, int]]] = {
        "years": [(value, words("year", year=value), count) for value, _, count in years],
        "places": _named(held["places"]),
        "issuers": _named(held["issuers"]),
        "documents": [(document["id"], document["title"], 0) for document in found],
    }
    return {
        kind: _fitting(values, chosen.of(kind), "" if kind == "documents" else word) for kind, values in lists.items()
    }


def _named(counts: Iterable[dict[str, Any]]) -> list[tuple[str, str, int]]:
    return [(str(count["name"]), str(count["name"]), int(count["count"])) for count in counts]


def _fitting(
    values: Iterable[tuple[str, str, int]], chosen: Mapping[str, str], word: str
) -> list[tuple[str, str, int]]:
    return [one for one in values if one[0] not in chosen and word in one[1]][:OFFERED]
