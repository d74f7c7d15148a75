"""OpenDocument spreadsheets (.ods): cells as the file itself shows them (its `text:p`), merged ranges, comments.

Not covered: charts, drawings.
"""

from typing import TYPE_CHECKING
from zipfile import ZipFile

from ingest.readers.sheet import Sheet, Workbook
from ingest.readers.sheet_xlsx import local

if TYPE_CHECKING:
    from lxml.etree import _Element

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
MOST_REPEATED = 1000
"""A row or cell that is repeated more often is a fill over the rest of the sheet."""


def read_ods(archive: ZipFile) -> Workbook:
    from lxml import etree

    book = Workbook()
    row_number = 0
    with archive.open("content.xml") as part:
        events = etree.iterparse(part, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False)
        for event, element in events:
            if element.tag == f"{TABLE}table" and event == "start":
                book.sheets.append(Sheet(element.get(f"{TABLE}name") or ""))
                row_number = 0
            elif element.tag == f"{TABLE}table-row" and event == "end" and book.sheets:
                row_number = _read_row(element, row_number, book)
                element.clear()
                if book.is_cut:
                    break
    return book


def _read_row(row: "_Element", number: int, book: Workbook) -> int:
    """Add a row as often as it is repeated; the number of the next one."""
    sheet = book.sheets[-1]
    cells: dict[int, str] = {}
    column = 0
    for cell in row:
        if local(cell) not in {"table-cell", "covered-table-cell"}:
            continue
        repeated = _whole(cell, "number-columns-repeated")
        text = "\n".join(_paragraph(p) for p in cell.iterfind("{*}p"))
        if text.strip():
            cells.update(dict.fromkeys(range(column, column + min(repeated, MOST_REPEATED)), text))
        down, right = _whole(cell, "number-rows-spanned"), _whole(cell, "number-columns-spanned")
        if down > 1 or right > 1:
            sheet.merged.append((number, column, number + down - 1, column + right - 1))
        comments = ("".join(_paragraph(p) for p in note.iterfind("{*}p")) for note in cell.iterfind("{*}annotation"))
        sheet.notes += [f"批注：{comment}" for comment in comments if comment.strip()]
        column += repeated
    repeated = _whole(row, "number-rows-repeated")
    if cells:
        for i in range(min(repeated, MOST_REPEATED)):
            if not book.takes(len(cells)):
                break
            sheet.rows[number + i] = dict(cells)
    return number + repeated


def _paragraph(element: "_Element") -> str:
    parts = [element.text or ""]
    for child in element:
        name = local(child)
        if name == "s":
            count = child.get("{urn:oasis:names:tc:opendocument:xmlns:text:1.0}c") or "1"
            parts.append(" " * (int(count) if count.isdigit() and len(count) < 4 else 1))
        elif name in {"tab", "line-break"}:
            parts.append(" ")
        elif name != "annotation":
            parts.append("".join(child.itertext()))
        parts.append(child.tail or "")
    return "".join(parts)


def _whole(element: "_Element", name: str) -> int:
    text = element.get(TABLE + name) or "1"
    return max(1, int(text)) if text.isdigit() and len(text) < 9 else 1
