"""Refusing on given passages: each question is asked over its own few passages, with and without the answer in them.

`python -m evals.refusal --questions ../shared/eval/refusal_dev.jsonl` prints precision, recall and F1 of refusing (positive: refused;
truth: not answerable), answerable questions wrongly refused, and right answers, in all and per source.

An answer is right when any of `answers` stands in it, groups taken apart: lenient for questions that ask for several
names, strict where the gold answer is a whole clause. The passages have neither places nor titles: nothing is fitted on
this file.
"""

import argparse
import hashlib
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import BaseModel, ValidationError
from tqdm import tqdm

from evals.replay import open_replay
from index.embed import Embedder
from index.search import Searcher
from index.store import Store, passage
from index.vectors import VectorIndex
from ingest.read import read_document
from server.answer.answerer import Answerer
from server.answer.finding import Ask
from server.answer.result import Answer
from server.errors import BadCases
from server.evaluate import MARKS, holds
from server.llm.model import LanguageModel
from server.runtime import open_embedder
from server.settings import load


class Item(BaseModel, frozen=True):
    """A question with the passages that it is asked over; keys that are not used are allowed."""

    id: str
    source: str
    question: str
    passages: tuple[str, ...]
    answerable: bool
    answers: tuple[str | tuple[str, ...], ...] = ()

    @property
    def alternatives(self) -> list[str]:
        """Every gold answer, groups of them taken apart."""
        return [text for group in self.answers for text in ([group] if isinstance(group, str) else group)]


@dataclass(frozen=True)
class Result:
    """An item with what came of it."""

    item: Item
    answer: Answer

    @property
    def refused(self) -> bool:
        return self.answer.status == "not_found"

    @property
    def right(self) -> bool:
        """Whether it was answered, and a gold answer stands in the text."""
        text = MARKS.sub("", self.answer.text)
        return not self.refused and any(holds(text, alternative) for alternative in self.item.alternatives)


def read_items(path: Path) -> list[Item]:
    """Raises BadCases with the line that is wrong."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise BadCases(path, str(error)) from error
    items = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            items.append(Item.model_validate_json(line))
        except ValidationError as error:
            raise BadCases(path, f"第 {number} 行：{error.errors()[0]['msg']}") from error
    return items


def sample(items: Sequence[Item], count: int) -> list[Item]:
    """`count` items, as many of each source and answerability as there are, always the same; 0 stands for all.

    A smaller sample is part of a larger one.
    """
    strata: dict[tuple[str, bool], list[Item]] = defaultdict(list)
    for item in sorted(items, key=lambda item: hashlib.sha256(item.id.encode()).hexdigest()):
        strata[item.source, item.answerable].append(item)
    ranked = [(rank, key, item) for key, stratum in strata.items() for rank, item in enumerate(stratum)]
    ranked.sort(key=lambda entry: entry[:2])
    return [item for _, _, item in ranked[: count or None]]


@contextmanager
def over(passages: Sequence[str], embedder: Embedder, model: LanguageModel) -> Generator[Answerer]:
    """The product's answering over these passages alone, read, divided, embedded and stored as files are.

    In this process: a reading process for each question would cost more than the reading. A title that only the
    file's name gave is left out.
    """
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder) / "youju.db")
        try:
            for number, text in enumerate(passages, 1):
                ingested = read_document(Path(folder) / f"资料{number}.txt", text.encode())
                untitled = ingested.document.title == f"资料{number}"
                document = replace(ingested.document, title="") if untitled else ingested.document
                told = [passage(document, chunk) for chunk in ingested.chunks]
                store.add(document, ingested.chunks, embedder.encode_passages(told), embedder.fingerprint)
            yield Answerer(Searcher(store, embedder, VectorIndex(embedder.dimension)), model)
        finally:
            store.close()


def ask(item: Item, embedder: Embedder, model: LanguageModel) -> Result:
    with over(item.passages, embedder, model) as answerer:
        return Result(item, answerer.answer(Ask(item.question)))


def share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def summary(results: Sequence[Result]) -> dict[str, object]:
    """Counts and shares; a share of nothing is None."""
    refused = sum(r.refused for r in results)
    unanswerable = sum(not r.item.answerable for r in results)
    answerable = len(results) - unanswerable
    rightly = sum(r.refused and not r.item.answerable for r in results)
    right = sum(r.right for r in results)
    return {
        "questions": len(results),
        "answerable": answerable,
        "unanswerable": unanswerable,
        "refused": refused,
        "refusal_precision": share(rightly, refused),
        "refusal_recall": share(rightly, unanswerable),
        "refusal_f1": share(2 * rightly, refused + unanswerable),
        "wrongly_refused": share(refused - rightly, answerable),
        "right": share(right, answerable),
        "right_of_answered": share(right, answerable - (refused - rightly)),
    }


def by_source(results: Sequence[Result]) -> dict[str, object]:
    """The summary of all, and of each source under its name."""
    sources = sorted({r.item.source for r in results})
    return summary(results) | {s: summary([r for r in results if r.item.source == s]) for s in sources}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=200, help="so many of the items, evenly spread; 0 stands for all")
    parser.add_argument("--json", type=Path, help="write every item there")
    arguments = parser.parse_args()
    installation = load().installation()
    embedder, model = open_embedder(installation), open_replay(installation)
    chosen = sample(read_items(arguments.questions), arguments.sample)
    results = [ask(item, embedder, model) for item in tqdm(chosen, file=sys.stderr)]
    told = {"model": model.name, "asked": model.asked, "replayed": model.replayed}
    model.close()
    sys.stdout.write(json.dumps(told | by_source(results), ensure_ascii=False, indent=1) + "\n")
    if arguments.json:
        rows = [
            {"id": r.item.id, "source": r.item.source, "answerable": r.item.answerable, "question": r.item.question,
             "status": r.answer.status, "reason": r.answer.reason, "answer": r.answer.text, "right": r.right}
            for r in results
        ]  # fmt: skip
        arguments.json.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
