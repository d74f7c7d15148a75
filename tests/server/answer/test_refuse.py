"""When to refuse: before asking the model, and after it has drafted, by what was measured of the draft."""

from dataclasses import fields, replace

import pytest

from index.query import understand
from index.search import Searcher
from server.answer.drafting import Draft
from server.answer.evidence import Candidate, find_candidates
from server.answer.refuse import Judge, Regression, Signals, elsewhere, is_smalltalk, judge, signals, why_nothing_fits
from server.answer.verify import Proved
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


def test_a_sentence_that_fits_is_left_to_the_model() -> None:
    other = candidate("舟山新增学位3300个", cosine=0.8, fits_place=False)
    assert why_nothing_fits([other, _weak(coverage=0.6)]) is None


def test_a_sentence_in_other_words_that_means_the_same_is_left_to_the_model() -> None:
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


ASKED = "海沧2023年计划竣工几个项目"


def _measured(
    searcher: Searcher, asked: str = ASKED, held: str = "竣工项目6个", odds: float = 8.0, quoted: bool = False
) -> Signals:
    """The signals of a draft that cites the sentence that holds `held`, for a question over the samples."""
    question = understand(asked)
    found = find_candidates(question, searcher.search(ASKED, 8), searcher.store)
    source = next(c for c in found if held in c.shown and c.fits)
    draft = Draft((Proved(source.shown, (source,)),), odds, quoted)
    return signals(draft, question, found, searcher.store)


def test_the_signals_of_a_good_draft_are_high(searcher: Searcher) -> None:
    measured = _measured(searcher)
    assert measured.odds == pytest.approx(0.8)
    assert measured.coverage > 0.99 and measured.direct > 0.99
    assert (measured.missing, measured.noun, measured.elsewhere, measured.quoted) == (0.0, 1.0, 0.0, 0.0)
    assert measured.rank == pytest.approx(1.0)


def test_a_quotation_and_the_models_doubt_are_told(searcher: Searcher) -> None:
    measured = _measured(searcher, odds=-8.0, quoted=True)
    assert (measured.odds, measured.quoted) == (-0.8, 1.0)


def test_a_word_of_the_question_that_no_document_has_weighs_most(searcher: Searcher) -> None:
    measured = _measured(searcher, "海沧2023年计划竣工几个红烧肉项目")
    assert measured.missing == pytest.approx(1.0)
    assert measured.coverage < _measured(searcher).coverage


def test_a_noun_to_be_counted_that_stands_nowhere_is_told(searcher: Searcher) -> None:
    assert _measured(searcher, "海沧2023年计划竣工几个游泳池").noun == pytest.approx(0.0)


def test_every_signal_but_the_odds_lies_between_nothing_and_one(searcher: Searcher) -> None:
    for asked in (ASKED, "海沧2023年续建几个项目", "2023年开工几所医院"):
        measured = _measured(searcher, asked)
        for name in (f.name for f in fields(Signals) if f.name != "odds"):
            assert 0.0 <= getattr(measured, name) <= 1.0, name


def test_sentences_of_another_year_that_match_better_speak_against_a_draft(searcher: Searcher) -> None:
    question = understand(ASKED)
    weak, strong = candidate("加强队伍建设"), candidate("竣工项目6个", fits_year=False, coverage=1.0)
    draft = Draft((Proved(weak.shown, (weak,)),), 8.0)
    assert signals(draft, question, [strong, weak], searcher.store).elsewhere > 0.9
    assert signals(draft, question, [weak], searcher.store).elsewhere == pytest.approx(0.0)


def test_a_question_for_yes_or_no_is_told(searcher: Searcher) -> None:
    assert _measured(searcher).whether == pytest.approx(0.0)
    assert _measured(searcher, "海沧2023年竣工项目有没有6个").whether == pytest.approx(1.0)


NEUTRAL = Signals(**{f.name: 0.0 for f in fields(Signals)})
BY_ODDS = Judge(Regression(0.0, {"odds": 1.0}), Regression(0.0, {"check": 10.0}), 0.4, 0.6, 0.5)
"""Sure from log-odds of about 4 on, hopeless below about -4, and then led by the check alone."""


def _never() -> float:
    raise AssertionError("the model was asked again")


def test_a_regression_without_weights_is_undecided() -> None:
    assert Regression(0.0, {}).probability({"odds": 1.0}) == pytest.approx(0.5)


def test_the_probability_is_the_logistic_of_the_weighted_signals() -> None:
    regression = Regression(-1.0, {"odds": 5.0, "quoted": -2.0})
    assert regression.probability({"odds": 0.8, "quoted": 0.0}) == pytest.approx(0.9525741)
    assert regression.probability({"odds": 0.8, "quoted": 1.0}) == pytest.approx(0.7310586)


def test_a_draft_that_is_sure_is_shown_and_a_hopeless_one_is_not_without_asking_again() -> None:
    assert BY_ODDS.accepts(replace(NEUTRAL, odds=0.8), _never)
    assert not BY_ODDS.accepts(replace(NEUTRAL, odds=-0.8), _never)


def test_between_them_the_model_is_asked_again_and_its_answer_decides() -> None:
    assert BY_ODDS.accepts(NEUTRAL, lambda: 2.0)
    assert BY_ODDS.accepts(NEUTRAL, lambda: 0.0)
    assert not BY_ODDS.accepts(NEUTRAL, lambda: -2.0)


def test_the_weights_that_ship_are_of_signals_that_are_measured() -> None:
    shipped = judge()
    measured = {f.name for f in fields(Signals)}
    assert set(shipped.first.weights) <= measured
    assert set(shipped.second.weights) <= measured | {"check"}
    assert 0.0 <= shipped.hopeless <= shipped.sure <= 1.0
    assert 0.0 < shipped.threshold < 1.0
