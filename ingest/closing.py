"""What ends a part of a document: the list of its annexes, its signature, who receives copies, the annexes
themselves, and the paragraph behind a list that speaks for the whole list.

Not covered: an annex without the word 附 before it, except that whatever follows the signature stands by itself.
"""

import re
from collections.abc import Sequence

from ingest.document import Span
from ingest.markers import ALL, DASH, Heading

ANNEX = "附件"
ANNEX_RANK = 0.5
ANNEX_LINE = re.compile(
    r"附\s*+(?:件|录|表|图)?\s*+(?:(?P<n>\d{1,2}|[一二三四五六七八九十]{1,3})\s*+[:：.．、]?|[:：])\s*+(?P<title>[^。；，,]{0,50})$"
    r"|附\s*+件$"
)
ANNEX_LIST = re.compile(r"附\s*+件?\s*+(?P<colon>[:：])?\s*+(?:1|１|一)\s*+[.．、]\s*+\S")
ANNEX_LIST_TITLE = re.compile(r"附\s*件\s*[:：]?$")
LISTED = re.compile(r"(?P<n>\d{1,2})\s*[.．、]")
TITLE_LINE = re.compile(r"[^。；，,：:！？]{2,40}")
NUMBERED = re.compile(r"[（(]?第?[\d一二三四五六七八九十]+[）)、.．章节条编部]")
SIGNATURE_DATE = re.compile(
    r"(?:(?:19|20)\d\s?\d|[一二][一二三四五六七八九〇○零ＯO0]{3})\s*年\s*[\d一二三四五六七八九十]{1,3}\s*月\s*"
    r"[\d一二三四五六七八九十]{1,3}\s*日"
)
SIGNATORY = re.compile(
    r"[^。；，,：:《》]{1,36}(?:人民政府|委员会|办公厅|办公室|国务院|法院|检察院|大学|学院|学校|中学|小学|幼儿园|中心|公司|协会|[厅局部署院委会])"
    r"(?:[（(](?:代章|盖章|章)[）)])?"
)
COPIES = re.compile(r"(?:抄\s*送|主\s*送|抄\s*报|分\s*送)\s*[:：]|[（(]此件.{0,14}公开(?:发布)?[）)]$|[（(]联系人[:：]")
LIST_MARK = "；;"
NO_HEADING = Heading(0, 0, "", 0, 0, "")


def end_matter(text: str, lines: Sequence[Span]) -> dict[int, Heading | None]:
    """By line: what an annex heads or what ends the document there; None for a line of a list of annexes, which
    heads nothing although it is numbered, and for the title of an annex on a line of its own."""
    found: dict[int, Heading | None] = {}
    listed: int | None = None
    for i, line in enumerate(lines):
        written = text[line.start : line.end]
        if i in found:
            continue
        if listed is not None:
            item = LISTED.match(written)
            if item is not None and int(item["n"]) == listed + 1 and TITLE_LINE.fullmatch(written, item.end()):
                found[i], listed = None, listed + 1
                continue
            listed = None
        if written[0] == "附" and len(written) <= 60:
            first = ANNEX_LIST.match(written)
            if first is None:
                names = ANNEX_LIST_TITLE.match(written) is not None and _lists(text, lines, i)
            else:
                names = first["colon"] is not None or _counts_on(text, lines, i)
            if names:
                listed = int(first is not None)
                found[i] = _end(line)
                continue
            found.update(_annex(text, lines, i))
        elif SIGNATURE_DATE.fullmatch(written):
            signed = _first_signatory(text, lines, i)
            if signed is not None:
                found[signed] = _end(lines[signed])
        elif COPIES.match(written):
            found[i] = _end(line)
    return found


def _end(line: Span) -> Heading:
    return Heading(line.start, line.start, "", 0, 0, "", closes=ALL)


def _counts_on(text: str, lines: Sequence[Span], i: int) -> bool:
    following = LISTED.match(text, lines[i + 1].start, lines[i + 1].end) if i + 1 < len(lines) else None
    return following is not None and int(following["n"]) == 2


def _lists(text: str, lines: Sequence[Span], i: int) -> bool:
    """Whether the numbered lines below 附件： only name the annexes: the signature follows them."""
    for count, line in enumerate(lines[i + 1 : i + 16]):
        written = text[line.start : line.end]
        item = LISTED.match(written)
        if item is None or int(item["n"]) != count + 1:
            return count > 0 and bool(SIGNATORY.fullmatch(written) or SIGNATURE_DATE.fullmatch(written))
    return False


def _annex(text: str, lines: Sequence[Span], i: int) -> dict[int, Heading | None]:
    line = lines[i]
    match = ANNEX_LINE.fullmatch(text, line.start, line.end)
    if match is None:
        return {}
    title, body, found = match.group().strip(), line.end, dict[int, Heading | None]()
    if not match["title"] and i + 1 < len(lines):
        following = lines[i + 1]
        written = text[following.start : following.end]
        if TITLE_LINE.fullmatch(written) and not NUMBERED.match(written) and not SIGNATORY.fullmatch(written):
            title, body = f"{title} {written}", following.end
            found[i + 1] = None
    found[i] = Heading(line.start, body, ANNEX, ANNEX_RANK, 0, title)
    return found


def _first_signatory(text: str, lines: Sequence[Span], dated: int) -> int | None:
    """The first of the signatories above a line that is a date."""
    first = dated
    while first and SIGNATORY.fullmatch(text, lines[first - 1].start, lines[first - 1].end):
        first -= 1
    return first if first < dated else None


def list_ends(text: str, lines: Sequence[Span], headings: Sequence[Heading]) -> list[Heading]:
    """Where a list of one-line items, divided by semicolons, is over: `（三）预防接种证。` and then a new line.

    An item behind a dash that has its text on its line ends with it. Between articles the line belongs to the
    article, elsewhere to what the list stands under.
    """
    starts = [line.start for line in lines]
    position = {start: i for i, start in enumerate(starts)}
    found = []
    in_article = False
    for before, item, following in zip([NO_HEADING, *headings], headings, [*headings[1:], None], strict=False):
        if item.kind == DASH:
            end = _behind_line(lines, position, item, following)
            # A line that is all title (`——改革取得新突破。`) heads the lines below it.
            if end is not None and item.body < lines[position[item.start]].end:
                found.append(Heading(end, end, "", 0, 0, "", closes=DASH))
            continue
        in_article = item.kind == "条" or (in_article and item.rank >= 5) or before.kind == "条"
        if item.closes or item.rank < 5 or item.level or before.kind != item.kind or item.number != before.number + 1:
            continue
        first, last = position.get(before.start), position.get(item.start)
        if first is None or last != first + 1 or text[lines[first].end - 1] not in LIST_MARK:
            continue
        behind = _behind_line(lines, position, item, following)
        if behind is not None and text[lines[last].end - 1] in "。；;":
            found.append(Heading(behind, behind, "", 0, 0, "", closes="条" if in_article else item.kind))
    return found


def _behind_line(
    lines: Sequence[Span], position: dict[int, int], item: Heading, following: Heading | None
) -> int | None:
    """Where the line behind a heading's own begins, if that is before the next heading."""
    line = position.get(item.start)
    if line is None or line + 1 >= len(lines):
        return None
    behind = lines[line + 1].start
    return behind if following is None or behind < following.start else None
