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
from ingest.places import find_places
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
COUNTERS = frozenset("个所名项人次家位间套场期批类种大组支门部份台处座张本只件节条轮辆册课")
EXACT_UNITS = frozenset([
    "元",
    "万元",
    "亿元",
    "年",
    "月",
    "日",
    "天",
    "小时",
    "分钟",
    "岁",
    "亩",
    "公顷",
    "平方米",
    "平方公里",
    "公里",
    "米",
    "吨",
    "公斤",
    "倍",
    "度",
    "届",
    "学时",
    "学分",
    "百分点",
    "个百分点",
    "人次",
    "户",
])
UNIT = re.compile("|".join(sorted(EXACT_UNITS | COUNTERS, key=len, reverse=True)))
SAME_SORT = ("人名位", "家所", "部本册", "场次期轮")
BOUND = re.compile(r"(?P<word>不?(?:超过|低于|少于|高于|大于|小于|多于|足))\s*$")
ASKS_TIME = re.compile(r"哪一?年|哪个月|几月|几点|什么时候|何时|哪一?天|什么时间|多久")
TIME = re.compile(r"[\d一二三四五六七八九十〇]+\s*[年月日天周时点]|年底|年末|学期|季度|每年|每月|每周")
ASKS_NAME = re.compile(r"哪|谁|叫什么|什么名")
NUMERAL = re.compile(r"[\d一二三四五六七八九十百两]")
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
    return [q for q in quantities(sentence) if not _is_asked_year(q, sentence, question)]


def _is_asked_year(quantity: Quantity, text: str, question: Question) -> bool:
    """Whether it is one of the years in the question: four digits, and no counter behind them (2023个 is a count)."""
    is_year = len(quantity.written) == 4 and quantity.value in {Decimal(year) for year in question.years}
    return is_year and _measure(text, quantity) not in COUNTERS


def _lack(sentence: str, wanted: list[Quantity], question: Question, sources: Sequence[Candidate]) -> str:
    """What `sources` do not hold of `sentence`; empty when they prove it."""
    held = [(s.shown, q) for s in sources for q in quantities(s.shown)]
    years = {Decimal(year) for source in sources for year in source.years}
    for quantity in wanted:
        measure = _measure(sentence, quantity)
        if quantity.value in years and measure == "年":
            continue
        if not any(q.key == quantity.key and _same_claim(sentence, quantity, text, q) for text, q in held):
            return f"依据里没有“{quantity.written}{measure}”"
    printed = {date for source in sources for date, _, _ in dates(source.shown)}
    for date, start, end in dates(sentence):
        if date not in printed:
            return f"依据里没有日期“{sentence[start:end]}”"
    evidence = fold(" ".join(_reading(s) for s in sources))
    known = [number for source in sources for number, _, _ in document_numbers(_reading(source))]
    for number, _, _ in document_numbers(sentence):
        if not any(number.endswith(own) or own.endswith(number) for own in known):
            return f"依据里没有文号“{number}”"
    asked = fold(question.text)
    new = [w for w in subject_words(_without_figures_and_places(sentence)) if w not in asked]
    if sum(len(w) for w in new if w in evidence) < ENOUGH_WORDS * sum(map(len, new)):
        return "用词与依据不符"
    return ""


def _without_figures_and_places(sentence: str) -> str:
    """Figures were compared by value and places by `Candidate.fits`: in another writing they are no new words."""
    bare = list(sentence)
    spans = [(q.start, q.end) for q in quantities(sentence)] + [(m.start, m.end) for m in find_places(sentence)]
    for start, end in spans:
        bare[start:end] = " " * (end - start)
    return "".join(bare)


def _reading(candidate: Candidate) -> str:
    return " ".join((candidate.evidence.title, *candidate.evidence.headings, candidate.shown))


def _measure(text: str, quantity: Quantity) -> str:
    """The unit behind a number, past blanks: the longest that is known, else the one Han character, else nothing."""
    behind = text[quantity.end :].lstrip()
    match = UNIT.match(behind)
    if match is not None:
        return match.group()
    return behind[:1] if "\u4e00" <= behind[:1] <= "\u9fff" else ""


def _same_claim(said: str, claimed: Quantity, shown: str, held: Quantity) -> bool:
    """The same unit, and not 超过 against 不超过."""
    bounds = [BOUND.search(text[: q.start]) for text, q in ((said, claimed), (shown, held))]
    if all(bounds) and len({bound.group("word") for bound in bounds if bound}) > 1:
        return False
    return _same_measure(_measure(said, claimed), _measure(shown, held))


def _same_measure(claimed: str, held: str) -> bool:
    """Equal, absent, or both counters of the same sort of thing (人, 名, 位; 个 for any); 元 and 年 are only themselves."""
    if not claimed or not held or claimed == held:
        return True
    if claimed in EXACT_UNITS or held in EXACT_UNITS:
        return False
    if claimed in COUNTERS and held in COUNTERS:
        return "个" in (claimed, held) or any(claimed in sort and held in sort for sort in SAME_SORT)
    return True


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
    found = [q for q in quantities(text) if not _is_asked_year(q, text, question) and (q.key not in own or q.percent)]
    measure = next((m["measure"] for m in MEASURED.finditer(question.text) if m["measure"]), "")
    if not measure:
        return bool(found) or bool(own & {q.key for q in quantities(text)})
    if measure.endswith("百分点") or measure == "点":
        return bool(found)
    if "亿" in measure or "元" in measure:
        return any(q.written[-1:] in "亿万" or "元" in text[q.end : q.end + 2] for q in found)
    units = [_measure(text, q) for q in found if not q.percent]
    return any(unit and not unit.endswith("百分点") and _same_measure(measure[0], unit[0]) for unit in units)


def adds_a_name(text: str, question: Question) -> bool:
    """Whether `text` names something that the question does not; true where it asks for no name.

    `嵊泗撤并的是一所小学` says nothing to `撤并的是哪所小学`.
    """
    if not ASKS_NAME.search(question.text) or asks_figure(question.text) or ASKS_TIME.search(question.text):
        return True
    asked = fold(question.text)
    return any(w not in asked and not NUMERAL.match(w) for w in subject_words(text))


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
