"""The text layer of a PDF page through PDFium: its characters in their places, and the straight lines drawn on it.

Covered: pages and print turned by quarters, print drawn twice, characters that the font does not name (counted).
Slanted print is a watermark. Not covered: what to do with a page whose layer cannot be read (`ingest.readers.pdf`).
"""

import ctypes
import math
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from ingest.readers.grids import Segment, find_tables
from ingest.readers.layout import BLANK_GAP, Page, Piece, wide

MOST_UNREADABLE = 0.1
"""The share of characters whose font does not say what they are; their pages are read as images."""
MOST_OBJECTS = 6_000
MOST_SEGMENTS = 40_000
SLANT = 10.0
"""Degrees from upright or level from which on print is a watermark."""
AUTOMATIC_GAP = 0.4
UNREADABLE = frozenset("\ufffd\uffff")


@dataclass(frozen=True)
class Character:
    text: str
    left: float
    top: float
    right: float
    bottom: float
    angle: int
    """Degrees by which it is turned to the left, a multiple of 90; -1 when slanted."""
    blank: int
    """The blank before it: 1 where PDFium found room for one, 2 where the file has one."""
    index: int


class TextLayer:
    """What a page has as text, turned so that most of it stands upright."""

    def __init__(self, page: Any) -> None:
        self._page = page
        self._text = page.get_textpage()
        self.x, self.y, right, top = page.get_cropbox()
        self.width, self.height = right - self.x, top - self.y
        self.unreadable = 0
        self.characters = list(self._characters())
        upright = Counter(c.angle for c in self.characters if c.angle >= 0)
        self.angle = upright.most_common(1)[0][0] if upright else 0

    def is_readable(self) -> bool:
        return bool(self.characters) and self.unreadable <= MOST_UNREADABLE * len(self.characters)

    def page(self) -> Page:
        """The page in its frame: y grows downwards, the main direction of print is upright."""
        width, height = (self.width, self.height) if self.angle in (0, 180) else (self.height, self.width)
        segments = [self._turned_segment(s) for s in _segments(self._page)]
        level = [c for c in self.characters if c.angle == self.angle]
        upright_rules = sorted((s[0], min(s[1], s[3]), max(s[1], s[3])) for s in segments if abs(s[0] - s[2]) <= 1.5)
        pieces = self._pieces(level, upright_rules if len(upright_rules) < 2_000 else [])
        tables, rest = find_tables(segments, pieces)
        asides, slanted = self._runs(lambda angle: angle not in (-1, self.angle)), self._runs(lambda angle: angle == -1)
        self._text.close()
        return Page(width, height, rest, tables, asides=asides, slanted=slanted)

    def _runs(self, taken: Callable[[int], bool]) -> list[str]:
        """Print of certain angles, each run of it as one text."""
        found: list[str] = []
        last = -2
        for c in self.characters:
            if not taken(c.angle):
                continue
            if c.index - last > 3 or not found:
                found.append("")
            found[-1] += (" " if c.blank and found[-1] and not wide(c.text) else "") + c.text
            last = c.index
        return found

    def _characters(self) -> Iterator[Character]:
        """Every printed character once; blanks are remembered by the one behind them."""
        from pypdfium2 import raw

        text, box = self._text.raw, raw.FS_RECTF()
        reference = ctypes.byref(box)
        unicode_at, unmapped = raw.FPDFText_GetUnicode, raw.FPDFText_HasUnicodeMapError
        generated = raw.FPDFText_IsGenerated
        box_at, angle_at = raw.FPDFText_GetLooseCharBox, raw.FPDFText_GetCharAngle
        seen: set[tuple[str, int, int]] = set()
        blank, high = 0, 0
        for i in range(raw.FPDFText_CountChars(text)):
            code = unicode_at(text, i)
            if 0xD800 <= code < 0xDC00:
                high = code
                continue
            if 0xDC00 <= code < 0xE000 and high:
                code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00
            high = 0
            letter = chr(code)
            if code <= 0x20 or code == 0xA0 or letter.isspace():
                blank = max(blank, 1 if generated(text, i) == 1 else 2)
                self.unreadable += code == 0
                continue
            if letter in UNREADABLE or 0xE000 <= code <= 0xF8FF or unmapped(text, i) == 1:
                self.unreadable += 1
            if code == 0xFFFE:  # PDFium's mark for a hyphen at a line's end.
                letter = "-"
            if not box_at(text, i, reference):
                continue
            left, top, right, bottom = box.left - self.x, box.top - self.y, box.right - self.x, box.bottom - self.y
            em = max(top - bottom, 0.5)
            place = (letter, int(left / (0.08 * em)), int(bottom / (0.25 * em)))
            if any((letter, place[1] + d, place[2]) in seen for d in (-1, 0, 1)):
                continue
            seen.add(place)
            if right < 0 or top < 0 or left > self.width or bottom > self.height:
                continue
            yield Character(letter, left, top, right, bottom, _quarter(angle_at(text, i)), blank, i)
            blank = 0

    def _pieces(self, characters: list[Character], uprights: list[tuple[float, float, float]]) -> list[Piece]:
        """Characters that follow each other on a line; a wide gap or an upright rule ends a piece."""
        pieces: list[Piece] = []
        text, box, size = "", (0.0, 0.0, 0.0, 0.0), 0.0
        for c in characters:
            place = self._turned(c.left, c.bottom, c.right, c.top)
            height = place[3] - place[1]
            gap = place[0] - box[2]
            level = abs((place[1] + place[3]) - (box[1] + box[3])) < 0.7 * max(height, box[3] - box[1])
            if text and level and -0.7 * size < gap < BLANK_GAP * size and not _crossed(uprights, box, place):
                spaced = _spaced(text[-1], c, gap / size)
                text += (" " if spaced else "") + c.text
                box = (min(box[0], place[0]), min(box[1], place[1]), max(box[2], place[2]), max(box[3], place[3]))
                continue
            if text:
                pieces.append(Piece(text, *box, size))
            text, box, size = c.text, place, self._em(c.index, height)
        if text:
            pieces.append(Piece(text, *box, size))
        return pieces

    def _em(self, index: int, height: float) -> float:
        """The size of print: the font's, as the text's matrix stretches it."""
        from pypdfium2 import raw

        matrix = raw.FS_MATRIX()
        size = float(raw.FPDFText_GetFontSize(self._text.raw, index))
        if raw.FPDFText_GetMatrix(self._text.raw, index, ctypes.byref(matrix)):
            size *= float((matrix.c**2 + matrix.d**2) ** 0.5)
        return size if 0.4 * height < size < 2 * height else 0.8 * height

    def _turned(self, left: float, bottom: float, right: float, top: float) -> tuple[float, float, float, float]:
        """A box in the page's frame: left, top, right, bottom."""
        if self.angle == 90:
            return bottom, left, top, right
        if self.angle == 180:
            return self.width - right, bottom, self.width - left, top
        if self.angle == 270:
            return self.height - top, self.width - right, self.height - bottom, self.width - left
        return left, self.height - top, right, self.height - bottom

    def _turned_segment(self, segment: Segment) -> Segment:
        x0, y0, x1, y1 = segment
        a, b = self._turned(x0 - self.x, y0 - self.y, x0 - self.x, y0 - self.y)[:2]
        c, d = self._turned(x1 - self.x, y1 - self.y, x1 - self.x, y1 - self.y)[:2]
        return a, b, c, d


def _spaced(before: str, c: Character, gap: float) -> bool:
    """Whether a blank stands before `c`, `gap` ems behind the character before it.

    Word sets Chinese a quarter of an em apart from figures (2024年): no blank of the text, though PDFium makes it one.
    """
    if wide(before) and wide(c.text):
        return c.blank == 2 and gap > 0.2
    mixed = wide(before) or wide(c.text)
    return c.blank == 2 or (c.blank == 1 and not (mixed and gap < AUTOMATIC_GAP))


def _quarter(radians: float) -> int:
    """PDFium counts angles clockwise; -1 for none near a multiple of 90 degrees."""
    degrees = -math.degrees(radians) % 360
    near = round(degrees / 90) * 90
    return near % 360 if abs(degrees - near) <= SLANT else -1


def _crossed(uprights: list[tuple[float, float, float]], box: tuple[float, ...], place: tuple[float, ...]) -> bool:
    """Whether an upright rule stands between what is read and what follows."""
    middle = (place[1] + place[3]) / 2
    start, end = (box[0] + box[2]) / 2 if box[2] > place[0] else box[2] - 1, (place[0] + place[2]) / 2
    return any(start < x < end and first <= middle <= last for x, first, last in uprights)


def _segments(page: Any) -> list[Segment]:
    """The straight lines drawn on a page, in its own units; none where it is a drawing of very many."""
    from pypdfium2 import raw

    found: list[Segment] = []
    for number, item in enumerate(page.get_objects(filter=[raw.FPDF_PAGEOBJ_PATH], max_depth=3)):
        if number > MOST_OBJECTS or len(found) > MOST_SEGMENTS:
            return []
        found += _path(item)
    return found


def _path(item: Any) -> list[Segment]:
    from pypdfium2 import raw

    x, y = ctypes.c_float(), ctypes.c_float()
    matrix = item.get_matrix()
    found: list[Segment] = []
    start = last = (0.0, 0.0)
    for i in range(min(raw.FPDFPath_CountSegments(item), 2_000)):
        part = raw.FPDFPath_GetPathSegment(item, i)
        raw.FPDFPathSegment_GetPoint(part, x, y)
        point = matrix.on_point(x.value, y.value)
        kind = raw.FPDFPathSegment_GetType(part)
        if kind == raw.FPDF_SEGMENT_MOVETO:
            start = point
        elif kind == raw.FPDF_SEGMENT_LINETO:
            found.append((*last, *point))
        last = point
        if raw.FPDFPathSegment_GetClose(part):
            found.append((*last, *start))
            last = start
    return found
