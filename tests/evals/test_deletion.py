"""The proof that deleted text is gone, on a small scale; and that it would see what is left."""

from pathlib import Path
from typing import Any

import pytest

from evals import deletion
from index.database import Database
from index.store import Store
from server.ledger import conversations

pytestmark = pytest.mark.slow


def test_runs_are_every_six_bytes() -> None:
    expected = {int.from_bytes(b"abcdefgh"[i : i + 6], "big") for i in range(3)}
    assert set(deletion.runs(b"abcdefgh").tolist()) == expected
    assert len(deletion.runs(b"abc")) == 0


def test_nothing_of_what_was_deleted_is_in_the_files(tmp_path: Path) -> None:
    proof = deletion.prove(tmp_path, documents=10)
    assert proof.before > 1000 and proof.purged
    assert proof.after == 0


def test_the_proof_sees_what_a_log_still_holds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def not_purged(_self: Database, _seconds: float = 1.0) -> bool:
        return False

    monkeypatch.setattr(Database, "purge", not_purged)
    proof = deletion.prove(tmp_path, documents=5)
    assert proof.after > 0 and not proof.purged


@pytest.mark.parametrize("name", ["remove", "add", "forget_path"])
def test_the_proof_sees_one_way_of_deleting_that_leaves_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    real = getattr(Store, name)

    def without_purge(store: Store, *arguments: Any, **named: Any) -> Any:
        with monkeypatch.context() as within:
            within.setattr(Database, "purge", lambda *_: True)
            return real(store, *arguments, **named)

    monkeypatch.setattr(Store, name, without_purge)
    assert deletion.prove(tmp_path, documents=5).after > 0


def test_the_proof_sees_quotes_that_are_not_blanked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conversations, "forget", lambda *_: True)
    assert deletion.prove(tmp_path, documents=5).after > 0
