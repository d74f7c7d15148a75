"""What a number in a sentence is said of: its unit, its bound, and the nouns around it.

`新增幼儿园3所` says 3 of kindergartens; no sentence may say it of school places, though the passage has both words.
Not covered: whether all other words of a sentence are in the evidence (`verify`).
"""

import re

from index.lexical import PLAN_WORDS, subject_words
from ingest.numbers import Quantity, quantities
from ingest.places import find_places
from ingest.text import fold

COUNTERS = frozenset("个所名项人次家位间套场期批类种大组支门册部份台处座张本只件节条轮辆课")
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
    "个月",
    "工作日",
    "个工作日",
    "周",
    "星期",
])
SAME_UNIT = (
    frozenset(["天", "日"]),
    frozenset(["月", "个月"]),
    frozenset(["工作日", "个工作日"]),
    frozenset(["周", "星期"]),
)
UNIT = re.compile("|".join(sorted(EXACT_UNITS | COUNTERS, key=len, reverse=True)))
SAME_SORT = ("人名位", "家所", "部本册", "场次期轮")
BOUND = re.compile(r"(?P<word>不?(?:超过|低于|少于|高于|大于|小于|多于|足))\s*$")
# A comma between figures is part of a number. A colon leads in: `学位：1080`.
EDGE = re.compile(r"(?<!\d)[,，]|[,，](?!\d)|[；;。、（）()！!？?\n|]")
# Words that stand beside any number and do not say what it counts.
SAYS_NOTHING = frozenset([
    "左右",
    "以上",
    "以下",
    "以内",
    "达",
    "达到",
    "增长",
    "下降",
    "增加",
    "减少",
    "提高",
    "新增",
    "超过",
    "不低于",
    "不少于",
    "约",
    "近",
    "其中",
    "包括",
    "分别",
    "比例",
    "数量",
    "总数",
    "金额",
    "总额",
    "规模",
    "比上年",
    "上年",
    "同比",
])


def measure(text: str, quantity: Quantity) -> str:
    """The unit behind a number, past blanks: the longest that is known, else the one Han character, else nothing."""
    behind = text[quantity.end :].lstrip()
    match = UNIT.match(behind)
    if match is not None:
        return match.group()
    return behind[:1] if "\u4e00" <= behind[:1] <= "\u9fff" else ""


def same_measure(claimed: str, held: str) -> bool:
    """Equal, absent, or both counters of the same sort of thing (人, 名, 位; 个 for any); 元 and 年 are only themselves."""
    if not claimed or not held or claimed == held:
        return True
    if claimed in EXACT_UNITS or held in EXACT_UNITS:
        return any(claimed in same and held in same for same in SAME_UNIT)
    if claimed in COUNTERS and held in COUNTERS:
        return "个" in (claimed, held) or any(claimed in sort and held in sort for sort in SAME_SORT)
    return True


def same_bound(said: str, claimed: Quantity, shown: str, held: Quantity) -> bool:
    """Not 超过 against 不超过."""
    bounds = [BOUND.search(text[: q.start]) for text, q in ((said, claimed), (shown, held))]
    return not all(bounds) or len({bound.group("word") for bound in bounds if bound}) == 1


def without_figures_and_places(sentence: str) -> str:
    """Figures are compared by value and places by what the document is about: in other writing they are no new words."""
    bare = list(sentence)
    spans = [(q.start, q.end) for q in quantities(sentence)] + [(m.start, m.end) for m in find_places(sentence)]
    for start, end in spans:
        bare[start:end] = " " * (end - start)
    return "".join(bare)


def same_noun(said: str, claimed: Quantity, shown: str, held: Quantity, context: str) -> bool:
    """Whether both numbers are said of the same thing; `context` is what stands above the evidence (title, headings).

    The noun of the claim has to stand in the evidence's own clause or before it, since what is said first goes on
    (`新增学位2000个，其中小学1200个`), and one word of the claim in that clause itself.
    """
    words = _nouns(_clause(said, claimed))
    if not words:
        return True
    start, end = _clause_span(shown, held)
    own = fold(shown[start:end])
    while start > 0 and not _nouns(own):
        start, _ = _clause_span_at(shown, start - 1)
        own = fold(shown[start:end])
    before = fold(shown[:end] + " " + context)
    return any(_stands(word, own) for word in words) and _stands(_nearest(said, claimed), before)


def _clause_span(text: str, quantity: Quantity) -> tuple[int, int]:
    return _clause_span_at(text, quantity.start, quantity.end)


def _clause_span_at(text: str, start: int, end: int | None = None) -> tuple[int, int]:
    edges = [match.start() for match in EDGE.finditer(text)]
    first = max((edge + 1 for edge in edges if edge < start), default=0)
    last = min((edge for edge in edges if edge >= (start if end is None else end)), default=len(text))
    return first, last


def _clause(text: str, quantity: Quantity) -> str:
    start, end = _clause_span(text, quantity)
    return text[start:end]


def _nouns(clause: str) -> list[str]:
    """Content words of a clause, in its order."""
    bare = without_figures_and_places(clause)
    return [
        word
        for word in subject_words(bare)
        if len(word) > 1 and word not in PLAN_WORDS and word not in SAYS_NOTHING and not word.isascii()
    ]


def _nearest(text: str, quantity: Quantity) -> str:
    """The noun that a number counts: the last of those behind it in its clause, else the last before it."""
    start, end = _clause_span(text, quantity)
    behind, before = _nouns(text[quantity.end : end]), _nouns(text[start : quantity.start])
    return (behind or before or _nouns(text[start:end]) or [""])[-1]


def _stands(word: str, text: str) -> bool:
    """Whether a word, or for a compound half of its pairs, stands in folded text."""
    if word in text:
        return True
    pairs: list[str] = [word[i : i + 2] for i in range(len(word) - 1)]
    return len(pairs) > 1 and sum(pair in text for pair in pairs) * 2 >= len(pairs)


ASKED = re.compile(r"几|多少|第几|百分之几")


def asked_noun(question: str) -> str:
    """What a question wants counted: `新增学位多少个` 学位, `竣工几个项目` 项目; empty where it asks for no figure."""
    match = ASKED.search(question)
    if match is None:
        return ""
    start, end = _clause_span_at(question, match.start(), match.end())
    behind, before = _nouns(question[match.end() : end]), _nouns(question[start : match.start()])
    return (behind[:1] or before[-1:] or [""])[0]
