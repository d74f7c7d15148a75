"""So many a minute for each name, in bounded memory."""

import pytest

from server.api import rate as module
from server.api.rate import Rate


def test_a_burst_is_allowed_and_then_one_each_step() -> None:
    rate = Rate(6)
    assert [rate.take("甲", 100.0) for _ in range(6)] == [0] * 6
    assert rate.take("甲", 100.0) == 10
    assert rate.take("甲", 105.0) == 5
    assert rate.take("甲", 110.0) == 0
    assert rate.take("甲", 110.0) == 10
    assert [rate.take("甲", 200.0) for _ in range(7)] == [0] * 6 + [10]


def test_names_do_not_share_and_looking_counts_nothing() -> None:
    rate = Rate(1)
    assert rate.wait("甲", 0.0) == 0
    assert rate.take("甲", 0.0) == 0
    assert rate.wait("甲", 0.0) == 60 == rate.take("甲", 0.0)
    assert rate.take("乙", 0.0) == 0


def test_quiet_names_are_forgotten_and_of_too_many_the_quietest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_NAMES", 100)
    rate = Rate(5)
    for i in range(1000):
        rate.take(str(i), 0.0)
    assert len(rate) == 100
    rate.take("新", 1000.0)
    assert len(rate) == 1
