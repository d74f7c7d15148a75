"""What in a document heads other sentences, and how those are quoted: sections, lead-ins, topic sentences.

Covered: every heading with its parts, sentences that announce items, short sentences that head those behind them,
parts by their number (第三章, 第二条第（三）项), a choice of items that is short enough. Not covered: which head a
question means (`listing`).
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from typing import Literal

from ingest.document import Chunk, Document, Span
from ingest.markers import BY_NAME, HAN_NUMBER, number
from ingest.text import fold
from server.answer.outline import LONGEST_ITEM, Block, Outline, Unit, clipped
from server.answer.result import Evidence

ARTICLE = re.compile(r"\W*第\w+条\W*")
IN_BRACKETS = re.compile(r"[（(][^（）()]{2,80}[）)]。?")
"""Who is responsible for a section stands at its end and is none of its parts."""
CLOSING = re.compile(r"我们(?:一定)?要|对此|面对|要")
FILLER = re.compile(r"^(?:这|我们|越|总之|以习近平|让|要让|一年来|过去)|头等大事|严峻|不能有丝毫")
LEAD = re.compile(
    r"(?:下列|以下|如下|下述).*+(?<=[：:。])$|(?:主要是|包括|主要有|重点是|即|要求|如下|安排|措施|做到)[：:]$|[一二两三四五六七八九十几]++(?:件事|[个项条大]?(?:方面|举措|措施|工作|任务|重点|原则)).{0,6}[：:。]$"
)
PLAIN_LEAD = re.compile(r"(?:主要是|包括|主要有|重点是|如下|下列.*|以下.*)[：:]$")

NUMBERED = re.compile(rf"第[（(]?(?P<n>{HAN_NUMBER}|\d{{1,3}})[）)]?(?P<kind>大?部分|[编章节条项])")
KINDS = {"部分": ("部分", "一、", "章"), "项": ("（一）", "1.", "（1）"), "条": ("条", "一、")}
"""The ways of numbering that a reader may call so."""
DIVISIONS = {"编", "篇", "部分", "章", "节", "条"}
"""What stands before the first of them, a title or who issued the document when, leads to nothing."""

MOST_CHARACTERS, SUMMARY_CHARACTERS = 600, 450
LIST_SIZES = ((12, LONGEST_ITEM), (12, 60), (12, 45))
SUMMARY_SIZES = ((8, LONGEST_ITEM), (7, 80), (6, 80), (5, LONGEST_ITEM))
"""How many items of at most how many characters are tried in turn until they fit."""
SINGLE = 250
LARGE, MANY = 14, 5
"""A section of more than LARGE sentences is told by its topic sentences, where it has at least MANY."""
FEW = 3
BEFORE_ITEMS = 4
"""Among so many sentences behind a head its items have to begin."""
SHORT_LEAD = 40
SHORTEST_GROUP = 2
"""A short sentence directly behind a topic and one other is still one of its items."""


@dataclass(frozen=True)
class Head:
    """Something that heads others: units[at] says it, `items` are the units to be quoted, all before `last`."""

    kind: Literal["section", "lead", "topic", "article"]
    text: str
    context: str
    at: int
    last: int
    items: tuple[int, ...]


class Heads:
    """A document's outline and all its heads; what is the same for every question is found once."""

    def __init__(self, document: Document, chunks: Sequence[Chunk]) -> None:
        """`chunks` are all of the document's, in the order of its text."""
        self.outline = Outline(document, chunks)

    @cached_property
    def _announced(self) -> list[tuple[str, Head]]:
        """Sections and lead-ins, each behind its folded text."""
        return [(fold(head.text), head) for head in (*_sections(self.outline), *_leads(self.outline))]

    @cached_property
    def _topics(self) -> list[tuple[str, int]]:
        """Topic sentences: their folded texts, and which units they are."""
        units = self.outline.units
        return [(fold(units[i].text), i) for i in range(len(units)) if self.outline.is_topic(i)]

    def led_at(self, position: int) -> Head | None:
        """The list whose lead-in stands at a position of the document's text."""
        units = self.outline.units
        leads = (head for _, head in self._announced if head.kind == "lead")
        return next((head for head in leads if units[head.at].start <= position < units[head.at].end), None)

    def find(self, traces: re.Pattern[str], share: Callable[[str], float], least: float) -> Iterator[Head]:
        """Those that hold some of a question: whose folded text `traces` matches.

        `share` says how much of the question a folded text holds; topics below `least` are left out.
        """
        yield from (head for text, head in self._announced if traces.search(text))
        about = [i for text, i in self._topics if traces.search(text) and share(text) >= least]
        yield from _about(self.outline, [i for _, i in self._topics], about)


def bare(text: str) -> str:
    """A heading's words without its number: `十、建设绿色低碳之城` -> `建设绿色低碳之城`."""
    return re.sub(r"^\W*(?:第?\w{1,4}[、.）)章节条]|[（(]\w{1,3}[）)])|[\W_]", "", fold(text))


def _sections(outline: Outline) -> Iterator[Head]:
    for block in outline.blocks:
        heading = block.headings[-1]
        units = block.last - block.first
        if ARTICLE.fullmatch(heading) or len(bare(heading)) < 2 or units < 2:
            continue
        is_item = len(block.headings) > 1 and ARTICLE.fullmatch(block.headings[-2]) is not None
        if is_item and units < FEW:
            continue
        at = outline.opening(block)
        items = _parts(outline, block, at + outline.units[at].is_heading)
        yield Head("section", heading, " ".join(block.headings[:-1]), at, block.last, tuple(items))


def _parts(outline: Outline, block: Block, first: int) -> list[int]:
    """A section's own parts: the items or headings in it, its topics where it is long, else its sentences."""
    depth = len(block.headings)
    children = [outline.opening(b) for b in outline.below(block, depth + 1)]
    if len(children) > 1:
        return children
    items = outline.items(first, block.last, BEFORE_ITEMS)
    if items:
        return items
    plain = [i for i in range(first, block.last) if not outline.units[i].is_heading]
    plain = [i for i in plain if not IN_BRACKETS.fullmatch(outline.units[i].text)]
    topics = [i for i in plain if outline.is_topic(i)]
    if len(plain) > LARGE and len(topics) >= MANY:
        return topics
    openers = [i for i in plain if outline.units[i].opens_line]
    return openers if len(openers) >= FEW and 2 * len(openers) <= len(plain) else plain


def _leads(outline: Outline) -> Iterator[Head]:
    units = outline.units
    for i, (lead, following) in enumerate(pairwise(units)):
        announces = LEAD.search(lead.text) is not None or lead.text.endswith(("：", ":"))
        begins = following.number == 1 and following.kind not in DIVISIONS
        if not (lead.is_heading or announces or begins):
            continue
        last = outline.block_end(i)
        items = outline.items(i + 1, last, 1)
        if not items and PLAIN_LEAD.search(lead.text):
            stop = next((j for j in range(i + 2, last) if outline.is_topic(j)), last)
            items = list(range(i + 1, min(stop, i + 1 + LARGE)))
        if not items:
            continue
        headings = " ".join(lead.headings)
        before = _sentence_before(units, i)
        yield Head("lead", lead.text, before + headings, i, items[-1] + 1, tuple(items))
        if before:
            yield Head("lead", before + lead.text, headings, i, items[-1] + 1, tuple(items))


def _sentence_before(units: Sequence[Unit], i: int) -> str:
    """What a short lead-in (今年将采取三项举措。) goes on from, empty for none."""
    lead, before = units[i], units[i - 1]
    near = i and before.headings == lead.headings and not before.kind and before.end > lead.start - 3
    return before.text if near and len(lead.text) < SHORT_LEAD else ""


def _about(outline: Outline, topics: Sequence[int], about: Sequence[int]) -> Iterator[Head]:
    """The topics `about` the question with those behind each, up to the next one that is about something else."""
    units = outline.units
    chosen = set(about)
    others = [j for j in topics if j not in chosen]

    def end(after: int, last: int) -> int:
        """The next other topic behind unit `after`, at most `last`."""
        behind = bisect_right(others, after)
        return min([last, *others[behind : behind + 1]])

    for i in about:
        last = outline.block_end(i)
        near = end(i, last) - i - 1
        items = outline.items(i + 1, last, min(BEFORE_ITEMS, near))
        if not items and outline.names_trouble(i):
            items = list(range(i + 1, next((j for j in range(i + 1, last) if CLOSING.match(units[j].text)), last)))
        elif not items:
            items = list(range(i + 1, end(i + SHORTEST_GROUP, last)))
        kept = [j for j in items if units[j].kind or not FILLER.search(units[j].text)] or items
        if kept:
            yield Head("topic", units[i].text, " ".join(units[i].headings), i, items[-1] + 1, tuple(kept))


# -- by number ------------------------------------------------------------------------------------------------


def numbers(text: str) -> list[tuple[str, int]]:
    """The parts that `text` names: `第二条第（三）项` -> [("条", 2), ("项", 3)]."""
    return [(m["kind"].removeprefix("大"), number(m["n"])) for m in NUMBERED.finditer(text)]


def numbered(outline: Outline, path: Sequence[tuple[str, int]]) -> Head | None:
    """The part at the end of `path`, each number inside the one before; None where one does not exist."""
    block = Block((), 0, len(outline.units))
    for kind, count in path:
        inner = _inside(outline, block, kind, count)
        if inner is None:
            return None
        block = inner
    at = outline.opening(block)
    items = tuple(_parts(outline, block, at + 1) if block.last > at + 1 else [at])
    is_article = outline.units[at].kind in {"条", "（一）"}
    return Head("article" if is_article else "section", outline.units[at].text, "", at, block.last, items)


def _inside(outline: Outline, within: Block, kind: str, count: int) -> Block | None:
    """The part of `within` whose heading has this kind of marker and this number."""
    for name in KINDS.get(kind, (kind,)):
        for block in outline.blocks:
            if not within.first <= block.first < within.last or not block.headings:
                continue
            match = BY_NAME[name].pattern.match(block.headings[-1] + " ")
            if match and number(match["n"]) == count and block.headings != within.headings:
                return block
        for i in range(within.first, within.last):
            if outline.units[i].kind == name and outline.units[i].number == count:
                return Block(outline.units[i].headings, i, i + 1)
    return None


# -- what is quoted -------------------------------------------------------------------------------------------


def quoted(head: Head, outline: Outline, summary: bool) -> list[Evidence]:
    """The head's items word for word, as many and as long as fit; an article with its own first sentence."""
    counted = bool(head.items) and outline.units[head.items[0]].kind not in {"", "条"}
    sizes, room = (LIST_SIZES, MOST_CHARACTERS) if counted or not summary else (SUMMARY_SIZES, SUMMARY_CHARACTERS)
    spans: list[tuple[int, Span]] = []
    for most, longest in sizes:
        chosen = list(head.items[:most]) if counted else _spread(outline, head.items, most)
        spans = [(i, outline.clip(i, longest if len(chosen) > 1 else SINGLE)) for i in chosen]
        if sum(span.end - span.start for _, span in spans) <= room:
            break
    if head.kind == "article" and head.at not in head.items:
        lead = outline.units[head.at]
        spans.insert(0, (head.at, clipped(outline.document.text, lead.start, lead.end, LONGEST_ITEM)))
    return within(outline, spans, room)


def within(outline: Outline, spans: Sequence[tuple[int, Span]], room: int) -> list[Evidence]:
    """Evidence for spans of units, in order, as far as `room` characters last; at least the first."""
    document = outline.document
    kept: list[Evidence] = []
    for i, span in spans:
        room -= span.end - span.start
        if room < 0 and kept:
            break
        text = document.text[span.start : span.end]
        kept.append(Evidence(document.id, document.title, outline.units[i].headings, span.start, span.end, text))
    return kept


def _spread(outline: Outline, items: Sequence[int], most: int) -> list[int]:
    """`most` of the items, the one that tells most out of each of as many equal stretches."""

    def weight(i: int) -> float:
        text = outline.units[i].text
        return bool(re.search(r"\d", text)) + min(len(text), 60) / 60 - 2 * bool(FILLER.search(text))

    most = min(most, len(items))
    if not most:
        return []
    edges = [round(n * len(items) / most) for n in range(most + 1)]
    return [max(items[a:b], key=weight) for a, b in pairwise(edges) if a < b]
