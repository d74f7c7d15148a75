"""Find what is in a text but not of the document: page marks of sharing sites, navigation, site trailers.

Spans are marked, nothing is removed: the original text stays as it is.
"""

import re
from itertools import pairwise
from statistics import median

from ingest.document import Span

# Lines that a web page puts around a document; each must match from the line's first to its last character.
NAVIGATION = re.compile(
    r"(?:当前位置[:：].*|首页|>.*>.*|点击关闭详细目录信息|扫一扫在手机打开当前页.*|分享(?:到)?[:：]?|相关(?:解读|链接|文档|附件)"
    r"|(?:字号|字体大小|字体|访问次数|浏览次数|打印本页|打印|关闭窗口|关闭|收藏|返回顶部)[:：]?(?:\[.*\]|大|中|小|\s)*"
    r"|-->|&sp;|【?(?:打印|关闭|字体[:：]?.*)】?)"
)
SHARED_HEADER = re.compile(r"《.+》由会员分享,?，?可在线阅读.*")
SHARED_TRAILER = re.compile(r"-?\s*(?:配套讲稿|特殊限制|关\s*键\s*词|限制\d+内|版权声明|免责声明)\s*[:：]?.*")
PAGE_MARK = re.compile(r"(?m)^(\d{1,4})、")
SHORTEST_PAGE = 120
"""Characters between page marks; items of a list are shorter. The seed with page marks has 500 to 600 a page."""
SENTENCE_END = "。！？!?；;:：”…）)"


def find_noise(text: str) -> tuple[Span, ...]:
    """Noise spans of `text`, in order and apart from each other."""
    marks = _page_marks(text)
    spans = [*marks, *_lines(text, NAVIGATION)]
    if marks or any(True for _ in _lines(text, SHARED_HEADER)):
        spans += _lines(text, SHARED_HEADER)
        spans += _trailer(text)
    return _merge(spans)


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


def _ends_open(text: str, line_start: int) -> bool:
    before = text[:line_start].rstrip()[-1:]
    return bool(before) and before not in SENTENCE_END


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


def _merge(spans: list[Span]) -> tuple[Span, ...]:
    merged: list[Span] = []
    for span in sorted(spans, key=lambda s: (s.start, s.end)):
        if merged and span.start <= merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, span.end))
        else:
            merged.append(span)
    return tuple(merged)
