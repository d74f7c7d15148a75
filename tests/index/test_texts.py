"""Documents and chunks kept in memory: equal to what the database has, and dropped when that changes, whoever changes it."""

import json
from collections.abc import Sequence
from dataclasses import replace
from itertools import count, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import UnknownDocument
from index.held import DocumentCache, Held, Stamp
from index.store import Store
from ingest.document import Chunk, Document, Field, Metadata
from tests.index.conftest import unit_vectors

NUMBERS = count()
HEADINGS = st.lists(st.text("一二三ab𠀀", max_size=4), max_size=3).map(tuple)


def add(store: Store, document: Document, chunks: Sequence[Chunk]) -> None:
    store.add(document, chunks, unit_vectors(len(chunks), len(chunks), 4), "a model")


def document(name: str, text: str = "竣工六个。新增学位。", title: str = "要点") -> tuple[Document, list[Chunk]]:
    """A document of two chunks."""
    chunks = [Chunk(f"{name}-{start}", name, ("一、",), start, start + 5, text[start : start + 5]) for start in (0, 5)]
    return Document(name, f"/{name}.txt", name, title, text, Metadata(year=2023)), chunks


@st.composite
def documents(draw: st.DrawFn) -> tuple[Document, list[Chunk]]:
    """Any text, divided anywhere, with gaps between the chunks."""
    name = f"d{next(NUMBERS)}"
    text = draw(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200))
    edges = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=8)))
    number = Field(text, 0, len(text)) if draw(st.booleans()) else None
    chunks = [
        Chunk(f"{name}-{start}", name, draw(HEADINGS), start, end, text[start:end])
        for start, end in pairwise(edges)
        if draw(st.booleans())
    ]
    return Document(name, f"/{name}", name, text[:5], text, Metadata(number=number, year=draw(st.none() | st.integers(1900, 2100)))), chunks  # fmt: skip


def rows_by_id(store: Store) -> dict[str, int]:
    return {str(chunk_id): int(row) for row, chunk_id in store._rows("SELECT row, id FROM chunks")}


@settings(max_examples=40, deadline=None)
@given(st.lists(documents(), min_size=1, max_size=4))
def test_what_is_read_is_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, made: list[tuple[Document, list[Chunk]]]
) -> None:
    store = Store(tmp_path_factory.mktemp("any") / "youju.db")
    for document, chunks in made:
        add(store, document, chunks)
    written = rows_by_id(store)
    for _ in range(2):  # from the database, then from memory
        for document, chunks in made:
            assert store.document(document.id) == document
            assert store.document_chunks(document.id) == chunks
        every = [chunk for _, chunks in made for chunk in chunks]
        assert store.chunks(list(written.values())) == {written[chunk.id]: chunk for chunk in every}
        assert store.metadata([document.id for document, _ in made]) == {d.id: d.metadata for d, _ in made}
    store.close()


def test_what_is_gone_is_absent(store: Store) -> None:
    assert store.document_chunks("nobody") == []
    assert store.metadata(["nobody"]) == {}
    assert store.chunks([1, 2, 3]) == {}
    with pytest.raises(UnknownDocument):
        store.document("nobody")
    with pytest.raises(UnknownDocument):
        store.kept("nobody", length)


# -- what is made of a document --------------------------------------------------------------------------------

made_of: list[str] = []


@pytest.fixture(autouse=True)
def nothing_made() -> None:
    made_of.clear()


def length(document: Document, chunks: Sequence[Chunk]) -> int:
    made_of.append(document.id)
    return len(document.text) + len(chunks)


def title_of(document_id: str, title: str, metadata: Metadata) -> str:
    made_of.append(document_id)
    return f"{title} {metadata.year}"


@pytest.fixture
def other(store: Store) -> Store:
    """The same database, as another process has it open."""
    return Store(store.path)


def test_something_is_made_of_a_document_once(store: Store, other: Store) -> None:
    add(store, *document("a"))
    assert [store.kept("a", length) for _ in range(3)] == [12, 12, 12]
    add(other, *document("b"))
    assert store.kept("a", length) == 12
    assert made_of == ["a"]


@pytest.mark.parametrize("another", [False, True], ids=["by this process", "by another process"])
def test_a_document_that_was_made_again_is_read_again(store: Store, other: Store, another: bool) -> None:
    writer = other if another else store
    before, chunks = document("a")
    add(store, before, chunks)
    assert (store.document("a").title, store.kept("a", length)) == ("要点", 12)
    after = replace(before, title="计划", metadata=Metadata(year=2024))
    add(writer, after, chunks[:1])
    assert store.document("a") == after
    assert store.document_chunks("a") == chunks[:1]
    assert store.metadata(["a"]) == {"a": after.metadata}
    assert store.kept("a", length) == 11


@pytest.mark.parametrize("another", [False, True], ids=["by this process", "by another process"])
def test_a_document_that_was_removed_is_gone(store: Store, other: Store, another: bool) -> None:
    add(store, *document("a"))
    store.kept("a", length)
    (other if another else store).remove("a")
    with pytest.raises(UnknownDocument):
        store.document("a")
    with pytest.raises(UnknownDocument):
        store.kept("a", length)
    assert store.document_chunks("a") == []
    assert store._kept.characters == 0, "a deleted text stays in no memory"


def test_a_document_that_was_renamed_has_its_new_path(store: Store, other: Store) -> None:
    add(store, *document("a"))
    assert store.document("a").path == "/a.txt"
    other.add_path("/b.md", "a")
    other.forget_path("/a.txt")
    assert store.document("a").path == "/b.md"


def test_what_is_written_and_taken_back_is_not_kept(store: Store) -> None:
    add(store, *document("a"))
    with pytest.raises(ZeroDivisionError), store._writing() as db:
        db.execute("UPDATE documents SET title = 'never' WHERE id = 'a'")
        assert store.document("a").title == "never"
        assert store.described(title_of) == {"a": "never 2023"}
        raise ZeroDivisionError
    add(store, *document("b"))
    assert store.document("a").title == "要点"
    assert store.described(title_of) == {"a": "要点 2023", "b": "要点 2023"}


def test_a_moment_that_began_earlier_stays_as_it_was(store: Store, other: Store) -> None:
    before, chunks = document("a")
    add(store, before, chunks)
    with store._reading():
        assert store.document("a").title == "要点"
        add(other, replace(before, title="计划"), chunks)
        assert other.document("a").title == "计划"
        assert store.document("a").title == "要点"
    assert store.document("a").title == "计划"


# -- something of every document -------------------------------------------------------------------------------


def test_only_documents_that_changed_are_described_again(store: Store, other: Store) -> None:
    for name in "abcd":
        add(store, *document(name))
    assert len(store.described(title_of)) == 4
    made_of.clear()
    first, chunks = document("b")
    add(other, replace(first, title="计划"), chunks)
    add(other, *document("e"))
    other.remove("c")
    told = store.described(title_of)
    assert told == {"a": "要点 2023", "b": "计划 2023", "d": "要点 2023", "e": "要点 2023"}
    assert sorted(made_of) == ["b", "e"]
    made_of.clear()
    assert store.described(title_of) is told
    assert made_of == []


def test_documents_without_a_chunk_are_described_too(store: Store, other: Store) -> None:
    add(store, *document("a"))
    store.described(title_of)
    bare, _ = document("b")
    other.remove("a")
    add(other, bare, [])
    assert store.described(title_of) == {"b": "要点 2023"}


def test_another_database_in_its_place_is_described_anew(store: Store, other: Store) -> None:
    add(store, *document("a"))
    store.described(title_of)
    store.kept("a", length)
    made_of.clear()
    other.become_another()
    store.described(title_of)
    store.kept("a", length)
    assert made_of == ["a", "a"]


def test_chunks_are_counted_for_every_generation(store: Store, other: Store) -> None:
    assert store.count_chunks() == 0
    add(other, *document("a"))
    assert store.count_chunks() == 2
    other.remove("a")
    assert store.count_chunks() == 0


# -- how much is kept ------------------------------------------------------------------------------------------


def held(name: str, characters: int) -> Held:
    return Held(name, f"/{name}", name, name, "字" * characters, json.dumps({}), "[]", "", "[]")


def test_the_cache_holds_no_more_characters_than_it_may() -> None:
    cache, stamp = DocumentCache(100), Stamp("x", 1)
    cache.advance(stamp, lambda held: True)
    for number in range(20):
        cache.keep(stamp, [held(str(number), 30)])
        assert cache.characters <= 100
    assert cache.ids() == ["17", "18", "19"]
    assert cache.find(stamp, ["17"]), "what is asked for is used last"
    (last,) = cache.find(stamp, ["19"]).values()
    cache.grown(last)
    assert cache.ids() == ["17", "19"]
    assert cache.characters == 90


def test_a_document_longer_than_the_cache_is_kept_alone() -> None:
    cache, stamp = DocumentCache(100), Stamp("x", 1)
    cache.advance(stamp, lambda held: True)
    cache.keep(stamp, [held("a", 10), held("b", 500)])
    assert cache.ids() == ["b"]


def test_what_was_read_at_another_state_is_not_kept() -> None:
    cache = DocumentCache(100)
    cache.advance(Stamp("x", 5), lambda held: True)
    cache.keep(Stamp("x", 4), [held("a", 10)])
    assert cache.ids() == []
    cache.keep(Stamp("x", 5), [held("a", 10)])
    assert cache.find(Stamp("x", 4), ["a"]) == {}
    cache.advance(Stamp("x", 4), lambda held: False)
    assert cache.ids() == ["a"], "an earlier moment changes nothing"
    cache.advance(Stamp("y", 9), lambda held: True)
    assert cache.ids() == [], "another database has other documents"


def test_many_threads_read_what_was_written(store: Store) -> None:
    from concurrent.futures import ThreadPoolExecutor

    names = [f"n{i}" for i in range(8)]
    for name in names:
        add(store, *document(name))

    def read(number: int) -> int:
        if number % 10 == 0:
            add(store, *document(f"extra{number}"))
        name = names[number % 8]
        assert store.document(name).id == name
        return store.kept(name, length)

    with ThreadPoolExecutor(6) as pool:
        assert set(pool.map(read, range(60))) == {12}
    assert np.array_equal(sorted(store.described(title_of)), sorted([*names, *(f"extra{n}" for n in range(0, 60, 10))]))
