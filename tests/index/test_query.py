"""What a question says it asks for."""

from datetime import date

import pytest

from index.query import LONGEST_QUESTION, asked_numbers, full_years, understand


def places(question: str) -> list[str]:
    return [mention.candidates[0].name for mention in understand(question).places]


def test_the_question_that_must_always_work() -> None:
    question = understand("海沧2023年计划竣工几个项目")
    assert question.years == {2023}
    assert places(question.text) == ["海沧区"]
    assert {"竣工", "项目"} <= set(question.words)
    assert question.subject == ("竣工", "项目")
    assert question.numbers == ()


@pytest.mark.parametrize(
    ("question", "years"),
    [
        ("2023海沧竣工几个项目", {2023}),
        ("海沧23年竣工几个项目", {2023}),
        ("二〇二三年竣工几个项目", {2023}),
        ("比较2021年和2023年的学位", {2021, 2023}),
        ("2021-2023年新增多少学位", {2021, 2022, 2023}),
        ("完成成人学历提升2000人了吗", set()),
        ("去年竣工几个项目", set()),
        ("２０２３年竣工几个项目", {2023}),
        ("二零二三年竣工几个项目", {2023}),
        ("未来5年建几所学校", set()),
        ("缴费满5年但不到10年能领几个月", set()),
        ("起征点2011年从2000提高到多少", {2011}),
        ("2020年比2019年多几个", {2020}),
    ],
)
def test_the_years_of_a_question(question: str, years: set[int]) -> None:
    assert understand(question).years == years


def test_the_places_of_a_comparison() -> None:
    assert places("舟山和义乌分别新增多少学位") == ["舟山市", "义乌市"]
    assert places("厦门市海沧区有几个项目") == ["海沧区"]


@pytest.mark.parametrize(
    ("question", "years", "near"),
    [
        ("去年的报告", set(), {2023}),
        ("前年、去年和今年各建几所", set(), {2022, 2023, 2024}),
        ("明年的目标", set(), {2025}),
        ("2016年的报告说上一年减贫多少", {2016}, {2015}),
        ("2020年比去年增加多少", {2020}, set()),
        ("比去年增加多少", set(), set()),
        ("2021年和2023年比去年增加多少", {2021, 2023}, set()),
        ("目前年均增长多少", set(), set()),
        ("去年（2022年）减贫多少", {2022}, set()),
    ],
)
def test_last_year_counts_from_the_year_that_is_written_else_from_the_clock(
    question: str, years: set[int], near: set[int]
) -> None:
    asked = understand(question, date(2024, 5, 1))
    assert set(asked.years) == years
    assert set(asked.near_years) == near
    assert asked.preferred_years == years | near


def test_without_a_clock_the_present_day_counts() -> None:
    assert understand("今年的目标").near_years <= {date.today().year, date.today().year - 1}


@pytest.mark.parametrize("year", ["2023", "２０２３", "二〇二三", " 2023 "])
@pytest.mark.parametrize(
    "brackets", ["〔〕", "[]", "［］", "【】", "()", "（）", "{}", "<>", "《》", "〈〉", "「」", "〖〗", "〔】"]
)
def test_a_document_number_is_known_in_any_brackets_and_width(brackets: str, year: str) -> None:
    left, right = brackets[0], brackets[1]
    for end in ("16号", "１６号", " 16 号", "第16号", "16的发布日期"):
        assert asked_numbers(f"厦海教工委{left}{year}{right}{end}") == ["厦海教工委[2023]16号"]


@pytest.mark.parametrize(
    ("question", "numbers"),
    [
        ("厦海教工委2023年16号文什么时候发的", ["厦海教工委[2023]16号"]),
        ("厦海教工委2023 16号", ["厦海教工委[2023]16号"]),
        ("国办发2019-20号", ["国办发[2019]20号"]),
        ("海沧2023年3号楼何时竣工", []),
        ("海沧办2023年3号楼何时竣工", []),
        ("工作要点（2023）16个项目", []),
        ("2023年16号", []),
        ("2023年5月16号", []),
    ],
)
def test_a_document_number_without_brackets_needs_the_words_that_begin_one(question: str, numbers: list[str]) -> None:
    assert asked_numbers(question) == numbers


def test_a_document_number_is_folded() -> None:
    assert understand("厦海教工委〔２０２３〕16 号的发布日期").numbers == ("厦海教工委[2023]16号",)


def test_the_subject_has_neither_place_nor_year_nor_words_of_asking() -> None:
    subject = understand("义乌市2021年全年计划招聘多少名备案制教师").subject
    assert {"招聘", "教师"} <= set(subject)
    assert not {"义乌", "义乌市", "2021", "年", "多少", "计划", "全年"} & set(subject)


def test_a_question_in_traditional_characters_is_understood_as_the_simplified_one() -> None:
    asked = understand("臺州市和舟山2022年學前教育普惠率目標是多少")
    simple = understand("台州市和舟山2022年学前教育普惠率目标是多少")
    assert asked.text == "臺州市和舟山2022年學前教育普惠率目標是多少"
    assert asked.places == simple.places
    assert (asked.years, asked.words, asked.subject) == (simple.years, simple.words, simple.subject)


def test_a_verb_that_was_cut_with_its_ending_counts_without_it() -> None:
    assert understand("2013年农村贫困人口减了多少").subject[-1] == "减"
    assert "为了" in understand("为了什么减税").subject


@pytest.mark.parametrize(
    ("text", "full"),
    [
        ("17年的报告", "2017年的报告"),
        ("2016年报告里17年的目标", "2016年报告里17年的目标"),
        ("满15年的教师", "满15年的教师"),
        ("98年", "98年"),
        ("家庭承包30年的承包期是怎么规定的", "家庭承包30年的承包期是怎么规定的"),
        ("30年期的国债", "30年期的国债"),
    ],
)
def test_two_figures_stand_for_a_year_where_none_is_written_in_full(text: str, full: str) -> None:
    assert full_years(text) == full


def test_what_was_recognised_wrongly_is_taken_out_again() -> None:
    question = understand("海沧区2023年和舟山2024年各竣工几个项目")
    assert question.named_places == ("海沧区", "舟山")
    left = question.without([2023], ["舟山"])
    assert left.years == {2024}
    assert (left.named_places, left.text) == (("海沧区",), question.text)
    assert question.without([], []) is question


def test_of_a_text_that_is_longer_than_a_question_the_beginning_is_read() -> None:
    question = understand("海沧2023年" + "甲" * LONGEST_QUESTION + "2024年")
    assert question.years == {2023}
    assert len(question.text) == LONGEST_QUESTION
