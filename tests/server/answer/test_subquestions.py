"""Comparisons become one question for each place or year; follow-ups become questions of their own."""

import pytest

from server.answer.subquestions import Part, complete, split_comparison

ASKED = "海沧2023年计划竣工几个项目"


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "舟山和乳山的覆盖率目标分别是多少",
            [Part("舟山", "舟山的覆盖率目标是多少"), Part("乳山", "乳山的覆盖率目标是多少")],
        ),
        (
            "乳山打造几个教育集团，义乌组建多少个幼教集团",
            [Part("乳山", "乳山打造几个教育集团"), Part("义乌", "义乌组建多少个幼教集团")],
        ),
        (
            "舟山2023年和义乌2021年普惠性幼儿园覆盖率是多少",
            [
                Part("舟山2023年", "舟山2023年普惠性幼儿园覆盖率是多少"),
                Part("义乌2021年", "义乌2021年普惠性幼儿园覆盖率是多少"),
            ],
        ),
        (
            "海沧2023年和2024年计划竣工几个项目",
            [Part("2023年", "海沧2023年计划竣工几个项目"), Part("2024年", "海沧2024年计划竣工几个项目")],
        ),
        (
            "2023年海沧、舟山以及翔安新增学位多少个",
            [
                Part("海沧", "2023年海沧新增学位多少个"),
                Part("舟山", "2023年舟山新增学位多少个"),
                Part("翔安", "2023年翔安新增学位多少个"),
            ],
        ),
    ],
)
def test_a_comparison_is_split_into_a_question_for_each_place_or_year(question: str, parts: list[Part]) -> None:
    assert split_comparison(question) == parts


@pytest.mark.parametrize(
    "question",
    [
        ASKED,
        "厦门市海沧区2023年计划竣工几个项目",
        "舟山学前教育、义务教育和高中阶段入学率分别达到多少",
        "海沧打造几个集团，组建多少个联盟",
        "2021年到2023年新增学位多少个",
        "",
    ],
)
def test_an_ordinary_question_is_not_split(question: str) -> None:
    assert split_comparison(question) == []


def test_a_district_named_with_its_city_is_one_place_of_a_comparison() -> None:
    parts = split_comparison("厦门市海沧区和舟山市新增学位多少")
    assert [part.label for part in parts] == ["厦门市海沧区", "舟山市"]


@pytest.mark.parametrize(
    ("history", "follow_up", "completed"),
    [
        ([ASKED], "舟山呢", "舟山2023年计划竣工几个项目"),
        ([ASKED], "2024年呢？", "海沧2024年计划竣工几个项目"),
        ([ASKED], "那舟山2021年呢？", "舟山2021年计划竣工几个项目"),
        ([ASKED], "那新增学位呢", "海沧2023年新增学位是多少"),
        ([ASKED], "由哪个科室负责", "海沧2023年由哪个科室负责"),
        ([ASKED, "2024年呢"], "那新增学位呢", "海沧2024年新增学位是多少"),
    ],
)
def test_a_follow_up_is_completed_from_the_earlier_questions(
    history: list[str], follow_up: str, completed: str
) -> None:
    assert complete(follow_up, history) == completed


@pytest.mark.parametrize("history", [[], [ASKED]])
def test_a_question_that_stands_by_itself_stays_as_it_is(history: list[str]) -> None:
    question = "义乌2021年计划招聘备案制教师多少名"
    assert complete(question, history) == question


def test_a_year_behind_the_last_place_holds_for_all_places() -> None:
    assert split_comparison("海沧和翔安2023年计划竣工几个项目") == [
        Part("海沧", "海沧2023年计划竣工几个项目"),
        Part("翔安", "翔安2023年计划竣工几个项目"),
    ]


def test_two_phrases_share_what_is_asked_of_both() -> None:
    assert split_comparison("海沧2023年教育工作要点和乳山教育高质量发展实施意见的文号分别是什么？") == [
        Part("海沧", "海沧2023年教育工作要点的文号是什么？"),
        Part("乳山", "乳山教育高质量发展实施意见的文号是什么？"),
    ]
