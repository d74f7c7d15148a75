"""At which rank search finds what the questions' gold evidence tells, without a language model; `python -m evals.hits`.

Over an index that `evals.run` has made. A hit counts when it overlaps the gold or holds its words (documents repeat
themselves). Not covered: whether the answer is right (`evals.run`).
"""

import argparse
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePath
from unittest.mock import patch

from evals.run import DATA, read
from index.search import Hit, Searcher
from server.answer.finding import Ask, Finder
from server.evaluate import SAME_WORDS, Case
from server.llm.template import Message
from server.reader.reader import shipped
from server.runtime import open_searcher
from server.settings import ROOT, load

DEPTHS = (1, 3, 8, 12, 24)
Gold = tuple[str, int, int, str]
"""Document, start, end and the words between them."""


def golds(case: Case, searcher: Searcher) -> Iterator[Gold]:
    """Where the answers stand, in each document of that name; none for a case without evidence."""
    store = searcher.store
    for row in store.documents(-1):
        text = store.document(row.id).text
        if isinstance(case.evidence, str):
            start = text.find(case.evidence) if case.evidence else -1
            spans = [(start, start + len(case.evidence))] if start >= 0 else []
        else:
            places = (*(case.evidence or ()), *case.also)
            spans = [(gold.start, gold.end) for gold in places if gold.document == PurePath(row.path).name]
        yield from ((row.id, start, end, text[start:end]) for start, end in spans)


def is_gold(hit: Hit, gold: Gold) -> bool:
    document, start, end, words = gold
    chunk = hit.chunk
    overlaps = chunk.document_id == document and start < chunk.end and chunk.start < end
    return overlaps or (len(words) >= SAME_WORDS and words in chunk.text)


def first_rank(case: Case, wanted: Sequence[Gold], searcher: Searcher) -> int | None:
    """The best rank of a gold hit among those that answering would read, for any part of the question."""
    seen: list[list[Hit]] = []
    find = searcher.find

    def recording(*arguments: object) -> list[Hit]:
        seen.append(find(*arguments))  # type: ignore[arg-type]
        return seen[-1]

    finder = Finder(searcher, shipped())
    ask = Ask(case.question, [Message("user", text) for text in case.history])
    parts = finder.parts(ask)
    with patch.object(searcher, "find", recording):
        for part in parts:
            finder.find(part, ask)
    return min((hit.rank for hits in seen for hit in hits if any(is_gold(hit, gold) for gold in wanted)), default=None)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, nargs="+", default=sorted((ROOT / "evals" / "cases").glob("*.jsonl")))
    parser.add_argument("--split", help="only the questions of this half: tune or held")
    parser.add_argument("--name", default="mixed", help="the data folder below dist/evals, made by evals.run")
    arguments = parser.parse_args()
    searcher = open_searcher(load().model_copy(update={"data": DATA / arguments.name}).installation())
    for file in arguments.questions:
        asked = [(case, list(golds(case, searcher))) for case in read([file], arguments.split) if case.type != "none"]
        ranks = {case.id: first_rank(case, wanted, searcher) for case, wanted in asked if wanted}
        found = [rank for rank in ranks.values() if rank is not None]
        reciprocal = sum(1 / rank for rank in found) / max(len(ranks), 1)
        counts = ", ".join(f"hit@{depth} {sum(rank <= depth for rank in found)}" for depth in DEPTHS)
        missed = " ".join(case for case, rank in ranks.items() if rank is None)
        sys.stdout.write(f"{file.stem}: {len(ranks)} questions, {counts}, MRR {reciprocal:.4f}; missed {missed}\n")


if __name__ == "__main__":
    main()
