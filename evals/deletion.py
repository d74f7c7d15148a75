"""Prove that deleted text is in no byte of the data folder: `python -m evals.deletion`.

Documents are added, then removed, updated, damaged, pruned and forgotten. After each of these the bytes of every file
are searched for each run of six bytes (two Chinese characters) of what is gone by then, in UTF-8 and both orders of
UTF-16; nothing but the deletions themselves has emptied the log. Runs that the remaining documents have as well are
left out: they stand in a second folder that never held anything else. What quotes the documents is there too: saved
conversations, feedback, an evaluation run, each with titles, headings and all of the text. Not covered: backups taken
before, and what the file system keeps of blocks that it has freed.
"""

import argparse
import random
import sys
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from evals.embedding import PairEmbedder
from index.library import Library
from index.store import Store
from index.vectors import VectorIndex
from server.evaluate import Case
from server.ledger import conversations, evaluations, feedback
from server.ledger.conversations import Answered, Conversations
from server.ledger.evaluations import Scored
from server.ledger.feedback import Feedback
from server.ledger.ledger import Ledger
from server.ledger.quoting import Quote
from server.runtime import DATABASE, LEDGER

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
    """Those of every encoding, without runs of digits alone: times and ids hold such by chance."""
    found = np.unique(np.concatenate([runs(text.encode(encoding)) for encoding in ENCODINGS]))
    read = found[:, None] >> (np.uint64(8) * np.arange(RUN, dtype=np.uint64)) & np.uint64(0xFF)
    is_figure = (read == 0) | ((read >= ord("0")) & (read <= ord("9")))
    telling: Runs = found[~is_figure.all(axis=1)]
    return telling


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
    return Library(Store(folder / DATABASE), embedder, vectors)


def _quote(library: Library, ledger: Ledger, documents: Iterable[str]) -> None:
    """Save all that the documents say wherever quotes are saved."""
    saved = Conversations(ledger)
    for number, document_id in enumerate(documents):
        document, question = library.store.document(document_id), f"第{number}个问题"
        headings = [heading for chunk in library.store.document_chunks(document_id) for heading in chunk.headings]
        quote: Quote = {
            "number": 1, "document_id": document_id, "title": document.title, "headings": headings, "start": 0,
            "end": len(document.text), "quote": document.text,
        }  # fmt: skip
        answered = Answered("answered", None, f"{document.text}[1]。", [quote], [quote | {"score": 1.0}], {})
        conversation = saved.start(None).id
        saved.save(conversation, question, 0.0, answered, library.store)
        saved.rename(None, conversation, document.title)
        feedback.give(
            ledger, Feedback("wrong", question, "answered", answered.answer, [quote], (), document.text, document.title)
        )
        evaluations.start(ledger, None, "", [Case("1", "fact", question, ((document.text,),), document.text)])
        pending = evaluations.pending(ledger)
        assert pending is not None
        scored = Scored("answered", None, answered.answer, True, True, (document.title,))
        evaluations.keep(ledger, pending, scored, [document_id])


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
    ledger = Ledger(data / LEDGER)
    _quote(library, ledger, [row.id for row in library.store.documents(-1)])
    before = runs_of_files(data)
    gone: list[str] = []
    left, tested = np.empty(0, np.uint64), np.empty(0, np.uint64)
    standing, purged = {*names, *texts.values(), *news.values()}, True
    for said, done in _deletions(library, ledger, corpus, paths, texts, news):
        gone += said
        standing -= set(said)
        purged &= done
        tested = np.setdiff1d(runs_of_text("\n".join(gone)), legitimate)
        present = np.setdiff1d(np.intersect1d(tested, runs_of_files(data)), runs_of_text("\n".join(standing)))
        left = np.union1d(left, present)
    files = tuple(sorted(path.name for path in data.iterdir()))
    ledger.close()
    library.close()
    return Proof(len(tested), int(np.isin(tested, before).sum()), len(left), files, purged)


def _deletions(
    library: Library,
    ledger: Ledger,
    corpus: Corpus,
    paths: dict[str, Path],
    texts: dict[str, str],
    news: dict[str, str],
) -> Iterator[tuple[list[str], bool]]:
    """Let four fifths of the documents go, one way after another: what is gone by then, and whether its bytes are said
    to be. Those of `news` are updated first. Nothing here empties the log: that is for each deletion to do."""
    removed, unlinked, damaged = (list(texts)[place::5] for place in (1, 3, 4))
    store = library.store
    ids = [str(store.document_id_at(str(paths[name]))) for name in removed]
    done = [store.remove(document_id) for document_id in ids]
    done.append(conversations.forget(ledger, ids))
    yield [*removed, *(texts[name] for name in removed)], all(done)

    for name, text in news.items():
        library.add(corpus.write(name, text))
    yield [texts[name] for name in news], conversations.reconcile(ledger, store)
    _quote(library, ledger, [str(store.document_id_at(str(paths[name]))) for name in news])

    for name in damaged:  # its document goes and a failure stays, until the file goes too
        paths[name].write_bytes(b"\x00\xff" * 2000)
        library.add(paths[name])
    yield [texts[name] for name in damaged], conversations.reconcile(ledger, store)

    for name in (*unlinked, *damaged):
        paths[name].unlink()
    list(library.prune(corpus.folder, {str(path) for path in paths.values() if path.exists()}))
    settled = conversations.reconcile(ledger, store)
    yield [*unlinked, *damaged, *(texts[name] for name in unlinked)], settled

    done = [store.forget_path(str(paths[name])) for name in news]
    done.append(conversations.reconcile(ledger, store))
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
