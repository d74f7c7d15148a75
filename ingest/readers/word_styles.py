"""What the paragraph styles of a .docx say: heading levels, the title, tables of contents, numbering.

Covered: names in English and Chinese whatever the style's id, inheritance through basedOn, outline levels.
Not covered: how a style looks.
"""

import re
from dataclasses import dataclass
from typing import Any

from ingest.readers.ooxml import W

HEADING = re.compile(r"(?i)(?:heading|标题)\s*([1-9])")
CONTENTS = re.compile(r"(?i)(?:toc|目录)\s*(?:\d|heading|标题)?")
TITLE = re.compile(r"(?i)title|标题")
BODY_LEVEL = 9
"""The outline level (from 0) that says: this is body text, whatever the style."""
DEEPEST = 30


@dataclass(frozen=True)
class Style:
    name: str
    parent: str
    outline: int | None
    number_id: str | None
    level: int | None


@dataclass(frozen=True)
class Properties:
    """What holds of one paragraph after its style and its own properties; `heading` counts from 1, 0 for none."""

    heading: int
    number_id: str
    level: int | None
    style: str
    """The style that names the numbering, empty where the paragraph itself does."""
    is_title: bool
    is_contents: bool


class Styles:
    """The paragraph styles of one file by their ids."""

    def __init__(self, root: Any | None) -> None:
        self._styles: dict[str, Style] = {}
        self._default = ""
        for element in () if root is None else root.iterfind(f"{W}style"):
            if element.get(W + "type", "paragraph") not in {"paragraph", "numbering"}:
                continue
            key = str(element.get(W + "styleId"))
            if element.get(W + "default") in {"1", "true"} and element.get(W + "type") == "paragraph":
                self._default = key
            properties = element.find(f"{W}pPr")
            name = element.find(f"{W}name")
            based = element.find(f"{W}basedOn")
            self._styles[key] = Style(
                "" if name is None else str(name.get(W + "val") or ""),
                "" if based is None else str(based.get(W + "val") or ""),
                _integer(properties, "outlineLvl"),
                *_numbering(properties),
            )

    def numbers(self) -> dict[str, str]:
        """Style id -> numId, for lists that are defined by a style."""
        return {key: style.number_id for key, style in self._styles.items() if style.number_id}

    def of(self, properties: Any | None) -> Properties:
        """What holds of a paragraph with these `pPr`."""
        reference = None if properties is None else properties.find(f"{W}pStyle")
        key = self._default if reference is None else str(reference.get(W + "val"))
        chain = self._chain(key)
        number_id, level = _numbering(properties)
        source = ""
        if number_id is None:
            for ancestor in chain:
                style = self._styles[ancestor]
                level = style.level if level is None else level
                if style.number_id is not None:
                    number_id, source = style.number_id, ancestor
                    break
        names = [self._styles[ancestor].name for ancestor in chain] or [key]
        return Properties(
            self._heading(properties, chain),
            number_id or "",
            level,
            source,
            any(TITLE.fullmatch(name) for name in names[:1]),
            any(CONTENTS.fullmatch(name) for name in names),
        )

    def _chain(self, key: str) -> list[str]:
        chain: list[str] = []
        while key in self._styles and key not in chain and len(chain) < DEEPEST:
            chain.append(key)
            key = self._styles[key].parent
        return chain

    def _heading(self, properties: Any | None, chain: list[str]) -> int:
        own = _integer(properties, "outlineLvl")
        if own is not None:
            return 0 if own >= BODY_LEVEL else own + 1
        for key in chain:
            style = self._styles[key]
            if style.outline is not None:
                return 0 if style.outline >= BODY_LEVEL else style.outline + 1
            named = HEADING.fullmatch(style.name.strip())
            if named:
                return int(named[1])
        return 0


def _integer(properties: Any | None, name: str) -> int | None:
    found = None if properties is None else properties.find(W + name)
    value = "" if found is None else str(found.get(W + "val") or "")
    return int(value) if value.isdigit() else None


def _numbering(properties: Any | None) -> tuple[str | None, int | None]:
    found = None if properties is None else properties.find(f"{W}numPr")
    if found is None:
        return None, None
    number = found.find(f"{W}numId")
    return (None if number is None else str(number.get(W + "val"))), _integer(found, "ilvl")
