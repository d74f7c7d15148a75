"""Kill a process that writes the index, at a random moment, and look at what it left: `python -m evals.kill`.

A child process adds, updates, removes and re-embeds small documents, and notes in a journal what it has finished (with
an fsync, as a person would see it on the screen). It gets SIGKILL; then the index must be clean by the whole check, hold
every document that was finished and nothing that was gone, and be of one model alone. The same folder goes on to the next
run, so that one run's remains are the next one's start. Not covered: power cuts, which SQLite's synchronous=FULL is for.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from evals.embedding import PairEmbedder
from index.embed import Embedder, load_embedder
from index.errors import EmbeddingChanged
from index.library import Library
from index.store import Store
from index.vectors import VectorIndex
from ingest.read import file_hash

TASKS = ("add", "update", "remove", "re-embed")
LATEST = {"add": 2.5, "update": 2.5, "remove": 0.8, "re-embed": 1.5}
"""Seconds after the child's first sign at which it is killed at the latest: about what it needs to be done."""
WITH_MODEL = 2
"""So much longer where a real model embeds."""
PAUSE = 0.008
"""Seconds that the embedder without a model takes for a text, so that some kills come while it embeds."""
DOCUMENTS = 20


@dataclass(frozen=True)
class Run:
    """One child: what it was doing when it was killed, and what was wrong afterwards."""

    number: int
    task: str
    finished: int
    documents: int
    staged: int
    faults: list[str]


def open_library(folder: Path, embedder: Embedder) -> Library:
    vectors = VectorIndex(embedder.dimension, embedder.fingerprint, folder / "youju.db.vectors")
    return Library(Store(folder / "youju.db"), embedder, vectors)


class Journal:
    """What a child has begun and finished, a line each, on the disk before it goes on."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="utf-8")

    def note(self, **line: object) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())


def embedder_of(version: int, model: Path | None) -> Embedder:
    """Two embedders that cannot be mixed: of 64 and 96 dimensions, or a model under two names."""
    if model is None:
        return PairEmbedder(64 + 32 * (version % 2), PAUSE)
    embedder = load_embedder(model, 2)
    embedder.fingerprint += f" {version % 2}"
    return embedder


def text_of(name: str, version: int) -> str:
    chance = random.Random(f"{name} {version}")
    items = [
        f"{number}、第{chance.randint(1, 99)}项\n计划竣工项目{chance.randint(1, 99)}个，投资{chance.randint(1, 9999)}万元。"
        * 3
        for number in "一二三四五六"
    ]
    return "\n".join([f"{name}工作要点第{version}版", *items])


# -- the child ---------------------------------------------------------------------------------------------------


def work(folder: Path, task: str, seed: int, version: int, model: Path | None) -> None:
    """Write until killed; every step is noted before it begins and after it is finished."""
    journal = Journal(folder / "journal.jsonl")
    library = open_library(folder, embedder_of(version, model))
    library.embedder.encode_queries(["预热"])
    chance = random.Random(seed)
    files = folder / "files"
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    if task == "re-embed":
        library.rebuild()
        journal.note(done="re-embed", version=version)
        return
    for step in range(10_000):
        name = f"第{chance.randrange(DOCUMENTS)}区"
        path = files / f"{name}.txt"
        known = library.store.document_id_at(str(path))
        if task == "remove" and known is not None and library.store.count() > DOCUMENTS // 3:
            journal.note(begun="remove", path=str(path))
            library.store.remove(known)
            journal.note(done="remove", path=str(path))
            continue
        if task == "add" and known is not None:
            journal.note(begun="remove", path=str(path))
            library.store.forget_path(str(path))
            journal.note(done="remove", path=str(path))
        path.write_text(text_of(name, seed * 10_000 + step), encoding="utf-8")
        new = file_hash(path.read_bytes())[:16]
        journal.note(begun="put", path=str(path), document=new)
        library.add(path)
        journal.note(done="put", path=str(path), document=new)


# -- the parent --------------------------------------------------------------------------------------------------


def kill_once(folder: Path, task: str, seed: int, version: int, model: Path | None, delay: float) -> None:
    """Start a child and kill it."""
    command = [sys.executable, "-m", "evals.kill", "--work", str(folder), task, str(seed), str(version)]
    if model is not None:
        command += ["--model", str(model)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, encoding="utf-8") as child:
        assert child.stdout is not None
        if child.stdout.readline() != "ready\n":
            raise RuntimeError(f"the child that should {task} did not start")
        time.sleep(delay)
        child.send_signal(signal.SIGKILL)


def expected(journal: Path) -> tuple[dict[str, set[str | None]], int]:
    """Documents that each path may hold: what was finished last, or what was begun since; and steps finished."""
    held: dict[str, set[str | None]] = {}
    finished = 0
    for line in journal.read_text(encoding="utf-8").splitlines():
        note = json.loads(line)
        if "path" not in note:
            continue
        document = note.get("document")
        if "done" in note:
            held[note["path"]] = {document}
            finished += 1
        else:
            held.setdefault(note["path"], {None}).add(document)
    return held, finished


def look(folder: Path, embedder: Embedder, other: Embedder) -> tuple[list[str], int, int]:
    """Everything that is wrong, how many documents there are, and how many of a new index are made already."""
    library = open_library(folder, embedder)
    store = library.store
    try:
        store.require_fingerprint(embedder.fingerprint)
    except EmbeddingChanged:  # the swap was committed before the kill
        library.close()
        library = open_library(folder, other)
        store = library.store
    faults = [fault.text for fault in library.faults()]
    held, _ = expected(folder / "journal.jsonl")
    for path, documents in held.items():
        there = store.document_id_at(path)
        if there not in documents:
            faults.append(f"{path}: {there} instead of {documents}")
        if there is not None:
            text = store.document(there).text
            query = library.embedder.encode_queries([text.splitlines()[0]])[0]
            rows = {row for row, _ in library.vectors.search(query, 5, store.rows_of([there]))}
            if not rows:
                faults.append(f"{path}: no vector is found")
    total = store.count()
    staged = len(store.staged())
    known = {path for path, documents in held.items() if documents != {None}}
    if total > len(known):
        faults.append(f"{total} documents, {len(known)} paths")
    library.close()
    return faults, total, staged


def runs(folder: Path, count: int, model: Path | None, seed: int) -> Iterator[Run]:
    """`count` kills over one folder; the tasks take turns."""
    (folder / "files").mkdir()
    chance = random.Random(seed)
    version = 0
    fill(folder, embedder_of(version, model))
    for number in range(count):
        task = TASKS[number % len(TASKS)]
        _, before = expected(folder / "journal.jsonl")
        new = version + 1 if task == "re-embed" else version
        delay = chance.uniform(0, LATEST[task]) * (1 if model is None else WITH_MODEL)
        kill_once(folder, task, seed * 1000 + number, new, model, delay)
        faults, documents, staged = look(folder, embedder_of(version, model), embedder_of(version + 1, model))
        store = Store(folder / "youju.db")
        if store.fingerprints() and not any(embedder_of(version, model).fingerprint in f for f in store.fingerprints()):
            version += 1
        store.close()
        _, after = expected(folder / "journal.jsonl")
        yield Run(number, task, after - before, documents, staged, faults)


def fill(folder: Path, embedder: Embedder) -> None:
    """The documents of the start."""
    library, journal = open_library(folder, embedder), Journal(folder / "journal.jsonl")
    for number in range(DOCUMENTS):
        name = f"第{number}区"
        path = folder / "files" / f"{name}.txt"
        path.write_text(text_of(name, 0), encoding="utf-8")
        document = library.add(path).document_id
        journal.note(done="put", path=str(path), document=document)
    library.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--model", type=Path, help="a sentence-transformers folder instead of counts of character pairs"
    )
    parser.add_argument("--work", nargs=4, metavar=("FOLDER", "TASK", "SEED", "VERSION"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.work:
        folder, task, seed, version = arguments.work
        work(Path(folder), task, int(seed), int(version), arguments.model)
        return
    faulty: Counter[str] = Counter()
    sys.stdout.write(
        "| run | killed during | steps finished | documents | staged | faults |\n|---|---|---|---|---|---|\n"
    )
    with tempfile.TemporaryDirectory() as name:
        for run in runs(Path(name), arguments.runs, arguments.model, arguments.seed):
            faulty[run.task] += bool(run.faults)
            told = "; ".join(run.faults) or "none"
            sys.stdout.write(
                f"| {run.number} | {run.task} | {run.finished} | {run.documents} | {run.staged} | {told} |\n"
            )
            sys.stdout.flush()
    sys.stdout.write(f"{arguments.runs} kills, {sum(faulty.values())} with a fault\n")
    raise SystemExit(1 if sum(faulty.values()) else 0)


if __name__ == "__main__":
    main()
