"""Slides: titles, the order of shapes, tables, charts, notes, and what is noise."""

import io
import zipfile
from pathlib import Path
from typing import Any

import pptx
import pytest

from ingest.errors import Damaged, NoText
from ingest.readers import slides
from ingest.readers.builder import Extracted, File
from ingest.readers.ooxml import MC, A, R
from tests.ingest.printed_lines import TITLE, encoded, page

BOX = 2_000_000
DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"


def presentation() -> Any:
    return pptx.Presentation()


def slide(deck: Any, layout: int = 6) -> Any:
    return deck.slides.add_slide(deck.slide_layouts[layout])


def box(on: Any, text: str, left: int, top: int) -> Any:
    shape = on.shapes.add_textbox(left, top, BOX, BOX)
    shape.text_frame.text = text
    return shape


def saved(deck: Any) -> bytes:
    stored = io.BytesIO()
    deck.save(stored)
    return stored.getvalue()


def read(deck: Any, *titles: str) -> Extracted:
    return slides.read(File(Path("汇报.pptx"), saved(deck)), titles)


def test_the_title_comes_first_as_a_heading_then_shapes_from_top_to_bottom() -> None:
    deck = presentation()
    page = slide(deck, 5)
    box(page, "右下", 3 * BOX, 3 * BOX)
    box(page, "左下", 0, 3 * BOX + 1000)
    box(page, "上", BOX, BOX)
    page.shapes.title.text = "工作\v汇报"
    extracted = read(deck)
    assert extracted.text.splitlines() == ["工作汇报", "上", "左下", "右下"]
    assert [extracted.text[h.start : h.end] for h in extracted.headings] == ["工作汇报"]
    assert extracted.title == "工作汇报"


def test_groups_hidden_slides_and_notes_are_read() -> None:
    deck = presentation()
    page = slide(deck)
    page._element.set("show", "0")
    group = page.shapes.add_group_shape()
    box(group, "组内", 0, 0)
    page.notes_slide.notes_text_frame.text = "第一点\n第二点"
    assert read(deck).text.splitlines() == ["组内", "备注：第一点", "备注：第二点"]


def test_tables_repeat_merged_cells_and_charts_read_as_tables() -> None:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    deck = presentation()
    page = slide(deck)
    grid = page.shapes.add_table(3, 2, 0, 0, BOX, BOX).table
    for row, texts in enumerate([("单位", "数量"), ("一小", "1080"), ("", "960")]):
        for column, text in enumerate(texts):
            grid.cell(row, column).text = text
    grid.cell(1, 0).merge(grid.cell(2, 0))
    data = CategoryChartData()
    data.categories = ["2022年", "2023年"]
    data.add_series("学位", (1.1, 4.4))
    page.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, 0, 2 * BOX, BOX, BOX, data)
    assert [row.reading for row in read(deck).rows] == [
        "单位：一小 | 数量：1080", "单位：一小 | 数量：960", "类别：2022年 | 学位：1.1", "类别：2023年 | 学位：4.4",
    ]  # fmt: skip


def test_footers_are_noise_once_and_slide_numbers_are_left_out() -> None:
    deck = presentation()
    for number in ("1", "2"):
        page = slide(deck)
        box(page, f"正文{number}", 0, 0)
        for kind, text in (("ftr", "某某市教育局"), ("sldNum", number)):
            shape = box(page, text, 0, 3 * BOX)
            placeholder = shape._element.makeelement(slides.P + "ph", {"type": kind})
            shape._element.find(f".//{slides.P}nvPr").append(placeholder)
    extracted = read(deck)
    assert extracted.text.splitlines() == ["正文1", "某某市教育局", "正文2"]
    assert [extracted.text[n.start : n.end].strip() for n in extracted.noise] == ["某某市教育局"]


def test_automatic_numbers_are_printed() -> None:
    deck = presentation()
    shape = box(slide(deck), "甲\n乙\n丙\n丁", 0, 0)
    kinds = (("ea1ChsPeriod", "0"), ("ea1ChsPeriod", "0"), ("arabicParenBoth", "1"), ("ea1ChsPeriod", "0"))
    for paragraph, (kind, level) in zip(shape.text_frame.paragraphs, kinds, strict=True):
        properties = paragraph._p.get_or_add_pPr()
        properties.set("lvl", level)
        properties.append(properties.makeelement(A + "buAutoNum", {"type": kind}))
    assert read(deck).text.splitlines() == ["一、甲", "二、乙", "(1) 丙", "三、丁"]


def test_shapes_for_newer_programs_are_read() -> None:
    deck = presentation()
    page = slide(deck)
    shape = box(page, "含公式的文字", 0, 0)._element
    wrapper = shape.makeelement(MC + "AlternateContent", {})
    choice = shape.makeelement(MC + "Choice", {"Requires": "a14"})
    shape.addprevious(wrapper)
    wrapper.append(choice)
    choice.append(shape)
    assert read(deck).text == "含公式的文字\n"


def test_smart_art_is_read_from_its_data() -> None:
    from pptx.opc.package import Part
    from pptx.opc.packuri import PackURI

    deck = presentation()
    page = slide(deck)
    points = "".join(f"<d:pt><d:t><a:p><a:r><a:t>{t}</a:t></a:r></a:p></d:t></d:pt>" for t in ("组长", "副组长"))
    data = f'<d:dataModel xmlns:d="{DIAGRAM}" xmlns:a="{A[1:-1]}"><d:ptLst>{points}</d:ptLst></d:dataModel>'
    part = Part(PackURI("/ppt/diagrams/data1.xml"), "application/xml", page.part.package, data.encode())
    relation = page.part.relate_to(part, "http://example.org/diagramData")
    frame = page.shapes.add_table(1, 1, 0, 0, BOX, BOX)._element
    graphic = frame.find(f".//{A}graphicData")
    graphic.clear()
    graphic.set("uri", DIAGRAM)
    graphic.append(graphic.makeelement(slides.DIAGRAM, {R + "dm": relation}))
    assert read(deck).text.splitlines() == ["组长", "副组长"]


@pytest.mark.slow
def test_pictures_are_read_by_ocr() -> None:
    deck = presentation()
    slide(deck).shapes.add_picture(io.BytesIO(encoded(page((TITLE, 40, 60), size=(600, 400)))), 0, 0)
    assert read(deck).text == TITLE + "\n"


def test_titles_can_be_given_for_files_that_do_not_mark_them() -> None:
    deck = presentation()
    page = slide(deck)
    box(page, "内容", 0, 0)
    box(page, "标 题", 0, 2 * BOX)
    extracted = read(deck, "标题")
    assert extracted.text.splitlines() == ["标 题", "内容"]
    assert len(extracted.headings) == 1


def test_a_relationship_to_nothing_does_not_cost_the_slides() -> None:
    deck = presentation()
    box(slide(deck), "正文", 0, 0)
    whole, broken = zipfile.ZipFile(io.BytesIO(saved(deck))), io.BytesIO()
    with zipfile.ZipFile(broken, "w") as archive:
        for name in whole.namelist():
            content = whole.read(name)
            if name == "ppt/slides/_rels/slide1.xml.rels":
                relation = b'<Relationship Id="rId99" Type="http://example.org/image" Target="NULL"/></Relationships>'
                content = content.replace(b"</Relationships>", relation)
            archive.writestr(name, content)
    assert slides.read(File(Path("汇报.pptx"), broken.getvalue())).text == "正文\n"


def test_slides_without_text_and_broken_files_are_refused() -> None:
    deck = presentation()
    slide(deck)
    with pytest.raises(NoText, match="幻灯片里没有文字"):
        read(deck)
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(Damaged):
        slides.read(File(Path("汇报.pptx"), stored.getvalue()))
