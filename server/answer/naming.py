"""Which documents a question names: by 《title》, by a title's own words, by document number, as 2017年政府工作报告.

Covered: names that no document bears. Not covered: places and years outside a name (`evidence`).
"""

import re
import threading
from dataclasses import dataclass, field

from index.query import Question
from index.store import Store
from ingest.numbers import document_numbers
from ingest.text import fold

QUOTED = re.compile(r"《([^《》]{2,80})》")
REPORT = re.compile(r"(?<!\d)((?:19|20)\d{2})年?(?:的|度)?(?:[\u4e00-\u9fff]{0,8}?)(报告|要点)")
"""`2017年报告`, `2017年的政府工作报告`: a year and the kind of document, not the year asked about."""
# What stands around the name proper in a title: 国务院办公厅关于…的通知, (2019-03-20).
AROUND = re.compile(
    r"^.{0,20}?关于(?:印发|转发|发布|公布)?|的(?:通知|意见|批复|函|复函|决定|通报|答复|请示|公告)$|[(（][^()（）]*[)）]$"
)
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


@dataclass
class Catalogue:
    """The titles of a store, read again when it changes; safe for many threads."""

    store: Store
    _titles: list[_Title] = field(default_factory=list)
    _generation: int = -1
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def named(self, question: Question) -> Named:
        """What `question` names; nothing where it speaks of no document."""
        titles = self._known()
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
        for match in REPORT.finditer(text):
            year, kind = int(match[1]), match[2]
            bearing = {t.document_id for t in titles if t.year == year and kind in t.folded}
            bearing = bearing & found if bearing & found else bearing
            if bearing and (not found or bearing & found):
                found = bearing
                years.add(year)
        return Named(frozenset(found), tuple(missing), frozenset(years))

    def _known(self) -> list[_Title]:
        generation = self.store.generation()
        with self._lock:
            if generation != self._generation:
                metadata = self.store.metadata()
                self._titles = [
                    _title(row.id, row.title, metadata[row.id].year, number.value if number else "")
                    for row in self.store.documents(-1)
                    if row.id in metadata
                    for number in [metadata[row.id].number]
                ]
                self._generation = generation
            return self._titles


def _title(document_id: str, title: str, year: int | None, number: str) -> _Title:
    folded = fold("".join(title.split()))
    core = AROUND.sub("", AROUND.sub("", folded))
    own = [n for n, _, _ in document_numbers(number)]
    return _Title(document_id, folded, core, year, own[0] if own else fold(number))


def _bearing(name: str, titles: list[_Title]) -> set[str]:
    """The documents that bear a name, whole or as part of their title, else those whose title it nearly is."""
    same = {t.document_id for t in titles if name in (t.folded, t.core)}
    if same:
        return same
    part = {t.document_id for t in titles if len(name) >= SHORTEST_PART and name in t.folded}
    return part or {
        t.document_id for t in titles if len(t.core) >= SHORTEST_NAME and _share(t.core, name) >= NEARLY_ALL
    }


def _spoken(text: str, titles: list[_Title]) -> set[str]:
    """The documents whose name stands in the question without brackets; of names inside others the longest."""
    held = [t for t in titles if len(t.core) >= SHORTEST_NAME and t.core in text]
    longest = [t for t in held if not any(t.core != o.core and t.core in o.core for o in held)]
    return {t.document_id for t in longest}


def _share(title: str, name: str) -> float:
    """Share of the title's character pairs that the name has."""
    pairs = {title[i : i + 2] for i in range(len(title) - 1)}
    return sum(pair in name for pair in pairs) / max(len(pairs), 1)
