"""Split a comparison into one question for each place or year, and complete a follow-up from the history.

Pure functions over text. Not covered: answering the parts (`answerer`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.lexical import STOP_WORDS, words
from ingest.places import find_places

YEAR = re.compile(r"(?<!\d)(?:19|20)\d{2}\s*年?(?!\d)")
JOINT = re.compile(r"\s*(?:和|与|同|跟|及|以及|、|还有|,|，)\s*")
JOINT_BEFORE = re.compile(r"\s*(?:和|与|同|跟|及|以及|、)\s*$")
EACH = re.compile(r"分别|各自|各(?=是|有|为|达|要|多|新|计)")
CLAUSE = re.compile(r"[，,；;？?]")
FOLLOW_UP = re.compile(r"^(?:那|那么|还有|再问)?(?P<rest>.+?)(?:呢|怎么样|又如何|又是多少)?[?？。]?$")
MOST_PARTS = 6


@dataclass(frozen=True)
class Part:
    """One of the questions that a comparison consists of; `label` says which (舟山2023年)."""

    label: str
    text: str


@dataclass(frozen=True)
class _Unit:
    start: int
    end: int
    text: str


def split_comparison(text: str) -> list[Part]:
    """`舟山和乳山的覆盖率目标分别是多少` -> one part for 舟山, one for 乳山; an ordinary question -> []."""
    return _by_clause(text) or _by_joint(text) or _by_phrase(text)


def _places(text: str) -> list[_Unit]:
    units = [_Unit(m.start, m.end, text[m.start : m.end]) for m in find_places(text)]
    return [u for u in units if len(u.text) > 1]


def _by_clause(text: str) -> list[Part]:
    """`乳山打造几个教育集团，义乌组建多少个幼教集团`: every clause asks by itself, of a place of its own."""
    clauses = [c.strip() for c in CLAUSE.split(text) if c.strip()]
    if not 2 <= len(clauses) <= MOST_PARTS:
        return []
    names = [[u.text for u in _places(clause)] for clause in clauses]
    asks = all(re.search(r"几|多少|哪|什么|如何|怎|吗", clause) for clause in clauses)
    if not asks or any(len(n) != 1 for n in names) or len({n[0] for n in names}) < 2:
        return []
    return [Part(_label(clause), clause) for clause in clauses]


def _label(clause: str) -> str:
    place = _places(clause)[0].text
    year = YEAR.search(clause)
    return place + (year.group().strip() if year else "")


def _by_joint(text: str) -> list[Part]:
    """Places (each with its year), or years, that stand joined: each takes the rest of the question."""
    units = _units(text)
    run: list[_Unit] = units[:1]
    for unit in units[1:]:
        if JOINT.fullmatch(text[run[-1].end : unit.start]):
            run.append(unit)
        elif len(run) < 2:
            run = [unit]
    if not 2 <= len(run) <= MOST_PARTS:
        return []
    before, after = text[: run[0].start], EACH.sub("", text[run[-1].end :])
    return [Part(unit.text.strip(), before + unit.text + after) for unit in run]


def _by_phrase(text: str) -> list[Part]:
    """`海沧…要点和乳山…意见的文号分别是什么`: two phrases, of a place each, share what stands behind the last 的."""
    places = _places(text)
    if len(places) != 2 or places[0].text == places[1].text or not EACH.search(text):
        return []
    joint = JOINT_BEFORE.search(text[: places[1].start])
    right = EACH.sub("", text[places[1].start :])
    if joint is None or "的" not in right:
        return []
    left = text[: joint.start()] + "的" + right.rpartition("的")[2]
    return [Part(places[0].text, left), Part(places[1].text, right)]


def _units(text: str) -> list[_Unit]:
    places = _places(text)
    if len(places) < 2:
        return [_Unit(m.start(), m.end(), m.group()) for m in YEAR.finditer(text)]
    years = [YEAR.match(text, place.end) for place in places]
    # One year behind the last place holds for all of them and stays with the rest of the question.
    paired = sum(year is not None for year in years) > 1
    units = []
    for place, year in zip(places, years, strict=True):
        end = year.end() if year and paired else place.end
        units.append(_Unit(place.start, end, text[place.start : end]))
    return units


def complete(text: str, history: Sequence[str]) -> str:
    """A follow-up as a question of its own: `义乌呢` takes the last question with its place replaced,
    `那新增学位呢` keeps the last question's place and year. `history` holds the user's earlier questions."""
    if not history:
        return text
    last = complete(history[-1], history[:-1])
    match = FOLLOW_UP.match(text.strip())
    rest = match["rest"].strip("，, ") if match else text
    opened = text.strip() != rest
    if not opened and _places(text):
        return text
    places, years = _places(rest), list(YEAR.finditer(rest))
    spoken = {i for u in places for i in range(u.start, u.end)} | {i for y in years for i in range(y.start(), y.end())}
    only_where = all(i in spoken or rest[i] in " 的，,和与" for i in range(len(rest)))
    if only_where and (places or years):
        return _replace_where(last, rest, places, bool(years))
    if not opened and (years or len(rest) > LONG_ENOUGH):
        return text
    parallel = _parallel(last, rest)
    if parallel is not None:
        return parallel
    where = "".join(u.text for u in _places(last)[:1]) if not places else ""
    when = "".join(m.group().strip() for m in list(YEAR.finditer(last))[:1]) if not years else ""
    return where + when + rest + ("" if ASKS.search(rest) else _asking(last))


def _parallel(last: str, rest: str) -> str | None:
    """`学前段入学率是多少` with `义务段` -> `义务段入学率是多少`: the word that ends or begins alike is replaced."""
    if len(rest) > LONGEST_PARALLEL:
        return None
    group = next((g for g in PARALLEL_WORDS if rest in g), ())
    same_kind = [word for word in group if word in last]
    alike = [w for w in set(words(last)) - STOP_WORDS if 1 < len(w) <= 4 and (w[-1] == rest[-1] or w[0] == rest[0])]
    for word in sorted(same_kind, key=len, reverse=True) or sorted(alike, key=len, reverse=True):
        if word != rest:
            return last.replace(word, rest, 1)
    return None


def _asking(last: str) -> str:
    """How the last question asked, for a new subject."""
    if re.search(r"部门|负责|牵头|科室", last):
        return "由哪个部门负责"
    if re.search(r"几|多少", last):
        return "是多少"
    if re.search(r"哪些|怎么|如何|怎样", last):
        return "有哪些措施"
    return "是什么"


ASKS = re.compile(r"几|多少|哪|什么|如何|怎|吗|谁")
LONGEST_PARALLEL = 4
PARALLEL_WORDS = (
    ("幼儿园", "小学", "初中", "高中", "中学", "大学", "高校", "中职"),
    ("学前", "学前段", "义务段", "高中段", "小学段", "初中段", "义务教育", "学前教育", "高中教育"),
)
LONG_ENOUGH = 12


def _replace_where(last: str, rest: str, places: list[_Unit], has_years: bool) -> str:
    replaced = last
    if places:
        old = _places(last)
        name = rest[places[0].start : places[-1].end]
        replaced = last[: old[0].start] + name + last[old[-1].end :] if old else name + last
    if has_years:
        year = YEAR.search(rest)
        assert year is not None
        replaced = YEAR.sub(year.group(), replaced, count=1) if YEAR.search(replaced) else year.group() + replaced
    return replaced
