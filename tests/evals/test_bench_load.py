"""What a load's questions add up to: counts, fair shares, work done against one client's, and the bars."""

import pytest

from evals.bench.clients import Asked
from evals.bench.load import fairness, measure, throughput, verdicts


def _asked(question: str, client: int, sent: float, turn: float, end: float, outcome: str = "answered") -> Asked:
    return Asked(question, client, sent, outcome, 0.1, turn > 0.1, turn, end)


ALONE = [_asked("甲", 0, 0.0, 0.1, 2.0), _asked("乙", 0, 2.0, 0.1, 4.0), _asked("丙", 0, 6.0, 0.1, 2.0, "HTTP 500")]
TOGETHER = [_asked("甲", 0, 0.0, 0.1, 2.0), _asked("乙", 1, 0.0, 2.0, 6.0), _asked("甲", 0, 2.0, 4.0, 6.0)]


def test_only_complete_questions_count_and_time_runs_to_the_last_end() -> None:
    measured = measure(ALONE)
    assert (measured["complete"], measured["seconds"], measured["a_minute"]) == (2, 8.0, 15.0)
    assert measured["outcomes"] == {"answered": 2, "HTTP 500": 1}
    assert (measured["complete_p50"], measured["complete_p95"]) == (2.0, 4.0)


def test_the_longest_wait_is_held_against_those_who_stood_in_line() -> None:
    told = fairness(TOGETHER, clients=2)
    assert (told["waited"], told["mean_service"], told["longest_wait"]) == (2, 3.0, 4.0)
    assert told["longest_wait_share"] == pytest.approx(0.667)
    assert told["longest_in_all_share"] == pytest.approx(1.0)
    assert fairness(ALONE, clients=1) == {"waited": 0}


def test_work_done_together_is_counted_in_one_clients_seconds() -> None:
    told = throughput(TOGETHER, ALONE)
    assert told["to_one_client_same_questions"] == pytest.approx(1.0)  # 2 + 4 + 2 seconds' work in 8
    assert told["to_one_client"] == pytest.approx(1.5)


def test_each_bar_is_told_by_itself() -> None:
    measured = {
        "one": measure(ALONE),
        "together": measure(TOGETHER) | throughput(TOGETHER, ALONE) | fairness(TOGETHER, 2),
        "staying": measure(TOGETHER[:1]),
        "idle_after": {"worst": 0.25},
        "dishonest": [{"outcome": "HTTP 500"}],
    }
    assert list(verdicts(measured).values()) == [False, True, True, True, True, False]
