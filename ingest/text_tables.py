"""Tables inside plain text: Markdown pipe tables and runs of tab-separated lines. The text is not changed.

Not covered: tables drawn with blanks or box characters.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.document import Row
from ingest.tables import Role, label_rows

LINE = re.compile(r"[^\r\n]*(?:\r\n?|\n|$)")
SEPARATOR = re.compile(r"\|?\s*:?-+:?\s*(?:\|\s*:?-+:?\s*)*\|?")
FENCE = re.compile(r"\s*(?:```|~~~)")
PIPE = re.compile(r"(?<!\\)\|")
DIGITS = "一二三四五六七八九十"
# A tab behind one of these is the indent of a list.
LIST_MARK = re.compile(
    rf"\d{{1,3}}[.．、)）]|\d+(?:\.\d+)+|[（(][{DIGITS}\d]{{1,3}}[）)]|[{DIGITS}]{{1,3}}、?|第[{DIGITS}百\d]+[章节条]|[-•·●○■◆*→]"
)
PAGE_NUMBER = re.compile(r"[\s.…·]*\d{1,4}")


@dataclass(frozen=True)
class _Line:
    start: int
    end: int
    text: str


def find_text_tables(text: str) -> tuple[Row, ...]:
    """One Row for each data row, over the line as it stands; header and separator lines are ordinary text.

    >>> [row.reading for row in find_text_tables("| 学校 | 学位 |\\n|---|---|\\n| 一小 | 1080 |")]
    ['学校：一小 | 学位：1080']
    """
    if "|" not in text and "\t" not in text:
        return ()
    rows: list[Row] = []
    for block, cells, header in _tables(_lines(text)):
        for line, labelled in zip(block, label_rows(cells, header), strict=True):
            if labelled.role is Role.DATA:
                rows.append(Row(line.start, line.end, labelled.reading))
    return tuple(rows)


def _lines(text: str) -> list[_Line]:
    """The lines without the blanks around them; what stands in a code fence is empty."""
    lines = []
    fenced = False
    for match in LINE.finditer(text):
        raw = match.group()
        fence = FENCE.match(raw)
        shown = "" if fenced or fence else raw.strip(" \u3000\r\n")
        fenced = fenced != bool(fence)
        start = match.start() + (raw.index(shown) if shown else 0)
        lines.append(_Line(start, start + len(shown), shown))
    return lines


def _tables(lines: list[_Line]) -> Iterator[tuple[Sequence[_Line], list[list[str]], int | None]]:
    i = 0
    while i < len(lines):
        here = lines[i]
        if "|" in here.text and i + 1 < len(lines) and _separates(here.text, lines[i + 1].text):
            end = i + 2
            while end < len(lines) and PIPE.search(lines[end].text):
                end += 1
            block = [here, *lines[i + 2 : end]]
            yield block, [_pipe_cells(line.text) for line in block], 1
            i = end
        elif (tabs := here.text.count("\t")) > 0:
            end = i + 1
            while end < len(lines) and lines[end].text.count("\t") == tabs:
                end += 1
            block = lines[i:end]
            cells = [[cell.strip() for cell in line.text.split("\t")] for line in block]
            if _is_table(cells):
                yield block, cells, None
            i = end
        else:
            i += 1


def _separates(header: str, line: str) -> bool:
    return "-" in line and bool(SEPARATOR.fullmatch(line)) and len(_pipe_cells(header)) == len(_pipe_cells(line))


def _pipe_cells(line: str) -> list[str]:
    inner = line.strip().removeprefix("|")
    inner = inner[:-1] if inner.endswith("|") and not inner.endswith("\\|") else inner
    return [cell.strip().replace("\\|", "|") for cell in PIPE.split(inner)]


def _is_table(cells: list[list[str]]) -> bool:
    """Tabs also indent lists and lead to the page numbers of a table of contents."""
    if len(cells) < 2:
        return False
    several = [row for row in cells if sum(1 for cell in row if cell) > 1]
    if len(several) * 3 < len(cells) * 2:
        return False
    marked = sum(bool(LIST_MARK.fullmatch(row[0])) for row in several)
    if len(cells[0]) == 2 and marked * 2 > len(several):
        return False
    contents = len(cells[0]) < 4 and all(PAGE_NUMBER.fullmatch(row[-1]) for row in several)
    pages = [int(re.sub(r"\D", "", row[-1])) for row in several] if contents else []
    named = sum(bool(re.match(rf"第?[{DIGITS}\d]+[章节、.．条]|[（(][{DIGITS}]", row[0])) for row in several)
    return not (contents and pages == sorted(pages) and named * 2 >= len(several))
