"""What the reader's first sentences alone would tell, without the language model: `python -m evals.quoting`.

Questions of the tune side. Told are the outcomes (`evals.everyday`) of quoting the first sentence, the first two and all that
would be shown to the model; how well the reader's signals tell right from wrong, in cross-validation by document; and what is
right, misleading and made up where only drafts above a probability are shown.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from evals.everyday import SETS, asked, collection, outcome_of
from evals.reader.search import fill
from server.answer.evidence import Candidate
from server.answer.finding import Ask, Finder, Found
from server.reader.reader import shipped
from server.runtime import open_searcher

SENTENCES = (1, 2, 5)
SHOWN = 2
"""Sentences whose outcome the decision is about."""
SIGNALS = ("relevance", "score", "span", "direct", "coverage", "cosine", "next")
LIMITS = (0.3, 0.4, 0.5, 0.6, 0.7)
LEAST_SPREAD = 0.05


def measured(rows: Sequence[Mapping[str, Any]], finder: Finder) -> Iterator[dict[str, Any]]:
    for row in rows:
        part, *others = finder.parts(Ask(row["question"]))
        found = finder.find(part, Ask(part.text))
        chosen = found.choose()
        if others or not chosen:
            continue
        outcomes = {count: _outcome(row, chosen[:count]) for count in SENTENCES}
        yield {
            "document": row["document"],
            "answerable": row["answerable"],
            "outcomes": outcomes,
            **_signals(found, chosen[0]),
        }


def _outcome(row: Mapping[str, Any], told: Sequence[Candidate]) -> str:
    return outcome_of(row, " ".join(c.shown for c in told), [e.text for c in told for e in c.cited])


def _signals(found: Found, best: Candidate) -> dict[str, float]:
    """`next` is the best score in another document."""
    mine = best.evidence.document_id
    others = (c.score for c in found.candidates if c.fits and c.evidence.document_id != mine)
    told = {name: getattr(best, name) for name in SIGNALS if name != "next"}
    return told | {"relevance": best.relevance / 10, "next": max(others, default=0.0)}


def summary(found: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    yes = [one for one in found if one["answerable"]]
    good = np.array([one["outcomes"][SHOWN] == "right" for one in found])
    features = np.array([[one[name] for name in SIGNALS] for one in found])
    features /= np.maximum(features.std(axis=0), LEAST_SPREAD)
    probability = cross_val_predict(
        LogisticRegression(max_iter=1000), features, good, groups=[one["document"] for one in found],
        cv=StratifiedGroupKFold(5, shuffle=True, random_state=1), method="predict_proba",
    )[:, 1]  # fmt: skip
    shown = {}
    for limit in LIMITS:
        told = Counter(one["outcomes"][SHOWN] for one, p in zip(found, probability, strict=True) if p >= limit)
        false = told["misleading"] + told["elsewhere"]
        shown[str(limit)] = {"right": told["right"], "misleading": false, "made up": told["made up"]}
    return {
        "questions": len(found), "answerable": len(yes),
        "quoted": {count: dict(Counter(one["outcomes"][count] for one in yes)) for count in SENTENCES},
        "area": round(float(roc_auc_score(good, probability)), 3), "shown": shown,
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", choices=SETS, nargs="+", default=["office", "laws"])
    parser.add_argument("--limit", type=int, default=150, help="questions of each set")
    arguments = parser.parse_args()
    for name in arguments.sets:
        finder = Finder(open_searcher(fill(*collection(name))), shipped())
        found = list(measured(asked(name, "tune", arguments.limit), finder))
        sys.stdout.write(json.dumps({"set": name, **summary(found)}) + "\n")


if __name__ == "__main__":
    main()
