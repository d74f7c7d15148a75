"""Complete a follow-up to a question of its own, from the user's earlier questions.

Covered: another year (那2020年呢, 再往前一年呢), another place (义乌呢, 义乌要打造几个), another subject (那新增学位呢),
and in `reference` what it refers back to. A question that names its own subject and shows no mark of a follow-up stays
as it is, however short: it inherits nothing. Not covered: what earlier answers said (上述三项措施里哪一项), 今年 and the
year of today.
"""

import re
from collections.abc import Sequence

from index.lexical import STOP_WORDS, words
from index.query import LONGEST_QUESTION
from server.answer.reference import ItemAsked, back, item, listed_item, narrowed, resolved
from server.answer.subquestions import ASKS, TITLE, YEAR, for_one, joined, places_of, without_comparing
from server.answer.topic import (
    ASKING,
    NAMED_DOCUMENT,
    VERBS,
    asking,
    asking_of,
    of_same_kind,
    parallel,
    scope,
    topic,
    with_subject,
    within,
)

MOST_HISTORY = 8
OFFICE = r"[^的]{1,8}?[局厅委]|人民政府|政府"
SMALLTALK = re.compile(
    r"(?:你好|您好|谢谢|多谢|好的?|嗯+|哦+|明白了?|知道了?|懂了|再见|ok)[你您了啊呀]*[。！!~，,]*", re.I
)
LEAD = re.compile(
    r"^(?:那么|那(?![个里些份年条项部种件边次时套位家一])|再问一?下?|另外|顺便问一?下?|对了|接着问|然后|换成|换|改成|如果换成|如果是|要是|再看看?)[，,\s]*"
)
TAIL = re.compile(r"(?:的话)?呢[?？。]?$|[?？。]$|呢(?=[，,])")
HOW = re.compile(r"又?怎么样$|又?如何$|又?是多少$")
ELLIPTIC = re.compile(
    r"^(?:具体|还|又|也|都|一共|总共|大概|实际|最后|最[多少高低长短]|到底)*"
    r"(?:由|归|是|有(?!偿)|要(?!求)|需要?|从哪|从什么|自哪|什么时候|何时|哪|谁(?!是)|(?:怎么样?|如何)(?:来|去)?(?:做|办|安排|规定|处理|算|落实|申请|处罚|执行|实施|实现|分配|管|定)"
    r"|为什么|为何|多少|多[大长久高]|几|占|达到|完成|比|[罚领交缴扣补收](?=多|几|哪|什)|应当|可以|能|依据|牵头|负责|主管|截止|有效期|落款|文号|索引号|发布|施行|生效|目标(?:是|定))"
)
LONGEST_ELLIPSIS = 12
SHIFTS = (
    (re.compile(r"再?往?前两年|大前年|前年(?!度)"), -2),
    (re.compile(r"再?往?前一年|上一?年度?|去年|头一年|前1年"), -1),
    (re.compile(r"再?往?[后下]一年|次年|明年|来年|转过年|转年|(?<![\d第])第二年"), 1),
    (re.compile(r"(?:同|当)(?:一)?年|[那这]一?年"), 0),
)
SHIFTED = re.compile("|".join(f"(?:{pattern.pattern})" for pattern, _ in SHIFTS))
SHORT_YEAR = re.compile(r"^的?(\d{2})年(?![以之]?[内上下前后来]|期|间)")
COMPARED = re.compile(r"(?<=比)(?:再?往?前一年|上一年度?|头一年|去年)")
"""What documents write as 上年."""
OMITTED = re.compile(r"(?:几|多少)[个项名所家人套条间万亿]{0,2}$")
COUNTED = re.compile(r"(?:几|多少)[个项名所家人套条间万亿]{0,2}(?P<noun>[^，,。？?\s]{2,})")
# Possessive, and no alternative is made of others, for the same reason as `VERBS`.
FILLER = re.compile(
    r"(?:的|规定|条例|办法|情况|做法|标准|政策|要求|数据|数字|报告|时候?|当时|在|是|为|有|也|又|则|方面|地方|[这那][边份个部条项家所]|和|与|、|计划|目标|打算|预期|安排|定"
    r"|实际|完成|达到|执行|了|多少|几[个项名所]?|怎么|如何|什么|一样吗|样|里|按|拟|到|[，,\s])*+"
)
ACTUAL = re.compile(r"实际|完成|执行|结果")
PLANNED = re.compile(r"的?(?:年度)?(?:预期)?(?:目标|计划|打算|拟|预计|准备|要)")
WITH_YEAR = re.compile(rf"(?:(?:截至|截止|到|至|在|从|自)?(?:{YEAR.pattern})[度末底初]?(?:以?前)?[，,]?)")
OF_REPORT = re.compile(rf"(?:{YEAR.pattern})的?(?:政府)?(?:工作)?报告(?:里面?|中)?(?:说|提到|指出|总结)?的?[，,]?")
CLARIFIES = re.compile(r"^(?:只[要问看]|仅|就问|我[说问指](?:的|的是)|指的是|要是|如果|假如)|(?:的|那[些个种类]|的话)$")
AT_THE_TIME = re.compile(r"时|当年")
"""Asks for what was so in that year, not for what that year's report tells."""
ATTRIBUTES = re.compile(
    r"^(?:罚款|处罚|期限|条件|金额|时间|费用|材料|流程|程序|标准|依据|范围|对象|(?:牵头|负责|责任|主管)(?:部门|单位|科室)|部门|文号|索引号|(?:施行|成文|发布|印发)(?:日期|时间)|联系电话|有效期)$"
)


def complete(text: str, history: Sequence[str]) -> str:
    """A follow-up as a question of its own: `那2020年呢` after `2019年赤字率是多少` is `2020年赤字率是多少`.

    `history` holds the user's earlier questions, the oldest first, years in figures. A change of place alone drops the year: plans of
    two places seldom are of one year, and 义乌呢 asks for what 义乌 has. Only after a comparison of places, which was
    of one year, is the year kept. Where nothing of LONGEST_QUESTION characters at most results, `text` stays.
    """
    return _completed([*last_read(history), text[:LONGEST_QUESTION]])[-1]


def item_asked(text: str, history: Sequence[str]) -> ItemAsked | None:
    """`第二条措施具体怎么做` after a question for a list: which item is meant, and what is asked of it."""
    earlier = _completed(last_read(history))
    return listed_item(_rest(text), earlier[-1]) if earlier else None


def last_read(history: Sequence[str]) -> list[str]:
    """What is read of earlier questions: the last MOST_HISTORY, of each LONGEST_QUESTION characters.

    A history comes from clients as it is, earlier messages may be pages long: this is the one place that bounds it.
    """
    return [question[:LONGEST_QUESTION] for question in history[-MOST_HISTORY:]]


def _completed(questions: Sequence[str]) -> list[str]:
    """Each as a question of its own, without greetings and thanks; the last one stays whatever it is."""
    earlier: list[str] = []
    for at, question in enumerate(questions, 1):
        if at == len(questions) or not SMALLTALK.fullmatch(question.strip()):
            completed = _complete(question, earlier)
            earlier.append(completed if len(completed) <= LONGEST_QUESTION else question)
    return earlier


def _rest(text: str) -> str:
    """What a follow-up says, without 那 before and 呢 behind it."""
    bare = TAIL.sub("", LEAD.sub("", text.strip())).strip("，, ")
    return COMPARED.sub("上年", bare)


def _complete(text: str, earlier: Sequence[str]) -> str:
    stripped = text.strip()
    if not earlier or SMALLTALK.fullmatch(stripped):
        return text
    rest = _rest(text)
    marked = LEAD.match(stripped) is not None or TAIL.sub("", stripped) != stripped.rstrip("?？。")
    last = earlier[-1]
    if not rest:
        return text
    return (
        back(stripped, earlier)
        or narrowed(rest, last)
        or _moved(HOW.sub("", rest), earlier, marked or HOW.search(rest) is not None)
        or item(rest, last)
        or resolved(rest, earlier)
        or _shifted(rest, last)
        or (None if marked else _clarified(rest, last))
        or _about(rest, last, marked)
        or (rest if marked else text)
    )


def _moved(rest: str, earlier: Sequence[str], marked: bool) -> str | None:
    """Only another year or place: the last question asks again for it. None where `rest` says more."""
    places, short = places_of(rest), SHORT_YEAR.match(rest)
    years = [match.group().strip() for match in YEAR.finditer(rest)] or ([f"20{short[1]}年"] if short else [])
    left = SHORT_YEAR.sub("", YEAR.sub("", _without(rest, [(p.start, p.end) for p in places])))
    shifted = SHIFTED.search(left)
    if shifted:
        left = left.replace(shifted.group(), "", 1)
    if not (places or years or shifted) or not (FILLER.fullmatch(left) or _omits_noun(left, earlier[-1])):
        return None
    if not marked and (ASKS.search(left) is None and not shifted) and len(left) > 2:
        return None
    moved = earlier[-1]
    year = None
    if shifted and not years:
        base = next((q for q in reversed(earlier) if YEAR.search(q)), None)
        year = _shift(shifted.group(), base) if base else shifted.group()
    elif years:
        found = list(YEAR.finditer(rest))
        year = rest[found[0].start() : found[-1].end()] if found else years[0]
        year = year if year.endswith("年") else year + "年"
    if places:
        moved = _replaced_place(moved, rest[places[0].start : places[-1].end], keep_year=year is not None)
    if year:
        moved = _replaced_year(moved, year, AT_THE_TIME.search(left) is not None)
    if ACTUAL.search(left) and not ACTUAL.search(moved):
        moved = VERBS.sub("", PLANNED.sub("", topic(moved))) + "实际完成多少"
    return moved


def _clarified(rest: str, last: str) -> str | None:
    """`我说的是光参加的`, `需要购置的那些`: which of what the last question asked about is meant."""
    if ASKS.search(rest) or CLARIFIES.search(rest) is None:
        return None
    return f"{last.rstrip('?？。')}，{rest}"


def _omits_noun(left: str, last: str) -> bool:
    """`要打造几个` after `打造几个教育集团`: the same words, without what is counted."""
    counted = COUNTED.search(last)
    own = {word for word in words(left) if word not in STOP_WORDS and not ASKS.search(word)}
    return counted is not None and OMITTED.search(left) is not None and own <= set(words(last[: counted.start()]))


def _without(text: str, spans: Sequence[tuple[int, int]]) -> str:
    for start, end in reversed(spans):
        text = text[:start] + text[end:]
    return text


def _shift(phrase: str, base: str) -> str:
    """`前一年` against the year of `base`: the first of several when it goes back, the last when forward."""
    step = next(step for pattern, step in SHIFTS if pattern.search(phrase))
    years = [int(match.group()[:4]) for match in YEAR.finditer(base)]
    return f"{(min(years) if step < 0 else max(years)) + step}年"


def _replaced_year(last: str, year: str, at_the_time: bool = False) -> str:
    found = list(YEAR.finditer(last))
    report = OF_REPORT.search(last)
    if report and (at_the_time or len({m.group()[:4] for m in found}) > 1):
        last = OF_REPORT.sub("", last, count=1)
        found = list(YEAR.finditer(last))
    if not found:
        return year + last
    joint = re.fullmatch(r"[和与、到至—~-]*", last[found[0].end() : found[1].start()]) if len(found) > 1 else None
    end = found[-1].end() if joint else found[0].end()
    replaced = last[: found[0].start()] + year + last[end:]
    return _single(replaced) if joint and not re.search(r"[和与、]", year) else replaced


def _single(text: str) -> str:
    bare, compared, amount = without_comparing(text)
    return for_one(bare, amount, compared)


def _replaced_place(last: str, place: str, keep_year: bool) -> str:
    """The last question of another place; a document of the old place is not named any more."""
    old = places_of(last)
    run = joined(last, old)
    if not keep_year and not run:
        last = WITH_YEAR.sub("", last)
        last = last.removeprefix("的")
    old = places_of(last)
    run = joined(last, old)
    if not old:
        return place + last
    first, final = (run[0], run[-1]) if run else (old[0], old[0])
    document = next((m for m in NAMED_DOCUMENT.finditer(last) if m.start() <= first.start < m.end()), None)
    if document and not run:
        name, after = document.group(), last[document.end() :]
        own = set(words(ASKING.sub("", after))) - STOP_WORDS - {"施行", "起", "印发", "发布", "规定", "生效"}
        before = last[: document.start()]
        if name.startswith("《") or len(name) > first.end - document.start() + 4:
            if len(own) > 1:
                return before + place + ("" if re.match(r"规定|对", after) else "的规定") + after
            bare = name.strip("《》").replace(first.text, "", 1)
            return before + place + ("" if re.match(OFFICE, bare) else "的") + bare.removeprefix("的") + after
    replaced = last[: first.start] + place + last[final.end :]
    return _single(replaced) if run else replaced


def _shifted(rest: str, last: str) -> str | None:
    """`去年的赤字率是多少`, `当年新增就业多少`: the year counts from the last question's."""
    shifted = SHIFTED.match(rest) or re.match(r"全年|年内", rest)
    if shifted is None or YEAR.search(rest) or places_of(rest) or not YEAR.search(last):
        return None
    if shifted.group() in ("全年", "年内"):
        asked = rest if ASKS.search(rest) else rest + asking(last, rest)
        return scope(last, "") + asked
    year = _shift(shifted.group(), last)
    asked = rest[shifted.end() :].removeprefix("的")
    return scope(last, year) + asked + ("" if ASKS.search(asked) else asking(last, asked))


def _about(rest: str, last: str, marked: bool) -> str | None:
    """Another subject in the same place, year and document; None for a question that is complete by itself."""
    named = bool(YEAR.search(rest) or places_of(rest) or TITLE.search(rest))
    if ASKS.search(rest):
        if not named and len(rest) <= LONGEST_ELLIPSIS and ELLIPTIC.match(rest):
            return _joined_to(topic(last), rest)
        if not marked or named:
            return None
        return within(last) + rest
    if not marked and not (len(rest) <= LONGEST_ELLIPSIS and ELLIPTIC.match(rest)):
        return None
    if named:
        where = "" if places_of(rest) else "".join(u.text for u in places_of(last)[:1])
        when = "" if YEAR.search(rest) or places_of(rest) else "".join(m.group() for m in list(YEAR.finditer(last))[:1])
        return where + when + rest + asking(last, rest)
    if rest.endswith("的"):
        return of_same_kind(last, rest[:-1]) or f"{topic(last)}，其中{rest}{asking(last)}"
    if ATTRIBUTES.match(rest):
        return f"{topic(last)}的{rest}{asking_of(rest)}"
    return parallel(last, rest) or with_subject(last, rest) or within(last) + rest + asking(last, rest)


def _joined_to(subject: str, rest: str) -> str:
    subject = PLANNED.sub("", subject) if ACTUAL.search(rest) else subject
    return subject + ("，" if re.match(r"具体|还|为|怎|如何|能|可以|有", rest) else "") + rest
