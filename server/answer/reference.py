"""What a follow-up refers back to: pronouns, 其中, the n-th item, an earlier question (回到赤字).

Pure functions over the user's questions. Not covered: another year, place or subject (`followup`), what the n-th item
of an answered list is (`finding` looks it up).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.lexical import STOP_WORDS, words
from ingest.markers import number
from server.answer.asking import asks_list
from server.answer.subquestions import ASKS, places_of
from server.answer.topic import document_of, topic

BACK = re.compile(
    r"^(?P<way>再?(?:回到|回头(?:再)?说|说回到?|回过头来?说?|说到)|再说)?"
    r"(?P<where>(?:前面|刚才|刚刚|最开始|一开始|最早|之前|开头|第一个问题)(?:说|提到|提|问|讲|里)?的?(?:那个|那项|那份)?)?"
    r"(?P<what>[^，,]*)[，,]\s*(?P<rest>.+)$"
)
NUMERAL = r"[一二三四五六七八九十\d]+"
ITEM = re.compile(rf"第{NUMERAL}(?:条|项|点|款|步|类|种|档|部分|方面|章)")
LISTED = re.compile(
    rf"第(?P<number>{NUMERAL})(?P<unit>个|条|项|点|步|类|种|件|部分|方面)(?P<noun>[^，,的是]{{0,6}}?)"
    r"(?P<asked>(?:[的是，,]|具体|详细|主要|怎|如何|有|要|做|由|归|什么|哪|多少|几|规定|内容|讲|说|$).*)$"
)
NARROW = re.compile(r"^(?:这|那)?(?:其中|里面|里头|当中|之中)(?:的)?[，,]?(?P<rest>.+)$")
NOUN = (
    r"(?:暂行)?(?:条例|办法|文件|规定|通知|意见|法规|法律|规划|方案|决定|报告|批复|复函|细则|公告|政策|法(?![人院定]))"
)
DOCUMENT_PRONOUN = re.compile(rf"(?:这|该|那|此|上述|本)(?:个|部|份|项|条|一|件)*{NOUN}|文件里|文中")
THING = r"(?:工作|项目|任务|比例|目标|指标|数字?(?![据量])|金额|标准|活动|平台|工程|会议|机构|小组|奖项?|资金|计划|行动|措施|制度|试点|钱|事情?|人|情况)"
DEMONSTRATIVE = r"(?:这|该|那|此|上述|前述)(?:一?(?:个|项|种|些|类|份|次|笔|条|批|件|样))*的?"
PRONOUN = re.compile(rf"{DEMONSTRATIVE}{THING}|它们?|其(?![中他余次实它])")
KINDS = ("工作", "任务", "措施", "制度", "试点")
"""What names the whole matter and not the figure that was asked for."""
OF_PERSON = re.compile(r"^(?P<owner>.{2,})的[^的]{2,8}?(?:[由是归]?谁|是?哪位)")
NUMBERED = re.compile(rf"^[#\s]*第?[（(]?(?P<number>{NUMERAL})(?:[)）、.．]|[是要])\s*")
LONGEST_ITEM = 30


@dataclass(frozen=True)
class ItemAsked:
    """A follow-up about the n-th item of what the question before asked for."""

    of: str
    """The question that asked for the list, a question of its own."""
    number: int
    asked: str
    """What is asked of the item: 具体做什么."""

    def among(self, items: Sequence[str]) -> str | None:
        """The item that bears the number; where none is numbered, the n-th."""
        own = [(number(match["number"]), item) for item in items if (match := NUMBERED.match(item))]
        if own:
            return next((item for found, item in own if found == self.number), None)
        return items[self.number - 1] if 0 < self.number <= len(items) else None

    def about(self, item: str) -> str:
        """The follow-up with the item's own first words: `3.“安心晚托”项目。开展…` -> `…，“安心晚托”项目具体做什么`."""
        name = re.split(r"[。：:；;，,\n]", NUMBERED.sub("", item.strip()), maxsplit=1)[0][:LONGEST_ITEM]
        within = document_of(self.of) or topic(self.of)
        return f"{within}，{name}{self.asked}"


def back(stripped: str, earlier: Sequence[str]) -> str | None:
    """`回到前面那个减税，制造业的税率降到多少` -> the topic of the question about 减税, `，制造业的…`.

    Without 前面 or its like, an earlier question has to hold every word: 回到农村的大学生 goes back to nothing.
    """
    match = BACK.match(stripped)
    if match is None or not (match["way"] or match["where"]):
        return None
    what, where = match["what"], match["where"]
    found = next((q for q in earlier if _holds(q, what, every=not where)), None)
    if found is None and not where:
        return None
    return f"{_up_to(topic(found or earlier[0]), what)}，{match['rest']}"


def _holds(question: str, what: str, every: bool) -> bool:
    wanted, held = set(words(what)) - STOP_WORDS, set(words(question))
    return bool(what) and (what in question or (bool(wanted) and (wanted <= held if every else bool(wanted & held))))


def _up_to(subject: str, what: str) -> str:
    """The clauses of a topic that lead to `what`: the rest asked for something else."""
    clauses = re.split(r"[，,]", subject)
    last = next((i for i, clause in enumerate(clauses) if what and what in clause), len(clauses) - 1)
    return "，".join(clauses[: last + 1])


def narrowed(rest: str, last: str) -> str | None:
    """`里面留抵退税占多少` -> the last question's topic, `其中留抵退税占多少`; so `农村的呢`."""
    match = NARROW.match(rest)
    if match is None:
        return None
    part = match["rest"]
    return f"{topic(last)}，其中{part}{'' if ASKS.search(part) else '是多少'}"


def item(rest: str, last: str) -> str | None:
    """`第二条措施具体怎么做` -> of which document or list; `第三条呢` after `第二条规定了什么` replaces it."""
    match = ITEM.match(rest)
    if match is None:
        of = listed_item(rest, last)
        return f"{topic(last)}，{rest if ASKS.search(rest) else rest + '具体是什么'}" if of else None
    if ITEM.search(last) and (match.end() == len(rest)):
        return ITEM.sub(match.group(), last, count=1)
    asked = rest if ASKS.search(rest) else rest + "具体是什么"
    return f"{topic(last)}，{asked}"


def listed_item(rest: str, last: str) -> ItemAsked | None:
    """The n-th of the things that the last question asked for; 第二个百年奋斗目标 is none of `哪些项目`."""
    match = LISTED.match(rest)
    if match is None or not asks_list(last) or (match["noun"] and match["noun"] not in last):
        return None
    if match["unit"] == "条" and not match["noun"] and document_of(last):
        # An article of the document.
        return None
    asked = match["asked"].lstrip("的，,")
    return ItemAsked(last, number(match["number"]), asked if ASKS.search(asked) else asked + "具体是什么")


def resolved(rest: str, earlier: Sequence[str]) -> str | None:
    """Pronouns near the start, where nothing has been named yet: `这个条例`, `它`, `这项工作`, `上述比例`."""
    match = DOCUMENT_PRONOUN.search(rest) or PRONOUN.search(rest)
    if (
        match is None
        or match.start() > 4
        or places_of(rest[: match.start()])
        or re.search(r"[“‘《\d]", rest[: match.start()])
    ):
        return None
    asked = rest if ASKS.search(rest) else rest + "是什么"
    last = earlier[-1]
    subject = topic(last)
    if match.re is DOCUMENT_PRONOUN:
        name = next((name for q in reversed(earlier) if (name := document_of(q))), None)
        return asked.replace(match.group(), name or f"{subject}的{_kind(match.group())}", 1)
    if re.match(r"它|其", match.group()):
        # 它 is no person: after `治理小组的组长是谁` it is the group.
        person = OF_PERSON.match(last)
        name = document_of(last) or (person["owner"] if person else subject)
        return asked.replace(match.group(), name + ("的" if match.group() == "其" else ""), 1)
    noun = re.sub(rf"^{DEMONSTRATIVE}", "", match.group())
    if noun in KINDS or (re.search(r"(?:几|多少)\w", last) and noun not in ("比例", "数", "数字")):
        return asked.replace(match.group(), f"{subject}的{noun}", 1)
    return asked.replace(match.group(), subject, 1)


def _kind(pronoun: str) -> str:
    found = re.search(NOUN + "$", pronoun)
    return found.group() if found else "文件"
