"""HTML -> lines, headings, table rows and noise, in the order of the page.

Covered: blocks, lists, data tables with merged cells, hidden parts and navigation (kept, as noise). Not covered:
what scripts would add, form fields' values, pictures.
"""

import re
from functools import reduce
from typing import TYPE_CHECKING

from ingest.document import Row
from ingest.readers.builder import TextBuilder
from ingest.readers.layout import join
from ingest.tables import Role, label_rows

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

SPACES = re.compile(r"[ \t\n\r\f\v\xa0]+")
LEFT_OUT = frozenset(["script", "style", "noscript", "template", "head", "title", "select", "option", "datalist", "iframe", "object", "canvas", "svg", "audio", "video", "map"])  # fmt: skip
BLOCKS = frozenset(
    [
        "address", "article", "aside", "blockquote", "body", "caption", "center", "dd", "details", "dialog", "dir", "div", "dl", "dt",
        "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hr", "html", "legend",
        "li", "main", "menu", "nav", "ol", "p", "pre", "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "tr",
        "ul", "br", "marquee",
    ]
)  # fmt: skip
HEADING = re.compile(r"h[1-6]")
BROKEN = "\u2028"
NOISE_TAGS = frozenset(["nav", "footer", "aside"])
NOISE_NAME = re.compile(
    r"(?:^|[-_\s])(?:nav|navbar|navi?gation|topnav|mainnav|menu|menubar|breadcrumbs?|crumbs?|footer|foot|bottom|copyright|share|sharebar|bdshare\w*"
    r"|sidebar|toolbar|pagination|pager|qr|qrcode|ewm|dqwz|weizhi|banquan)(?:$|[-_\s\d])",
    re.IGNORECASE,
)
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
LARGEST_SPAN = 200
MOST_CELLS = 200_000
"""Cells of one table with its merged ones filled: `rowspan` multiplies what a hostile page holds."""
LONGEST_CELL = 1500
NUMBERED = re.compile(r"[\s　]*(?:[\d(（第①-⑳]|[一二三四五六七八九十]+[、．.])")


class PageBuilder(TextBuilder):
    """A builder that also keeps a row as the file has it, its cells apart by tabs."""

    def row(self, cells: list[str], reading: str) -> None:
        span = self.line("\t".join(cells))
        if span is not None:
            self._rows.append(Row(span.start, span.end, reading))

    @property
    def is_empty(self) -> bool:
        return self._length == 0


def write_page(html: str, out: PageBuilder) -> None:
    """Add the visible text of a page, or of a piece of one, to `out`."""
    from selectolax.lexbor import LexborHTMLParser

    body = LexborHTMLParser(html).body
    if body is not None:
        _Writer(out, len(visible_text(body))).write(body)


def visible_text(node: "LexborNode") -> str:
    """The text of `node` as one line, blocks apart by blanks."""
    parts: list[str] = []
    stack: list[LexborNode | None] = [node]
    while stack:
        here = stack.pop()
        if here is None:
            parts.append(" ")
        elif here.tag == "-text":
            parts.append(here.text_content or "")
        elif here.tag not in LEFT_OUT:
            if here.tag in BLOCKS:
                parts.append(" ")
                stack.append(None)
            stack.extend(_children(here))
    return SPACES.sub(" ", "".join(parts)).strip()


def _children(node: "LexborNode") -> "list[LexborNode]":
    """Last first, as a stack wants them."""
    children = []
    child = node.last_child
    while child is not None:
        children.append(child)
        child = child.prev
    return children


def is_noise(node: "LexborNode", text_length: int) -> bool:
    """Whether a block is around the document: navigation, footer, or hidden. Half of a page's text never is."""
    attributes = node.attributes
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    hidden = "hidden" in attributes or bool(HIDDEN.search(attributes.get("style") or ""))
    named = bool(NOISE_NAME.search(names)) and node.tag in BLOCKS
    header = node.tag == "header" and node.css_first("h1") is None and not _within(node, {"article", "main"})
    if not (hidden or named or header or node.tag in NOISE_TAGS):
        return False
    return hidden or len(visible_text(node)) * 2 < text_length


def _within(node: "LexborNode", tags: set[str]) -> bool:
    above = node.parent
    while above is not None and above.tag not in tags:
        above = above.parent
    return above is not None


class _Writer:
    """Walks a page without recursion: a hostile page nests deeper than Python's stack."""

    def __init__(self, out: PageBuilder, text_length: int) -> None:
        self.out = out
        self.text_length = text_length
        self.pending: list[str] = []
        self.heading = 0
        self.noise = 0
        self.preformatted = 0
        self.nesting: set[int] = set()

    def write(self, body: "LexborNode") -> None:
        self.nesting = _nesting_tables(body)
        stack: list[tuple[LexborNode, bool, bool]] = [(body, False, False)]
        while stack:
            node, leaves, noisy = stack.pop()
            if leaves:
                self._leave(node, noisy)
            elif node.tag == "-text":
                self.pending.append(node.text_content or "")
            elif node.tag is not None and node.tag not in LEFT_OUT and not node.tag.startswith("-"):
                noisy = not self.noise and is_noise(node, self.text_length)
                self._enter(node, noisy)
                if self._may_hold_data(node) and (cells := _data_table(node)) is not None:
                    self._table(node, cells)
                    self._leave(node, noisy)
                    continue
                stack.append((node, True, noisy))
                stack.extend((child, False, False) for child in _children(node))
        self.flush()

    def _may_hold_data(self, node: "LexborNode") -> bool:
        return node.tag == "table" and node.mem_id not in self.nesting

    def _enter(self, node: "LexborNode", noisy: bool) -> None:
        self._part(node, noisy)
        self.noise += noisy
        self.preformatted += node.tag == "pre"
        if HEADING.fullmatch(node.tag or ""):
            self.heading = int((node.tag or "h1")[1])
        if node.tag == "li" and (number := _number(node)):
            self.pending.append(number)

    def _leave(self, node: "LexborNode", noisy: bool) -> None:
        self._part(node, noisy)
        self.noise -= noisy
        self.preformatted -= node.tag == "pre"
        if HEADING.fullmatch(node.tag or ""):
            self.heading = 0

    def _part(self, node: "LexborNode", noisy: bool) -> None:
        """End the line where a block begins or ends; a heading that is broken over two lines is one heading."""
        if node.tag == "br" and self.heading:
            self.pending.append(BROKEN)
        elif node.tag in BLOCKS or noisy:
            self.flush()

    def flush(self) -> None:
        text = "".join(self.pending)
        self.pending.clear()
        if self.heading and BROKEN in text:
            text = reduce(join, (SPACES.sub(" ", part).strip() for part in text.split(BROKEN)))
        for line in text.splitlines() if self.preformatted else [text]:
            self._line(SPACES.sub(" ", line).strip())

    def _line(self, text: str) -> None:
        if self.noise:
            self.out.noise(text)
        elif self.heading:
            self.out.heading(text, self.heading)
        else:
            self.out.line(text)

    def _table(self, table: "LexborNode", cells: "list[list[LexborNode]]") -> None:
        caption = table.css_first("caption")
        if caption is not None:
            self._line(visible_text(caption))
        own = [[visible_text(cell) for cell in row] for row in cells]
        grid = _grid(cells, own)
        leading = 0
        while leading < len(cells) and cells[leading] and all(cell.tag == "th" for cell in cells[leading]):
            leading += 1
        labelled = label_rows(grid, leading if 0 < leading < len(cells) else None)
        for texts, row in zip(own, labelled, strict=True):
            shown = [text for text in texts if text] if row.role is not Role.DATA else texts
            if row.role is Role.DATA and not self.noise:
                self.out.row(shown, row.reading)
            else:
                self._line("\t".join(shown))


def _number(item: "LexborNode") -> str:
    """The number that a browser shows before an item of an ordered list."""
    parent = item.parent
    if parent is None or parent.tag != "ol" or parent.attributes.get("type") not in {None, "1"}:
        return ""
    if re.search(r"list-style(?:-type)?\s*:\s*none", parent.attributes.get("style") or "") or NUMBERED.match(
        visible_text(item)
    ):
        return ""
    place = _whole(parent.attributes.get("start"), 1)
    before = item.prev
    while before is not None:
        place += before.tag == "li"
        before = before.prev
    return f"{place}. "


def _nesting_tables(body: "LexborNode") -> set[int]:
    """Those with a table inside, found in one pass: a thousand in each other would be searched a thousand times."""
    outer = set()
    for inner in body.css("table"):
        above = inner.parent
        while above is not None and above.tag != "table":
            above = above.parent
        if above is not None:
            outer.add(above.mem_id)
    return outer


def _data_table(table: "LexborNode") -> "list[list[LexborNode]] | None":
    """The cells of a table, None for one that only lays out a page: of one column, or with long cells."""
    if table.css_first("h1, h2, h3, h4, h5, h6") is not None:
        return None
    rows = []
    for row in table.css("tr"):
        cells = [child for child in reversed(_children(row)) if child.tag in {"td", "th"}]
        rows.append(cells)
    if len(rows) == 0 or max(map(len, rows)) < 2 or any(_noisy(cell) for row in rows for cell in row):
        return None
    lengths = [len(visible_text(cell)) for row in rows for cell in row]
    return None if max(lengths) > LONGEST_CELL or (len(rows) == 1 and max(lengths) > LONGEST_CELL // 10) else rows


def _noisy(cell: "LexborNode") -> bool:
    return is_noise(cell, 1 << 30) or any(
        is_noise(inner, 1 << 30) for inner in cell.css("div, nav, ul, span[hidden], span[style*=none]")
    )


def _grid(cells: "list[list[LexborNode]]", own: list[list[str]]) -> list[list[str]]:
    """The texts with a merged cell's in every place that it covers."""
    grid: list[dict[int, str]] = [{} for _ in cells]
    total = 0
    for i, row in enumerate(cells):
        column = 0
        for cell, text in zip(row, own[i], strict=True):
            while column in grid[i]:
                column += 1
            width = min(_whole(cell.attributes.get("colspan"), 1), LARGEST_SPAN)
            height = min(_whole(cell.attributes.get("rowspan"), 1), len(cells) - i)
            total += width * height
            if total > MOST_CELLS:
                width = height = 1
            for line in grid[i : i + height]:
                line.update(dict.fromkeys((c for c in range(column, column + width) if c not in line), text))
            column += width
    return [[line.get(c, "") for c in range(max(line, default=-1) + 1)] for line in grid]


def _whole(text: str | None, otherwise: int) -> int:
    return (
        int(text) if text and text.isascii() and text.isdigit() and 0 < len(text) < 6 and int(text) > 0 else otherwise
    )
