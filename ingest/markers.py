"""The ways in which Chinese official documents number their headings, and the heading that a marker begins.

Covered: 第X编/篇/章/节/条, 第X部分, 一、 一． （一） ㈠ 一） 第一， 1. 1、 1.1 1.1.1 （1） ⑴ 1） ① a. 问： —— and their
mixed brackets, full-width figures and stray blanks. Which markers count is for `ingest.sections` to say.
"""

import re
from dataclasses import dataclass

from ingest.document import Span
from ingest.numbers import han_value

# Bounded: what is looked for from every place in a line must not run to the line's end each time.
HAN_NUMBER = "[一二三四五六七八九十百千零〇两]{1,12}"


@dataclass(frozen=True)
class Marker:
    """One way of numbering; `rank` orders the ways from the outermost to the innermost."""

    name: str
    rank: float
    pattern: re.Pattern[str]
    inline: bool
    """Whether it may also begin in the middle of a line."""


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
    closes: str = ""
    """For the text behind a list or a document: the kind that ends there, ALL for every one."""


ALL = "all"
DASH = "——"
# A chapter's title may stand on the next line.
OUTER_END = r"(?:[\s\u3000:：]|$)"
MARKERS = (
    Marker("编", 1, re.compile(rf"第(?P<n>{HAN_NUMBER}|\d{{1,6}})编{OUTER_END}"), False),
    Marker("篇", 1, re.compile(rf"第(?P<n>{HAN_NUMBER}|\d{{1,6}})篇{OUTER_END}"), False),
    Marker("部分", 1, re.compile(rf"第(?P<n>{HAN_NUMBER}|\d{{1,6}})部分[\s\u3000:：、]?"), False),
    Marker("章", 2, re.compile(rf"第(?P<n>{HAN_NUMBER}|\d{{1,6}})章{OUTER_END}"), False),
    Marker("节", 3, re.compile(rf"第(?P<n>{HAN_NUMBER}|\d{{1,6}})节{OUTER_END}"), False),
    Marker(
        "条",
        4,
        re.compile(rf"第(?P<n>{HAN_NUMBER}|\d{{1,6}})条(?:之{HAN_NUMBER})?(?=[\s\u3000:：【])[\s\u3000:：]*"),
        False,
    ),
    Marker("一、", 5, re.compile(rf"(?P<n>{HAN_NUMBER})[ \u3000]?、(?!{HAN_NUMBER}[级类等年届期批月季])"), True),
    Marker("一、", 5, re.compile(r"(?P<n>[一二三四五六七八九十]{1,3})[.．](?=\s*[\u4e00-\u9fff“《])"), False),
    Marker("（一）", 6, re.compile(rf"[（(](?P<n>{HAN_NUMBER})[）)]"), True),
    Marker("（一）", 6, re.compile(r"(?P<n>[㈠-㈩])|(?P<bare>[一二三四五六七八九十]{1,3})[)）]"), False),
    Marker("第一，", 6.5, re.compile(r"第(?P<n>[一二三四五六七八九十]{1,3})(?:[，,:：]|、(?!第))(?!第)"), False),
    Marker("1.", 7, re.compile(r"(?P<n>\d{1,3})(?:[.．](?!\d)|[ \u3000]?、(?!\d{1,4}[月日年]))"), True),
    Marker("1.1", 7.2, re.compile(r"\d{1,2}[.．](?P<n>\d{1,2})(?=[\s\u3000])"), False),
    Marker(
        "1.1.1", 7.4, re.compile(r"\d{1,2}(?:[.．]\d{1,2}){1,3}[.．](?P<n>\d{1,2})(?=[\s\u3000\u4e00-\u9fff])"), False
    ),
    Marker("（1）", 8, re.compile(r"[（(](?P<n>\d{1,3})[）)]"), True),
    Marker("（1）", 8, re.compile(r"(?P<n>[⑴-⒇])"), False),
    Marker("1）", 8.5, re.compile(r"(?P<n>\d{1,2})[)）](?=\s*[\u4e00-\u9fff“《])"), False),
    Marker("①", 9, re.compile(r"(?P<n>[①-⑳])"), True),
    Marker("a.", 9.5, re.compile(r"(?P<n>[a-zA-Z])[.．)）、](?=\s*[\u4e00-\u9fff“《])"), False),
    Marker("问：", 10, re.compile(r"问(?:题)?\s?(?P<n>\d{0,3}|[一二三四五六七八九十]{0,3})\s?[:：]"), False),
    Marker(DASH, 11, re.compile(r"(?P<n>)[—–]{1,2}\s?(?=[\u4e00-\u9fff“])"), False),
)
BY_NAME = {marker.name: marker for marker in reversed(MARKERS)}

LONGEST_HEADING = 60
LONGEST_RUN_IN = 40
STOP = re.compile(r"[。！？；;]")
# In a flattened line a blank may be all that is left between a heading and its text.
STOP_FLATTENED = re.compile(r"[。！？；; \u3000]")
# An inline marker is only looked for in lines longer than this: shorter ones are no flattened lists.
FLATTENED_LINE = 80
# A chapter's heading often touches its number (第一章总则); a sentence about a chapter (第三章规定了程序。) is no heading.
TOUCHING = re.compile(
    rf"第(?P<n>{HAN_NUMBER}|\d{{1,6}})(?P<kind>[编篇章节])(?![规的和至、及与中所之第])[^。；;，,：:]{{1,30}}$"
)
# So does an article's, but then only the next article of the count is one: 第十二条规定的情形除外 is a reference.
TOUCHING_ARTICLE = re.compile(
    rf"第(?P<n>{HAN_NUMBER}|\d{{1,6}})条(?:之{HAN_NUMBER})?(?![规的和至、及与或第款项所之以前后中内])"
)
# What any marker begins with: most lines begin with none.
BEGINS = re.compile(r"[第（(\d一二三四五六七八九十百千零〇两①-⑳⑴-⒇㈠-㈩a-zA-Z问—–]")
CIRCLED = {"①": "⑳", "⑴": "⒇", "㈠": "㈩"}


def touching(text: str, line: Span, article: int) -> Heading | None:
    """A chapter or article whose number touches what follows; `article` is the number of the last one."""
    chapter = TOUCHING.match(text, line.start, line.end)
    if chapter is not None:
        marker = BY_NAME[chapter["kind"]]
        return Heading(
            line.start, line.end, marker.name, marker.rank, number(chapter["n"]), text[line.start : line.end]
        )
    match = TOUCHING_ARTICLE.match(text, line.start, line.end)
    if match is None or number(match["n"]) != article + 1:
        return None
    return Heading(line.start, match.end(), "条", BY_NAME["条"].rank, article + 1, match.group())


def heading_of(text: str, marker: Marker, match: re.Match[str], end: int) -> Heading:
    """The heading behind a marker: the whole line, its first sentence, or for an article or a long item its number."""
    count, start, label = marked_number(match), match.start(), "" if marker.name == DASH else match.group().strip()
    if marker.name == "条":
        return Heading(start, match.end(), marker.name, marker.rank, count, label)
    flattened = end - start > FLATTENED_LINE
    stop = (STOP_FLATTENED if flattened else STOP).search(text, match.end() + 1, end)
    if stop is None:
        if end - start <= LONGEST_HEADING and not text[start:end].endswith(("，", ",")):
            return Heading(start, end, marker.name, marker.rank, count, text[start:end].strip())
    elif stop.group() in "。 \u3000" and stop.start() - match.end() <= LONGEST_RUN_IN and stop.end() < end:
        title = text[start : stop.start()].strip()
        return Heading(start, stop.end(), marker.name, marker.rank, count, title)
    elif stop.end() >= end and end - start <= LONGEST_RUN_IN:
        return Heading(start, end, marker.name, marker.rank, count, text[start:end].rstrip("。；;"))
    return Heading(start, match.end(), marker.name, marker.rank, count, label)


def marked_number(match: re.Match[str]) -> int:
    found = match.groupdict()
    return number(found["n"] or found.get("bare") or "")


def number(written: str) -> int:
    """The value of a marker's number; a letter counts from a, what has none is 0."""
    if written.isdecimal():
        return int(written)
    for first, last in CIRCLED.items():
        if first <= written <= last:
            return ord(written) - ord(first) + 1
    if written.isascii() and written:
        return ord(written.lower()) - ord("a") + 1
    return int(han_value(written) or 0) if written else 0
