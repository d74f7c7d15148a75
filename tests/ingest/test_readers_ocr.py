"""Recognition of print, on pictures of lines that the tests carry with them (`printed_lines`)."""

import io
import logging
import socket
from pathlib import Path

import pytest
from PIL import Image, ImageDraw

from ingest.errors import Damaged, EmptyFile, NoText
from ingest.readers import image as image_reader
from ingest.readers.builder import File
from ingest.readers.layout import Piece
from ingest.readers.ocr import image_lines, recognise
from ingest.readers.scan_rules import divided
from tests.ingest.printed_lines import ARTICLE, PLACES, TITLE, encoded, page

pytestmark = pytest.mark.slow

SHEET = ((TITLE, 200, 40), (ARTICLE, 80, 160), (PLACES, 80, 260))


def test_print_on_an_image_is_read_line_by_line() -> None:
    assert image_lines(page(*SHEET)) == [TITLE, ARTICLE, PLACES]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_page_on_its_side_or_its_head_is_read_in_order(degrees: int) -> None:
    assert image_lines(page(*SHEET).rotate(degrees, expand=True)) == [TITLE, ARTICLE, PLACES]


def test_a_photograph_is_turned_as_its_camera_says() -> None:
    turned = page(*SHEET).rotate(90, expand=True)
    exif = Image.Exif()
    exif[0x0112] = 6
    buffer = io.BytesIO()
    turned.save(buffer, "JPEG", exif=exif, quality=95)
    assert image_lines(Image.open(buffer)) == [TITLE, ARTICLE, PLACES]


def test_black_print_on_a_transparent_ground_is_read() -> None:
    sheet = page(*SHEET)
    clear = Image.new("RGBA", sheet.size, (0, 0, 0, 0))
    ink = sheet.convert("L").point(lambda value: 255 - value)
    clear.paste((0, 0, 0, 255), mask=ink)
    assert image_lines(clear) == [TITLE, ARTICLE, PLACES]


def test_a_long_screenshot_is_not_made_smaller_than_legible() -> None:
    lines = [(ARTICLE, 40, 60 + 300 * i) for i in range(30)]
    assert image_lines(page(*lines, size=(640, 9_100))) == [ARTICLE] * 30


def test_nothing_is_downloaded_and_nothing_logged(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    from ingest.readers import ocr

    def refuse(*_: object) -> None:
        raise AssertionError("a connection was asked for")

    ocr._engine.cache_clear()
    monkeypatch.setattr(socket, "getaddrinfo", refuse)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    assert image_lines(page((TITLE, 40, 40))) == [TITLE]
    assert capfd.readouterr() == ("", "")
    assert not logging.getLogger("RapidOCR").isEnabledFor(logging.WARNING)


def test_an_empty_page_has_no_print() -> None:
    found = recognise(Image.new("RGB", (300, 200), "white"))
    assert found.prints == () and found.dropped == 0


def test_an_image_file_becomes_paragraphs_with_its_title() -> None:
    read = image_reader.read(File(Path("a.png"), encoded(page(*SHEET))))
    assert read.text.splitlines() == [TITLE, ARTICLE, PLACES]


def test_a_ruled_table_on_an_image_is_read_cell_by_cell() -> None:
    sheet = page((TITLE, 110, 110), (PLACES, 560, 110), (PLACES, 110, 210), (TITLE, 560, 210), size=(1_050, 500))
    pen = ImageDraw.Draw(sheet)
    for y in (90, 180, 280):
        pen.line((60, y, 1_000, y), fill="black", width=3)
    for x in (60, 530, 1_000):
        pen.line((x, 90, x, 280), fill="black", width=3)
    tables = recognise(sheet).page().tables
    assert [table.rows for table in tables] == [((TITLE, PLACES), (PLACES, TITLE))]


@pytest.mark.parametrize("degrees", [1.0, -2.5])
def test_a_ruled_table_on_a_sheet_that_lay_crooked_is_read_cell_by_cell(degrees: float) -> None:
    sheet = page((TITLE, 110, 110), (PLACES, 560, 110), (PLACES, 110, 210), (TITLE, 560, 210), size=(1_050, 500))
    pen = ImageDraw.Draw(sheet)
    for y in (90, 180, 280):
        pen.line((60, y, 1_000, y), fill="black", width=3)
    for x in (60, 530, 1_000):
        pen.line((x, 90, x, 280), fill="black", width=3)
    tables = recognise(sheet.rotate(degrees, resample=Image.Resampling.BICUBIC, fillcolor="white")).page().tables
    assert [table.rows for table in tables] == [((TITLE, PLACES), (PLACES, TITLE))]


def test_print_read_over_an_upright_rule_is_divided_there() -> None:
    whole = Piece("测试甲乙", 0, 0, 48, 12, 12)
    parts = divided([whole], [(25, -20, 25, 40)])
    assert [(p.text, p.left, p.right) for p in parts] == [("测试", 0, 24), ("甲乙", 25, 48)]


def test_every_page_of_a_tiff_is_read_and_reported() -> None:
    buffer = io.BytesIO()
    page((TITLE, 40, 40)).save(buffer, "TIFF", save_all=True, append_images=[page((PLACES, 40, 40))])
    shares: list[float] = []
    read = image_reader.read(File(Path("a.tif"), buffer.getvalue(), shares.append))
    assert [line for line in read.text.splitlines()] == [TITLE, PLACES]
    assert shares == [0.5, 1.0]


def test_an_image_without_print_says_so() -> None:
    with pytest.raises(NoText, match="没有识别出文字"):
        image_reader.read(File(Path("a.png"), encoded(Image.new("RGB", (200, 200), "white"))))


@pytest.mark.parametrize("content", [b"no image", encoded(page(*SHEET))[:900]])
def test_a_broken_image_is_damaged(content: bytes) -> None:
    with pytest.raises(Damaged):
        image_reader.read(File(Path("a.png"), content))


def test_an_empty_image_file_is_empty() -> None:
    with pytest.raises(EmptyFile):
        image_reader.read(File(Path("a.png"), b""))
