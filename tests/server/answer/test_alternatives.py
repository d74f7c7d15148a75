"""When several documents could answer: the newest of a series speaks, others that differ are quoted."""

from dataclasses import replace

import pytest

from index.query import understand
from server.answer.alternatives import LONGEST_ANSWER, MOST_OTHERS, is_open, newest_of_series, other_answers, title_of
from server.answer.evidence import Candidate
from server.answer.verify import Proved
from tests.server.answer.candidates import candidate

QUESTION = understand("新增学位多少个")


def _of(year: int | None, text: str, title: str = "政府工作报告", score: float = 0.3, direct: float = 1.0) -> Candidate:
    """A sentence of one document of that year."""
    made = candidate(text, title=title, score=score, direct=direct)
    evidence = replace(made.evidence, document_id=f"{title}{year}"[-16:])
    return replace(made, evidence=evidence, own_year=year)


@pytest.mark.parametrize(
    ("text", "names_document", "is_left_open"),
    [
        ("新增学位多少个", False, True),
        ("2023年新增学位多少个", False, False),
        ("海沧新增学位多少个", False, False),
        ("厦海教工委〔2023〕16号讲了什么", False, False),
        ("新增学位多少个", True, False),
    ],
)
def test_a_question_that_names_nothing_leaves_its_document_open(
    text: str, names_document: bool, is_left_open: bool
) -> None:
    assert is_open(understand(text), names_document) is is_left_open


def test_of_a_series_the_newest_answers() -> None:
    old, new = _of(2021, "新增学位100个", "2021年政府工作报告"), _of(2022, "新增学位200个", "2022年政府工作报告")
    (answers,) = newest_of_series([old, new])
    assert answers == replace(new, score=answers.score)
    assert answers.score == pytest.approx(0.3 / 0.7)


def test_an_older_document_stays_when_the_newest_does_not_match_as_well() -> None:
    old, new = _of(2021, "新增学位100个"), _of(2022, "加强队伍建设", score=0.05)
    assert newest_of_series([old, new]) == [old, new]


def test_documents_of_other_names_or_without_a_year_are_no_series() -> None:
    found = [_of(2021, "新增学位100个"), _of(2022, "新增学位200个", "教育工作要点"), _of(None, "新增学位300个")]
    assert newest_of_series(found) == found
    assert newest_of_series([]) == []


def test_a_sentence_that_does_not_fit_makes_no_other_one_old() -> None:
    old, new = _of(2021, "新增学位100个"), replace(_of(2022, "新增学位200个"), fits_place=False)
    assert newest_of_series([old, new]) == [old, new]


def _said(source: Candidate) -> list[Proved]:
    return [Proved(source.shown, (source,))]


def test_another_document_with_another_figure_is_told() -> None:
    first, second = _of(2022, "新增学位200个"), _of(2021, "新增学位100个", "教育工作要点")
    assert other_answers(QUESTION, _said(first), [first, second]) == [Proved("新增学位100个", (second,))]


@pytest.mark.parametrize(
    "second",
    [
        _of(2021, "新增学位200个", "教育工作要点"),
        _of(2021, "新增学位若干", "教育工作要点"),
        _of(2021, "新增学位100个", "教育工作要点", direct=0.5),
        replace(_of(2021, "新增学位100个", "教育工作要点"), fits_place=False),
    ],
    ids=["same figure", "no figure", "matches worse", "does not fit"],
)
def test_a_document_that_does_not_differ_or_answer_is_not_told(second: Candidate) -> None:
    first = _of(2022, "新增学位200个")
    assert other_answers(QUESTION, _said(first), [first, second]) == []


def test_nothing_is_told_beside_an_answer_that_is_no_figure() -> None:
    first, second = _of(2022, "加强学位供给"), _of(2021, "优化学位布局", "教育工作要点")
    assert other_answers(understand("有哪些学位措施"), _said(first), [first, second]) == []


def test_few_and_short_alternatives_are_told_the_newest_first() -> None:
    first = _of(2023, "新增学位1个")
    more = [_of(2010 + n, f"新增学位{n * 10}个", f"要点{n}") for n in range(1, 6)]
    told = other_answers(QUESTION, _said(first), [first, *more])
    assert [t.sources[0].own_year for t in told] == [2015, 2014]
    assert len(told) == MOST_OTHERS
    long = _of(2021, "新增学位" + "，".join(["优质均衡发展"] * 20) + "900个", "教育工作要点")
    assert len(long.shown) > LONGEST_ANSWER
    assert other_answers(QUESTION, _said(first), [first, long]) == []


def test_a_title_that_two_documents_share_is_shown_with_its_year() -> None:
    one, same, dated = _of(2021, "甲"), _of(2022, "乙"), _of(2022, "丙", "2022年报告")
    assert title_of(one, [one, same]) == "《政府工作报告》（2021年）"
    assert title_of(one, [one, dated]) == "《政府工作报告》"
    assert title_of(dated, [dated, _of(2022, "丁", "2022年报告")]) == "《2022年报告》"


def test_what_differs_is_told_where_an_older_edition_was_likelier_and_that_one_is_not() -> None:
    old, new = _of(2021, "新增学位100个", "补助办法", 0.6), _of(2023, "新增学位200个", "补助办法", 0.2)
    other = _of(2022, "新增学位300个", "实施细则", 0.08)
    able = newest_of_series([old, new, other])
    told = other_answers(QUESTION, _said(able[0]), able)
    assert [one.text for one in told] == ["新增学位300个"]
