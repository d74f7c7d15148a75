"""What a PDF says does not depend on the fonts of the machine: read where there are none and where there is a Chinese one."""

from pathlib import Path

import pytest
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from evals import fonts
from ingest.readers import pdf
from ingest.readers.builder import File
from tests.ingest.printed_lines import ARTICLE, PLACES, TITLE, page
from tests.ingest.referring_pdf import referring_pdf

pytestmark = pytest.mark.slow

LINE = "自2024年3月起新增学位1250个"


def _by_standard_font(path: Path) -> None:
    """Each character an object of its own, as Word writes changes of font, and a line repeated lower down."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path), pagesize=(595, 842))
    canvas.setFont("STSong-Light", 12)
    for height in (700, 660):
        for i, character in enumerate(LINE):
            canvas.drawString(72 + 12 * i, height, character)
    canvas.save()


def _scan_with_stamp(path: Path) -> None:
    """A scanned page with a date printed on it in a font that is not embedded: recognised from the rendered page."""
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path), pagesize=(595, 842))
    sheet = page((TITLE, 200, 40), (ARTICLE, 80, 160), (PLACES, 80, 420), size=(800, 1_100))
    canvas.drawImage(ImageReader(sheet), 0, 0, 595, 842)
    canvas.setFont("STSong-Light", 20)
    canvas.drawString(300, 200, "二〇二四年三月")
    canvas.save()


def _origins(folder: Path) -> dict[str, Path]:
    """One PDF of each way to name a font that is not in the file."""
    paths = {name: folder / f"{name}.pdf" for name in ("standard", "stamp", "gb1", "identity", "symbolic", "ucs2")}
    _by_standard_font(paths["standard"])
    _scan_with_stamp(paths["stamp"])
    paths["gb1"].write_bytes(referring_pdf(LINE, encoding="Identity-H", ordering="GB1"))
    paths["identity"].write_bytes(referring_pdf(LINE))
    paths["symbolic"].write_bytes(referring_pdf(LINE, symbolic=True))
    paths["ucs2"].write_bytes(referring_pdf(LINE, encoding="UniGB-UCS2-H", ordering="GB1"))
    return paths


@pytest.mark.skipif(
    not fonts.namespaces_work(), reason="needs Linux and the right to mount in a namespace of one's own"
)
def test_pdfs_of_every_origin_say_the_same_with_and_without_fonts_on_the_machine(tmp_path: Path) -> None:
    paths = _origins(tmp_path)
    bare = dict(zip(paths, fonts.read_all(list(paths.values()), installed=False), strict=True))
    full = dict(zip(paths, fonts.read_all(list(paths.values()), installed=True), strict=True))
    for name in paths:
        assert (bare[name].text, bare[name].gaps) == (full[name].text, full[name].gaps), name
    assert bare["standard"].layer != full["standard"].layer  # the fonts are hidden: PDFium alone reads otherwise
    said = {name: reading.text.replace(" ", "") for name, reading in bare.items()}  # figures stand an em apart here
    assert said["standard"].count(LINE) == 2
    for name in ("gb1", "identity", "symbolic", "ucs2"):
        assert LINE in said[name], name
    assert "四年三月" in said["stamp"]


def test_a_character_that_no_font_has_is_read_all_the_same() -> None:
    text = "甲ก乙\U00030000丙丁"
    assert pdf.read(File(Path("a.pdf"), referring_pdf(text))).text.strip() == text
