"""From hits to the few sentences that can answer: score, check, choose.

Covered: how much of the question a sentence accounts for. Not covered: which years and places it speaks for (`fitting`),
wording an answer (`prompt`), proving it (`verify`), deciding to refuse (`refuse`).
"""

import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from index.query import Question
from index.search import Hit
from index.store import Store
from ingest.document import Document, Span
from ingest.places import Mention
from ingest.sections import HEADER_HEADING
from ingest.text import fold, visible
from server.answer.asking import (
    ASKS_NUMBER,
    ASKS_PENALTY,
    ASKS_RESPONSIBLE,
    asked_figures,
    asked_things,
    tells_other_part,
)
from server.answer.deciding import asks_reached, decides
from server.answer.fitting import Leads, Sentence, asked_places, fits_name, fits_place, fits_years, sentences_of
from server.answer.leadin import lead_in, punished
from server.answer.naming import Named
from server.answer.rarity import Rarity
from server.answer.result import Evidence
from server.answer.tense import asks_fact, asks_plan, tells_plan

PROMPT_SENTENCES = 5
PROMPT_CHARACTERS = 360
PART_CHARACTERS = 240
"""The same for one part of a comparison: its document is named, and there is another part to wait for."""
MOST_LISTS = 3
LONGEST_LIST = 1000
NEAR = 0.8
"""From this share of the best score on, a list with as many figures as are asked for comes first."""
RESPONSIBLE = re.compile(r"^[（(][^（）()]{2,80}[）)]$|责任单位|牵头|负责(?![制人])")
BRACKET = re.compile(r"^[（(][^（）()]{2,80}[）)][。；;]?$")
HAS_NUMBER = re.compile(r"[\d一二三四五六七八九十百千万亿两]")

SENTENCE_WEIGHT = 1.0
CONTEXT_WEIGHT = 0.5
COSINE_WEIGHT = 1.0
RANK_WEIGHT = 0.1
NUMBER_BONUS = 0.08
RESPONSIBLE_BONUS = 0.4
DECIDES_BONUS = 0.4
"""For a clause that allows, forbids or denies what is asked, times the share of the subject that it holds."""
TENSE_PENALTY = 0.2
"""A target where a result is asked for, or the other way round."""
HEADING_PENALTY = 0.15
"""A heading is shown with every sentence below it and rarely answers by itself."""


@dataclass(frozen=True)
class Candidate:
    """A sentence that may answer, with everything that later checks want to know of it."""

    evidence: Evidence
    shown: str
    """The sentence as it is read and proved: without noise, a table's row with its headers, an item behind what leads
    to it."""
    score: float
    coverage: float
    """Share of the question's subject, weighted by rarity, that stands in sentence, headings or title: 0 to 1."""
    direct: float
    """The same, counting the sentence alone."""
    cosine: float
    """Similarity of the question and the sentence's chunk, 0 where only words found it."""
    found_by: int
    """How many rankings found the sentence's chunk."""
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
    decides: float = 0.0
    """Share of the subject in the clause that decides a question of yes or no; 0 where none is asked or does."""

    @property
    def fits(self) -> bool:
        return self.fits_year and self.fits_place and self.fits_name and self.fits_tense

    @property
    def is_heading(self) -> bool:
        """Whether the sentence is a heading or the title, which is shown above others and tells nothing by itself."""
        bare = fold(self.shown).strip("#. ")
        return any(bare == fold(above).strip("#. ") for above in (self.evidence.title, *self.evidence.headings))

    @property
    def item(self) -> str:
        """`shown` without what leads to it."""
        return self.shown if self.lead is None else self.shown[len(" ".join(self.lead.text.split())) :]

    @property
    def cited(self) -> tuple[Evidence, ...]:
        return (self.evidence,) if self.lead is None else (self.lead, self.evidence)


def find_candidates(
    question: Question, hits: Sequence[Hit], store: Store, named: Named | None = None
) -> list[Candidate]:
    """Every sentence of the hits' chunks, the most promising first."""
    named = named or Named()
    asked = _Asked.of(question, named, Rarity(store, question.subject or question.words))
    documents = {hit.chunk.document_id: store.document(hit.chunk.document_id) for hit in hits}
    top = max((hit.cosine for hit in hits), default=0.0)
    leads = {document_id: store.kept(document_id, Leads) for document_id in documents} if question.years else {}
    found: dict[tuple[str, int], Candidate] = {}
    for hit in hits:
        document = documents[hit.chunk.document_id]
        prior = RANK_WEIGHT / hit.rank + COSINE_WEIGHT * (hit.cosine - top if hit.cosine else -0.05)
        for sentence in sentences_of(document, hit.chunk, leads.get(document.id)):
            span = sentence.span
            candidate = _candidate(asked, document, hit, sentence, prior)
            found.setdefault((document.id, span.start), candidate)
    if asked_things(question.text) > 1:
        _complete_lists(asked, found, hits, store)
    return sorted(found.values(), key=lambda c: (-c.fits, -c.score, c.evidence.start))


def _complete_lists(
    asked: "_Asked", found: dict[tuple[str, int], Candidate], hits: Sequence[Hit], store: Store
) -> None:
    """Add the items that search did not find of the lists whose items are the best: each asked thing may be another."""
    best = [c for c in sorted(found.values(), key=lambda c: -c.score) if c.fits and c.lead is not None]
    leads = {(c.lead.document_id, c.lead.start): c.lead for c in best if c.lead is not None}
    for lead in list(leads.values())[:MOST_LISTS]:
        document = store.document(lead.document_id)
        hit = next(hit for hit in hits if hit.chunk.document_id == document.id)
        chunks = store.document_chunks(document.id)
        first = bisect_left(chunks, lead.start, key=lambda chunk: chunk.start)
        last = bisect_left(chunks, lead.end + LONGEST_LIST, lo=first, key=lambda chunk: chunk.start)
        for chunk in chunks[first:last]:
            for sentence in sentences_of(document, chunk):
                place = (document.id, sentence.span.start)
                if place not in found:
                    item = _candidate(asked, document, replace(hit, chunk=chunk), sentence, 0.0)
                    if item.lead is not None and item.lead.start == lead.start:
                        found[place] = item


@dataclass(frozen=True)
class _Asked:
    """What is the same for all sentences of one question."""

    question: Question
    named: Named
    rarity: Rarity
    places: Sequence[Mention]
    number: bool
    responsible: bool
    penalty: bool
    plan: bool
    fact: bool

    @staticmethod
    def of(question: Question, named: Named, rarity: Rarity) -> "_Asked":
        text = question.text
        return _Asked(
            question,
            named,
            rarity,
            asked_places(question),
            bool(ASKS_NUMBER.search(text)),
            bool(ASKS_RESPONSIBLE.search(text)),
            bool(ASKS_PENALTY.search(text)),
            asks_plan(text) and not asks_reached(text),
            asks_fact(text) or asks_reached(text),
        )


def _candidate(asked: _Asked, document: Document, hit: Hit, found: Sentence, prior: float) -> Candidate:
    headings, span, years = hit.chunk.headings, found.span, found.years
    lead = (punished(document.text, span) if asked.penalty else None) or lead_in(document.text, span)
    item = _read(document, span)
    shown = item if lead is None else _read(document, lead) + item
    sentence = fold(shown)
    context = fold(" ".join((document.title, *headings)))
    direct, coverage = asked.rarity.share(sentence), asked.rarity.share(sentence + " " + context)
    # A bracket that names who is responsible speaks for its whole section, so its headings count in full.
    responsible = asked.responsible and bool(RESPONSIBLE.search(shown))
    context_weight = SENTENCE_WEIGHT if responsible else CONTEXT_WEIGHT
    score = SENTENCE_WEIGHT * direct + context_weight * (coverage - direct) + prior
    score += RESPONSIBLE_BONUS if responsible else 0.0
    if fold(shown).rstrip(".") in map(fold, headings):
        score -= HEADING_PENALTY
    if asked.number and HAS_NUMBER.search(shown):
        score += NUMBER_BONUS
    decided = decides(asked.question.text, shown[: -len(item)], item, asked.rarity)
    score += DECIDES_BONUS * decided
    own = document.metadata.year
    looks_back = own is not None and bool(years) and max(years) < own
    announces = own is not None and own in years and tells_plan(shown, document.title)
    # What speaks of the year before as well (2019年和今年以来) is no plan for its title alone.
    is_plan = announces and (min(years) == own or tells_plan(shown, ""))
    if asked.question.years and ((asked.plan and looks_back) or (not asked.plan and announces)):
        score -= TENSE_PENALTY
    return Candidate(
        # `(基建办)` alone shows nobody what it is responsible for.
        evidence=_cut(
            document, headings, Span(found.before.start, span.end) if BRACKET.match(shown) and found.before else span
        ),
        lead=None if lead is None else _cut(document, headings, lead),
        shown=shown,
        score=score,
        coverage=coverage,
        direct=direct,
        cosine=hit.cosine,
        found_by=len(hit.found_by),
        years=years,
        own_year=own,
        of_place=bool(document.metadata.places),
        fits_year=fits_years(asked.question, asked.named, document, years),
        fits_place=all(fits_place(mention, document, headings, shown) for mention in asked.places),
        fits_name=fits_name(asked.named, document, sentence + context),
        fits_tense=not (asked.question.years and asked.fact and is_plan),
        decides=decided,
    )


def _read(document: Document, span: Span) -> str:
    return " ".join(visible(document.text, span, document.noise, document.layout.rows).split())


def _cut(document: Document, headings: tuple[str, ...], span: Span) -> Evidence:
    return Evidence(document.id, document.title, headings, span.start, span.end, document.text[span.start : span.end])


def choose(question: Question, candidates: Sequence[Candidate], most: int = PROMPT_CHARACTERS) -> list[Candidate]:
    """The few sentences that the model reads: the best that fit, up to `most` characters.

    Not a part of a whole that is asked about. Of brackets that name who is responsible only those of the best one's
    section: the others belong to other tasks.
    """
    asks_responsible = ASKS_RESPONSIBLE.search(question.text) is not None
    chosen: list[Candidate] = []
    length = 0
    for candidate in _each_first(question, candidates):
        if not candidate.fits or candidate.evidence.headings == (HEADER_HEADING,):
            continue
        if tells_other_part(candidate.shown, question.text):
            continue
        # What leads to several items is read once.
        is_next = bool(chosen) and candidate.lead is not None and candidate.lead == chosen[-1].lead
        read = len(candidate.item if is_next else candidate.shown)
        if chosen and (length + read > most or len(chosen) == PROMPT_SENTENCES):
            continue
        if chosen and candidate.score < chosen[0].score * 0.4:
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


def _each_first(question: Question, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
    """Where a figure of each of several things is asked, the list or section of the best ones first that tells enough."""
    things = asked_things(question.text)
    if things < 2:
        return candidates
    fitting = [c for c in candidates if c.fits and c.evidence.headings != (HEADER_HEADING,)]
    holding = [c for c in fitting if asked_figures(c.item, question)]
    lists = [telling_each(c, holding, question) for c in holding if c.score >= NEAR * holding[0].score]
    told = [len({f for c in beside for f in asked_figures(c.item, question)}) >= things for beside in lists]
    first = next((beside for beside, enough in zip(lists, told, strict=True) if enough), lists[0] if lists else [])
    return [*first, *(c for c in candidates if c not in first)]
