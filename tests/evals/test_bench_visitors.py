"""What the bench of many visitors makes of visits and of the server's health, against figures worked out by hand."""

from typing import Any

from evals.bench.probe import Probe
from evals.bench.visitors import measure


def _visit(outcome: str, waited: bool = False, failed: tuple[str, ...] = ()) -> dict[str, Any]:
    return {"outcome": outcome, "waited": waited, "failed_events": list(failed), "loaded": 1.0, "seconds": 2.0}


def _probe(*seconds: float, failed: int = 0) -> Probe:
    probe = Probe()
    probe.seconds, probe.failed = list(seconds), failed
    return probe


def test_answers_places_and_honest_refusals_are_counted_and_are_no_faults() -> None:
    told = measure([_visit("answered"), _visit("answered", waited=True), _visit("busy")], _probe(0.01, 0.02, 0.9))
    assert (told["answers"], told["queue_places"], told["busy_503"], told["faults"]) == (2, 1, 1, 0)
    assert told["health"] == {"p50": 0.02, "p99": 0.9, "worst": 0.9, "asked": 3, "failed": 0}
    assert all(told["verdicts"].values())


def test_what_hangs_fails_or_delays_health_is_told() -> None:
    told = measure([_visit("no end"), _visit("answered", failed=("load 3",))], _probe(0.01, 1.2))
    assert told["faults"] == 2
    assert not any(told["verdicts"].values())
    assert not measure([_visit("answered")], _probe(0.01, failed=1))["verdicts"]["health within one second"]
