"""Whether a question asks for, and a sentence tells, what was planned or what was done."""

import pytest

from server.answer.tense import asks_fact, asks_plan, asks_reached, tells_plan


@pytest.mark.parametrize(
    "text",
    ["2023年计划竣工几个项目", "覆盖率目标是多少", "预期增长多少", "要新增多少学位", "将新建几所学校", "力争达到多少"],
)
def test_a_question_about_what_is_to_come_asks_for_a_plan(text: str) -> None:
    assert asks_plan(text)
    assert not asks_fact(text)


@pytest.mark.parametrize("text", ["2022年新增了多少学位", "城镇新增就业多少人", "有哪些措施", "将军有几位"])
def test_other_questions_ask_for_no_plan(text: str) -> None:
    assert not asks_plan(text)


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("2022年实际增长多少", True),
        ("粮食产量增长了多少", True),
        ("完成了几个项目", True),
        ("项目完成情况", True),
        ("完成了吗", False),
        ("计划完成了多少", False),
        ("新增了多少学位", False),
    ],
)
def test_only_what_was_really_reached_answers_a_question_for_a_result(text: str, asks: bool) -> None:
    assert asks_fact(text) is asks


@pytest.mark.parametrize(
    ("shown", "plan"),
    [
        ("国内生产总值增长5.5%左右", True),
        ("力争新增学位8280个", True),
        ("赤字率拟按2.8%安排", True),
        ("失业率控制在5.5%以内", True),
        ("国内生产总值增长8.1%", False),
        ("修订并拟定3部规章", False),
        ("达到国家要求", False),
        ("全面实现年初确定的主要目标，国内生产总值增长7.8%", False),
        ("努力实现全年预期目标", True),
    ],
)
def test_a_sentence_announces_or_tells(shown: str, plan: bool) -> None:
    assert tells_plan(shown, "某法") is plan


def test_every_sentence_of_a_plan_announces() -> None:
    assert tells_plan("新开工改造城镇老旧小区5.3万个", "2021年政府工作报告")


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("去年的增长目标完成了没有？", True),
        ("是否实现了减排目标", True),
        ("达到目标了吗", True),
        ("增长目标是多少", False),
        ("要完成几项任务", False),
    ],
)
def test_it_is_known_whether_it_is_asked_if_a_target_was_reached(question: str, asks: bool) -> None:
    assert asks_reached(question) is asks
