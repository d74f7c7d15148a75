"""The ledger's file: its own kind, not to be taken for an index."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from index.errors import ForeignData
from index.store import Store
from server.ledger.conversations import Answered, Conversations
from server.ledger.ledger import Ledger


def test_a_ledger_is_opened_again_as_it_was(tmp_path: Path) -> None:
    first = Ledger(tmp_path / "ledger")
    identity = first.row("SELECT value FROM facts WHERE name = 'identity'")
    first.close()
    again = Ledger(tmp_path / "ledger")
    assert again.row("SELECT value FROM facts WHERE name = 'identity'") == identity
    again.close()


def test_a_ledger_of_the_first_version_keeps_its_conversations(tmp_path: Path, store: Store) -> None:
    ledger = Ledger(tmp_path / "ledger")
    conversations = Conversations(ledger)
    conversation = conversations.start(None).id
    conversations.save(conversation, "几个项目？", 1.0, Answered("not_found", answer="没有。"), store)
    ledger.close()
    with closing(sqlite3.connect(tmp_path / "ledger")) as first:
        first.execute("ALTER TABLE turns DROP COLUMN understood")
        first.execute("PRAGMA user_version = 1")
        first.commit()
    again = Ledger(tmp_path / "ledger")
    (turn,) = Conversations(again).turns(conversation)
    again.close()
    assert (turn.question, turn.answered.answer, turn.answered.understood) == ("几个项目？", "没有。", {})


def test_an_index_is_no_ledger_and_a_ledger_no_index(tmp_path: Path) -> None:
    Store(tmp_path / "index").close()
    Ledger(tmp_path / "ledger").close()
    with pytest.raises(ForeignData):
        Ledger(tmp_path / "index")
    with pytest.raises(ForeignData):
        Store(tmp_path / "ledger")
