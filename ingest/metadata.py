"""Read off a document what it says about itself: title, 文号, 索引号, issuer, dates, years, places, validity.

Every fact keeps the span that it was read from.
"""

import re
from collections import Counter
from pathlib import PurePath

from ingest.dating import ISSUER_END, find_dates, signature
from ingest.document import DateField, Field, Metadata, PlaceField, Span
from ingest.head import ANY_LABEL, HEAD_CHARACTERS, Line, head_lines, labelled
from ingest.numbers import dates, document_numbers
from ingest.places import Mention, Place, find_places, full_name, parents, same_or_inside
from ingest.text import visible
from ingest.title import find_title
from ingest.validity import repealed_documents, validity
from ingest.years import FIVE_YEAR_PLANS, PLAN, mentioned_years, told_years

ISSUER_LABELS = ("发布机构", "发文机关", "发文机构", "发布单位", "制定机关", "所属单位", "来源")
INDEX_LABELS = ("信息索引号", "索引号", "索 引 号", "索 引号")
# 国令第706号 counts as a number behind its label only, 〔2023〕第9号 where it stands alone.
LABELLED_NUMBER = re.compile(r"[^\s，。；]{1,20}第\d{1,5}号")
BARE_NUMBER = re.compile(r"[〔\[（(](?:19|20)\d{2}[〕\]）)]\s?第?\d{1,4}号")
NUMBER_YEAR = re.compile(r"[〔\[（(【﹝［]\s?((?:19|20)\d{2})\s?[〕\]）)】﹞］]")
RED_HEAD = re.compile(r"(?P<issuer>[^，。；：《》]{3,30}?)\s?文\s?件")
TITLED_ISSUER = re.compile(
    r"(?P<issuer>[^《》，。]{2,40}?(?:人民政府|委员会|办公厅|办公室|国务院|法院|检察院|教育工委|[厅局部署院委会]))[ \u3000]?(?=关于|印发|转发)"
)
# `“十四五”规划和2035年远景目标纲要` speaks for 2021 to 2025 and for 2035.
NTH_PLAN = re.compile(r"第(?P<nth>十[一二三四五]?)个五年")
# Other documents, with their numbers and days, say nothing of this one's year.
CITED = re.compile(r"《[^《》\n]{1,80}》(?:[（(][^（）()\n]{1,30}[）)])?|[^。；\n]{0,200}废止")
# What says when a document was written; the day of a web page or of coming into force may be years later.
WRITTEN = ("成文日期", "公文生成日期", "生成日期", "印发日期", "报告日期")
IN_FORCE = ("施行日期", "生效日期")
NUMBER_LABELS = ("备注/文号", "发文字号", "文号", "文 号", "公文字号")


def read_metadata(text: str, name: str, noise: tuple[Span, ...], printed_title: str = "") -> tuple[str, Metadata, int]:
    """Title, metadata and the end of the header (the table of facts before the document proper, 0 if none).

    `name` is the file's, `printed_title` what its reader took for the title.
    """
    lines = head_lines(text, noise)
    signed = signature(text, noise)
    stated = labelled(lines, ISSUER_LABELS) or (signed.issuer if signed else None)
    title, title_start = find_title(text, lines, PurePath(name).stem, stated, printed_title)
    issuer = stated or _titled_issuer(text, lines, title)
    number = _document_number(text, labelled(lines, NUMBER_LABELS))
    found_dates = find_dates(text, lines, signed)
    body = visible(text, Span(0, len(text)), noise)
    own_year = _own_year(title, body, lines, number, found_dates)
    metadata = Metadata(
        number=number,
        index_number=labelled(lines, INDEX_LABELS),
        issuer=issuer,
        dates=found_dates,
        year=own_year,
        years=tuple(sorted({*_title_years(title), *([own_year] if own_year else [])})),
        places=_places(title, issuer, text),
        validity=validity(text, lines, title),
        repeals=repealed_documents(text),
    )
    return title, metadata, _header_end(lines, title_start)


def _document_number(text: str, labelled: Field | None) -> Field | None:
    """The labelled 文号, else one that stands alone on a line near the top."""
    if labelled is not None and (document_numbers(labelled.value) or LABELLED_NUMBER.fullmatch(labelled.value)):
        return labelled
    for match in re.finditer(r"[^\n]+", text[:HEAD_CHARACTERS]):
        stripped = match.group().strip()
        found = document_numbers(stripped)
        if BARE_NUMBER.fullmatch(stripped) or (found and found[0][2] - found[0][1] >= len(stripped) - 1):
            start = match.start() + match.group().find(stripped)
            return Field(stripped, start, start + len(stripped))
    return None


def _title_years(title: str) -> set[int]:
    leading = re.match(r"((?:19|20)\d{2})(?!\d)", title)
    found = mentioned_years(title) | ({int(leading[1])} if leading else set())
    plans = [m["quoted"] or m["bare"] for m in PLAN.finditer(title)] + [
        m["nth"] + "五" for m in NTH_PLAN.finditer(title)
    ]
    firsts = [FIVE_YEAR_PLANS[plan] for plan in plans if plan in FIVE_YEAR_PLANS]
    return found.union(*(range(first, first + 5) for first in firsts))


def _titled_issuer(text: str, lines: list[Line], title: str) -> Field | None:
    """The issuer that the title begins with (`清河县教育局关于…`) or that the red head names (`清河县教育局文件`)."""
    match = TITLED_ISSUER.match(title)
    if match is not None:
        start = text.find(match["issuer"])
        return Field(match["issuer"], start, start + len(match["issuer"])) if start >= 0 else None
    for line in lines[:3]:
        head = RED_HEAD.fullmatch(line.text)
        if head is not None and ISSUER_END.search(head["issuer"]):
            return Field(head["issuer"], line.start, line.start + len(head["issuer"]))
    return None


def _own_year(
    title: str, text: str, lines: list[Line], number: Field | None, found: tuple[DateField, ...]
) -> int | None:
    """The one year in the title if the text bears it out, else the year of writing, else the first named near the top.

    A title alone is no proof: one report is titled 2022 and plans for 2013 to 2015. Nor is a year far from that of
    writing: a reply of 2004 on the games of 2011.
    """
    written = _year_of_writing(number, found)
    titled = _title_years(title)
    in_title = [year for year in titled if text.count(str(year)) > title.count(str(year))]
    if len(titled) == 1 and in_title and (written is None or abs(written - in_title[0]) <= 1):
        return in_title[0]
    if written is not None:
        return written
    for value, _, _ in dates(CITED.sub(" ", "\n".join(line.text for line in lines[:30]))):
        return int(value[:4])
    if len(titled) > 1:
        return min(titled)
    if found:
        return int(found[0].value[:4])
    near = told_years(CITED.sub(" ", text[:HEAD_CHARACTERS]))
    return near[0] if near else None


def _year_of_writing(number: Field | None, found: tuple[DateField, ...]) -> int | None:
    written = [date for date in found if date.label in WRITTEN]
    if written:
        return int(written[0].value[:4])
    numbered = NUMBER_YEAR.search(number.value) if number is not None else None
    if numbered is not None:
        return int(numbered[1])
    passed = [date for date in found if date.label not in IN_FORCE]
    return int(passed[0].value[:4]) if passed else None


ENOUGH_MENTIONS = 3


def _places(title: str, issuer: Field | None, text: str) -> tuple[PlaceField, ...]:
    """Places of the title and issuer, the most particular first; without any, the one that the text names most."""
    stated = [*find_places(title), *(find_places(issuer.value) if issuer else [])]
    named = [place for mention in stated for place in mention.candidates[:1]]
    mentions = find_places(text)
    if not named:
        counted = Counter(m.candidates[0] for m in mentions if m.candidates[0].code[2:] != "0000")
        named = [place for place, count in counted.most_common(1) if count >= ENOUGH_MENTIONS]
    unique = list(dict.fromkeys(named))
    particular = [p for p in unique if not any(o != p and same_or_inside(o, p) for o in unique)]
    ordered = particular + [p for p in unique if p not in particular]
    return tuple(_place_field(place, mentions) for place in ordered)


def _place_field(place: Place, mentions: list[Mention]) -> PlaceField:
    """The place's full name and where the text first names it (0 to 0 when only the title, as restored, does)."""
    for mention in mentions:
        if place in mention.candidates:
            return PlaceField(full_name(place), parents(place), mention.start, mention.end)
    return PlaceField(full_name(place), parents(place), 0, 0)


def _header_end(lines: list[Line], title_start: int) -> int:
    """Where the table of facts ends: before the title, when at least two labelled lines precede it."""
    labelled = [line for line in lines if line.start < title_start and ANY_LABEL.match(line.text)]
    labelled += [
        line for line in lines if line.start < title_start and re.match(r"索引号|组配分类|生成日期", line.text)
    ]
    return title_start if len(labelled) >= 2 else 0
