"""Parts that several views show -> HTML. Pure."""

from collections.abc import Mapping
from html import escape
from typing import Any

from ui.icons import icon
from ui.marked import attribute, shown
from ui.words import Words


def failure(why: str) -> str:
    """A sentence of what went wrong."""
    return f'<div class="yj-failure" role="alert">{icon("warning")}<p>{shown(why)}</p></div>'


def dialog(name: str, title: str, inside: str, no: str, yes: str, kind: str = "") -> str:
    """A form that `ui/page.js` shows before an event is raised; `inside` is HTML, the other words are escaped."""
    return (
        f'<template id="{attribute(name)}"><h2>{escape(title)}</h2>{inside}<div class="yj-buttons">'
        f'<button type="button" class="yj-button yj-plain" data-leave>{escape(no)}</button>'
        f'<button class="yj-button {kind}" value="yes">{escape(yes)}</button></div></template>'
    )


def original(document: Mapping[str, Any], classes: str, words: Words) -> str:
    """Links to the file that a document was read from: to open it where browsers can, and to save it."""
    address = f"/api/documents/{attribute(document['id'])}/file"
    save = f'<a class="{classes}" download href="{address}">{icon("download")}{words("file.save")}</a>'
    if not document["viewable"]:
        return save
    opens = f'class="{classes}" target="_blank" rel="noopener" href="{address}?inline=true"'
    return f"<a {opens}>{icon('open')}{words('file.open')}</a>{save}"


def folded(key: str, classes: str, summary: str, inside: str) -> str:
    """`inside` under a line that opens it; what a visitor has opened stays open when the page is renewed (`ui/page.js`)."""
    return f'<details class="{classes}" data-fold="{attribute(key)}"><summary>{summary}</summary>{inside}</details>'
