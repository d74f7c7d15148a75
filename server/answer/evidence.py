"""From hits to the few sentences that can answer: read, check, choose.

Measures each sentence: what the reader (`server.reader`) makes of it, how much of the question it covers. Not covered: how
likely that makes it (`ranking`), years and places (`fitting`), what is quoted (`quoting`), refusal (`refuse`).
"""

import math
import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from index.query import Question
from index.search import Hit
from index.store import Store
from ingest.document import Document, Span
from ingest.places import Mention
from ingest.sections import HEADER_HEADING
from ingest.text import fold, visible
from server.answer.asking import (
    ASKS_PENALTY,
    ASKS_RESPONSIBLE,
    ASKS_TIME,
    asked_figures,
    asked_things,
    asks_figure,
    holds_asked_figure,
    tells_other_part,
)
from server.answer.fitting import Leads, Sentence, asked_places, fits_name, fits_place, fits_years, sentences_of
from server.answer.leadin import lead_in, passage, punished
from server.answer.naming import Named
from server.answer.ranking import Ranking, ranking
from server.answer.rarity import Rarity
from server.answer.result import Evidence
from server.answer.tense import asks_fact, asks_reached, tells_plan
from server.reader.reader import Reader

MOST_SENTENCES = 5
MOST_CHARACTERS = 360
PART_CHARACTERS = 240
"""The same for one part of a comparison: its document is named, and there is another part to wait for."""
MOST_LISTS = 3
LONGEST_LIST = 1000
FAR = 0.02
"""Sentences below this share of the best one's probability are not chosen."""
NEAR = 0.2
"""From this share of the best one's probability on, a list with as many figures as are asked for comes first."""
RESPONSIBLE = re.compile(r"^[（(][^（）()]{2,80}[）)]$|责任单位|牵头|负责(?![制人])")
BRACKET = re.compile(r"^[（(][^（）()]{2,80}[）)][。；;]?$")
LEAST_RELEVANCE, FARTHEST_BEHIND = -12.0, 12.0
"""Log-odds beyond which nothing is told apart."""
COMPLETE = 0.98
"""Coverage from which on no word of the subject is missing."""


@dataclass(frozen=True)
class Candidate:
    """A sentence that may answer, with everything that later checks want to know of it."""

    evidence: Evidence
    shown: str
    """The sentence as it is read and proved: without noise, a table's row with its headers, an item behind what leads
    to it."""
    score: float
    """The probability that, of all that were found, this is the sentence that tells what is asked (`ranking`)."""
    relevance: float
    """The logarithm of the odds that its passage answers, by the reader."""
    behind: float
    """By how much the reader's log-odds that it tells the answer stand below those of its passage's best sentence."""
    coverage: float
    """Share of the question's subject, weighted by rarity, that stands in sentence, headings or title: 0 to 1."""
    direct: float
    """The same, counting the sentence alone."""
    figure: bool
    """Whether a figure or a time is asked for and it holds one of that kind."""
    cosine: float
    """Similarity of the question and the sentence's chunk, 0 where only words found it."""
    found_by: int
    """How many rankings found the sentence's chunk."""
    rank: int
    """Of the sentence's chunk in the search, from 1 on."""
    years: frozenset[int]
    own_year: int | None
    """The document's own year."""
    of_place: bool
    """Whether its document is about one place."""
    fits_year: bool
    fits_place: bool
    fits_name: bool = True
    """False where the question names a document that this is not."""
    lead: Evidence | None = None
    """What leads to an item of a list; cited with it."""
    fits_tense: bool = True
    """False where a result is asked for and this is a plan."""

    @property
    def fits(self) -> bool:
        return self.fits_year and self.fits_place and self.fits_name and self.fits_tense

    @property
    def measured(self) -> dict[str, float]:
        """What `ranking` weighs, each about 0 to 4."""
        return {
            "relevance": max(self.relevance, LEAST_RELEVANCE) / 4,
            "behind": min(self.behind, FARTHEST_BEHIND) / 4,
            "found_by": self.found_by,
            "rank": 1 / self.rank,
            "coverage": self.coverage,
            "complete": float(self.coverage >= COMPLETE),
            "direct": self.direct,
            "figure": float(self.figure),
            "year": float(self.fits_year),
        }

    @property
    def item(self) -> str:
        """`shown` without what leads to it."""
        return self.shown if self.lead is None else self.shown[len(" ".join(self.lead.text.split())) :]

    @property
    def cited(self) -> tuple[Evidence, ...]:
        return (self.evidence,) if self.lead is None else (self.lead, self.evidence)


def find_candidates(
    question: Question, hits: Sequence[Hit], store: Store, reader: Reader, named: Named | None = None
) -> list[Candidate]:
    """Every sentence of the hits' chunks, the most promising first."""
    named = named or Named()
    asked = _Asked.of(question, named, Rarity(store, question.subject or question.words))
    documents = {hit.chunk.document_id: store.document(hit.chunk.document_id) for hit in hits}
    leads = {document_id: store.kept(document_id, Leads) for document_id in documents} if question.years else {}
    found: dict[tuple[str, int], Candidate] = {}
    for hit, read in zip(hits, _read_hits(question, hits, documents, reader), strict=True):
        document = documents[hit.chunk.document_id]
        for sentence in sentences_of(document, hit.chunk, leads.get(document.id)):
            candidate = _candidate(asked, document, hit, sentence, read)
            found.setdefault((document.id, sentence.span.start), candidate)
    if asked_things(question.text) > 1:
        _complete_lists(asked, found, hits, store, reader)
    return scored(list(found.values()))


def scored(candidates: Sequence[Candidate], ranks: Ranking | None = None) -> list[Candidate]:
    """The candidates with their scores among each other, by the weights that ship or others: those that fit first, the
    likeliest first."""
    probabilities = (ranks or ranking()).probabilities([c.measured for c in candidates])
    told = (replace(c, score=p) for c, p in zip(candidates, probabilities, strict=True))
    return sorted(told, key=lambda c: (-c.fits, -c.score, c.evidence.start))


@dataclass(frozen=True)
class _Read:
    """What the reader makes of a chunk: log-odds of its relevance, and of its sentences by their start in the document."""

    relevance: float
    sentences: Mapping[int, float]

    def behind(self, start: int) -> float:
        """Of the sentence that begins at `start`, see Candidate; of one that was not read, infinite."""
        own = self.sentences.get(start, -math.inf)
        return max(self.sentences.values()) - own if math.isfinite(own) else math.inf


def _read_hits(
    question: Question, hits: Sequence[Hit], documents: Mapping[str, Document], reader: Reader
) -> Iterator[_Read]:
    passages = [passage(documents[hit.chunk.document_id], hit.chunk) for hit in hits]
    for read, reading in zip(passages, reader.read(question.text, passages), strict=True):
        starts = (piece.span.start for piece in read.pieces)
        yield _Read(reading.relevance, dict(zip(starts, reading.pieces, strict=True)))


def _complete_lists(
    asked: "_Asked", found: dict[tuple[str, int], Candidate], hits: Sequence[Hit], store: Store, reader: Reader
) -> None:
    """Add the items that search did not find of the lists whose items are the best: each asked thing may be another."""
    best = [c for c in scored(list(found.values())) if c.fits and c.lead is not None]
    leads = {(c.lead.document_id, c.lead.start): c.lead for c in best if c.lead is not None}
    read = {(hit.chunk.document_id, hit.chunk.start) for hit in hits}
    for lead in list(leads.values())[:MOST_LISTS]:
        document = store.document(lead.document_id)
        hit = next(hit for hit in hits if hit.chunk.document_id == document.id)
        chunks = store.document_chunks(document.id)
        first = bisect_left(chunks, lead.start, key=lambda chunk: chunk.start)
        last = bisect_left(chunks, lead.end + LONGEST_LIST, lo=first, key=lambda chunk: chunk.start)
        around = [replace(hit, chunk=chunk, rank=len(hits) + 1, found_by=(), cosine=0.0)
                  for chunk in chunks[first:last] if (document.id, chunk.start) not in read]  # fmt: skip
        told = _read_hits(asked.question, around, {document.id: document}, reader)
        for near, reading in zip(around, told, strict=True):
            for sentence in sentences_of(document, near.chunk):
                place = (document.id, sentence.span.start)
                if place not in found:
                    item = _candidate(asked, document, near, sentence, reading)
                    if item.lead is not None and item.lead.start == lead.start:
                        found[place] = item


@dataclass(frozen=True)
class _Asked:
    """What is the same for all sentences of one question."""

    question: Question
    named: Named
    rarity: Rarity
    places: Sequence[Mention]
    penalty: bool
    fact: bool
    figure: bool

    @staticmethod
    def of(question: Question, named: Named, rarity: Rarity) -> "_Asked":
        text = question.text
        return _Asked(
            question,
            named,
            rarity,
            asked_places(question),
            bool(ASKS_PENALTY.search(text)),
            asks_fact(text) or asks_reached(text),
            asks_figure(text) or bool(ASKS_TIME.search(text)),
        )


def _candidate(asked: _Asked, document: Document, hit: Hit, found: Sentence, read: _Read) -> Candidate:
    headings, span, years = hit.chunk.headings, found.span, found.years
    lead = (punished(document.text, span) if asked.penalty else None) or lead_in(document.text, span)
    item = _read(document, span)
    shown = item if lead is None else _read(document, lead) + item
    sentence = fold(shown)
    context = fold(" ".join((document.title, *headings)))
    direct, coverage = asked.rarity.share(sentence), asked.rarity.share(sentence + " " + context)
    own = document.metadata.year
    announces = own is not None and own in years and tells_plan(shown, document.title)
    # What speaks of the year before as well (2019年和今年以来) is no plan for its title alone.
    is_plan = announces and (min(years) == own or tells_plan(shown, ""))
    return Candidate(
        # `(基建办)` alone shows nobody what it is responsible for.
        evidence=_cut(
            document, headings, Span(found.before.start, span.end) if BRACKET.match(shown) and found.before else span
        ),
        lead=None if lead is None else _cut(document, headings, lead),
        shown=shown,
        score=0.0,
        relevance=read.relevance,
        behind=read.behind(span.start),
        coverage=coverage,
        direct=direct,
        figure=asked.figure and holds_asked_figure(shown, asked.question),
        cosine=hit.cosine,
        found_by=len(hit.found_by),
        rank=hit.rank,
        years=years,
        own_year=own,
        of_place=bool(document.metadata.places),
        fits_year=fits_years(asked.question, asked.named, document, years),
        fits_place=all(fits_place(mention, document, headings, shown) for mention in asked.places),
        fits_name=fits_name(asked.named, document, sentence + context),
        fits_tense=not (asked.question.years and asked.fact and is_plan),
    )


def _read(document: Document, span: Span) -> str:
    return " ".join(visible(document.text, span, document.noise, document.layout.rows).split())


def _cut(document: Document, headings: tuple[str, ...], span: Span) -> Evidence:
    return Evidence(document.id, document.title, headings, span.start, span.end, document.text[span.start : span.end])


def choose(question: Question, candidates: Sequence[Candidate], most: int = MOST_CHARACTERS) -> list[Candidate]:
    """The few sentences that are quoted or read by the model: the best that fit, up to `most` characters.

    Not a part of a whole that is asked about. Of brackets that name who is responsible only those of the best one's
    section: the others belong to other tasks.
    """
    asks_responsible = ASKS_RESPONSIBLE.search(question.text) is not None
    chosen: list[Candidate] = []
    length = 0
    together = _each_together(question, candidates)
    for candidate in (*together, *(c for c in candidates if c not in together)):
        if not candidate.fits or candidate.evidence.headings == (HEADER_HEADING,):
            continue
        if tells_other_part(candidate.shown, question.text):
            continue
        # What leads to several items is read once.
        is_next = bool(chosen) and candidate.lead is not None and candidate.lead == chosen[-1].lead
        read = len(candidate.item if is_next else candidate.shown)
        if chosen and (length + read > most or len(chosen) == MOST_SENTENCES):
            continue
        if chosen and candidate not in together and candidate.score < max(c.score for c in chosen) * FAR:
            break
        is_other_task = chosen and candidate.evidence.headings != chosen[0].evidence.headings
        if asks_responsible and is_other_task and RESPONSIBLE.search(candidate.shown):
            continue
        chosen.append(candidate)
        length += read
    return chosen


def telling_each(first: Candidate, others: Sequence[Candidate], question: Question) -> list[Candidate]:
    """`first` where it holds a figure for each of the things asked about; else with those of `others` that hold one
    and are items of its list, or stand in its section, in the document's order."""
    holding = [other for other in others if asked_figures(other.item, question)]
    if len(asked_figures(first.item, question)) >= asked_things(question.text):
        return [first]
    return sorted((c for c in holding if _is_beside(first, c)), key=lambda c: c.evidence.start)


def _is_beside(first: Candidate, other: Candidate) -> bool:
    if first.evidence.document_id != other.evidence.document_id:
        return False
    if first.lead is None or other.lead is None:
        return first.lead is other.lead and first.evidence.headings == other.evidence.headings
    return first.lead.start == other.lead.start


def _each_together(question: Question, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Where a figure of each of several things is asked, the list or section of the best ones that tells enough."""
    things = asked_things(question.text)
    if things < 2:
        return ()
    fitting = [c for c in candidates if c.fits and c.evidence.headings != (HEADER_HEADING,)]
    holding = [c for c in fitting if asked_figures(c.item, question)]
    lists = [telling_each(c, holding, question) for c in holding if c.score >= NEAR * holding[0].score]
    told = [len({f for c in beside for f in asked_figures(c.item, question)}) >= things for beside in lists]
    return next((beside for beside, enough in zip(lists, told, strict=True) if enough), lists[0] if lists else ())
