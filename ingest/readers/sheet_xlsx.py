"""Excel workbooks of 2007 and later (.xlsx, .xlsm): cells as shown, merged ranges, text boxes, comments.

Read from the parts themselves: python-calamine gives the values without their formats (0.85 for a cell that shows
85%), openpyxl needs about fifty times the file's size in memory. Not covered: charts, pictures, formulas.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from zipfile import ZipFile

from ingest.readers.sheet import Sheet, Workbook
from ingest.readers.sheet_format import BUILT_IN, plain, shown

if TYPE_CHECKING:
    from lxml.etree import _Element

REFERENCE = re.compile(r"([A-Z]{1,3})(\d{1,7})")
ASIDE = re.compile(r"xl/(?:drawings/drawing|comments)\d*\.xml|xl/comments/comment\d*\.xml")
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"


def read_xlsx(archive: ZipFile) -> Workbook:
    """Raises KeyError, zipfile.BadZipFile or lxml.etree.XMLSyntaxError for a damaged file."""
    book = Workbook()
    names = {name.lower().lstrip("/"): name for name in archive.namelist()}
    targets = _targets(archive, names)
    strings = _strings(archive, names.get("xl/sharedstrings.xml"))
    formats = _formats(archive, names.get("xl/styles.xml"))
    from_1904, told = False, set[str]()
    for element in elements(archive, names["xl/workbook.xml"], {"sheet", "workbookPr"}):
        if local(element) == "workbookPr":
            from_1904 = element.get("date1904") in {"1", "true", "on"}
            continue
        part = targets.get(element.get(RELATION) or element.get(STRICT_RELATION) or "")
        if part is None or "sheet" not in part:
            continue
        sheet = Sheet(element.get("name") or "", element.get("state") in {"hidden", "veryHidden"})
        book.sheets.append(sheet)
        _read_sheet(archive, part, sheet, book, strings, formats, from_1904)
        for name in _asides(archive, names, part) if sheet.rows else []:
            if name not in told:
                sheet.notes += _paragraphs(archive, names[name])
                told.add(name)
        if book.is_cut:
            break
    for name in sorted(names):
        if ASIDE.fullmatch(name) and name not in told:
            book.lines += _paragraphs(archive, names[name])
    return book


def _asides(archive: ZipFile, names: dict[str, str], part: str) -> list[str]:
    """The parts of a sheet's text boxes and comments."""
    folder, base = posixpath.split(part)
    relations = names.get(f"{folder}/_rels/{base}.rels".lower().lstrip("/"))
    found = []
    for relation in elements(archive, relations, {"Relationship"}) if relations else ():
        target = posixpath.join("/", folder, (relation.get("Target") or "").replace("\\", "/"))
        found.append(posixpath.normpath(target).lower().lstrip("/"))
    return sorted(name for name in found if ASIDE.fullmatch(name) and name in names)


def elements(archive: ZipFile, name: str, tags: set[str]) -> "Iterator[_Element]":
    """The elements of a part whose local name is in `tags`, each freed behind the next; entities stay unread."""
    from lxml import etree

    with archive.open(name) as part:
        for _, element in etree.iterparse(
            part, events=("end",), resolve_entities=False, no_network=True, load_dtd=False
        ):
            if local(element) in tags:
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]


def local(element: "_Element") -> str:
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _targets(archive: ZipFile, names: dict[str, str]) -> dict[str, str]:
    targets = {}
    for relation in elements(archive, names["xl/_rels/workbook.xml.rels"], {"Relationship"}):
        target = (relation.get("Target") or "").replace("\\", "/")
        path = target.lstrip("/") if target.startswith("/") else f"xl/{target.removeprefix('./')}"
        if path.lower() in names:
            targets[relation.get("Id") or ""] = names[path.lower()]
    return targets


def _strings(archive: ZipFile, name: str | None) -> list[str]:
    return [_rich_text(item) for item in elements(archive, name, {"si"})] if name else []


def _rich_text(item: "_Element") -> str:
    """The runs of a text, without the pronunciation that may stand with them."""
    runs = (t for t in item.iter("{*}t") if not any(local(above) == "rPh" for above in t.iterancestors()))
    return "".join(t.text or "" for t in runs)


def _formats(archive: ZipFile, name: str | None) -> list[str]:
    """The number format of each cell style."""
    from lxml import etree

    if name is None:
        return []
    root = etree.fromstring(archive.read(name), etree.XMLParser(resolve_entities=False, no_network=True))
    own = {item.get("numFmtId"): item.get("formatCode") or "" for item in root.iterfind("{*}numFmts/{*}numFmt")}
    ids = [style.get("numFmtId") or "0" for style in root.iterfind("{*}cellXfs/{*}xf")]
    return [own[i] if i in own else BUILT_IN.get(int(i) if i.isdigit() else 0, "General") for i in ids]


def _read_sheet(
    archive: ZipFile, part: str, sheet: Sheet, book: Workbook, strings: list[str], formats: list[str], from_1904: bool
) -> None:
    row_number = -1
    for element in elements(archive, part, {"row", "mergeCell"}):
        if local(element) == "mergeCell":
            ends = [_place(end) for end in (element.get("ref") or "").split(":")]
            if len(ends) == 2 and ends[0] and ends[1]:
                sheet.merged.append((*ends[0], *ends[1]))
            continue
        said = element.get("r") or ""
        row_number = int(said) - 1 if said.isdigit() else row_number + 1
        cells: dict[int, str] = {}
        column = -1
        for cell in element.iterfind("{*}c"):
            place = _place(cell.get("r") or "")
            column = place[1] if place else column + 1
            text = _shown(cell, strings, formats, from_1904)
            if text.strip():
                cells[column] = text
        if cells:
            if not book.takes(len(cells)):
                return
            sheet.rows[row_number] = cells


def _place(reference: str) -> tuple[int, int] | None:
    match = REFERENCE.fullmatch(reference)
    if match is None:
        return None
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    return int(match[2]) - 1, column - 1


def _shown(cell: "_Element", strings: list[str], formats: list[str], from_1904: bool) -> str:
    kind = cell.get("t") or "n"
    if kind == "inlineStr":
        return _rich_text(cell)
    value = cell.findtext("{*}v") or ""
    if kind == "s":
        return strings[int(value)] if value.isdigit() and int(value) < len(strings) else ""
    if kind == "b":
        return {"1": "TRUE", "0": "FALSE"}.get(value, value)
    if kind != "n" or not value:
        return value
    style = cell.get("s") or "0"
    code = formats[int(style)] if style.isdigit() and int(style) < len(formats) else "General"
    try:
        return shown(float(value), code, from_1904) if code else plain(float(value))
    except ValueError:
        return value


def _paragraphs(archive: ZipFile, name: str) -> list[str]:
    """Text boxes (a:p) and comments, a line a paragraph."""
    lines = []
    for element in elements(archive, name, {"sp", "comment"}):
        paragraphs = [element] if local(element) == "comment" else list(element.iter("{*}p"))
        text = ("".join(t.text or "" for t in paragraph.iter("{*}t")) for paragraph in paragraphs)
        prefix = "批注：" if local(element) == "comment" else ""
        lines += [prefix + line for line in text if line.strip()]
    return lines
