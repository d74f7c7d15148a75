"""A passage in its document -> HTML: where it stands, the cited words marked, what stands before and after. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ui.icons import icon
from ui.marked import PARAGRAPHS, attribute, data, one_line, shown
from ui.parts import failure, folded, original
from ui.words import Words

STEP = 1500
"""Characters that are shown more with each step backwards or onwards."""


@dataclass(frozen=True)
class Reading:
    """What is shown of a document: `text` is its `[start:end]`; `mark` are the cited characters, None for none; `place` is
    the character that the reader looks at."""

    document: Mapping[str, Any]
    text: str
    start: int
    length: int
    mark: tuple[int, int] | None
    place: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def nothing(words: Words) -> str:
    """Before anything is opened."""
    return f'<p class="yj-soft yj-unread">{words("read.nothing")}</p>'


def failed(why: str, words: Words) -> str:
    return f'<article class="yj-read">{_close(words)}{failure(why)}</article>'


def passage(reading: Reading, words: Words) -> str:
    """The panel."""
    document = reading.document
    outline = document["outline"]
    at = section_at(outline, reading.place)
    key = f"{document['id']} {reading.place}"
    return (
        f'<article class="yj-read" tabindex="-1" aria-label="{words("read.label")}"{data(key=key)}>'
        f"<header>{_close(words)}<h2>{shown(one_line(document['title']))}</h2>{_path(outline, at, words)}</header>"
        f"{_file(document, words)}{_outline(document, outline, at, words)}{_body(reading, words)}</article>"
    )


def _close(words: Words) -> str:
    label = attribute(words("close"))
    return f'<button type="button" class="yj-tool yj-close" title="{label}" aria-label="{label}"{data(do="close")}>{icon("close")}</button>'


def section_at(outline: Sequence[Mapping[str, Any]], place: int) -> int:
    """The index of the heading under which a character stands, -1 before the first."""
    return max((n for n, heading in enumerate(outline) if heading["start"] <= place), default=-1)


def path_to(outline: Sequence[Mapping[str, Any]], at: int) -> list[str]:
    """The headings above that one, the outermost first, and itself."""
    path: list[str] = []
    level = outline[at]["level"] + 1 if at >= 0 else 0
    for heading in reversed(outline[: at + 1]):
        if heading["level"] < level:
            path.insert(0, heading["heading"])
            level = heading["level"]
    return path


def _path(outline: Sequence[Mapping[str, Any]], at: int, words: Words) -> str:
    path = "".join(f"<li>{shown(one_line(heading))}</li>" for heading in path_to(outline, at))
    return f'<ol class="yj-path" aria-label="{words("read.path")}">{path}</ol>' if path else ""


def _file(document: Mapping[str, Any], words: Words) -> str:
    name = shown(one_line(document["name"]))
    if not document["has_file"]:
        return f'<p class="yj-soft">{name} · {words("read.no_file")}</p>'
    return f'<p class="yj-file">{original(document, "yj-tool", words)}<span class="yj-soft">{name}</span></p>'


def _outline(document: Mapping[str, Any], outline: Sequence[Mapping[str, Any]], at: int, words: Words) -> str:
    if not outline:
        return ""
    rows = "".join(_heading(document, heading, n == at) for n, heading in enumerate(outline))
    title = f"{icon('outline')}{words('read.outline')}（{len(outline)}）"
    return folded("outline", "yj-outline", title, f"<ol>{rows}</ol>")


def _heading(document: Mapping[str, Any], heading: Mapping[str, Any], is_here: bool) -> str:
    here = ' aria-current="location"' if is_here else ""
    told = data(do="read", document=document["id"], start=heading["start"])
    level = min(int(heading["level"]), 6)
    return f'<li><button type="button" class="yj-level-{level}"{here}{told}>{shown(one_line(heading["heading"]))}</button></li>'


def _body(reading: Reading, words: Words) -> str:
    before = reading.start > 0
    after = reading.end < reading.length
    edges = [
        _more(reading, "earlier", words) if before else f'<p class="yj-edge">{words("read.begins")}</p>',
        _more(reading, "later", words) if after else f'<p class="yj-edge">{words("read.ends")}</p>',
    ]
    place = words("read.place", start=reading.start + 1, end=reading.end, length=reading.length)
    gaps = "".join(f"<li>{shown(gap)}</li>" for gap in reading.document.get("gaps", ()))
    gaps = folded("gaps", "yj-folded", words("read.gaps"), f"<ul>{gaps}</ul>") if gaps else ""
    return f'{edges[0]}<div class="yj-text">{marked_text(reading)}</div>{edges[1]}<p class="yj-meta">{place}</p>{gaps}'


def _more(reading: Reading, way: str, words: Words) -> str:
    start = max(0, reading.start - STEP) if way == "earlier" else reading.start
    end = reading.end + STEP if way == "later" else reading.end
    mark = {"start": reading.mark[0], "end": reading.mark[1]} if reading.mark else {"start": reading.place}
    told = {"do": "read", "document": reading.document["id"], **mark, "from": start, "to": end}
    return f'<button type="button" class="yj-button yj-plain yj-more"{data(**told)}>{icon(way)}{words(f"read.{way}")}</button>'


def marked_text(reading: Reading) -> str:
    """The text with the cited characters in a `<mark>`, blank lines folded."""
    if reading.mark is None:
        at = min(max(reading.place - reading.start, 0), len(reading.text))
        return f'{_lines(reading.text[:at])}<span class="yj-here"></span>{_lines(reading.text[at:])}'
    start, end = (min(max(at - reading.start, 0), len(reading.text)) for at in reading.mark)
    before, cited, after = reading.text[:start], reading.text[start:end], reading.text[end:]
    return f'{_lines(before)}<mark class="yj-cited" tabindex="-1">{_lines(cited)}</mark>{_lines(after)}'


def _lines(text: str) -> str:
    return shown(PARAGRAPHS.sub("\n", text))
