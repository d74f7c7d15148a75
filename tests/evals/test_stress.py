"""The stress finds nothing in an index that is right, and something in one that is not."""

from pathlib import Path

import pytest

from evals.stress import run
from index.vectors import VectorIndex

pytestmark = pytest.mark.slow


def test_searches_beside_adds_and_removes_are_neither_stale_nor_incomplete(tmp_path: Path) -> None:
    ledger = run(tmp_path, 1.5, 4)
    assert ledger.failures == []
    assert ledger.times and ledger.gone


def test_an_index_that_does_not_follow_the_database_is_caught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    follow = VectorIndex.catch_up
    monkeypatch.setattr(VectorIndex, "catch_up", lambda self, store: None if len(self) else follow(self, store))
    failures = run(tmp_path, 1.5, 2).failures
    assert any(failure.startswith("missing") for failure in failures)
