"""HTML whose elements do something: what is clicked in the browser becomes an event that Python answers.

An element with `data-do="read"` raises the event `read` of the component that it stands in, with all its `data-` values;
`ui/page.js` listens. With `data-dialog="ID"` the `<template id="ID">` is asked first, and what is filled in comes along.
"""

import json
from typing import Any

import gradio as gr


def acting(html: str, *actions: str, **more: Any) -> Any:
    """A `gr.HTML` with an event for each of `actions`: `acting("…", "read").read(function, inputs, outputs)`."""
    listen = f"youju.acting(element, trigger, {json.dumps(actions)})"
    return gr.HTML(html, js_on_load=listen, apply_default_css=False, **more)


def said(event: gr.EventData, name: str) -> str:
    """The value `data-NAME` of the element that raised the event, "" where it has none."""
    value = event._data.get(name, "") if isinstance(event._data, dict) else ""
    return str(value)


def quick(**more: Any) -> dict[str, Any]:
    """How events are bound that answer at once: not over the queue."""
    return private(queue=False, **more)


def private(**more: Any) -> dict[str, Any]:
    """How all events are bound: no part of a public API, and without Gradio's own sign that they run."""
    return {"api_visibility": "private", "show_progress": "hidden", **more}
