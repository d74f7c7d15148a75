"""How likely each sentence tells what is asked, or none does: shares that add up, and weights of what is measured."""

import json

import pytest

from server.answer.ranking import WEIGHTS, Ranking, ranking
from server.reader.reader import shipped
from tests.server.answer.candidates import candidate

BY_RELEVANCE = Ranking({"relevance": 1.0}, none=0.0)


def test_the_shares_are_those_of_the_exponentials() -> None:
    first, second = BY_RELEVANCE.probabilities([{"relevance": 1.0}, {"relevance": 0.0}])
    assert first / second == pytest.approx(2.718281828)
    assert 1 - first - second == pytest.approx(second)


def test_another_sentence_that_is_as_good_halves_the_probability_and_not_the_order() -> None:
    alone = BY_RELEVANCE.probabilities([{"relevance": 9.0}])[0]
    first, second = BY_RELEVANCE.probabilities([{"relevance": 9.0}] * 2)
    assert first == second == pytest.approx(alone / 2, rel=1e-3)


def test_nothing_is_likely_where_nothing_was_found_and_the_greatest_numbers_are_no_error() -> None:
    assert BY_RELEVANCE.probabilities([]) == []
    assert BY_RELEVANCE.probabilities([{"relevance": 1e6}, {"relevance": -1e6}]) == [1.0, 0.0]


def test_the_weights_that_ship_are_of_what_is_measured_with_the_reader_that_ships() -> None:
    assert set(ranking().weights) == set(candidate("竣工项目6个").measured)
    assert json.loads(WEIGHTS.read_text(encoding="utf-8"))["reader"] == shipped().fingerprint
