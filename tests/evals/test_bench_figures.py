"""The arithmetic of the benches, against cases worked out by hand."""

import pytest

from evals.bench.figures import (
    grown,
    longest_share,
    percentile,
    ratios,
    risen,
    spread,
    still_busy,
    unevenness,
    work_rate,
)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, 1), (0.25, 1), (0.5, 2), (0.51, 3), (0.75, 3), (0.95, 4), (1.0, 4)]
)
def test_a_percentile_is_the_smallest_value_that_enough_do_not_exceed(share: float, expected: int) -> None:
    assert percentile([4, 2, 1, 3], share) == expected


def test_of_twenty_the_95th_percentile_is_the_nineteenth() -> None:
    assert percentile(list(range(1, 21)), 0.95) == 19


def test_ratios_are_of_pairs_and_pairs_must_match() -> None:
    assert ratios([8.0, 9.0], [2.0, 3.0]) == [4.0, 3.0]
    with pytest.raises(ValueError, match="shorter"):
        ratios([8.0, 9.0], [2.0])


def test_a_spread_holds_its_median_and_is_always_the_same() -> None:
    values = [1.0, 2.0, 3.0, 4.0, 100.0]
    first = spread(values)
    assert (first.median, first.quartiles, first.count) == (3.0, (2.0, 4.0), 5)
    assert first.interval[0] <= first.median <= first.interval[1]
    assert spread(values) == first
    assert spread([2.0]).interval == (2.0, 2.0)
    with pytest.raises(ValueError, match="no values"):
        spread([])


def test_the_fair_share_is_each_client_served_once() -> None:
    assert longest_share([3.0, 24.0, 16.0], clients=8, service=2.0) == pytest.approx(1.5)


def test_clients_that_wait_alike_are_even_and_one_that_never_waited_is_left_out() -> None:
    assert unevenness({0: [2.0, 4.0], 1: [3.0], 2: []}) == pytest.approx(1.0)
    assert unevenness({0: [1.0], 1: [3.0]}) == pytest.approx(1.5)


def test_work_is_counted_in_what_the_same_questions_take_alone() -> None:
    alone = {"短": 1.0, "长": 3.0}
    assert work_rate(["长", "长", "短"], alone, seconds=7.0) == pytest.approx(1.0)
    assert work_rate(["没问过"], alone, seconds=4.0) == pytest.approx(0.5)


def test_growth_compares_the_medians_of_two_windows() -> None:
    settling = [(0.0, 50.0), (1.0, 70.0)]
    steady = [(5.0, 100.0), (5.5, 90.0), (6.0, 110.0), (8.0, 500.0), (9.0, 105.0), (9.5, 120.0), (10.0, 90.0)]
    assert grown([*settling, *steady], start=5.0, window=1.0) == pytest.approx(1.05)


def test_what_is_used_at_times_is_not_left_over_and_what_is_kept_is() -> None:
    at_times = [(5.0, 7.0), (5.5, 3.0), (9.5, 9.0), (10.0, 3.0)]
    assert risen(at_times, start=5.0, window=1.0) == 0
    kept = [(5.0, 7.0), (5.5, 3.0), (9.5, 9.0), (10.0, 5.0)]
    assert risen(kept, start=5.0, window=1.0) == 2


def test_busy_ends_with_the_last_step_that_used_the_processor() -> None:
    samples = [(0.0, 5.0), (0.1, 5.2), (0.2, 5.25), (0.3, 5.26), (0.4, 5.26)]
    assert still_busy(samples, share=0.3) == pytest.approx(0.2)
    assert still_busy([(0.0, 5.0), (0.1, 5.0)], share=0.3) == pytest.approx(0.0)
