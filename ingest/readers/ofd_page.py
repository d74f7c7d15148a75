"""The objects that an OFD page draws: stretches of text, straight rules and images, each in its place on the page.

Lengths are millimetres, y grows downwards. Not covered: clipping, drawing order, curves.
"""

import math
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from ingest.readers.grids import Segment
from ingest.readers.layout import BLANK_GAP, Piece, wide

DEEPEST = 20
MOST_OBJECTS = 200_000
MOST_SEGMENTS = 40_000
SLANT = 0.2
"""The sine of the angle from which on print is a watermark."""
COMMAND = re.compile(r"[MSLQBACZ]|[-+]?[\d.]+(?:[eE][-+]?\d+)?")


@dataclass(frozen=True)
class Matrix:
    """x' = a x + c y + e, y' = b x + d y + f."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 1.0
    e: float = 0.0
    f: float = 0.0

    def at(self, x: float, y: float) -> tuple[float, float]:
        return self.a * x + self.c * y + self.e, self.b * x + self.d * y + self.f

    def inside(self, inner: "Matrix") -> "Matrix":
        """What first `inner`, then this does."""
        e, f = self.at(inner.e, inner.f)
        return Matrix(
            self.a * inner.a + self.c * inner.b, self.b * inner.a + self.d * inner.b,
            self.a * inner.c + self.c * inner.d, self.b * inner.c + self.d * inner.d, e, f,
        )  # fmt: skip


def name_of(element: Any) -> str:
    """An element's name without namespace or prefix: files use a wrong one, or none."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1].rsplit(":", 1)[-1] if isinstance(tag, str) else ""


def children(element: Any, name: str) -> Iterator[Any]:
    return (c for c in element if name_of(c) == name) if element is not None else iter(())


def child(element: Any, name: str) -> Any:
    return next(children(element, name), None)


def numbers(text: str | None, count: int) -> tuple[float, ...] | None:
    """`count` finite numbers, None where there are not so many."""
    found = []
    for part in (text or "").replace(",", " ").split()[:count]:
        try:
            found.append(float(part))
        except ValueError:
            return None
    return tuple(found) if len(found) == count and all(math.isfinite(n) for n in found) else None


@dataclass
class Drawing:
    """What is drawn on a page; `units` are the composite objects by their identity."""

    units: dict[str, Any]
    pieces: list[Piece] = field(default_factory=list)
    segments: list[Segment] = field(default_factory=list)
    images: list[tuple[str, float]] = field(default_factory=list)
    """Resource and area of each."""
    slanted: list[str] = field(default_factory=list)
    seen: set[tuple[str, int, int]] = field(default_factory=set)
    count: int = 0

    def draw(self, element: Any, matrix: Matrix, depth: int = 0) -> None:
        """All objects below an element: layers and groups are gone through, composite objects looked up."""
        if element is None or depth > DEEPEST:
            return
        for item in element:
            self.count += 1
            if self.count > MOST_OBJECTS:
                return
            kind = name_of(item)
            if kind == "TextObject":
                self._text(item, _placed(item, matrix))
            elif kind == "PathObject":
                self._path(item, _placed(item, matrix))
            elif kind == "ImageObject":
                box = numbers(item.get("Boundary"), 4) or (0.0,) * 4
                self.images.append((item.get("ResourceID", ""), box[2] * box[3]))
            elif kind == "CompositeObject":
                unit = self.units.get(item.get("ResourceID", ""))
                if unit is not None:
                    self.draw(child(unit, "Content"), _placed(item, matrix), depth + 1)
            elif kind in ("Layer", "PageBlock", "Content"):
                self.draw(item, matrix, depth + 1)

    def _text(self, item: Any, matrix: Matrix) -> None:
        """Every stretch of a text object; one drawn twice at the same place (for bold print) only once."""
        size = (numbers(item.get("Size"), 1) or (4.0,))[0]
        stretch = (numbers(item.get("HScale"), 1) or (1.0,))[0] or 1.0
        along = math.hypot(matrix.a, matrix.b) or 1.0
        if abs(matrix.b) > SLANT * along and abs(matrix.a) > SLANT * along:
            self.slanted.append("".join(code.text or "" for code in children(item, "TextCode")))
            return
        x = y = 0.0
        for code in children(item, "TextCode"):
            text = (code.text or "").replace("\t", " ").replace("\n", "").replace("\r", "")
            x = (numbers(code.get("X"), 1) or (x,))[0]
            y = (numbers(code.get("Y"), 1) or (y,))[0]
            across, down = _steps(code.get("DeltaX"), len(text) - 1), _steps(code.get("DeltaY"), len(text) - 1)
            self._code(text, (x, y), (across, down), size, stretch, matrix)

    def _code(
        self, text: str, start: tuple[float, float], steps: tuple[list[float], list[float]], size: float,
        stretch: float, matrix: Matrix,
    ) -> None:  # fmt: skip
        """The pieces of one TextCode: it ends where the next letter is set off sideways or on another line."""
        em, along = size * (math.hypot(matrix.c, matrix.d) or 1.0), math.hypot(matrix.a, matrix.b) or 1.0
        x, y = start
        # Digits may be set as far apart as Chinese characters, or letters drawn wide: only what stands out is a gap.
        usual = median([abs(step) for step in steps[0]] or [0.0]) * along
        piece, left, top, right, last = "", 0.0, 0.0, 0.0, 0.0
        for i, letter in enumerate(text):
            place = matrix.at(x, y)
            own = size * stretch * (1.0 if unicodedata.east_asian_width(letter) in "WF" else 0.5)
            width = own * along
            gap = place[0] - right if place[0] - last > 1.4 * usual else min(place[0] - right, 0.0)
            if piece and (abs(place[1] - top) > 0.5 * em or gap > BLANK_GAP * em or gap < -1.5 * em):
                self._add(piece, left, top, right, em)
                piece = ""
            last = place[0]
            if not piece:
                left, top = place
            elif gap > 0.3 * em and not (wide(letter) or wide(piece[-1])):
                piece += " "
            piece += letter
            right = max(place[0] + width, right) if piece != letter else place[0] + width
            # A step of 0 in both directions would draw the letters over each other: files mean "as the font says".
            step = (steps[0][i] if i < len(steps[0]) else 0.0, steps[1][i] if i < len(steps[1]) else 0.0)
            x += step[0] if any(step) else own
            y += step[1]
        self._add(piece, left, top, right, em)

    def _add(self, text: str, left: float, base: float, right: float, em: float) -> None:
        key = (text, round(left * 2 / max(em, 0.5)), round(base * 2 / max(em, 0.5)))
        if text.strip() and key not in self.seen:
            self.seen.add(key)
            self.pieces.append(Piece(text.strip(), left, base - 0.85 * em, right, base + 0.15 * em, em))

    def _path(self, item: Any, matrix: Matrix) -> None:
        """The straight lines of a path."""
        tokens = COMMAND.findall(
            (child(item, "AbbreviatedData") is not None and child(item, "AbbreviatedData").text) or ""
        )
        arguments = {"M": 2, "S": 2, "L": 2, "Q": 4, "B": 6, "A": 7, "C": 0, "Z": 0}
        at = start = (0.0, 0.0)
        i = 0
        while i < len(tokens) and len(self.segments) < MOST_SEGMENTS:
            count = arguments.get(tokens[i])
            if count is None:
                i += 1
                continue
            values = numbers(" ".join(tokens[i + 1 : i + 1 + count]), count) if count else ()
            if values is None:
                return
            end = matrix.at(*values[-2:]) if count else start
            if tokens[i] in "LCZ":
                self.segments.append((*at, *end))
            elif tokens[i] in "MS":
                start = end
            at = end
            i += 1 + count


def _placed(item: Any, matrix: Matrix) -> Matrix:
    """From an object's own coordinates to the page's: its matrix, then its box's corner."""
    box = numbers(item.get("Boundary"), 4) or (0.0, 0.0, 0.0, 0.0)
    own = numbers(item.get("CTM"), 6) or (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    a, b, c, d, e, f = own
    return matrix.inside(Matrix(a, b, c, d, e + box[0], f + box[1]))


def _steps(text: str | None, count: int) -> list[float]:
    """The distances between letters; `g 3 2.5` stands for three of 2.5. Only as many as there are letters."""
    tokens, i = (text or "").replace(",", " ").split(), 0
    found: list[float] = []
    while i < len(tokens) and len(found) < count:
        if tokens[i] == "g":
            pair = numbers(" ".join(tokens[i + 1 : i + 3]), 2)
            if pair is None:
                return found
            found += [pair[1]] * max(0, min(int(pair[0]), count - len(found)))
            i += 3
            continue
        value = numbers(tokens[i], 1)
        if value is None:
            return found
        found.append(value[0])
        i += 1
    return found
