"""Index a folder into a data folder of its own and score a file of questions over it; `make eval` runs this.

Without arguments: the project's own questions over its samples. Every measurement in LOG.md names its command.
"""

import argparse
import json
import sys
from pathlib import Path

from index.folder import walk
from server import evaluate
from server.answer.answerer import Answerer
from server.runtime import open_answerer, open_library
from server.settings import ROOT, load

DATA = ROOT / "dist" / "evals"


def index(name: str, documents: list[Path]) -> Answerer:
    """An answerer over `documents`, indexed below dist/evals/NAME; what has not changed is kept."""
    settings = load().model_copy(update={"data": DATA / name})
    library = open_library(settings.installation())
    for path in walk(documents):
        for outcome in library.take(path):
            if outcome.reason is not None:
                sys.stderr.write(f"{outcome.reason}\n")
    library.close()
    answerer = open_answerer(settings.installation())
    answerer.warm_up()
    return answerer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, default=ROOT / "evals" / "cases" / "samples.jsonl")
    parser.add_argument("--documents", type=Path, nargs="+", default=[ROOT / "samples"])
    parser.add_argument("--name", default="samples", help="the data folder below dist/evals")
    parser.add_argument("--json", type=Path, help="write every result there")
    arguments = parser.parse_args()
    answerer = index(arguments.name, arguments.documents)
    results = evaluate.run(answerer, evaluate.read_cases(arguments.questions), lambda _: None)
    answerer.close()
    for result in evaluate.failures(results):
        case, answer = result.case, result.answer
        sys.stdout.write(
            f"{case.id} {case.type} {case.question}\n    {answer.status} {answer.reason or ''} {answer.text}\n"
        )
        sys.stdout.write(f"    unsupported {result.unsupported} cites gold {result.cites_gold}\n")
        for ranked in answer.evidence[:3]:
            sys.stdout.write(f"    {ranked.score:.2f} {' '.join(ranked.evidence.text.split())[:100]}\n")
    sys.stdout.write(json.dumps(evaluate.summary(results), ensure_ascii=False) + "\n")
    if arguments.json:
        rows = [
            {"id": r.case.id, "right": r.right, "status": r.answer.status, "reason": r.answer.reason, "answer": r.answer.text,
             "cites_gold": r.cites_gold, "total_ms": r.answer.timings.total_ms}
            for r in results
        ]  # fmt: skip
        arguments.json.write_text("\n".join(json.dumps(row, ensure_ascii=False) for row in rows), encoding="utf-8")


if __name__ == "__main__":
    main()
