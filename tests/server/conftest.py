"""Fixtures of the server tests: the four samples indexed once, the real model opened once."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from index.embed import Embedder
from index.library import Library
from index.search import Searcher
from index.store import Store, passage
from index.vectors import VectorIndex
from ingest.read import read_document
from server.answer.answerer import Answerer
from server.llm.model import LlamaModel
from tests.conftest import SAMPLES

LANGUAGE_MODEL = "qwen2.5-coder-1.5b-instruct-q4_k_m.gguf"
Index = Callable[[dict[str, str]], Searcher]


def open_searcher(folder: Path, embedder: Embedder, files: list[Path]) -> Searcher:
    """A searcher over a new database in `folder` that holds `files`."""
    library = Library(Store(folder / "youju.db"), embedder, VectorIndex(embedder.dimension))
    for file in files:
        outcome = library.add(file)
        assert outcome.status == "added", outcome
    library.stop_reading()
    return Searcher(library.store, embedder, library.vectors)


def quick_searcher(folder: Path, embedder: Embedder, files: list[Path]) -> Searcher:
    """The same without the confined process that reads files, which takes a second to start."""
    store = Store(folder / "youju.db")
    for file in files:
        read = read_document(file)
        passages = [passage(read.document, chunk) for chunk in read.chunks]
        store.add(read.document, read.chunks, embedder.encode_passages(passages), embedder.fingerprint)
    return Searcher(store, embedder, VectorIndex(embedder.dimension))


@pytest.fixture(scope="session")
def real_searcher(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Searcher]:
    """Over the four samples, with the real embedding model; tests read it and change nothing."""
    searcher = open_searcher(tmp_path_factory.mktemp("samples"), embedder, sorted(SAMPLES.glob("*.txt")))
    yield searcher
    searcher.store.close()


@pytest.fixture(scope="session")
def searcher(real_searcher: Searcher) -> Searcher:
    """The one that a folder or a file of tests uses: the real one where it says nothing else."""
    return real_searcher


@pytest.fixture(scope="session")
def stub_searcher(tmp_path_factory: pytest.TempPathFactory, stub_embedder: Embedder) -> Iterator[Searcher]:
    """The same without a model, for tests that are not about what is found."""
    searcher = quick_searcher(tmp_path_factory.mktemp("samples"), stub_embedder, sorted(SAMPLES.glob("*.txt")))
    yield searcher
    searcher.store.close()


@pytest.fixture(scope="session")
def language_model(models_folder: Path) -> Iterator[LlamaModel]:
    """The real model, opened once."""
    model = LlamaModel(models_folder / LANGUAGE_MODEL, threads=2)
    yield model
    model.close()


@pytest.fixture(scope="session")
def answerer(real_searcher: Searcher, language_model: LlamaModel) -> Answerer:
    """The four samples and the real model; closed with the two fixtures that it is made of."""
    return Answerer(real_searcher, language_model)


@pytest.fixture
def real_index(tmp_path: Path, embedder: Embedder) -> Iterator[Index]:
    """Index documents given as file name and text with the real embedding model; one index a test."""
    yield from _indexes(tmp_path, partial(open_searcher, tmp_path / "data", embedder))


@pytest.fixture
def index(real_index: Index) -> Index:
    """The one that a folder or a file of tests uses: the real one where it says nothing else."""
    return real_index


@pytest.fixture
def stub_index(tmp_path: Path, stub_embedder: Embedder) -> Iterator[Index]:
    """The same without a model."""
    yield from _indexes(tmp_path, partial(quick_searcher, tmp_path / "data", stub_embedder))


def _indexes(folder: Path, open_over: Callable[[list[Path]], Searcher]) -> Iterator[Index]:
    opened: list[Searcher] = []

    def make(documents: dict[str, str]) -> Searcher:
        files = []
        for name, text in documents.items():
            files.append(folder / name)
            files[-1].write_text(text, encoding="utf-8")
        opened.append(open_over(files))
        return opened[-1]

    yield make
    for searcher in opened:
        searcher.store.close()
