"""Outcomes of everyday questions over documents that nothing was tuned for: `python -m evals.everyday --set laws`.

Each question of `shared/reading` with its outcome:
- right: the citations hold the gold evidence (half of its runs of four characters) and the answer, where there is one,
  stands in what is said or quoted (a figure by its value);
- cut: the evidence is cited and the answer is not said;
- elsewhere: the answer is said, and other evidence is cited: another passage may say the same, so a person decides;
- misleading: something was said, and neither holds: a reader may take it for the answer;
- refused. Of questions without an answer in their own document: refused, or `made up`.
Results are written beside the index, so that two programs can be compared question by question (`--against`).
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from evals.reader.corpus import WORK, corpus, grams
from evals.reader.search import fill
from evals.reader.splits import OFFICE, Split, of_split, questions
from evals.replay import open_replay
from evals.slots import filled, slots
from ingest.numbers import quantities
from server.answer.answerer import Answerer
from server.answer.finding import Ask
from server.answer.result import Answer
from server.evaluate import MARKS, holds
from server.runtime import open_answerer, open_searcher

CITED = 0.5
SETS = {"laws": "laws/", "reports": "gov_docs/", "office": OFFICE}
OUTCOMES = ("right", "cut", "elsewhere", "misleading", "refused")


def outcome(row: Mapping[str, Any], answer: Answer) -> str:
    if answer.status != "answered":
        return "refused"
    said = MARKS.sub("", answer.text)
    return outcome_of(row, said, [citation.evidence.text for citation in answer.citations])


def outcome_of(row: Mapping[str, Any], said: str, quotes: Sequence[str]) -> str:
    """Of what was said, without marks, with these quotations."""
    if not row["answerable"]:
        return "made up"
    cited = sum(_covered(words, quotes) for words in row["evidence"]) / len(row["evidence"]) >= CITED
    is_told = not row["answer"] or tells(row["answer"], said + " ".join(quotes))
    if cited:
        return "right" if is_told else "cut"
    return "elsewhere" if row["answer"] and tells(row["answer"], said) else "misleading"


def _covered(words: str, quotes: Sequence[str]) -> float:
    wanted, held = grams(words), set[str]().union(*map(grams, quotes))
    return len(wanted & held) / len(wanted) if wanted else float(any(words in quote for quote in quotes))


def tells(wanted: str, text: str) -> bool:
    """The words stand in the text, or all of its figures do by value."""
    if holds(text, wanted):
        return True
    figures = {quantity.key for quantity in quantities(wanted)}
    return bool(figures) and figures <= {quantity.key for quantity in quantities(text)}


def asked(name: str, side: Split, limit: int) -> list[dict[str, Any]]:
    """Questions of a set on one side of the split, those with slots first."""
    rows = [row for row in of_split(questions(), side) if row["document"].startswith(SETS[name])]
    random.Random(13).shuffle(rows)
    rows.sort(key=lambda row: row["id"] not in slots())
    return rows[:limit]


def collection(name: str) -> tuple[str, list[str]]:
    """The index that the questions of a set are asked over, and its documents."""
    if name == "office":
        return "office", [document for document in sorted(corpus()) if document.startswith(OFFICE)]
    return "all", sorted(corpus())


def answerer_over(index: str, documents: Sequence[str], replay: bool = False) -> Answerer:
    """With `replay`, replies that the model gave before come from the disk; latencies mean nothing then."""
    installation = fill(index, documents)
    return Answerer(open_searcher(installation), open_replay(installation)) if replay else open_answerer(installation)


def ask(rows: Sequence[Mapping[str, Any]], answerer: Answerer) -> Iterator[dict[str, Any]]:
    answerer.warm_up()
    for row in rows:
        begun = time.perf_counter()
        answer = answerer.answer(Ask(row["question"]))
        seconds = time.perf_counter() - begun
        cited = [c.evidence for c in answer.citations]
        wanted = slots().get(row["id"])
        shown = [text for e in cited for text in (e.text, e.title, *e.headings)]
        is_answered = row["answerable"] and answer.status == "answered"
        yield {
            "id": row["id"], "answerable": row["answerable"], "outcome": outcome(row, answer), "text": answer.text,
            "reason": answer.reason, "cited": [e.text for e in cited], "seconds": round(seconds, 2),
            "slots": filled(wanted, MARKS.sub("", answer.text), shown, tells) if wanted and is_answered else {},
        }  # fmt: skip


def summary(results: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    yes = [one for one in results if one["answerable"]]
    no = [one for one in results if not one["answerable"]]
    counted = Counter(one["outcome"] for one in yes)
    seconds = sorted(one["seconds"] for one in results)
    told = Counter(name for one in yes for name, is_told in one["slots"].items() if is_told)
    of = Counter(name for one in yes for name in one["slots"])
    return {
        "answerable": len(yes), **{name: counted[name] for name in OUTCOMES}, "unanswerable": len(no),
        "made up": sum(one["outcome"] == "made up" for one in no), "p50_s": seconds[len(seconds) // 2],
        "slots of answered": {name: f"{told[name]}/{of[name]}" for name in of},
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--set", choices=SETS, default="office")
    parser.add_argument("--split", choices=("tune", "hold"), default="hold")
    parser.add_argument("--limit", type=int, default=100)
    parser.add_argument("--name", default="main", help="of this program's results")
    parser.add_argument("--replay", action="store_true", help="take the model's known replies from dist/evals/replies")
    parser.add_argument("--against", help="the name of results to compare with")
    arguments = parser.parse_args()
    rows = asked(arguments.set, arguments.split, arguments.limit)
    answerer = answerer_over(*collection(arguments.set), arguments.replay)
    results = list(ask(rows, answerer))
    answerer.close()
    _path(arguments.name, arguments.set, arguments.split).write_text(json.dumps(results, ensure_ascii=False), "utf-8")
    sys.stdout.write(json.dumps({"set": arguments.set, "split": arguments.split, **summary(results)}) + "\n")
    if arguments.against:
        before = {
            one["id"]: one
            for one in json.loads(_path(arguments.against, arguments.set, arguments.split).read_text("utf-8"))
        }
        both = Counter((before[one["id"]]["outcome"], one["outcome"]) for one in results if one["id"] in before)
        for (old, new), count in sorted(both.items()):
            sys.stdout.write(f"{old} -> {new}: {count}\n")


def _path(name: str, chosen: str, split: str) -> Path:
    (WORK / "results").mkdir(exist_ok=True)
    return WORK / "results" / f"{name}-{chosen}-{split}.json"


if __name__ == "__main__":
    main()
