"""What a question costs does not grow with the length of the documents that it is about."""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from evals.bench.long import QUESTIONS, text
from evals.embedding import PairEmbedder
from index.query import understand
from index.search import Searcher
from index.store import Store
from index.vectors import VectorIndex
from ingest.read import divide
from ingest.readers.builder import Extracted
from server.answer import outline
from server.answer.finding import Ask, Finder
from server.answer.listing import listed, missing_article
from server.answer.wording import refusal
from server.reader.reader import shipped

SHORT, LONG = 15_000, 120_000
MARGIN = 1.3
"""The hits are others, so their sentences are more or fewer."""


@dataclass
class Work:
    """What a question took: function calls of Python's, and characters that the database gave."""

    calls: int = 0
    characters: int = 0


def searcher(folder: Path, characters: int) -> Searcher:
    """Over one generated document of about so many characters."""
    embedder = PairEmbedder()
    store = Store(folder / f"{characters}.db")
    read = divide(f"{characters:064}", "/汇编.txt", Extracted(text(characters)))
    vectors = embedder.encode_passages([chunk.text for chunk in read.chunks])
    store.add(read.document, read.chunks, vectors, embedder.fingerprint)
    return Searcher(store, embedder, VectorIndex(embedder.dimension))


@pytest.fixture(scope="module")
def searchers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Searcher, Searcher]]:
    """Over a short document and over one that is eight times as long."""
    folder = tmp_path_factory.mktemp("long")
    both = searcher(folder, SHORT), searcher(folder, LONG)
    yield both
    for one in both:
        one.store.close()


def work(searcher: Searcher, question: str, monkeypatch: pytest.MonkeyPatch) -> Work:
    """What finding the evidence takes, when the question has been asked before."""
    finder, ask, done = Finder(searcher, shipped()), Ask(question), Work()
    rows = Store._rows

    def counted(store: Store, *arguments: Any) -> Any:
        found = rows(store, *arguments)
        done.characters += sum(len(value) for row in found for value in row if isinstance(value, str))
        return found

    def called(frame: object, event: str, argument: object) -> None:
        done.calls += event in {"call", "c_call"}

    for _ in range(2):
        done.calls = done.characters = 0
        with monkeypatch.context() as patched:
            patched.setattr(Store, "_rows", counted)
            sys.setprofile(called)
            try:
                found = [finder.find(part, ask) for part in finder.parts(ask)]
            finally:
                sys.setprofile(None)
        assert found[0].candidates
        for part in found:
            missing_article(part.question, part.candidates, searcher.store)
            listed(part.question, part.candidates, searcher.store)
    return done


@pytest.mark.parametrize("kind", QUESTIONS)
def test_a_question_costs_no_more_over_a_long_document(
    searchers: tuple[Searcher, Searcher], kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    short, long = (work(one, QUESTIONS[kind], monkeypatch) for one in searchers)
    assert long.calls < MARGIN * short.calls
    assert long.characters < MARGIN * short.characters


def test_a_long_document_is_read_and_divided_once_for_many_questions(
    searchers: tuple[Searcher, Searcher], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, long = searchers
    finder = Finder(long, shipped())
    made: list[object] = []
    units = outline._units

    def counted(*arguments: Any) -> Any:
        made.append(arguments)
        return units(*arguments)

    monkeypatch.setattr(outline, "_units", counted)
    long.store.add_path("/another.txt", long.store.documents(1)[0].id)  # a write that leaves the document as it is
    for question in (QUESTIONS["list"], QUESTIONS["no year"], QUESTIONS["definition"]):
        for part in finder.parts(Ask(question)):
            found = finder.find(part, Ask(question))
            listed(found.question, found.candidates, long.store)
    assert len(made) <= 1


def test_a_refusal_reads_no_metadata_of_documents_that_it_does_not_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Store(tmp_path / "many.db")
    for number in range(30):
        read = divide(f"{number:064}", f"/{number}.txt", Extracted(f"舟山市第{number}号通知\n新增学位{number}个。"))
        store.add(read.document, read.chunks, PairEmbedder().encode_passages([c.text for c in read.chunks]), "pairs")
    question = understand("海沧计划竣工几个项目")
    assert refusal("wrong_place", question, [], store) == "资料中没有海沧的相关内容。"
    read_now: list[str] = []
    rows = Store._rows

    def counted(self: Store, *asked: Any) -> Any:
        read_now.append(asked[0])
        return rows(self, *asked)

    monkeypatch.setattr(Store, "_rows", counted)
    assert refusal("wrong_place", question, [], store) == "资料中没有海沧的相关内容。"
    assert not [statement for statement in read_now if "metadata" in statement]
    store.close()
