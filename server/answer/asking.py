"""What kind of thing a question asks for, by its form, and whether a text tells it.

Covered: figures with their measures, one or one for each of several things, times, names, yes or no, lists, the gist
of something, who is responsible, what is the penalty. Not covered: what a question is about (`topic`, `index.query`),
plans and results (`tense`), terms (`definition`).
"""

import re
from decimal import Decimal

from index.lexical import subject_words
from index.query import Question
from ingest.numbers import Quantity, document_numbers, quantities
from ingest.text import fold, simplified
from server.answer.claims import COUNTERS, measure, nouns, same_measure
from server.answer.leadin import ITEM
from server.answer.subquestions import EACH

ASKS_RESPONSIBLE = re.compile(
    r"(?:哪个|哪些|什么|由谁|谁)(?:部门|单位|科室|机构)?.{0,4}(?:负责|牵头)|负责(?:部门|单位|人)|责任(?:部门|单位)|牵头(?:部门|单位|的)|(?:哪个|哪些)(?:部门|单位|科室)"
)
MEASURED = re.compile(
    r"(?:几|多少|第几)\s*(?P<measure>亿元|万元|个百分点|百分点|个工作日|工作日|个月|小时|公里|平方米|块?钱|[个所名项人家次间条场套期轮年月日天岁届批类种大位组支门册部份亩倍元台辆处座米吨度户张本只件节课时分学点级层章])?"
)
EXTENT = re.compile(r"多[大高远重宽深长](?!时间|期|的)")
PERCENT = re.compile(
    r"百分之几|百分之多少|(?:比例|比率|[率占]比?)(?:要|应|将|需)?(?:是|为|达到?|保持|超过|提高|目标)*(?:多少|几|目标)?"
)
ASKS_TIME = re.compile(r"哪一?年|哪个月|几月|几点|什么时候|何时|哪一?天|什么时间|多久|多长时间|几时")
TIME = re.compile(
    r"[\d一二三四五六七八九十〇两半]++\s*+个?[年月日天周时点](?!所|次|个|家|级)|[\d一二三四五六七八九十]个?(?:工作日|星期|小时|分钟)"
    r"|年底|年末|学期|季度|每年|每月|每周|今年|去年|当年|当日|即日|[春夏秋冬]季"
)
QUESTION_WORD = re.compile(r"百分之几|多少|什么时候|哪[个些所一家项]|是什么|由谁")
WHETHER = "是否"
"""Repeats only a question of yes or no: `作出是否受理的决定` is a statement."""
ASKS_PENALTY = re.compile(
    r"(?:怎么|怎样|如何|咋|什么|啥|被|要|会|该|受到?).{0,3}(?:罚(?!不)|处分)|罚款?(?:是|为|金额|标准|数额)?(?:多少|几|什么|啥)|(?:什么|啥)(?:后果|法律责任)"
)
THINGS_APART = re.compile(r"、|以及|(?<!共)和(?![平谐国])|(?<!参)与|及(?!以[上下内外]|时|其)")
NUMBERS_A_PART = re.compile(r"(?:附件|附图|附表|图|表)\s*$")
SEVERAL = re.compile(r"(?<!第)([两二三四五六])(?:个?(?:档|类|种|级|项|者|年|地|部分)|个)")
SEVERAL_NUMBERS = {"两": 2, "二": 2, "三": 3, "四": 4, "五": 5, "六": 6}
ASKS_NAME = re.compile(r"哪|谁|叫什么|什么名")
NUMERAL = re.compile(r"[\d一二三四五六七八九十百两]")
ASKS_WHETHER = re.compile(
    r"吗[?？。]?$|了没有?[?？。]?$|是否|是不是|能不能|可不可以|能否|可否|要不要|有没有|有无|算不算|用不用|需不需要|会不会|该不该|行不行|对不对|还能.{1,12}[?？]?$"
)
DAY = re.compile(r"\d{1,2}\s*月(?:份|\s*\d{1,2}\s*[日号])?")
"""A point in time: months that are counted are 个月."""
OPENS_PART = re.compile(r"[，,；;\s]*其中(?!的)[，,:：]?")
CLAUSE = re.compile(r"[^，,；;：:。]+[，,；;：:。]?")
# A clause that limits the one before it and is not left out.
EXCEPTS = re.compile(r"^\s*(?:但|除)|除外|不包括|不含")
LIST = re.compile(
    r"哪些|哪几(?![年天月日号])|哪[一二两三四五六七八九十]{1,2}(?:大|个|项|条|件|类|种|方面|点|步|档|级|款|块)|哪(?:几)?[类种]"
    r"|有(?:什么|啥|何)(?!时候|用|不同|区别|差别|变化|关系)|几(?:个方面|方面|条措施|档|大类)|分(?:成|为)?(?:几|哪)[个类档种级步]"
    r"|(?:条件|情形|情况|措施|举措|任务|原则|要求|内容|职责|义务|权利|程序|步骤|材料|要点|做法|安排|办法|重点)(?:都|分别)?(?:是|有|包括)?(?:什么|啥|哪)"
    r"|包括(?:什么|啥|哪)|(?:做|干|抓|搞|要)(?:些)?(?:什么|啥)|(?:什么|啥)(?:条件|措施|要求|办法|安排|规定|优惠|做法|材料|情形)"
    r"|(?:怎么|怎样|如何)(?!定义|理解|办(?:理)?$|称呼|叫|写|查|处罚|罚|处理|处分|算|计算|收费|收取|来的)|列(?:举|出|一下)"
)
SUMMARY = re.compile(
    r"概括|归纳|总结|概述|简述|梳理|摘要|主要内容|几句话|一句话|大意|(?<!工作)要点|主要(?:讲|说|写|规定|做|有|包括)|重点(?:讲|说|内容)"
    r"|(?:讲|说|写|规定|提|谈)(?:了|到|的是|的)?(?:些|了些)?(?:什么|啥|哪)|(?:内容|要求)是(?:什么|啥)|怎么(?:规定|要求|说|写|讲)"
)
OF_FIGURES = re.compile(
    r"多少|多大|多长|多久|多高|百分之几|几(?:所|名|元|年|天|日|月|次|人|小时|倍|成|岁|万|亿|号|点(?!要|内容))|(?<!哪)几(?:个(?!方面)|项|家)"
)
LOOSE = re.compile(r"(?:怎么|怎样|如何)(?!规定|要求)|哪(?:一|两|二)?(?:个|所|家)")
"""Questions of this form may as well ask for one thing: their structure has to match more clearly."""


def asks_whether(question: str) -> bool:
    return ASKS_WHETHER.search(question) is not None


def asks_figure(question: str) -> bool:
    return any(pattern.search(question) for pattern in (MEASURED, PERCENT, EXTENT))


def asks_list(text: str) -> bool:
    """Whether several things are asked for: 有哪些, 哪四件事, 应当具备什么条件; not 多少个."""
    text = simplified(text)
    return bool(LIST.search(text)) and not OF_FIGURES.search(text)


def asks_summary(text: str) -> bool:
    """Whether the gist of something is asked for: 主要讲了什么, 概括一下, 第十二条怎么规定的."""
    text = simplified(text)
    return bool(SUMMARY.search(text)) and not OF_FIGURES.search(text)


def one_thing(text: str) -> bool:
    """Whether neither several things nor the gist of something is asked for."""
    return not (asks_list(text) or asks_summary(text) or asked_things(text) > 1)


def asked_things(text: str) -> int:
    """Of how many things a figure or time is asked for each: 3 in `A、B和C各有多少项`, 1 in any other question."""
    match = EACH.search(text)
    if match is None or not (asks_figure(text) or ASKS_TIME.search(text)):
        return 1
    named = len(THINGS_APART.split(things_clause(text)))
    told = max((SEVERAL_NUMBERS[m[1]] for m in SEVERAL.finditer(text)), default=0)
    return max(2, named, told)


def things_clause(text: str) -> str:
    """The clause before 各 or 分别 that names the most things: `A、B和C的价格`."""
    match = EACH.search(text)
    clauses = re.split(r"[，,；;？?：:]", text[: match.start()]) if match else [""]
    return max(clauses, key=lambda clause: len(THINGS_APART.split(clause)))


def is_asked_year(quantity: Quantity, text: str, question: Question) -> bool:
    """Whether it is one of the years in the question: four digits, and no counter behind them (2023个 is a count)."""
    is_year = len(quantity.written) == 4 and quantity.value in {Decimal(year) for year in question.years}
    return is_year and measure(text, quantity) not in COUNTERS


def holds_asked_figure(text: str, question: Question) -> bool:
    """Whether `text` holds a number or time of the kind that the question asks for; true where it asks for none.

    `多少亿元` wants 亿, `几所` wants 所 (or 个), `比例` wants a percentage; the question's own years do not count.
    """
    if not (ASKS_TIME.search(question.text) or asks_figure(question.text)):
        return True
    return bool(asked_figures(text, question))


def asked_figures(text: str, question: Question) -> list[str]:
    """The numbers or times of `text` that are of the kind asked for, as written."""
    if ASKS_TIME.search(question.text):
        return [match.group() for match in TIME.finditer(text)]
    own = {q.key for q in quantities(question.text)}
    mark = ITEM.match(text)
    text = text[mark.end() :] if mark else text
    no_figures = [(start, end) for _, start, end in document_numbers(text)]
    asked = next((m["measure"] for m in MEASURED.finditer(question.text) if m["measure"]), "")
    if not asked:
        no_figures += [match.span() for match in DAY.finditer(text)]
    found = [
        q
        for q in quantities(text)
        if not is_asked_year(q, text, question)
        and q.key not in own
        and not _is_in_name(text, q, question)
        and not any(start <= q.start < end for start, end in no_figures)
    ]
    return [q.written for q in found if _is_of_measure(asked, text, q)]


def _is_of_measure(asked: str, text: str, quantity: Quantity) -> bool:
    if not asked or asked.endswith("百分点") or asked == "点":
        return True
    if "亿" in asked or "元" in asked or "钱" in asked:
        behind = text[quantity.end : quantity.end + 2]
        is_sum = quantity.written[-1:] in "亿万" and not behind.startswith("的")
        return "元" in behind or (is_sum and measure(text, quantity) not in COUNTERS)
    unit = "" if quantity.percent else measure(text, quantity)
    return bool(unit) and not unit.endswith("百分点") and _answers_measure(asked, unit)


def tells_other_part(shown: str, question: str) -> bool:
    """Whether a sentence goes on with a part, `其中，中央财政赤字1.4万亿元`, of a whole whose figure is asked: the question
    has not all the words that tell the part from the whole."""
    opened = OPENS_PART.match(shown)
    if opened is None or OPENS_PART.search(question) or not asks_figure(question) or asked_things(question) > 1:
        return False
    figures = quantities(shown)
    part = shown[opened.end() : figures[0].start if figures else len(shown)]
    return not all(word in fold(question) for word in nouns(part))


def _is_in_name(text: str, quantity: Quantity, question: Question) -> bool:
    """The 2 of M2 and of PM2.5 counts nothing, nor does that of 附件2, or of 第2项 where no 第几 is asked."""
    before = text[max(0, quantity.start - 1) : quantity.start]
    if NUMBERS_A_PART.search(text[: quantity.start]):
        return True
    return (before.isascii() and before.isalpha()) or (before == "第" and "第" not in question.text)


def _answers_measure(asked: str, unit: str) -> bool:
    return same_measure(asked, unit) or (asked in COUNTERS and same_measure(asked, unit[0]))


def says_something(text: str, question: Question) -> bool:
    """Whether `text` tells a word or, where none is asked by name, a number that the question does not have.

    `嵊泗撤并的是一所小学` says nothing to `撤并的是哪所小学`, nor does a question repeated.
    """
    if text.rstrip("。")[-1:] in ("吗", "呢") or QUESTION_WORD.search(text):
        return False
    if WHETHER in text and asks_whether(question.text):
        return False
    asked = fold(question.text)
    if any(w not in asked and not NUMERAL.match(w) for w in subject_words(text)):
        return True
    if ASKS_NAME.search(question.text) and not asks_figure(question.text) and not ASKS_TIME.search(question.text):
        return False
    own = {q.key for q in quantities(question.text)}
    return any(q.key not in own for q in quantities(text)) or bool(asks_figure(question.text) and quantities(text))


def best_clause(shown: str, question: Question) -> str:
    """The part of a sentence that answers by itself: its clauses from the first to the last that matter.

    A clause matters when it holds words of the question's subject or, for a question about figures, its figure; beside
    one that holds the figure, those with words that it lacks, or with the same words and another figure. Exceptions stay
    with what they limit.
    """
    clauses = [m.group() for m in CLAUSE.finditer(shown)]
    words = [frozenset(w for w in question.subject if w in fold(clause)) for clause in clauses]
    weights = []
    for clause, held in zip(clauses, words, strict=True):
        weight = float(sum(map(len, held)))
        weights.append(weight + (1.5 if weight and holds_asked_figure(clause, question) else 0.0))
    top = max(weights, default=0.0)
    if not top:
        return shown
    first = last = weights.index(top)
    tells = asks_figure(question.text) and holds_asked_figure(clauses[first], question)
    told = words[first]
    keep = [
        i
        for i, weight in enumerate(weights)
        if weight >= 0.6 * top
        and (not tells or not words[i] <= told or (words[i] == told and holds_asked_figure(clauses[i], question)))
    ]
    for i in keep:
        if abs(i - first) <= 2:
            first, last = min(first, i), max(last, i)
    while last + 1 < len(clauses) and not holds_asked_figure("".join(clauses[first : last + 1]), question):
        last += 1
    while first > 0 and not holds_asked_figure("".join(clauses[first : last + 1]), question):
        first -= 1
    while last + 1 < len(clauses) and EXCEPTS.search(clauses[last + 1]):
        last += 1
    return "".join(clauses[first : last + 1]).strip("，,；;：:。 ")
