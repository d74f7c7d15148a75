"""Which years a sentence speaks of, against its document's own."""

import pytest

from ingest.years import leading_years, mentioned_years, named_years, relative_years, spoken_years


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2023年竣工", {2023}),
        ("二〇二三年竣工", {2023}),
        ("2021-2025年", {2021, 2022, 2023, 2024, 2025}),
        ("2021—2025年", {2021, 2022, 2023, 2024, 2025}),
        ("2021年至2023年", {2021, 2022, 2023}),
        ("“十四五”时期", {2021, 2022, 2023, 2024, 2025}),
        ("“十四五”规划", {2021, 2022, 2023, 2024, 2025}),
        ("十三五期间", {2016, 2017, 2018, 2019, 2020}),
        ("“十二五”末", {2011, 2012, 2013, 2014, 2015}),
        ("“十五五”规划", {2026, 2027, 2028, 2029, 2030}),
        ("新增十五个学位", set()),
        ("全市1949-2023年", {1949, 2023}),
        ("2020年比2015年提高", {2020}),
        ("赤字比去年增加", set()),
        ("对比2016年和2017年", {2016, 2017}),
        ("占比2020年达到85%", {2020}),
    ],
)
def test_years_that_a_text_names(text: str, expected: set[int]) -> None:
    assert mentioned_years(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("今年", {2023}), ("本年度", {2023}), ("去年", {2022}), ("上年末", {2022}), ("前年", {2021}), ("明年", {2024}),
     ("去年和今年", {2022, 2023}), ("本年级学生", set()), ("多年来", set())],
)  # fmt: skip
def test_relative_years_resolve_against_the_documents_own(text: str, expected: set[int]) -> None:
    assert relative_years(text, 2023) == expected


def test_without_an_own_year_nothing_relative_resolves() -> None:
    assert relative_years("今年和去年", None) == set()
    assert spoken_years("今年竣工6个项目。", (), None) == set()


def test_years_in_the_name_of_another_document_do_not_count() -> None:
    assert named_years("修编《中小学专项规划(2016-2030)》建立工作机制", 2023) == set()
    assert named_years("按照《实施方案（2021年）》，今年完成", 2023) == {2023}


def test_years_that_open_a_sentence_lead() -> None:
    assert leading_years("2025年,全市基本建成;到2035年,全面建成") == {2025, 2035}
    assert leading_years("力争2025年建成") == set()


def test_a_sentence_speaks_for_the_years_it_names() -> None:
    assert spoken_years("2025年建成8个集团。", ("一、2023年工作",), 2021) == {2025}
    assert spoken_years("去年建成8个集团。", (), 2023) == {2022}


def test_else_for_those_of_its_innermost_heading_that_names_one() -> None:
    headings = ("一、2021年回顾", "（二）2022年计划", "1.学校建设")
    assert spoken_years("建成8个集团。", headings, 2023) == {2022}


def test_else_for_the_documents_own_year() -> None:
    assert spoken_years("建成8个集团。", ("一、学校建设",), 2023) == {2023}


@pytest.mark.parametrize(
    "heading",
    [
        "一、工作回顾",
        "一、主要工作总结",
        "一、过去一年的工作",
        "一、过去一年工作",
        "一、上年度工作情况",
        "一、年度总结",
    ],
)
def test_a_review_speaks_for_the_year_before(heading: str) -> None:
    assert spoken_years("建成8个集团。", (heading,), 2023) == {2022}


@pytest.mark.parametrize("heading", ["一、过去五年工作回顾", "一、五年来工作回顾", "一、过去五年的工作"])
def test_a_review_of_five_years_speaks_for_the_five_before(heading: str) -> None:
    assert spoken_years("建成8个集团。", (heading,), 2018) == {2013, 2014, 2015, 2016, 2017}


def test_a_review_holds_for_all_that_stands_below_it() -> None:
    assert spoken_years("建成8个集团。", ("一、工作回顾", "（一）学校建设"), 2023) == {2022}


def test_a_heading_of_a_review_that_names_its_year_speaks_for_that() -> None:
    assert spoken_years("建成8个集团。", ("一、2020年工作回顾",), 2023) == {2020}


def test_a_sentence_of_a_review_that_names_a_year_speaks_for_that() -> None:
    assert spoken_years("今年还要建成8个集团。", ("一、工作回顾",), 2023) == {2023}


@pytest.mark.parametrize(
    "heading", ["（五）加强总结评估", "三、总结推广经验", "二、今后五年的目标任务", "一、2023年工作安排"]
)
def test_a_heading_of_a_task_is_no_review(heading: str) -> None:
    assert spoken_years("建成8个集团。", (heading,), 2023) == {2023}


def test_a_review_without_an_own_year_speaks_for_none() -> None:
    assert spoken_years("建成8个集团。", ("一、工作回顾",), None) == set()


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("学校：第一小学 | 学位：2040", set()),
        ("第一小学\t2040\t1980", set()),
        ("2021：1080 | 2022：2000", {2021, 2022}),
        ("2021年：1080 | 2022年：2000", {2021, 2022}),
        ("规划期为2021-2025", {2021, 2022, 2023, 2024, 2025}),
        ("工作要点（2023）", {2023}),
        ("印发时间 2023-03-02", {2023}),
        ("印发时间 2023.3.2", {2023}),
    ],
)
def test_four_figures_in_a_cell_are_a_number_unless_something_makes_them_a_year(text: str, named: set[int]) -> None:
    assert named_years(text, None) == named
