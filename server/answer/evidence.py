"""From hits to the few sentences that can answer: split, score, check year and place, choose.

Covered: which years and places a sentence speaks for, how much of the question it accounts for.
Not covered: wording an answer (`prompt`), proving it (`verify`), deciding to refuse (`refuse`).
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.lexical import words
from index.query import Question
from index.search import Hit, document_places
from index.store import Store
from ingest.document import Chunk, Document, Field, Span
from ingest.places import Mention, find_places, short_name
from ingest.sections import HEADER_HEADING
from ingest.text import fold, overlapping, sentences, visible
from ingest.years import leading_years, named_years, spoken_years
from server.answer.result import Evidence

PROMPT_SENTENCES = 5
PROMPT_CHARACTERS = 360
ASKS_NUMBER = re.compile(r"几|多少|第几|百分之|比例|率(?:要|是|达|目标|为)?")
ASKS_RESPONSIBLE = re.compile(
    r"(?:哪个|哪些|什么|由谁|谁)(?:部门|单位|科室|机构)?.{0,4}(?:负责|牵头)|负责(?:部门|单位|人)|责任(?:部门|单位)|牵头(?:部门|单位|的)|(?:哪个|哪些)(?:部门|单位|科室)"
)
RESPONSIBLE = re.compile(r"^[（(][^（）()]{2,80}[）)]$|责任单位|牵头|负责(?![制人])")
HAS_NUMBER = re.compile(r"[\d一二三四五六七八九十百千万亿两]")

SENTENCE_WEIGHT = 1.0
CONTEXT_WEIGHT = 0.5
COSINE_WEIGHT = 1.0
RANK_WEIGHT = 0.1
NUMBER_BONUS = 0.08
RESPONSIBLE_BONUS = 0.4
HEADING_PENALTY = 0.15
"""A heading is shown with every sentence below it and rarely answers by itself."""


@dataclass(frozen=True)
class Candidate:
    """A sentence that may answer, with everything that later checks want to know of it."""

    evidence: Evidence
    shown: str
    """The sentence without noise, a table's row with its headers, as the model and the user read it."""
    score: float
    coverage: float
    """Share of the question's subject, weighted by rarity, that stands in sentence, headings or title: 0 to 1."""
    direct: float
    """The same, counting the sentence alone."""
    cosine: float
    """Similarity of the question and the sentence's chunk, 0 where only words found it."""
    years: frozenset[int]
    fits_year: bool
    fits_place: bool

    @property
    def fits(self) -> bool:
        return self.fits_year and self.fits_place


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


def _presence(word: str, text: str) -> float:
    if word in text:
        return 1.0
    pairs = [word[i : i + 2] for i in range(len(word) - 1)]
    return 0.6 * sum(pair in text for pair in pairs) / len(pairs) if len(pairs) > 1 else 0.0


def find_candidates(question: Question, hits: Sequence[Hit], store: Store) -> list[Candidate]:
    """Every sentence of the hits' chunks, the most promising first."""
    rarity = Rarity(store, question.subject or question.words)
    documents = {hit.chunk.document_id: store.document(hit.chunk.document_id) for hit in hits}
    top = max((hit.cosine for hit in hits), default=0.0)
    leads = {document_id: _leads(document_id, store) for document_id in documents} if question.years else {}
    found: dict[tuple[str, int], Candidate] = {}
    for hit in hits:
        document = documents[hit.chunk.document_id]
        prior = RANK_WEIGHT / hit.rank + COSINE_WEIGHT * (hit.cosine - top if hit.cosine else -0.05)
        for span, years in _sentences(document, hit.chunk, leads.get(document.id, {})):
            candidate = _candidate(question, document, hit, span, years, prior, rarity)
            found.setdefault((document.id, span.start), candidate)
    return sorted(found.values(), key=lambda c: (-c.fits, -c.score, c.evidence.start))


def _leads(document_id: str, store: Store) -> dict[tuple[str, ...], set[int]]:
    """Years that open the text under a heading govern what stands below it."""
    found: dict[tuple[str, ...], set[int]] = {}
    for chunk in store.document_chunks(document_id):
        found.setdefault(chunk.headings, set()).update(leading_years(chunk.text))
    return found


def _sentences(
    document: Document, chunk: Chunk, leads: dict[tuple[str, ...], set[int]]
) -> Iterator[tuple[Span, frozenset[int]]]:
    """Sentences of a chunk with the years they speak for; the clauses of one sentence share its years."""
    own = document.metadata.year
    noise = overlapping(document.noise, chunk.start, chunk.end)
    above = set[int]().union(*(leads.get(chunk.headings[:i], set()) for i in range(1, len(chunk.headings))))
    carried: set[int] = set()
    rows = document.layout.rows
    for span in sentences(document.text, chunk.start, chunk.end, noise, rows):
        if any(n.start <= span.start and span.end <= n.end for n in noise):
            continue
        shown = visible(document.text, span, noise, rows)
        if document.text[: span.start].rstrip()[-1:] not in "；;:：":
            carried = set()
        named = named_years(shown, own)
        carried = named or carried
        years = carried or spoken_years(shown, chunk.headings, own) | above | set(document.metadata.years)
        yield span, frozenset(years)


def _candidate(
    question: Question,
    document: Document,
    hit: Hit,
    span: Span,
    years: frozenset[int],
    prior: float,
    rarity: Rarity,
) -> Candidate:
    headings = hit.chunk.headings
    shown = " ".join(visible(document.text, span, document.noise, document.layout.rows).split())
    sentence = fold(shown)
    context = fold(" ".join((document.title, *headings)))
    direct, coverage = rarity.share(sentence), rarity.share(sentence + " " + context)
    # A bracket that names who is responsible speaks for its whole section, so its headings count in full.
    responsible = bool(ASKS_RESPONSIBLE.search(question.text) and RESPONSIBLE.search(shown))
    context_weight = SENTENCE_WEIGHT if responsible else CONTEXT_WEIGHT
    score = SENTENCE_WEIGHT * direct + context_weight * (coverage - direct) + prior
    score += RESPONSIBLE_BONUS if responsible else 0.0
    if fold(shown).rstrip(".") in map(fold, headings):
        score -= HEADING_PENALTY
    if ASKS_NUMBER.search(question.text) and HAS_NUMBER.search(shown):
        score += NUMBER_BONUS
    text = document.text[span.start : span.end]
    return Candidate(
        evidence=Evidence(document.id, document.title, headings, span.start, span.end, text),
        shown=shown,
        score=score,
        coverage=coverage,
        direct=direct,
        cosine=hit.cosine,
        years=years,
        fits_year=not question.years or bool(question.years & years),
        fits_place=all(_fits_place(mention, document, headings, shown) for mention in asked_places(question)),
    )


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


# -- the document's card --------------------------------------------------------------------------------------

CARD_FIELDS = (
    ("文号", re.compile(r"文号|发文字号|公文字号|什么字号")),
    ("索引号", re.compile(r"索引号")),
    ("发布机构", re.compile(r"(?:发布|发文|印发|制定|制发)(?:机构|机关|单位|部门)|(?:由)?(?:谁|哪个(?:机构|机关|单位|部门|局))(?:发布|印发|制定|发文|发的|印的)")),
    ("日期", re.compile(r"(?:发布|成文|生成|公布|印发|公开|发文|施行|生效|落款)(?:的)?(?:日期|时间|于哪|是哪)|(?:什么时候|何时|哪天|哪一天|几月几日|几号).{0,6}(?:发布|成文|生成|公布|印发|公开|发文|发的|出台)|(?:发布|印发|公布|成文)(?:的)?(?:是)?(?:什么时候|哪天|何时|日期|时间)")),
)  # fmt: skip
CARD_SHARE = 0.5


@dataclass(frozen=True)
class CardFact:
    """A fact of a document's card that a question asks for, ready to be said and cited."""

    label: str
    value: str
    evidence: Evidence


def card_fact(question: Question, candidates: Sequence[Candidate], store: Store) -> CardFact | None:
    """The 文号, 索引号, issuer or date that the question asks for, of the best fitting document that has it.

    None when the question asks for nothing of the kind, or no document that fits is meant by its words.
    """
    asked = next((name for name, pattern in CARD_FIELDS if pattern.search(question.text)), None)
    if asked is None:
        return None
    pattern = dict(CARD_FIELDS)[asked]
    about = [w for w in words(pattern.sub(" ", question.text)) if w in question.subject and w not in GENERIC]
    for document_id in dict.fromkeys(c.evidence.document_id for c in candidates if c.fits_place):
        document = store.document(document_id)
        if question.years and not question.years & {*document.metadata.years, document.metadata.year}:
            continue
        if about and Rarity(store, about).share(fold(document.title)) < CARD_SHARE:
            continue
        fact = _read_card(document, asked, question.text)
        if fact is not None:
            return fact
    return None


GENERIC = frozenset([
    "哪天",
    "哪一天",
    "一天",
    "何时",
    "几号",
    "日期",
    "时间",
    "什么",
    "时候",
    "文件",
    "通知",
    "文",
    "这份",
    "本",
    "份",
    "字号",
    "编号",
])


def _read_card(document: Document, asked: str, text: str) -> CardFact | None:
    metadata = document.metadata
    if asked == "日期":
        for date in sorted(metadata.dates, key=lambda d: d.label[:2] not in text):
            field = Field(document.text[date.start : date.end], date.start, date.end)
            return CardFact(date.label, field.value, _line(document, field))
        return None
    stored = {"文号": metadata.number, "索引号": metadata.index_number, "发布机构": metadata.issuer}[asked]
    return CardFact(asked, stored.value, _line(document, stored)) if stored is not None else None


def _line(document: Document, field: Field) -> Evidence:
    """The whole line around a field, so that its label is quoted too."""
    start = document.text.rfind("\n", 0, field.start) + 1
    end = document.text.find("\n", field.end)
    end = len(document.text) if end < 0 else end
    while start < field.start and document.text[start].isspace():
        start += 1
    while end > field.end and document.text[end - 1].isspace():
        end -= 1
    return Evidence(document.id, document.title, (HEADER_HEADING,), start, end, document.text[start:end])
