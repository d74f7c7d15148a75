"""Read off a document what it says about itself: title, 文号, 索引号, issuer, dates, years and places.

Every fact keeps the span that it was read from. Not covered: repealed or superseded marks.
"""

import re
from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from pathlib import PurePath

from ingest.document import DateField, Field, Metadata, Span
from ingest.numbers import dates, document_numbers, years
from ingest.places import Place, find_places, full_name, same_or_inside
from ingest.text import fold, visible
from ingest.years import mentioned_years

HEAD_LINES = 60
HEAD_CHARACTERS = 3000
DATE_LABELS = "公文生成日期|生成日期|成文日期|公开发布日期|发布日期|发布时间|公开日期|印发日期|施行日期|生效日期"
ISSUER_LABELS = ("发布机构", "发文机关", "发文机构", "发布单位", "制定机关", "所属单位", "来源")
INDEX_LABELS = ("信息索引号", "索引号", "索 引 号", "索 引号")
NUMBER_LABELS = ("备注/文号", "发文字号", "文号", "文 号", "公文字号")
ANY_LABEL = re.compile(r"^[•·\s]*[\u4e00-\u9fff/ ]{2,12}[:：]")

TITLE_END = re.compile(
    r"(?:通知|意见|要点|计划|方案|报告|办法|条例|决定|批复|复函|函|规定|规划|纲要|公告|通告|通报|细则|总结|答复|议案|章程|守则|规则|制度|法|解释|请示|纪要|令)"
    r"(?:[（(][^（）()]{1,20}[）)])?$"
)
TITLE_LEAD = re.compile(r"关于|[\u4e00-\u9fff]{2,}(?:人民政府|委员会|办公厅|办公室|教育局|厅|局|部|院)")
QUOTED_ANNEX = re.compile(r"现将《([^《》]{4,60})》(?:的通知)?(?:印发|转发|下发|公布)")
FILE_NAME_TAIL = re.compile(r"\s*(?:[(（]\d+[)）])?\s*\.(?:docx?|pdf|wps|txt)$")
LONGEST_TITLE = 80
SHORTEST_TITLE = 4


@dataclass(frozen=True)
class Line:
    """A trimmed line of the document's head."""

    text: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def read_metadata(text: str, name: str, noise: tuple[Span, ...]) -> tuple[str, Metadata, int]:
    """Title, metadata and the end of the header (the table of facts before the document proper, 0 if none)."""
    lines = _head_lines(text, noise)
    issuer = _labelled(lines, ISSUER_LABELS)
    title, title_start = _title(text, lines, PurePath(name).stem, issuer)
    number = _labelled(lines, NUMBER_LABELS)
    number = _document_number(text, number)
    body = visible(text, Span(0, len(text)), noise)
    own_year = _own_year(title, body, lines)
    metadata = Metadata(
        number=number,
        index_number=_labelled(lines, INDEX_LABELS),
        issuer=issuer,
        dates=_dates(lines),
        year=own_year,
        years=tuple(sorted({*_title_years(title), *([own_year] if own_year else [])})),
        places=_places(title, issuer, text),
    )
    return title, metadata, _header_end(lines, title_start)


def _head_lines(text: str, noise: tuple[Span, ...]) -> list[Line]:
    lines = []
    for match in re.finditer(r"[^\n]+", text[:HEAD_CHARACTERS]):
        stripped = match.group().strip()
        start = match.start() + match.group().find(stripped)
        if stripped and not any(n.start <= start and start + len(stripped) <= n.end for n in noise):
            lines.append(Line(stripped, start))
    return lines[:HEAD_LINES]


def _labelled(lines: list[Line], labels: tuple[str, ...]) -> Field | None:
    """The value behind a label, on the same line (other labels may follow on it) or alone on the next."""
    for label in labels:
        pattern = re.compile(rf"(?:^|[•·\s]){re.escape(label)}(?:\s*[:：]\s*|\s+)(?P<value>\S+)?")
        for i, line in enumerate(lines):
            match = pattern.search(line.text)
            if match is None:
                continue
            value = match["value"]
            if value:
                start = line.start + match.start("value")
                return Field(value, start, start + len(value))
            if i + 1 < len(lines) and not ANY_LABEL.match(lines[i + 1].text) and match.end() >= len(line.text):
                return Field(lines[i + 1].text, lines[i + 1].start, lines[i + 1].end)
    return None


def _document_number(text: str, labelled: Field | None) -> Field | None:
    """The labelled 文号, else one that stands alone on a line near the top."""
    if labelled is not None and document_numbers(labelled.value):
        return labelled
    for match in re.finditer(r"[^\n]+", text[:HEAD_CHARACTERS]):
        stripped = match.group().strip()
        found = document_numbers(stripped)
        if found and found[0][2] - found[0][1] >= len(stripped) - 1:
            start = match.start() + match.group().find(stripped)
            return Field(stripped, start, start + len(stripped))
    return None


def _dates(lines: list[Line]) -> tuple[DateField, ...]:
    found = []
    for i, line in enumerate(lines):
        for match in re.finditer(DATE_LABELS, line.text):
            here = [d for d in dates(line.text[match.end() :]) if d[1] <= 4]
            if here:
                value, start, end = here[0]
                offset = line.start + match.end()
                found.append(DateField(match.group(), value, offset + start, offset + end))
            elif match.end() >= len(line.text.rstrip(":： ")) and i + 1 < len(lines):
                following = dates(lines[i + 1].text)
                if following and following[0][1] == 0:
                    value, start, end = following[0]
                    found.append(DateField(match.group(), value, lines[i + 1].start + start, lines[i + 1].start + end))
    return tuple(found)


def _title(text: str, lines: list[Line], stem: str, issuer: Field | None) -> tuple[str, int]:
    """The title and where it starts (0 when only the file's name gives it)."""
    annex = QUOTED_ANNEX.search(text[:HEAD_CHARACTERS])
    if annex is not None:
        for line in lines:
            if fold(line.text) == fold(annex[1]):
                return annex[1], _first_title_line(lines, line.start)
    for line in lines:
        if line.text.startswith("# "):
            return line.text[2:].strip(), line.start
    lines = [Line(FILE_NAME_TAIL.sub("", line.text), line.start) for line in lines]
    candidates = [(line.text, line.start) for line in lines[:40] if _is_title(line.text)]
    joined = [
        (a.text + b.text, a.start)
        for a, b in pairwise(lines[:41])
        if a.text.endswith(("关于", "印发", "转发")) and not _is_title(a.text) and _is_title(a.text + b.text)
    ]
    if joined:
        candidates = joined
    if not candidates:
        return stem, 0
    best, start = max(candidates, key=lambda c: _title_weight(c[0], stem))
    best = _restore_first_character(best, issuer)
    if len(best) < len(stem) <= len(best) + 16 and fold(best) in fold(stem):
        best = stem
    return best, start


def _first_title_line(lines: list[Line], fallback: int) -> int:
    return next((line.start for line in lines if _is_title(line.text)), fallback)


def _is_title(line: str) -> bool:
    if not SHORTEST_TITLE <= len(line) <= LONGEST_TITLE or ANY_LABEL.match(line):
        return False
    return TITLE_END.search(line) is not None and not re.search(
        r"[。；;！？,，>•]|^[（(一二三四五六七八九十\d]+[、.）)]", line
    )


def _title_weight(line: str, stem: str) -> float:
    """Titles name an issuer or 关于 or a year, and the file is often named after them."""
    shared = len(set(fold(line)) & set(fold(stem))) / max(len(set(fold(stem))), 1)
    return shared + 0.6 * bool(TITLE_LEAD.search(line)) + 0.4 * bool(years(line)) + min(len(line), 30) / 60


def _restore_first_character(title: str, issuer: Field | None) -> str:
    """`山市人民政府关于…` by 乳山市人民政府 lost its first character."""
    if issuer is None or len(issuer.value) <= SHORTEST_TITLE or title.startswith(issuer.value):
        return title
    if title.startswith(issuer.value[1:]):
        return issuer.value[0] + title
    return title


def _title_years(title: str) -> set[int]:
    leading = re.match(r"((?:19|20)\d{2})(?!\d)", title)
    return mentioned_years(title) | ({int(leading[1])} if leading else set())


def _own_year(title: str, text: str, lines: list[Line]) -> int | None:
    """The one year in the title if the text bears it out, else of the first date, else the first named near the top.

    A title alone is no proof: one report is titled 2022 and plans for 2013 to 2015.
    """
    titled = _title_years(title)
    in_title = [year for year in titled if text.count(str(year)) > title.count(str(year))]
    if len(titled) == 1 and in_title:
        return in_title[0]
    for value, _, _ in dates("\n".join(line.text for line in lines[:30])):
        return int(value[:4])
    if len(titled) > 1:
        return min(titled)
    near = [year for year, _, _ in years(text[:HEAD_CHARACTERS])]
    return near[0] if near else None


ENOUGH_MENTIONS = 3


def _places(title: str, issuer: Field | None, text: str) -> tuple[Field, ...]:
    """Places of the title and issuer, the most particular first; without any, the one that the text names most."""
    mentions = [*find_places(title), *(find_places(issuer.value) if issuer else [])]
    named = [place for mention in mentions for place in mention.candidates[:1]]
    if not named:
        counted = Counter(m.candidates[0] for m in find_places(text) if m.candidates[0].code[2:] != "0000")
        named = [place for place, count in counted.most_common(1) if count >= ENOUGH_MENTIONS]
    unique = list(dict.fromkeys(named))
    particular = [p for p in unique if not any(o != p and same_or_inside(o, p) for o in unique)]
    ordered = particular + [p for p in unique if p not in particular]
    return tuple(_place_field(place, text) for place in ordered)


def _place_field(place: Place, text: str) -> Field:
    """The place's full name and where the text first names it (0 to 0 when only the title, as restored, does)."""
    for mention in find_places(text):
        if place in mention.candidates:
            return Field(full_name(place), mention.start, mention.end)
    return Field(full_name(place), 0, 0)


def _header_end(lines: list[Line], title_start: int) -> int:
    """Where the table of facts ends: before the title, when at least two labelled lines precede it."""
    labelled = [line for line in lines if line.start < title_start and ANY_LABEL.match(line.text)]
    labelled += [
        line for line in lines if line.start < title_start and re.match(r"索引号|组配分类|生成日期", line.text)
    ]
    return title_start if len(labelled) >= 2 else 0
