"""Spreadsheets: cells as shown, tables in order, and files that are none."""

import io
import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlwt

from ingest.errors import Damaged, Encrypted, NoText
from ingest.readers import sheets
from ingest.readers.builder import Extracted, File
from ingest.readers.sheet_format import plain, shown


def read(content: bytes, name: str = "表.xlsx") -> Extracted:
    return sheets.read(File(Path(name), content))


def workbook(**parts: list[list[Any]]) -> bytes:
    """An .xlsx with a sheet for each argument; a tuple is a value and its number format."""
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        for name, rows in parts.items():
            sheet = book.add_worksheet(name)
            for i, row in enumerate(rows):
                for j, cell in enumerate(row):
                    value, code = cell if isinstance(cell, tuple) else (cell, None)
                    style = book.add_format({"num_format": code}) if code else None
                    if isinstance(value, datetime | date):
                        sheet.write_datetime(i, j, value, style)
                    else:
                        sheet.write(i, j, value, style)
    return content.getvalue()


# (value, format, what the cell shows)
SHOWN = [
    (3.0, "General", "3"),
    (0.1 + 0.2, "General", "0.3"),
    (6779.0725293054, "0.00", "6779.07"),
    (1080.0, "#,##0", "1,080"),
    (0.853, "0%", "85%"),
    (0.8117, "0.00%", "81.17%"),
    (2.5, "0.0", "2.5"),
    (2.5, "0", "3"),
    (12.0, "0000", "0012"),
    (1234.5, '#,##0.00"元"', "1,234.50元"),
    (98.0, "[$¥-804]#,##0", "¥98"),
    (12345.0, "#,##0,", "12"),
    (-5.0, "0.00;[Red]0.00", "-5.00"),
    (-5.0, "#,##0_);(#,##0)", "(5)"),
    (0.0, '0;-0;"-"', "-"),
    (12345.0, '0!.0,"万"', "12345"),
    (44987.0, "yyyy/m/d", "2023-03-02"),
    (44987.0, 'yyyy"年"m"月"d"日"', "2023年3月2日"),
    (44987.0, 'yyyy"年"m"月"', "2023年3月"),
    (44987.0, "yyyy-mm", "2023-03"),
    (44987.0, "[$-804]m月d日", "3月2日"),
    (44987.5, "yyyy-m-d h:mm", "2023-03-02 12:00"),
    (0.604166666666667, "h:mm", "14:30"),
    (1.5, "[h]:mm", "36:00"),
    (0.5, "# ?/?", "0.5"),
    (7.0, "[>5]0.00;0", "7"),
    (1.0, ";;;", "1"),
    (59.0, "yyyy-mm-dd", "1900-02-28"),
    (44987.0, "m" * 5000, "44987"),  # no format that Excel would take
]


@pytest.mark.parametrize(("value", "code", "text"), SHOWN)
def test_numbers_read_as_the_cell_shows_them(value: float, code: str, text: str) -> None:
    assert shown(value, code) == text


def test_a_number_without_a_format_has_no_tail() -> None:
    assert [plain(value) for value in (1e10, 350200000000000.0, -0.5, 1e-3)] == [
        "10000000000",
        "350200000000000",
        "-0.5",
        "0.001",
    ]


def test_a_sheet_reads_row_by_row_with_its_headers() -> None:
    got = read(
        workbook(
            Sheet1=[["学校", "学位", "占比", "时间"], ["一小", 1080, (0.85, "0%"), (date(2023, 3, 2), "yyyy/m/d")]]
        )
    )
    assert got.text == "学校：一小 | 学位：1080 | 占比：85% | 时间：2023-03-02\n"
    assert [got.text[row.start : row.end] for row in got.rows] == [row.reading for row in got.rows]


def test_sheets_that_have_names_are_headings() -> None:
    got = read(workbook(学位=[["甲", "乙"]], 教师=[["丙", "丁"]]))
    assert got.text == "学位\n甲 | 乙\n教师\n丙 | 丁\n"
    assert [got.text[h.start : h.end] for h in got.headings] == ["学位", "教师"]


def test_empty_rows_part_tables_and_lone_cells_are_lines() -> None:
    got = read(
        workbook(
            Sheet1=[
                ["学位情况"],
                [],
                ["学校", "学位"],
                ["一小", 5],
                [],
                ["姓名", "年龄"],
                ["张三", 40],
                [],
                ["注：快报数"],
            ]
        )
    )
    assert got.text == "学位情况\n学校：一小 | 学位：5\n姓名：张三 | 年龄：40\n注：快报数\n"


def test_tables_side_by_side_are_two_where_both_have_headers() -> None:
    got = read(workbook(Sheet1=[["学校", "学位", None, "姓名", "年龄"], ["一小", 5, None, "张三", 40]]))
    assert got.text == "学校：一小 | 学位：5\n姓名：张三 | 年龄：40\n"


def test_merged_cells_stand_in_every_row_and_column() -> None:
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.merge_range("A1:A2", "地区")
        sheet.merge_range("B1:C1", "学生")
        sheet.write_row("B2", ["男", "女"])
        sheet.merge_range("A3:A4", "海沧")
        sheet.write_row("B3", [1, 2])
        sheet.write_row("B4", [3, 4])
    assert (
        read(content.getvalue()).text == "地区：海沧 | 学生/男：1 | 学生/女：2\n地区：海沧 | 学生/男：3 | 学生/女：4\n"
    )


def test_hidden_sheets_text_boxes_and_comments_are_read() -> None:
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        first, second = book.add_worksheet("明"), book.add_worksheet("暗")
        first.write("A1", "一")
        first.write_comment("A1", "以此为准")
        first.insert_textbox("C3", "文本框")
        second.write("A1", "二")
        second.hide()
    assert read(content.getvalue()).text == "明\n一\n批注：以此为准\n文本框\n暗\n二\n"


def test_a_text_box_on_a_sheet_without_cells_is_read_too() -> None:
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.add_worksheet("空").insert_textbox("C3", "文本框")
        book.add_worksheet("明").write("A1", "一")
    assert read(content.getvalue()).text.endswith("一\n文本框\n")


def test_formulas_and_errors_read_as_shown() -> None:
    import xlsxwriter

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        sheet.write_row("A1", ["项目", "数量"])
        sheet.write("A2", "合计")
        sheet.write_formula("B2", "=SUM(B3:B4)", None, 42)
        sheet.write("A3", "缺")
        sheet.write_formula("B3", "=NA()", None, "#N/A")
    assert read(content.getvalue()).text == "项目：合计 | 数量：42\n项目：缺 | 数量：#N/A\n"


def test_old_workbooks_read_alike() -> None:
    book = xlwt.Workbook(encoding="utf-8")
    sheet = book.add_sheet("学位")
    rows: list[list[Any]] = [["学校", "占比", "时间"], ["一小", 0.5, date(2023, 3, 2)]]
    for i, row in enumerate(rows):
        for j, value in enumerate(row):
            code = {float: "0.0%", date: 'yyyy"年"m"月"'}.get(type(value), "General")
            sheet.write(i, j, value, xlwt.easyxf(num_format_str=code))
    sheet.write_merge(2, 2, 0, 2, "注：快报数")
    content = io.BytesIO()
    book.save(content)
    for name in ("表.xls", "表.et"):
        assert read(content.getvalue(), name).text == "学位\n学校：一小 | 占比：50.0% | 时间：2023年3月\n注：快报数\n"


ODS = """<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0"
 xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0">
<office:body><office:spreadsheet><table:table table:name="学位">
<table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>学位情况</text:p></table:table-cell><table:covered-table-cell/></table:table-row>
<table:table-row><table:table-cell><text:p>学校</text:p></table:table-cell><table:table-cell><text:p>占比</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell><text:p>一<text:span>小</text:span></text:p></table:table-cell>
<table:table-cell office:value-type="percentage" office:value="0.853"><text:p>85%</text:p></table:table-cell>
<table:table-cell table:number-columns-repeated="16000"/></table:table-row>
<table:table-row table:number-rows-repeated="1048573"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
</table:table></office:spreadsheet></office:body></office:document-content>"""


def zipped(**parts: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_", "."), text)
    return content.getvalue()


def test_open_document_sheets_read_what_they_show() -> None:
    assert read(zipped(content_xml=ODS), "表.ods").text == "学位\n学位情况\n学校：一小 | 占比：85%\n"


def test_a_web_page_named_xls_is_read_as_one() -> None:
    page = "<html><meta charset=gb2312><table><tr><th>学校<th>学位<tr><td>第一小学<td>1080</table></html>".encode(
        "gb18030"
    )
    assert [row.reading for row in read(page, "导出.xls").rows] == ["学校：第一小学 | 学位：1080"]


def test_text_named_xls_is_read_as_a_table() -> None:
    assert read("学校\t学位\n第一小学\t1080\n".encode("gb18030"), "导出.xls").text == "学校：第一小学 | 学位：1080\n"


def test_a_file_over_the_limit_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ingest.readers.sheet.MOST_ROWS", 2)
    got = read(workbook(Sheet1=[["甲", "乙"]] * 5))
    assert len(got.gaps) == 1
    assert "只读了前" in got.gaps[0]


def test_a_merge_over_a_whole_sheet_fills_only_what_is_used() -> None:
    content = ODS.replace(
        'number-columns-spanned="2"', 'number-columns-spanned="16384" table:number-rows-spanned="1048576"'
    )
    assert len(read(zipped(content_xml=content), "表.ods").text) < 100


OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
FAULTS: dict[str, tuple[bytes, type[Exception]]] = {
    "a workbook with a password": (OLE + b"\x00" * 504 + "EncryptedPackage".encode("utf-16-le"), Encrypted),
    "an open document with a password": (
        zipped(content_xml="?", **{"META-INF__manifest_xml": "<encryption-data/>"}),
        Encrypted,
    ),
    "half a zip": (workbook(Sheet1=[["甲"]])[:900], Damaged),
    "a zip of something else": (zipped(a_txt="甲"), Damaged),
    "broken XML": (zipped(content_xml="<a><b>"), Damaged),
    "an old file that is cut": (OLE + b"\x00" * 600, Damaged),
    "text": ("学校,学位".encode(), Damaged),
    "empty sheets": (workbook(Sheet1=[], Sheet2=[]), NoText),
}


@pytest.mark.parametrize(("content", "error"), FAULTS.values(), ids=FAULTS)
def test_what_cannot_be_read_says_why(content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"表\.xlsx"):
        read(content)
