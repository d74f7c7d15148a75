"""What kind of thing a question asks for is known by its form, and so is a text that tells it."""

import pytest

from index.query import understand
from server.answer.asking import asks_figure, best_clause, holds_asked_figure, says_something

QUESTION = understand("海沧2023年计划竣工几个项目")


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("计划竣工几个项目", True),
        ("投入多少亿元", True),
        ("覆盖率要达到百分之多少", True),
        ("覆盖率目标", True),
        ("有哪些措施", False),
        ("由谁负责", False),
    ],
)
def test_it_is_known_whether_a_question_asks_for_a_figure(question: str, asks: bool) -> None:
    assert asks_figure(question) is asks


@pytest.mark.parametrize(
    ("text", "question", "holds"),
    [
        ("计划竣工项目6个", "计划竣工几个项目", True),
        ("推进项目竣工", "计划竣工几个项目", False),
        ("2023年推进项目竣工", "2023年计划竣工几个项目", False),
        ("投入3.5亿元", "投入多少亿元", True),
        ("投入项目6个", "投入多少亿元", False),
        ("新建学校7所", "新建几所学校", True),
        ("占比达到85%", "新建几所学校", False),
        ("占比达到85%", "占比是多少", True),
        ("有哪些措施都行", "有哪些措施", True),
    ],
)
def test_an_answer_to_a_question_for_a_figure_holds_one_of_its_kind(text: str, question: str, holds: bool) -> None:
    assert holds_asked_figure(text, understand(question)) is holds


def test_the_clause_that_answers_is_cut_out_of_its_sentence() -> None:
    text = "2023年计划推进教育项目17个:计划竣工项目6个,含高中2个、小学1个;续建项目5个,含初中1个;加强宣传引导"
    clause = best_clause(text, QUESTION)
    assert clause in text
    assert "竣工项目6个" in clause
    assert "加强宣传引导" not in clause


def test_a_sentence_without_any_word_of_the_question_is_quoted_whole() -> None:
    text = "加强干部队伍建设,提升治理能力。"
    assert best_clause(text, QUESTION) == text


@pytest.mark.parametrize(
    ("text", "question", "says"),
    [
        ("嵊泗撤并的是一所小学", "嵊泗撤并的是哪所小学", False),
        ("嵊泗撤并的是菜园小学", "嵊泗撤并的是哪所小学", True),
        ("计划竣工几个项目吗", "计划竣工几个项目", False),
        ("计划竣工6个项目", "计划竣工几个项目", True),
    ],
)
def test_a_repeated_question_says_nothing(text: str, question: str, says: bool) -> None:
    assert says_something(text, understand(question)) is says
