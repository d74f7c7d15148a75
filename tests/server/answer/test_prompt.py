"""The prompt begins with what never changes, then shows numbered sentences; the reply is taken apart."""

import pytest

from server.answer import prompt
from server.answer.prompt import build, parse, static_messages
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
        ("回答：计划竣工6个项目。", "", "计划竣工6个项目。"),
    ],
)
def test_a_reply_is_taken_apart_into_quote_and_answer(reply: str, quote: str, answer: str) -> None:
    assert parse(reply) == (quote, answer)


def test_the_worked_examples_follow_the_form_that_is_parsed() -> None:
    parsed = [parse(answered) for _, answered in prompt.EXAMPLES]
    assert [bool(answer) for _, answer in parsed] == [True, False, True]
