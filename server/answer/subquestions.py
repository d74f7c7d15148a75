"""Split a comparison into one question for each place, year or document that it compares.

Covered: places, years, periods and documents that stand joined (海沧和舟山…, 2019、2020年…), two phrases of one form
(2019年赤字率和2020年赤字率…), clauses that each ask of their own, `海沧比舟山多多少`, places times years. Kept whole: periods
(2016到2020年), two indicators of one place and year (one passage tells both), sums (累计), what places do together (合作),
and changes against a year (比2019年增长多少). Not covered: answering the parts (`answerer`), follow-ups (`followup`).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.numbers import document_numbers
from ingest.places import find_places

MOST_PARTS = 6
ONE_YEAR = r"(?<![\d.〔\[(（【])(?:19|20)\d{2}(?:\s*年(?![级制])|(?!\d|\s*(?:[年个名所项元人次万亿%％.多余米公里斤亩台套千户张本件])))"
YEAR = re.compile(ONE_YEAR)
PLAN = r"[“\"‘]?十[一二三四]五[”\"’]?(?:时期|期间)?"
WHEN = re.compile(
    rf"(?:{ONE_YEAR}|(?:19|20)\d{{2}}(?=\s*[-—–~～至到]))(?:\s*[-—–~～至到]+\s*{ONE_YEAR})?[度末底初]?|{PLAN}"
)
NUMBERED = re.compile(r"(?:和|与|同|跟|及|以及)?(?P<unit>.+)")
TITLE = re.compile(r"《[^》]+》")
ASKS = re.compile(r"几|多少|多[大长久高远]|哪|什么|啥|如何|怎|吗|谁|是否|能不能|是不是|有没有|何时")
JOINT = re.compile(r"\s*的?(?:和|与|同|跟|及|以及|、|还有|还是|对比|vs|VS|,|，)\s*")
JOINT_BEFORE = re.compile(r"\s*+(?:和|与|同|跟|及|以及|、|比|对比|vs|VS)\s*+$|\s++$")
AGAINST = re.compile(r"(?:vs|VS)(?![A-Za-z])")
EACH = re.compile(
    r"(?<!区)分别(?=[^处管对])|各自|各(?=是|有(?!关)|为|达|要|多|新|计|完成|增|占|降|提|罚|不|应|需|约|几|由|在|从|怎|如何|规定|安排|定|收|给|能|可|招|建)"
    r"|(?<!成)都(?=是(?!否)|有多|有几)"
)
BEHIND_RUN = re.compile(
    r"\s*这?(?:[两二三四](?:地|市|省|区|县|者|年(?![制行期])|[个座](?:城市|地方|年份|省份|地区|文件|条例)|[部份件](?:法规|法律|条例|文件|报告)?))?"
    r"(?:之间)?(?:(?:相比较?|比起来)[，,]?|比(?:较|一?比)?[，,])?"
)
MORE = "(?:高|低|多|少|大|小|长|短|严|重|轻|早|晚|快|慢|松)"
COMPARING = re.compile(
    r"[，,；;]?\s*+(?:请|帮我)?(?:相?比(?:较|起来)?[，,]?(?=有|差|相差))?(?P<tail>"
    r"(?:比一?比|比较一下|比一下|对比一下|(?:做|作)(?:个|一下)?(?:比较|对比)|(?:的)?(?:对比|比较))(?:是?怎么?样|如何)?"
    r"|(?:有什么|有啥|有何|有哪些|有没有|是什么)(?:不同|区别|差别|差异|不一样|变化)(?:之处|的地方)?"
    r"|的?(?:不同|区别|差别|差异)(?:是什么|在哪里?|是?有多大|有哪些)"
    rf"|(?P<amount>相?差(?:距|额)?(?:是|有|了)?(?:多少|多大|几).*"
    rf"|(?:哪个|哪一?年|哪里|哪儿|哪边|哪家|哪地|哪个(?:地方|城市|年份)|哪(?:座|一)个?(?:城市|地方)?|谁)的?(?:更|要|会|罚得|定得|最|比较)*{MORE}(?:一?些|一点)?)"
    r"|(?:是否|是不是)?(?:都)?(?:一样|相同|一致)|一不一样|一样不一样"
    r")[吗呢吧啊]?[？?。]?\s*+$"
)
SAME = re.compile(r"(?:规定|标准|要求)?(?:是否|是不是)?都?(?:一样|相同|一致)[不吗么否]?[，,]")
INSIDE = re.compile(rf"[，,]?(?:哪个|哪一?年|哪里|哪边|谁)(?:的)?(?=[^，,。？?]*?(?:更|要)?{MORE}[？?。]?$)")
LEADING = re.compile(r"^(?:请|帮我|麻烦)*(?:比较|对比|比一?比)(?:一下|下)?[：:，,]?")
CHANGED = re.compile(r"(?:增长|增加|提高|下降|减少|上升|降低|上涨|高|低|多|少)(?:了|出)?(?:多少|几|百分之|吗)")
TOGETHER = re.compile(r"关系|衔接|共同(?!富裕)|联合|合作|之间|一起|协作|互相|相互|往返|距离|多远")
SUM = re.compile(r"累计|合计")
AMOUNT = re.compile(
    r"(?:目标|率|规模|比例|数|额|标准|总量|增长|增速|涨幅|罚款|经费|学位|面积|长度|补贴|补助|赤字|债券|收入|价格|支出|幅度|水平|占比|覆盖面|就业|年计划)$"
)
DOCUMENT_WORD = r"(?:条例|办法|细则|规定|意见|通知|规划|决定|方案|纲要|报告|要点|计划|批复|复函|法(?![律院人规治定庭]))"
CLAUSE = re.compile(r"[，,；;？?]")


@dataclass(frozen=True)
class Part:
    """One of the questions that a comparison consists of; `label` says what differs (舟山2023年)."""

    label: str
    text: str


@dataclass(frozen=True)
class Unit:
    """A place, year or document within a text."""

    start: int
    end: int
    text: str


def split_comparison(text: str) -> list[Part]:
    """`舟山和乳山的覆盖率目标分别是多少` -> one part for 舟山, one for 乳山; an ordinary question -> []."""
    parts: list[Part] = []
    for part in _split(text):
        inner = _split(part.text)
        parts += [Part(part.label + i.label, i.text) for i in inner] if inner else [part]
    return parts if len(parts) <= MOST_PARTS else _split(text)


def places_of(text: str) -> list[Unit]:
    """Places of two characters and more, left to right."""
    units = [Unit(m.start, m.end, text[m.start : m.end]) for m in find_places(text)]
    return [u for u in units if len(u.text) > 1]


def joined(text: str, units: Sequence[Unit]) -> list[Unit]:
    """The first units that stand joined (海沧、舟山和翔安); [] where none do."""
    run = list(units[:1])
    for unit in units[1:]:
        if JOINT.fullmatch(text[run[-1].end : unit.start]):
            run.append(unit)
        elif len(run) < 2:
            run = [unit]
    return run if len(run) > 1 else []


def for_one(text: str, amount: bool = False, compared: bool = False) -> str:
    """A question to several as a question to one: no 分别; one whose asking went with its comparing asks again."""
    text = EACH.sub("", text)
    if ASKS.search(text) or not compared:
        return text
    text = text.rstrip("？?。，, 的")
    if amount or AMOUNT.search(text):
        return text + "是多少"
    named = re.search(DOCUMENT_WORD, text) and not text.endswith("规定")
    return text + ("是怎么规定的" if named else "是什么")


def without_comparing(text: str) -> tuple[str, bool, bool]:
    """`text` without 比一比 and its like, whether there were any, and whether they ask for an amount."""
    bare, amount = SAME.sub("，", LEADING.sub("", text)), False
    while (match := COMPARING.search(bare)) and match.start() > 0:
        amount = amount or match["amount"] is not None
        bare = bare[: match.start()]
    found = INSIDE.search(bare)
    if found or "还是" in bare:
        shorter = re.sub(rf"(?:更|要)*{MORE}(?:一?些|一点)?[？?。]?$", "", INSIDE.sub("", bare, count=1))
        amount = amount or shorter != bare
        bare = shorter
    return bare, bare != text, amount


def _split(text: str) -> list[Part]:
    bare, compared, amount = without_comparing(text)
    if SUM.search(bare):
        return []
    compared = compared or AGAINST.search(bare) is not None
    marked = compared or EACH.search(bare) is not None
    parts = (
        _by_clause(bare)
        or _by_joint(bare, marked)
        or _by_phrase(bare, marked)
        or (_by_document(bare) if marked else [])
        or _by_more(text)
    )
    return [Part(part.label, for_one(part.text, amount, compared)) for part in parts]


def _by_clause(text: str) -> list[Part]:
    """`乳山打造几个教育集团，义乌组建多少个幼教集团`, `2019年赤字率多少，2020年呢`: each clause has its place or year."""
    clauses = [c.strip() for c in CLAUSE.split(text) if c.strip()]
    topic = ""
    if len(clauses) > 2 and not ASKS.search(clauses[0]) and not _where(clauses[0]):
        topic = clauses.pop(0) + "，"
    wheres = [_where(clause) for clause in clauses]
    if not 2 <= len(clauses) <= MOST_PARTS or any(len(w) != 1 for w in wheres):
        return []
    labels = [_labelled(w[0].text) for w in wheres]
    if len(set(labels)) < len(labels) or not ASKS.search(clauses[0]):
        return []
    first, parts = wheres[0][0], []
    for clause, where, label in zip(clauses, wheres, labels, strict=True):
        unit = where[0]
        if re.fullmatch(r"那?的?呢?", clause[: unit.start] + clause[unit.end :]):
            bare_year = YEAR.fullmatch(unit.text) and places_of(first.text)
            new = YEAR.sub(unit.text, first.text) if bare_year else unit.text
            clause = clauses[0][: first.start] + new + clauses[0][first.end :]
        elif not ASKS.search(clause):
            return []
        parts.append(Part(label, topic + clause))
    return parts


def _where(text: str) -> list[Unit]:
    """Places, each with the year behind it; years where there are no places."""
    return _with_years(text, places_of(text), always=True) or _years(text)


def _by_joint(text: str, marked: bool) -> list[Part]:
    """Documents, places (each with its year) or years that stand joined: each takes the rest of the question."""
    titles = [Unit(m.start(), m.end(), m.group()) for m in TITLE.finditer(text)]
    numbers = [
        Unit(m.start("unit"), m.end("unit"), m["unit"])
        for _, start, end in document_numbers(text)
        if (m := NUMBERED.fullmatch(text, start, end))
    ]
    places = places_of(text)
    for units in (titles, numbers, _with_years(text, places), places, _years(text)):
        run = joined(text, units)
        if not 2 <= len(run) <= MOST_PARTS:
            continue
        before, after = text[: run[0].start], text[run[-1].end :]
        of_years = WHEN.fullmatch(run[0].text) is not None
        told = CHANGED.search(after) and re.match(r"\s*(?:相比|比)", after) if of_years else None
        if told or (not of_years and not marked and TOGETHER.search(after)) or _inside_title(text, run):
            return []
        rest = after[found.end() :] if (found := BEHIND_RUN.match(after)) else after
        return [Part(_labelled(u.text), before + _labelled(u.text) + rest) for u in run]
    return []


def _inside_title(text: str, run: Sequence[Unit]) -> bool:
    return any(m.start() < run[0].start and run[-1].end < m.end() for m in TITLE.finditer(text))


def _by_phrase(text: str, marked: bool) -> list[Part]:
    """`2019年赤字率和2020年赤字率相差多少`: two phrases, of a place or year each, share what follows the second."""
    places = places_of(text)
    for units in (_with_years(text, places, always=True), _years(text)):
        if len(units) != 2 or not marked or units[0].text == units[1].text:
            continue
        first, second = units
        between, behind = text[first.end : second.start], text[second.end :]
        joint = JOINT_BEFORE.search(between)
        own = between[: joint.start()] if joint else ""
        if joint is None or (own != "计划" and re.search(DOCUMENT_WORD + "$", own)):
            continue
        each = EACH.search(behind)
        if behind.startswith(own):
            rest = behind[len(own) :]
        elif each:
            rest = behind[each.start() :]
        else:
            continue
        before = text[: first.start]
        return [
            Part(_labelled(first.text), before + _labelled(first.text) + own + rest),
            Part(_labelled(second.text), before + _labelled(second.text) + behind),
        ]
    return []


NAMED = rf"[^，,。？?；;和与及、]{{1,24}}?{DOCUMENT_WORD}"
PAIR = re.compile(rf"(?P<left>[^，,。？?；;]{{2,30}}?{DOCUMENT_WORD})(?:和|与|同|跟|、)(?P<right>{NAMED})(?P<rest>.*)$")


def _by_document(text: str) -> list[Part]:
    """`国家的法律援助法和山东的条例规定的期限各是多少天`: two documents called by their names without 《》."""
    match = PAIR.search(text)
    if match is None or min(len(match["left"]), len(match["right"])) < 4:
        return []
    left, right, rest = match["left"], match["right"], match["rest"]
    before = text[: match.start()]
    heads = [_head(name) for name in (left, right)]
    labels = heads if all(heads) and heads[0] != heads[1] else [left, right]
    return [Part(labels[0], before + left + rest), Part(labels[1], before + right + rest)]


def _head(name: str) -> str:
    """The place that a document is of; 国家 counts as one."""
    places = places_of(name)
    nation = re.match(r"国家|全国|中央|国务院", name)
    return places[0].text if places else nation.group() if nation else ""


LESS = re.compile(rf"(?P<own>.*?){MORE}(?:出|了|得)*(?:多少|几|吗|不).*$")


def _by_more(text: str) -> list[Part]:
    """`海沧2023年新增学位比舟山多多少`: no document compares two places, so each is asked for its own figure."""
    units = _with_years(text, places_of(text))
    if len(units) != 2:
        return []
    first, second = units
    between, match = text[first.end : second.start], LESS.match(text[second.end :])
    if match is None or not between.endswith("比"):
        return []
    shared = between[:-1] + match["own"]
    before = text[: first.start]
    return [Part(_labelled(u.text), f"{before}{_labelled(u.text)}{shared}是多少") for u in units] if shared else []


def _labelled(unit: str) -> str:
    """A bare year gets its 年: 舟山2023 -> 舟山2023年."""
    return re.sub(r"((?:19|20)\d{2})$", r"\1年", re.sub(r"\s+", "", unit))


def _years(text: str) -> list[Unit]:
    hidden = TITLE.sub(lambda m: " " * len(m.group()), text)
    return [Unit(m.start(), m.end(), m.group()) for m in WHEN.finditer(hidden)]


def _with_years(text: str, places: Sequence[Unit], always: bool = False) -> list[Unit]:
    """Places with the years behind or before them. One year behind the last place holds for all of them and
    stays with the rest of the question, unless `always`."""
    for units in (list(_year_behind(text, places)), list(_year_before(text, places))):
        grown = sum(unit != place for unit, place in zip(units, places, strict=True))
        if grown > 1 or (always and grown):
            return units
    return list(places)


def _year_behind(text: str, places: Sequence[Unit]) -> Iterator[Unit]:
    for place in places:
        year = YEAR.match(text, place.end)
        end = year.end() if year else place.end
        yield Unit(place.start, end, text[place.start : end])


def _year_before(text: str, places: Sequence[Unit]) -> Iterator[Unit]:
    for place in places:
        year = next((y for y in YEAR.finditer(text, 0, place.start) if y.end() == place.start), None)
        start = year.start() if year else place.start
        yield Unit(start, place.end, text[start : place.end])
