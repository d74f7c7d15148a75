"""A ledger, an index that holds what a test says, and answers that quote it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from index.library import Library
from index.store import Store
from index.vectors import VectorIndex
from ingest.confined import Confined
from server.ledger.conversations import Answered
from server.ledger.ledger import Ledger
from server.ledger.quoting import Quote
from tests.stubs import BigramEmbedder

MODEL = BigramEmbedder()
QUESTION = "竣工几个"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger")
    yield ledger
    ledger.close()


@pytest.fixture
def library(tmp_path: Path, readers: tuple[Confined, Confined]) -> Iterator[Library]:
    library = Library(Store(tmp_path / "data" / "youju.db"), MODEL, VectorIndex(MODEL.dimension, MODEL.fingerprint))
    library._reader, library._unpacker = readers
    yield library
    library.close()


@pytest.fixture
def store(library: Library) -> Store:
    return library.store


def added(library: Library, folder: Path, text: str) -> str:
    """The id of a new document; its title is the first line."""
    path = folder / f"{text.splitlines()[0]}.txt"
    path.write_text(text, encoding="utf-8")
    return str(library.add(path).document_id)


def quoted(store: Store, *documents: str) -> Answered:
    """An answer that cites the whole of each document."""
    quotes: list[Quote] = []
    for number, document_id in enumerate(documents, 1):
        document = store.document(document_id)
        quotes.append({
            "number": number, "document_id": document_id, "title": document.title, "headings": ["一、学校建设"],
            "start": 0, "end": len(document.text), "quote": document.text,
        })  # fmt: skip
    said = "".join(f"{quote['quote']}[{quote['number']}]。" for quote in quotes)
    timings = {"retrieve_ms": 1.0, "first_token_ms": None, "total_ms": 2.0}
    return Answered("answered", None, said, quotes, [quote | {"score": 1.0} for quote in quotes], timings)


def content(ledger: Ledger) -> bytes:
    """The bytes of all files of the ledger."""
    return b"".join(path.read_bytes() for path in sorted(ledger.path.parent.glob(ledger.path.name + "*")))
