"""From pages of lines to a document's paragraphs: what PDF, OFD and recognised images share.

Covered: lines joined to paragraphs over columns and pages, running headers, footers and page numbers marked as noise,
tables continued on the next page, the title in the largest print. Not covered: the order of lines on a page
(`ingest.readers.layout`); footnotes stay at the foot of their page, between two halves of a paragraph.
"""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from statistics import median

from ingest.readers.builder import Extracted, TextBuilder
from ingest.readers.cell_lines import continued_row
from ingest.readers.layout import HAN, Line, Page, join, reading_order, wide

MARGIN = 0.14
"""The share of a page's height, at its head and at its foot, in which running lines stand."""
OUTERMOST = 3
REPEATED = 3
SAME_HEIGHT = 0.012
PAGE_NUMBER = re.compile(
    r"[-—–―－·•.\s]*(?:\d{1,4}|[ivxlc]{1,6}|[IVXLC]{1,6})[-—–―－·•.\s]*|第?\s*+\d{1,4}\s*+页?\s*+[/／,，、|]?\s*+(?:共|of|/)?\s*+\d{1,4}\s*+页"
    r"|第\s*+[\d一二三四五六七八九十百]{1,6}\s*+页(?:\s*+[/／,，、|]?\s*+共\s*+[\d一二三四五六七八九十百]{1,6}\s*+页)?|\d{1,4}\s*+[/／]\s*+\d{1,4}"
    r"|(?i:page)\s*+\d{1,4}(?:\s*+(?:of|/)\s*+\d{1,4})?"
)
SENTENCE_END = re.compile(r"[。！？!?；;：:…][”’」』）)\]】]*$|[.][”’\")]*$")
# What begins a paragraph wherever it stands. `第三条` does not: laws are cited in the middle of sentences.
MARKER = re.compile(
    r"[一二三四五六七八九十]{1,3}、|[（(][一二三四五六七八九十]{1,3}[）)]|[①-⑳]|[（(]\d{1,2}[）)]|\d{1,2}(?:[、．]|[.](?!\d))|附件[\d一二三四五六七八九十]*[:：]"
    r"|[•●■◆▪]"
)
ARTICLE = re.compile(r"第[一二三四五六七八九十百千零\d]+[编章节条]|\d{1,2}(?:\.\d{1,2}){1,3}\s*[\u3400-\u9fff]")
# What stands on a line of its own below a title or a signature: 东教委〔2023〕12号, 2023年3月6日.
ALONE = re.compile(
    r"[\u3400-\u9fff]{1,14}\s*[〔\[［(（【]\s*(?:19|20)\d{2}\s*[〕\]］)）】]\s*第?\s*\d+\s*号"
    r"|[\d〇○零一二三四五六七八九]{4}\s*年\s*[\d一二三四五六七八九十]{1,3}\s*月\s*(?:[\d一二三四五六七八九十]{1,3}\s*日)?"
)
LEADER = re.compile(r"(?:[.·]\s?|…){4,}+\s*+[\divxIVX]*+$")
TITLE_HAN = range(4, 81)
LARGER = 1.2
WIDEST_PITCH = 3.2
"""Ems from line to line in one paragraph; official documents have 1.8, drafts set double 2.6."""


def write_pages(pages: Sequence[Page], out: TextBuilder) -> Extracted:
    """Write all pages through `out` and finish it."""
    ordered = [reading_order(page) for page in pages]
    running = _running(pages, ordered)
    ordered = _shared_margins(pages, ordered, running)
    title = _title(pages, ordered, running)
    writer = _Writer(out)
    for number, (page, lines) in enumerate(zip(pages, ordered, strict=True)):
        own = running[number]
        body = [line for line in lines if line not in own]
        middle = median([line.middle for line in body] or [page.height / 2])
        noise = sorted((line for line in lines if line in own), key=lambda line: line.middle)
        writer.noise += [line.text for line in noise if line.middle <= middle]
        pitch = _pitch(body)
        for line in body:
            writer.add(line, pitch, page.rough)
        writer.end_page([*(line.text for line in noise if line.middle > middle), *page.slanted], page.asides)
    writer.flush()
    return out.build(title)


@dataclass
class _Writer:
    """Holds the paragraph that may still go on, and the running lines met since its last line."""

    out: TextBuilder
    text: str = ""
    last: Line | None = None
    noise: list[str] = field(default_factory=list)
    new_page: bool = False

    def add(self, line: Line, pitch: float, rough: bool) -> None:
        last = self.last
        if line.table is not None:
            line = self._table(line)
        elif last is not None and last.table is None and _continues(last, line, 0 if self.new_page else pitch, rough):
            if self.noise:
                self.out.line(self.text)
                self._write_noise(True)
                self.text = line.text
            else:
                self.text = join(self.text, line.text)
        else:
            self.flush()
            self.text = line.text
        self.last, self.new_page = line, False

    def end_page(self, noise: list[str], asides: Sequence[str]) -> None:
        self.noise += noise
        self.new_page = True
        if asides:
            self.flush()
            for aside in asides:
                self.out.line(aside)

    def flush(self) -> None:
        """End the paragraph or the table, then write the running lines behind it."""
        if self.last is not None and self.last.table is not None:
            self.out.table(self.last.table.rows, self.last.table.header_rows)
        elif self.text:
            self.out.line(self.text)
        self.text, self.last = "", None
        self._write_noise(False)

    def _table(self, line: Line) -> Line:
        """The table, with that before it on the last page where it goes on with it."""
        table, last = line.table, self.last
        before = last.table if last is not None and self.new_page else None
        if table is None or before is None or len(table.rows[0]) != len(before.rows[0]):
            self.flush()
            return line
        header = before.header_rows or 1
        repeated = header if table.rows[:header] == before.rows[:header] else 0
        behind = table.rows[repeated:]
        whole = continued_row(before.rows[-1], before.rooms, behind[0]) if behind else None
        rows = before.rows + behind if whole is None else (*before.rows[:-1], whole, *behind[1:])
        return replace(line, table=replace(table, rows=rows, header_rows=before.header_rows))

    def _write_noise(self, joint: bool) -> None:
        for text in self.noise:
            if text.strip():
                self.out.noise(text, joint)
        self.noise = []


def _continues(last: Line, line: Line, pitch: float, rough: bool) -> bool:
    """Whether `line` goes on with the paragraph that `last` belongs to; `pitch` 0 where they stand apart."""
    size = max(last.size, 0.1)
    if (
        last.cells > 1
        or line.cells > 1
        or LEADER.search(last.text)
        or abs(line.size - last.size) > (0.35 if rough else 0.15) * size
    ):
        return False
    if ALONE.fullmatch(line.text.strip()) or ALONE.fullmatch(last.text.strip()):
        return False
    same_column = abs(line.start - last.start) < size and pitch > 0 and line.top > last.top
    if same_column and line.bottom - last.bottom > min(1.4 * pitch, WIDEST_PITCH * size):
        return False
    if _centred(last) or _centred(line):
        return (
            same_column
            and _centred(last)
            and _centred(line)
            and not SENTENCE_END.search(last.text)
            and _wide(last, line)
        )
    ended = bool(SENTENCE_END.search(last.text))
    inset, last_inset = line.left - line.start, last.left - last.start
    # A paragraph's first line is set in; lines of unequal length need no full one before them then.
    hanging = inset < 0.7 * size and 1.4 * size < last_inset < 3 * size and not ended
    if last.end - last.right > _first_word(line) and not (hanging and last.right > (last.start + last.end) / 2):
        return False
    if MARKER.match(line.text) or (ended and ARTICLE.match(line.text)):
        return False
    if inset > last_inset + 1.1 * size:
        return bool(MARKER.match(last.text) and not ended and inset < last_inset + 3.5 * size)
    # A paragraph of one full line, and the next one indented as it is.
    return not (ended and inset > 1.4 * size and inset < 3 * size)


def _wide(last: Line, line: Line) -> bool:
    """Two centred lines are one title when the first fills most of the line; shorter ones are lines of their own."""
    return max(last.right - last.left, line.right - line.left) > 0.5 * (last.end - last.start)


def _centred(line: Line) -> bool:
    before, behind = line.left - line.start, line.end - line.right
    return before > 2.5 * line.size and behind > 2.5 * line.size and abs(before - behind) < 1.5 * line.size


def _first_word(line: Line) -> float:
    """The room that the line's first unbreakable stretch takes: had there been so much, it would stand a line higher."""
    text = line.text
    if wide(text[0]):
        return 2.3 * line.size
    word = re.match(r"[^\s\u3400-\u9fff]{1,30}", text)
    return (0.55 * len(word.group()) + 1.5) * line.size if word else 2.3 * line.size


def _pitch(lines: list[Line]) -> float:
    """The usual distance between lines, infinite where there is none to measure."""
    steps = [
        b.bottom - a.bottom for a, b in pairwise(lines)
        if a.table is None and b.table is None and 0 < b.bottom - a.bottom < 4 * max(a.size, b.size)
    ]  # fmt: skip
    return median(steps) if steps else float("inf")


def _shared_margins(pages: Sequence[Page], ordered: list[list[Line]], running: list[set[Line]]) -> list[list[Line]]:
    """A last page's few lines end at the margin that the pages before it have."""
    ends: dict[int, list[float]] = defaultdict(list)
    for page, lines in zip(pages, ordered, strict=True):
        widest = max((line.end for line in lines), default=0)
        if len(lines) > 4:
            ends[round(page.width / 10)].append(widest)
    usual = {width: median(found) for width, found in ends.items() if len(found) > 1}
    result = []
    for number, (page, lines) in enumerate(zip(pages, ordered, strict=True)):
        end = usual.get(round(page.width / 10), 0)
        single = len({line.end for line in lines}) == 1
        grown = [replace(line, end=max(line.end, end)) if single else line for line in lines]
        running[number] = {new for old, new in zip(lines, grown, strict=True) if old in running[number]}
        result.append(grown)
    return result


def _running(pages: Sequence[Page], ordered: list[list[Line]]) -> list[set[Line]]:
    """For every page the lines that stand at the same place on many pages, or number the page."""
    found: list[set[Line]] = [set() for _ in pages]
    alike: dict[tuple[str, bool], list[tuple[int, float, Line]]] = defaultdict(list)
    for number, (page, lines) in enumerate(zip(pages, ordered, strict=True)):
        if page.height <= 0:
            continue
        text = sorted((line for line in lines if line.table is None), key=lambda line: line.middle)
        head = [line for line in text[:OUTERMOST] if line.middle < MARGIN * page.height]
        foot = [line for line in text[-OUTERMOST:] if line.middle > (1 - MARGIN) * page.height]
        for line in {*head[:1], *foot[-1:]}:
            if PAGE_NUMBER.fullmatch(line.text.strip()) and len(text) > 1:
                found[number].add(line)
        for line in [*head, *foot]:
            key = re.sub(r"\d+", "#", re.sub(r"\s+", "", line.text))
            if re.search(r"[^\W\d_]", key) or PAGE_NUMBER.fullmatch(line.text.strip()):
                alike[key, line in head].append((number, line.middle / page.height, line))
    for members in alike.values():
        usual = median(height for _, height, _ in members)
        same = [(n, line) for n, height, line in members if abs(height - usual) < SAME_HEIGHT]
        if len({n for n, _ in same}) >= REPEATED:
            # What states a fact (编号：…) is kept once.
            first = (
                1 if re.search(r"[:：]", same[0][1].text) and not PAGE_NUMBER.fullmatch(same[0][1].text.strip()) else 0
            )
            for n, line in same[first:]:
                found[n].add(line)
    return found


def _title(pages: Sequence[Page], ordered: list[list[Line]], running: list[set[Line]]) -> str:
    """The largest print on the first page, where it is Chinese and clearly larger than the body."""
    first = [line for line in (ordered[0] if ordered else []) if line.table is None and line not in running[0]]
    sizes = sorted((line.size, len(line.text)) for lines in ordered[:20] for line in lines if line.table is None)
    if not first or not sizes:
        return ""
    half, seen, body = sum(n for _, n in sizes) / 2, 0, 0.0
    for size, count in sizes:
        seen += count
        if seen >= half:
            body = size
            break
    largest = max(line.size for line in first if len(HAN.findall(line.text)) > 1) if any(
        len(HAN.findall(line.text)) > 1 for line in first
    ) else 0.0  # fmt: skip
    if largest < (1.4 if pages[0].rough else LARGER) * body:
        return ""
    start = next(i for i, line in enumerate(first) if line.size == largest)
    text = ""
    for line in first[start:]:
        if abs(line.size - largest) > 0.15 * largest:
            break
        text = join(text, line.text.split("\t")[0])
    return text if len(HAN.findall(text)) in TITLE_HAN and len(text) <= 120 else ""
