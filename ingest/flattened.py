"""Headings inside a line: lists that lost their line breaks, and short unnumbered sentences that head the longer ones
behind them."""

import re
from collections.abc import Container
from itertools import groupby, pairwise

from ingest.document import Span
from ingest.markers import MARKERS, Heading, Marker, heading_of, marked_number

UNNUMBERED = "unnumbered"
RUN_IN_RANK = 20
SHORT_SENTENCE = re.compile(r"[^，,；;：:。！？\d（）()]{6,25}。")
UNNUMBERED_PARAGRAPH = 150
LOOKED_BACK = 500
"""Headings; a list counts on from what stands near, and a long text has a hundred thousand."""
# What may stand before a marker inside a line: white space, or the end of a sentence or clause.
BEFORE_INLINE = re.compile(r"[\s\u3000。；;！？:：]")


def inside_line(text: str, line: Span, before: list[Heading], noise: Container[int] = ()) -> list[Heading]:
    """Markers in the middle of a line, where they count on from the last of their kind or start at 1.

    What begins at a position in `noise` counts nothing: the `2、` of a page stands between the items 1 and 2.
    """
    last = {h.kind: h.number for h in before[-LOOKED_BACK:]}
    found: list[tuple[Marker, re.Match[str]]] = []
    for marker in MARKERS:
        if not marker.inline:
            continue
        for match in marker.pattern.finditer(text, line.start + 1, line.end):
            if match.start() in noise:
                continue
            if BEFORE_INLINE.match(text[match.start() - 1]) or (marker.name == "1." and _after_han(text, match)):
                found.append((marker, match))
    found.sort(key=lambda pair: pair[1].start())
    last_second = {marker.name: match.start() for marker, match in found if marked_number(match) == 2}
    accepted: list[tuple[Marker, re.Match[str]]] = []
    for marker, match in found:
        number = marked_number(match)
        if number == last.get(marker.name, 0) + 1 or (number == 1 and last_second.get(marker.name, -1) > match.start()):
            accepted.append((marker, match))
            last[marker.name] = number
            for inner in MARKERS:
                if inner.rank > marker.rank:
                    last.pop(inner.name, None)
    ends = [*(match.start() for _, match in accepted), line.end][1:]
    return [heading_of(text, m, match, end) for (m, match), end in zip(accepted, ends, strict=True)]


def _after_han(text: str, match: re.Match[str]) -> bool:
    """`目标1.学前`: a first item that touches the heading before it."""
    after = text[match.end() : match.end() + 1]
    return match["n"] == "1" and "\u4e00" <= text[match.start() - 1] <= "\u9fff" and "\u4e00" <= after <= "\u9fff"


def unnumbered(text: str, line: Span) -> list[Heading]:
    """`推进全面从严治党。落实…`: short sentences without a comma that head the longer ones behind them."""
    if line.end - line.start < UNNUMBERED_PARAGRAPH:
        return []
    ends = [line.start, *(m.end() for m in re.finditer(r"。", text[line.start : line.end]))]
    bounds = [line.start, *(line.start + e for e in ends[1:])]
    found = []
    spans = list(pairwise(bounds))
    for (start, end), following in zip(spans, [*spans[1:], None], strict=False):
        is_short = SHORT_SENTENCE.fullmatch(text, start, end) is not None
        if start == line.start and not is_short:
            return []
        if is_short and following is not None and following[1] - following[0] > end - start:
            found.append(Heading(start, end, UNNUMBERED, RUN_IN_RANK, 0, text[start : end - 1].strip()))
    return found


def in_series(headings: list[Heading]) -> list[Heading]:
    """`headings` without a short sentence that stands alone between numbered ones: it opens its paragraph
    (`党中央高度重视创新。`), while headings without numbers come in series."""
    kept: list[Heading] = []
    for kind, group in groupby(headings, key=lambda h: h.kind):
        members = list(group)
        if kind != UNNUMBERED or len(members) > 1:
            kept.extend(members)
    return kept
