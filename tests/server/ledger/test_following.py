"""A running server blanks what another program has removed, and looks again only when the index has changed."""

import threading
from pathlib import Path

import pytest

from index.library import Library
from index.store import Store
from server.ledger import following
from server.ledger.conversations import Conversations, reconcile
from server.ledger.following import Follower
from server.ledger.ledger import Ledger
from tests.server.ledger.conftest import QUESTION, added, quoted

TEXT = "教育工作要点\n一、学校建设\n计划竣工项目五个。\n"


def test_it_looks_closer_only_when_the_index_has_changed(
    ledger: Ledger, library: Library, store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked: list[int] = []

    def counted(ledger: Ledger, store: Store) -> bool:
        looked.append(store.generation())
        return reconcile(ledger, store)

    monkeypatch.setattr(following, "reconcile", counted)
    follower = Follower(ledger, store)
    for _ in range(3):
        follower.look()
    assert len(looked) == 1
    added(library, tmp_path, TEXT)
    follower.look()
    assert len(looked) == 2


def test_its_thread_blanks_what_another_program_has_removed(
    ledger: Ledger, library: Library, store: Store, tmp_path: Path
) -> None:
    document = added(library, tmp_path, TEXT)
    saved = Conversations(ledger)
    conversation = saved.start(None)
    saved.save(conversation.id, QUESTION, 1.0, quoted(store, document), store)
    follower = Follower(ledger, store, every=0.01)
    follower.start()
    other = Store(store.path)
    other.remove(document)
    other.close()
    waited = threading.Event()
    for _ in range(1000):
        if saved.turns(conversation.id)[0].removed:
            break
        waited.wait(0.01)
    follower.close()
    assert saved.turns(conversation.id)[0].removed == (document,)
