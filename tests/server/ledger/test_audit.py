"""The audit log: who did what to what, in order, and failed logins as counts."""

import time

import pytest

from server.caller import LOCAL, Caller
from server.ledger import audit, quotas
from server.ledger.ledger import Ledger

ZHANG = Caller("k1", "张三", "write")


def test_entries_tell_who_did_what_the_newest_first(ledger: Ledger) -> None:
    audit.record(ledger, ZHANG, "document.add", "d1", "要点.pdf")
    audit.record(ledger, LOCAL, "document.remove", "d1")
    new, old = audit.entries(ledger, 10)
    assert (new.key, new.name, new.action, new.subject, new.detail) == (None, "本机", "document.remove", "d1", "")
    assert (old.key, old.name, old.action, old.subject, old.detail) == ("k1", "张三", "document.add", "d1", "要点.pdf")
    assert old.number < new.number and old.at <= new.at <= time.time()
    assert audit.count(ledger) == 2
    assert audit.entries(ledger, 1, 1) == [old]


def test_what_is_written_is_bounded(ledger: Ledger) -> None:
    audit.record(ledger, ZHANG, "document.add", "d" * 10_000, "名" * 10_000)
    (entry,) = audit.entries(ledger, 1)
    assert (len(entry.subject), len(entry.detail)) == (audit.LONGEST, audit.LONGEST)


def test_an_entry_of_a_transaction_that_fails_is_not_written(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="broken"), ledger.writing() as db:
        audit.enter(db, ZHANG, "document.add", "d1")
        raise ValueError("broken")
    assert audit.count(ledger) == 0


def test_failed_logins_are_one_line_an_address_and_hour(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "time", lambda: 7200.0)
    audit.count_failures(ledger, {"10.0.0.1": 3})
    audit.count_failures(ledger, {"10.0.0.1": 4, "10.0.0.2": 1})
    monkeypatch.setattr(time, "time", lambda: 10800.0)
    audit.count_failures(ledger, {"10.0.0.1": 1})
    lines = [(e.action, e.subject, e.detail) for e in reversed(audit.entries(ledger, 10))]
    assert lines == [
        ("login.failed", "10.0.0.1", "7"),
        ("login.failed", "10.0.0.2", "1"),
        ("login.failed", "10.0.0.1", "1"),
    ]


def test_uploaded_bytes_are_counted_by_key_and_day(ledger: Ledger) -> None:
    assert quotas.take(ledger, "k1", "2026-01-01", 60, 100)
    assert not quotas.take(ledger, "k1", "2026-01-01", 41, 100)
    assert quotas.take(ledger, "k1", "2026-01-01", 40, 100)
    assert quotas.take(ledger, "k2", "2026-01-01", 100, 100)
    assert quotas.take(ledger, "k1", "2026-01-02", 100, 100)
    assert ledger.rows("SELECT DISTINCT day FROM uploaded") == [("2026-01-02",)]
