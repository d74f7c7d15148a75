"""Chunks that repeat another's words: the same paragraph in twenty documents is one result.

Two chunks repeat each other where their words are nearly the same and their numbers are all the same; marks and the
number that a chunk begins with do not count. Not covered: which of them is the best (their order tells), and what makes
the same words mean another thing (`index.search`).
"""

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ingest.document import Chunk
from ingest.text import fold

ALIKE = 0.95
"""Share of character pairs that repeated words have in common: 食品 for 药品 makes another sentence."""
SPEAKS_FOR_ITSELF = 30
"""Characters from which a chunk says what it is about; a shorter one is the same only under the same heading."""
NUMBER = re.compile(r"(?<![.%])[.%]*+\d[\d.%]*+|[零〇一二两三四五六七八九十百千万亿]+")
MARK = re.compile(r"\W")
ENUMERATED = re.compile(
    r"^(?:第[\d零〇一二三四五六七八九十百千]+[章节条款项]|[(]?[\d一二三四五六七八九十]{1,4}[).、,])"
)


@dataclass(frozen=True)
class _Words:
    """What of a chunk is compared."""

    pairs: frozenset[tuple[str, str]]
    told_apart_by: Hashable

    def repeats(self, other: "_Words") -> bool:
        if self.told_apart_by != other.told_apart_by:
            return False
        common = len(self.pairs & other.pairs)
        return common >= ALIKE * (len(self.pairs) + len(other.pairs) - common)


def distinct_first(
    rows: Sequence[int], chunks: dict[int, Chunk], apart: Callable[[Chunk], Hashable], limit: int
) -> list[int]:
    """The first `limit` of `rows`, those that repeat an earlier one behind all others.

    Chunks for which `apart` tells different things repeat nothing of each other, whatever their words.
    """
    kept: list[int] = []
    repeated: list[int] = []
    seen: list[_Words] = []
    for row in rows:
        if len(kept) == limit:
            break
        read = _read(chunks[row], apart(chunks[row]))
        if any(read.repeats(other) for other in seen):
            repeated.append(row)
        else:
            kept.append(row)
            seen.append(read)
    return [*kept, *repeated][:limit]


def _read(chunk: Chunk, apart: Hashable) -> _Words:
    text = ENUMERATED.sub("", "".join(fold(chunk.text).split()))
    heading = chunk.headings[-1:] if len(text) < SPEAKS_FOR_ITSELF else ()
    return _Words(frozenset(pairwise(MARK.sub("", text))), (apart, heading, tuple(NUMBER.findall(text))))
