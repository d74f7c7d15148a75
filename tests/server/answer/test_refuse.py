"""When to refuse: where nothing fits, and where what would be told is not likely enough."""

import math

import pytest

from server.answer.evidence import Candidate
from server.answer.refuse import Doubt, Judge, elsewhere, is_smalltalk, judge, why_nothing_fits
from tests.server.answer.candidates import candidate


@pytest.mark.parametrize("text", ["你好", "您好！", "hi", "Hello~", "你是谁？", "你能做什么", "谢谢啊", " 再见。 "])
def test_a_greeting_is_recognised(text: str) -> None:
    assert is_smalltalk(text)


@pytest.mark.parametrize("text", ["你好，海沧2023年计划竣工几个项目", "帮助困难学生的措施有哪些", "好的学校有几所", ""])
def test_a_question_is_no_greeting(text: str) -> None:
    assert not is_smalltalk(text)


def test_nothing_found_is_no_match() -> None:
    assert why_nothing_fits([]) == "no_match"


def _weak(coverage: float = 0.2, fits_year: bool = True, fits_place: bool = True) -> Candidate:
    """A sentence about something else: few of the question's words, and far from it."""
    return candidate("课程", coverage=coverage, cosine=0.8, fits_year=fits_year, fits_place=fits_place)


def test_a_sentence_that_fits_may_answer() -> None:
    other = candidate("舟山新增学位3300个", cosine=0.8, fits_place=False)
    assert why_nothing_fits([other, _weak(coverage=0.6)]) is None


def test_a_sentence_in_other_words_that_means_the_same_may_answer() -> None:
    assert why_nothing_fits([candidate("新增学位8280个", coverage=0.0, cosine=0.9)]) is None


def test_a_good_match_of_another_year_is_the_wrong_year() -> None:
    found = [_weak(), _weak(coverage=1.0, fits_year=False)]
    assert why_nothing_fits(found) == elsewhere(found) == "wrong_year"


def test_a_good_match_of_another_place_is_the_wrong_place() -> None:
    found = [_weak(), _weak(coverage=1.0, fits_place=False)]
    assert why_nothing_fits(found) == elsewhere(found) == "wrong_place"


def test_a_match_of_another_place_and_year_is_the_wrong_place() -> None:
    assert why_nothing_fits([candidate("新增学位", fits_place=False, fits_year=False)]) == "wrong_place"


def test_nothing_is_elsewhere_when_what_fits_matches_as_well() -> None:
    assert elsewhere([candidate("新增学位"), candidate("新增学位", fits_year=False)]) is None


def test_only_weak_matches_are_no_match() -> None:
    assert why_nothing_fits([_weak(), _weak(coverage=0.4, fits_year=False)]) == "no_match"


BETWEEN = Judge(hopeless=0.2, sure=0.6, witness=0.5, least=0.0)


def test_what_is_likely_is_shown_and_what_is_hopeless_is_not_without_asking_the_model() -> None:
    for probability, least in ((0.6, -math.inf), (0.19, math.inf), (0.0, math.inf)):
        doubt = Doubt("竣工项目6个", "工作要点", BETWEEN.needed(probability))
        assert doubt.least == least
        assert not doubt.is_open


def test_between_them_the_model_is_a_witness_who_has_to_say_more_of_what_is_less_likely() -> None:
    assert 0.0 < BETWEEN.needed(0.4) < 2.0
    assert BETWEEN.needed(0.3) > BETWEEN.needed(0.4)


def test_the_limits_that_ship_are_in_order() -> None:
    assert 0.0 < judge().hopeless <= judge().sure < 1.0
