"""The prompt begins with what never changes, then shows numbered sentences; the reply is taken apart."""

from dataclasses import replace

import pytest

from server.answer import prompt
from server.answer.evidence import Candidate
from server.answer.prompt import build, forced, parse, static_messages
from server.llm.template import Message
from tests.server.answer.candidates import candidate


def test_the_static_part_comes_first_and_is_the_same_for_every_question() -> None:
    static = static_messages()
    one = build("海沧2023年计划竣工几个项目", [candidate("计划竣工项目6个")])
    other = build("舟山新增学位多少个", [candidate("新增学位3300个", title="舟山市教育局2023年工作要点")])
    assert one[:-1] == other[:-1] == static
    assert one[-1] != other[-1]
    assert static[0].role == "system"


def test_sentences_are_numbered_below_their_title_and_heading_and_the_question_comes_last() -> None:
    chosen = [
        candidate("计划竣工项目6个", headings=("四、协调发展", "11.加快学校项目建设")),
        candidate("11.加快学校项目建设", headings=("四、协调发展", "11.加快学校项目建设")),
        candidate("新增学位3300个", title="舟山市教育局2023年工作要点"),
    ]
    assert build("几个项目", chosen)[-1].content == (
        "资料：\n《2023年海沧区教育工作要点》\n[1] 11.加快学校项目建设：计划竣工项目6个\n[2] 11.加快学校项目建设\n"
        "《舟山市教育局2023年工作要点》\n[3] 新增学位3300个\n问题：几个项目"
    )


@pytest.mark.parametrize(
    ("reply", "quote", "answer"),
    [
        (
            "依据：[1]计划竣工项目6个\n回答：计划竣工6个项目。",
            "[1]计划竣工项目6个",
            "计划竣工6个项目。",
        ),
        ("依据：无", "", ""),
        ("依据：无。", "", ""),
        ("依据：无\n回答：计划竣工16个项目。", "", ""),
        ("依据：计划竣工项目6个", "计划竣工项目6个", ""),
        ("计划竣工项目6个", "计划竣工项目6个", ""),
        ("", "", ""),
        ("依据：[1]", "", ""),
        ("依据：[", "", ""),
        ("依据：[1]无", "", ""),
        ("依据：[1]无障碍设施3处\n回答：3处。", "[1]无障碍设施3处", "3处。"),
        ("回答：计划竣工6个项目。", "", "计划竣工6个项目。"),
    ],
)
def test_a_reply_is_taken_apart_into_quote_and_answer(reply: str, quote: str, answer: str) -> None:
    assert parse(reply) == (quote, answer)


def test_the_worked_examples_follow_the_form_that_is_parsed() -> None:
    parsed = [parse(answered) for _, answered in prompt.EXAMPLES]
    assert [bool(answer) for _, answer in parsed] == [True, False, True]


def _item(text: str, start: int) -> Candidate:
    """An item of a list, read behind what leads to it."""
    lead = candidate("下列各项不列入工资总额：").evidence
    made = candidate(text, start=start)
    return replace(made, lead=lead, shown=lead.text + text)


def test_what_leads_to_several_items_is_read_once() -> None:
    chosen = [
        _item("（一）奖金；", 20),
        _item("（二）稿费。", 30),
        candidate("另行规定。", start=50),
        _item("（三）津贴。", 60),
    ]
    assert build("哪些不列入工资总额", chosen)[-1].content == (
        "资料：\n《2023年海沧区教育工作要点》\n[1] 下列各项不列入工资总额：（一）奖金；\n[2] （二）稿费。\n[3] 另行规定。\n"
        "[4] 下列各项不列入工资总额：（三）津贴。\n问题：哪些不列入工资总额"
    )


@pytest.mark.parametrize(
    ("years", "text", "line"),
    [
        ({2022}, "竣工项目6个", "[1] （2022年）一、工作回顾：竣工项目6个"),
        ({2023}, "竣工项目6个", "[1] 一、工作回顾：竣工项目6个"),
        ({2022}, "2022年竣工项目6个", "[1] 一、工作回顾：2022年竣工项目6个"),
        ({2021, 2022}, "竣工项目6个", "[1] 一、工作回顾：竣工项目6个"),
        (set(), "竣工项目6个", "[1] 一、工作回顾：竣工项目6个"),
    ],
)
def test_a_sentence_that_speaks_of_another_year_than_its_document_says_so(
    years: set[int], text: str, line: str
) -> None:
    chosen = [candidate(text, headings=("一、工作回顾",), years=frozenset(years))]
    assert line in build("几个项目", chosen)[-1].content.split("\n")


def test_the_reply_is_begun_for_the_model() -> None:
    messages = build("几个项目", [candidate("计划竣工项目6个")])
    assert forced(messages) == [*messages, Message("assistant", "依据：[")]


def test_a_check_asks_of_one_text_with_its_title_and_is_cut() -> None:
    system, asked = prompt.check("几个项目", "竣工项目6个" + "，" * prompt.LONGEST_CHECKED, "工作要点")
    assert [system] == prompt.checking_messages()
    assert "竣工项目6个" in asked.content and "《工作要点》" in asked.content and "问题：几个项目" in asked.content
    assert asked.content.count("，") < prompt.LONGEST_CHECKED
