"""Which documents a question names: by 《title》, by a title's own words, by document number, as 2017年政府工作报告.

Covered: names that no document bears. Not covered: places and years outside a name (`fitting`).
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from index.query import Question
from index.store import Store
from ingest.document import Metadata
from ingest.numbers import document_numbers
from ingest.text import fold
from server.answer.pairs import pair_share

QUOTED = re.compile(r"《([^《》]{2,80})》")
REPORT = re.compile(r"(?<!\d)((?:19|20)\d{2})年?(?:的|度)?(?:[\u4e00-\u9fff]{0,8}?)(报告|要点)")
"""`2017年报告`, `2017年的政府工作报告`: a year and the kind of document, not the year asked about."""
THAT = re.compile(
    r"(?<!\d)((?:19|20)\d{2})年?(?:发布|出台|印发|颁布|制定|公布)?的?[那这][个份部条](规定|办法|条例|意见|通知|方案|决定|细则|法)"
)
"""`1990年那个规定`: a year that only tells which document is meant."""
# What stands around the name proper in a title: 国务院办公厅关于…的通知, (2019-03-20).
AROUND = re.compile(
    r"^.{0,20}?关于(?:印发|转发|发布|公布)?|的(?:通知|意见|批复|函|复函|决定|通报|答复|请示|公告)$|[(（][^()（）]*[)）]$"
)
OTHER_LAW = re.compile(r"的?(?:实施|施行|若干|修正|解释|细则|办法|条例|规定|决定)")
SHORTEST_NAME = 6
SHORTEST_PART = 4
NEARLY_ALL = 0.85


@dataclass(frozen=True)
class Named:
    """The documents that a question names; `missing` are names that no document bears."""

    documents: frozenset[str] = frozenset()
    missing: tuple[str, ...] = ()
    years: frozenset[int] = frozenset()
    """Years that are part of a name: 2018年政府工作报告 is asked about what it tells of other years, too."""


@dataclass(frozen=True)
class _Title:
    document_id: str
    folded: str
    core: str
    year: int | None
    number: str


@dataclass(frozen=True)
class Catalogue:
    """The titles of a store; safe for many threads."""

    store: Store

    def named(self, question: Question) -> Named:
        """What `question` names; nothing where it speaks of no document."""
        titles = self.store.described(_title).values()
        text = fold("".join(question.text.split()))
        found: set[str] = set()
        missing: list[str] = []
        years: set[int] = set()
        for number in question.numbers:
            bearing = {
                t.document_id for t in titles if t.number and (t.number.endswith(number) or number.endswith(t.number))
            }
            found |= bearing
            if not bearing:
                missing.append(number)
        for match in QUOTED.finditer(question.text):
            bearing = _bearing(fold("".join(match[1].split())), titles)
            found |= bearing
            if not bearing:
                missing.append(match.group())
        if not found and not missing:
            found = _spoken(text, titles)
        for match in (*REPORT.finditer(text), *THAT.finditer(text)):
            year, kind = int(match[1]), match[2]
            bearing = {t.document_id for t in titles if t.year == year and kind in t.folded}
            bearing = bearing & found if bearing & found else bearing
            if bearing and (not found or bearing & found):
                found = bearing
                years.add(year)
        return Named(frozenset(found), tuple(missing), frozenset(years))


def _title(document_id: str, title: str, metadata: Metadata) -> _Title:
    folded = fold("".join(title.split()))
    core = AROUND.sub("", AROUND.sub("", folded))
    number = metadata.number.value if metadata.number else ""
    own = [n for n, _, _ in document_numbers(number)]
    return _Title(document_id, folded, core, metadata.year, own[0] if own else fold(number))


def _bearing(name: str, titles: Collection[_Title]) -> set[str]:
    """The documents that bear a name, whole or as part of their title, else those whose title it nearly is."""
    same = {t.document_id for t in titles if name in (t.folded, t.core)}
    if same:
        return same
    part = {t.document_id for t in titles if len(name) >= SHORTEST_PART and name in t.folded}
    return part or {
        t.document_id for t in titles if len(t.core) >= SHORTEST_NAME and pair_share(t.core, name) >= NEARLY_ALL
    }


def _spoken(text: str, titles: Collection[_Title]) -> set[str]:
    """The documents whose name stands in the question without brackets; of names inside others the longest."""
    held = [t for t in titles if len(t.core) >= SHORTEST_NAME and t.core in text]
    longest = [t for t in held if not any(t.core != o.core and t.core in o.core for o in held)]
    return {t.document_id for t in longest}


# -- among documents that were found ---------------------------------------------------------------------------


def document_named(question: Question, documents: Sequence[str], store: Store) -> str | None:
    """That of `documents` whose name stands in the question; None for none, or several of the same name."""
    asked = re.sub(r"[《》<>\s]", "", fold(question.text))
    found: dict[str, int] = {}
    for document, title in store.titles(documents).items():
        lengths = [len(name) for name in _names(title) if _is_named(name, asked)]
        found[document] = max(lengths, default=0)
    longest = max(found.values(), default=0)
    named = [document for document, length in found.items() if length == longest]
    return named[0] if longest and len(named) == 1 else None


def _is_named(name: str, asked: str) -> bool:
    """`name` stands in `asked` and is no part of another's: 煤炭法 is none in 实施煤炭法办法."""
    start = asked.find(name)
    return (
        start >= 0 and not OTHER_LAW.match(asked, start + len(name)) and asked[start - 1 : start] not in {*"省市区县州"}
    )


def _names(title: str) -> Iterator[str]:
    """`中华人民共和国疫苗管理法(2019-06-29)` is 疫苗管理法 too; what is too short to be a name is none."""
    full = re.sub(r"[(\[].*?[)\]]|[《》<>#\s]", "", fold(title))
    for name in {full, full.removeprefix("中华人民共和国"), re.sub(r"^.*关于", "", full)}:
        if len(name) > 4 or (len(name) > 2 and name.endswith("法")):
            yield name
    for name in {re.sub(r"\d{4}年", "", full), re.sub(r"^.{2,8}?(?:省|市|自治区)", "", full)}:
        if len(name) > 7:
            yield name
