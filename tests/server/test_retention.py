"""The pruner prunes when it starts and goes on doing so, and ends at once."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from server.caller import LOCAL
from server.installation import Retention
from server.ledger import audit
from server.ledger.ledger import Ledger
from server.retention import Pruner


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger")
    yield ledger
    ledger.close()


def old(ledger: Ledger) -> None:
    """An entry of the audit log from two years ago."""
    audit.record(ledger, LOCAL, "key.add", "旧")
    with ledger.writing() as db:
        db.execute("UPDATE audit SET at = at - 730 * 86400")


def wait_until_empty(ledger: Ledger) -> None:
    deadline = time.monotonic() + 60
    while audit.count(ledger):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_what_is_old_goes_at_the_start_and_later_again(ledger: Ledger) -> None:
    old(ledger)
    pruner = Pruner(ledger, Retention(), every=0.05)
    pruner.start()
    wait_until_empty(ledger)
    old(ledger)
    wait_until_empty(ledger)
    pruner.close()


def test_it_ends_while_it_waits_for_the_next_day_and_where_it_was_never_started(ledger: Ledger) -> None:
    pruner = Pruner(ledger, Retention())
    pruner.start()
    pruner.close()
    Pruner(ledger, Retention()).close()
