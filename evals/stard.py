"""How well search finds statute articles for lay questions, over STARD's 56,903 passages; `python -m evals.stard FOLDER`.

Covered: recall@10, recall@100 and nDCG@10 of words, vectors and both, with bootstrap intervals, and whether both
together are better, by a paired permutation test. The index is the product's own, and so is the ranking. Not covered:
cutting laws into chunks (a passage is a chunk as it stands).
"""

import argparse
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tqdm import tqdm

from index.embed import Embedder, Vectors
from index.search import Searcher
from index.store import Store, passage
from index.vectors import VectorIndex
from ingest.document import Chunk, Document, Metadata
from server.runtime import open_embedder
from server.settings import ROOT, load

DATA = ROOT / "dist" / "evals" / "stard"
NAME = re.compile(r"(?P<law>.+?)(?P<article>第[一二三四五六七八九十百千零〇两\d]+条.*)")
DEPTH = 100
NEAR = 10
RESAMPLES = 10_000
BATCH = 64

Scores = NDArray[np.float64]


@dataclass(frozen=True)
class Article:
    """A passage of the collection."""

    pid: str
    law: str
    article: str
    text: str


@dataclass(frozen=True)
class Asked:
    """A question and the passages that answer it."""

    text: str
    gold: frozenset[str]


@dataclass(frozen=True)
class Quality:
    """Three measures of one way to search, a number for each question."""

    near: Scores
    """recall@10"""
    far: Scores
    """recall@100"""
    gain: Scores
    """nDCG@10"""


def read_articles(path: Path) -> list[Article]:
    """Passages in the file's order."""
    found = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        name = NAME.fullmatch(row["name"])
        assert name is not None, row["name"]
        found.append(Article(row["pid"], name["law"], name["article"], row["text"]))
    return found


def read_questions(path: Path) -> list[Asked]:
    rows = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines())
    return [Asked(row["question"], frozenset(row["gold_pids"])) for row in rows]


def documents(articles: Sequence[Article]) -> Iterator[tuple[Document, list[Chunk]]]:
    """A document for each law, a chunk for each of its passages under the article's number."""
    for law, of_law in groupby(sorted(articles, key=lambda a: a.law), key=lambda a: a.law):
        digest = sha256(law.encode()).hexdigest()
        parts = list(of_law)
        text = "\n".join(part.text for part in parts)
        chunks, start = [], 0
        for part in parts:
            end = start + len(part.text)
            chunks.append(Chunk(part.pid, digest[:16], (part.article,), start, end, part.text))
            start = end + 1
        yield Document(digest[:16], f"/{law}.txt", digest, law, text, Metadata()), chunks


def embedded(laws: Sequence[tuple[Document, list[Chunk]]], embedder: Embedder, folder: Path) -> dict[str, Vectors]:
    """A vector for each passage by pid; what was embedded before is kept in `folder`, so this can be broken off."""
    texts = {chunk.id: passage(document, chunk) for document, chunks in laws for chunk in chunks}
    pids = sorted(texts)
    file = folder / f"vectors-{sha256(embedder.fingerprint.encode()).hexdigest()[:12]}.npy"
    shape = (len(pids), embedder.dimension)
    kept = np.lib.format.open_memmap(file, mode="r+" if file.exists() else "w+", dtype=np.float16, shape=shape)
    todo = np.flatnonzero(~kept.any(axis=1))
    for first in tqdm(range(0, len(todo), BATCH), "嵌入", disable=not len(todo), unit="批"):
        rows = todo[first : first + BATCH]
        kept[rows] = embedder.encode_passages([texts[pids[row]] for row in rows])
        kept.flush()
    return dict(zip(pids, kept.astype(np.float32), strict=True))


def index(articles: Sequence[Article], embedder: Embedder, folder: Path) -> Searcher:
    """A searcher over all passages; an index that is whole is used as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder / "youju.db")
    laws = list(documents(articles))
    if store.count() < len(laws):
        vectors = embedded(laws, embedder, folder)
        for document, chunks in tqdm(laws, "写入", unit="部"):
            if not store.has(document.id):
                store.add(document, chunks, np.stack([vectors[chunk.id] for chunk in chunks]), embedder.fingerprint)
    store.require_fingerprint(embedder.fingerprint)
    return Searcher(store, embedder, VectorIndex(embedder.dimension))


def rankings(searcher: Searcher, question: str) -> dict[str, list[str]]:
    """Pids by words, by vectors and by both, the best first, DEPTH each."""
    dense, lexical = searcher.rankings(question, DEPTH)
    rows = [row for ranking in (lexical, dense) for row, _ in ranking]
    pids = {row: chunk.id for row, chunk in searcher.store.chunks(rows).items()}
    return {
        "lexical": [pids[row] for row, _ in lexical],
        "dense": [pids[row] for row, _ in dense],
        "fused": [hit.chunk.id for hit in searcher.search(question, DEPTH)],
    }


def quality(found: Sequence[Sequence[str]], golds: Sequence[frozenset[str]]) -> Quality:
    """Measures of rankings, a question each; `golds` are never empty."""
    near = [len(gold & {*pids[:NEAR]}) / len(gold) for pids, gold in zip(found, golds, strict=True)]
    far = [len(gold & {*pids[:DEPTH]}) / len(gold) for pids, gold in zip(found, golds, strict=True)]
    gain = [ndcg(pids, gold) for pids, gold in zip(found, golds, strict=True)]
    return Quality(np.array(near), np.array(far), np.array(gain))


def ndcg(pids: Sequence[str], gold: frozenset[str]) -> float:
    """nDCG@10 with a gain of 1 for each gold passage (Järvelin and Kekäläinen 2002)."""
    got = sum(1 / np.log2(rank + 1) for rank, pid in enumerate(pids[:NEAR], 1) if pid in gold)
    best = sum(1 / np.log2(rank + 1) for rank in range(1, min(len(gold), NEAR) + 1))
    return float(got / best)


def interval(values: Scores, seed: int = 0) -> tuple[float, float]:
    """The 95 % bootstrap interval of a mean over questions."""
    drawn = np.random.default_rng(seed).integers(len(values), size=(RESAMPLES, len(values)))
    low, high = np.percentile(values[drawn].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def permuted(differences: Scores, seed: int = 0) -> float:
    """The two-sided p of a mean difference of pairs, by turning the signs of pairs at random."""
    signs = np.random.default_rng(seed).choice((-1, 1), size=(RESAMPLES, len(differences)))
    extreme = np.abs((signs * differences).mean(axis=1)) >= abs(differences.mean()) - 1e-12
    return float((extreme.sum() + 1) / (RESAMPLES + 1))


def told(measured: Mapping[str, Quality]) -> Iterator[str]:
    """The table, and what fusing adds to each ranking alone."""
    yield "| ranking | recall@10 | recall@100 | nDCG@10 |\n|---|---|---|---|"
    for name, found in measured.items():
        cells = [
            "{:.4f} ({:.4f} to {:.4f})".format(v.mean(), *interval(v)) for v in (found.near, found.far, found.gain)
        ]
        yield f"| {name} | {' | '.join(cells)} |"
    fused = measured["fused"]
    for name in ("lexical", "dense"):
        other = measured[name]
        for measure in ("near", "far", "gain"):
            differences = getattr(fused, measure) - getattr(other, measure)
            low, high = interval(differences)
            p = permuted(differences)
            yield f"fused - {name}, {measure}: {differences.mean():+.4f} ({low:+.4f} to {high:+.4f}), p {p:.4f}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="the folder with corpus.jsonl and questions.jsonl")
    arguments = parser.parse_args()
    asked = read_questions(arguments.folder / "questions.jsonl")
    embedder = open_embedder(load().installation())
    searcher = index(read_articles(arguments.folder / "corpus.jsonl"), embedder, DATA)
    found = [rankings(searcher, question.text) for question in tqdm(asked, "检索", unit="问")]
    golds = [question.gold for question in asked]
    measured = {name: quality([ranked[name] for ranked in found], golds) for name in ("lexical", "dense", "fused")}
    for line in told(measured):
        sys.stdout.write(line + "\n")


if __name__ == "__main__":
    main()
