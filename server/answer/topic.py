"""What a question is about, and in which words it asks: its topic, document, place and year.

Pure functions over text, for follow-ups that carry these on (`followup`). Not covered: what is searched for
(`index.query`), which keeps words, not phrases.
"""

import re

from index.lexical import STOP_WORDS, words
from ingest.numbers import document_numbers
from server.answer.subquestions import AMOUNT, ASKS, JOINT, TITLE, YEAR, for_one, joined, places_of, without_comparing
from server.answer.tense import asks_fact, asks_plan

# 计划 and 规定 alone are verbs more often than documents: 计划竣工几个项目.
NAME_END = (
    r"(?:条例|办法|细则|(?<=的)规定|若干规定|意见|通知|规划|决定|方案|纲要|工作报告|要点|(?:行动|重点工作|工作)计划|批复|复函"
    r"|(?<![办做方看想说合依违非执司])法(?![律院人规治定庭]))"
)
NAMED_DOCUMENT = re.compile(rf"《[^》]+》|[^，,。？?《》\s里中对]{{0,24}}?{NAME_END}")
# Where a question begins to ask: what stands before is its topic.
ASKING = re.compile(
    r"(?:的)?(?:分别|各)?(?:(?:由|归|从|在|自|向|给|被)?(?:哪(?:些|个|家|类|天|年|一[年天级])?|谁|什么(?:时候)?|何时)"
    r"|(?:是|有)?(?:怎么|如何|怎样)(?:安排|规定|要求|说|定|讲|做|处理|办)?的?|有(?:哪|什么|几)|百分之[多几]少?|多少|多[大长久高]|几|是什么|是?啥).*$"
)
INSIDE = re.compile(
    r"要?(?:符合|具备|满足)(?:哪些|什么)条件(?:才?能够?|才?可以|才)|(?:多少|几)[个项名所人家套场间条种位支]?(?=[^个人万亿元块钱天年月岁公%%倍次，,。？?\s]{2})|怎么|如何|怎样"
)
# No alternative is made of others and the repeat is possessive: 需要 as 需, 要 or 需要 would have 2**n readings.
VERBS = re.compile(
    r"(?:是|为|要|应当?|将|能|可以?|会|达|按|拟|(?<!新)安排|定(?:的(?=$))?|占|罚|得|需|到|在|有|[一总]?共|大?约|最[多低高少]|都?做些?|不低于|不高于|不超过|至少|控制|预计|发|给)++$"
)

KEPT = re.compile(r"每|最[多低高少]|不低于|不超过|至少|罚|扣|补|领|收|交|由|归|什么时候|哪天|何时")
PLANNED = (("目标", re.compile(r"目标|预期")), ("安排", re.compile(r"安排|拟")))
"""How reports announce a figure of the coming year; the same figure returns as a result."""
LONGEST_PARALLEL = 5
PARALLEL_WORDS = (
    ("幼儿园", "小学", "初中", "高中", "中学", "大学", "高校", "中职"),
    ("学前", "学前段", "义务段", "高中段", "小学段", "初中段", "义务教育", "学前教育", "高中教育"),
    ("个人", "单位", "企业", "个体户", "公司", "经营者", "机构"),
    ("城镇", "农村", "城市", "城乡"),
    ("竣工", "完工", "开工", "续建", "在建", "新建", "改建", "扩建"),
)


def topic(question: str) -> str:
    """What a question asks about: `2021年赤字率怎么安排的` -> `2021年赤字率`, `要打造几个集团` -> `要打造集团`."""
    bare = for_one(without_comparing(question.strip())[0]).rstrip("？?。")
    inside = INSIDE.search(bare)
    if (
        inside
        and len(bare) - inside.end() > 1
        and not re.match(r"安排|规定|要求|说|定|讲|做|处理|办", bare[inside.end() :])
    ):
        bare = bare[: inside.start()] + bare[inside.end() :]
    cut = ASKING.sub("", bare)
    cut = VERBS.sub("", cut) or cut
    return cut.rstrip("，, 的") if len(cut) > 3 else bare


def document_of(question: str) -> str:
    """The document that a question names: 《title》, a document number, or a name that ends as documents' names do."""
    title = TITLE.search(question)
    if title:
        return title.group()
    for _, start, end in document_numbers(question):
        return question[start:end]
    name = re.match(rf"(?:按照?|根据|依据|依照|违反|在)?([^，,。？?里中]{{2,30}}{NAME_END})(?=$|[^定]|规定)", question)
    return name[1].removesuffix("规定") if name and len(name[1]) > 3 else ""


def scope(last: str, year: str) -> str:
    """Place and year of the last question, for another subject; all those that it compared."""
    places, years = places_of(last), list(YEAR.finditer(last))
    run = joined(last, places) or places[:1]
    where = last[run[0].start : run[-1].end] if run else ""
    if len(years) > 1 and re.fullmatch(JOINT.pattern, last[years[0].end() : years[1].start()]):
        return where + (year or last[years[0].start() : years[-1].end()])
    return where + (year or (years[0].group().strip() if years else ""))


def within(last: str) -> str:
    """The document that the last question names, else its place and year."""
    document = document_of(last)
    return document + "里" if document else scope(last, "")


def asking(last: str, subject: str = "") -> str:
    """How the last question asked, for a new subject; a target of a year stays one: `2020年就业目标` with `CPI涨幅`."""
    bare, compared, amount = without_comparing(last)
    last = for_one(bare, amount, compared)
    if re.search(r"部门|负责|牵头|科室", last):
        return "由哪个部门负责"
    if re.search(r"几|多少", last) or (not ASKS.search(last) and AMOUNT.search(last)):
        planned = YEAR.search(last) and asks_plan(last) and not (asks_plan(subject) or asks_fact(subject))
        kind = next((kind for kind, told in PLANNED if planned and told.search(last)), "")
        return kind + ("多少" if kind.endswith("安排") else "是多少")
    if re.search(r"哪些|怎么|如何|怎样", last):
        return "是怎么安排的" if re.search(r"怎么安排|如何安排", last) else "有哪些措施"
    return "是什么"


def asking_of(attribute: str) -> str:
    if re.search(r"罚款|金额|费用|标准|期限", attribute):
        return "是多少"
    return "有哪些" if re.search(r"条件|材料|流程|程序|范围|对象", attribute) else "是什么"


def parallel(last: str, rest: str) -> str | None:
    """`学前段入学率是多少` with `义务段` -> `义务段入学率是多少`: the word that ends or begins alike is replaced."""
    if len(rest) > LONGEST_PARALLEL:
        return None
    of_kind = of_same_kind(last, rest)
    if of_kind is not None:
        return of_kind
    found = [w for w in set(words(last)) - STOP_WORDS if 1 < len(w) <= 4 and not ASKS.search(w)]
    alike = [w for w in found if w[-1] == rest[-1] or (w[0] == rest[0] and re.search(rf"(?:多少|几)\w?{w}", last))]
    for word in sorted(alike, key=lambda w: (-len(w), last.find(w))):
        if word != rest:
            return last.replace(word, rest, 1)
    return None


def of_same_kind(last: str, rest: str) -> str | None:
    """`竣工几个项目` with `续建` -> `续建几个项目`: what excludes it is replaced, never said to hold it."""
    group = next((g for g in PARALLEL_WORDS if rest in g), ())
    for word in sorted(group, key=len, reverse=True):
        if word != rest and word in last:
            return last.replace(word, rest, 1)
    return None


def with_subject(last: str, rest: str) -> str | None:
    """What is asked stays, of another subject: `子女教育每个月能扣多少` with `赡养老人`."""
    head, comma, clause = last.rpartition("，")
    if not KEPT.search(clause):
        return None
    start = max([0, *(m.end() for m in YEAR.finditer(clause)), *(u.end for u in places_of(clause))])
    if name := document_of(clause):
        start = max(start, clause.find(name) + len(name))
    tail = re.search(
        r"[由归].*|(?:每个?[月年天]|每[次生人年月]|最[多低高少]|不低于|不超过|至少|罚|扣|能|要|可以|什么时候|哪天|何时).*$",
        clause[start:],
    )
    if tail is None or tail.start() < 2:
        return None
    of = re.match(r"的?(?:里面?|中|规定)?的?", clause[start:])
    return head + comma + clause[:start] + (of.group() if of else "") + rest + tail.group()
