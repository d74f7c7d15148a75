"""Whether two processors decide alike about the same passages: `python -m evals.reader.processors --to FILE` on one of them
(or below `qemu-x86_64 -cpu Haswell`, which has AVX2 and no more), then `--against FILE` on the other.

A decision: whether the passage answers, its best sentence, its best words.
"""

import argparse
import json
import random
import sys
from pathlib import Path
from typing import Any

from evals.reader.corpus import corpus
from evals.reader.search import candidates
from evals.reader.splits import of_split, questions
from server.reader.reader import Reading, shipped

EACH = 3
"""Passages of a question, those that the search found first."""


def readings(count: int) -> list[dict[str, Any]]:
    rows = of_split(questions(), "tune")
    random.Random(7).shuffle(rows)
    found = candidates("all", sorted(corpus()), questions())
    told = []
    for row in rows[: count // EACH]:
        passages = [corpus()[document].passages[number] for document, number in found[row["id"]][:EACH]]
        told += [_decided(reading) for reading in shipped().read(row["question"], passages)]
    return told


def _decided(reading: Reading) -> dict[str, Any]:
    best = max(range(len(reading.pieces)), key=lambda n: reading.pieces[n], default=None)
    return {"relevance": reading.relevance, "piece": best, "span": [reading.span.start, reading.span.end]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300, help="passages")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--to", type=Path)
    way.add_argument("--against", type=Path)
    arguments = parser.parse_args()
    told = readings(arguments.count)
    if arguments.to:
        arguments.to.write_text(json.dumps(told), "utf-8")
    if arguments.against:
        others = json.loads(arguments.against.read_text("utf-8"))
        pairs = list(zip(told, others, strict=True))
        apart = max(abs(ours["relevance"] - theirs["relevance"]) for ours, theirs in pairs)
        alike = {
            "answers": sum((ours["relevance"] > 0) == (theirs["relevance"] > 0) for ours, theirs in pairs),
            "piece": sum(ours["piece"] == theirs["piece"] for ours, theirs in pairs),
            "span": sum(ours["span"] == theirs["span"] for ours, theirs in pairs),
        }
        sys.stdout.write(json.dumps({"passages": len(pairs), "alike": alike, "farthest relevance": apart}) + "\n")


if __name__ == "__main__":
    main()
