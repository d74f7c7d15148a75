"""Another model: the new index grows beside the old one, which serves until the new one is whole."""

from collections.abc import Sequence
from pathlib import Path

import apsw
import numpy as np
import pytest

from index import lexical
from index.embed import Progress, Vectors
from index.errors import CannotRebuild, EmbeddingChanged
from index.library import Library
from index.search import Searcher
from index.store import Store, full_fingerprint
from index.vectors import VectorIndex
from tests.index.test_library import FIRST, SECOND, write
from tests.stubs import BigramEmbedder

pytestmark = pytest.mark.slow

OLD, NEW = BigramEmbedder(64, "old"), BigramEmbedder(96, "new")
THIRD = "海沧区2024年工作要点\n发布日期：2024-03-02\n一、学校建设\n计划竣工项目7个。\n"


class Interrupted(BigramEmbedder):
    """Stops after so many documents."""

    def __init__(self, documents: int) -> None:
        super().__init__(NEW.dimension, NEW.fingerprint)
        self._left = documents

    def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
        if not self._left:
            raise KeyboardInterrupt
        self._left -= 1
        return super().encode_passages(texts, progress)


def opened(store: Store, embedder: BigramEmbedder) -> Library:
    return Library(store, embedder, VectorIndex(embedder.dimension, embedder.fingerprint))


@pytest.fixture
def old(store: Store, tmp_path: Path) -> Library:
    library = opened(store, OLD)
    for name, text in {"a": FIRST, "b": SECOND, "c": THIRD}.items():
        library.add(write(tmp_path / f"{name}.txt", text))
    return library


def found(library: Library) -> list[str]:
    hits = Searcher(library.store, library.embedder, library.vectors).search("计划竣工几个项目", 9)
    return [hit.chunk.id for hit in hits]


def dimensions(store: Store) -> set[int]:
    _, rows = store.vector_rows()
    return {len(store.vectors(np.array([row], np.int64))[1][0]) for row in rows}


def test_the_old_index_serves_until_the_new_one_is_whole(old: Library) -> None:
    before, generation = found(old), old.store.generation()
    chunks = {row.id: old.store.document_chunks(row.id) for row in old.store.documents(-1)}
    with pytest.raises(KeyboardInterrupt):
        opened(old.store, Interrupted(2)).rebuild()
    assert len(old.store.staged()) == 2
    assert found(old) == before
    assert old.faults() == [], "what is in the making is no fault"
    assert dimensions(old.store) == {OLD.dimension}

    told: list[float] = []
    new = opened(old.store, NEW)
    new.rebuild(told.append)
    assert sum(told) == pytest.approx(1), "two documents had been done"
    assert old.store.staged() == []
    assert dimensions(old.store) == {NEW.dimension}
    assert old.store.fingerprints() == {full_fingerprint(NEW.fingerprint)}
    assert new.faults() == []
    assert sorted(found(new)) == sorted(before)
    assert {row.id: old.store.document_chunks(row.id) for row in old.store.documents(-1)} == chunks, "citations survive"
    changes = old.store.changes(generation)
    assert changes is not None and len(changes.added) == old.store.count_chunks()
    with pytest.raises(EmbeddingChanged):
        found(old)


def test_what_is_removed_or_added_meanwhile_is_so_in_the_new_index(old: Library, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        opened(old.store, Interrupted(2)).rebuild()
    removed = old.store.staged()[0]
    old.store.remove(removed)
    write(tmp_path / "b.txt", SECOND + "三、新增\n新增事项。\n")
    old.add(tmp_path / "b.txt")
    added = old.add(write(tmp_path / "d.txt", "海沧区卫生工作\n一、要求\n落实各项任务。\n"))
    assert not old.store.swap(NEW.fingerprint), "it is not whole"
    assert dimensions(old.store) == {OLD.dimension}
    new = opened(old.store, NEW)
    new.rebuild()
    assert new.faults() == []
    assert not old.store.has(removed) and old.store.has(str(added.document_id))
    assert new.store.match_words(lexical.words("新增"), 5, 1.0)


def test_nothing_of_a_removed_document_stays_in_the_unfinished_index(old: Library, tmp_path: Path) -> None:
    codes = [f"zq{number}x3k9vw" for number in range(3)]
    for number, code in enumerate(codes):
        old.add(write(tmp_path / f"{number}.txt", f"通知\n一、要求\n编号{code}。\n"))
    with pytest.raises(KeyboardInterrupt):
        opened(old.store, Interrupted(5)).rebuild()
    for document_id in old.store.staged():
        text = old.store.document(document_id).text
        assert old.store.remove(document_id)
        content = b"".join(path.read_bytes() for path in old.store.path.parent.iterdir())
        assert all(code.encode() not in content for code in codes if code in text)
    assert old.store.count() == 1


def test_a_third_model_begins_anew(old: Library) -> None:
    with pytest.raises(KeyboardInterrupt):
        opened(old.store, Interrupted(2)).rebuild()
    third = BigramEmbedder(32, "third")
    library = opened(old.store, third)
    library.rebuild()
    assert dimensions(old.store) == {32}
    assert library.faults() == []


def test_another_tokenizer_makes_the_words_anew(old: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lexical, "fingerprint", lambda: "single characters")
    monkeypatch.setattr(lexical, "words", lambda text: tuple(text))
    monkeypatch.setattr(lexical, "column", lambda text: " ".join(c for c in text if c.isalnum()))
    library = opened(old.store, OLD)
    faults = library.faults()
    assert [fault.cure for fault in faults] == ["make again"]
    library.repair(faults)
    assert library.faults() == []
    assert library.store.match_words(["竣"], 5, 1.0)


def test_a_rebuild_that_ended_just_before_the_swap_is_finished(old: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(Store, "swap", lambda store, embedding: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            opened(old.store, NEW).rebuild()
    assert len(old.store.staged()) == 3
    new = opened(old.store, NEW)
    new.rebuild()
    assert new.faults() == []


def test_what_was_begun_for_a_model_that_is_no_longer_wanted_is_dropped(old: Library) -> None:
    with pytest.raises(KeyboardInterrupt):
        opened(old.store, Interrupted(2)).rebuild()
    before = found(old)
    old.rebuild()
    assert old.store.staged() == []
    assert old.faults() == []
    assert found(old) == before


def test_a_file_that_is_embedded_while_the_index_becomes_another_models_is_refused(
    old: Library, tmp_path: Path
) -> None:
    class Slow(BigramEmbedder):
        def encode_passages(self, texts: Sequence[str], progress: Progress | None = None) -> Vectors:
            opened(old.store, NEW).rebuild()
            return super().encode_passages(texts, progress)

    late = opened(old.store, Slow(OLD.dimension, OLD.fingerprint))
    with pytest.raises(EmbeddingChanged):
        late.add(write(tmp_path / "d.txt", "海沧区卫生工作\n一、要求\n落实各项任务。\n"))
    late.stop_reading()
    assert dimensions(old.store) == {NEW.dimension}
    assert opened(old.store, NEW).faults() == []


WRONG = {
    "text": "UPDATE documents SET text = replace(text, '竣工项目6个', '竣工项目8个') WHERE path LIKE '%b.txt'",
    "sha256": "UPDATE documents SET sha256 = 'ffff' || substr(sha256, 5) WHERE path LIKE '%b.txt'",
}


@pytest.mark.parametrize("statement", WRONG.values(), ids=WRONG)
def test_a_damaged_document_is_not_made_sound_by_making_its_index_anew(
    old: Library, tmp_path: Path, statement: str
) -> None:
    connection = apsw.Connection(str(old.store.path))
    connection.execute(statement)
    connection.close()
    new = opened(old.store, NEW)
    path = tmp_path / "b.txt"
    kept = path.rename(tmp_path / "kept")
    with pytest.raises(CannotRebuild, match="youju remove"):
        new.rebuild()
    assert dimensions(old.store) == {OLD.dimension}, "the old index serves"
    kept.rename(path)
    new.rebuild()
    assert dimensions(old.store) == {NEW.dimension}
    (fault,) = new.faults()
    assert fault.cure == "read again"
    new.repair([fault])
    assert new.faults() == []
    new.stop_reading()


def test_a_rebuild_that_gets_nowhere_ends(old: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Store, "stage", lambda *_: False)
    with pytest.raises(CannotRebuild, match=min(row.id for row in old.store.documents(-1))):
        opened(old.store, NEW).rebuild()


def test_a_library_of_this_model_has_nothing_to_rebuild(old: Library) -> None:
    generation = old.store.generation()
    old.rebuild()
    assert old.store.generation() == generation
