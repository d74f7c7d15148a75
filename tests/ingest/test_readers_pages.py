"""Lines and pages become paragraphs, tables and noise: on pages made of pieces in known places."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from ingest.document import Span
from ingest.readers.builder import Extracted, TextBuilder
from ingest.readers.grids import find_tables
from ingest.readers.layout import Page, Piece, Table, join, reading_order
from ingest.readers.pages import write_pages
from ingest.text import visible

EM = 12.0
FULL = "为了规范测试文件的管理保证文件的质量根据有关法律和行政法规结合本市的实际制定办法"


def piece(text: str, left: float, top: float, size: float = EM) -> Piece:
    width = sum(size if ord(c) > 0x2000 else size / 2 for c in text)
    return Piece(text, left, top, left + width, top + size, size)


def page(*pieces: Piece, tables: Sequence[Table] = ()) -> Page:
    return Page(595, 842, pieces, tables)


def read(*pages: Page) -> Extracted:
    return write_pages(pages, TextBuilder())


def lines(*pages: Page) -> list[str]:
    return read(*pages).text.splitlines()


def shown(found: Extracted) -> str:
    return visible(found.text, Span(0, len(found.text)), found.noise)


def test_full_lines_are_one_paragraph_and_an_indent_begins_the_next() -> None:
    first, second, third = FULL[:36], FULL[:38], FULL[:10] + "。"
    got = lines(
        page(
            piece(first, 96, 100), piece(second, 72, 120), piece(third, 72, 140),
            piece(first, 96, 160), piece(second, 72, 180), piece(third, 72, 200),
        )
    )  # fmt: skip
    assert got == [first + second + third] * 2


def test_english_words_keep_a_blank_and_divided_words_become_whole() -> None:
    assert join("the quick", "brown fox") == "the quick brown fox"
    assert join("the informa-", "tion system") == "the information system"
    assert join("规范文件的", "管理") == "规范文件的管理"
    assert join("共有", "120 人") == "共有120 人"


def test_a_numbered_line_begins_a_paragraph_even_behind_a_full_line() -> None:
    got = lines(page(*[piece(FULL[:38], 72, 100 + 20 * i) for i in range(3)], piece("（二）" + FULL[:20], 72, 160)))
    assert got == [FULL[:38] * 3, "（二）" + FULL[:20]]


def test_an_article_cited_in_the_middle_of_a_sentence_begins_nothing() -> None:
    got = lines(page(piece(FULL[:38], 72, 100), piece("第三条的规定" + FULL[:32], 72, 120), piece("办理。", 72, 140)))
    assert got == [FULL[:38] + "第三条的规定" + FULL[:32] + "办理。"]


def test_two_columns_are_read_one_after_the_other_below_a_title_across_both() -> None:
    title = piece("关于印发测试文件管理办法的通知", 200, 60)
    left = [piece(FULL[:18], 60, 100 + 20 * i) for i in range(5)]
    right = [piece(FULL[18:36], 310, 106 + 20 * i) for i in range(5)]
    got = lines(page(*right, title, *left))
    assert got == ["关于印发测试文件管理办法的通知", FULL[:18] * 5 + FULL[18:36] * 5]


def test_three_columns_are_read_one_after_the_other() -> None:
    columns = [
        [piece(text, 60 + 165 * k, 100 + 20 * i) for i in range(6)]
        for k, text in enumerate((FULL[:12], FULL[12:24], FULL[24:36]))
    ]
    got = "".join(lines(page(*columns[2], *columns[0], *columns[1])))
    assert got == FULL[:12] * 6 + FULL[12:24] * 6 + FULL[24:36] * 6


def test_a_label_and_its_value_stay_on_one_line() -> None:
    got = lines(
        page(
            piece("购买方：", 60, 100), piece("测试公司", 180, 100), piece("金额：", 60, 130), piece("318.00", 180, 131)
        )
    )
    assert got == ["购买方：\t测试公司", "金额：\t318.00"]


def test_a_sentence_cut_by_a_page_is_one_with_the_page_marks_as_noise_between() -> None:
    pages = []
    for number in range(1, 4):
        body = [piece(FULL[:38], 72, 140 + 20 * i) for i in range(25)]
        pages.append(page(piece("测试文件汇编", 72, 30), *body, piece(f"— {number} —", 280, 800)))
    got = read(*pages)
    assert got.text.count("测试文件汇编") == 3 and "— 2 —" in got.text
    assert shown(got).replace("\n", "") == FULL[:38] * 75
    assert shown(got).strip().count("\n") == 0


def test_page_marks_between_two_paragraphs_join_nothing() -> None:
    pages = [
        page(piece(FULL[:38], 72, 100), piece("制定本办法。", 72, 120), piece(f"第{n}页 共2页", 280, 800)) for n in (1, 2)
    ]  # fmt: skip
    got = read(*pages)
    assert shown(got).split() == [FULL[:38] + "制定本办法。"] * 2


def test_a_number_in_the_body_is_no_page_number() -> None:
    got = read(page(piece("合计", 72, 100), piece("1080", 72, 400), piece("完", 72, 500)))
    assert got.noise == ()


def test_a_table_stands_between_its_paragraphs_and_goes_on_over_the_page() -> None:
    head = ("学校", "学位")
    one = Table((head, ("第一小学", "1080")), 60, 600, 400, 780)
    two = Table((head, ("第二小学", "900")), 60, 60, 400, 120)
    got = read(page(piece("学位如下：", 72, 100), tables=[one]), page(piece("请知悉。", 72, 200), tables=[two]))
    assert got.text.splitlines() == [
        "学位如下：",
        "学校：第一小学 | 学位：1080",
        "学校：第二小学 | 学位：900",
        "请知悉。",
    ]
    assert len(got.rows) == 2


def test_the_largest_chinese_print_of_the_first_page_is_the_title() -> None:
    body = [piece(FULL[:38], 72, 200 + 20 * i) for i in range(5)]
    large = [piece("关于印发测试文件", 180, 80, 22), piece("管理办法的通知", 190, 120, 22)]
    assert read(page(*large, *body)).title == "关于印发测试文件管理办法的通知"
    assert read(page(piece("关于印发测试文件", 72, 80), *body)).title == ""
    assert read(page(piece("Annual Report", 180, 80, 22), *body)).title == ""


def test_text_written_downwards_is_read_from_the_right() -> None:
    right = [piece(c, 400, 60 + 13 * i) for i, c in enumerate("关于规范测试文件管理")]
    left = [piece(c, 370, 60 + 13 * i) for i, c in enumerate("为了保证文件的质量全")]
    far = [piece(c, 340, 60 + 13 * i) for i, c in enumerate("制定本办法")]
    got = "".join(line.text for line in reading_order(page(*left, *far, *right)))
    assert got == "关于规范测试文件管理为了保证文件的质量全制定本办法"


def ruled(xs: Sequence[float], ys: Sequence[float]) -> list[tuple[float, float, float, float]]:
    return [(xs[0], y, xs[-1], y) for y in ys] + [(x, ys[0], x, ys[-1]) for x in xs]


def test_ruled_cells_become_a_table_and_their_text_is_not_said_twice() -> None:
    inside = [piece("学校", 65, 105), piece("学位", 165, 105), piece("第一小学", 65, 125), piece("1080", 165, 125)]
    tables, rest = find_tables(ruled([60, 160, 260], [100, 120, 140]), [*inside, piece("外面", 60, 200)])
    assert [t.rows for t in tables] == [(("学校", "学位"), ("第一小学", "1080"))]
    assert [p.text for p in rest] == ["外面"]


def test_a_merged_cell_says_its_text_in_every_cell_that_it_covers() -> None:
    segments = [s for s in ruled([60, 160, 260, 360], [100, 120, 140]) if s[0] != 260 or s[2] != 260]
    segments.append((260, 120, 260, 140))
    pieces = [
        piece("学校", 65, 105),
        piece("学生", 200, 105),
        piece("一小", 65, 125),
        piece("男", 165, 125),
        piece("女", 265, 125),
    ]
    tables, _ = find_tables(segments, pieces)
    assert tables[0].rows == (("学校", "学生", "学生"), ("一小", "男", "女"))


def test_rows_of_an_invoice_are_told_apart_without_rules_between_them() -> None:
    cells = [("项目", "数量", "金额"), ("测试餐费", "4", "100.00"), ("测试餐费", "2", "50.00"), ("合计", "", "150.00")]
    pieces = [
        piece(text, 65 + 100 * k, 102 + 20 * i) for i, row in enumerate(cells) for k, text in enumerate(row) if text
    ]
    tables, _ = find_tables(ruled([60, 160, 260, 360], [100, 190, 220]), [*pieces, piece("备注", 65, 200)])
    assert tables[0].rows[:4] == tuple(cells)


def test_a_box_around_text_is_no_table() -> None:
    tables, rest = find_tables(ruled([60, 400], [100, 200]), [piece("方框里的文字", 80, 120)])
    assert tables == [] and len(rest) == 1


places = st.builds(
    lambda text, left, top, size: piece(text, left, top, size),
    st.text("测试文件ab12。，", min_size=1, max_size=12), st.integers(0, 500), st.integers(0, 800), st.sampled_from([9.0, 12.0, 22.0]),
)  # fmt: skip


@given(st.lists(st.lists(places, max_size=25), max_size=3))
def test_no_character_is_lost_wherever_pieces_stand(found: list[list[Piece]]) -> None:
    text = read(*[page(*pieces) for pieces in found]).text
    expected = sorted(c for pieces in found for p in pieces for c in p.text)
    assert sorted(c for c in text if not c.isspace()) == expected


def test_cells_that_reach_down_alone_make_no_row() -> None:
    segments = [s for s in ruled([60, 160, 260], [100, 120, 140, 160]) if s[1] != s[3] or s[1] != 140]
    segments.append((160, 140, 260, 140))
    pieces = [piece("姓名", 65, 105), piece("职务", 165, 105), piece("张三", 65, 125), piece("负责人", 165, 125)]
    tables, _ = find_tables(segments, pieces)
    assert tables[0].rows == (("姓名", "职务"), ("张三", "负责人"))


def test_a_header_of_three_levels_is_told_by_its_rules() -> None:
    xs, ys = [60, 160, 220, 280, 340], [100, 120, 140, 160, 180]
    segments = [(60, y, 340, y) for y in (100, 160, 180)] + [(160, 120, 340, 120), (160, 140, 280, 140)]
    segments += [
        (60, 100, 60, 180),
        (160, 100, 160, 180),
        (340, 100, 340, 180),
        (280, 120, 280, 180),
        (220, 140, 220, 180),
    ]
    said = [
        ("牌号", 80, 125),
        ("成分", 230, 105),
        ("主要", 200, 125),
        ("杂质", 290, 135),
        ("钛", 180, 145),
        ("铝", 240, 145),
    ]
    data = [("TA1", 80, 165), ("余量", 170, 165), ("0.2", 230, 165), ("0.1", 290, 165)]
    tables, _ = find_tables(segments, [piece(*each) for each in [*said, *data]])
    assert tables[0].header_rows == 3 and len(xs) == len(ys)
    got = read(page(tables=tables))
    assert got.text.splitlines()[-1].startswith("牌号：TA1 | 成分/主要/钛：余量 | 成分/主要/铝：0.2")


def test_a_form_beside_a_photograph_has_no_header_of_several_rows() -> None:
    segments = [s for s in ruled([60, 160, 260, 360], [100, 120, 140]) if s[1] != 120 or s[3] != 120]
    segments.append((60, 120, 260, 120))
    said = [("姓名", 65, 105), ("张三", 165, 105), ("性别", 65, 125), ("男", 165, 125), ("照片", 300, 115)]
    tables, _ = find_tables(segments, [piece(*each) for each in said])
    assert tables[0].header_rows is None


def test_a_figure_cut_at_the_end_of_a_line_is_one_figure() -> None:
    assert join("新增学位3", "240个") == "新增学位3240个"
    assert join("共1,", "080人") == "共1,080人"
    assert join("达到97.", "5%") == "达到97.5%"
    assert join("达到80", "%以上") == "达到80%以上"


def test_an_indented_line_goes_on_at_the_margin_although_it_ends_short() -> None:
    got = lines(page(piece(FULL[:30], 96, 100), piece(FULL[:38], 72, 120), piece(FULL[:8] + "。", 72, 140)))
    assert got == [FULL[:30] + FULL[:38] + FULL[:8] + "。"]


def test_a_document_number_and_a_date_stand_on_lines_of_their_own() -> None:
    title, number = piece("东湖区教育工作要点", 200, 100, 18), piece("东教委〔2023〕12号", 230, 130, 16)
    issuer, date = piece("南昌市东湖区教育局", 400, 300), piece("2023年3月6日", 400, 320)
    body = [piece(FULL[:38], 72, 180 + 20 * i) for i in range(3)]
    got = lines(page(title, number, *body, issuer, date))
    assert got[:2] == ["东湖区教育工作要点", "东教委〔2023〕12号"]
    assert got[-2:] == ["南昌市东湖区教育局", "2023年3月6日"]
