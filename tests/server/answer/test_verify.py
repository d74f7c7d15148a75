"""A sentence leaves only when evidence holds its numbers, units and words."""

import pytest

from index.query import understand
from ingest.numbers import quantities
from server.answer.verify import (
    Proved,
    Unproved,
    prove,
    split,
    strip_marks,
)
from tests.conftest import SAMPLES
from tests.server.answer.candidates import candidate

FINISHED = "2023年计划推进教育项目17个:计划竣工项目6个,可新增学位8280个;"
QUESTION = understand("海沧2023年计划竣工几个项目")


def _is_proved(sentence: str, evidence: str, question: str = "海沧2023年计划竣工几个项目") -> bool:
    return isinstance(prove(sentence, understand(question), [candidate(evidence)]), Proved)


def test_a_number_is_proved_by_the_same_number_with_the_same_unit() -> None:
    assert _is_proved("海沧2023年计划竣工6个项目。", FINISHED)


@pytest.mark.parametrize("held", ["16个", "60个", "6.5个", "1.6个", "6万个", "6%"])
def test_a_number_is_not_proved_by_a_part_of_another_number(held: str) -> None:
    assert not _is_proved("计划竣工项目6个", f"计划竣工项目{held}")


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("覆盖率80%", "覆盖率８０％"),
        ("学位12000个", "学位1.2万个"),
        ("学位8,280个", "学位8280个"),
        ("学校15所", "学校十五所"),
        ("招聘教师600名", "招聘教师600人"),
    ],
)
def test_the_same_quantity_may_be_written_in_another_way(said: str, held: str) -> None:
    assert _is_proved(said, held, "覆盖率、学位、学校、招聘教师是多少")


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("招聘教师600名", "招聘教师600元"),
        ("增加床位30张", "增加床位30亩"),
        ("覆盖率80%", "覆盖率80个"),
        ("投入6亿元", "投入6万元"),
        ("为期三年", "为期三天"),
    ],
)
def test_a_number_with_another_unit_is_refused(said: str, held: str) -> None:
    outcome = prove(said, understand("招聘教师、增加床位、覆盖率、投入、为期多少"), [candidate(held)])
    assert isinstance(outcome, Unproved)
    assert outcome.lacks.startswith("依据里没有“")


def test_the_year_asked_about_needs_no_evidence_and_another_year_does() -> None:
    held = candidate("计划竣工项目6个", years=frozenset({2023}))
    asked_2024 = understand("海沧2024年计划竣工几个项目")
    assert isinstance(prove("2024年计划竣工项目6个", asked_2024, [held]), Proved)
    assert isinstance(prove("2025年计划竣工项目6个", asked_2024, [held]), Unproved)


def test_a_year_that_the_sentence_speaks_for_is_supported_although_it_is_not_written_there() -> None:
    question = understand("海沧今年计划竣工几个项目")
    held = candidate("今年计划竣工项目6个", years=frozenset({2023}))
    assert isinstance(prove("2023年计划竣工项目6个", question, [held]), Proved)


def test_a_document_number_must_stand_in_the_evidence() -> None:
    question = understand("依据哪份文件")
    held = candidate("依据文件厦海教工委〔2023〕16号执行")
    assert isinstance(prove("依据文件厦海教工委[2023]16号", question, [held]), Proved)
    outcome = prove("依据文件厦海教办〔2023〕16号", question, [held])
    assert isinstance(outcome, Unproved)
    assert "厦海教办[2023]16号" in outcome.lacks


def test_words_that_stand_neither_in_evidence_nor_question_are_refused() -> None:
    outcome = prove("海沧计划竣工6个项目，由市长亲自剪彩验收。", QUESTION, [candidate(FINISHED)])
    assert outcome == Unproved("海沧计划竣工6个项目，由市长亲自剪彩验收。", "用词与依据不符")


def test_words_of_title_and_headings_count_as_evidence() -> None:
    held = candidate("计划竣工项目6个", headings=("四、教育优质协调发展", "11.加快学位供给能力建设"))
    assert isinstance(prove("学位供给能力建设计划竣工6个", QUESTION, [held]), Proved)
    assert isinstance(prove("学位供给能力建设计划竣工6个", QUESTION, [candidate("计划竣工项目6个")]), Unproved)


def test_numbers_of_a_heading_prove_no_number() -> None:
    held = candidate("继续推进学校项目建设", headings=("11.推进学校项目建设",))
    assert isinstance(prove("推进学校项目建设11个", QUESTION, [held]), Unproved)


def test_evidence_of_another_place_or_year_proves_nothing() -> None:
    wrong = [candidate(FINISHED, fits_year=False), candidate(FINISHED, fits_place=False, start=100)]
    assert prove("计划竣工项目6个", QUESTION, wrong) == Unproved("计划竣工项目6个", "没有可用的依据")


def test_the_fewest_sources_are_cited_and_stand_in_the_order_of_the_document() -> None:
    later = candidate("组建教育集团8个", start=50)
    earlier = candidate("计划竣工项目6个", start=10)
    other = candidate("加强干部队伍建设", start=0)
    question = understand("竣工项目和教育集团各几个")
    outcome = prove("计划竣工项目6个，组建教育集团8个", question, [later, other, earlier])
    assert outcome == Proved("计划竣工项目6个，组建教育集团8个", (earlier, later))
    assert prove("计划竣工项目6个", question, [later, other, earlier]) == Proved("计划竣工项目6个", (earlier,))


def test_marks_that_the_model_wrote_are_removed() -> None:
    assert strip_marks("计划竣工6个[1][2]，新增8280个 [3]。") == "计划竣工6个，新增8280个。"
    assert split("计划竣工6个[1]。新增学位8280个[2]；\n另有5个！") == [
        "计划竣工6个。",
        "新增学位8280个；",
        "另有5个！",
    ]
    assert split("[1] [2] 。") == []


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("计划竣工项目6元", "计划竣工项目6个"),
        ("计划竣工项目6年", "计划竣工项目6个"),
        ("近视率下降1个", "近视率下降1个百分点"),
        ("覆盖率超过85%", "覆盖率不超过85%"),
    ],
)
def test_a_count_proves_neither_money_nor_time_nor_points_nor_the_opposite(said: str, held: str) -> None:
    assert not _is_proved(said, held, "计划竣工项目、近视率下降、覆盖率是多少")


def test_a_year_asked_about_does_not_excuse_a_count_of_the_same_size() -> None:
    assert not _is_proved("计划竣工项目2023个", "计划竣工项目6个")


@pytest.mark.parametrize(
    ("said", "held"),
    [("覆盖率80%", "覆盖率百分之八十"), ("覆盖率百分之八十", "覆盖率８０％"), ("学校十五所", "学校15所")],
)
def test_figures_and_numerals_prove_each_other(said: str, held: str) -> None:
    assert _is_proved(said, held, "覆盖率、学校是多少")


def test_a_date_is_proved_whole() -> None:
    assert not _is_proved("2023年3月2日印发", "2023年3月5日印发，共2个", "何时印发")
    assert not _is_proved("2023年3月2日印发", "1月2日起草，2023年3月5日印发", "何时印发")


SEATS = "新增学位2000个(其中幼儿园800个、小学1200个)"
PARTS = "2023年计划推进教育项目17个:计划竣工项目6个,含高中2个、小学1个、幼儿园3个,可新增学位8280个;"


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("新增学位2000个", SEATS),
        ("幼儿园学位800个", SEATS),
        ("小学学位1200个", SEATS),
        ("幼儿园3所", PARTS),
        ("竣工高中2所", PARTS),
        ("竣工项目6个，可新增学位8280个", PARTS),
        ("第一小学学位1080个", "学校：第一小学 | 学位：1080"),
        ("铁路投资8000亿元", "8000亿元——铁路投资"),
        ("扣除期限不超过48个月", "扣除期限不能超过48个月"),
        ("30天内备案", "30日内备案"),
        ("2月2日上班", "2月2日（星期六）、2月3日（星期日）上班"),
        ("工作已满1年不满10年的年休假5天", "职工工作已满1年不满10年的，年休假5天；已满10年不满20年的，年休假10天"),
        ("学位1.2万个", "学位12000个"),
        ("投入1.5万元", "投入15000元"),
        ("户籍人口超过100万的城市1100元", "户籍人口超过100万的城市，标准为1100元；不超过100万的城市，标准为800元"),
    ],
)
def test_a_true_sentence_in_other_words_is_proved(said: str, held: str) -> None:
    assert _is_proved(said, held, "情况怎样")


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ("学位800个", SEATS),
        ("小学学位800个", SEATS),
        ("幼儿园学位3个", PARTS),
        ("竣工初中2所", PARTS),
        ("竣工项目17个", PARTS),
        ("第二小学学位1080个", "学校：第一小学 | 学位：1080"),
        ("学校学位1080个", "学校：1080 | 学位：36"),
        ("扣除期限不低于48个月", "扣除期限不能超过48个月"),
        ("近视率上升1个百分点", "近视率下降1个百分点"),
        ("覆盖率80%以下", "覆盖率80%以上"),
        ("覆盖率超过80%", "覆盖率达到80%"),
        ("30天内备案", "30个工作日内备案"),
        ("扣除48个月", "扣除48天"),
        ("2月3日放假", "3月3日放假，2月12日上班"),
        ("已满20年的年休假10天", "已满10年不满20年的，年休假10天；已满20年的，年休假15天"),
        ("投入80万元", "投入80元"),
        ("投入80元", "投入80万元"),
        ("培训1.5万人", "培训1.5万人次"),
        ("招聘教师120人", "招聘教师1200人"),
        ("招聘教师200人", "招聘教师1200人"),
        ("学位280个", "学位8,280个"),
        ("覆盖率8%", "覆盖率0.8%"),
        (
            "户籍人口不超过100万的城市1100元",
            "户籍人口超过100万的城市，标准为1100元；户籍人口不超过100万的城市，标准为800元",
        ),
    ],
)
def test_a_sentence_with_the_number_of_something_else_is_refused(said: str, held: str) -> None:
    assert not _is_proved(said, held, "情况怎样")


def test_another_kind_of_what_is_asked_about_is_refused_though_the_question_brought_its_name() -> None:
    rail = "完成铁路投资8000亿元以上、公路投资1.65万亿元"
    assert not _is_proved("教育项目投资8000亿元以上", rail, "教育项目投资多少")
    assert _is_proved("铁路投资8000亿元以上", rail, "铁路投资多少")
    assert _is_proved("教育投资8000亿元", "全年完成投资8000亿元用于教育", "教育投资多少")


@pytest.mark.parametrize("held", ["2023年3月2日印发", "2023-03-02印发", "二〇二三年三月二日印发", "2023.3.2印发"])
@pytest.mark.parametrize("said", ["2023年3月2日印发", "二〇二三年三月二日印发"])
def test_a_date_proves_itself_in_every_writing(said: str, held: str) -> None:
    assert _is_proved(said, held, "何时印发")


@pytest.mark.parametrize("said", ["2023年3月12日印发", "2023年3月22日印发", "2022年3月2日印发", "2023年2月3日印发"])
def test_another_date_is_refused(said: str) -> None:
    assert not _is_proved(said, "2023年3月2日印发", "何时印发")


@pytest.mark.parametrize(
    "number", ["厦海教工委〔2023〕16号", "厦海教工委[2023]16号", "厦海教工委（2023）16号", "厦海教工委(2023)16号"]
)
def test_a_document_number_is_the_same_in_any_bracket(number: str) -> None:
    assert _is_proved(f"文号是{number}", "备注/文号:厦海教工委〔2023〕16号", "文号是什么")


@pytest.mark.parametrize(
    "number", ["厦海教工委〔2023〕1号", "厦海教工委〔2023〕6号", "厦海教工委〔2022〕16号", "厦海教工委〔2023〕116号"]
)
def test_another_document_number_is_refused(number: str) -> None:
    assert not _is_proved(f"文号是{number}", "备注/文号:厦海教工委〔2023〕16号", "文号是什么")


def test_every_clause_with_a_number_of_the_samples_proves_itself() -> None:
    for path in sorted(SAMPLES.glob("*.txt")):
        for line in path.read_text(encoding="utf-8").splitlines():
            for sentence in split(line):
                if len(sentence) < 300 and quantities(sentence):
                    assert _is_proved(sentence, sentence, "情况怎样"), sentence
