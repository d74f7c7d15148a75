"""Find what is in a text but not of the document: page marks of sharing sites, page numbers, tables of contents,
navigation, site trailers, and line breaks inside sentences (`ingest.wraps`).

Spans are marked, nothing is removed: the original text stays as it is.
"""

import re
from collections import Counter
from itertools import pairwise
from statistics import median

from ingest.document import Span
from ingest.text import fold
from ingest.wraps import hard_breaks

# Lines that a web page puts around a document; each must match from the line's first to its last character.
NAVIGATION = re.compile(
    r"(?:(?:您?(?:当前|现在|所在)的?(?:位置|是))[:：].*|首页|[^。；！？>]{0,16}>[^。；！？>]{1,20}>[^。；！？]{0,60}|点击关闭详细目录信息|扫一扫在手机打开当前页.*|分享(?:到)?[:：]?|相关(?:解读|链接|文档|附件)"
    r"|(?:字号|字体大小|字体|访问次数|浏览次数|打印本页|打印|关闭窗口|关闭|收藏|返回顶部)[:：]?(?:\[[^\[\]]*\]|大|中|小|\s)*"
    r"|(?:上一[篇条页]|下一[篇条页])[:：].*|(?:设为首页|加入收藏|网站地图|联系我们|无障碍(?:浏览|阅读)?|繁體?体?版?|返回首页|网站首页)(?:\s*[|｜]\s*[^\s|｜]{2,8})*"
    r"|(?:版权所有|主办单位|承办单位|网站标识码|技术支持)[:：].{0,80}|.{0,30}ICP备\s*\d+号.{0,40}|.{0,20}公网安备\s*\d+号?.{0,20}"
    r"|-->|&sp;|<!--.*-->|【?(?:打印|关闭|字体[:：]?.*)】?)"
)
SHARED_HEADER = re.compile(r"《.+》由会员分享,?，?可在线阅读.*")
SHARED_TRAILER = re.compile(r"-?\s*(?:配套讲稿|特殊限制|关\s*键\s*词|限制\d+内|版权声明|免责声明)\s*[:：]?.*")
PAGE_MARK = re.compile(r"(?m)^(\d{1,4})、")
SHORTEST_PAGE = 120
"""Characters between page marks; items of a list are shorter. The seed with page marks has 500 to 600 a page."""
# Page numbers as Word and PDF print them; a bare figure may be one of a table's and is none.
PAGE_NUMBER = re.compile(
    r"[-—–－]\s*\d{1,4}\s*[-—–－]|第\s*\d{1,4}\s*页(?:[,，/\s]*共\s*\d{1,4}\s*页)?|\d{1,4}\s*/\s*\d{1,4}\s*页?"
)
# What a new paragraph begins with, so that a line before it is whole although it ends open.
BEGINS = re.compile(r"[#（(①-⑳]|第?[一二三四五六七八九十百\d]+[编章节条、.．）)]|[\u4e00-\u9fff]{2,12}[:：]")
LONGEST_RUNNING_HEAD = 40
LONG_LINE = 18
"""Characters; a shorter line that ends without a mark is a heading rather than half a sentence."""
SHORTEST_ENTRY = 4
MOST_ENTRIES = 500
CONTENTS = re.compile(r"目\s*[录次]")
# Both are searched for, so that a run of ten thousand dots must be looked at once and not from each of its dots.
LEADERS = re.compile(r"(?:[.．…·•]{3}|(?:\.\s){3}|\t)\s{0,40}\d{1,4}$")
TRAILING_PAGE = re.compile(r"(?<![\s.．…·•])[\s.．…·•]*+[(（]?\d{0,4}[)）]?$")
SENTENCE_END = "。！？!?；;:：”…）)"


def find_noise(text: str) -> tuple[Span, ...]:
    """Noise spans of `text`, in order and apart from each other."""
    marks = _page_marks(text)
    spans = [*marks, *_lines(text, NAVIGATION), *_page_numbers(text), *_contents(text), *hard_breaks(text)]
    if marks or any(True for _ in _lines(text, SHARED_HEADER)):
        spans += _lines(text, SHARED_HEADER)
        spans += _trailer(text)
    return merge(spans)


def _page_marks(text: str) -> list[Span]:
    """`\\n2、` and its like, where a sharing site numbered its pages and so cut sentences in two.

    They are recognised together: numbers that count up from 1 at line starts, most of them behind a line
    that ends in the middle of a sentence. A list of items fails the second test.
    """
    found = list(PAGE_MARK.finditer(text))
    if len(found) < 3:
        return []
    numbers = [int(match[1]) for match in found]
    rising = sum(b > a for a, b in pairwise(numbers))
    gaps = [b.start() - a.start() for a, b in pairwise(found)]
    if median(gaps) < SHORTEST_PAGE:
        return []
    cut = sum(_ends_open(text, match.start()) for match in found[1:])
    if numbers[0] != 1 or rising < len(numbers) - 1 or cut * 2 < len(found) - 1:
        return []
    return [Span(_line_break(text, match.start()), match.end()) for match in found]


def _page_numbers(text: str) -> list[Span]:
    """Lines that are page numbers, with the running heads beside them and, in a sentence that goes on over the
    page, the line breaks around them."""
    lines = [(m.start(), m.end(), m.group().strip()) for m in re.finditer(r"[^\n]+", text) if m.group().strip()]
    numbers = [i for i, (_, _, line) in enumerate(lines) if PAGE_NUMBER.fullmatch(line)]
    beside = Counter(lines[i + step][2] for i in numbers for step in (-1, 1) if 0 <= i + step < len(lines))
    heads = {
        line
        for line, n in beside.items()
        if n >= 3 and len(line) <= LONGEST_RUNNING_HEAD and line[-1] not in "。；;！？"
    }
    found = []
    for i in numbers:
        first = i - 1 if i and lines[i - 1][2] in heads else i
        last = i + 1 if i + 1 < len(lines) and lines[i + 1][2] in heads else i
        start, end = lines[first][0], lines[last][1]
        before = lines[first - 1] if first else None
        if before is not None and last + 1 < len(lines) and _goes_on(before[2], lines[last + 1][2]):
            start, end = before[1], lines[last + 1][0]
        found.append(Span(start, end))
    return found


def _goes_on(before: str, after: str) -> bool:
    """Whether two lines are halves of a sentence: the first is long and ends open, the second begins nothing new."""
    return len(before) >= LONG_LINE and before[-1] not in SENTENCE_END and not BEGINS.match(after)


def _contents(text: str) -> list[Span]:
    """The lines of a table of contents: behind 目录 those that stand again further down, anywhere those with leaders."""
    lines = [(m.start(), m.end(), m.group().strip()) for m in re.finditer(r"[^\n]+", text) if m.group().strip()]
    led = [(start, end, line) for start, end, line in lines if LEADERS.search(line) and "\t" not in line[:1]]
    # A tab before a figure may be a table's (`第一小学\t1080`): then its text has to stand again as a heading.
    plain = {_entry(line) for _, _, line in lines if "\t" not in line} if any("\t" in x for _, _, x in led) else set()
    found = [Span(start, end) for start, end, line in led if "\t" not in line or _entry(line) in plain]
    found = found if len(found) >= 3 else []
    title = next((i for i, (_, _, line) in enumerate(lines[:200]) if CONTENTS.fullmatch(line.strip("#* "))), None)
    if title is None:
        return found
    written = [_entry(line) for _, _, line in lines[title + 1 :]]
    later = Counter(written)
    # An entry may stand over two lines further down: `第一章`, `总则`.
    rest, position = "".join(written), 0
    entries: list[Span] = []
    for (start, end, line), entry in zip(lines[title + 1 : title + 1 + MOST_ENTRIES], written, strict=False):
        position += len(entry)
        stands_again = later[entry] >= 2 or (len(entry) >= SHORTEST_ENTRY and rest.find(entry, position) >= 0)
        begins_body = bool(entries) and len(entry) >= 2 and written[0].startswith(entry)
        led_to_page = LEADERS.search(line) and "\t" not in line[:1]
        if begins_body or not (led_to_page or (entry and stands_again)):
            break
        later[entry] -= 1
        entries.append(Span(start, end))
    if len(entries) >= 2:
        found += [Span(lines[title][0], lines[title][1]), *entries]
    return found


def _entry(line: str) -> str:
    return "".join(fold(TRAILING_PAGE.sub("", line)).split()).strip("#*")


def _ends_open(text: str, line_start: int) -> bool:
    end = _line_break(text, line_start)
    return end > 0 and text[end - 1] not in SENTENCE_END


def _line_break(text: str, position: int) -> int:
    while position > 0 and text[position - 1].isspace():
        position -= 1
    return position


def _trailer(text: str) -> list[Span]:
    """The sharing site's last lines, whatever stands between them."""
    found = [span for span in _lines(text, SHARED_TRAILER) if span.start > len(text) // 2]
    return [Span(found[0].start, len(text.rstrip()))] if found else []


def _lines(text: str, pattern: re.Pattern[str]) -> list[Span]:
    found = []
    for line in re.finditer(r"[^\n]+", text):
        stripped = line.group().strip()
        if stripped and pattern.fullmatch(stripped):
            start = line.start() + line.group().index(stripped)
            found.append(Span(start, start + len(stripped)))
    return found


def merge(spans: list[Span]) -> tuple[Span, ...]:
    """The same stretches in order and apart from each other."""
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
