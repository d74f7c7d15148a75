"""XML: feeds (RSS, Atom), Word and Excel 2003 XML, web pages in XML, and any other file's elements in order.

Entities and DTDs are never read. Not covered: what a stylesheet would show, attributes without Chinese text.
"""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ingest.errors import Damaged, NoText
from ingest.readers.builder import Extracted, File
from ingest.readers.sheet import Sheet, Workbook
from ingest.readers.sheet_format import shown
from ingest.readers.text import broken
from ingest.readers.web import decode_page, read_html
from ingest.readers.web_page import PageBuilder, write_page

if TYPE_CHECKING:
    from lxml.etree import _Element

DECLARATION = re.compile(r"^\s*<\?xml[^>]*\?>")
ENTITY = re.compile(r"<!ENTITY", re.IGNORECASE)
NAMED = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)(\w{2,10});")
HTML = re.compile(
    r"(?i)\s*+(?:<\?xml[^>]*\?>\s*+)?(?:<!--(?:(?!-->).)*+-->\s*+)*+(?:<!doctype\s++html|<html)", re.DOTALL
)
HAN = re.compile(r"[\u3400-\u9fff]")
SNIFFED = 1 << 16
"""Characters at the start that tell whether a file is a page."""
TAG = re.compile(r"<[a-zA-Z/!]")
REFERENCE = re.compile(r"&(?:\w+|#\d+);")
ADDRESSES = frozenset([
    "link",
    "guid",
    "id",
    "url",
    "comments",
    "commentRss",
    "docs",
    "generator",
    "origLink",
    "uri",
    "about",
])
PARTICULARS = frozenset(
    ["language", "ttl", "updatePeriod", "updateFrequency", "updateBase", "modified", "updated", "lastBuildDate", "pubDate", "date", "info",
     "convertLineBreaks", "webMaster", "managingEditor", "width", "height", "rating", "hour", "errorReportsTo", "generatorAgent"]
)  # fmt: skip
"""What a feed says of itself."""
FORMATS = {"Percent": "0.00%", "Fixed": "0.00", "Standard": "#,##0.00", "General": "General", "Short Date": "yyyy-m-d"}
MOST_SPANNED = 200


def read(file: File) -> Extracted:
    text = decode_page(file.content, file)
    if HTML.match(text[:SNIFFED]):
        return read_html(text, file)
    root, is_whole = _parsed(text, file)
    out = PageBuilder()
    title = ""
    name = _local(root)
    if name in {"rss", "RDF", "feed"}:
        title = _feed(root, out)
    elif name in {"wordDocument", "package"}:
        _word(root, out)
    elif name == "Workbook":
        from ingest.readers.sheets import write_book

        return write_book(_workbook(root), file)
    else:
        _elements(root, out)
    for sentence in broken(text):
        out.gap(sentence)
    if not is_whole:
        out.gap("XML 不合规范，出错处之后的内容可能不全")
    if out.is_empty:
        raise NoText(file.path, "XML 里没有文字")
    return out.build(title)


def _parsed(text: str, file: File) -> "tuple[_Element, bool]":
    """The root, and whether the file was well formed; what can be read of one that is not is read."""
    from lxml import etree

    if ENTITY.search(text):
        raise Damaged(file.path, "XML 定义了实体，为安全起见不予展开")
    text = DECLARATION.sub("", text.lstrip("\ufeff"))
    # `&nbsp;` and its like are HTML's: without a DTD they would be lost.
    from html import unescape

    content = NAMED.sub(lambda match: unescape(match.group()).replace("&", "&amp;"), text).encode("utf-8", "ignore")
    for recover in (False, True):
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=recover, remove_comments=True, remove_pis=True)  # fmt: skip
        try:
            root = etree.fromstring(content, parser)
        except etree.XMLSyntaxError:
            continue
        if root is not None:
            return root, not recover
    raise Damaged(file.path, "不是可读的 XML")


def _local(element: "_Element") -> str:
    return element.tag.rpartition("}")[2] if isinstance(element.tag, str) else ""


def _feed(root: "_Element", out: PageBuilder) -> str:
    """Each item under its title; the feed's own title."""
    channel = next(root.iter("{*}channel"), root)
    title = channel.findtext("{*}title") or ""
    inside = {child for item in root.iter("{*}item", "{*}entry") for child in item.iter()}
    for element in root.iter():
        if element in inside or len(element) or _local(element) in ADDRESSES:
            continue
        if _local(element) in PARTICULARS:
            out.noise(element.text or "")
        else:
            _markup(element.text or "", out)
    for item in root.iter("{*}item", "{*}entry"):
        heading = item.find("{*}title")
        if heading is not None:
            out.heading(" ".join(_plain("".join(heading.itertext())).split()), 1)
        for child in item:
            if child is not heading and _local(child) not in ADDRESSES:
                _markup("".join(child.itertext()), out)
    return " ".join(_plain(title).split())


def _plain(text: str) -> str:
    part = PageBuilder()
    _markup(text, part)
    return part.build().text


def _markup(text: str, out: PageBuilder) -> None:
    if _is_markup(text):
        write_page(text, out)
    else:
        out.lines(text)


def _is_markup(text: str) -> bool:
    """Whether `text` holds an entity, or a tag that is closed somewhere."""
    tag = TAG.search(text)
    return (tag is not None and ">" in text[tag.end() :]) or REFERENCE.search(text) is not None


def _elements(root: "_Element", out: PageBuilder) -> None:
    """A line for each innermost element, and for each that has text beside its children."""
    stack = [root]
    while stack:
        element = stack.pop()
        told = [value for value in element.attrib.values() if HAN.search(str(value))]
        if told:
            out.line(" | ".join(map(str, told)))
        mixed = (element.text or "").strip() or any((child.tail or "").strip() for child in element)
        if mixed:
            _markup("".join(element.itertext()), out)
        else:
            stack.extend(reversed(element))


def _word(root: "_Element", out: PageBuilder) -> None:
    """Paragraphs and tables of Word 2003 XML and of flat OPC."""
    stack = [next(root.iter("{*}body"), root)]
    while stack:
        element = stack.pop()
        name = _local(element)
        if name == "tbl":
            out.table([list(_word_cells(row)) for row in element.iterfind("{*}tr")])
        elif name == "p":
            out.line(_word_text(element))
        else:
            stack.extend(reversed(element))


def _word_text(element: "_Element") -> str:
    return "".join(t.text or "" if _local(t) == "t" else " " for t in element.iter("{*}t", "{*}tab", "{*}br"))


def _word_cells(row: "_Element") -> Iterator[str]:
    for cell in row.iterfind("{*}tc"):
        span = next((_attribute(s, "val") for s in cell.iterfind("{*}tcPr/{*}gridSpan")), "1")
        text = " ".join(_word_text(p) for p in cell.iter("{*}p"))
        for _ in range(_whole(span, 1)):
            yield text


def _attribute(element: "_Element", name: str) -> str:
    """An attribute by its local name: Office qualifies them all."""
    return next((str(value) for key, value in element.attrib.items() if str(key).rpartition("}")[2] == name), "")


def _whole(text: str, otherwise: int) -> int:
    return min(int(text), 1 << 20) if text.isascii() and text.isdigit() and len(text) < 8 else otherwise


def _workbook(root: "_Element") -> Workbook:
    """Excel 2003 XML, the form in which many government systems export."""
    formats = {
        _attribute(style, "ID"): _attribute(format_, "Format")
        for style in root.iterfind("{*}Styles/{*}Style")
        for format_ in style.iterfind("{*}NumberFormat")
    }
    book = Workbook()
    for worksheet in root.iterfind("{*}Worksheet"):
        sheet = Sheet(_attribute(worksheet, "Name"))
        book.sheets.append(sheet)
        number = 0
        for row in worksheet.iterfind("{*}Table/{*}Row"):
            number = _whole(_attribute(row, "Index"), number + 1)
            cells: dict[int, str] = {}
            column = 0
            for cell in row.iterfind("{*}Cell"):
                column = _whole(_attribute(cell, "Index"), column + 1)
                text = _cell_text(cell, formats)
                if text.strip():
                    cells[column] = text
                across = min(_whole(_attribute(cell, "MergeAcross"), 0), MOST_SPANNED)
                down = _whole(_attribute(cell, "MergeDown"), 0)
                if across or down:
                    sheet.merged.append((number, column, number + down, column + across))
                column += across
            if cells and not book.takes(len(cells)):
                return book
            if cells:
                sheet.rows[number] = cells
    return book


def _cell_text(cell: "_Element", formats: dict[str, str]) -> str:
    data = cell.find("{*}Data")
    if data is None:
        return ""
    text = "".join(data.itertext())
    kind = _attribute(data, "Type")
    if kind == "DateTime":
        date, _, clock = text.partition("T")
        return date if clock.startswith("00:00:00") else f"{date} {clock[:5]}".strip()
    if kind != "Number":
        return text
    code = formats.get(_attribute(cell, "StyleID"), "General")
    try:
        return shown(float(text), FORMATS.get(code, code))
    except ValueError:
        return text
