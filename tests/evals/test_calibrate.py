"""Weights are found again from choices that were drawn by them."""

import random
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from evals.calibrate import Case, fit
from evals.intervals import interval
from index.query import understand
from server.answer.finding import Found
from server.answer.naming import Named
from server.answer.ranking import Ranking
from tests.server.answer.candidates import candidate

TRUE = Ranking({"relevance": 2.0, "behind": -3.0, "coverage": 1.0}, 1.0)
QUESTION = understand("竣工几个项目")


def _drawn(number: int, chance: random.Random) -> Case:
    """A case of six sentences of which one is right, or none, drawn by the probabilities of TRUE."""
    found = [
        replace(
            candidate("竣工", start=10 * at, relevance=chance.gauss(0, 4), behind=abs(chance.gauss(0, 4)), rank=at + 1),
            coverage=chance.random(),
        )
        for at in range(6)
    ]
    shares = TRUE.probabilities([one.measured for one in found])
    right = chance.choices(range(7), [*shares, 1 - sum(shares)])[0]
    row: dict[str, Any] = {"document": f"{number % 20}", "answerable": right < 6}
    return Case("office", row, Found("", QUESTION, Named(), found), np.arange(6) == right)


def test_the_weights_are_those_that_the_choices_were_drawn_by() -> None:
    chance = random.Random(2)
    fitted = fit([_drawn(number, chance) for number in range(1500)])
    for name, weight in TRUE.weights.items():
        assert fitted.weights[name] == pytest.approx(weight, abs=0.5), name
    # What is the same for all sentences counts against "none" as well.
    constant = sum(fitted.weights[name] for name in ("direct", "year")) + 2 * fitted.weights["found_by"]
    assert fitted.none - constant == pytest.approx(TRUE.none, abs=0.6)
    assert abs(fitted.weights["figure"]) < 0.1


def test_the_interval_of_a_share_holds_it_and_is_narrower_over_more_documents() -> None:
    values = [float(n % 2 == 0) for n in range(500)]
    few, many = ([str(n % 5) for n in range(50)], values[:50]), ([str(n) for n in range(500)], values)
    for documents, told in (few, many):
        low, high = interval(documents, told)
        assert low <= 0.5 <= high
    low, high = interval(*many)
    assert high - low < 0.12
