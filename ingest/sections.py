"""Divide a document into sections by the headings of Chinese official documents.

Covered: the ways of numbering in `ingest.markers`, Markdown and the headings that a file marks as such (Word styles,
`h2`: the layout); headings that run into their paragraph (`11.加快…能力。推动…`), lists flattened into one line
(`1.学前…2.在甬…`), paragraphs made of short unnumbered headings with their text (`推进全面从严治党。落实…`), annexes,
and what belongs to no heading any more (`ingest.closing`). Where numbering and styled level disagree the numbering
holds. Not covered: tables of contents, which `ingest.clean` marks as noise.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.closing import ANNEX, NUMBERED, TITLE_LINE, end_matter, list_ends
from ingest.document import Layout, Section, Span
from ingest.flattened import UNNUMBERED, in_series, inside_line, unnumbered
from ingest.markers import (
    ALL,
    BEGINS,
    BY_NAME,
    FLATTENED_LINE,
    HAN_NUMBER,
    MARKERS,
    Heading,
    heading_of,
    touching,
)
from ingest.text import overlapping, trim, visible

CODE = re.compile(r"(?m)^```[^`\n]*\n(?:(?!```).*\n)*+```")
"""A block of code in Markdown: its `# …` are comments."""
MARKDOWN = re.compile(r"(?P<hashes>#{1,6})\s+")
STYLE = "style"
OUTERMOST = -30
"""A styled heading without numbering ranks level - 30, outside every way of numbering, unless its level or one
outside it has numbered headings: `## 附则` stands beside `## 第一章`."""

# Decimal numbering is known by its whole: `1 总则` by a 1.1 further down, `1.1编制目的` by a 1.2.
DECIMAL = re.compile(r"(?P<a>\d{1,2})[.．](?P<n>\d{1,2})(?=[\s\u3000\u4e00-\u9fff])")
DECIMAL_CHAPTER = re.compile(r"(?P<n>\d{1,2})[ \u3000]+(?=[\u4e00-\u9fff])[^。；;，,：:！？]{2,30}$")
# A number alone on its line has its title on the next: `第一章`, `总则`.
BARE = re.compile(
    rf"#*\s*(?:第(?:{HAN_NUMBER}|\d+)(?:编|部分|章|节)|[（(]{HAN_NUMBER}[）)]|{HAN_NUMBER}、|\d{{1,2}}[.．、])"
)
LONGEST_TITLE = 120
OUTER_LIST = "一、 over 条"
OUTER_LIST_RANK = 3.5


NO_LAYOUT = Layout()


def find_sections(
    document_id: str, text: str, noise: tuple[Span, ...], header_end: int, layout: Layout = NO_LAYOUT
) -> list[Section]:
    """Sections of `text` in order; together they cover all of it from 0 to its end, none overlaps.

    The header (`text[:header_end]`: the table of facts that a web page puts first) is one section of its own.
    A heading without text of its own goes to the section that follows, under whose path it stands.
    """
    headings = [h for h in _headings(text, noise, layout) if h.start >= header_end]
    sections: list[Section] = []
    if header_end:
        sections.append(Section(document_id, (HEADER_HEADING,), 0, header_end))
    start = headings[0].start if headings else len(text)
    if start > header_end:
        sections.append(Section(document_id, (), header_end, start))
    stack: list[Heading] = []
    for heading, following in zip(headings, [*headings[1:], None], strict=False):
        _nest(stack, heading)
        path = tuple(h.text for h in stack if h.text)
        end = following.start if following else len(text)
        deeper = following is not None and _deeper(stack, following)
        if deeper and trim(text, heading.body, end) is None:
            continue
        if heading.closes and sections and sections[-1].headings == path:
            sections[-1] = replace(sections[-1], end=end)
        else:
            sections.append(Section(document_id, path, start, end))
        start = end
    return sections


HEADER_HEADING = "文件信息"


def _nest(stack: list[Heading], heading: Heading) -> None:
    """Put `heading` in its place: beside the last of its kind, else below whatever ranks outside it.

    A kind that is new here and starts at 1 goes below the current one even against the usual order,
    because some documents put （一） below 1.; never below a short sentence without a number. Text that closes
    a kind stands where that kind's parent does.
    """
    if stack and stack[-1].kind == UNNUMBERED:
        stack.pop()
    kinds = [h.kind for h in stack]
    if heading.closes == ALL or heading.kind == ANNEX:
        del stack[1 if kinds[:1] == [f"{STYLE}1"] else 0 :]
    elif heading.closes:
        del stack[kinds.index(heading.closes) + (heading.closes == "条") if heading.closes in kinds else len(kinds) :]
    elif heading.kind in kinds:
        del stack[kinds.index(heading.kind) :]
    elif heading.number != 1 or heading.rank <= 4:
        while stack and stack[-1].rank >= heading.rank and stack[-1].kind != ANNEX:
            stack.pop()
    if not heading.closes:
        stack.append(heading)


def _deeper(stack: list[Heading], following: Heading) -> bool:
    probe = list(stack)
    _nest(probe, following)
    return len(probe) > len(stack)


def _headings(text: str, noise: tuple[Span, ...], layout: Layout) -> list[Heading]:
    levels = {h.start: h.level for h in layout.headings}
    rows = _Spans([Span(row.start, row.end) for row in layout.rows])
    marked = _Spans(list(noise))
    code = _Spans([Span(match.start(), match.end()) for match in CODE.finditer(text)])
    lines = [
        line for line in _logical_lines(text, noise)
        if line.start not in rows and line.start not in marked and line.start not in code
    ]  # fmt: skip
    parts = end_matter(text, lines)
    decimals = _decimals(text, lines)
    found: list[Heading] = []
    article = 0
    for i, line in enumerate(lines):
        if i in parts:
            part = parts[i]
            found.extend([part] if part is not None else [])
            article = 0 if part is not None and part.kind == ANNEX else article
            continue
        first = _at_line_start(text, line, levels.get(line.start, 0), decimals) or touching(text, line, article)
        if first is not None:
            titled = _with_next_line(text, lines, i, first)
            if titled is not first and i + 1 not in parts:
                first, parts[i + 1] = titled, None
            found.append(first)
            article = first.number if first.kind == "条" else article
        # `1.人才短缺；2.设备老化；3.…`: what has no title of its own may be a short flattened list.
        bare = first is not None and first.kind != "条" and _untitled(text, first, line)
        if bare or line.end - line.start > FLATTENED_LINE:
            inside = inside_line(text, line, found, marked)
            if bare and inside and first is not None:
                found[-1] = _marked(text, first.start, inside[0].start, decimals) or first
            found.extend(inside)
            if first is None:
                found.extend(unnumbered(text, line))
    found.sort(key=lambda h: h.start)
    found = _ranked(_outer_lists(text, in_series(found)))
    found += list_ends(text, lines, found)
    clean = [replace(h, text=_visible_title(text, h, noise)) for h in found]
    return sorted(clean, key=lambda h: h.start)


def _untitled(text: str, heading: Heading, line: Span) -> bool:
    """Whether the heading is its number only and its text follows on the line."""
    return heading.body < line.end and heading.text in {"", text[heading.start : heading.body].strip()}


def _decimals(text: str, lines: Sequence[Span]) -> set[tuple[int, int]]:
    """(1, 2) for `1.2 术语` or `1.2术语` where the count from 1.1 on is whole, (1, 0) for the `1 总则` above it;
    `1.5万名学生` counts on from nothing."""
    seen = {(int(m["a"]), int(m["n"])) for line in lines if (m := DECIMAL.match(text, line.start, line.end))}
    whole = {a for a, _ in seen if {(a, 1), (a, 2)} <= seen}
    counted = {(a, b) for a, b in seen if a in whole and all((a, c) in seen for c in range(1, b))}
    return counted | {(a, 0) for a, _ in seen if (a, 1) in seen}


def _with_next_line(text: str, lines: Sequence[Span], i: int, heading: Heading) -> Heading:
    if i + 1 >= len(lines) or not BARE.fullmatch(text, lines[i].start, lines[i].end):
        return heading
    title = text[lines[i + 1].start : lines[i + 1].end]
    if not TITLE_LINE.fullmatch(title) or NUMBERED.match(title):
        return heading
    return replace(heading, body=lines[i + 1].end, text=f"{heading.text} {title}")


def _outer_lists(text: str, headings: list[Heading]) -> list[Heading]:
    """`一、程序规定` directly above 第一条 and `二、` above a later one: the list stands outside the articles."""
    result, last = [], 0
    for heading, following in zip(headings, [*headings[1:], None], strict=False):
        above = following is not None and following.kind == "条" and trim(text, heading.body, following.start) is None
        if heading.kind == "一、" and above and heading.number in (1, last + 1):
            last = heading.number
            heading = replace(heading, kind=OUTER_LIST, rank=OUTER_LIST_RANK)
        result.append(heading)
    return result


class _Spans:
    """Ordered spans that do not overlap; `position in spans` in logarithmic time."""

    def __init__(self, spans: list[Span]) -> None:
        self._spans = spans
        self._starts = [span.start for span in spans]

    def __contains__(self, position: object) -> bool:
        assert isinstance(position, int)
        before = bisect_right(self._starts, position) - 1
        return before >= 0 and position < self._spans[before].end


def _ranked(headings: list[Heading]) -> list[Heading]:
    """Give styled headings without numbering the rank of the numbered ones of their level, or just below those
    of the nearest level outside."""
    known: dict[int, float] = {}
    for heading in headings:
        if heading.level and not heading.kind.startswith((STYLE, ANNEX)):
            known[heading.level] = min(heading.rank, known.get(heading.level, heading.rank))

    def rank(heading: Heading) -> float:
        if not heading.kind.startswith(STYLE):
            return heading.rank
        outside = [level for level in known if level <= heading.level]
        if not outside:
            return heading.level + OUTERMOST
        return known[max(outside)] + (heading.level - max(outside)) / 100

    return [replace(heading, rank=rank(heading)) for heading in headings]


def _visible_title(text: str, heading: Heading, noise: tuple[Span, ...]) -> str:
    """The heading's text without page marks inside it, of a length that can stand before every chunk below it."""
    shown = heading.text
    if "\n" in shown:
        shown = visible(text, Span(heading.start, heading.start + len(shown)), noise)
    return shown if len(shown) <= LONGEST_TITLE else shown[: LONGEST_TITLE - 1] + "…"


def _logical_lines(text: str, noise: tuple[Span, ...]) -> Iterator[Span]:
    """Trimmed lines; one that is only noise is left out, one that noise cuts in two counts as one."""
    start = 0
    breaks = [m.start() for m in re.finditer(r"\n", text)] + [len(text)]
    inside = iter([*noise, Span(len(text) + 1, len(text) + 1)])
    mark = next(inside)
    for position in breaks:
        while mark.end <= position:
            mark = next(inside)
        if mark.start <= position < mark.end:
            continue
        line = trim(text, start, position)
        start = position + 1
        if line is not None:
            covering = overlapping(noise, line.start, line.start + 1)
            line = trim(text, covering[0].end, line.end) if covering else line
        if line is not None:
            yield line


def _at_line_start(text: str, line: Span, level: int, decimals: set[tuple[int, int]]) -> Heading | None:
    """The heading that `line` begins with; `level` is what the file's layout gives it, 0 for none."""
    start = line.start
    hashes = MARKDOWN.match(text, line.start, line.end)
    if hashes is not None:
        level, start = len(hashes["hashes"]), hashes.end()
    found = _marked(text, start, line.end, decimals)
    if found is not None:
        if level and found.kind != "条":
            found = replace(found, body=line.end, text=text[start : line.end].strip())
        return replace(found, start=line.start, level=level)
    if not level:
        return None
    chapter = touching(text, Span(start, line.end), -2)
    if chapter is not None:
        return replace(chapter, start=line.start, level=level)
    return Heading(line.start, line.end, f"{STYLE}{level}", 0, 1, text[start : line.end].strip(), level)


def _marked(text: str, start: int, end: int, decimals: set[tuple[int, int]]) -> Heading | None:
    if not BEGINS.match(text, start, end):
        return None
    decimal = DECIMAL.match(text, start, end) if decimals else None
    if decimal is not None and (int(decimal["a"]), int(decimal["n"])) in decimals:
        return heading_of(text, BY_NAME["1.1"], decimal, end)
    chapter = DECIMAL_CHAPTER.match(text, start, end) if decimals else None
    if chapter is not None and (int(chapter["n"]), 0) in decimals | {(max(decimals)[0] + 1, 0)}:
        return Heading(start, end, "1.", BY_NAME["1."].rank, int(chapter["n"]), text[start:end])
    for marker in MARKERS:
        match = marker.pattern.match(text, start, end)
        if match is not None:
            return heading_of(text, marker, match, end)
    return None
