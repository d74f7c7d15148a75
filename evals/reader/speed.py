"""How long the reader that ships takes for what a question's search has found: `python -m evals.reader.speed`.

Milliseconds for 24 passages, median and 95th percentile over questions of the tune side, and how many tokens that is.
"""

import argparse
import json
import random
import sys
import time

from evals.bench.figures import percentile
from evals.reader.corpus import corpus
from evals.reader.search import candidates
from evals.reader.splits import of_split, questions
from server.reader.passage import Passage
from server.reader.reader import OnnxReader


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--limit", type=int, default=60, help="questions")
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    rows = of_split(questions(), "tune")
    random.Random(9).shuffle(rows)
    found = candidates("all", sorted(corpus()), questions())
    reader = OnnxReader(threads=arguments.threads)
    reader.read("预热", [Passage("", "预热")])
    times, tokens = [], []
    for row in rows[: arguments.limit]:
        passages = [corpus()[document].passages[number] for document, number in found[row["id"]]]
        begun = time.perf_counter()
        reader.read(row["question"], passages)
        times.append((time.perf_counter() - begun) * 1000)
        tokens.append(sum(len(reader.encoded(row["question"], passage).ids) for passage in passages))
    told = {"p50_ms": round(percentile(times, 0.5), 1), "p95_ms": round(percentile(times, 0.95), 1)}
    sys.stdout.write(json.dumps({"questions": len(times), **told, "tokens": sum(tokens) // len(tokens)}) + "\n")


if __name__ == "__main__":
    main()
