"""When a question names no place, year or document and several documents could answer: which one speaks, and who differs.

Of a yearly series (2021年…报告, 2022年…报告) the newest answers. What others say is quoted, never put into the model's words.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from index.query import Question
from ingest.numbers import quantities
from ingest.text import fold
from server.answer.asking import ASKS_TIME, asks_figure, best_clause, holds_asked_figure, says_something
from server.answer.evidence import Candidate
from server.answer.quoting import LONGEST_FACT
from server.answer.verify import Proved

YEAR_OR_BRACKET = re.compile(r"(?:19|20)\d{2}\s*年?(?:度)?|[(（][^()（）]*[)）]|第?[一二三四五六七八九十]+[届次]")
NEARLY_AS_GOOD = 0.85
AS_LIKELY = 0.2
"""Share of the best one's probability from which on a sentence may as well be meant."""
LEAST_LIKELY = 1e-6
MOST_OTHERS = 2
LONGEST_ANSWER = 110
"""Characters of an answer with all its alternatives: a figure is no essay."""


def is_open(question: Question, names_document: bool) -> bool:
    """Whether the question leaves open which document it is about."""
    return not (question.years or question.places or question.numbers or names_document)


def newest_of_series(candidates: Sequence[Candidate]) -> list[Candidate]:
    """`candidates` without older documents of a series whose newest one matches about as well, and likelier by as much
    as is taken away with those."""
    if not candidates:
        return []
    best = candidates[0].score
    newest: dict[str, int] = {}
    for candidate in candidates:
        if candidate.fits and candidate.own_year is not None and candidate.score >= best * AS_LIKELY:
            series = _series(candidate)
            newest[series] = max(newest.get(series, 0), candidate.own_year)
    left = [c for c in candidates if c.own_year is None or c.own_year >= newest.get(_series(c), 0)]
    likely = 1 - (sum(c.score for c in candidates) - sum(c.score for c in left))
    return [replace(c, score=c.score / max(likely, LEAST_LIKELY)) for c in left]


def _series(candidate: Candidate) -> str:
    return YEAR_OR_BRACKET.sub("", fold(candidate.evidence.title))


def other_answers(question: Question, proved: Sequence[Proved], candidates: Sequence[Candidate]) -> list[Proved]:
    """What other documents answer to the same question where that differs; newest first. Of the `candidates` what was
    proved was chosen, with scores by the same scale."""
    if not (asks_figure(question.text) or ASKS_TIME.search(question.text)):
        return []
    sources = [source for sentence in proved for source in sentence.sources]
    told = {source.evidence.document_id for source in sources}
    values = {frozenset(q.key for q in quantities(sentence.text)) for sentence in proved}
    length = sum(len(sentence.text) for sentence in proved)
    direct = max(source.direct for source in sources) * NEARLY_AS_GOOD
    score = max(source.score for source in sources) * AS_LIKELY
    found: list[Proved] = []
    able = [
        c
        for c in candidates
        if c.fits and c.direct >= direct and c.score >= score and c.evidence.document_id not in told
    ]
    for candidate in sorted(able, key=lambda c: (-(c.own_year or 0), -c.score)):
        clause = best_clause(candidate.shown, question)
        value = frozenset(q.key for q in quantities(clause))
        answers = holds_asked_figure(clause, question) and says_something(clause, question)
        cost = len(clause) + len(candidate.evidence.title) + 3
        if not answers or value in values or candidate.evidence.document_id in told or len(clause) > LONGEST_FACT:
            continue
        if len(found) < MOST_OTHERS and length + cost <= LONGEST_ANSWER:
            found.append(Proved(clause, (candidate,)))
            told.add(candidate.evidence.document_id)
            values.add(value)
            length += cost
    return found


def speaks_for_one(source: Candidate, candidates: Sequence[Candidate]) -> bool:
    """Whether the answer holds for one place or one year only, which the question did not name."""
    series = _series(source)
    mine = source.evidence.document_id
    return source.of_place or any(c.evidence.document_id != mine and _series(c) == series for c in candidates)


def title_of(source: Candidate, among: Sequence[Candidate]) -> str:
    """The title that an answer speaks from, with its year where another title is alike."""
    title, year = source.evidence.title, source.own_year
    alike = any(c.evidence.title == title and c.evidence.document_id != source.evidence.document_id for c in among)
    if year and str(year) not in title and alike:
        return f"《{title}》（{year}年）"
    return f"《{title}》"
