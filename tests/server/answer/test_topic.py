"""What a question is about, apart from how it asks."""

import pytest

from server.answer.topic import document_of, scope, topic


@pytest.mark.parametrize(
    ("question", "about"),
    [
        ("2021年赤字率怎么安排的", "2021年赤字率"),
        ("乳山到2025年要打造几个教育集团", "乳山到2025年要打造教育集团"),
        ("国务院职业教育工作部际联席会议由哪些部门组成", "国务院职业教育工作部际联席会议"),
        ("2019年和2020年地方政府专项债券规模比一比", "2019年和2020年地方政府专项债券规模"),
        ("失业人员要符合哪些条件才能领失业保险金？", "失业人员领失业保险金"),
    ],
)
def test_the_topic_is_the_question_without_its_asking(question: str, about: str) -> None:
    assert topic(question) == about


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("《失业保险条例》从哪天起施行", "《失业保险条例》"),
        ("国办发〔2019〕3号要求什么", "国办发〔2019〕3号"),
        ("按失业保险条例，失业金每个月发多少", "失业保险条例"),
        ("海沧2023年计划竣工几个项目", ""),
    ],
)
def test_a_document_is_known_by_its_title_its_number_or_the_end_of_its_name(question: str, name: str) -> None:
    assert document_of(question) == name


def test_the_scope_of_a_comparison_is_all_that_it_compared() -> None:
    assert scope("海沧和舟山2023年新增学位分别是多少", "") == "海沧和舟山2023年"
    assert scope("2019年和2020年赤字率是多少", "") == "2019年和2020年"
