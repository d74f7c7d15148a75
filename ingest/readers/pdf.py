"""PDF: the text layer with its places through PDFium, ruled tables, and recognition where a page is an image.

Covered: turned pages and sideways print, form fields, print drawn twice, several columns, mixed files (every page for
itself), files with an owner's password only. Slanted print (watermarks) is noise. Not covered: pictures with print on
pages that have text, bookmarks, files inside the file (named in a gap).
"""

from typing import Any

from ingest.errors import Damaged, EmptyFile, Encrypted, NoText
from ingest.readers.builder import Extracted, File, TextBuilder
from ingest.readers.layout import Page
from ingest.readers.ocr import recognise
from ingest.readers.pages import write_pages
from ingest.readers.pdf_fonts import use_own_font
from ingest.readers.pdf_text import TextLayer

DPI = 200
LONGEST_SIDE = 2600
FEW_CHARACTERS = 30
"""A page with so few and an image over most of it is a scan with a page number or a stamp printed on it."""


def read(file: File) -> Extracted:
    """The text of a PDF."""
    import pypdfium2
    from pypdfium2 import raw

    if not file.content:
        raise EmptyFile(file.path)
    use_own_font()
    try:
        document = pypdfium2.PdfDocument(file.content)
    except pypdfium2.PdfiumError as fault:
        if fault.err_code == raw.FPDF_ERR_PASSWORD:
            raise Encrypted(file.path) from fault
        raise Damaged(file.path, "PDF 结构无法解析") from fault
    out, pages = TextBuilder(), []
    try:
        if document.get_formtype() != raw.FORMTYPE_NONE:
            document.init_forms()
        count = len(document)
        for number in range(count):
            pages.append(_read_page(document, number, out))
            file.progress((number + 1) / count)
        if raw.FPDFDoc_GetAttachmentCount(document) > 0:
            out.gap("PDF 里嵌入的附件没有读取")
    finally:
        document.close()
    extracted = write_pages(pages, out)
    if not extracted.text.strip():
        raise NoText(file.path, f"共 {count} 页，既没有文字层，图像上也没有识别出文字")
    return extracted


def _read_page(document: Any, number: int, out: TextBuilder) -> Page:
    """One page, by its text layer or by its image; every handle of it is closed again."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError:
        out.gap(f"第 {number + 1} 页已损坏，没有读取")
        return Page(0, 0, ())
    try:
        if document.formenv is not None and page.flatten() == pypdfium2.raw.FLATTEN_SUCCESS:
            page.close()
            page = document[number]
        layer = TextLayer(page)
        if layer.is_readable() and not (len(layer.characters) < FEW_CHARACTERS and _is_scan(page)):
            return layer.page()
        if not layer.characters and not any(True for _ in page.get_objects(max_depth=1)):
            width, height = page.get_size()
            return Page(width, height, ())
        return _recognised(page, number, out)
    finally:
        page.close()


def _recognised(page: Any, number: int, out: TextBuilder) -> Page:
    scale = min(DPI / 72, LONGEST_SIDE / max(*page.get_size(), 1))
    bitmap = page.render(scale=scale)
    found = recognise(bitmap.to_pil())
    bitmap.close()
    if not found.prints:
        out.gap(f"第 {number + 1} 页没有识别出文字")
    elif found.unsure:
        out.gap(f"第 {number + 1} 页有约 {found.dropped:.0%} 的文字识别不清，没有收入")
    return found.page()


def _is_scan(page: Any) -> bool:
    """Whether images cover most of the page."""
    from pypdfium2 import raw

    width, height = page.get_size()
    covered = 0.0
    for item in page.get_objects(filter=[raw.FPDF_PAGEOBJ_IMAGE], max_depth=3):
        left, bottom, right, top = item.get_bounds()
        covered += max(0.0, min(right, width) - max(left, 0)) * max(0.0, min(top, height) - max(bottom, 0))
    return bool(covered > 0.5 * width * height)
