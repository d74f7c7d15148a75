"""The lines inside one ruled row of a table: text that wraps in its cell, or rows without rules between them.

Covered: cells of several wrapped lines, rows that only the place of their lines shows (an invoice's), rows that a
page's end cuts in two. Not covered: rows without rules whose every cell is as full as a wrapped one; they stay one.
"""

import re
from collections.abc import Sequence

from ingest.readers.layout import HAN, Piece, join, row_text, rows, wide
from ingest.table_words import FIGURE

UNIT = re.compile(r"[（(《“「【]*(?:[!-~]+|.)[）)》”」】、，。；：！？]*")
"""What no line break divides: a word or a character, with its brackets and marks."""
BRACKETED = re.compile(r"[（(][^（）()]*[）)]")
ENDED = re.compile(r"[。；;！？!?]$")
AMOUNT = re.compile(r"[¥￥]?-?\d[\d,]*(?:\.\d+)?[%％]?")
MARKED = re.compile(r"[¥￥]|\d\.\d|[%％]")
PADDING = 0.8
"""Ems between print and the rule beside it: 5.4 points in a cell that Word made."""


def cell_text(pieces: Sequence[Piece], end: float) -> str:
    """What stands in a cell that ends at `end`: full lines are joined, behind a short one a blank stays."""
    text, right = "", end
    for row in rows(pieces):
        behind = row_text(row)[0].replace("\t", " ")
        short = end - right > 2.5 * row[0].size and not BRACKETED.fullmatch(behind)
        text = f"{text} {behind}" if text and short else join(text, behind)
        right = row[-1].right
    return text


def unruled_rows(held: dict[int, list[Piece]], ends: dict[int, float]) -> list[dict[int, str]]:
    """The rows of a ruled row that holds several without rules between them, as in an invoice; empty where it has one.

    Such rows are lines at the same heights in two or more cells, none of which is the rest of the line above it.
    """
    columns: list[list[list[Piece]]] = []
    for cell, pieces in held.items():
        lines = rows(pieces)
        texts = [row_text(line)[0] for line in lines]
        if len(lines) > 1 and len(set(texts)) > 1 and all(HAN.fullmatch(text) for text in texts):
            return []  # A label written downwards: what stands beside it is one cell.
        if len(lines) > 1 and not _wraps(lines, texts, ends[cell]):
            columns.append(lines)
    starts: list[Piece] = []
    for line in rows([lines[0] for found in columns for lines in found]):
        if len(line) > 1:
            starts.append(line[0])
    if len(starts) < 2:
        return []
    found: list[dict[int, list[Piece]]] = [{} for _ in starts]
    for cell, pieces in held.items():
        for piece in pieces:
            above = [i for i, start in enumerate(starts) if start.top < piece.middle]
            found[above[-1] if above else 0].setdefault(cell, []).append(piece)
    return [{cell: cell_text(pieces, ends[cell]) for cell, pieces in line.items()} for line in found]


def room_behind(pieces: Sequence[Piece], end: float) -> float:
    """Ems between the last line of a cell and the cell's end; infinite where it is empty."""
    lines = rows(pieces)
    return (end - lines[-1][-1].right) / max(lines[-1][0].size, 0.1) if lines else float("inf")


def continued_row(above: Sequence[str], rooms: Sequence[float], row: Sequence[str]) -> tuple[str, ...] | None:
    """The row that a page's end cut in two, None where `row`, the first on the new page, is one of its own."""
    if len(rooms) != len(row) or len(above) != len(row) or all(row):
        return None
    for before, room, text in zip(above, rooms, row, strict=True):
        if text and (not before or ENDED.search(before) or FIGURE.fullmatch(text) or not _goes_on(room, text)):
            return None
    return tuple(join(before, text) for before, text in zip(above, row, strict=True))


def _wraps(lines: Sequence[Sequence[Piece]], texts: Sequence[str], end: float) -> bool:
    """Whether a line goes on with the one above it."""
    rooms = [(end - line[-1].right) / max(line[0].size, 0.1) for line in lines]
    if all(AMOUNT.fullmatch(text) for text in texts[1:]):
        # A column of figures, often set to the right: only one without a mark of its own may be the rest of another.
        return min(rooms) <= 0.3 and not any(MARKED.search(text) for text in texts[1:])
    return any(_goes_on(room, text) for room, text in zip(rooms, texts[1:], strict=False))


def _goes_on(room: float, text: str) -> bool:
    """Whether what `text` begins with had no room on the line before, or is a unit of what stands there (`（人）`)."""
    unit = UNIT.match(text)
    width = sum(1.0 if wide(letter) else 0.55 for letter in (unit[0] if unit else text[:1]))
    return bool(BRACKETED.fullmatch(text)) or room <= width + PADDING
