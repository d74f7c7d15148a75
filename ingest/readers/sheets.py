"""Spreadsheets: .xlsx .xlsm .xls .et .ods, told apart by their bytes, and each sheet's tables in order.

Covered besides: web pages, XML and text that government systems export under the name .xls. Not covered: .xlsb,
tables that stand side by side without names of columns (read as one), what filters hide (it is read).
"""

import io
import re
import zipfile
import zlib
from itertools import pairwise

from ingest.errors import Damaged, Encrypted, NoText
from ingest.readers.builder import Extracted, File, TextBuilder
from ingest.readers.sheet import MOST_CELLS, MOST_ROWS, Sheet, Workbook
from ingest.tables import Role, label_rows

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ENCRYPTED_PACKAGE = "EncryptedPackage".encode("utf-16-le")
DEFAULT_NAME = re.compile(r"(?:sheet|工作表|表格?)\s*\d*", re.IGNORECASE)
MOST_FILLED = 500_000
"""Cells that merged ranges may fill: a hostile file merges a whole sheet."""


def read(file: File) -> Extracted:
    content = file.content
    if content.startswith(b"PK"):
        return write_book(_zipped(file), file)
    if content.startswith(OLE):
        if ENCRYPTED_PACKAGE in content:
            raise Encrypted(file.path)
        from ingest.readers.sheet_xls import read_xls

        return write_book(read_xls(content, file.path), file)
    if file.path.suffix.lower() not in {".xls", ".et"} or b"\x00" in content[:8]:
        raise Damaged(file.path, "开头的字节不是表格文件")
    return _exported(file)


def _exported(file: File) -> Extracted:
    from ingest.readers import delimited, web, xml

    start = file.content[:2000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<?xml") and b"<html" not in start:
        return xml.read(file)
    if start.startswith(b"<") or b"mime-version" in start:
        return web.read(file)
    return delimited.read(file)


def _zipped(file: File) -> Workbook:
    from lxml import etree

    from ingest.readers.sheet_ods import read_ods
    from ingest.readers.sheet_xlsx import read_xlsx

    try:
        with zipfile.ZipFile(io.BytesIO(file.content)) as archive:
            names = set(archive.namelist())
            if "content.xml" in names:
                if "META-INF/manifest.xml" in names and b"encryption-data" in archive.read("META-INF/manifest.xml"):
                    raise Encrypted(file.path)
                return read_ods(archive)
            if any(name.lower().endswith("workbook.bin") for name in names):
                raise Damaged(file.path, "二进制工作簿 .xlsb")
            return read_xlsx(archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, KeyError, etree.XMLSyntaxError, NotImplementedError) as error:
        raise Damaged(file.path, "压缩包里的表格读不通") from error
    except RuntimeError as error:  # zipfile's for a member with a password
        raise Encrypted(file.path) from error


def write_book(book: Workbook, file: File) -> Extracted:
    """The text of a workbook: a heading a sheet, its tables in order, then what belongs to no cell."""
    out = TextBuilder()
    filled = [sheet for sheet in book.sheets if sheet.rows]
    for i, sheet in enumerate(filled):
        if len(filled) > 1 or not DEFAULT_NAME.fullmatch(sheet.name.strip()):
            out.heading(sheet.name, 1)
        _fill(sheet)
        for block in _blocks(sheet):
            _write_block(block, out)
        for note in sheet.notes:
            out.line(note)
        file.progress((i + 1) / len(filled))
    for line in book.lines:
        out.line(line)
    if book.is_cut:
        out.gap(f"表格太大：只读了前 {MOST_ROWS:,} 行或 {MOST_CELLS:,} 个单元格")
    built = out.build()
    if not built.text.strip():
        raise NoText(file.path, "所有工作表都是空的")
    return built


def _fill(sheet: Sheet) -> None:
    """Write a merged cell's text into every cell that it covers, as far as the sheet is used."""
    last_row = max(sheet.rows)
    last_column = max(max(row) for row in sheet.rows.values())
    filled = 0
    for top, left, bottom, right in sheet.merged:
        text = sheet.rows.get(top, {}).get(left, "")
        bottom, right = min(bottom, last_row), min(right, last_column)
        filled += max(0, bottom - top + 1) * max(0, right - left + 1)
        if not text or filled > MOST_FILLED:
            continue
        for number in range(top, bottom + 1):
            row = sheet.rows.setdefault(number, {})
            for column in range(left, right + 1):
                row.setdefault(column, text)


def _blocks(sheet: Sheet) -> list[list[dict[int, str]]]:
    """Rows that follow each other without an empty row between them."""
    blocks: list[list[dict[int, str]]] = []
    before = None
    for number in sorted(sheet.rows):
        if before is None or number > before + 1:
            blocks.append([])
        blocks[-1].append(sheet.rows[number])
        before = number
    return blocks


def _write_block(block: list[dict[int, str]], out: TextBuilder) -> None:
    columns = sorted({column for row in block for column in row})
    tables = [columns]
    for i, (left, right) in enumerate(pairwise(columns), start=1):
        # An empty column parts two tables only where both have names for their columns.
        if right > left + 1 and len(tables) == 1:
            parts = [columns[:i], columns[i:]]
            if all(len(part) > 1 and _has_header(_cells(block, part)) for part in parts):
                tables = parts
    for part in tables:
        rows = _cells(block, part)
        if len(part) == 1:
            for row in rows:
                out.line(row[0])
        else:
            out.table(rows)


def _cells(block: list[dict[int, str]], columns: list[int]) -> list[list[str]]:
    return [[row.get(column, "") for column in columns] for row in block]


def _has_header(rows: list[list[str]]) -> bool:
    return any(row.role is Role.HEADER for row in label_rows(rows[:200]))
