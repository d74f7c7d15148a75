"""Deleting and checking: all of what was asked for or nothing, and no byte of what is gone."""

from pathlib import Path

import numpy as np
import pytest

from index.backup import back_up
from index.errors import UnknownDocument
from index.library import Library
from index.store import Store
from index.vectors import VectorIndex
from ingest.sandbox.confinement import LAYERS
from server import upkeep
from server.installation import Installation
from server.ledger.conversations import Conversations
from server.ledger.ledger import Ledger
from server.runtime import DATABASE, LEDGER, VECTORS
from tests.server.ledger.conftest import quoted
from tests.stubs import BigramEmbedder

pytestmark = pytest.mark.slow

MODEL = BigramEmbedder()


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    """Without any model: deleting must not need one."""
    return Installation(tmp_path / "data", tmp_path / "models", tmp_path / "models.txt", "llm", 1, 1)


def opened(installation: Installation) -> Library:
    vectors = VectorIndex(MODEL.dimension, MODEL.fingerprint, installation.data / VECTORS)
    return Library(Store(installation.data / DATABASE), MODEL, vectors)


@pytest.fixture
def ids(installation: Installation, tmp_path: Path) -> list[str]:
    """Two documents, and the file of their vectors."""
    library = opened(installation)
    added: list[str] = []
    for text in ("教育工作要点\n一、学校建设\n计划竣工项目5个。\n", "卫生健康通知\n一、疫苗接种\n落实各项任务。\n"):
        path = tmp_path / f"{len(added)}.txt"
        path.write_text(text, encoding="utf-8")
        added.append(str(library.add(path).document_id))
    library.vectors.catch_up(library.store)
    library.close()
    assert (installation.data / VECTORS).exists()
    return added


def test_nothing_is_deleted_where_one_is_unknown(installation: Installation, ids: list[str]) -> None:
    with pytest.raises(UnknownDocument, match="nosuch"):
        list(upkeep.remove(installation, [ids[0], "nosuch"]))
    store = Store(installation.data / DATABASE)
    assert store.count() == 2
    store.close()


def test_what_is_deleted_is_in_no_file_however_often_it_was_named(installation: Installation, ids: list[str]) -> None:
    store = Store(installation.data / DATABASE)
    gone = [vector.astype(np.float16).tobytes() for vector in store.vectors(store.rows_of(ids[:1]))[1]]
    store.close()
    told = list(upkeep.remove(installation, [ids[0], ids[0]]))
    assert told == [f"已删除 {ids[0]}"]
    content = b"".join(path.read_bytes() for path in installation.data.iterdir())
    assert not any(vector in content for vector in gone)


def test_a_deletion_that_fails_on_its_way_has_left_no_vectors(
    installation: Installation, ids: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[Store] = []
    remove, close = Store.remove, Store.close

    def gone_meanwhile(store: Store, document_id: str) -> bool:
        if document_id == ids[1]:
            raise UnknownDocument(document_id)
        return remove(store, document_id)

    def noted(store: Store) -> None:
        closed.append(store)
        close(store)

    monkeypatch.setattr(Store, "remove", gone_meanwhile)
    monkeypatch.setattr(Store, "close", noted)
    with pytest.raises(UnknownDocument):
        list(upkeep.remove(installation, ids))
    assert closed and not (installation.data / VECTORS).exists()


def test_a_repair_drops_what_another_model_has_begun(installation: Installation, ids: list[str]) -> None:
    library = opened(installation)
    new = BigramEmbedder(96, "new")
    document, chunks = library.store.document(ids[0]), library.store.document_chunks(ids[0])
    library.store.stage(document, chunks, new.encode_passages([chunk.text for chunk in chunks]), new.fingerprint)
    assert upkeep.check(library, False).faults == [] and library.store.staged()
    assert upkeep.check(library, True).faults == [] and not library.store.staged()
    library.close()


def _quoted(installation: Installation, ids: list[str]) -> str:
    """A conversation with a turn about each document; its id."""
    store, ledger = Store(installation.data / DATABASE), Ledger(installation.data / LEDGER)
    saved = Conversations(ledger)
    conversation = saved.start(None).id
    for document_id in ids:
        saved.save(conversation, "问", 1.0, quoted(store, document_id), store)
    ledger.close()
    store.close()
    return conversation


def _removed(installation: Installation, conversation: str) -> list[tuple[str, ...]]:
    ledger = Ledger(installation.data / LEDGER)
    removed = [turn.removed for turn in Conversations(ledger).turns(conversation)]
    ledger.close()
    return removed


def test_what_is_deleted_is_quoted_by_no_saved_conversation(installation: Installation, ids: list[str]) -> None:
    conversation = _quoted(installation, ids)
    list(upkeep.remove(installation, ids[:1]))
    assert _removed(installation, conversation) == [(ids[0],), ()]
    content = b"".join(path.read_bytes() for path in installation.data.iterdir())
    assert "计划竣工项目".encode() not in content and "落实各项任务".encode() in content


def test_what_a_backup_does_not_hold_is_quoted_by_no_saved_conversation(
    installation: Installation, ids: list[str], tmp_path: Path
) -> None:
    store = Store(installation.data / DATABASE)
    text = tmp_path / "2.txt"
    back_up(store, tmp_path / "backup", lambda _: None)
    store.close()
    library = opened(installation)
    text.write_text("交通要点\n一、修路\n修路九条。\n", encoding="utf-8")
    new = str(library.add(text).document_id)
    library.close()
    conversation = _quoted(installation, [ids[0], new])
    upkeep.put_back(tmp_path / "backup", installation)
    assert _removed(installation, conversation) == [(), (new,)]
    assert "修路九条".encode() not in b"".join(path.read_bytes() for path in installation.data.iterdir())


def test_what_confines_readers_is_told_and_what_is_missing_with_a_cure() -> None:
    whole, half = upkeep.Confinement(LAYERS), upkeep.Confinement(("limits",))
    assert "没有网络" in whole.text() and "这个系统没有" not in whole.text()
    assert half.as_json() == {"active": ["limits"], "missing": ["privileges", "files", "system calls"]}
    assert "这个系统没有" in half.text() and "请在 Linux" in half.text()
