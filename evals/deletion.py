"""Prove that deleted text is in no byte of the data folder: `python -m evals.deletion`.

Documents are added, then removed, updated, damaged, pruned and forgotten. After each of these the bytes of every file
are searched for each run of six bytes (two Chinese characters) of what is gone by then, in UTF-8 and both orders of
UTF-16; nothing but the deletions themselves has emptied the log. Runs that the remaining documents have as well are
left out: they stand in a second folder that never held anything else. Not covered: backups taken before, and what the
file system keeps of blocks that it has freed.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.embedding import PairEmbedder
from index.library import Library
from index.store import Store
from index.vectors import VectorIndex

RUN = 6
"""Bytes of a run: by chance one of 100,000 stands in 10 MB of other bytes once in 280 times."""
ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")
Runs = NDArray[np.uint64]


@dataclass(frozen=True)
class Proof:
    """How many different runs of the deleted text there are, how many of them the files held before, and how many at
    any time after their deletion; whether every deletion said that its bytes were gone."""

    tested: int
    before: int
    after: int
    files: tuple[str, ...]
    purged: bool


def runs(content: bytes) -> Runs:
    """Every run of six bytes, as a number, once."""
    values = np.frombuffer(content, np.uint8).astype(np.uint64)
    if len(values) < RUN:
        return np.empty(0, np.uint64)
    total = np.zeros(len(values) - RUN + 1, np.uint64)
    for place in range(RUN):
        total = (total << np.uint64(8)) | values[place : len(values) - RUN + 1 + place]
    return np.unique(total)


def runs_of_files(folder: Path) -> Runs:
    parts = [runs(path.read_bytes()) for path in sorted(folder.iterdir()) if path.is_file()]
    return np.unique(np.concatenate(parts))


def runs_of_text(text: str) -> Runs:
    return np.unique(np.concatenate([runs(text.encode(encoding)) for encoding in ENCODINGS]))


class Corpus:
    """Documents of made-up words, so that hardly two share a pair of characters."""

    def __init__(self, folder: Path, seed: int) -> None:
        self.folder = folder
        self._chance = random.Random(seed)
        folder.mkdir()

    def words(self, count: int) -> str:
        return "".join(chr(self._chance.randint(0x4E00, 0x9F00)) for _ in range(count))

    def code(self) -> str:
        return "".join(self._chance.choices("bcdfghjkmnpqrtvwxz0123456789", k=14))

    def text(self, paragraphs: int) -> str:
        body = [
            f"{number}、{self.words(8)}\n{self.words(120)}，编号{self.code()}，电话{self._chance.randint(10**10, 10**11)}。"
            for number in "一二三四五六七八九十"[:paragraphs]
        ]
        return "\n".join([
            f"关于{self.words(10)}的通知",
            f"{self.words(4)}〔2023〕{self._chance.randint(1, 99)}号",
            *body,
        ])

    def write(self, name: str, text: str) -> Path:
        path = self.folder / f"{name}.txt"
        path.write_text(text, encoding="utf-8")
        return path


def _library(folder: Path) -> Library:
    embedder = PairEmbedder()
    vectors = VectorIndex(embedder.dimension, embedder.fingerprint, folder / "vectors.faiss")
    return Library(Store(folder / "youju.db"), embedder, vectors)


def prove(folder: Path, documents: int = 40, seed: int = 1) -> Proof:
    """Add `documents`, let four fifths go in every way there is, and look for what they said."""
    corpus = Corpus(folder / "files", seed)
    texts = {f"{number:03}{corpus.words(6)}": corpus.text(1 + number % 6) for number in range(documents)}
    paths = {name: corpus.write(name, text) for name, text in texts.items()}
    names = list(texts)
    news = {name: corpus.text(2) for name in names[2::5]}
    legitimate = _legitimate(folder, [paths[name] for name in names[::5]])
    data = folder / "data"
    library = _library(data)
    for path in paths.values():
        library.add(path)
    library.vectors.catch_up(library.store)
    before = runs_of_files(data)
    gone: list[str] = []
    left, tested = np.empty(0, np.uint64), np.empty(0, np.uint64)
    standing, purged = {*names, *texts.values(), *news.values()}, True
    for said, done in _deletions(library, corpus, paths, texts, news):
        gone += said
        standing -= set(said)
        purged &= done
        tested = np.setdiff1d(runs_of_text("\n".join(gone)), legitimate)
        present = np.setdiff1d(np.intersect1d(tested, runs_of_files(data)), runs_of_text("\n".join(standing)))
        left = np.union1d(left, present)
    files = tuple(sorted(path.name for path in data.iterdir()))
    library.close()
    return Proof(len(tested), int(np.isin(tested, before).sum()), len(left), files, purged)


def _deletions(
    library: Library, corpus: Corpus, paths: dict[str, Path], texts: dict[str, str], news: dict[str, str]
) -> Iterator[tuple[list[str], bool]]:
    """Let four fifths of the documents go, one way after another: what is gone by then, and whether its bytes are said
    to be. Those of `news` are updated first. Nothing here empties the log: that is for each deletion to do."""
    removed, unlinked, damaged = (list(texts)[place::5] for place in (1, 3, 4))
    store = library.store
    done = [store.remove(str(store.document_id_at(str(paths[name])))) for name in removed]
    yield [*removed, *(texts[name] for name in removed)], all(done)

    for name, text in news.items():
        library.add(corpus.write(name, text))
    yield [texts[name] for name in news], True

    for name in damaged:  # its document goes and a failure stays, until the file goes too
        paths[name].write_bytes(b"\x00\xff" * 2000)
        library.add(paths[name])
    yield [texts[name] for name in damaged], True

    for name in (*unlinked, *damaged):
        paths[name].unlink()
    list(library.prune(corpus.folder, {str(path) for path in paths.values() if path.exists()}))
    yield [*unlinked, *damaged, *(texts[name] for name in unlinked)], True

    done = [store.forget_path(str(paths[name])) for name in news]
    library.vectors.forget(store)
    library.vectors.close()
    yield [*news, *news.values()], all(done)


def _legitimate(folder: Path, kept: list[Path]) -> Runs:
    """The runs of a data folder that never held anything but what is kept."""
    library = _library(folder / "control")
    for path in kept:
        library.add(path)
    library.vectors.catch_up(library.store)
    library.vectors.close()
    found = runs_of_files(folder / "control")
    library.close()
    return found


def _proofs(rounds: int, documents: int) -> Iterator[Proof]:
    for seed in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            yield prove(Path(folder), documents, seed)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    left = 0
    for proof in _proofs(arguments.rounds, arguments.documents):
        sys.stdout.write(
            f"{proof.tested:,} runs of deleted text: {proof.before:,} in the files before, {proof.after:,} after;"
            f" deletions told as done: {proof.purged}; files {', '.join(proof.files)}\n"
        )
        left += proof.after
    sys.stdout.write("nothing is left\n" if not left else f"{left:,} runs are left\n")
    raise SystemExit(1 if left else 0)


if __name__ == "__main__":
    main()
