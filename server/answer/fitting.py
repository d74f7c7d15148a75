"""Of which years a sentence speaks, and whether it is of the year, place and document that a question asks about.

Not covered: plan or result (`tense`), how much of the question it accounts for (`evidence`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.filters import document_places
from index.query import Question
from ingest.document import Chunk, Document, Span
from ingest.places import Mention, find_places, short_name
from ingest.text import fold, overlapping, sentences, visible
from ingest.years import leading_years, named_years, opens_paragraph, opens_review, spoken_years
from server.answer.naming import Named

# 汶川地震 and 北京冬奥会 are events, told of in documents of any place.
EVENT = re.compile(
    r"(?:市|县)?(?:特?大?地震|奥运|冬奥|亚运|世博|峰会|会议|宣言|精神|模式|经验|协定|公约|方式|战役|解放|回归|台风|洪水)"
)
NEAR = 200
"""Characters before a sentence in which the mark that ends the one before it stands."""
LONG_REVIEW = 4
"""From so many years on, all past, a sentence tells what they brought together."""
SEVERAL_YEARS = re.compile(r"[三四五两几]年|累计|以来|期间|时期|总共")


class Leads:
    """Years that open the text under a heading, which govern what stands below it; of one document."""

    def __init__(self, document: Document, chunks: Sequence[Chunk]) -> None:
        self._chunks: dict[tuple[str, ...], list[Chunk]] = {}
        self._years: dict[tuple[str, ...], set[int]] = {}
        for chunk in chunks:
            self._chunks.setdefault(chunk.headings, []).append(chunk)

    def above(self, headings: tuple[str, ...]) -> set[int]:
        """Years under the headings that `headings` stand below."""
        return set[int]().union(*(self._under(headings[:i]) for i in range(1, len(headings))))

    def _under(self, headings: tuple[str, ...]) -> set[int]:
        if headings not in self._years:
            texts = (chunk.text for chunk in self._chunks.get(headings, ()))
            self._years[headings] = set[int]().union(*map(leading_years, texts))
        return self._years[headings]


@dataclass(frozen=True)
class Sentence:
    """A sentence of a document and the years it speaks for."""

    span: Span
    before: Span | None
    """The sentence before it in its chunk."""
    years: frozenset[int]


def sentences_of(document: Document, chunk: Chunk, leads: Leads | None = None) -> Iterator[Sentence]:
    """Sentences of a chunk with the years they speak for; the clauses of one sentence share its years."""
    own = document.metadata.year
    noise = overlapping(document.noise, chunk.start, chunk.end)
    above = leads.above(chunk.headings) if leads is not None else set[int]()
    carried: set[int] = set()
    review: set[int] = set()
    paragraph: set[int] = set()
    before: Span | None = None
    rows = document.layout.rows
    governed = set[int]().union(*(named_years(heading, own) for heading in chunk.headings))
    for span in sentences(document.text, chunk.start, chunk.end, noise, rows):
        if any(n.start <= span.start and span.end <= n.end for n in noise):
            continue
        shown = visible(document.text, span, noise, rows)
        # Not the whole text before: that would be copied for every sentence.
        if document.text[max(0, span.start - NEAR) : span.start].rstrip()[-1:] not in "；;:：，,":
            carried = set()
        named = named_years(shown, own)
        if before is not None and "\n" in document.text[before.end : span.start]:
            paragraph = set()
        if named:
            # In a section about this year `去年价格上涨2.6%` opens nothing: the next sentence is about this year again.
            review = named if opens_review(shown) and (not governed or named <= governed) else set()
            paragraph = named if opens_paragraph(shown) else set()
        carried = named or carried or paragraph or review
        years = carried or spoken_years(shown, chunk.headings, own) | above
        if not carried and years <= {own}:
            years = years | set(document.metadata.years)
        yield Sentence(span, before, frozenset(years))
        before = span


def fits_years(question: Question, named: Named, document: Document, years: frozenset[int]) -> bool:
    """The sentence speaks of a year asked about; in a report that is named by its year, of any."""
    wanted = question.years
    by_name = document.id in named.documents and wanted <= named.years
    if not wanted or by_name:
        return True
    own = document.metadata.year
    if own is not None and years and max(years) < own and len(years) >= LONG_REVIEW and len(wanted) == 1:
        # What five years brought together is no figure of one of them.
        return SEVERAL_YEARS.search(question.text) is not None
    return bool(wanted & years)


def fits_name(named: Named, document: Document, text: str) -> bool:
    """The document is one that is named; where none bears the name, the sentence itself has it."""
    if named.documents:
        return document.id in named.documents
    return all(fold(name).strip("《》") in text for name in named.missing)


def asked_places(question: Question) -> list[Mention]:
    """The places asked about, without those that only say where another one lies (厦门市的海沧区)."""
    places = [m for m in question.places if EVENT.match(question.text, m.end) is None]
    codes = {place.code for mention in places for place in mention.candidates}
    parents = {a for mention in places for place in mention.candidates for a in place.ancestors if a in codes}
    return [m for m in places if not all(place.code in parents for place in m.candidates)] or places


def fits_place(mention: Mention, document: Document, headings: tuple[str, ...], shown: str) -> bool:
    """The document is about the place, or sentence or headings name it. A neighbour, a part or the whole is not it."""
    own = {place.code for place in document_places(document.metadata)[:1]}
    if own & {place.code for place in mention.candidates}:
        return True
    near = " ".join((document.title, *headings, shown))
    named = {place.code for found in find_places(near) for place in found.candidates}
    return any(place.code in named or short_name(place.name) in near for place in mention.candidates)
