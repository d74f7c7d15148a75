"""Saved conversations on the page: the list, opening, renaming, deleting, and the first screen of a new one."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import gradio as gr

from ui.acting import private, quick, said
from ui.client import ApiFailure, Client
from ui.parts import failure
from ui.render import conversation
from ui.render_side import bar, chips, history, welcome
from ui.rephrase import examples
from ui.talk import Talk, saved_talk
from ui.words import Words

LISTED = 100
EXAMPLES, READ_FOR_EXAMPLES = 4, 6
Shown = tuple[Any, ...]
"""Past turns, live turn, conversation, its id, the list, what stands above, what is chosen."""


def bind(
    page: gr.Blocks,
    listed: gr.HTML,
    talk: gr.State,
    current: gr.Textbox,
    outputs: list[Any],
    asked: list[Any],
    client: Client,
    words: Words,
) -> None:
    """Opening another conversation cancels the questions that were `asked`; when one is answered, the list is renewed."""
    visit = _Visit(client, words)
    page.load(visit.arrive, None, outputs, **private(queue=False))
    for bind, function, inputs in (
        (listed.fresh, visit.fresh, [talk]), (listed.open, visit.open, [talk]), (listed.delete, visit.delete, [talk, current]),
    ):  # fmt: skip
        # What is being answered is left first: its events would go on into the other conversation.
        bind(None, cancels=asked, **private())
        bind(function, inputs, outputs, **quick())
    listed.rename(visit.rename, [talk, current], [listed, outputs[5], talk], **quick())
    for event in asked:
        event.then(visit.renew, [talk, current], [listed, outputs[5], talk], **quick())


class _Visit:
    """What visitors do with their conversations."""

    def __init__(self, client: Client, words: Words) -> None:
        self._client = client
        self._words = words
        self._newest = _Newest()

    def _visiting(self, request: gr.Request) -> Client:
        return self._client.visited(request.headers.get("cookie"))

    async def arrive(self, request: gr.Request) -> Shown:
        """The page is loaded, with the id of a conversation in its address or without."""
        return await self._show(self._visiting(request), str(request.query_params.get("c", "")), Talk())

    async def fresh(self, talk: Talk, request: gr.Request) -> Shown:
        return await self._show(self._visiting(request), "", talk)

    async def open(self, talk: Talk, event: gr.EventData, request: gr.Request) -> Shown:
        return await self._show(self._visiting(request), said(event, "conversation"), talk)

    async def delete(self, talk: Talk, current: str, event: gr.EventData, request: gr.Request) -> Shown:
        client, identity = self._visiting(request), said(event, "conversation")
        await self._try(client.delete_conversation, identity)
        here = talk.conversation or current
        return await self._show(client, "" if here == identity else here, talk)

    async def rename(self, talk: Talk, current: str, event: gr.EventData, request: gr.Request) -> Shown:
        client, title = self._visiting(request), said(event, "answer").strip()
        if title:
            await self._try(client.rename_conversation, said(event, "conversation"), title)
        return await self._renewed(client, talk, held(talk, current))

    async def renew(self, talk: Talk, current: str, request: gr.Request) -> Shown:
        return await self._renewed(self._visiting(request), talk, held(talk, current))

    async def _renewed(self, client: Client, talk: Talk, current: str | None) -> Shown:
        found = await self._conversations(client)
        talk.title = next((one["title"] for one in found if one["id"] == talk.conversation), talk.title)
        return history(found, current, self._words), bar(talk, self._words), talk

    async def _show(self, client: Client, identity: str, before: Talk) -> Shown:
        """Another conversation, with the filters of the one before; the first screen where it has no turns."""
        try:
            talk = await opened(client, identity)
            past = conversation(talk.turns, self._words) if talk.turns else await self._welcome(client)
        except ApiFailure as error:
            talk, past = Talk(), failure(str(error))
            identity = "" if error.is_final else identity
        talk.chosen = before.chosen
        listed, above, talk = await self._renewed(client, talk, identity)
        return past, "", talk, identity, listed, above, chips(talk.chosen, self._words)

    async def _welcome(self, client: Client) -> str:
        found = await client.documents(READ_FOR_EXAMPLES, sort="-added_at")
        read = await self._newest.read(client, found["documents"])
        return welcome(found["total"], examples(read, EXAMPLES), self._words)

    async def _conversations(self, client: Client) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = (await client.conversations(LISTED))["conversations"]
        except ApiFailure:
            return []  # what failed is told where the conversation stands
        return found

    async def _try(self, call: Callable[..., Awaitable[None]], *values: str) -> None:
        try:
            await call(*values)
        except ApiFailure as error:
            raise gr.Error(str(error), title=self._words("failed"), print_exception=False) from error


class _Newest:
    """The newest documents with their outlines, which the examples of the first screen are made from: read once, not by
    every visitor. Only those that are in the visitor's own list are given, and only those are kept."""

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], dict[str, Any]] = {}
        self._lock = asyncio.Lock()

    async def read(self, client: Client, listed: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The documents that are `listed`, in the same order. Raises ApiFailure."""
        async with self._lock:
            keys = [(document["id"], document["added_at"]) for document in listed]
            self._known = {key: self._known.get(key) or await client.document(key[0]) for key in keys}
            return list(self._known.values())


def held(talk: Talk, current: str) -> str | None:
    """The id that the page's address is to have; None where it stays, as the conversation could not be opened."""
    return talk.conversation or (None if current else "")


async def opened(client: Client, identity: str) -> Talk:
    """The saved conversation, a new one for no id. Raises ApiFailure."""
    return saved_talk(await client.conversation(identity)) if identity else Talk()
