"""Whether another number of the same evidence fits a claim better than the number that it gives.

`公办园覆盖率50%以上,普惠性幼儿园覆盖率90%以上` has both words of `公办园覆盖率90%`; only 50% has them next to it. Words of
a claim that no number has near it decide nothing, so that a sentence may be worded freely. Not covered: numbers of
other sentences (`verify` tries every source), a claim whose noun no number has (`claims.same_noun`).
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from ingest.numbers import Quantity, quantities
from ingest.text import fold
from ingest.years import YEAR_BEHIND
from server.answer.claims import (
    EDGE,
    EXACT_UNITS,
    RISES_OR_FALLS,
    after_unit,
    measure,
    next_nouns,
    nouns,
    same_bound,
    without_asides,
)
from server.answer.pairs import pair_share

JOINED = re.compile(r"[和与:：]|及(?!以上|以下|其)")
COMMA = re.compile(r"(?<!\d)[,，]|[,，](?!\d)")
CLAUSE_END = re.compile(r"(?<!\d)[,，]|[,，](?!\d)|[；;。]")
ITEMS = re.compile(r"[、和与]|及(?!以上|以下)")
BETWEEN = re.compile(r"[^\d、和与及,，；;。]{0,5}[、和与及]\s*(?:不低于|超过|达到)?")
GOES_ON = re.compile(r"[、和与及]\d")
PART = re.compile(r"其中|包括|[含括]")
YEAR = re.compile(r"(?:19|20)\d{2}")
SHORTEST_END = 3
CARRIED = 0.9
"""What stands in an earlier clause, before the number or above its part of a whole, counts a little less."""


@dataclass(frozen=True)
class Slot:
    """A number of the evidence with the words that stand next to it and those that go on from before."""

    quantity: Quantity
    own: str
    carried: str = ""

    def score(self, words: list[str]) -> float:
        """How many characters of a claim's words stand here."""
        return sum(len(w) * max(_share(w, self.own), CARRIED * _share(w, self.carried)) for w in words)

    def has(self, word: str) -> bool:
        return word in self.own or word in self.carried


def fits_best(said: str, claimed: Quantity, shown: str, held: Quantity) -> bool:
    """Whether no other number of `shown` has more of the claim's words than `held`, the number that it gives."""
    around = _around(said, claimed)
    words = [*nouns(around), *RISES_OR_FALLS.findall(around), *_years(around)]
    found = slots(shown)
    own = next((slot for slot in found if slot.quantity.start == held.start), None)
    if own is None or not words:
        return True
    near = [word for word in next_nouns(without_asides(said), claimed) if word in own.own]
    near += _same_end(said[: claimed.start], shown[: held.start])
    _, governing = _conditions(said, claimed, shown, held)
    if governing is not None and CLAUSE_END.search(shown, governing.end, held.start):
        told = " ".join(slot.own for slot in found if slot.quantity.start == governing.start)
        own = Slot(held, f"{told} {own.own}", own.carried)
    score = own.score(words)
    return not any(
        slot.score(words) > score and all(slot.has(word) for word in near)
        for slot in found
        if slot.quantity.key not in (held.key, governing and governing.key)
        and not _are_apart(shown, slot.quantity, held)
    )


def _same_end(said: str, shown: str) -> list[str]:
    """The nouns that claim and evidence have alike right before the number: in `创建特色学校2所、品牌专业10个` only 10 has 品牌专业,
    though 创建 stands next to 2."""
    left, right = (fold("".join(text.split())) for text in (said, shown))
    length = next((i for i in range(min(len(left), len(right))) if left[-1 - i] != right[-1 - i]), 0)
    return nouns(left[-length:]) if length >= SHORTEST_END else []


def _are_apart(text: str, one: Quantity, other: Quantity) -> bool:
    """Whether nobody takes one for the other: 公斤 and 元, 年 and %."""
    kinds = {"%" if q.percent else measure(text, q) for q in (one, other)}
    return len(kinds) == 2 and kinds <= EXACT_UNITS | {"%"}


@lru_cache(maxsize=256)
def slots(shown: str) -> tuple[Slot, ...]:
    """Every number of `shown` but the years, with its words."""
    text = without_asides(shown)
    counted = [q for q in quantities(shown) if counts(shown, q)]
    each = _listed(text, counted)
    found: list[Slot] = []
    whole, first = "", 0
    for index, quantity in enumerate(counted):
        if quantity.start in each:
            found.append(Slot(quantity, fold(each[quantity.start])))
            continue
        before = after_unit(text, counted[index - 1]) if index else 0
        behind = counted[index + 1].start if index + 1 < len(counted) else len(text)
        start, end = _bounds(text, quantity, before, behind)
        if index and start == before and not JOINED.search(text, before - 1, before):
            start = first
        first = start
        carried = text[min(start, _after_clause(text, before)) if index else 0 : start]
        own = text[start:end]
        if PART.search(carried + own) and found:
            whole = found[-1].own
        elif "(" not in carried + own and "（" not in carried + own and _ends_list(text, before, quantity.start):
            whole = ""
        if not nouns(carried + own) and found:
            own, carried = f"{found[-1].own} {own}", found[-1].carried
        told = _years(text[: quantity.start])[-1:]
        found.append(Slot(quantity, fold(own), fold(" ".join((carried, whole, *told)))))
    return tuple(found)


def is_quoted(said: str, claimed: Quantity, shown: str, held: Quantity) -> bool:
    """Whether the whole clause of the claim stands around the number in the evidence, letter for letter but for commas."""
    start = max((m.end() for m in CLAUSE_END.finditer(said, 0, claimed.start)), default=0)
    edge = CLAUSE_END.search(said, claimed.end)
    before, behind = said[start : claimed.start], said[claimed.end : edge.start() if edge else len(said)]
    left, right = _bare(shown[: held.start]), _bare(shown[held.end :])
    rest = right.removeprefix(_bare(behind))
    # The first figure of `乙收入增长8%和11%` is not said of 乙 alone.
    return left.endswith(_bare(before)) and right.startswith(_bare(behind)) and not GOES_ON.match(rest)


def _bare(text: str) -> str:
    return COMMA.sub("", "".join(fold(text).split()))


def same_condition(said: str, claimed: Quantity, shown: str, held: Quantity) -> bool:
    """Whether a number that the claim makes a condition, `超过100万的城市1100元`, is the one that governs the evidence's:
    the nearest before it in the same unit, with the same bound."""
    wanted, governing = _conditions(said, claimed, shown, held)
    if wanted is None or governing is None:
        return True
    return wanted.key == governing.key and same_bound(said, wanted, shown, governing)


def begins(said: str, claimed: Quantity, shown: str, held: Quantity) -> int:
    """Where the evidence begins to speak of its number: with the condition that the claim has, too, else where it stands."""
    _, governing = _conditions(said, claimed, shown, held)
    return held.start if governing is None else governing.start


def _conditions(said: str, claimed: Quantity, shown: str, held: Quantity) -> tuple[Quantity | None, Quantity | None]:
    """The number before the claim's in its clause, if it counts something else, and the evidence's of the same unit."""
    earlier = [q for q in quantities(said) if q.end <= claimed.start and counts(said, q)]
    if (
        not earlier
        or CLAUSE_END.search(said, earlier[-1].end, claimed.start)
        or _kind(said, earlier[-1]) == _kind(said, claimed)
    ):
        return None, None
    near = [q for q in quantities(shown) if q.end <= held.start and _kind(shown, q) == _kind(said, earlier[-1])]
    return earlier[-1], near[-1] if near else None


def _kind(text: str, quantity: Quantity) -> tuple[bool, str]:
    return quantity.percent, measure(text, quantity)


def is_year(text: str, quantity: Quantity) -> bool:
    """Four figures that name a year rather than count years."""
    return YEAR.fullmatch(quantity.written) is not None and YEAR_BEHIND.match(text, quantity.end) is not None


def counts(text: str, quantity: Quantity) -> bool:
    """Whether it is neither a year nor an ordinal: 第一小学, 二级."""
    return not (is_year(text, quantity) or text[: quantity.start].endswith("第") or measure(text, quantity) == "级")


def _years(text: str) -> list[str]:
    return [q.written + "年" for q in quantities(text) if is_year(text, q)]


def _around(text: str, quantity: Quantity) -> str:
    """The words of a claim about its number: back to the number before it, past one that is its condition (每50公斤), on
    to the end of its clause."""
    bare = without_asides(text)
    start = 0
    for q in quantities(text):
        if q.end <= quantity.start and counts(text, q):
            divided = EDGE.search(bare, q.end, quantity.start) or JOINED.search(bare, q.end, quantity.start)
            start = divided.end() if divided else start
    _, end = _bounds(bare, quantity, start, len(bare))
    return text[start:end]


def _bounds(text: str, quantity: Quantity, before: int, behind: int) -> tuple[int, int]:
    """The clause of a number; of two numbers in one clause each has its side of 和, or both what is between them."""
    start = max((m.end() for m in EDGE.finditer(text, before, quantity.start)), default=before)
    edge = EDGE.search(text, quantity.end)
    end = edge.start() if edge else len(text)
    if start == before and before:
        joined = JOINED.search(text, before, quantity.start)
        start = joined.end() if joined else start
    if end > behind:
        joined = JOINED.search(text, quantity.end, behind)
        between = text[quantity.end : behind]
        end = joined.start() if joined else behind if nouns(between) else end
    return start, end


def _after_clause(text: str, position: int) -> int:
    edge = EDGE.search(text, position)
    return edge.end() if edge else position


def _ends_list(text: str, start: int, end: int) -> bool:
    """Whether a comma or more, not only 、, stands between two numbers: what is part of a whole is told with 、."""
    return any(m.group() != "、" for m in EDGE.finditer(text, start, end))


def _listed(text: str, counted: list[Quantity]) -> dict[int, str]:
    """`甲、乙(分别)达到1和2`: the words of each number by where it begins; the last item's noun is said of all."""
    found: dict[int, str] = {}
    for run in _runs(text, counted):
        first = run[0].start
        start = max((m.end() for m in CLAUSE_END.finditer(text, 0, first)), default=0)
        items = [item for item in ITEMS.split(text[start:first].partition("分别")[0]) if nouns(item)]
        if len(items) != len(run):
            continue
        common = " ".join(nouns(items[-1])[1:])
        found |= {q.start: f"{item} {common}" for q, item in zip(run, items, strict=True)}
    return found


def _runs(text: str, counted: list[Quantity]) -> list[list[Quantity]]:
    """Numbers between which nothing stands but a unit, a bound and 、 or 和."""
    runs: list[list[Quantity]] = []
    for quantity in counted:
        last = runs[-1][-1] if runs else None
        if last is not None and BETWEEN.fullmatch(text, last.end, quantity.start):
            runs[-1].append(quantity)
        else:
            runs.append([quantity])
    return [run for run in runs if len(run) > 1]


def _share(word: str, text: str) -> float:
    """1 where a word stands in folded text, for a compound the share of its pairs."""
    return 1.0 if word in text else pair_share(word, text)
