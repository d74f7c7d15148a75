"""Prove a drafted answer sentence by sentence, and find its citations.

A sentence passes when evidence sentences hold every number, date and document number of it with the same unit,
and nearly all of its words. Not covered: whether it tells what is asked (`asking`), whether the evidence answers the
question at all (`refuse`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from index.lexical import subject_words
from index.query import Question
from ingest.numbers import Quantity, dates, document_numbers, quantities
from ingest.text import fold
from server.answer.asking import is_asked_year
from server.answer.claims import (
    BESIDE_FIGURES,
    measure,
    other_kind,
    same_bound,
    same_direction,
    same_measure,
    same_noun,
    without_asides,
    without_figures_and_places,
)
from server.answer.evidence import Candidate
from server.answer.pairs import pairs
from server.answer.rivals import begins, fits_best, is_quoted, is_year, same_condition

MARK = re.compile(r"\s*\[\d+\](?:\s*\[\d+\])*")
SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]?")
DAY = re.compile(r"(\d{1,2})月(\d{1,2})[日号]")
ORDINAL = re.compile(r"[\u4e00-\u9fff]{0,2}")
ENOUGH_WORDS = 0.75
MOST_SOURCES = 3


@dataclass(frozen=True)
class Proved:
    """A sentence of an answer and the candidates that prove it, in the order of the document."""

    text: str
    sources: tuple[Candidate, ...]


@dataclass(frozen=True)
class Unproved:
    """A sentence that must not be shown, and what it lacks."""

    text: str
    lacks: str


def strip_marks(text: str) -> str:
    """`text` without the marks that a model wrote: code sets them."""
    return MARK.sub("", text)


def split(answer: str) -> list[str]:
    """The sentences of an answer."""
    return [s.strip() for s in SENTENCE.findall(strip_marks(answer)) if s.strip("。！？!?；; \n")]


def prove(sentence: str, question: Question, candidates: Sequence[Candidate]) -> Proved | Unproved:
    """Find the fewest candidates that hold all numbers and enough words of `sentence`."""
    wanted = _claims(sentence, question)
    pool = [c for c in candidates if c.fits]
    ranked = sorted(pool, key=lambda c: -_overlap(sentence, c))[:6]
    lacks = "没有可用的依据"
    for count in range(1, min(MOST_SOURCES, len(ranked)) + 1):
        for sources in combinations(ranked, count):
            lacks = _lack(sentence, wanted, question, sources)
            if not lacks:
                return Proved(sentence, tuple(sorted(sources, key=lambda c: c.evidence.start)))
    return Unproved(sentence, lacks)


def _claims(sentence: str, question: Question) -> list[Quantity]:
    """The quantities that evidence must hold: all but the years that the question itself asked about, and the figures
    inside dates and document numbers, which are compared whole."""
    whole = [(start, end) for _, start, end in (*dates(sentence), *document_numbers(sentence))]
    return [
        q
        for q in quantities(sentence)
        if not is_asked_year(q, sentence, question) and not any(start <= q.start < end for start, end in whole)
    ]


def _lack(sentence: str, wanted: list[Quantity], question: Question, sources: Sequence[Candidate]) -> str:
    """What `sources` do not hold of `sentence`; empty when they prove it."""
    held = [(source, q) for source in sources for q in quantities(source.shown)]
    years = {Decimal(year) for source in sources for year in source.years}
    for quantity in wanted:
        unit = measure(sentence, quantity)
        if quantity.value in years and unit == "年":
            continue
        same = [
            (source, q) for source, q in held if q.key == quantity.key and _same_unit(sentence, quantity, source, q)
        ]
        if not same:
            return f"依据里没有“{quantity.written}{unit}”"
        if not any(_same_thing(sentence, quantity, source, q) for source, q in same):
            return f"依据里的“{quantity.written}{unit}”说的不是这件事"
    printed = {date for source in sources for date, _, _ in dates(source.shown)}
    for date, start, end in dates(sentence):
        if date not in printed:
            return f"依据里没有日期“{sentence[start:end]}”"
    reading = " ".join(_reading(s) for s in sources)
    evidence = fold(f"{reading} {without_asides(reading).replace(' ', '')}")
    known = [number for source in sources for number, _, _ in document_numbers(_reading(source))]
    for number, _, _ in document_numbers(sentence):
        if not any(number.endswith(own) or own.endswith(number) for own in known):
            return f"依据里没有文号“{number}”"
    asked = fold(question.text)
    new = [w for w in subject_words(without_figures_and_places(sentence)) if w not in asked and w not in BESIDE_FIGURES]
    if sum(len(w) for w in new if w in evidence) < ENOUGH_WORDS * sum(map(len, new)):
        return "用词与依据不符"
    return ""


def _same_unit(sentence: str, claimed: Quantity, source: Candidate, held: Quantity) -> bool:
    units = measure(sentence, claimed), measure(source.shown, held)
    spoken = (sentence, claimed, source.shown, held)
    return same_measure(*units) and same_bound(*spoken) and same_direction(*spoken)


def _same_thing(sentence: str, claimed: Quantity, source: Candidate, held: Quantity) -> bool:
    spoken = (sentence, claimed, source.shown, held)
    if is_year(sentence, claimed) or is_quoted(*spoken) or _is_same_day(*spoken):
        return True
    if sentence[: claimed.start].endswith("第"):
        # 第一小学 is a name, not a count.
        behind = ORDINAL.match(sentence, claimed.end)
        return behind is not None and source.shown[held.end :].startswith(behind.group())
    noun = same_noun(*spoken, _above(source), begins(*spoken)) and not other_kind(*spoken, _above(source))
    return noun and same_condition(*spoken) and fits_best(*spoken)


def _is_same_day(sentence: str, claimed: Quantity, shown: str, held: Quantity) -> bool:
    """Whether both numbers are of the same `2月3日`."""
    days = [
        next(((int(m[1]), int(m[2])) for m in DAY.finditer(text) if m.start() <= q.start < m.end()), None)
        for text, q in ((sentence, claimed), (shown, held))
    ]
    return days[0] is not None and days[0] == days[1]


def _above(candidate: Candidate) -> str:
    return " ".join((candidate.evidence.title, *candidate.evidence.headings))


def _reading(candidate: Candidate) -> str:
    return f"{_above(candidate)} {candidate.shown}"


def _overlap(sentence: str, candidate: Candidate) -> float:
    """Share of the sentence's character pairs that the candidate holds, plus a little for its rank."""
    folded, shown = fold(sentence), fold(candidate.shown)
    own = set(pairs(folded))
    numbers = {q.key for q in quantities(sentence)} & {q.key for q in quantities(candidate.shown)}
    return sum(pair in shown for pair in own) / max(len(own), 1) + 0.3 * len(numbers) + 0.05 * candidate.score
