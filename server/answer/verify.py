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
from ingest.numbers import Quantity, dates, document_numbers, quantities
from ingest.text import fold
from server.answer.claims import (
    BESIDE_FIGURES,
    COUNTERS,
    measure,
    same_bound,
    same_direction,
    same_measure,
    same_noun,
    without_asides,
    without_figures_and_places,
)
from server.answer.evidence import Candidate
from server.answer.rivals import begins, fits_best, is_quoted, is_year, same_condition

MARK = re.compile(r"\s*\[\d+\](?:\s*\[\d+\])*")
SENTENCE = re.compile(r"[^。！？!?；;\n]+[。！？!?；;]?")
CLAUSE = re.compile(r"[^，,；;：:。]+[，,；;：:。]?")
MEASURED = re.compile(
    r"(?:几|多少|第几)\s*(?P<measure>亿元|万元|个百分点|百分点|个工作日|工作日|个月|小时|公里|平方米|块?钱|[个所名项人家次间条场套期轮年月日天岁届批类种大位组支门册部份亩倍元台辆处座米吨度户张本只件节课时分学点级层章])?"
)
PERCENT = re.compile(
    r"百分之几|百分之多少|(?:比例|比率|[率占]比?)(?:要|应|将|需)?(?:是|为|达到?|保持|超过|提高|目标)*(?:多少|几|目标)?"
)
ASKS_TIME = re.compile(r"哪一?年|哪个月|几月|几点|什么时候|何时|哪一?天|什么时间|多久|多长时间|几时")
TIME = re.compile(
    r"[\d一二三四五六七八九十〇两半]+\s*个?[年月日天周时点](?!所|次|个|家|级)|[\d一二三四五六七八九十]个?(?:工作日|星期|小时|分钟)"
    r"|年底|年末|学期|季度|每年|每月|每周|今年|去年|当年|当日|即日|[春夏秋冬]季"
)
QUESTION_WORD = re.compile(r"百分之几|多少|什么时候|哪[个些所一家项]|是什么|由谁|是否")
ASKS_NAME = re.compile(r"哪|谁|叫什么|什么名")
NUMERAL = re.compile(r"[\d一二三四五六七八九十百两]")
ASKS_WHETHER = re.compile(
    r"吗[?？。]?$|是否|是不是|能不能|可不可以|能否|可否|要不要|有没有|有无|算不算|用不用|需不需要|会不会|该不该|行不行|对不对|还能.{1,12}[?？]?$"
)
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
        if not _is_asked_year(q, sentence, question) and not any(start <= q.start < end for start, end in whole)
    ]


def _is_asked_year(quantity: Quantity, text: str, question: Question) -> bool:
    """Whether it is one of the years in the question: four digits, and no counter behind them (2023个 is a count)."""
    is_year = len(quantity.written) == 4 and quantity.value in {Decimal(year) for year in question.years}
    return is_year and measure(text, quantity) not in COUNTERS


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
    noun = same_noun(*spoken, _above(source), begins(*spoken))
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
    pairs = {folded[i : i + 2] for i in range(len(folded) - 1)}
    numbers = {q.key for q in quantities(sentence)} & {q.key for q in quantities(candidate.shown)}
    return sum(p in shown for p in pairs) / max(len(pairs), 1) + 0.3 * len(numbers) + 0.05 * candidate.score


def asks_whether(question: str) -> bool:
    return ASKS_WHETHER.search(question) is not None


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
    found = [q for q in quantities(text) if not _is_asked_year(q, text, question) and (q.key not in own or q.percent)]
    asked = next((m["measure"] for m in MEASURED.finditer(question.text) if m["measure"]), "")
    if not asked:
        return bool(found) or bool(own & {q.key for q in quantities(text)})
    if asked.endswith("百分点") or asked == "点":
        return bool(found)
    if "亿" in asked or "元" in asked or "钱" in asked:
        return any(q.written[-1:] in "亿万" or "元" in text[q.end : q.end + 2] for q in found)
    units = [measure(text, q) for q in found if not q.percent]
    return any(unit and not unit.endswith("百分点") and _answers_measure(asked, unit) for unit in units)


def _answers_measure(asked: str, unit: str) -> bool:
    return same_measure(asked, unit) or (asked[0] in COUNTERS and same_measure(asked[0], unit[0]))


def says_something(text: str, question: Question) -> bool:
    """Whether `text` tells a word or, where none is asked by name, a number that the question does not have.

    `嵊泗撤并的是一所小学` says nothing to `撤并的是哪所小学`, nor does a question repeated.
    """
    if text.rstrip("。")[-1:] in ("吗", "呢") or QUESTION_WORD.search(text):
        return False
    asked = fold(question.text)
    if any(w not in asked and not NUMERAL.match(w) for w in subject_words(text)):
        return True
    if ASKS_NAME.search(question.text) and not asks_figure(question.text) and not ASKS_TIME.search(question.text):
        return False
    own = {q.key for q in quantities(question.text)}
    return any(q.key not in own for q in quantities(text)) or bool(asks_figure(question.text) and quantities(text))


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
    while first > 0 and not holds_asked_figure("".join(clauses[first : last + 1]), question):
        first -= 1
    return "".join(clauses[first : last + 1]).strip("，,；;：:。 ")
