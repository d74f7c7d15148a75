"""The ledger's file: its own kind, not to be taken for an index."""

from pathlib import Path

import pytest

from index.errors import ForeignData
from index.store import Store
from server.ledger.ledger import Ledger


def test_a_ledger_is_opened_again_as_it_was(tmp_path: Path) -> None:
    first = Ledger(tmp_path / "ledger")
    identity = first.row("SELECT value FROM facts WHERE name = 'identity'")
    first.close()
    again = Ledger(tmp_path / "ledger")
    assert again.row("SELECT value FROM facts WHERE name = 'identity'") == identity
    again.close()


def test_an_index_is_no_ledger_and_a_ledger_no_index(tmp_path: Path) -> None:
    Store(tmp_path / "index").close()
    Ledger(tmp_path / "ledger").close()
    with pytest.raises(ForeignData):
        Ledger(tmp_path / "index")
    with pytest.raises(ForeignData):
        Store(tmp_path / "ledger")
