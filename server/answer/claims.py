"""What a number in a sentence is said of: its unit, its bound, and the nouns around it.

`新增幼儿园3所` says 3 of kindergartens; no sentence may say it of school places, though the passage has both words.
Not covered: whether all other words of a sentence are in the evidence (`verify`).
"""

import re

from index.lexical import PLAN_WORDS, subject_words
from ingest.numbers import Quantity, quantities
from ingest.places import find_places
from ingest.text import fold
from server.answer.pairs import pair_share

COUNTERS = frozenset("个所名项人次家位间套场期批类种大组支门册部份台处座张本只件节条轮辆课")
EXACT_UNITS = frozenset([
    "元", "万元", "亿元", "年", "月", "日", "天", "小时", "分钟", "岁", "亩", "公顷", "平方米", "平方公里", "公里",
    "米", "吨", "公斤", "倍", "度", "届", "学时", "学分", "百分点", "个百分点", "人次", "户", "个月", "工作日",
    "个工作日", "周", "星期", "千瓦", "千瓦时", "斤", "美元", "万美元", "亿美元", "立方米", "克", "毫克", "摄氏度",
])  # fmt: skip
SAME_UNIT = (
    frozenset(["天", "日"]),
    frozenset(["度", "摄氏度", "℃"]),
    frozenset(["月", "个月"]),
    frozenset(["工作日", "个工作日"]),
    frozenset(["周", "星期"]),
)
UNIT = re.compile("|".join(sorted(EXACT_UNITS | COUNTERS, key=len, reverse=True)))
UNIT_BEHIND = re.compile(rf"\s*+[多余]?\s*+(?:{UNIT.pattern})")
SAME_SORT = ("人名位", "家所", "部本册", "场次期轮")
NOT, OVER, UNDER = r"不[能得应可会]?", "超过|高于|大于|多于|突破|高出|满", "低于|少于|小于"
POSITIVE = r"(?<!不)(?<!不[能得应可会])"
REACHED = r"(?:为|是|达)?(?:到|了)?\s*$"
AT_LEAST = re.compile(rf"(?:{NOT}(?:{UNDER})|{POSITIVE}(?:{OVER})|至少|最少|最低){REACHED}")
AT_MOST = re.compile(rf"(?:{NOT}(?:{OVER})|{POSITIVE}(?:{UNDER})|不足|最多|至多|最高|最长){REACHED}")
RISES = re.compile(r"增长|上升|提高|增加|上涨|提升|新增|扩大")
RISES_OR_FALLS = re.compile(r"增长|增加|新增|提高|上升|上涨|下降|降低|减少|规模")
FALLS = re.compile(r"下降|降低|减少|降至|下调|压减|缩减|下跌|负增长")
# `分别不低于95%、98%` says the bound once.
LISTED = re.compile(r"(?:[\d.]++[%％‰]?[、和与及])++$")
UP_BEHIND, DOWN_BEHIND = (
    re.compile(r"[\u4e00-\u9fff]{0,2}?(?:以上|起)"),
    re.compile(r"[\u4e00-\u9fff]{0,2}?(?:以下|以内|之内)"),
)
# 占比要达到: the cutter makes 比要 a word.
MODAL = re.compile(r"[要应须将需](?=[达超不保控提增减下上])")
ASIDE = re.compile(r"[（(][^（()）\d]*[)）]")
# A comma between figures is part of a number. A colon leads in: `学位：1080`.
EDGE = re.compile(r"(?<!\d)[,，]|[,，](?!\d)|[；;。、（）()！!？?\n|]")
# Words that stand beside any number and do not say what it counts; those of bound and direction are compared by sense.
BESIDE_FIGURES = frozenset([
    "左右", "以上", "以下", "以内", "及以上", "及以下", "达", "达到", "增长", "下降", "增加", "减少", "提高",
    "提高到", "上升", "降低", "提升", "上涨", "新增", "超过", "高出", "高于", "低于", "不低于", "不少于", "不超过",
    "不高于", "约", "近", "控制", "保持", "至少", "最多", "其中", "包括", "包含", "提供", "中有", "其中有",
])  # fmt: skip
SAYS_NOTHING = BESIDE_FIGURES | frozenset([
    "分别", "比例", "数量", "总数", "金额", "总额", "规模", "比上年", "上年", "同比", "年均", "平均",
])  # fmt: skip
# What stands behind a number and is no unit: 4.5%以内, 3万左右.
NO_UNIT = frozenset("以左多余的上下至到和与及或")


def measure(text: str, quantity: Quantity) -> str:
    """The unit behind a number, past blanks: the longest that is known, else the one Han character, else nothing."""
    behind = text[quantity.end :].lstrip()
    match = UNIT.match(behind)
    if match is not None:
        return match.group()
    is_unit = "\u4e00" <= behind[:1] <= "\u9fff" and behind[0] not in NO_UNIT and not quantity.percent
    return behind[:1] if is_unit else ""


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
    """Not 超过 against 不超过, 以上 against 以下, nor a bound that the evidence does not set; one may be left out."""
    bound = _bound(said, claimed)
    return not bound or bound == _bound(shown, held)


def _bound(text: str, quantity: Quantity) -> int:
    """1 for 超过, 不低于 and 以上, -1 for 不超过, 低于 and 以内, 0 for none."""
    before, behind = LISTED.sub("", text[: quantity.start]), text[quantity.end :].lstrip()
    behind = behind[len(measure(text, quantity)) :]
    if AT_MOST.search(before) or DOWN_BEHIND.match(behind):
        return -1
    return 1 if AT_LEAST.search(before) or UP_BEHIND.match(behind) else 0


def without_figures_and_places(sentence: str) -> str:
    """Figures are compared by value and places by what the document is about: in other writing they are no new words."""
    bare = list(MODAL.sub(" ", sentence))
    spans = [(q.start, after_unit(sentence, q)) for q in quantities(sentence)]
    spans += [(m.start, m.end) for m in find_places(sentence)]
    for start, end in spans:
        bare[start:end] = " " * (end - start)
    return "".join(bare)


def same_direction(said: str, claimed: Quantity, shown: str, held: Quantity) -> bool:
    """Not 增长 against 下降."""
    clauses = _clause(said, claimed), _clause(shown, held)
    risen, fallen = ([bool(pattern.search(clause)) for clause in clauses] for pattern in (RISES, FALLS))
    return not (
        (risen == [True, False] and fallen == [False, True]) or (risen == [False, True] and fallen == [True, False])
    )


def after_unit(text: str, quantity: Quantity) -> int:
    """Where the words go on behind a number and its unit: `9亿多人`, `960个托位`."""
    match = UNIT_BEHIND.match(text, quantity.end)
    return match.end() if match else quantity.end


def same_noun(said: str, claimed: Quantity, shown: str, held: Quantity, context: str, since: int | None = None) -> bool:
    """Whether both numbers are said of the same thing; `context` is what stands above the evidence (title, headings),
    `since` where the evidence begins to speak of its number if that is not its own clause.

    The noun of the claim has to stand in the evidence's own clause or before it, since what is said first goes on
    (`新增学位2000个，其中小学1200个`), and one word of the claim in that clause itself.
    """
    said, shown = without_asides(said), without_asides(shown)
    words = nouns(_clause(said, claimed))
    if not words:
        return True
    start, end = _clause_span(shown, held)
    own = fold(shown[start:end])
    if since is not None:
        start = min(start, _clause_span_at(shown, since)[0])
        own = fold(shown[start:end])
    while start > 0 and (not nouns(own) or _goes_on(shown, start)):
        start, _ = _clause_span_at(shown, start - 1)
        own = fold(shown[start:end])
    before = fold(f"{shown[:end]} {context}")
    before += before.replace(" ", "")
    # `到2025年达到90%以上` below its heading says what it is about only there.
    own = own + own.replace(" ", "") if nouns(own) else before
    if not any(_stands(word, own) for word in words) or not _stands(last_noun(said, claimed), before):
        return False
    units = {measure(said, claimed), measure(shown, held)}
    return len(units) == 1 or "个" not in units or _counts_the_same(said, claimed, shown, held)


def other_kind(said: str, claimed: Quantity, shown: str, held: Quantity, context: str) -> bool:
    """Whether claim and evidence tell of two kinds of one thing: 教育项目投资 against 铁路投资. Before the noun that both
    have, each has a word that the other has nowhere; `context` is what stands above the evidence."""
    said, shown = without_asides(said), without_asides(shown)
    pairs_of = [(said, claimed), (shown, held)]
    spoken, told = (nouns(text[_clause_span(text, q)[0] : q.start])[-2:] for text, q in pairs_of)
    if len(spoken) < 2 or len(told) < 2 or spoken[1] != told[1]:
        return False
    return not _stands(told[0], fold(said)) and not _stands(spoken[0], fold(f"{shown} {context}"))


def _goes_on(text: str, start: int) -> bool:
    """Whether the clause is the last of several that share its number: `中小学、幼儿园40所`."""
    if text[start - 1] != "、":
        return False
    first, last = _clause_span_at(text, start - 1)
    return not quantities(text[first:last])


def _counts_the_same(said: str, claimed: Quantity, shown: str, held: Quantity) -> bool:
    """个 counts anything: `托位960个` are no 幼儿园960所."""
    counted = next_nouns(shown, held)
    return not counted or any(
        _stands(word, noun) or noun in word for word in next_nouns(said, claimed) for noun in counted
    )


def without_asides(text: str) -> str:
    """Brackets without a figure belong to the word around them, 乡镇(街道), 新(改扩)建, but behind a number they may say
    what it counts: `1200人（教师）`. Blanks keep the offsets."""
    ends = {after_unit(text, q) for q in quantities(text)}

    def aside(match: re.Match[str]) -> str:
        inside = match.group()[1:-1] if match.start() in ends else " " * (len(match.group()) - 2)
        return f" {inside} "

    return ASIDE.sub(aside, text)


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


def nouns(clause: str) -> list[str]:
    """Content words of a clause, in its order."""
    bare = without_figures_and_places(clause)
    return [
        word
        for word in subject_words(bare)
        if len(word) > 1 and word not in PLAN_WORDS and word not in SAYS_NOTHING and not word.isascii()
    ]


def next_nouns(text: str, quantity: Quantity) -> list[str]:
    """The words of a clause that stand next to its number: the first and last behind it and the last before it."""
    start, end = _clause_span(text, quantity)
    behind, before = nouns(text[after_unit(text, quantity) : end]), nouns(text[start : quantity.start])
    return [*behind[:1], *behind[-1:], *before[-1:]]


def last_noun(text: str, quantity: Quantity) -> str:
    """The noun that a number counts: the last of those behind it in its clause, else the last before it."""
    start, end = _clause_span(text, quantity)
    behind, before = nouns(text[after_unit(text, quantity) : end]), nouns(text[start : quantity.start])
    return (behind or before or nouns(text[start:end]) or [""])[-1]


def _stands(word: str, text: str) -> bool:
    """Whether a word, or for a compound half of its pairs, stands in folded text."""
    return word in text or pair_share(word, text) >= 0.5
