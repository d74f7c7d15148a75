"""Saved conversations on the page: the list, opening, renaming, deleting, and the first screen of a new one."""

from collections.abc import Callable
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

    def _visiting(self, request: gr.Request) -> Client:
        return self._client.visited(request.headers.get("cookie"))

    def arrive(self, request: gr.Request) -> Shown:
        """The page is loaded, with the id of a conversation in its address or without."""
        return self._show(self._visiting(request), str(request.query_params.get("c", "")), Talk())

    def fresh(self, talk: Talk, request: gr.Request) -> Shown:
        return self._show(self._visiting(request), "", talk)

    def open(self, talk: Talk, event: gr.EventData, request: gr.Request) -> Shown:
        return self._show(self._visiting(request), said(event, "conversation"), talk)

    def delete(self, talk: Talk, current: str, event: gr.EventData, request: gr.Request) -> Shown:
        client, identity = self._visiting(request), said(event, "conversation")
        self._try(client.delete_conversation, identity)
        here = talk.conversation or current
        return self._show(client, "" if here == identity else here, talk)

    def rename(self, talk: Talk, current: str, event: gr.EventData, request: gr.Request) -> Shown:
        client, title = self._visiting(request), said(event, "answer").strip()
        if title:
            self._try(client.rename_conversation, said(event, "conversation"), title)
        return self._renewed(client, talk, held(talk, current))

    def renew(self, talk: Talk, current: str, request: gr.Request) -> Shown:
        return self._renewed(self._visiting(request), talk, held(talk, current))

    def _renewed(self, client: Client, talk: Talk, current: str | None) -> Shown:
        found = self._conversations(client)
        talk.title = next((one["title"] for one in found if one["id"] == talk.conversation), talk.title)
        return history(found, current, self._words), bar(talk, self._words), talk

    def _show(self, client: Client, identity: str, before: Talk) -> Shown:
        """Another conversation, with the filters of the one before; the first screen where it has no turns."""
        try:
            talk = opened(client, identity)
            past = conversation(talk.turns, self._words) if talk.turns else self._welcome(client)
        except ApiFailure as error:
            talk, past = Talk(), failure(str(error))
            identity = "" if error.is_final else identity
        talk.chosen = before.chosen
        listed, above, talk = self._renewed(client, talk, identity)
        return past, "", talk, identity, listed, above, chips(talk.chosen, self._words)

    def _welcome(self, client: Client) -> str:
        found = client.documents(READ_FOR_EXAMPLES, sort="-added_at")
        read = (client.document(document["id"]) for document in found["documents"])
        return welcome(found["total"], examples(read, EXAMPLES), self._words)

    def _conversations(self, client: Client) -> list[dict[str, Any]]:
        try:
            found: list[dict[str, Any]] = client.conversations(LISTED)["conversations"]
        except ApiFailure:
            return []  # what failed is told where the conversation stands
        return found

    def _try(self, call: Callable[..., None], *values: str) -> None:
        try:
            call(*values)
        except ApiFailure as error:
            raise gr.Error(str(error), title=self._words("failed"), print_exception=False) from error


def held(talk: Talk, current: str) -> str | None:
    """The id that the page's address is to have; None where it stays, as the conversation could not be opened."""
    return talk.conversation or (None if current else "")


def opened(client: Client, identity: str) -> Talk:
    """The saved conversation, a new one for no id. Raises ApiFailure."""
    return saved_talk(client.conversation(identity)) if identity else Talk()
