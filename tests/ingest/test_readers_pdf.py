"""PDFs written with ReportLab (Chinese by reference to a standard font) and read back."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

from ingest.document import Span
from ingest.errors import Damaged, EmptyFile, Encrypted, NoText
from ingest.readers import pdf
from ingest.readers.builder import Extracted, File
from ingest.text import visible
from tests.ingest.printed_lines import ARTICLE, PLACES, TITLE, page

FONT = "STSong-Light"
FULL = "为了规范测试文件的管理保证文件的质量根据有关法律和行政法规结合本市的实际制定办法"


def written(*draw: Callable[[Canvas], None], encrypt: StandardEncryption | None = None) -> bytes:
    """A PDF with one page for every function."""
    pdfmetrics.registerFont(UnicodeCIDFont(FONT))
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(595, 842), encrypt=encrypt)
    for each in draw:
        canvas.setFont(FONT, 12)
        each(canvas)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def read(content: bytes) -> Extracted:
    return pdf.read(File(Path("a.pdf"), content))


def body(canvas: Canvas) -> None:
    for i in range(4):
        canvas.drawString(96 if i == 0 else 72, 700 - 20 * i, FULL[: 36 if i == 0 else 38])
    canvas.drawString(72, 620, "制定本办法。")


PARAGRAPH = FULL[:36] + FULL[:38] * 3 + "制定本办法。"


def scan(canvas: Canvas) -> None:
    sheet = page((TITLE, 200, 40), (ARTICLE, 80, 160), (PLACES, 80, 420), size=(800, 1_100))
    canvas.drawImage(ImageReader(sheet), 0, 0, 595, 842)


def test_lines_become_paragraphs_and_the_largest_print_the_title() -> None:
    def first(canvas: Canvas) -> None:
        canvas.setFont(FONT, 22)
        canvas.drawCentredString(297, 770, "测试文件管理办法")
        canvas.setFont(FONT, 12)
        body(canvas)

    got = read(written(first))
    assert got.text.splitlines() == ["测试文件管理办法", PARAGRAPH]
    assert got.title == "测试文件管理办法"


def test_running_lines_are_noise_inside_a_sentence_that_goes_on_over_the_page() -> None:
    def number(n: int) -> Callable[[Canvas], None]:
        def draw(canvas: Canvas) -> None:
            canvas.drawString(72, 810, "测试文件汇编")
            canvas.drawCentredString(297, 30, f"- {n} -")
            for i in range(30):
                canvas.drawString(72, 720 - 20 * i, FULL[n : n + 38])

        return draw

    got = read(written(*[number(n) for n in (1, 2, 3)]))
    text = visible(got.text, Span(0, len(got.text)), got.noise)
    assert text.strip() == "".join(FULL[n : n + 38] * 30 for n in (1, 2, 3))


def test_a_ruled_table_is_read_by_its_headers_in_its_place() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 760, "学位如下：")
        for y in (700, 720, 740):
            canvas.line(72, y, 372, y)
        for x in (72, 172, 272, 372):
            canvas.line(x, 700, x, 740)
        for k, text in enumerate(("学校名称", "学位数量", "备注")):
            canvas.drawString(76 + 100 * k, 725, text)
        for k, text in enumerate(("第一小学", "1080", "新建")):
            canvas.drawString(76 + 100 * k, 705, text)
        canvas.drawString(72, 660, "请知悉。")

    got = read(written(draw))
    assert got.text.splitlines() == ["学位如下：", "学校名称：第一小学 | 学位数量：1080 | 备注：新建", "请知悉。"]
    assert len(got.rows) == 1


def test_print_drawn_twice_for_boldness_is_read_once() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "总体要求")
        canvas.drawString(72.3, 700, "总体要求")

    assert read(written(draw)).text == "总体要求\n"


def test_a_watermark_across_the_page_is_noise() -> None:
    def draw(canvas: Canvas) -> None:
        body(canvas)
        canvas.translate(300, 400)
        canvas.rotate(45)
        canvas.setFont(FONT, 60)
        canvas.drawString(-100, 0, "内部资料")

    extracted = read(written(draw))
    assert extracted.text.splitlines() == [PARAGRAPH, "内部资料"]
    assert [extracted.text[n.start : n.end].strip() for n in extracted.noise] == ["内部资料"]


@pytest.mark.slow
@pytest.mark.parametrize("angle", [90, 180, 270])
def test_a_page_printed_on_its_side_is_read_upright(angle: int) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.translate(297, 421)
        canvas.rotate(angle)
        for i, line in enumerate(("一、总体要求", "二、主要任务", "三、保障措施")):
            canvas.drawString(-200, 100 - 30 * i, line)

    assert read(written(draw)).text.splitlines() == ["一、总体要求", "二、主要任务", "三、保障措施"]


def test_print_beside_the_text_is_read_after_it() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rotate(90)
        canvas.drawString(300, -40, "存档")
        canvas.rotate(-90)
        body(canvas)

    assert read(written(draw)).text.splitlines() == [PARAGRAPH, "存档"]


@pytest.mark.slow
def test_a_scanned_page_is_recognised_and_the_others_are_not() -> None:
    shares: list[float] = []
    got = pdf.read(File(Path("a.pdf"), written(body, scan), shares.append))
    assert got.text.splitlines() == [PARAGRAPH, TITLE, ARTICLE, PLACES]
    assert shares == [0.5, 1.0] and got.gaps == ()


@pytest.mark.slow
def test_a_scan_with_a_printed_page_number_is_recognised_too() -> None:
    def stamped(canvas: Canvas) -> None:
        scan(canvas)
        canvas.drawCentredString(297, 30, "2")

    assert ARTICLE in read(written(body, stamped)).text


@pytest.mark.slow
def test_a_page_without_any_print_is_a_gap() -> None:
    def picture(canvas: Canvas) -> None:
        canvas.drawImage(ImageReader(page()), 0, 0, 595, 842)

    got = read(written(body, picture))
    assert got.gaps == ("第 2 页没有识别出文字",)
    with pytest.raises(NoText, match="共 1 页"):
        read(written(picture))


def test_an_empty_page_is_no_gap() -> None:
    assert read(written(body, lambda canvas: None)).gaps == ()


def test_what_was_filled_into_a_form_is_read() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.drawString(72, 700, "单位名称：")
        canvas.acroForm.textfield(name="unit", value="Youju 2026", x=150, y=690, width=200, height=24)

    assert "Youju 2026" in read(written(draw)).text


def test_a_password_is_asked_for_and_an_owners_alone_is_not() -> None:
    with pytest.raises(Encrypted):
        read(written(body, encrypt=StandardEncryption("secret", "owner")))
    assert read(written(body, encrypt=StandardEncryption("", "owner", canCopy=0))).text.splitlines() == [PARAGRAPH]


@pytest.mark.parametrize("content", [b"no pdf", b"%PDF-1.4\n%%EOF"])
def test_a_broken_file_is_damaged(content: bytes) -> None:
    with pytest.raises(Damaged):
        read(content)


def test_an_empty_file_is_empty() -> None:
    with pytest.raises(EmptyFile):
        read(b"")


def test_the_quarter_em_that_word_sets_between_chinese_and_figures_is_no_blank() -> None:
    def spaced(canvas: Canvas) -> None:
        for text, x in (("自", 72), ("2024", 87), ("年", 114), ("3", 129), ("月起", 138)):
            canvas.drawString(x, 700, text)
        canvas.drawString(72, 660, "表 2 说明")

    assert read(written(spaced)).text.splitlines() == ["自2024年3月起", "表 2 说明"]
