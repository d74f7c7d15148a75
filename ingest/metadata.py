"""Read off a document what it says about itself: title, 文号, 索引号, issuer, dates, years, places, validity.

Every fact keeps the span that it was read from.
"""

import re
from collections import Counter
from pathlib import PurePath

from ingest.dating import find_dates, signature
from ingest.document import Field, Metadata, PlaceField, Span
from ingest.head import ANY_LABEL, HEAD_CHARACTERS, Line, head_lines, labelled
from ingest.numbers import dates, document_numbers, years
from ingest.places import Mention, Place, find_places, full_name, parents, same_or_inside
from ingest.text import visible
from ingest.title import find_title
from ingest.validity import repealed_documents, validity
from ingest.years import mentioned_years

ISSUER_LABELS = ("发布机构", "发文机关", "发文机构", "发布单位", "制定机关", "所属单位", "来源")
INDEX_LABELS = ("信息索引号", "索引号", "索 引 号", "索 引号")
NUMBER_LABELS = ("备注/文号", "发文字号", "文号", "文 号", "公文字号")


def read_metadata(text: str, name: str, noise: tuple[Span, ...], printed_title: str = "") -> tuple[str, Metadata, int]:
    """Title, metadata and the end of the header (the table of facts before the document proper, 0 if none).

    `name` is the file's, `printed_title` what its reader took for the title.
    """
    lines = head_lines(text, noise)
    signed = signature(text, noise)
    issuer = labelled(lines, ISSUER_LABELS) or (signed.issuer if signed else None)
    title, title_start = find_title(text, lines, PurePath(name).stem, issuer, printed_title)
    body = visible(text, Span(0, len(text)), noise)
    own_year = _own_year(title, body, lines)
    metadata = Metadata(
        number=_document_number(text, labelled(lines, NUMBER_LABELS)),
        index_number=labelled(lines, INDEX_LABELS),
        issuer=issuer,
        dates=find_dates(text, lines, signed),
        year=own_year,
        years=tuple(sorted({*_title_years(title), *([own_year] if own_year else [])})),
        places=_places(title, issuer, text),
        validity=validity(text, lines, title),
        repeals=repealed_documents(text),
    )
    return title, metadata, _header_end(lines, title_start)


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
