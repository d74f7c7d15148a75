"""Writers of the document, one a format: `WRITERS[suffix](path)`."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.rendered.document import HEADINGS, NUMBER, SECTIONS, SIGNATURE, TITLE, lines

SCAN = Path(__file__).with_name("scan.png")
"""The document in print at 150 dots an inch; `python -m tests.rendered.scan FONT` draws it."""


def write_text(path: Path) -> None:
    path.write_bytes("\r\n".join(lines()).encode("gb18030"))


def write_html(path: Path) -> None:
    body = "".join(f"<p>{line}</p>" for line in lines()[1:])
    page = f'<html><head><meta charset="gb2312"><title>{TITLE}</title></head><body><h1>{TITLE}</h1>{body}</body></html>'
    path.write_bytes(page.encode("gb18030"))


def write_docx(path: Path) -> None:
    from docx import Document

    document = Document()
    document.add_heading(TITLE, 0)
    document.add_paragraph(NUMBER)
    for heading, items in SECTIONS:
        document.add_heading(heading, 1)
        for item in items:
            document.add_paragraph("".join(item))
    for line in SIGNATURE:
        document.add_paragraph(line)
    document.save(str(path))


def write_sheet(path: Path) -> None:
    from xlsxwriter import Workbook

    with Workbook(str(path)) as book:
        sheet = book.add_worksheet("工作要点")
        sheet.write(0, 0, TITLE)
        sheet.write_row(2, 0, ["序号", "类别", "工作任务", "内容"])
        row = 3
        for heading, items in SECTIONS:
            for name, content in items:
                number, task = name.rstrip("。").split(".")
                sheet.write_row(row, 0, [int(number), heading[2:], task, content])
                row += 1


def write_slides(path: Path) -> None:
    from pptx import Presentation

    slides = Presentation()
    slides.slides.add_slide(slides.slide_layouts[0]).shapes.title.text = TITLE
    for heading, items in SECTIONS:
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = heading
        slide.placeholders[1].text = "\n".join("".join(item) for item in items)
    slides.save(str(path))


def write_pdf(path: Path) -> None:
    """With a text layer; the font is named only, as Acrobat's Asian fonts are."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path), pagesize=A4)
    canvas.setFont("STSong-Light", 20)
    canvas.drawCentredString(297, 760, TITLE)
    canvas.setFont("STSong-Light", 14)
    y = 720.0
    for line in lines()[1:]:
        shown = line if line in (*HEADINGS, *SIGNATURE, NUMBER) else "\u3000\u3000" + line
        for start in range(0, len(shown), 30):
            canvas.drawString(85, y, shown[start : start + 30])
            y -= 26
    canvas.save()


def write_scan(path: Path) -> None:
    """A PDF that is a picture of the page and nothing else."""
    from PIL import Image

    with Image.open(SCAN) as page:
        page.save(path, "PDF", resolution=150)


def write_picture(path: Path) -> None:
    path.write_bytes(SCAN.read_bytes())


def write_ofd(path: Path) -> None:
    """GB/T 33190 by hand: one page, one text object a line."""
    space = 'xmlns:ofd="http://www.ofdspec.org/2016"'
    objects, y = [], 30
    for number, line in enumerate(lines()):
        for start in range(0, len(line), 32):
            objects.append(
                f'<ofd:TextObject ID="{100 + number * 10 + start}" Boundary="30 {y} 160 6" Font="1" Size="5">'
                f'<ofd:TextCode X="0" Y="5" DeltaX="g 31 5">{line[start : start + 32]}</ofd:TextCode></ofd:TextObject>'
            )
            y += 9
    layer = f'<ofd:Content><ofd:Layer ID="3">{"".join(objects)}</ofd:Layer></ofd:Content>'
    files = {
        "OFD.xml": f'<ofd:OFD {space} Version="1.0" DocType="OFD"><ofd:DocBody><ofd:DocInfo/><ofd:DocRoot>Doc_0/Document.xml'
        "</ofd:DocRoot></ofd:DocBody></ofd:OFD>",
        "Doc_0/Document.xml": f"<ofd:Document {space}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297"
        '</ofd:PhysicalBox></ofd:PageArea></ofd:CommonData><ofd:Pages><ofd:Page ID="1" BaseLoc="Page_0.xml"/></ofd:Pages>'
        "</ofd:Document>",
        "Doc_0/Page_0.xml": f"<ofd:Page {space}>{layer}</ofd:Page>",
    }
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, '<?xml version="1.0" encoding="UTF-8"?>' + content)
    path.write_bytes(packed.getvalue())


def write_zip(path: Path) -> None:
    """With a name in GBK, as Windows packs it."""
    inner = path.with_suffix(".txt")
    write_text(inner)
    info = zipfile.ZipInfo("x" * len("要点.txt".encode("gbk")))
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(info, inner.read_bytes())
    inner.unlink()
    path.write_bytes(path.read_bytes().replace(info.filename.encode(), "要点.txt".encode("gbk")))


WRITERS: dict[str, Callable[[Path], None]] = {
    "gb18030.txt": write_text, "docx": write_docx, "xlsx": write_sheet, "pptx": write_slides, "html": write_html,
    "text-layer.pdf": write_pdf, "scan.pdf": write_scan, "png": write_picture, "ofd": write_ofd, "zip": write_zip,
}  # fmt: skip
