"""From hits to the few sentences that can answer: split, score, check year and place, choose.

Covered: which years and places a sentence speaks for, how much of the question it accounts for.
Not covered: wording an answer (`prompt`), proving it (`verify`), deciding to refuse (`refuse`).
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.query import Question
from index.search import Hit, document_places
from index.store import Store
from index.synonyms import others
from ingest.document import Chunk, Document, Span
from ingest.places import Mention, find_places, short_name
from ingest.sections import HEADER_HEADING
from ingest.text import fold, overlapping, sentences, visible
from ingest.years import leading_years, named_years, opens_review, spoken_years
from server.answer.leadin import lead_in
from server.answer.naming import Named
from server.answer.result import Evidence
from server.answer.tense import asks_fact, asks_plan, tells_plan

PROMPT_SENTENCES = 5
PROMPT_CHARACTERS = 360
ASKS_NUMBER = re.compile(r"几|多少|第几|百分之|比例|率(?:要|是|达|目标|为)?")
ASKS_RESPONSIBLE = re.compile(
    r"(?:哪个|哪些|什么|由谁|谁)(?:部门|单位|科室|机构)?.{0,4}(?:负责|牵头)|负责(?:部门|单位|人)|责任(?:部门|单位)|牵头(?:部门|单位|的)|(?:哪个|哪些)(?:部门|单位|科室)"
)
RESPONSIBLE = re.compile(r"^[（(][^（）()]{2,80}[）)]$|责任单位|牵头|负责(?![制人])")
BRACKET = re.compile(r"^[（(][^（）()]{2,80}[）)][。；;]?$")
HAS_NUMBER = re.compile(r"[\d一二三四五六七八九十百千万亿两]")

LONG_REVIEW = 4
SEVERAL_YEARS = re.compile(r"[三四五两几]年|累计|以来|期间|时期|总共")
ALIKE = 0.9
"""Presence of a word of which another form stands there."""
HALF = 0.3
"""Presence from which a compound counts as there: half of its pairs."""
SENTENCE_WEIGHT = 1.0
CONTEXT_WEIGHT = 0.5
COSINE_WEIGHT = 1.0
RANK_WEIGHT = 0.1
NUMBER_BONUS = 0.08
RESPONSIBLE_BONUS = 0.4
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

    @property
    def tells_result(self) -> bool:
        """Whether the document looks back on the years of which the sentence speaks."""
        return self.own_year is not None and bool(self.years) and max(self.years) < self.own_year


class Rarity:
    """How much each word of a question tells: BM25's inverse document frequency over chunks."""

    def __init__(self, store: Store, subject: Sequence[str]) -> None:
        total = store.count_chunks()
        counts = store.chunk_counts(subject)
        self.weights = {w: math.log(1 + (total - counts[w] + 0.5) / (counts[w] + 0.5)) for w in subject}

    def share(self, text: str) -> float:
        """Share of the words' weight that stands in folded `text`; a compound counts by its parts."""
        whole = sum(self.weights.values())
        if not whole:
            return 0.0
        return sum(weight * _presence(word, text) for word, weight in self.weights.items()) / whole

    def missing(self, text: str) -> float:
        """Weight of the rarest word that folded `text` lacks, against the rarest of all."""
        lacking = (weight for word, weight in self.weights.items() if _presence(word, text) < HALF)
        return max(lacking, default=0.0) / (max(self.weights.values(), default=0.0) or 1.0)


def _presence(word: str, text: str) -> float:
    if word in text:
        return 1.0
    if any(other in text for other in others(word)):
        return ALIKE
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    return 0.6 * sum(pair in text for pair in pairs) / len(pairs) if len(pairs) > 1 else 0.0


def find_candidates(
    question: Question, hits: Sequence[Hit], store: Store, named: Named | None = None
) -> list[Candidate]:
    """Every sentence of the hits' chunks, the most promising first."""
    named = named or Named()
    asked = _Asked.of(question, named, Rarity(store, question.subject or question.words))
    documents = {hit.chunk.document_id: store.document(hit.chunk.document_id) for hit in hits}
    top = max((hit.cosine for hit in hits), default=0.0)
    leads = {document_id: _leads(document_id, store) for document_id in documents} if question.years else {}
    found: dict[tuple[str, int], Candidate] = {}
    for hit in hits:
        document = documents[hit.chunk.document_id]
        prior = RANK_WEIGHT / hit.rank + COSINE_WEIGHT * (hit.cosine - top if hit.cosine else -0.05)
        for sentence in _sentences(document, hit.chunk, leads.get(document.id, {})):
            span = sentence.span
            candidate = _candidate(asked, document, hit, sentence, prior)
            found.setdefault((document.id, span.start), candidate)
    return sorted(found.values(), key=lambda c: (-c.fits, -c.score, c.evidence.start))


@dataclass(frozen=True)
class _Asked:
    """What is the same for all sentences of one question."""

    question: Question
    named: Named
    rarity: Rarity
    places: Sequence[Mention]
    number: bool
    responsible: bool
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
            asks_plan(text),
            asks_fact(text),
        )

    def fits_years(self, document: Document, years: frozenset[int]) -> bool:
        """The sentence speaks of a year asked about; in a report that is named by its year, of any."""
        wanted = self.question.years
        by_name = document.id in self.named.documents and wanted <= self.named.years
        if not wanted or by_name:
            return True
        own = document.metadata.year
        if own is not None and years and max(years) < own and len(years) >= LONG_REVIEW and len(wanted) == 1:
            # What five years brought together is no figure of one of them.
            return SEVERAL_YEARS.search(self.question.text) is not None
        return bool(wanted & years)

    def fits_name(self, document: Document, text: str) -> bool:
        """The document is one that is named; where none bears the name, the sentence itself has it."""
        if self.named.documents:
            return document.id in self.named.documents
        return all(fold(name).strip("《》") in text for name in self.named.missing)


def _leads(document_id: str, store: Store) -> dict[tuple[str, ...], set[int]]:
    """Years that open the text under a heading govern what stands below it."""
    found: dict[tuple[str, ...], set[int]] = {}
    for chunk in store.document_chunks(document_id):
        found.setdefault(chunk.headings, set()).update(leading_years(chunk.text))
    return found


@dataclass(frozen=True)
class _Sentence:
    span: Span
    before: Span | None
    """The sentence before it in its chunk."""
    years: frozenset[int]


def _sentences(document: Document, chunk: Chunk, leads: dict[tuple[str, ...], set[int]]) -> Iterator[_Sentence]:
    """Sentences of a chunk with the years they speak for; the clauses of one sentence share its years."""
    own = document.metadata.year
    noise = overlapping(document.noise, chunk.start, chunk.end)
    above = set[int]().union(*(leads.get(chunk.headings[:i], set()) for i in range(1, len(chunk.headings))))
    carried: set[int] = set()
    review: set[int] = set()
    before: Span | None = None
    rows = document.layout.rows
    for span in sentences(document.text, chunk.start, chunk.end, noise, rows):
        if any(n.start <= span.start and span.end <= n.end for n in noise):
            continue
        shown = visible(document.text, span, noise, rows)
        if document.text[: span.start].rstrip()[-1:] not in "；;:：，,":
            carried = set()
        named = named_years(shown, own)
        if named:
            review = named if opens_review(shown) else set()
        carried = named or carried or review
        years = carried or spoken_years(shown, chunk.headings, own) | above
        if not carried and years <= {own}:
            years = years | set(document.metadata.years)
        yield _Sentence(span, before, frozenset(years))
        before = span


def _candidate(asked: _Asked, document: Document, hit: Hit, found: _Sentence, prior: float) -> Candidate:
    headings, span, years = hit.chunk.headings, found.span, found.years
    lead = lead_in(document.text, span)
    shown = "".join(_read(document, part) for part in (lead, span) if part is not None)
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
    own = document.metadata.year
    looks_back = own is not None and bool(years) and max(years) < own
    announces = own is not None and own in years and tells_plan(shown)
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
        fits_year=asked.fits_years(document, years),
        fits_place=all(_fits_place(mention, document, headings, shown) for mention in asked.places),
        fits_name=asked.fits_name(document, sentence + context),
        fits_tense=not (asked.question.years and asked.fact and announces),
    )


def _read(document: Document, span: Span) -> str:
    return " ".join(visible(document.text, span, document.noise, document.layout.rows).split())


def _cut(document: Document, headings: tuple[str, ...], span: Span) -> Evidence:
    return Evidence(document.id, document.title, headings, span.start, span.end, document.text[span.start : span.end])


def asked_places(question: Question) -> list[Mention]:
    """The places asked about, without those that only say where another one lies (厦门市的海沧区)."""
    codes = {place.code for mention in question.places for place in mention.candidates}
    parents = {a for mention in question.places for place in mention.candidates for a in place.ancestors if a in codes}
    return [m for m in question.places if not all(place.code in parents for place in m.candidates)] or list(
        question.places
    )


def _fits_place(mention: Mention, document: Document, headings: tuple[str, ...], shown: str) -> bool:
    """The document is about the place, or sentence or headings name it. A neighbour, a part or the whole is not it."""
    own = {place.code for place in document_places(document.metadata)[:1]}
    if own & {place.code for place in mention.candidates}:
        return True
    near = " ".join((document.title, *headings, shown))
    named = {place.code for found in find_places(near) for place in found.candidates}
    return any(place.code in named or short_name(place.name) in near for place in mention.candidates)


def choose(question: Question, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The few sentences that the model reads: the best that fit, up to PROMPT_CHARACTERS.

    Of brackets that name who is responsible only those of the best one's section: the others belong to other tasks.
    """
    asks_responsible = ASKS_RESPONSIBLE.search(question.text) is not None
    chosen: list[Candidate] = []
    length = 0
    for candidate in candidates:
        if not candidate.fits or candidate.evidence.headings == (HEADER_HEADING,):
            continue
        if chosen and (length + len(candidate.shown) > PROMPT_CHARACTERS or len(chosen) == PROMPT_SENTENCES):
            continue
        if chosen and candidate.score < chosen[0].score * 0.4:
            break
        is_other_task = chosen and candidate.evidence.headings != chosen[0].evidence.headings
        if asks_responsible and is_other_task and RESPONSIBLE.search(candidate.shown):
            continue
        chosen.append(candidate)
        length += len(candidate.shown)
    return chosen
