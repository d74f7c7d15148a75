"""Slides (.pptx, also what is converted to it): slide by slide, the title first, then the shapes from top to bottom.

Covered: text of every shape and group, tables, charts, SmartArt, pictures by OCR, notes (`备注：`), hidden slides;
footers, dates and slide numbers as noise. Not covered: the masters' own text, comments, sound and film, embedded
files (said to be left out).
"""

import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.errors import Damaged, NoText
from ingest.readers.builder import Extracted, File, TextBuilder
from ingest.readers.drawing import chart_rows, chart_title, diagram_lines
from ingest.readers.numbering import format_number
from ingest.readers.ooxml import DEFAULT_TITLE, MC, A, Package, R
from ingest.readers.pictures import Pictures
from ingest.readers.word_text import M, formula, joined

TITLES = {"title", "ctrTitle"}
FURNITURE = {"ftr", "sldNum", "dt", "hdr"}
P = "{http://schemas.openxmlformats.org/presentationml/2006/main}"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
AUTOMATIC = (
    ("alphaLc", "lowerLetter"), ("alphaUc", "upperLetter"), ("romanLc", "lowerRoman"), ("romanUc", "upperRoman"),
    ("circleNum", "decimalEnclosedCircle"), ("ea1Chs", "chineseCountingThousand"),
    ("ea1Cht", "chineseCountingThousand"), ("ea1Jpn", "chineseCountingThousand"),
)  # fmt: skip
PAGE_NUMBER = re.compile(r"[\W\d_]*|<#>|‹#›")
BREAK = "\v"
DEEPEST = 20
ROW = 200_000
"""Shapes whose tops differ by less (in EMU, half a centimetre) stand side by side: the left one comes first."""


@dataclass
class _Written:
    """What was found so far, over all slides."""

    pictures: Pictures = field(default_factory=Pictures)
    furniture: set[str] = field(default_factory=set)
    title: str = ""
    found: bool = False
    has_text: bool = False
    embedded: int = 0


def read(file: File, titles: Sequence[str] = ()) -> Extracted:
    """Read a .pptx; raises Damaged, Encrypted, TooLarge or NoText.

    `titles` are the slides' titles where the file itself does not mark them (converted from .ppt).
    """
    from pptx.exc import PythonPptxError

    package = Package(file.content, file.path)
    slides = _open(file, package)
    out, written = TextBuilder(), _Written()
    for done, slide in enumerate(slides, 1):
        try:
            _slide(out, written, slide, titles[done - 1] if done <= len(titles) else "")
        except (PythonPptxError, KeyError, ValueError, AttributeError):
            # python-pptx looks its elements up when they are asked for: this is how a broken slide shows.
            out.gap(f"第 {done} 张幻灯片的内部结构有误，没有读全")
        file.progress(done / len(slides))
    if not written.found:
        raise NoText(file.path, _emptiness(written))
    for gap in written.pictures.gaps() if not written.has_text else ():
        out.gap(gap)
    if written.embedded:
        out.gap(f"演示文稿里嵌入的 {written.embedded} 个附件没有读取，请单独添加")
    return out.build(written.title or package.core_title())


def _emptiness(written: _Written) -> str:
    """What there is instead of text."""
    if written.pictures.unread:
        return "只有图片，图片里没有识别出文字"
    return f"只有 {written.embedded} 个嵌入的附件" if written.embedded else "幻灯片里没有文字"


def _open(file: File, package: Package) -> list[Any]:
    import zipfile

    from lxml import etree
    from pptx import Presentation
    from pptx.exc import PythonPptxError

    faults = (PythonPptxError, etree.XMLSyntaxError, zipfile.BadZipFile, KeyError, ValueError, AttributeError)
    fault: Exception | None = None
    for mended in (False, True):
        content = package.mended() if mended else file.content
        try:
            return list(Presentation(io.BytesIO(content)).slides)
        except faults as error:
            fault = error
    raise Damaged(file.path, "里面没有完整的演示文稿") from fault


def _slide(out: TextBuilder, written: _Written, slide: Any, given: str) -> None:
    _unwrap(slide.shapes.element)
    shapes = list(_ordered(slide.shapes))
    titles = [shape for shape in shapes if _is_title(shape, given)]
    for shape in titles:
        title = joined(_lines(shape.text_frame._txBody))
        out.heading(title, 1)
        written.title = written.title or ("" if DEFAULT_TITLE.fullmatch(title) else title)
        written.found = written.has_text = written.found or bool(title)
    for shape in shapes:
        if shape not in titles:
            _shape(out, written, shape)
    for line in _notes(slide):
        out.line(f"备注：{line}")
        written.found = written.has_text = True


def _is_title(shape: Any, given: str) -> bool:
    if not shape.has_text_frame:
        return False
    if _placeholder(shape) in TITLES:
        return True
    return bool(given) and "".join(shape.text_frame.text.split()) == "".join(given.split())


def _unwrap(tree: Any) -> None:
    """Put the shapes of an `mc:AlternateContent` in its place: python-pptx passes over what stands inside one."""
    for wrapper in list(tree.iter(f"{MC}AlternateContent")):
        parent = wrapper.getparent()
        choice = wrapper.find(f"{MC}Choice")
        if choice is not None and parent.tag in {f"{P}spTree", f"{P}grpSp"}:
            for shape in list(choice):
                wrapper.addprevious(shape)
            parent.remove(wrapper)


def _ordered(shapes: Any, depth: int = 0) -> Iterator[Any]:
    """Shapes by their place, top to bottom and left to right, the members of a group where the group stands."""
    placed = [shape for shape in shapes if shape.element.tag != f"{P}contentPart"]
    rows: list[list[Any]] = []
    for shape in sorted(placed, key=lambda s: (s.top or 0, s.left or 0)):
        if rows and (shape.top or 0) - (rows[-1][0].top or 0) < ROW:
            rows[-1].append(shape)
        else:
            rows.append([shape])
    for row in rows:
        for shape in sorted(row, key=lambda s: s.left or 0):
            if hasattr(shape, "shapes") and depth < DEEPEST:
                yield from _ordered(shape.shapes, depth + 1)
            else:
                yield shape


def _placeholder(shape: Any) -> str:
    """The kind of a placeholder (`title`, `ftr`, …), `obj` for one without, empty for a shape that is none."""
    found = shape.element.find(f".//{P}nvPr/{P}ph")
    return "" if found is None else str(found.get("type") or "obj")


def _shape(out: TextBuilder, written: _Written, shape: Any) -> None:
    if _placeholder(shape) in FURNITURE:
        for line in _lines(shape.text_frame._txBody) if shape.has_text_frame else ():
            if not PAGE_NUMBER.fullmatch(line) and line not in written.furniture:
                written.furniture.add(line)
                out.noise(line)
        return
    lines: list[str] = []
    rows: list[list[str]] = []
    header: int | None = None
    if shape.has_text_frame:
        lines = _lines(shape.text_frame._txBody)
    elif getattr(shape, "has_table", False):
        rows = _table_rows(shape.table)
    elif getattr(shape, "has_chart", False):
        root = _related(shape, f"{{*}}chart[@{R}id]", R + "id")
        lines = [] if root is None else [line for line in [chart_title(root).strip()] if line]
        rows, header = [] if root is None else chart_rows(root), 1
    else:
        root = _related(shape, DIAGRAM, R + "dm")
        lines = [] if root is None else diagram_lines(root)
        written.embedded += shape.element.find(f".//{P}oleObj") is not None
    for line in lines:
        out.line(line)
    if rows:
        out.table(rows, header)
    if lines or any(any(row) for row in rows):
        written.found = written.has_text = True
    for blob in _blobs(shape):
        for line in written.pictures.lines(blob):
            out.line(line)
            written.found = True


def _lines(body: Any) -> list[str]:
    """The paragraphs of a text body with their automatic numbers; a break inside one ends a line."""
    lines: list[str] = []
    counts: dict[int, int] = {}
    for paragraph in body.iter(f"{A}p"):
        text = ""
        for child in paragraph.iter(f"{A}t", f"{A}br", f"{M}oMath"):
            text += BREAK if child.tag == f"{A}br" else formula(child) if child.tag == f"{M}oMath" else child.text or ""
        if text.strip():
            text = _number(paragraph, counts) + text.strip()
        lines += [line.strip() for line in re.split(r"[\v\n]", text) if line.strip()]
    return lines


def _number(paragraph: Any, counts: dict[int, int]) -> str:
    """The automatic number of a paragraph; `counts` is how far each level has come in this text."""
    properties = paragraph.find(f"{A}pPr")
    level = 0 if properties is None else int(properties.get("lvl") or 0)
    automatic = None if properties is None else properties.find(f"{A}buAutoNum")
    for deeper in [key for key in counts if key > level or (key == level and automatic is None)]:
        del counts[deeper]
    if automatic is None:
        return ""
    start = str(automatic.get("startAt") or 1)
    counts[level] = counts.get(level, int(start) - 1 if start.isdigit() else 0) + 1
    kind = str(automatic.get("type") or "")
    style = next((format for prefix, format in AUTOMATIC if kind.startswith(prefix)), "decimal")
    number = format_number(counts[level], style)
    if kind.endswith("ParenBoth"):
        return f"({number}) "
    if kind.endswith("ParenR"):
        return f"{number}) "
    if kind.endswith("Period"):
        return f"{number}、" if kind.startswith("ea1") else f"{number}. "
    return f"{number} "


def _table_rows(table: Any) -> list[list[str]]:
    """The texts of a table's cells, a merged cell's text in every cell that it covers."""
    cells = [list(row.cells) for row in table.rows]
    texts = [[" ".join(_lines(cell._tc)) for cell in row] for row in cells]
    for y, row in enumerate(cells):
        for x, cell in enumerate(row):
            if cell.is_merge_origin:
                for below in range(y, min(y + cell.span_height, len(texts))):
                    for right in range(x, min(x + cell.span_width, len(texts[below]))):
                        texts[below][right] = texts[y][x]
    return texts


def _related(shape: Any, path: str, attribute: str) -> Any | None:
    """The root of the part that an element under the shape names, None where there is none."""
    from lxml import etree

    element = shape.element.find(f".//{path}")
    part = None if element is None else _part(shape, str(element.get(attribute)))
    if part is None:
        return None
    return etree.fromstring(part.blob, etree.XMLParser(resolve_entities=False, no_network=True, recover=True))


def _part(shape: Any, relation: str) -> Any | None:
    found = shape.part.rels.get(relation)
    return None if found is None or found.is_external else found.target_part


def _blobs(shape: Any) -> Iterator[bytes]:
    """The raster pictures of a shape: its own, or the one that fills it."""
    if shape.element.find(f".//{P}oleObj") is not None:
        return
    for blip in shape.element.iter(f"{A}blip"):
        part = _part(shape, str(blip.get(R + "embed") or ""))
        if part is not None:
            yield part.blob


def _notes(slide: Any) -> list[str]:
    if not slide.has_notes_slide:
        return []
    bodies = [s for s in slide.notes_slide.shapes if s.has_text_frame and _placeholder(s) not in FURNITURE | {"sldImg"}]
    return [line for shape in bodies for line in _lines(shape.text_frame._txBody)]
