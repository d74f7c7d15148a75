"""Fixtures of the index tests: a small embedder without a model, a tiny model, a library in a temporary folder."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.e5_weights import Shape
from index.embed import Embedder
from index.library import Library
from index.model_folder import write_model_folder
from index.search import Searcher
from index.store import Store
from index.vectors import VectorIndex
from ingest.confined import Confined
from ingest.document import Chunk, Document, Metadata
from ingest.read import Ingested, read_document
from tests.conftest import SAMPLES
from tests.stubs import BigramEmbedder


def ingest(folder: Path, name: str, text: str) -> Ingested:
    """Write a text file and read it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(text, encoding="utf-8", newline="")
    return read_document(path)


def synthetic(name: str, size: int) -> tuple[Document, list[Chunk]]:
    """A document of `size` chunks of ten characters, for tests that bring their own vectors."""
    text = "".join(f"{name}{i:07d}。\n"[:9] + "。" for i in range(size))
    document = Document(name, f"/{name}.txt", name, name, text, Metadata())
    chunks = [Chunk(f"{name}-{i}", name, (), i * 10, i * 10 + 10, text[i * 10 : i * 10 + 10]) for i in range(size)]
    return document, chunks


def unit_vectors(seed: int, size: int, dimension: int) -> NDArray[np.float32]:
    vectors = np.random.default_rng(seed).normal(size=(size, dimension)).astype(np.float32)
    unit: NDArray[np.float32] = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = Store(tmp_path / "data" / "youju.db")
    yield opened
    opened.close()


@pytest.fixture
def library(store: Store, readers: tuple[Confined, Confined]) -> Iterator[Library]:
    embedder = BigramEmbedder()
    opened = Library(store, embedder, VectorIndex(embedder.dimension))
    opened._reader, opened._unpacker = readers
    yield opened
    opened.close()


@pytest.fixture
def searcher(library: Library) -> Searcher:
    return Searcher(library.store, library.embedder, library.vectors)


@pytest.fixture(scope="session")
def samples_searcher(embedder: Embedder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Searcher]:
    """The four samples, indexed with the real model."""
    opened = Store(tmp_path_factory.mktemp("samples") / "youju.db")
    filled = Library(opened, embedder, VectorIndex(embedder.dimension))
    for path in sorted(SAMPLES.glob("*.txt")):
        assert filled.add(path).status == "added"
    filled.stop_reading()
    yield Searcher(opened, embedder, filled.vectors)
    filled.close()


TINY = Shape(32, 2, 4, 64, 0, 64, 2, 1e-12)
"""Hidden 32, two layers; the vocabulary comes from the tokenizer."""


def write_tiny_tokenizer(path: Path) -> int:
    """One token a character of the samples, framed by `<s>` and `</s>`; returns the size of the vocabulary."""
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, processors

    characters = sorted({c for file in SAMPLES.glob("*.txt") for c in file.read_text(encoding="utf-8") if c.isalnum()})
    vocabulary = {token: i for i, token in enumerate(["<pad>", "<unk>", "<s>", "</s>", "<mask>", *characters])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.Split(Regex("."), "isolated")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 2), ("</s>", 3)]
    )
    tokenizer.save(str(path))
    return len(vocabulary)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A sentence-transformers folder of a random BertModel, without an int8 twin."""
    import torch
    from transformers import BertConfig, BertModel

    root = tmp_path_factory.mktemp("tiny")
    vocabulary = write_tiny_tokenizer(root / "tokenizer.json")
    torch.manual_seed(7)
    model = BertModel(
        BertConfig(
            vocab_size=vocabulary, hidden_size=TINY.hidden, num_hidden_layers=TINY.layers,
            num_attention_heads=TINY.heads, intermediate_size=TINY.intermediate,
            max_position_embeddings=TINY.positions, initializer_range=0.5,
        ),
        add_pooling_layer=False,
    )  # fmt: skip
    weights = {name: tensor.numpy() for name, tensor in model.state_dict().items()}
    shape = Shape(TINY.hidden, TINY.layers, TINY.heads, TINY.intermediate, vocabulary, TINY.positions, 2, 1e-12)
    folder = root / "tiny-model"
    write_model_folder(folder, shape, weights, root / "tokenizer.json", {"query": "问：", "passage": "文："})
    return folder
