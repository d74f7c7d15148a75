"""Index a folder into a data folder of its own and score a file of questions over it; `make eval` runs this.

Without arguments: the project's own questions over its samples. Every measurement in LOG.md names its command.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from evals.replay import open_replay
from index.folder import walk
from server import evaluate
from server.answer.answerer import Answerer
from server.installation import Installation
from server.runtime import open_answerer, open_library, open_searcher
from server.settings import ROOT, load

DATA = ROOT / "dist" / "evals"


def chosen(documents: Sequence[str]) -> Iterator[Path]:
    """The files of folders; `FOLDER:200` stands for 200 of its files, evenly spread in the order of their names."""
    for document in documents:
        folder, _, count = document.rpartition(":")
        if not (folder and count.isdigit()):
            yield from walk([Path(document)])
            continue
        files = list(walk([Path(folder)]))
        yield from (files[i * len(files) // int(count)] for i in range(int(count)))


def fill(name: str, documents: Sequence[str]) -> Installation:
    """The installation below dist/evals/NAME with `documents` in its index; what has not changed is kept."""
    installation = load().model_copy(update={"data": DATA / name}).installation()
    library = open_library(installation)
    for path in chosen(documents):
        for outcome in library.take(path):
            if outcome.reason is not None:
                sys.stderr.write(f"{outcome.reason}\n")
    library.close()
    return installation


def index(name: str, documents: Sequence[str], replay: bool = False) -> Answerer:
    """An answerer over `documents`, indexed below dist/evals/NAME.

    With `replay`, replies that the model gave before come from the disk at once: for trying what follows them.
    """
    installation = fill(name, documents)
    if replay:
        answerer = Answerer(open_searcher(installation), open_replay(installation))
    else:
        answerer = open_answerer(installation)
    answerer.warm_up()
    return answerer


def read(files: Sequence[Path], split: str | None) -> list[evaluate.Case]:
    """The questions of several files, or those of one half."""
    cases = [case for file in files for case in evaluate.read_cases(file)]
    return [case for case in cases if split is None or case.split == split]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, nargs="+", default=[ROOT / "evals" / "cases" / "samples.jsonl"])
    parser.add_argument("--documents", nargs="+", default=[str(ROOT / "samples")], help="files, folders, or FOLDER:200")
    parser.add_argument("--split", help="only the questions of this half: tune or held")
    parser.add_argument("--replay", action="store_true", help="take the model's known replies from dist/evals/replies")
    parser.add_argument("--name", default="samples", help="the data folder below dist/evals")
    parser.add_argument("--json", type=Path, help="write every result there")
    arguments = parser.parse_args()
    answerer = index(arguments.name, arguments.documents, arguments.replay)
    results = evaluate.run(answerer, read(arguments.questions, arguments.split), lambda _: None)
    answerer.close()
    for result in evaluate.failures(results):
        case, answer = result.case, result.answer
        asked = " / ".join((*case.history, case.question))
        sys.stdout.write(f"{case.id} {case.type} {asked}\n    {answer.status} {answer.reason or ''} {answer.text}\n")
        sys.stdout.write(f"    unsupported {result.unsupported} cites gold {result.cites_gold}\n")
        sys.stdout.write(f"    expected {case.answers}\n")
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
