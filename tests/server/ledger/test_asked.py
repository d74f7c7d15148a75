"""Facts of answers: bounded, and with the question's words only where they may be kept."""

import pytest

from server.answer.result import Timings
from server.ledger import asked
from server.ledger.asked import Asked, Keep, kept, latest, record
from server.ledger.ledger import Ledger


def test_facts_come_back_the_newest_first_and_the_oldest_go(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(asked, "MOST_ASKED", 3)
    facts = [Asked(float(at), "a", f"问{at}", "answered", None, Timings(1.0, None, 2.0)) for at in range(5)]
    for fact in facts:
        record(ledger, fact)
    assert latest(ledger) == facts[:1:-1]
    assert latest(ledger, since=4.0) == facts[4:]


def test_what_was_cancelled_has_no_times(ledger: Ledger) -> None:
    fact = Asked(1.0, None, None, "cancelled")
    record(ledger, fact)
    assert latest(ledger) == [fact]


@pytest.mark.parametrize(
    ("keep", "local", "shared"), [("never", None, None), ("local", "问", None), ("always", "问", "问")]
)
def test_questions_are_kept_as_the_installation_says(keep: Keep, local: str | None, shared: str | None) -> None:
    assert (kept("问", None, keep), kept("问", "a", keep)) == (local, shared)
