"""How a document is built, as far as an answer that quotes it needs to know: its units, sections, lists and topics.

Covered: sentences with the marker that each begins with (（一） 1. ① 一是 第一， —— and table rows, also in the middle
of a line), sections by heading, items that count on from 1, and the short sentences that head those behind them in
reports with one sentence a line. Not covered: which of it a question asks for (`listing`).
"""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

from ingest.document import Chunk, Document, Span
from ingest.markers import BEGINS, DASH, MARKERS, number
from ingest.sections import HEADER_HEADING
from ingest.text import fold, overlapping, sentences, trim

ROW = "row"
SERIAL = "一是"
SPOKEN = re.compile(
    r"其?(?P<n>[一二三四五六七八九十]{1,3})(?:是|要(?!求|素|点|闻|件))|(?:其|第)(?P<m>[一二三四五六七八九十]{1,2})是"
)
SPOKEN_RANK = 6.6
# A list may begin and go on in the middle of a sentence.
INSIDE = re.compile(
    r"(?<=[:：；;，,。])\s*(?=[一二三四五六七八九十]{1,2}是|[一二三四五六七八九十]{1,2}要(?!求|素|点)"
    r"|[（(][一二三四五六七八九十]{1,3}[）)]|第[一二三四五六七八九十]{1,2}[，,]|[①-⑳]|[（(]\d{1,2}[）)])"
)
HASHES = re.compile(r"[#>*\s]+")
JOINED = ("，", ",", "、")
BOUNDARY = re.compile(r"[；;。]|(?<!\d)[，,]|[，,](?!\d)")
LONGEST_UNIT = 2000
"""Characters from which on a unit is not continued over a comma: no sentence is so long, and patterns search units."""
LONGEST_ITEM = 90
SHORTEST_CLAUSE = 12
SHORTEST_CONTENT = 6
CONTENT = re.compile(r"\w{2}")

TOPIC = re.compile(r"(?!这|我们|今年|去年|要|在)[^\d，,；;：:“”？！（）]{5,22}。")
TOPIC_OF_TROUBLE = re.compile(r"[^\d：:]{0,40}(?:问题|困难|挑战|不足)(?:和(?:问题|困难|挑战|不足))?。")


@dataclass(frozen=True)
class Unit:
    """A sentence, or the part of one that begins with a marker; what a comma carries over a line's end is one unit."""

    start: int
    end: int
    text: str
    headings: tuple[str, ...]
    kind: str
    """The way of numbering that it begins with, empty for none."""
    number: int
    rank: float
    opens_line: bool

    @cached_property
    def folded(self) -> str:
        return "".join(fold(self.text).split())

    @property
    def is_heading(self) -> bool:
        """Whether it says no more than a heading that it stands under."""
        own = self.folded.rstrip(".:;")
        return any(own == "".join(fold(heading).split()).rstrip(".:;") for heading in self.headings)


@dataclass(frozen=True)
class Block:
    """A section with all below it: units[first:last]."""

    headings: tuple[str, ...]
    first: int
    last: int


class Outline:
    """One document's units and sections."""

    def __init__(self, document: Document, chunks: Sequence[Chunk]) -> None:
        """`chunks` are all of the document's, in the order of its text."""
        self.document = document
        self.units = _units(document, chunks)
        self.blocks = _blocks(self.units)
        self._ends = _ends(self.units)

    def span(self, start: int, end: int) -> Span:
        """`start:end` without white space at its ends."""
        return trim(self.document.text, start, end) or Span(start, end)

    def opening(self, block: Block) -> int:
        """The first unit of a section that is its own and not a heading above it."""
        outer = ["".join(fold(heading).split()) for heading in block.headings[:-1]]
        for i in range(block.first, block.last):
            own = self.units[i].folded.rstrip(".:;")
            if not any(heading.startswith(own) or heading.endswith(own) for heading in outer):
                return i
        return block.first

    def block_end(self, i: int) -> int:
        """Where the innermost section that holds unit `i` ends."""
        return self._ends[i]

    def below(self, block: Block, depth: int) -> list[Block]:
        """The sections inside `block` that have `depth` headings."""
        first = bisect_left(self.blocks, block.first, key=lambda b: b.first)
        last = bisect_left(self.blocks, block.last, lo=first, key=lambda b: b.first)
        return [b for b in self.blocks[first:last] if len(b.headings) == depth]

    def items(self, first: int, last: int, within: int) -> list[int]:
        """Units that count on from 1 (or dashes, or rows), the first among the `within` units from `first` on."""
        for i in range(first, min(first + within, last)):
            found = self._counted(i, last)
            if len(found) > 1:
                return found
        return []

    def _counted(self, i: int, last: int) -> list[int]:
        kind, rank = self.units[i].kind, self.units[i].rank
        if not kind or self.units[i].number != (0 if kind in {DASH, ROW} else 1):
            return []
        found = [i]
        for j in range(i + 1, last):
            unit = self.units[j]
            if unit.kind == kind:
                if unit.number not in {0, self.units[found[-1]].number + 1}:
                    break
                found.append(j)
            elif kind == ROW or (unit.kind and unit.opens_line and unit.rank < rank and unit.number != 1):
                break
        return found

    def is_topic(self, i: int) -> bool:
        """Whether unit `i` is a short sentence on a line of its own that heads longer ones."""
        if i + 1 >= len(self.units):
            return False
        following = self.units[i + 1]
        if following.headings != self.units[i].headings:
            return False
        return self._short(i) and (self.names_trouble(i) or not self._short(i + 1))

    def names_trouble(self, i: int) -> bool:
        """Whether a topic speaks of problems: short sentences name them, and none of these is a topic itself."""
        return TOPIC_OF_TROUBLE.fullmatch(self.units[i].text) is not None

    def _short(self, i: int) -> bool:
        unit = self.units[i]
        if unit.kind or not unit.opens_line or not self._alone(unit):
            return False
        return bool(TOPIC.fullmatch(unit.text) or TOPIC_OF_TROUBLE.fullmatch(unit.text))

    def _alone(self, unit: Unit) -> bool:
        return not self.document.text[unit.end : unit.end + 4].partition("\n")[0].strip()

    def clip(self, i: int, longest: int = LONGEST_ITEM) -> Span:
        """Unit `i`, ended at the last clause that fits.

        A bare title takes the next sentence with it, a lead-in as many of its items as fit.
        """
        unit = self.units[i]
        end = unit.end
        if unit.text.endswith(("：", ":")):
            return self._with_items(i, longest)
        content = re.sub(r"^\W*\w{1,4}[、.）)]|[^\w]", "", unit.text)
        follows = i + 1 < len(self.units) and CONTENT.search(self.units[i + 1].text) and not self.units[i + 1].kind
        if len(content) < SHORTEST_CONTENT and follows and self.units[i + 1].start - end <= 2:
            end = self.units[i + 1].end
        return clipped(self.document.text, unit.start, end, longest)

    def _with_items(self, i: int, longest: int) -> Span:
        unit, end = self.units[i], self.units[i].end
        for following in self.units[i + 1 : self.block_end(i)]:
            if following.end - unit.start > longest and end > unit.end:
                break
            end = following.end
        return clipped(self.document.text, unit.start, end, max(longest, unit.end - unit.start + SHORTEST_CLAUSE))


def clipped(text: str, start: int, end: int, longest: int) -> Span:
    """`start:end` ended at the last clause that fits into `longest` characters, or at the first one."""
    if end - start <= longest:
        return Span(start, end)
    best = 0
    for match in BOUNDARY.finditer(text, start + SHORTEST_CLAUSE, end):
        if best and match.end() - start > longest:
            break
        best = match.start() if match.group() in "，," else match.end()
    return Span(start, best or end)


def _units(document: Document, chunks: Sequence[Chunk]) -> list[Unit]:
    rows = {row.start for row in document.layout.rows}
    found: list[Unit] = []
    for chunk in chunks:
        if chunk.headings == (HEADER_HEADING,):
            continue
        noise = overlapping(document.noise, chunk.start, chunk.end)
        for sentence in sentences(document.text, chunk.start, chunk.end, noise, document.layout.rows):
            if any(n.start <= sentence.start and sentence.end <= n.end for n in noise):
                continue
            for span in [sentence] if sentence.start in rows else _pieces(document.text, sentence):
                headings = _path(chunk.headings, document.text[span.start : span.end])
                unit = _unit(document.text, span, headings, sentence.start in rows)
                if found and _continues(found[-1], unit):
                    before = found.pop()
                    text = document.text[before.start : unit.end]
                    unit = Unit(
                        before.start, unit.end, text, before.headings,
                        before.kind, before.number, before.rank, before.opens_line,
                    )  # fmt: skip
                found.append(unit)
    return found


def _path(headings: tuple[str, ...], text: str) -> tuple[str, ...]:
    """A heading without text of its own stands in the chunk of what follows, and yet not below that."""
    own = HASHES.sub("", fold(text)).rstrip(".:;")
    for depth, heading in enumerate(headings, 1):
        if own == HASHES.sub("", fold(heading)).rstrip(".:;"):
            return headings[:depth]
    return headings


def _continues(before: Unit, unit: Unit) -> bool:
    is_short = before.end - before.start < LONGEST_UNIT
    carried = is_short and before.text.endswith(JOINED) and not unit.kind and before.kind != ROW
    return carried and before.headings == unit.headings


def _pieces(text: str, sentence: Span) -> Iterator[Span]:
    cuts = [m.end() for m in INSIDE.finditer(text, sentence.start + 1, sentence.end)]
    edges = [sentence.start, *cuts, sentence.end]
    for start, end in pairwise(edges):
        span = trim(text, start, end)
        if span is not None:
            yield span


def _unit(text: str, span: Span, headings: tuple[str, ...], is_row: bool) -> Unit:
    hashes = HASHES.match(text, span.start, span.end)
    start = hashes.end() if hashes and hashes.end() < span.end else span.start
    kind, count, rank = (ROW, 0, 12.0) if is_row else _mark(text, start, span.end)
    return Unit(start, span.end, text[start : span.end], headings, kind, count, rank, _opens_line(text, span.start))


def _opens_line(text: str, start: int) -> bool:
    """Whether only white space stands before `start` in its line; looks no farther back than that reaches."""
    while start and text[start - 1] != "\n" and text[start - 1].isspace():
        start -= 1
    return not start or text[start - 1] == "\n"


def _mark(text: str, start: int, end: int) -> tuple[str, int, float]:
    if not BEGINS.match(text, start, end) and text[start] != "其":
        return "", 0, 0.0
    spoken = SPOKEN.match(text, start, end)
    if spoken is not None:
        return SERIAL, number(spoken["n"] or spoken["m"]), SPOKEN_RANK
    for marker in MARKERS:
        match = marker.pattern.match(text, start, end)
        if match is not None:
            found = match.groupdict()
            return marker.name, number(found["n"] or found.get("bare") or ""), marker.rank
    return "", 0, 0.0


def _ends(units: Sequence[Unit]) -> list[int]:
    """For each unit where the innermost section that holds it ends."""
    ends = [0] * len(units)
    for i in reversed(range(len(units))):
        path, last = units[i].headings, i + 1
        while last < len(units) and units[last].headings[: len(path)] == path:
            last = ends[last]
        ends[i] = last
    return ends


def _blocks(units: Sequence[Unit]) -> list[Block]:
    """Every run of units under one heading, the outer ones too, in the order of their beginnings."""
    blocks: list[Block] = []
    opened: list[int] = []
    path: tuple[str, ...] = ()
    for i, headings in enumerate([*(unit.headings for unit in units), ()]):
        shared = 0
        while shared < min(len(path), len(headings)) and path[shared] == headings[shared]:
            shared += 1
        blocks.extend(Block(path[: depth + 1], opened[depth], i) for depth in range(shared, len(opened)))
        del opened[shared:]
        opened.extend([i] * (len(headings) - shared))
        path = headings
    return sorted(blocks, key=lambda block: (block.first, len(block.headings)))
