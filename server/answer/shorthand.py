"""Shorthand of official Chinese, which counts what its members share (六保, 四统一, 三个1亿人), and where it is spelt out.

Covered: members before the term (A、B、C、D“四统一”), behind it (“三个1亿人”问题，促进…，改造…，引导…), and as many members of
one run that begin with the shared word (保居民就业、保基本民生、… for 六保). Not covered: members in sentences of their own.
"""

import re
from dataclasses import dataclass
from itertools import groupby

from ingest.markers import number

COUNT = "一二三四五六七八九十两双"
PART = re.compile(rf"(?P<n>[{COUNT}])(?P<measure>[个大项条种类件])?(?P<shared>[^{COUNT}、,，\"“”]{{1,8}})")
FEWEST, MOST = 2, 10
MEMBER = r"[^、,;:()\"]{2,40}"
LONGEST_FIRST = 2
REPEATED = "是指的都分别具体包括含共为了个各要"
"""What a question puts between a term and 哪些 that asks for its members: 指的是, 分别是, 都包括."""
QUOTED = re.compile(
    r"[“\"「『](?P<x>[^”\"」』]{2,12})[”\"」』](?P<between>[^，,。？?]{0,8}?)(?:哪|什么|啥)[^，,。？?]{0,6}[？?。]?$"
)


@dataclass(frozen=True)
class Shorthand:
    """`term`, how many members it may count, and the words that its members share."""

    term: str
    counts: frozenset[int]
    shared: tuple[str, ...]

    def spelt_out(self, sentence: str) -> bool:
        """Whether the members stand beside the term in `sentence`, which is folded and has no white space."""
        term = '"?' + re.escape(self.term) + '"?'
        return any(
            re.search(rf"(?:{MEMBER}、){{{n - 1}}}{MEMBER}(?:等|的)?{term}", sentence)
            or re.search(rf"{term}[^,;:(]{{0,6}}[:(](?:{MEMBER}[、,;]){{{n - 1}}}{MEMBER}(?:[.;)]|$)", sentence)
            or self._goes_on(sentence, term, n)
            for n in self.counts
        )

    def _goes_on(self, sentence: str, term: str, n: int) -> bool:
        """A comma joins what goes on to anything, so that here every member has to hold of what they share."""
        match = re.search(rf"{term}[^,;:(]{{0,6}},(?P<m>(?:{MEMBER}[、,;]){{{n - 1}}}{MEMBER})(?:[.;]|$)", sentence)
        characters = set("".join(self.shared))
        return match is not None and all(characters & set(member) for member in re.split(r"[、,;]", match["m"]))

    def names_members(self, sentence: str) -> bool:
        """Whether `sentence` has exactly as many members in one run that begin with the one short word they share; words
        before the first (切实做好稳就业、…) do not count."""
        if len(self.shared) > 1 or len(self.shared[0]) > LONGEST_FIRST:
            return False
        before = ""
        for begins, run in groupby(re.split(r"[、,;]", sentence), lambda member: member.startswith(self.shared[0])):
            members = list(run)
            if begins and {len(members), len(members) + (self.shared[0] in before)} & self.counts:
                return True
            before = members[-1]
        return False


def shorthand(term: str) -> Shorthand | None:
    """The folded `term` as shorthand, None where it counts nothing: 双随机、一公开 may have 3 members, or 2."""
    parts = list(PART.finditer(term))
    if not parts or parts[0].start() > 0:
        return None
    counted = [2 if part["n"] in "两双" else number(part["n"]) for part in parts]
    counts = {sum(counted)} if len(parts) == 1 else {sum(counted), len(parts)}
    counts = {n for n in counts if FEWEST <= n <= MOST}
    return Shorthand(term, frozenset(counts), tuple(part["shared"] for part in parts)) if counts else None


def asked_members(text: str) -> str | None:
    """The shorthand whose members are asked for: “六保”是保哪些, “四统一”统一的是哪四项标准; not “双减”有哪些措施."""
    match = QUOTED.search(text)
    if match is None or not set(match["between"]) <= {*REPEATED, *match["x"]}:
        return None
    return match["x"] if shorthand(match["x"]) is not None else None
