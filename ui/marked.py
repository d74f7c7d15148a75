"""Text of documents and people as HTML that shows it: nothing in it is markup, runs, or turns the text around it."""

import re
from html import escape

CONTROLS = re.compile(
    r"[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064"
    r"\u2066-\u2069\ufeff\ufff9-\ufffb]"
)
"""Marks that reorder what stands beside them, and characters that show nothing."""
PARAGRAPHS = re.compile(r"[ \t\u3000]*\n\s*")


def shown(text: str) -> str:
    """`text` escaped; characters that would hide or reorder text are named instead."""
    return CONTROLS.sub(lambda m: f'<span class="yj-control">U+{ord(m[0]):04X}</span>', escape(text))


def plain(text: str) -> str:
    """`text`, not escaped, with the same characters named: for what can hold no elements."""
    return CONTROLS.sub(lambda m: f"U+{ord(m[0]):04X}", text)


def attribute(text: str) -> str:
    """`text` inside a quoted attribute."""
    return escape(text, quote=True)


def one_line(text: str) -> str:
    """`text` without line breaks, as cards show it."""
    return " ".join(text.split())


def data(**values: object) -> str:
    """`data-` attributes; those that are None are left out."""
    return "".join(f' data-{name}="{attribute(str(value))}"' for name, value in values.items() if value is not None)
