"""Word documents (.docx, .docm, also what is converted to them): the body in its order with everything it anchors.

Covered: paragraphs, headings by style or outline level, automatic numbering, tables (merged and nested cells, repeated
header rows), text boxes and WordArt, charts, SmartArt, pictures by OCR, footnotes and endnotes (at the end), page
headers, footers and tables of contents (as noise). Not covered: comments, embedded files (said to be left out).
The package is read by its XML itself: one broken relationship, as other programs write them, must not cost the text.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ingest.errors import Damaged, NoText
from ingest.readers.builder import Extracted, File, TextBuilder
from ingest.readers.drawing import chart_rows, chart_title, diagram_lines
from ingest.readers.numbering import Numbering, read_numbering
from ingest.readers.ooxml import MC, Package, W
from ingest.readers.pictures import Pictures
from ingest.readers.word_styles import Properties, Styles
from ingest.readers.word_text import Inline, TextReader, chosen, is_on, joined

LONGEST_HEADING = 100
"""A longer paragraph with an outline level is body text that somebody gave one."""
MOST_HEADER_ROWS = 3
MOST_COLUMNS = 500
WRAPPERS = {W + name for name in ("sdt", "sdtContent", "customXml", "ins", "moveTo", "smartTag", "bdo", "dir")}
PAGE_NUMBER = re.compile(r"[\W\d_]*")
EQUATION = re.compile(r"(?i)equation|mathtype")
NOTES = {"footnote": ("footnotes", "注"), "endnote": ("endnotes", "尾注")}


@dataclass
class Block:
    """A paragraph or a table of the body."""

    lines: list[str] = field(default_factory=list)
    kind: str = "line"
    level: int = 0
    rows: list[list[str]] = field(default_factory=list)
    header_rows: int | None = None
    read_by_ocr: bool = False


def read(file: File) -> Extracted:
    """Read a .docx; raises Damaged, Encrypted, TooLarge or NoText."""
    package = Package(file.content, file.path)
    part = package.main_part()
    root = package.xml(part) if part else None
    body = None if root is None else root.find(f"{W}body")
    if body is None:
        raise Damaged(file.path, "里面没有 Word 正文")
    document = _Document(package, part)
    out = TextBuilder()
    furniture = document.furniture()
    for line in furniture["header"]:
        out.noise(line)
    titles, has_text = _write_body(out, document, body, file)
    for line in document.notes():
        out.line(line)
    for line in furniture["footer"]:
        out.noise(line)
    if package.repaired:
        out.gap("文件有损坏的地方，损坏处之后的内容可能不全")
    for gap in document.gaps(has_text):
        out.gap(gap)
    extracted = out.build(titles or _title_in_text(package.core_title(), out.build().text))
    if not document.found:
        raise NoText(file.path, document.emptiness())
    return extracted


def _write_body(out: TextBuilder, document: "_Document", body: Any, file: File) -> tuple[str, bool]:
    """Write every block; returns the title that a style marks, and whether there is text besides the pictures'."""
    titles: list[str] = []
    title_open = True
    has_text = False
    for done, child in enumerate(body):
        for block in document.blocks([child]):
            has_text = has_text or not block.read_by_ocr
            document.found = True
            if block.kind == "title" and title_open:
                titles.extend(block.lines)
            title_open = not titles or block.kind == "title"
            _write(out, block)
        file.progress((done + 1) / len(body))
    return "".join(titles), has_text


def _write(out: TextBuilder, block: Block) -> None:
    if block.kind == "table":
        out.table(block.rows, block.header_rows)
    elif block.kind == "heading":
        out.heading(joined(block.lines), block.level)
    elif block.kind == "contents":
        out.noise(" ".join(block.lines))
    else:
        for line in block.lines:
            out.line(line)


def _title_in_text(title: str, text: str) -> str:
    """The title of the properties where the text bears it out: many a file keeps that of the one it was copied from."""
    return title if title and "".join(title.split()) in "".join(text[:4000].split()) else ""


class _Document:
    """One document while it is read."""

    def __init__(self, package: Package, part: str) -> None:
        self.pictures = Pictures()
        self.found = False
        self._package = package
        self._relations = package.relations(part)
        self._styles = Styles(self._related_xml("styles"))
        self._numbering: Numbering = read_numbering(self._related_xml("numbering"), self._styles.numbers())
        self._text = TextReader()
        self._carried = ""
        self._embedded = self._formulas = self._chunks = 0

    def blocks(self, elements: Any, in_contents: bool = False, in_cell: bool = False) -> Iterator[Block]:
        """The blocks under some elements in the file's order, objects behind the paragraph that anchors them."""
        for element in elements:
            if element.tag == W + "p":
                yield from self._paragraph(element, in_contents, in_cell)
            elif element.tag == W + "tbl":
                yield from self._table(element, in_contents)
            elif element.tag == MC + "AlternateContent":
                yield from self.blocks(chosen(element), in_contents, in_cell)
            elif element.tag == W + "altChunk":
                self._chunks += 1
            elif element.tag in WRAPPERS:
                gallery = element.find(f"{W}sdtPr/{W}docPartObj/{W}docPartGallery")
                contents = gallery is not None and gallery.get(W + "val") == "Table of Contents"
                yield from self.blocks(element, in_contents or contents, in_cell)

    def _paragraph(self, element: Any, in_contents: bool, in_cell: bool) -> Iterator[Block]:
        own = element.find(f"{W}pPr")
        properties = self._styles.of(own)
        inline = self._text.read(element)
        text = self._carried + "".join(inline.text)
        self._carried = ""
        if own is not None and own.find(f"{W}rPr/{W}del") is not None:
            self._carried = text  # the paragraph's mark is deleted: it goes on in the next one
        else:
            number = self._number(properties) if text.strip() or inline.objects or in_cell else ""
            if text.strip() or (number and in_cell):
                yield _text_block(number + text.strip(), properties, in_contents or inline.in_contents)
        yield from self._objects(inline)

    def _number(self, properties: Properties) -> str:
        if properties.number_id in {"", "0"}:
            return ""
        level = properties.level
        if properties.style:
            by_style = self._numbering.level_of_style(properties.number_id, properties.style)
            level = level if by_style is None else by_style
        return self._numbering.next(properties.number_id, level or 0)

    def _objects(self, inline: Inline) -> Iterator[Block]:
        for kind, value in inline.objects:
            if kind == "box":
                yield from self.blocks(value)
            elif kind == "words" and value.strip():
                yield Block([value])
            elif kind == "picture":
                lines = self.pictures.lines(self._media(value))
                if lines:
                    yield Block(lines, read_by_ocr=True)
            elif kind == "chart":
                root = self._part(value)
                if root is not None and chart_title(root).strip():
                    yield Block([chart_title(root)])
                if root is not None and chart_rows(root):
                    yield Block(kind="table", rows=chart_rows(root), header_rows=1)
            elif kind == "diagram":
                root = self._part(value)
                if root is not None and diagram_lines(root):
                    yield Block(diagram_lines(root))
            elif kind == "object":
                self._formulas += bool(EQUATION.search(value))
                self._embedded += not EQUATION.search(value)

    def _table(self, table: Any, in_contents: bool) -> Iterator[Block]:
        rows = [row for row in _children(table, W + "tr") if row.find(f"{W}trPr/{W}del") is None]
        cells = [list(_children(row, W + "tc")) for row in rows]
        if all(len(row) <= 1 for row in cells):
            # One column is a frame around text, not a table.
            for row in cells:
                for cell in row:
                    yield from self.blocks(cell, in_contents)
            return
        above: dict[int, str] = {}
        grid = [self._row(row, row_cells, above) for row, row_cells in zip(rows, cells, strict=True)]
        marked = 0
        while marked < len(rows) and is_on(rows[marked].find(f"{W}trPr/{W}tblHeader")):
            marked += 1
        if any(any(row) for row in grid):
            header = marked if 0 < marked <= MOST_HEADER_ROWS and marked < len(rows) else None
            yield Block(kind="table", rows=grid, header_rows=header)

    def _row(self, row: Any, cells: list[Any], above: dict[int, str]) -> list[str]:
        """The texts of a row by grid column; `above` is what a vertically merged cell goes on with."""
        shown = [""] * min(_size(row.find(f"{W}trPr/{W}gridBefore"), 0), MOST_COLUMNS)
        for cell in cells:
            properties = cell.find(f"{W}tcPr")
            find = (lambda name: None) if properties is None else (lambda name, p=properties: p.find(W + name))
            vertical, horizontal = find("vMerge"), find("hMerge")
            text = self.cell_text(cell)
            if horizontal is not None and horizontal.get(W + "val") != "restart" and shown:
                text = text or shown[-1]
            if vertical is not None and vertical.get(W + "val") != "restart":
                text = text or above.get(len(shown), "")
            for _ in range(max(1, min(_size(find("gridSpan"), 1), MOST_COLUMNS))):
                above[len(shown)] = text
                shown.append(text)
        return shown

    def cell_text(self, cell: Any) -> str:
        parts = []
        for block in self.blocks(cell, in_cell=True):
            rows = [" ".join(dict.fromkeys(text for text in row if text)) for row in block.rows]
            parts += [*block.lines, *(row for row in rows if row)]
        return " ".join(part.strip() for part in parts)

    def furniture(self) -> dict[str, list[str]]:
        """The texts of the page headers and footers, each once, without page numbers."""
        found: dict[str, list[str]] = {"header": [], "footer": []}
        for kind, name in self._relations.values():
            where = kind.rsplit("/", 1)[-1]
            if where in found:
                root = self._package.xml(name)
                inlines = () if root is None else [TextReader().read(p) for p in root.iter(f"{W}p")]
                for line in (line.strip() for inline in inlines for line in "".join(inline.text).split("\n")):
                    if not PAGE_NUMBER.fullmatch(line) and line not in found[where]:
                        found[where].append(line)
        return found

    def notes(self) -> Iterator[str]:
        """The footnotes and endnotes that the text refers to, in that order."""
        for kind, (part, label) in NOTES.items():
            root = self._related_xml(part)
            notes = {} if root is None else {note.get(W + "id"): note for note in root.iterfind(W + kind)}
            wanted = [key for name, key in self._text.notes if name == kind and key in notes]
            for number, key in enumerate(dict.fromkeys(wanted), 1):
                text = self.cell_text(notes[key])
                if text:
                    self.found = True
                    yield f"{label}{number}：{text}"

    def gaps(self, has_text: bool) -> Iterator[str]:
        if not has_text:
            yield from self.pictures.gaps()
        if self._embedded:
            yield f"文档里嵌入的 {self._embedded} 个附件没有读取，请单独添加"
        if self._formulas:
            yield f"{self._formulas} 个公式对象没有读取"
        if self._chunks:
            yield f"{self._chunks} 处插入的外部内容没有读取，请用 Word 打开后另存一份"

    def emptiness(self) -> str:
        """What there is instead of text."""
        if self.pictures.unread:
            return "只有图片，图片里没有识别出文字"
        return f"只有 {self._embedded} 个嵌入的附件" if self._embedded else "正文是空的"

    def _related_xml(self, kind: str) -> Any | None:
        name = next((name for type_, name in self._relations.values() if type_.endswith("/" + kind)), None)
        return None if name is None else self._package.xml(name)

    def _part(self, relation: str) -> Any | None:
        return self._package.xml(self._relations[relation][1]) if relation in self._relations else None

    def _media(self, relation: str) -> bytes | None:
        return self._package.read(self._relations[relation][1]) if relation in self._relations else None


def _text_block(text: str, properties: Properties, in_contents: bool) -> Block:
    lines = [line for line in text.split("\n") if line.strip()]
    if in_contents or properties.is_contents:
        return Block(lines, "contents")
    if properties.is_title:
        return Block(lines, "title")
    if properties.heading and len(text) <= LONGEST_HEADING:
        return Block(lines, "heading", properties.heading)
    return Block(lines)


def _children(element: Any, tag: str) -> Iterator[Any]:
    """The rows of a table or the cells of a row, also those inside content controls and revisions."""
    for child in element:
        if child.tag == tag:
            yield child
        elif child.tag in WRAPPERS:
            yield from _children(child, tag)


def _size(element: Any | None, default: int) -> int:
    value = "" if element is None else str(element.get(W + "val") or "")
    return int(value) if value.isdigit() else default
