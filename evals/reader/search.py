"""The product's own search over all documents of `evals.reader.corpus`: what negatives and candidates come from.

`python -m evals.reader.search` indexes them below `WORK` and keeps the first `DEPTH` chunks of every question there.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from evals.reader.corpus import WORK, corpus
from evals.reader.splits import SHARED, questions
from index.library import Library
from server.installation import Installation
from server.runtime import open_library, open_searcher
from server.settings import load

DEPTH = 24
Found = dict[str, list[tuple[str, int]]]
"""By question: (document, number of its chunk), best first."""


def installation(name: str) -> Installation:
    return load().model_copy(update={"data": WORK / "index" / name}).installation()


def fill(name: str, documents: Sequence[str]) -> Installation:
    """An index of `documents`; what is in it already is kept."""
    chosen = installation(name)
    library: Library = open_library(chosen)
    for number, document in enumerate(documents):
        outcome = library.add(SHARED / "corpora" / document)
        if outcome.reason is not None:
            sys.stderr.write(f"{outcome.reason}\n")
        if number % 100 == 0:
            sys.stderr.write(f"{number} of {len(documents)}\n")
    library.close()
    return chosen


def candidates(name: str, documents: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> Found:
    """The first `DEPTH` chunks of each question (by `id`) in an index of `documents`, kept in a file of that name."""
    kept = WORK / f"candidates-{name}.json"
    if kept.is_file():
        found: Found = {key: [(d, n) for d, n in value] for key, value in json.loads(kept.read_text("utf-8")).items()}
        if all(row["id"] in found for row in rows):
            return found
    searcher = open_searcher(fill(name, documents))
    places = {(read.document.id, chunk.start): (document, number) for document in documents
              for read in [corpus()[document]] for number, chunk in enumerate(read.chunks)}  # fmt: skip
    found = {}
    for row in rows:
        hits = searcher.search(row["question"], DEPTH)
        found[row["id"]] = [places[hit.chunk.document_id, hit.chunk.start] for hit in hits]
    kept.write_text(json.dumps(found, ensure_ascii=False), "utf-8")
    return found


def main() -> None:
    rows = questions()
    found = candidates("all", sorted(corpus()), rows)
    sys.stdout.write(f"{len(found)} questions, {sum(map(len, found.values()))} candidates\n")


if __name__ == "__main__":
    main()
