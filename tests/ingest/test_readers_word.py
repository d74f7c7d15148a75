"""Word documents: what is read, in which order, and what is shown before and inside it."""

import io
import zipfile
from pathlib import Path

import docx
import pytest

from ingest.errors import Damaged, NoText, TooLarge
from ingest.readers import ooxml, word
from ingest.readers.builder import Extracted, File
from ingest.readers.numbering import format_number
from tests.ingest.printed_lines import TITLE, encoded, page

NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:m="http://schemas.openxmlformats.org/officeDocument/2006/math" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape"'
)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/"
RELATION = '<Relationship Id="{}" Type="' + OFFICE + '{}" Target="{}"/>'
RELATIONS = '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'


def package(body: str, parts: dict[str, str | bytes] | None = None, core: str = "") -> bytes:
    """A .docx by hand; the parts (`styles`, `numbering`, `header1`, `media/1.png`) become relationships by their names."""
    stored = io.BytesIO()
    relations = RELATION.format("broken", "image", "NULL")
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("_rels/.rels", RELATIONS.format(RELATION.format("r1", "officeDocument", "word/document.xml")))
        archive.writestr("word/document.xml", f"<w:document {NAMES}><w:body>{body}</w:body></w:document>")
        for name, content in (parts or {}).items():
            is_media = name.startswith("media/")
            kind = "image" if is_media else name.rstrip("0123456789")
            relations += RELATION.format(name.rpartition("/")[2], kind, name if is_media else name + ".xml")
            if isinstance(content, str):
                content = f"<w:{kind} {NAMES}>{content}</w:{kind}>"
            archive.writestr(f"word/{name}" if is_media else f"word/{name}.xml", content)
        archive.writestr("word/_rels/document.xml.rels", RELATIONS.format(relations))
        archive.writestr("docProps/core.xml", f'<c xmlns:d="u"><d:title>{core}</d:title></c>')
    return stored.getvalue()


def p(text: str, properties: str = "") -> str:
    return f'<w:p><w:pPr>{properties}</w:pPr><w:r><w:t xml:space="preserve">{text}</w:t></w:r></w:p>'


def numbered(text: str, number_id: int, level: int = 0) -> str:
    return p(text, f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number_id}"/></w:numPr>')


def read(content: bytes) -> Extracted:
    return word.read(File(Path("通知.docx"), content))


def lines(body: str, **parts: str) -> list[str]:
    return read(package(body, dict(parts))).text.splitlines()


def marked(extracted: Extracted) -> list[tuple[str, int]]:
    return [(extracted.text[h.start : h.end], h.level) for h in extracted.headings]


def level(index: int, format: str, text: str, more: str = "") -> str:
    return f'<w:lvl w:ilvl="{index}"><w:start w:val="1"/><w:numFmt w:val="{format}"/>{more}<w:lvlText w:val="{text}"/></w:lvl>'


OFFICIAL = (
    '<w:abstractNum w:abstractNumId="0">'
    + level(0, "chineseCounting", "%1、")
    + level(1, "chineseCountingThousand", "（%2）")
    + level(2, "decimal", "%3.")
    + level(3, "decimalEnclosedCircleChinese", "%4", '<w:suff w:val="nothing"/>')
    + "</w:abstractNum>"
    '<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="2"><w:abstractNumId w:val="0"/></w:num>'
    '<w:num w:numId="3"><w:abstractNumId w:val="0"/>'
    '<w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>'
)


def test_the_four_levels_of_an_official_document_are_numbered_as_word_shows_them() -> None:
    order = [
        ("总体要求", 0),
        ("指导思想", 1),
        ("工作原则", 1),
        ("以人为本", 2),
        ("分级", 3),
        ("分类", 3),
        ("主要任务", 0),
        ("教育", 1),
    ]
    found = lines("".join(numbered(text, 1, at) for text, at in order), numbering=OFFICIAL)
    assert found == [
        "一、总体要求", "（一）指导思想", "（二）工作原则", "1. 以人为本", "①分级", "②分类", "二、主要任务", "（一）教育",
    ]  # fmt: skip


def test_two_numberings_of_one_list_go_on_counting_unless_one_starts_anew() -> None:
    body = numbered("甲", 1) + numbered("乙", 2) + numbered("丙", 3) + numbered("丁", 3)
    assert lines(body, numbering=OFFICIAL) == ["一、甲", "二、乙", "一、丙", "二、丁"]


def test_a_level_without_restart_counts_through_and_legal_levels_are_decimal() -> None:
    numbering = (
        '<w:abstractNum w:abstractNumId="0">'
        + level(0, "chineseCountingThousand", "第%1章")
        + level(1, "chineseCountingThousand", "第%2条", '<w:lvlRestart w:val="0"/>')
        + level(2, "decimal", "%1.%3", "<w:isLgl/>")
        + '</w:abstractNum><w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>'
    )
    body = "".join(numbered(t, 1, at) for t, at in [("总则", 0), ("甲", 1), ("附则", 0), ("乙", 1), ("丙", 2)])
    assert lines(body, numbering=numbering) == ["第一章 总则", "第一条 甲", "第二章 附则", "第二条 乙", "2.1 丙"]


def test_a_style_brings_its_level_of_a_list_and_a_paragraph_can_switch_it_off() -> None:
    numbering = (
        '<w:abstractNum w:abstractNumId="0">'
        + level(0, "decimal", "%1.", '<w:pStyle w:val="a1"/>')
        + level(1, "decimal", "%1.%2", '<w:pStyle w:val="a2"/>')
        + '</w:abstractNum><w:num w:numId="5"><w:abstractNumId w:val="0"/></w:num>'
    )
    styles = "".join(
        f'<w:style w:type="paragraph" w:styleId="a{n}"><w:name w:val="heading {n}"/>'
        '<w:pPr><w:numPr><w:numId w:val="5"/></w:numPr></w:pPr></w:style>'
        for n in (1, 2)
    )
    body = p("总则", '<w:pStyle w:val="a1"/>') + p("目的", '<w:pStyle w:val="a2"/>')
    body += p("说明", '<w:pStyle w:val="a1"/><w:numPr><w:numId w:val="0"/></w:numPr>')
    extracted = read(package(body, {"styles": styles, "numbering": numbering}))
    assert marked(extracted) == [("1. 总则", 1), ("1.1 目的", 2), ("说明", 1)]


@pytest.mark.parametrize(
    ("number", "format", "shown"),
    [
        (10, "chineseCounting", "十"), (21, "chineseCounting", "二十一"), (103, "chineseCountingThousand", "一百零三"),
        (1010, "chineseCountingThousand", "一千零一十"), (110, "chineseCountingThousand", "一百一十"),
        (10, "ideographDigital", "一〇"), (111, "japaneseCounting", "百十一"), (10, "chineseLegalSimplified", "壹拾"),
        (20, "decimalEnclosedCircle", "⑳"), (21, "decimalEnclosedCircle", "21"), (28, "upperLetter", "BB"),
        (14, "lowerRoman", "xiv"), (3, "ideographTraditional", "丙"), (7, "decimalZero", "07"), (5, "unknown", "5"),
    ],
)  # fmt: skip
def test_numbers_are_printed_in_words_formats(number: int, format: str, shown: str) -> None:
    assert format_number(number, format) == shown


def test_headings_come_from_styles_their_parents_and_outline_levels() -> None:
    styles = (
        '<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 1"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="own"><w:name w:val="公文一级"/><w:basedOn w:val="2"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="b3"><w:name w:val="标题 3"/></w:style>'
        '<w:style w:type="paragraph" w:styleId="t"><w:name w:val="Title"/></w:style>'
    )
    body = p("关于印发", '<w:pStyle w:val="t"/>') + p("要点的通知", '<w:pStyle w:val="t"/>')
    body += p("一级", '<w:pStyle w:val="own"/>') + p("三级", '<w:pStyle w:val="b3"/>')
    body += p("二级", '<w:outlineLvl w:val="1"/>') + p("正文", '<w:pStyle w:val="2"/><w:outlineLvl w:val="9"/>')
    extracted = read(package(body, {"styles": styles}))
    assert marked(extracted) == [("一级", 1), ("三级", 3), ("二级", 2)]
    assert extracted.title == "关于印发要点的通知"


def test_the_title_of_the_properties_counts_only_where_the_text_bears_it_out() -> None:
    assert read(package(p("工作要点"), core="工作要点")).title == "工作要点"
    assert read(package(p("工作要点"), core="另一文件的标题")).title == ""
    assert read(package(p("Word 文档"), core="Word 文档")).title == ""


def test_deleted_text_is_left_out_and_inserted_text_shown() -> None:
    body = (
        "<w:p><w:ins><w:r><w:t>新增</w:t></w:r></w:ins><w:del><w:r><w:delText>删去</w:delText></w:r></w:del>"
        "<w:r><w:rPr><w:vanish/></w:rPr><w:t>隐藏</w:t></w:r><w:hyperlink><w:r><w:t>链接</w:t></w:r></w:hyperlink></w:p>"
        "<w:p><w:pPr><w:rPr><w:del/></w:rPr></w:pPr><w:r><w:t>前半</w:t></w:r></w:p>" + p("后半")
    )
    assert lines(body) == ["新增链接", "前半后半"]


def field(*parts: str) -> str:
    return "".join(
        f'<w:r><w:fldChar w:fldCharType="{part}"/></w:r>' if part in {"begin", "separate", "end"} else part
        for part in parts
    )


def test_fields_show_their_results_and_enclosed_characters_are_made() -> None:
    instruction = "<w:r><w:instrText>{}</w:instrText></w:r>"
    page = field("begin", instruction.format("REF x"), "separate", "<w:r><w:t>附件1</w:t></w:r>", "end")
    circle = field("begin", instruction.format(r"eq \o\ac(○,3)"), "end")
    assert lines(f"<w:p>{page}{circle}</w:p>" + p("后文")) == ["附件1③", "后文"]


def test_a_field_that_never_ends_does_not_hide_the_rest() -> None:
    assert lines(f"<w:p>{field('begin')}<w:r><w:t>域</w:t></w:r></w:p>" + p("后文")) == ["后文"]


def test_breaks_end_lines_and_symbols_and_formulas_are_shown() -> None:
    body = '<w:p><w:r><w:t>甲</w:t><w:br/><w:t>乙</w:t><w:sym w:font="Wingdings" w:char="F0FE"/></w:r></w:p>'
    body += "<w:p><m:oMath><m:f><m:num><m:r><m:t>a</m:t></m:r></m:num><m:den><m:r><m:t>b+c</m:t></m:r></m:den></m:f></m:oMath></w:p>"
    assert lines(body) == ["甲", "乙☑", "a/(b+c)"]


def test_a_text_box_is_read_once_although_it_stands_twice_in_the_file() -> None:
    box = "<w:txbxContent>" + p("文本框") + "</w:txbxContent>"
    body = (
        f"<w:p><w:r><w:t>正文</w:t><mc:AlternateContent><mc:Choice Requires='wps'><w:drawing><wps:txbx>{box}</wps:txbx></w:drawing>"
        f"</mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
        "<w:p><w:r><w:pict><v:textpath string='某某市教育局文件'/></w:pict></w:r></w:p>"
    )
    assert lines(body) == ["正文", "文本框", "某某市教育局文件"]


def test_contents_headers_and_footers_are_noise_once_each() -> None:
    styles = '<w:style w:type="paragraph" w:styleId="m"><w:name w:val="toc 1"/></w:style>'
    parts: dict[str, str | bytes] = {
        "styles": styles, "header1": p("某某市教育局"), "header2": p("某某市教育局"), "footer1": p("- 1 -") + p("内部资料"),
    }  # fmt: skip
    body = p("一、总则……1", '<w:pStyle w:val="m"/>') + p("一、总则")
    extracted = read(package(body, parts))
    noise = [extracted.text[span.start : span.end].strip() for span in extracted.noise]
    assert noise == ["某某市教育局", "一、总则……1", "内部资料"]
    assert extracted.text.splitlines() == ["某某市教育局", "一、总则……1", "一、总则", "内部资料"]


def test_notes_stand_at_the_end_in_the_order_of_their_references() -> None:
    body = '<w:p><w:r><w:t>投资额</w:t><w:footnoteReference w:id="7"/></w:r></w:p>' + p("正文")
    notes = (
        f'<w:footnote w:id="0" w:type="separator">{p("线")}</w:footnote><w:footnote w:id="7">{p("万元")}</w:footnote>'
    )
    assert lines(body, footnotes=notes) == ["投资额", "正文", "注1：万元"]


def cell(text: str, properties: str = "", more: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(text)}{more}</w:tc>"


def table(*rows: str) -> str:
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def test_merged_cells_are_repeated_in_every_row_that_they_cover() -> None:
    body = table(
        cell("区") + cell("学校名称") + cell("学位"),
        cell("海沧区", '<w:vMerge w:val="restart"/>') + cell("第一小学") + cell("1080"),
        cell("", "<w:vMerge/>") + cell("第二小学") + cell("960"),
        cell("合计", '<w:gridSpan w:val="2"/>') + cell("2040"),
    )
    extracted = read(package(body))
    assert [row.reading for row in extracted.rows] == [
        "区：海沧区 | 学校名称：第一小学 | 学位：1080",
        "区：海沧区 | 学校名称：第二小学 | 学位：960",
        "合计 | 学位：2040",
    ]


def test_a_column_numbered_automatically_has_its_numbers() -> None:
    rows = [f"<w:tc>{numbered('', 1)}</w:tc>" + cell(name) for name in ("甲", "乙")]
    body = table(cell("序号") + cell("名称"), *rows)
    assert lines(body, numbering=OFFICIAL.replace("chineseCounting", "decimal", 1).replace("%1、", "%1"))[-2:] == [
        "序号：1 | 名称：甲", "序号：2 | 名称：乙",
    ]  # fmt: skip


def test_nested_tables_are_read_in_their_cell_and_frames_of_one_column_as_text() -> None:
    inner = table(cell("内1") + cell("内2"))
    assert lines(table(cell("外", more=inner) + cell("旁"))) == ["外 内1 内2 | 旁"]
    assert lines(table(cell("框", more=table(cell("甲") + cell("乙"))))) == ["框", "甲 | 乙"]


def test_rows_marked_as_repeated_are_the_header() -> None:
    body = table(cell("1") + cell("2"), cell("3") + cell("4")).replace(
        "<w:tr>", "<w:tr><w:trPr><w:tblHeader/></w:trPr>", 1
    )
    assert lines(body) == ["1：3 | 2：4"]


def test_content_controls_and_what_python_docx_writes_are_read() -> None:
    document = docx.Document()
    document.add_heading("总则", 1)
    document.add_paragraph("第一段")
    grid = document.add_table(2, 2)
    grid.cell(0, 0).merge(grid.cell(0, 1)).text = "合并"
    grid.cell(1, 0).text, grid.cell(1, 1).text = "甲", "乙"
    stored = io.BytesIO()
    document.save(stored)
    extracted = read(stored.getvalue())
    assert marked(extracted) == [("总则", 1)]
    assert extracted.text.splitlines() == ["总则", "第一段", "合并", "甲 | 乙"]
    assert lines(f"<w:sdt><w:sdtContent>{p('控件')}</w:sdtContent></w:sdt>") == ["控件"]


def picture(width: int, *lines: str) -> bytes:
    """A white picture of a width, with lines of print."""
    return encoded(page(*[(line, 40, 60 + 80 * i) for i, line in enumerate(lines)], size=(width, 400)))


def drawing(name: str) -> str:
    return f'<w:p><w:r><w:drawing><a:blip r:embed="{name}"/></w:drawing></w:r></w:p>'


@pytest.mark.slow
def test_pictures_are_read_where_they_stand_each_once_and_small_ones_not() -> None:
    media: dict[str, str | bytes] = {
        "media/1.png": picture(600, TITLE),
        "media/2.png": picture(601),
        "media/3.png": picture(50),
    }
    body = drawing("1.png") + drawing("1.png") + drawing("2.png") + drawing("3.png") + drawing("broken")
    extracted = read(package(body, media))
    assert extracted.text == TITLE + "\n"
    assert extracted.gaps == ("第 2 幅图片没有识别出文字",)


@pytest.mark.slow
def test_a_picture_without_print_is_no_gap_beside_text() -> None:
    assert read(package(p("正文") + drawing("1.png"), {"media/1.png": picture(600)})).gaps == ()


@pytest.mark.slow
def test_a_document_without_text_says_what_it_holds() -> None:
    with pytest.raises(NoText, match="正文是空的"):
        read(package(p("")))
    with pytest.raises(NoText, match="只有图片"):
        read(package(drawing("1.png"), {"media/1.png": picture(600)}))
    with pytest.raises(NoText, match="1 个嵌入的附件"):
        read(package('<w:p><w:r><w:object><o:OLEObject ProgID="Excel.Sheet.8"/></w:object></w:r></w:p>'))


def test_damaged_xml_is_read_as_far_as_it_goes_and_said_so() -> None:
    extracted = read(package(p("完好的一段") + "<w:p><w:r><w:t>断"))
    assert extracted.text.startswith("完好的一段\n")
    assert any("损坏" in gap for gap in extracted.gaps)


def test_what_is_no_word_file_and_what_unpacks_to_too_much_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Damaged):
        read(b"PK\x03\x04" + b"\0" * 40)
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("a.txt", "x")
    with pytest.raises(Damaged):
        read(stored.getvalue())
    monkeypatch.setattr(ooxml, "LARGEST_PACKAGE", 100)
    with pytest.raises(TooLarge):
        read(package(p("正文")))


def test_an_entity_bomb_is_not_unfolded() -> None:
    bomb = '<!DOCTYPE x [<!ENTITY a "长长长长"><!ENTITY b "&a;&a;&a;">]>'
    document = f"{bomb}<w:document {NAMES}><w:body>{p('正文&b;')}{p('后文')}</w:body></w:document>"
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("word/document.xml", document)
    assert "长" not in read(stored.getvalue()).text
