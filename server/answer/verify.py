"""Prove a drafted answer sentence by sentence, and find its citations.

A sentence passes when evidence sentences hold every number, date and document number of it with the same unit,
and nearly all of its words. Not covered: whether the evidence answers the question at all (`refuse`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import combinations

from index.lexical import subject_words
from index.query import Question
from ingest.numbers import Quantity, document_numbers, quantities
from ingest.text import fold
from server.answer.evidence import Candidate

MARK = re.compile(r"\s*\[\d+\](?:\s*\[\d+\])*")
SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]?")
CLAUSE = re.compile(r"[^，,；;：:。]+[，,；;：:。]?")
MEASURED = re.compile(
    r"(?:几|多少|第几)\s*(?P<measure>亿元|万元|个百分点|百分点|公里|平方米|[个所名项人家次间条场套期轮年月日天岁届批类种大位组支门册部份亩倍元台辆处座米吨度户张本只件节课时分学点级层章])?"
)
PERCENT = re.compile(
    r"百分之几|百分之多少|(?:比例|比率|[率占]比?)(?:要|应|将|需)?(?:是|为|达到?|保持|超过|提高|目标)*(?:多少|几|目标)?"
)
LOOSE_MEASURES = {
    "人": "人名位",
    "名": "人名位",
    "位": "人名位",
    "个": "",
    "年": "年",
    "项": "项个",
    "所": "所个",
    "家": "家个",
    "间": "间个",
    "大": "大个",
    "种": "种个类",
}
ASKS_TIME = re.compile(r"哪一?年|哪个月|几月|几点|什么时候|何时|哪一?天|什么时间|多久")
TIME = re.compile(r"[\d一二三四五六七八九十〇]+\s*[年月日天周时点]|年底|年末|学期|季度|每年|每月|每周")
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
    """The quantities that evidence must hold: all but the years that the question itself asked about."""
    return [q for q in quantities(sentence) if not _is_asked_year(q, question)]


def _is_asked_year(quantity: Quantity, question: Question) -> bool:
    """Whether it is one of the years in the question, with 年 behind it or not; a year has four digits."""
    return len(quantity.written) == 4 and quantity.value in {Decimal(year) for year in question.years}


def _lack(sentence: str, wanted: list[Quantity], question: Question, sources: Sequence[Candidate]) -> str:
    """What `sources` do not hold of `sentence`; empty when they prove it."""
    held = [(s.shown, q) for s in sources for q in quantities(s.shown)]
    years = {Decimal(year) for source in sources for year in source.years}
    for quantity in wanted:
        measure = _measure(sentence, quantity)
        if quantity.value in years and measure == "年":
            continue
        if not any(q.key == quantity.key and _same_measure(measure, _measure(text, q)) for text, q in held):
            return f"依据里没有“{quantity.written}{measure}”"
    evidence = fold(" ".join(_reading(s) for s in sources))
    for number, _, _ in document_numbers(sentence):
        if number not in evidence:
            return f"依据里没有文号“{number}”"
    asked = fold(question.text)
    new = [w for w in subject_words(sentence) if w not in asked and not w.isdigit()]
    if sum(len(w) for w in new if w in evidence) < ENOUGH_WORDS * sum(map(len, new)):
        return "用词与依据不符"
    return ""


def _reading(candidate: Candidate) -> str:
    return " ".join((candidate.evidence.title, *candidate.evidence.headings, candidate.shown))


def _measure(text: str, quantity: Quantity) -> str:
    """The character behind a number, past blanks, where it can be a unit."""
    behind = text[quantity.end :].lstrip()[:1]
    return behind if "\u4e00" <= behind <= "\u9fff" else ""


def _same_measure(claimed: str, held: str) -> bool:
    """Equal, absent on one side, or two words for the same thing (人, 名, 位)."""
    if not claimed or not held or claimed == held:
        return True
    known = set("个所名项人家次间条场套期轮年月日天岁届批类种位组支门册部份亩倍元台辆处座米吨度户张本只件节")
    if claimed not in known or held not in known:
        return True
    return held in LOOSE_MEASURES.get(claimed, "") or claimed in LOOSE_MEASURES.get(held, "") or "个" in (claimed, held)


def _overlap(sentence: str, candidate: Candidate) -> float:
    """Share of the sentence's character pairs that the candidate holds, plus a little for its rank."""
    folded, shown = fold(sentence), fold(candidate.shown)
    pairs = {folded[i : i + 2] for i in range(len(folded) - 1)}
    numbers = {q.key for q in quantities(sentence)} & {q.key for q in quantities(candidate.shown)}
    return sum(p in shown for p in pairs) / max(len(pairs), 1) + 0.3 * len(numbers) + 0.05 * candidate.score


def asks_figure(question: str) -> bool:
    return MEASURED.search(question) is not None or PERCENT.search(question) is not None


def holds_asked_figure(text: str, question: Question) -> bool:
    """Whether `text` holds a number or time of the kind that the question asks for; true where it asks for none.

    `多少亿元` wants 亿, `几所` wants 所 (or 个), `比例` wants a percentage; the question's own years do not count.
    """
    if ASKS_TIME.search(question.text):
        return bool(TIME.search(text))
    if not asks_figure(question.text):
        return True
    own = {q.key for q in quantities(question.text)}
    found = [q for q in quantities(text) if not _is_asked_year(q, question) and (q.key not in own or q.percent)]
    measure = next((m["measure"] for m in MEASURED.finditer(question.text) if m["measure"]), "")
    if not measure:
        return bool(found) or bool(own & {q.key for q in quantities(text)})
    if measure.endswith("百分点") or measure == "点":
        return bool(found)
    if "亿" in measure or "元" in measure:
        return any(q.written[-1:] in "亿万" or "元" in text[q.end : q.end + 2] for q in found)
    return any(not q.percent and (held := _measure(text, q)) != "" and _same_measure(measure[0], held) for q in found)


def best_clause(candidate: Candidate, question: Question) -> str:
    """The part of a sentence that answers by itself: its clauses from the first to the last that matter.

    A clause matters when it holds words of the question's subject or, for a question about figures, its figure.
    """
    clauses = [m.group() for m in CLAUSE.finditer(candidate.shown)]
    weights = []
    for clause in clauses:
        folded = fold(clause)
        weight = float(sum(len(w) for w in question.subject if w in folded))
        weights.append(weight + (1.5 if weight and holds_asked_figure(clause, question) else 0.0))
    top = max(weights, default=0.0)
    if not top:
        return candidate.shown
    keep = [i for i, weight in enumerate(weights) if weight >= 0.6 * top]
    first = last = weights.index(top)
    for i in keep:
        if abs(i - first) <= 2:
            first, last = min(first, i), max(last, i)
    while last + 1 < len(clauses) and not holds_asked_figure("".join(clauses[first : last + 1]), question):
        last += 1
    return "".join(clauses[first : last + 1]).strip("，,；;：:。 ")
