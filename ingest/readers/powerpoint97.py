"""The plain text of PowerPoint's binary files (.ppt, 97 to 2003), slide by slide in their order.

It gives the slides' titles, and is what a conversion is checked against and what stands in for one that fails.
Source: Microsoft's [MS-PPT]. Not covered: decryption, tables, positions, charts.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

ENCRYPTED_TOKEN = b"\xdf\xc4\xd1\xf3"
USER_EDIT, PERSIST_DIRECTORY, SLIDE_LIST, SLIDE_PERSIST = 0x0FF5, 0x1772, 0x0FF0, 0x03F3
TEXT_HEADER, TEXT_CHARS, TEXT_BYTES, OUTLINE_REFERENCE, TEXT_BOX = 0x0F9F, 0x0FA0, 0x0FA8, 0x0F9E, 0xF00D
NOTES = 0x03F0
NOTES_ATOM = 0x03F1
TITLES = {0, 6}
NOTES_TEXT = 2
DEEPEST = 40
MOST_EDITS = 10_000


class NotSlides(Exception):
    """The streams are no PowerPoint 97 file; the message says where reading ended."""


@dataclass
class SlideText:
    title: str = ""
    texts: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class _Record:
    kind: int
    instance: int
    is_container: bool
    start: int
    end: int


def is_encrypted(current_user: bytes) -> bool:
    return current_user[12:16] == ENCRYPTED_TOKEN


def read_slides(ole: Any) -> list[SlideText]:
    """The texts of an open OLE file with a `PowerPoint Document` stream; raises NotSlides."""
    try:
        content = ole.openstream("PowerPoint Document").read()
        (edit,) = struct.unpack_from("<I", ole.openstream("Current User").read(), 16)
        places, document = _places(content, edit)
        lists = [r for r in _children(content, _record(content, places[document])) if r.kind == SLIDE_LIST]
        slides = [s for r in lists if r.instance == 0 for s in _listed(content, r)]
        notes = [s for r in lists if r.instance == 2 for s in _listed(content, r)]
        return _read(content, places, slides, notes)
    except (OSError, struct.error, LookupError, ValueError) as error:
        raise NotSlides(str(error)) from error


def _read(
    content: bytes, places: dict[int, int], slides: list[tuple[int, int, list[tuple[int, str]]]], notes: list[Any]
) -> list[SlideText]:
    found: dict[int, SlideText] = {}
    for persist, slide_id, outline in slides:
        slide = found.setdefault(slide_id, SlideText())
        drawn = list(_drawn(content, _record(content, places[persist]), outline)) if persist in places else []
        # The outline holds what the placeholders show, also where the drawing does not refer to it.
        shown = {text for _, text in drawn}
        for kind, text in [*[one for one in outline if one[1] not in shown], *drawn]:
            if kind in TITLES and not slide.title:
                slide.title = text
            else:
                slide.texts.append(text)
    for persist, _, outline in notes:
        if persist not in places:
            continue
        record = _record(content, places[persist])
        atom = next((r for r in _children(content, record) if r.kind == NOTES_ATOM), None)
        owner = -1 if atom is None else struct.unpack_from("<I", content, atom.start)[0]
        if owner in found:
            texts = [text for kind, text in _drawn(content, record, outline) if kind == NOTES_TEXT]
            found[owner].notes += texts
    return list(found.values())


def _places(content: bytes, edit: int) -> tuple[dict[int, int], int]:
    """Where each persistent object stands now (a file saved in parts holds old ones too), and which is the document."""
    places: dict[int, int] = {}
    document = -1
    for _ in range(MOST_EDITS):
        record = _record(content, edit)
        if record.kind != USER_EDIT:
            break
        previous, directory, reference = struct.unpack_from("<III", content, record.start + 8)
        document = reference if document < 0 else document
        table = _record(content, directory)
        position = table.start if table.kind == PERSIST_DIRECTORY else table.end
        while position + 4 <= table.end:
            (head,) = struct.unpack_from("<I", content, position)
            first, count = head & 0xFFFFF, head >> 20
            for index, place in enumerate(struct.unpack_from(f"<{count}I", content, position + 4)):
                places.setdefault(first + index, place)
            position += 4 + 4 * count
        if previous == 0 or previous >= edit:
            break
        edit = previous
    return places, document


def _listed(content: bytes, record: _Record) -> Iterator[tuple[int, int, list[tuple[int, str]]]]:
    """Of each slide in a list: its persistent object, its id, and the texts of its placeholders with their kinds."""
    current: tuple[int, int, list[tuple[int, str]]] | None = None
    kind = -1
    for child in _children(content, record):
        if child.kind == SLIDE_PERSIST:
            if current is not None:
                yield current
            persist, _, _, slide = struct.unpack_from("<IIII", content, child.start)
            current = (persist, slide, [])
        elif child.kind == TEXT_HEADER:
            (kind,) = struct.unpack_from("<I", content, child.start)
        elif child.kind in {TEXT_CHARS, TEXT_BYTES} and current is not None:
            current[2].append((kind, _text(content, child)))
    if current is not None:
        yield current


def _drawn(
    content: bytes, record: _Record, outline: list[tuple[int, str]], depth: int = 0
) -> Iterator[tuple[int, str]]:
    """The texts of the shapes under a record with their kinds."""
    kind = -1
    for child in _children(content, record):
        if child.kind == TEXT_HEADER:
            (kind,) = struct.unpack_from("<I", content, child.start)
        elif child.kind == OUTLINE_REFERENCE:
            (index,) = struct.unpack_from("<I", content, child.start)
            if index < len(outline):
                yield outline[index]
        elif child.kind in {TEXT_CHARS, TEXT_BYTES}:
            yield kind, _text(content, child)
        elif (child.is_container or child.kind == TEXT_BOX) and depth < DEEPEST:
            yield from _drawn(content, child, outline, depth + 1)


def _text(content: bytes, record: _Record) -> str:
    raw = content[record.start : record.end]
    return raw.decode("utf-16-le", "replace") if record.kind == TEXT_CHARS else raw.decode("latin-1")


def _record(content: bytes, position: int) -> _Record:
    version, kind, length = struct.unpack_from("<HHI", content, position)
    start = position + 8
    return _Record(kind, version >> 4, version & 0xF == 0xF, start, min(start + length, len(content)))


def _children(content: bytes, record: _Record) -> Iterator[_Record]:
    position = record.start
    while position + 8 <= record.end:
        child = _record(content, position)
        yield child
        position = child.end
