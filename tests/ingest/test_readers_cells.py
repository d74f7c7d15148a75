"""Lines inside the ruled cells of a page: wrapped text stays in its row, over the end of a page too."""

from collections.abc import Sequence

import pytest

from ingest.readers.grids import find_tables
from ingest.readers.layout import Page, Piece, Table
from tests.ingest.test_readers_pages import page, piece, read, ruled

XS = [60.0, 100.0, 180.0, 260.0]
"""Cells of three and six characters between their paddings."""


def table(*ruled_rows: Sequence[Sequence[str]], top: float = 100) -> Table:
    """A table of three columns; each cell is its lines."""
    ys, pieces = [top], []
    for cells in ruled_rows:
        for left, lines in zip(XS, cells, strict=False):
            pieces += [piece(line, left + 5, ys[-1] + 3 + 16 * i) for i, line in enumerate(lines)]
        ys.append(ys[-1] + 6 + 16 * max(map(len, cells)))
    tables, _ = find_tables(ruled(XS, ys), pieces)
    return tables[0]


HEADER = [["序号"], ["任务"], ["责任单位"]]


def test_cells_that_wrap_beside_each_other_are_one_row() -> None:
    found = table(
        HEADER, [["1"], ["新建幼儿园和", "小学"], ["市教育局、", "市财政局"]], [["2"], ["培训教师"], ["市教育局"]]
    )
    assert found.rows == (
        ("序号", "任务", "责任单位"),
        ("1", "新建幼儿园和小学", "市教育局、市财政局"),
        ("2", "培训教师", "市教育局"),
    )


def test_units_below_the_names_of_columns_are_of_the_header() -> None:
    found = table([["区"], ["学校数", "（所）"], ["招生数", "（人）"]], [["甲"], ["12"], ["3200"]])
    assert found.rows[0] == ("区", "学校数（所）", "招生数（人）")


def test_lines_that_had_room_on_the_line_above_are_rows() -> None:
    found = table([["1", "2"], ["幼儿园", "小学"], ["甲区", "乙区"]], HEADER)
    assert found.rows[:2] == (("1", "幼儿园", "甲区"), ("2", "小学", "乙区"))


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        ([["1"], ["新建幼儿园和"], ["市教育局"]], [[], ["小学"], []]),
        ([["1"], ["学校数"], ["招生数"]], [[], ["（所）"], ["（人）"]]),
    ],
)
def test_a_row_that_the_end_of_a_page_cuts_is_one_row(before: list[list[str]], behind: list[list[str]]) -> None:
    first, second = table(HEADER, before), table(behind, [["2"], ["甲"], ["乙"]])
    expected = [a[0] + (b[0] if b else "") for a, b in zip(before, behind, strict=True)]
    assert "".join(said(first, second)[0].split()) == f"序号：{expected[0]}|任务：{expected[1]}|责任单位：{expected[2]}"
    assert len(said(first, second)) == 2


@pytest.mark.parametrize("behind", [[[], ["小学"], ["市财政局"]], [[], ["12"], []]])
def test_a_row_whose_first_cell_reaches_down_from_the_last_page_is_its_own(behind: list[list[str]]) -> None:
    first, second = table(HEADER, [["1"], ["幼儿园"], ["市教育局"]]), table(behind, [["2"], ["甲"], ["乙"]])
    assert len(said(first, second)) == 3


def test_what_follows_a_date_that_ends_at_the_margin_is_a_paragraph_of_its_own() -> None:
    full = piece("为了规范测试文件的管理保证文件的质量根据有关法律和行政法规结合本市的实际制", 72, 100)
    day: Piece = piece("2024年4月15日", full.right - 66, 160)
    lines = read(
        page(full, piece(full.text, 72, 120), piece("制定本办法。", 72, 140), day, piece("（此件公开）", 72, 180))
    )
    assert lines.text.splitlines()[-2:] == ["2024年4月15日", "（此件公开）"]


def said(*tables: Table) -> list[str]:
    """The rows of a table that goes on from page to page."""
    pages = [Page(595, 842, [], [each]) for each in tables]
    found = read(*pages)
    return [found.text[row.start : row.end] for row in found.rows]
