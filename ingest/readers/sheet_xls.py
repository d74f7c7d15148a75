"""Workbooks of Excel 97 to 2003 and WPS (.xls, .et): cells as shown, merged ranges, notes.

Not covered: text boxes, charts.
"""

import io
import struct
from pathlib import Path
from typing import TYPE_CHECKING

from ingest.errors import Damaged, Encrypted
from ingest.readers.sheet import Sheet, Workbook
from ingest.readers.sheet_format import shown

if TYPE_CHECKING:
    import xlrd


def read_xls(content: bytes, path: Path) -> Workbook:
    import xlrd

    # xlrd meets damage with whatever its parsing runs into; these are what its own code and its tests raise.
    damage = (
        xlrd.XLRDError,
        xlrd.compdoc.CompDocError,
        struct.error,
        AssertionError,
        LookupError,
        ValueError,
        TypeError,
    )
    try:
        source = xlrd.open_workbook(
            file_contents=content, formatting_info=True, ragged_rows=True, logfile=io.StringIO()
        )
        book = Workbook()
        for sheet in source.sheets():
            _read_sheet(source, sheet, book)
            if book.is_cut:
                break
        return book
    except damage as error:
        if "encrypted" in str(error).lower():
            raise Encrypted(path) from error
        raise Damaged(path, "表格结构读不通") from error


def _read_sheet(source: "xlrd.Book", sheet: "xlrd.sheet.Sheet", book: Workbook) -> None:
    own = Sheet(sheet.name, sheet.visibility != 0)
    own.merged = [(top, left, bottom - 1, right - 1) for top, bottom, left, right in sheet.merged_cells]
    book.sheets.append(own)
    for number in range(sheet.nrows):
        texts = {column: _shown(source, cell) for column, cell in enumerate(sheet.row(number))}
        cells = {column: text for column, text in texts.items() if text.strip()}
        if cells:
            if not book.takes(len(cells)):
                return
            own.rows[number] = cells
    own.notes = [f"批注：{note.text}" for note in sheet.cell_note_map.values() if note.text.strip()]


def _shown(source: "xlrd.Book", cell: "xlrd.sheet.Cell") -> str:
    import xlrd

    if cell.ctype in {xlrd.XL_CELL_NUMBER, xlrd.XL_CELL_DATE}:
        style = source.xf_list[cell.xf_index] if cell.xf_index is not None else None
        format_ = source.format_map.get(style.format_key) if style is not None else None
        return shown(cell.value, format_.format_str if format_ is not None else "General", source.datemode == 1)
    if cell.ctype == xlrd.XL_CELL_BOOLEAN:
        return "TRUE" if cell.value else "FALSE"
    if cell.ctype == xlrd.XL_CELL_ERROR:
        return str(xlrd.error_text_from_code.get(cell.value, "#N/A"))
    return str(cell.value)
