"""Tables: captions, headers, forms and how each row reads by itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.tables import Role, label_rows, read_table
from ingest.text_tables import find_text_tables


def rows(text: str) -> list[list[str]]:
    """A table written with `|` between cells and `/` between rows."""
    return [row.split("|") for row in text.split(" / ")]


# name: (rows, captions, readings)
READ: dict[str, tuple[str, list[str], list[str]]] = {
    "a work plan": (
        "序号|项目名称|责任单位|完成时限 / 1|某某路改造|住建局|2023年12月底 / 2|某某校扩建|教育局|2024年6月",
        [],
        ["序号：1 | 项目名称：某某路改造 | 责任单位：住建局 | 完成时限：2023年12月底", "序号：2 | 项目名称：某某校扩建 | 责任单位：教育局 | 完成时限：2024年6月"],
    ),
    "years as column names": (
        "指标|2021年|2022年|2023年 / 生产总值（亿元）|100|110|120",
        [],
        ["指标：生产总值（亿元） | 2021年：100 | 2022年：110 | 2023年：120"],
    ),
    "bare years as column names": ("指标|2021|2022 / GDP|100|110", [], ["指标：GDP | 2021：100 | 2022：110"]),
    "months beside an empty corner": ("|1月|2月 / 产量|5|6", [], ["产量 | 1月：5 | 2月：6"]),
    "a timetable": ("节次|星期一|星期二 / 1|语文|数学", [], ["节次：1 | 星期一：语文 | 星期二：数学"]),
    "English names over figures": ("title|id / 效果如何优化|0", [], ["title：效果如何优化 | id：0"]),
    "a header of two rows": (
        "地区|学生|学生|教师 / 地区|男|女|教师 / 海沧|10|11|3",
        [],
        ["地区：海沧 | 学生/男：10 | 学生/女：11 | 教师：3"],
    ),
    "a header of two rows, its merged cells left empty": (
        "地区|学生||教师| / |男|女|男|女 / 海沧|1|2|3|4",
        [],
        ["地区：海沧 | 学生/男：1 | 学生/女：2 | 教师/男：3 | 教师/女：4"],
    ),
    "a header of three rows": (
        "地区|2022年|2022年|2022年|2022年 / 地区|小学|小学|初中|初中 / 地区|男|女|男|女 / 海沧|1|2|3|4",
        [],
        ["地区：海沧 | 2022年/小学/男：1 | 2022年/小学/女：2 | 2022年/初中/男：3 | 2022年/初中/女：4"],
    ),
    "equal figures side by side": ("学校|男|女 / 一小|5|5", [], ["学校：一小 | 男：5 | 女：5"]),
    "a title, a unit, sections, a total and a note": (
        "决算表|决算表|决算表 / ||单位：万元 / 科目|预算数|决算数 / 一、收入|一、收入|一、收入 / 税收|10|11 / 合计|10|11 / 注：快报数||",
        ["决算表", "单位：万元"],
        ["一、收入", "科目：税收 | 预算数：10 | 决算数：11", "科目：合计 | 预算数：10 | 决算数：11", "注：快报数"],
    ),
    "a total over two merged columns": ("序号|学校|学位 / 1|一小|5 / 合计|合计|5", [], ["序号：1 | 学校：一小 | 学位：5", "合计 | 学位：5"]),
    "a line of particulars above the header": (
        "编制单位：某公司|||单位：元 / 资   产|行次|年初数|期末数 / 货币资金|1|5|6",
        ["编制单位：某公司 | 单位：元"],
        ["资产：货币资金 | 行次：1 | 年初数：5 | 期末数：6"],
    ),
    "numbered columns": ("项目|行次|金额|比例 / 甲|1|2|3 / 收入|1|50|10%", [], ["甲 | 1 | 2 | 3", "项目：收入 | 行次：1 | 金额：50 | 比例：10%"]),
    "a cell merged downwards": ("类别|任务|单位 / 教育|建校|教育局 / 教育|招生|教育局", [], ["类别：教育 | 任务：建校 | 单位：教育局", "类别：教育 | 任务：招生 | 单位：教育局"]),
    "a header repeated on the next page": ("序号|姓名 / 1|张三 / 序号|姓名 / 2|李四", [], ["序号：1 | 姓名：张三", "序号：2 | 姓名：李四"]),
    "long answers under short names": ("提问|回答 / 甲|" + "很长的" * 9 + " / 乙|" + "很长的" * 9, [], ["提问：甲 | 回答：" + "很长的" * 9, "提问：乙 | 回答：" + "很长的" * 9]),
    "a column without values": ("姓名|职务|备注 / 张三|局长|", ["姓名 | 职务 | 备注"], ["姓名：张三 | 职务：局长"]),
    "a form": ("姓名|张三|性别|男 / 出生年月|1980年1月|民族|汉族 / 工作单位|某公司|某公司|某公司", [], ["姓名：张三 | 性别：男", "出生年月：1980年1月 | 民族：汉族", "工作单位：某公司"]),
    "a list of labels": ("项目名称|某工程 / 单位性质|事业单位 / 总投资|300万元", [], ["项目名称：某工程", "单位性质：事业单位", "总投资：300万元"]),
    "an empty form": ("姓名||性别| / 住址||电话|", [], ["姓名 | 性别", "住址 | 电话"]),
    "names without a header": ("张三|李四 / 王五|赵六", [], ["张三 | 李四", "王五 | 赵六"]),
    "figures without a header": ("第一小学|1080 / 第二小学|900", [], ["第一小学 | 1080", "第二小学 | 900"]),
    "people without a header": ("张三|男|教师 / 李四|女|校长", [], ["张三 | 男 | 教师", "李四 | 女 | 校长"]),
    "people and months without a header": ("张三|1月 / 李四|2月", [], ["张三 | 1月", "李四 | 2月"]),
    "a value that is not yet there": ("第一小学|暂无 / 第二小学|900", [], ["第一小学 | 暂无", "第二小学 | 900"]),
    "one row": ("学校|学位", [], ["学校 | 学位"]),
    "one column": ("甲 / 乙", [], ["甲", "乙"]),
    "nothing": ("| / |", [], []),
}  # fmt: skip


@pytest.mark.parametrize(("table", "captions", "readings"), READ.values(), ids=READ)
def test_office_tables_read_row_by_row(table: str, captions: list[str], readings: list[str]) -> None:
    read = read_table(rows(table))
    assert (list(read.captions), list(read.readings)) == (captions, readings)


def test_the_header_that_a_file_marks_is_taken_as_it_is() -> None:
    assert read_table(rows("张三|李四 / 王五|赵六"), header_rows=1).readings == ("张三：王五 | 李四：赵六",)
    assert read_table(rows("学校|学位 / 一小|5"), header_rows=0).readings == ("学校 | 学位", "一小 | 5")


def test_a_marked_header_counts_the_title_above_it() -> None:
    read = read_table(rows("名单|名单 / 甲|乙 / 张三|李四"), header_rows=2)
    assert (read.captions, read.readings) == (("名单",), ("甲：张三 | 乙：李四",))


def test_every_row_has_its_role() -> None:
    roles = [row.role for row in label_rows(rows("本区学校情况|| / 学校|人数|备注 / || / 一小|5|"))]
    assert roles == [Role.CAPTION, Role.HEADER, Role.BLANK, Role.DATA]


CELLS = st.sampled_from([
    "",
    "姓名",
    "数量",
    "2021年",
    "张三",
    "5",
    "1.5%",
    "合计",
    "注：无",
    "是",
    "男",
    "甲\n乙",
    "单位：元",
    "一、收入",
    "很长的说明文字" * 6,
]) | st.text(max_size=6)
TABLES = st.lists(st.lists(CELLS, max_size=6), max_size=7)


@given(TABLES, st.none() | st.integers(0, 3))
def test_no_cell_is_lost_and_every_reading_is_one_line(table: list[list[str]], header: int | None) -> None:
    read = read_table(table, header)
    told = ["".join(line.split()) for line in (*read.captions, *read.readings)]
    for cell in (cell for row in table for cell in row):
        # A name's last colon is the reading's own.
        wanted = "".join(cell.split()).rstrip("：:")
        assert any(wanted in line for line in told) or not wanted
    assert all(len(line.splitlines()) == 1 for line in (*read.captions, *read.readings))


MARKDOWN = "# 学位\n\n| 学校 | 学位 |\r\n|:---|---:|\r\n| 一小 | 1080 |\n| 二小 \\| 分校 | 900 |\n\n后文 | 不是表\n"


def test_rows_of_a_pipe_table_lie_over_its_lines() -> None:
    found = find_text_tables(MARKDOWN)
    assert [MARKDOWN[row.start : row.end] for row in found] == ["| 一小 | 1080 |", "| 二小 \\| 分校 | 900 |"]
    assert [row.reading for row in found] == ["学校：一小 | 学位：1080", "学校：二小 | 分校 | 学位：900"]


def test_a_pipe_table_in_a_code_fence_is_code() -> None:
    assert find_text_tables("```\n| 学校 | 学位 |\n|---|---|\n| 一小 | 1080 |\n```") == ()


def test_lines_with_tabs_are_a_table() -> None:
    text = "前文\n学校\t学位\n一小\t1080\n二小\t900\n后文"
    found = find_text_tables(text)
    assert [text[row.start : row.end] for row in found] == ["一小\t1080", "二小\t900"]
    assert [row.reading for row in found] == ["学校：一小 | 学位：1080", "学校：二小 | 学位：900"]


NO_TABLES = {
    "paragraphs indented by tabs": "\t第一段。\n\t第二段。\n",
    "a numbered list": "1.\t加强领导。\n2.\t落实责任。\n",
    "a table of contents": "第一章 总则\t1\n第二章 管理\t3\n第三章 附则\t9\n",
    "one line with a tab": "学校\t学位\n正文\n",
    "a rule under a line": "标题 | 副题\n------\n",
}


@pytest.mark.parametrize("text", NO_TABLES.values(), ids=NO_TABLES)
def test_what_only_looks_like_a_table_is_none(text: str) -> None:
    assert find_text_tables(text) == ()
