"""What kind of thing a question asks for is known by its form, and so is a text that tells it."""

import pytest

from index.query import understand
from server.answer.asking import (
    asked_things,
    asks_figure,
    asks_whether,
    best_clause,
    holds_asked_figure,
    says_something,
    tells_other_part,
)

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
        ("县城人口超过100万的", "每月多少元", False),
        ("按本办法第三条的标准", "标准是多少", False),
        ("文号是国发〔2018〕44号", "有多少项", False),
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


@pytest.mark.parametrize(
    ("text", "question", "told"),
    [
        (
            "加强管理，部门经理以上人员出差住宿标准为每天不超过500元，其他员工出差住宿标准为每天不超过300元，餐费包干",
            "出差住宿标准是多少元",
            ("500元", "300元"),
        ),
        ("逾期竣工的，违约金每天为500元，但因不可抗力造成的除外，双方协商解决", "违约金每天多少元", ("500元", "但因不可抗力造成的除外")),
    ],
)  # fmt: skip
def test_another_such_figure_and_an_exception_belong_to_the_clause(
    text: str, question: str, told: tuple[str, ...]
) -> None:
    clause = best_clause(text, understand(question))
    assert all(part in clause for part in told)
    assert text[-4:] not in clause


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
        ("五日内作出是否受理的书面决定", "受理期限是几日", True),
        ("教师是否应当参加培训", "教师是否应当参加培训", False),
    ],
)
def test_a_repeated_question_says_nothing(text: str, question: str, says: bool) -> None:
    assert says_something(text, understand(question)) is says


@pytest.mark.parametrize(
    ("question", "things"),
    [
        ("新建、改建和扩建的学校各有多少所", 3),
        ("水费一共分三档，每吨各是多少元", 3),
        ("小型及以下企业和中型企业的税率各是多少", 2),
        ("中华人民共和国成立以来人均耕地和人均粮食分别是多少", 2),
        ("新建学校多少所", 1),
        ("新建、改建学校各有什么要求", 1),
    ],
)
def test_it_is_known_of_how_many_things_a_figure_is_asked(question: str, things: int) -> None:
    assert asked_things(question) == things


def test_whether_something_was_done_is_asked_at_the_end_as_well() -> None:
    assert asks_whether("全年的任务完成了没有？")
    assert not asks_whether("有几项任务没有完成")


@pytest.mark.parametrize(("text", "holds"), [("附件1.查验区坐标", False), ("查验区用地41.565公顷", True)])
def test_how_large_wants_a_figure_and_the_number_of_an_annex_is_none(text: str, holds: bool) -> None:
    assert holds_asked_figure(text, understand("查验区占地多大")) is holds


@pytest.mark.parametrize(
    ("question", "is_other"),
    [
        ("财政赤字安排多少", True),
        ("中央财政赤字是多少", False),
        ("财政赤字多少，其中中央多少", False),
        ("财政赤字怎么安排", False),
    ],
)
def test_a_part_is_not_the_whole_that_is_asked_about(question: str, is_other: bool) -> None:
    assert tells_other_part("其中，中央财政赤字1.4万亿元。", question) is is_other
    assert not tells_other_part("安排财政赤字2.18万亿元。", question)


def test_a_day_is_no_answer_to_how_much() -> None:
    question = understand("2011年全年居民消费价格涨了多少")
    assert not holds_asked_figure("居民消费价格指数涨幅从8月份起逐月回落", question)
    assert not holds_asked_figure("居民消费价格自8月20日起回落", question)
    assert holds_asked_figure("8月份居民消费价格上涨5.4%", question)
    assert holds_asked_figure("保存期限为6个月", understand("保存期限是多少"))
    assert holds_asked_figure("3月15日", understand("3月几日截止"))
