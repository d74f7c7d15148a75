"""Line breaks that cut sentences: a text copied from a PDF or a mail breaks every line after 30 to 40 characters.

A text counts as broken so only if no line is longer than its measure, most lines fill it and end without a mark, and
the breaks fall inside words as often as chance has it; a list of names, a table or verse fails the last test.
Not covered: texts of which only a part was copied so, and those with long lines between.
"""

import re
from dataclasses import dataclass
from itertools import pairwise
from statistics import quantiles

import rjieba

from ingest.document import Span

NARROWEST, WIDEST = 18, 64
"""Han characters in a line."""
SLACK = 2.5
"""What a line may lack of the measure, in Han characters: a bracket or a figure that did not fit went down."""
FEWEST_LINES = 8
FEWEST_BREAKS = 6
FULL_LINES = 0.15
OPEN_LINES = 0.5
INSIDE_WORDS = 0.2
"""Share of breaks that cut a word: about 0.4 in a hard-wrapped text, 0 to 0.05 in lists."""
SAMPLED_BREAKS = 80
CLOSED = "。！？!?；;：:"
CLOSING = "”’」』）)]》…"
BEGINS = re.compile(
    r"#|[①-⑳⑴-⒇㈠-㈩]|[（(][一二三四五六七八九十\d]{1,3}[）)]|第[一二三四五六七八九十百\d]+[编章节条]"
    r"|[一二三四五六七八九十百]+[、.．]|\d{1,3}(?:、|[.．)）](?!\d))|(?:附件|附|抄送|主送|问|答)\s*\d*\s*[:：]|[-—–－]\s*\d+"
    r"|(?:索\s*引|发文|成文|发布|标\s*题|主\s*题|公文|来\s*源|信息|文\s*号)[^。，]{0,8}[:：]"
)
INDENTED = re.compile(r"(?:\u3000{1,2}| {2,4}|\t)\S")
BARE_HEADING = re.compile(r"[^，,。；;]*$")


@dataclass(frozen=True)
class _Line:
    start: int
    end: int
    text: str
    width: float
    indented: bool


def hard_breaks(text: str) -> list[Span]:
    """The line breaks inside sentences, with the blanks around them; none where the text is not hard-wrapped."""
    lines = _lines(text)
    if len(lines) < FEWEST_LINES:
        return []
    measure = quantiles((line.width for line in lines), n=20)[17]
    if not NARROWEST <= measure <= WIDEST or max(line.width for line in lines) > measure + SLACK:
        return []
    full = [line for line in lines if line.width >= measure - SLACK]
    open_ended = sum(line.text[-1] not in CLOSED for line in full)
    if len(full) < FULL_LINES * len(lines) or open_ended < OPEN_LINES * len(full):
        return []
    indents = sum(line.indented for line in lines) >= 3
    pairs = [
        (line, following)
        for line, following in pairwise(lines)
        if line.width >= measure - SLACK and _goes_on(text, line, following, indents)
    ]
    sample = pairs[:SAMPLED_BREAKS]
    if len(pairs) < FEWEST_BREAKS or sum(_cuts_word(a.text, b.text) for a, b in sample) < INSIDE_WORDS * len(sample):
        return []
    return [Span(line.end, following.start) for line, following in pairs]


def _lines(text: str) -> list[_Line]:
    found = []
    for match in re.finditer(r"[^\n]+", text):
        raw = match.group()
        stripped = raw.strip()
        if not stripped:
            continue
        # No line of a hard-wrapped text is this long: most documents are known by their first paragraph.
        if len(stripped) > 2 * WIDEST:
            return []
        start = match.start() + raw.index(stripped)
        width = sum(0.5 if character.isascii() else 1 for character in raw.rstrip())
        found.append(_Line(start, start + len(stripped), stripped, width, INDENTED.match(raw) is not None))
    return found


def _goes_on(text: str, line: _Line, following: _Line, indents: bool) -> bool:
    """Whether `following` carries on the sentence of a full line."""
    if line.text[-1] in CLOSED or following.indented or text.count("\n", line.end, following.start) > 1:
        return False
    if line.text[-1] in CLOSING and not indents:
        return False
    if BEGINS.match(following.text):
        return False
    return not (BEGINS.match(line.text) and BARE_HEADING.match(line.text))


def _cuts_word(before: str, after: str) -> bool:
    left, right = before[-6:], after[:6]
    at = 0
    for word in rjieba.cut(left + right):
        at += len(word)
        if at >= len(left):
            break
    return at != len(left)
