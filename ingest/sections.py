"""Divide a document into sections by the headings of Chinese official documents.

Covered: 第X编/章/节/条, 第X部分, 一、 （一） 1. 1.1 （1） ①, Markdown and the headings that a file marks as such
(Word styles, `h2`: the layout); headings that run into their paragraph (`11.加快…能力。推动…`), lists flattened
into one line (`1.学前…2.在甬…`), and paragraphs made of short unnumbered headings with their text
(`推进全面从严治党。落实…`). Where numbering and styled level disagree the numbering holds.
Not covered: tables of contents, which `ingest.clean` marks as noise.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise

from ingest.document import Layout, Section, Span
from ingest.numbers import han_value
from ingest.text import trim, visible

HAN_NUMBER = "[一二三四五六七八九十百千零〇两]+"


@dataclass(frozen=True)
class Marker:
    """One way of numbering; `rank` orders the ways from the outermost to the innermost."""

    name: str
    rank: float
    pattern: re.Pattern[str]
    inline: bool
    """Whether it may also begin in the middle of a line."""


MARKDOWN = re.compile(r"(?P<hashes>#{1,6})\s+")
MARKERS = (
    Marker("编", 1, re.compile(rf"第(?P<n>{HAN_NUMBER}|\d+)编[\s\u3000:：]"), False),
    Marker("部分", 1, re.compile(rf"第(?P<n>{HAN_NUMBER}|\d+)部分[\s\u3000:：、]?"), False),
    Marker("章", 2, re.compile(rf"第(?P<n>{HAN_NUMBER}|\d+)章[\s\u3000:：]"), False),
    Marker("节", 3, re.compile(rf"第(?P<n>{HAN_NUMBER}|\d+)节[\s\u3000:：]"), False),
    Marker(
        "条", 4, re.compile(rf"第(?P<n>{HAN_NUMBER}|\d+)条(?:之{HAN_NUMBER})?(?=[\s\u3000:：【])[\s\u3000:：]*"), False
    ),
    Marker("一、", 5, re.compile(rf"(?P<n>{HAN_NUMBER})、(?!{HAN_NUMBER}[级类等年届期批月季])"), True),
    Marker("（一）", 6, re.compile(rf"[（(](?P<n>{HAN_NUMBER})[）)]"), True),
    Marker("1.", 7, re.compile(r"(?P<n>\d{1,3})(?:[.．](?!\d)|、(?!\d+[月日年]))"), True),
    Marker("1.1", 7.2, re.compile(r"\d{1,2}[.．](?P<n>\d{1,2})(?=[\s\u3000])"), False),
    Marker(
        "1.1.1", 7.4, re.compile(r"\d{1,2}(?:[.．]\d{1,2}){1,3}[.．](?P<n>\d{1,2})(?=[\s\u3000\u4e00-\u9fff])"), False
    ),
    Marker("（1）", 8, re.compile(r"[（(](?P<n>\d{1,3})[）)]"), True),
    Marker("①", 9, re.compile(r"(?P<n>[①-⑳])"), True),
)
BY_NAME = {marker.name: marker for marker in MARKERS}
STYLE = "style"
RUN_IN_RANK = 20
OUTERMOST = -30
"""A styled heading without numbering ranks level - 30, outside every way of numbering, unless its level or one
outside it has numbered headings: `## 附则` stands beside `## 第一章`."""

LONGEST_HEADING = 60
LONGEST_RUN_IN = 40
STOP = re.compile(r"[。！？；;]")
# In a flattened line a blank may be all that is left between a heading and its text.
STOP_FLATTENED = re.compile(r"[。！？；; \u3000]")
UNNUMBERED = re.compile(r"[^，,；;：:。！？\d（）()]{6,25}。")
UNNUMBERED_PARAGRAPH = 150
# A chapter's heading often touches its number (第一章总则); a sentence about a chapter (第三章规定了程序。) is no heading.
TOUCHING = re.compile(
    rf"第(?P<n>{HAN_NUMBER}|\d+)(?P<kind>[编章节])(?![规的和至、及与中所之第])[^。；;，,：:]{{1,30}}$"
)
# So does an article's, but then only the next article of the count is one: 第十二条规定的情形除外 is a reference.
TOUCHING_ARTICLE = re.compile(
    rf"第(?P<n>{HAN_NUMBER}|\d+)条(?:之{HAN_NUMBER})?(?![规的和至、及与或第款项所之以前后中内])"
)
# What may stand before a marker inside a line: white space, or the end of a sentence or clause.
BEFORE_INLINE = re.compile(r"[\s\u3000。；;！？:：]")
# An inline marker is only looked for in lines longer than this: shorter ones are no flattened lists.
FLATTENED_LINE = 80


NO_LAYOUT = Layout()


@dataclass(frozen=True)
class Heading:
    """A heading at `start`; the text that it heads begins at `body`, its own text may be empty."""

    start: int
    body: int
    kind: str
    rank: float
    number: int
    text: str
    level: int = 0
    """The level that the file gives it; 0 where it is known by its numbering only."""


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
        sections.append(Section(document_id, path, start, end))
        start = end
    return sections


HEADER_HEADING = "文件信息"


def _nest(stack: list[Heading], heading: Heading) -> None:
    """Put `heading` in its place: beside the last of its kind, else below whatever ranks outside it.

    A kind that is new here and starts at 1 goes below the current one even against the usual order,
    because some documents put （一） below 1.
    """
    kinds = [h.kind for h in stack]
    if heading.kind in kinds:
        del stack[kinds.index(heading.kind) :]
    elif heading.number != 1 or heading.rank <= 4:
        while stack and stack[-1].rank >= heading.rank:
            stack.pop()
    stack.append(heading)


def _deeper(stack: list[Heading], following: Heading) -> bool:
    probe = list(stack)
    _nest(probe, following)
    return len(probe) > len(stack)


def _headings(text: str, noise: tuple[Span, ...], layout: Layout) -> list[Heading]:
    levels = {h.start: h.level for h in layout.headings}
    rows = _Spans([Span(row.start, row.end) for row in layout.rows])
    found: list[Heading] = []
    article = 0
    for line in _logical_lines(text, noise):
        if line.start in rows:
            continue
        first = _at_line_start(text, line, levels.get(line.start, 0)) or _touching(text, line, article)
        if first is not None:
            found.append(first)
            article = first.number if first.kind == "条" else article
        if line.end - line.start > FLATTENED_LINE:
            found.extend(_inside_line(text, line, found))
            if first is None:
                found.extend(_unnumbered(text, line))
    marked = _Spans(list(noise))
    found = _ranked([h for h in found if h.start not in marked])
    clean = [replace(h, text=_visible_title(text, h, noise)) for h in found]
    return sorted(clean, key=lambda h: h.start)


class _Spans:
    """Ordered spans that do not overlap; `position in spans` in logarithmic time."""

    def __init__(self, spans: list[Span]) -> None:
        self._spans = spans
        self._starts = [span.start for span in spans]

    def __contains__(self, position: int) -> bool:
        before = bisect_right(self._starts, position) - 1
        return before >= 0 and position < self._spans[before].end


def _ranked(headings: list[Heading]) -> list[Heading]:
    """Give styled headings without numbering the rank of the numbered ones of their level, or just below those
    of the nearest level outside."""
    known: dict[int, float] = {}
    for heading in headings:
        if heading.level and not heading.kind.startswith(STYLE):
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
    """The heading's text without page marks inside it."""
    if "\n" not in heading.text:
        return heading.text
    return visible(text, Span(heading.start, heading.start + len(heading.text)), noise)


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
            covering = [n for n in noise if n.start <= line.start < n.end]
            line = trim(text, covering[0].end, line.end) if covering else line
        if line is not None:
            yield line


def _at_line_start(text: str, line: Span, level: int) -> Heading | None:
    """The heading that `line` begins with; `level` is what the file's layout gives it, 0 for none."""
    start = line.start
    hashes = MARKDOWN.match(text, line.start, line.end)
    if hashes is not None:
        level, start = len(hashes["hashes"]), hashes.end()
    for marker in MARKERS:
        match = marker.pattern.match(text, start, line.end)
        if match is not None:
            heading = _heading(text, marker, match, line.end)
            if level and marker.name != "条":
                heading = replace(heading, body=line.end, text=text[start : line.end].strip())
            return replace(heading, start=line.start, level=level)
    if not level:
        return None
    chapter = _touching(text, Span(start, line.end), -2)
    if chapter is not None:
        return replace(chapter, start=line.start, level=level)
    return Heading(line.start, line.end, f"{STYLE}{level}", 0, 1, text[start : line.end].strip(), level)


def _touching(text: str, line: Span, article: int) -> Heading | None:
    """A chapter or article whose number touches what follows; `article` is the number of the last one."""
    chapter = TOUCHING.match(text, line.start, line.end)
    if chapter is not None:
        marker = BY_NAME[chapter["kind"]]
        return Heading(
            line.start, line.end, marker.name, marker.rank, _number(chapter["n"]), text[line.start : line.end]
        )
    match = TOUCHING_ARTICLE.match(text, line.start, line.end)
    if match is None or _number(match["n"]) != article + 1:
        return None
    return Heading(line.start, match.end(), "条", BY_NAME["条"].rank, article + 1, match.group())


def _heading(text: str, marker: Marker, match: re.Match[str], end: int) -> Heading:
    """The heading behind a marker: the whole line, its first sentence, or for an article its number."""
    number, start, label = _number(match["n"]), match.start(), match.group().strip()
    if marker.name == "条":
        return Heading(start, match.end(), marker.name, marker.rank, number, label)
    flattened = end - start > FLATTENED_LINE
    stop = (STOP_FLATTENED if flattened else STOP).search(text, match.end() + 1, end)
    if stop is None:
        if end - start <= LONGEST_HEADING and not text[start:end].endswith(("，", ",")):
            return Heading(start, end, marker.name, marker.rank, number, text[start:end].strip())
    elif stop.group() in "。 \u3000" and stop.start() - match.end() <= LONGEST_RUN_IN and stop.end() < end:
        title = text[start : stop.start()].strip()
        return Heading(start, stop.end(), marker.name, marker.rank, number, title)
    elif stop.end() >= end and end - start <= LONGEST_RUN_IN:
        return Heading(start, end, marker.name, marker.rank, number, text[start:end].rstrip("。；;"))
    return Heading(start, match.end(), marker.name, marker.rank, number, "")


def _number(written: str) -> int:
    if written.isdecimal():
        return int(written)
    if "①" <= written <= "⑳":
        return ord(written) - ord("①") + 1
    return int(han_value(written) or 0)


def _inside_line(text: str, line: Span, before: list[Heading]) -> list[Heading]:
    """Markers in the middle of a line, where they count on from the last of their kind or start at 1."""
    last = {h.kind: h.number for h in before}
    found: list[tuple[Marker, re.Match[str]]] = []
    for marker in MARKERS:
        if not marker.inline:
            continue
        for match in marker.pattern.finditer(text, line.start + 1, line.end):
            if BEFORE_INLINE.match(text[match.start() - 1]) or (marker.name == "1." and _after_han(text, match)):
                found.append((marker, match))
    found.sort(key=lambda pair: pair[1].start())
    accepted: list[tuple[Marker, re.Match[str]]] = []
    for marker, match in found:
        number = _number(match["n"])
        if number == last.get(marker.name, 0) + 1 or (number == 1 and _continues(found, marker, match)):
            accepted.append((marker, match))
            last[marker.name] = number
            for inner in MARKERS:
                if inner.rank > marker.rank:
                    last.pop(inner.name, None)
    ends = [*(match.start() for _, match in accepted), line.end][1:]
    return [_heading(text, m, match, end) for (m, match), end in zip(accepted, ends, strict=True)]


def _after_han(text: str, match: re.Match[str]) -> bool:
    """`目标1.学前`: a first item that touches the heading before it."""
    after = text[match.end() : match.end() + 1]
    return match["n"] == "1" and "\u4e00" <= text[match.start() - 1] <= "\u9fff" and "\u4e00" <= after <= "\u9fff"


def _continues(found: list[tuple[Marker, re.Match[str]]], marker: Marker, match: re.Match[str]) -> bool:
    return any(m.name == marker.name and _number(o["n"]) == 2 and o.start() > match.start() for m, o in found)


def _unnumbered(text: str, line: Span) -> list[Heading]:
    """`推进全面从严治党。落实…`: short sentences without a comma that head the longer ones behind them."""
    if line.end - line.start < UNNUMBERED_PARAGRAPH:
        return []
    ends = [line.start, *(m.end() for m in re.finditer(r"。", text[line.start : line.end]))]
    bounds = [line.start, *(line.start + e for e in ends[1:])]
    found = []
    spans = list(pairwise(bounds))
    for (start, end), following in zip(spans, [*spans[1:], None], strict=False):
        is_short = UNNUMBERED.fullmatch(text, start, end) is not None
        if start == line.start and not is_short:
            return []
        if is_short and following is not None and following[1] - following[0] > end - start:
            found.append(Heading(start, end, "unnumbered", RUN_IN_RANK, 0, text[start : end - 1].strip()))
    return found
