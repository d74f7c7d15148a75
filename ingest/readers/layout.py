"""Reading order on a page: pieces of print with their places -> lines, column by column, top to bottom.

Covered: one or more columns of prose, titles and figures across them, tables without rules (a row stays a line, its
cells joined by tabs), lines whose letters stand on two heights. Lengths are in any unit as long as it is one; y grows
downwards. Not covered: what joins lines to paragraphs (`ingest.readers.pages`), text that is not upright.
"""

import re
import unicodedata
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

HAN = re.compile(r"[\u3400-\u9fff\uf900-\ufaff]")
CELL_GAP = 1.5
"""Ems between two pieces from which on they are cells, not words, of a row."""
ROUGH_CELL_GAP = 0.5
"""On an image: pieces found apart are apart, words of a line are found as one."""
BLANK_GAP = 0.8
COLUMN_WIDTH = 8
COLUMN_LINES = 3
BINS = 240


@dataclass(frozen=True)
class Table:
    """A ruled table in its place; `rows` as `TextBuilder.table` takes them."""

    rows: tuple[tuple[str, ...], ...]
    left: float
    top: float
    right: float
    bottom: float
    header_rows: int | None = None
    """How many rows its ruling shows to be the header, None where it shows nothing."""
    rooms: tuple[float, ...] = ()
    """Ems left behind the last line of each cell of the last row; empty where they were not measured."""


@dataclass(frozen=True)
class Piece:
    """A stretch of print on one line; `size` is its em."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    size: float
    table: Table | None = None

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


@dataclass(frozen=True)
class Line(Piece):
    """A whole line; `start` and `end` are the margins of the column it stands in, `cells` how many pieces it has."""

    cells: int = 1
    start: float = 0
    end: float = 0


@dataclass(frozen=True)
class Page:
    """A page as a file has it, in no order; `rough` when places and sizes were measured on an image."""

    width: float
    height: float
    pieces: Sequence[Piece]
    tables: Sequence[Table] = ()
    rough: bool = False
    asides: Sequence[str] = ()
    """Print that does not stand upright, read after the rest."""
    slanted: Sequence[str] = ()
    """Watermarks: noise at the page's end."""


def wide(character: str) -> bool:
    """Whether blanks are never needed around it: Chinese characters and full-width marks."""
    return unicodedata.east_asian_width(character) in "WF" or character in "“”‘’…—·"


def join(before: str, behind: str) -> str:
    """Two stretches of one sentence: words keep a blank between them, Chinese none, a divided word becomes whole."""
    if not before or not behind:
        return before + behind
    if re.search(r"[a-z]-$", before) and re.match(r"[a-z]", behind):
        return before[:-1] + behind
    # A figure that was cut at the line's end is one figure: `3` and `240` are never `3 240`.
    cut = re.search(r"\d[.,]?$", before) and re.match(r"[\d%％‰]", behind)
    blank = "" if wide(before[-1]) or wide(behind[0]) or cut else " "
    return before + blank + behind


def reading_order(page: Page) -> list[Line]:
    """The lines of a page as a reader takes them; a table is a line by itself."""
    tables = [Piece("", t.left, t.top, t.right, t.bottom, 0, t) for t in page.tables]
    pieces = [p for p in page.pieces if p.text.strip()]
    if _is_vertical(pieces):
        return _vertical(pieces)
    lines: list[Line] = []
    gap = ROUGH_CELL_GAP if page.rough else CELL_GAP
    everything = [*pieces, *tables]
    blocks = _blocks(everything)
    for block in blocks:
        # Between columns stand titles over all of them: their margins are the page's.
        outer = everything if block.across and len(blocks) > 1 else []
        lines += _with_margins([_line(row, gap) for row in rows(block.pieces)], page, outer)
    return lines


def rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces that stand on one line, left to right; the lines top to bottom."""
    found: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: (p.middle, p.left)):
        for row in reversed(found[-4:]):
            first = row[0]
            shared = min(first.bottom, piece.bottom) - max(first.top, piece.top)
            enough = 0.5 * min(first.bottom - first.top, piece.bottom - piece.top)
            if first.table is None and piece.table is None and shared > enough:
                row.append(piece)
                break
        else:
            found.append([piece])
    found.sort(key=lambda row: row[0].middle)
    return [sorted(row, key=lambda p: p.left) for row in found]


def row_text(row: Sequence[Piece], cell_gap: float = CELL_GAP) -> tuple[str, int]:
    """A row's text and how many cells it has."""
    text, cells, end = row[0].text.strip(), 1, row[0].right
    for piece in row[1:]:
        gap, size = piece.left - end, max(piece.size, 0.1)
        behind = piece.text.strip()
        if gap > cell_gap * size:
            text, cells = f"{text}\t{behind}", cells + 1
        elif gap > BLANK_GAP * size:
            text = f"{text} {behind}"
        elif gap > 0.2 * size or piece.text[:1].isspace():
            text = join(text, behind)
        else:
            text += behind
        end = max(end, piece.right)
    return text, cells


def _line(row: list[Piece], cell_gap: float) -> Line:
    if row[0].table is not None:
        table = row[0].table
        return Line("", table.left, table.top, table.right, table.bottom, 0, table)
    text, cells = row_text(row, cell_gap)
    size = max(row, key=lambda p: len(p.text)).size
    return Line(
        text, row[0].left, min(p.top for p in row), max(p.right for p in row), max(p.bottom for p in row), size, None, cells
    )  # fmt: skip


def _with_margins(lines: list[Line], page: Page, outer: list[Piece]) -> list[Line]:
    """Every line with its column's margins.

    A margin counts only where lines end at it: on a page of short lines the longest does not end at the margin.
    """
    text = [line for line in lines if line.table is None]
    if not text:
        return lines
    size = median(line.size for line in text) or 1
    start = sorted(line.left for line in text)[len(text) // 20]
    end = sorted(line.right for line in text)[-1 - len(text) // 20]
    if outer:
        start, end = min(p.left for p in outer), max(p.right for p in outer)
    at_end = sum(end - line.right < 1.1 * size for line in text)
    if at_end < 2 or at_end < 0.15 * len(text):
        end = max(end, page.width - start)
    return [replace(line, start=start, end=end) for line in lines]


@dataclass(frozen=True)
class _Block:
    """A stretch of the page that is read from top to bottom; `across` when it reaches over columns."""

    pieces: list[Piece]
    across: bool = False


def _blocks(pieces: list[Piece], depth: int = 0) -> list[_Block]:
    """The blocks of a page in reading order."""
    gutter = _gutter(pieces) if depth < 4 else None
    if gutter is None:
        return [_Block(pieces)]
    across = sorted((p for p in pieces if p.left < gutter < p.right or p.table is not None), key=lambda p: p.middle)
    heights = [p.middle for p in across]
    bands: list[list[Piece]] = [[] for _ in range(len(across) + 1)]
    for piece in pieces:
        if piece.table is None and not piece.left < gutter < piece.right:
            bands[bisect_left(heights, piece.middle)].append(piece)
    found = [_Block([], True)]
    for i, band in enumerate(bands):
        left = [p for p in band if p.right <= gutter]
        right = [p for p in band if p.right > gutter]
        parts = [_blocks(left, depth + 1), _blocks(right, depth + 1)]
        # A side that is no column itself may be two.
        if all(len(part) > 1 or _is_column(part[0].pieces) for part in parts):
            found += [*parts[0], *parts[1], _Block([], True)]
        else:
            found[-1].pieces.extend(band)
        if i < len(across):
            found[-1].pieces.append(across[i])
    return [block for block in found if block.pieces]


def _gutter(pieces: list[Piece]) -> float | None:
    """Where the fewest lines would be cut by a white stripe down the page, None where there is no such place."""
    text = [p for p in pieces if p.table is None]
    if len(text) < 2 * COLUMN_LINES:
        return None
    first, last = min(p.left for p in text), max(p.right for p in text)
    step = (last - first) / BINS
    if step <= 0:
        return None
    covered = [0] * (BINS + 2)
    for piece in text:
        covered[int((piece.left - first) / step)] += 1
        covered[min(BINS, int((piece.right - first) / step)) + 1] -= 1
    for i in range(1, len(covered)):
        covered[i] += covered[i - 1]
    inner = range(BINS // 7, BINS - BINS // 7)
    fewest = min(covered[i] for i in inner)
    if fewest > 0.5 * len(text):
        return None
    stripes: list[list[int]] = []
    for i in inner:
        if covered[i] <= fewest:
            if stripes and stripes[-1][1] == i - 1:
                stripes[-1][1] = i
            else:
                stripes.append([i, i])
    a, b = max(stripes, key=lambda s: s[1] - s[0])
    size = median(p.size for p in text)
    return first + (a + b + 1) / 2 * step if (b - a + 1) * step >= 0.6 * size else None


def _is_column(pieces: list[Piece]) -> bool:
    """Whether these read as a column of prose: several wide lines that mostly fill it. Cells of a table vary."""
    lines = rows(pieces)
    if len(lines) < COLUMN_LINES:
        return False
    start, end = min(p.left for p in pieces), max(p.right for p in pieces)
    size = median(p.size for p in pieces)
    if end - start < COLUMN_WIDTH * size:
        return False
    full = sum(row[-1].right - row[0].left > 0.8 * (end - start) for row in lines)
    return full >= 0.5 * len(lines)


def _is_vertical(pieces: list[Piece]) -> bool:
    """Whether the text runs downwards: nearly every piece is one Chinese character with another right under it."""
    single = [p for p in pieces if len(p.text.strip()) == 1 and HAN.match(p.text.strip())]
    if len(single) < 20 or len(single) < 0.8 * len(pieces):
        return False
    places = {(round(p.left / max(p.size, 0.1)), round(p.top / max(p.size, 0.1))) for p in single}
    return sum((x, y + 1) in places for x, y in places) > 0.6 * len(single)


def _vertical(pieces: list[Piece]) -> list[Line]:
    """Columns from right to left."""
    columns: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda p: -p.right):
        if columns and columns[-1][0].left - piece.left < 0.5 * piece.size:
            columns[-1].append(piece)
        else:
            columns.append([piece])
    height = max(p.bottom for p in pieces)
    found = []
    for number, column in enumerate(columns):
        column.sort(key=lambda p: p.top)
        size, top = column[0].size, column[0].top
        text = "".join(p.text.strip() for p in column)
        # Turned upright, so that the joining of lines works on them as on any others.
        found.append(Line(text, top, number * 2 * size, column[-1].bottom, (number * 2 + 1) * size, size, None, 1))
    start = min(line.left for line in found)
    return [replace(line, start=start, end=height) for line in found]
