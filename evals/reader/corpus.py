"""The documents that questions and claims are about, divided as the product divides them; and where evidence stands.

Read once, then kept below `WORK` (outside the repository).
"""

import pickle
import re
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

from evals.reader.splits import SHARED, splits
from ingest.document import Chunk, Document, Span
from ingest.read import read_document
from server.answer.leadin import passage
from server.reader.passage import Passage
from server.settings import ROOT

WORK = ROOT.parent / "train"
GRAM = 4


@dataclass(frozen=True)
class Read:
    """A document with its chunks and the passage of each."""

    document: Document
    chunks: list[Chunk]
    passages: list[Passage]


def read(name: str) -> Read:
    ingested = read_document(SHARED / "corpora" / name)
    document, chunks = ingested.document, ingested.chunks
    return Read(document, chunks, [passage(document, chunk) for chunk in chunks])


@cache
def corpus() -> dict[str, Read]:
    """Every document of `splits`, by its path below shared/corpora."""
    path = WORK / "corpus.pickle"
    if path.is_file():
        with path.open("rb") as file:
            return {name: Read(*parts) for name, parts in pickle.load(file).items()}
    names = sorted(splits())
    with ProcessPoolExecutor(2) as pool:
        found = dict(zip(names, pool.map(read, names, chunksize=16), strict=True))
    WORK.mkdir(exist_ok=True)
    with path.open("wb") as file:
        pickle.dump({name: (read.document, read.chunks, read.passages) for name, read in found.items()}, file)
    return found


def bare(text: str) -> str:
    return re.sub(r"\s+", "", text)


def place(text: str, words: str) -> Span | None:
    """Where `words` stand in `text`, white space aside."""
    wanted = bare(words)
    if not wanted:
        return None
    kept = [at for at, character in enumerate(text) if not character.isspace()]
    start = "".join(text[at] for at in kept).find(wanted)
    return None if start < 0 else Span(kept[start], kept[start + len(wanted) - 1] + 1)


def chunks_with(read: Read, evidence: Sequence[str]) -> dict[int, list[Span]]:
    """The chunks that hold a piece of evidence, whole or in part, each with the places in the document."""
    found: dict[int, list[Span]] = {}
    for words in evidence:
        span = place(read.document.text, words)
        for number, chunk in enumerate(read.chunks if span is not None else []):
            if span is not None and chunk.start < span.end and span.start < chunk.end:
                found.setdefault(number, []).append(Span(max(span.start, chunk.start), min(span.end, chunk.end)))
    return found


def grams(text: str) -> set[str]:
    text = bare(text)
    return {text[at : at + GRAM] for at in range(len(text) - GRAM + 1)}


def main() -> None:
    found = corpus()
    passages = [passage for read in found.values() for passage in read.passages]
    longest = sum(len(p.text) for p in passages) / len(passages)
    sys.stdout.write(f"{len(found)} documents, {len(passages)} passages of {longest:.0f} characters on average\n")


if __name__ == "__main__":
    main()
