"""Fit the decision to refuse on the tuned side of the everyday questions and write its weights; `python -m evals.calibrate`.

A draft is good where its outcome is right (`evals.everyday`: the gold evidence is cited, the answer stands in what is said or
quoted); one for a question without an answer never is. Limits come from five-fold cross-validation by document: `hopeless`
loses at most LOST of the good drafts, `sure` is the lowest probability at which SURE of the drafts are good, and between them
`threshold` maximises WORTH times the good drafts shown less the others shown. The reader was not trained on these documents.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from evals.everyday import SETS, answerer_over, asked, collection, outcome_of
from server.answer.answerer import Answerer
from server.answer.card import article_of, card_fact
from server.answer.finding import Ask, Found
from server.answer.listing import listed, missing_article
from server.answer.refuse import WEIGHTS, Signals, signals, why_nothing_fits
from server.reader.reader import shipped

LOST = 0.01
SURE = 0.9
WORTH = 0.5
"""What a good draft shown counts against another one shown: a wrong answer costs more than a refusal."""
STRENGTH = 0.1
LEAST_SPREAD = 0.1
LIMITS = np.arange(0.05, 0.96, 0.01)


@dataclass(frozen=True)
class Example:
    """What was measured of one draft, and whether it was good."""

    case: str
    document: str
    good: bool
    measured: Signals
    check: float
    """The model's log-odds, divided by 10, when asked apart from the draft."""


def examples(answerer: Answerer, rows: Sequence[Mapping[str, Any]]) -> Iterator[Example | str]:
    """An Example for each question with a draft to decide about, otherwise the reason why there is none."""
    for row in rows:
        part, *others = answerer.finder.parts(Ask(row["question"]))
        yield "several parts" if others else _example(answerer, row, answerer.finder.find(part, Ask(part.text)))


def _example(answerer: Answerer, row: Mapping[str, Any], found: Found) -> Example | str:
    chosen = found.choose()
    parts = found.question, found.candidates, answerer.store
    if not chosen or why_nothing_fits(found.candidates) is not None:
        return "nothing fits"
    if card_fact(*parts) or missing_article(*parts) or article_of(found.question, chosen):
        return "without a draft"
    if listed(*parts, partial(answerer.drafter.check_list, found.question)):
        return "a list"
    draft = answerer.drafter.draft(found.question, chosen)
    if not draft.sentences:
        return "no sentence proved"
    said = "".join(sentence.text for sentence in draft.sentences)
    cited = [e.text for sentence in draft.sentences for source in sentence.sources for e in source.cited]
    measured = signals(draft, found.question, found.candidates, answerer.store)
    check = answerer.drafter.check(found.question, draft) / 10
    return Example(row["id"], row["document"], outcome_of(row, said, cited) == "right", measured, check)


def kept(path: Path) -> list[Example]:
    rows = map(json.loads, path.read_text(encoding="utf-8").splitlines())
    return [Example(**{**row, "measured": Signals(**row["measured"])}) for row in rows]


def fit(found: Sequence[Example]) -> dict[str, object]:
    """Weights and limits, and what they are worth in cross-validation."""
    names = list(asdict(found[0].measured))
    features = np.array([[*asdict(example.measured).values(), example.check] for example in found])
    good = np.array([example.good for example in found])
    for name, column in zip([*names, "check"], features.T, strict=True):
        sys.stdout.write(f"  {name:<10} alone: AUC {roc_auc_score(good, column):.3f}\n")
    documents = [example.document for example in found]
    first, early = _regression(names, features[:, :-1], good, documents)
    second, late = _regression([*names, "check"], features, good, documents)
    hopeless = float(np.quantile(early[good], LOST))
    sure = float(min((p for p in np.unique(early) if good[early >= p].mean() >= SURE), default=1.0))
    between = (early >= hopeless) & (early < sure)
    gained = [WORTH * (good & between & (late >= t)).sum() - (~good & between & (late >= t)).sum() for t in LIMITS]
    threshold = float(LIMITS[int(np.argmax(gained))])
    kept = (early >= sure) | (between & (late >= threshold))
    sys.stdout.write(
        f"{len(found)} drafts, {good.sum()} good; AUC {roc_auc_score(good, early):.3f}, with the check "
        f"{roc_auc_score(good, late):.3f}; kept {kept[good].mean():.3f} of the good, {kept[~good].mean():.3f} of the "
        f"others; asked again {between.mean():.3f}\n"
    )
    limits = {"hopeless": hopeless, "sure": sure, "threshold": threshold}
    return {
        "reader": shipped().fingerprint,
        "first": first,
        "second": second,
        **{name: round(value, 3) for name, value in limits.items()},
    }


def _regression(
    names: Sequence[str],
    features: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    good: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
    documents: Sequence[str],
) -> tuple[dict[str, object], "np.ndarray[tuple[int], np.dtype[np.float64]]"]:
    """A regression fitted to all, and each example's probability by one fitted without it."""
    # Scaled, so that the penalty treats signals alike; the weights are told for the signals as they are. One that hardly
    # varies in these drafts gets no weight that would decide alone elsewhere.
    scale = np.maximum(features.std(axis=0), LEAST_SPREAD)
    features = features / scale
    regression = LogisticRegression(C=STRENGTH, max_iter=1000)
    probability = cross_val_predict(
        regression,
        features,
        good,
        cv=StratifiedGroupKFold(5, shuffle=True, random_state=4),
        groups=documents,
        method="predict_proba",
    )[:, 1]
    regression.fit(features, good)
    raw = regression.coef_[0] / scale
    bias = float(regression.intercept_[0])
    weights = {name: round(float(weight), 3) for name, weight in zip(names, raw, strict=True)}
    return {"bias": round(bias, 3), "weights": weights}, probability


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", choices=SETS, nargs="+", default=list(SETS))
    parser.add_argument("--limit", type=int, default=100, help="questions of each set")
    parser.add_argument("--keep", type=Path, help="write the measured drafts there")
    parser.add_argument("--drafts", type=Path, help="take the measured drafts from there instead")
    parser.add_argument("--write", action="store_true", help="write the weights into the program")
    arguments = parser.parse_args()
    found = kept(arguments.drafts) if arguments.drafts else []
    for name in arguments.sets if not found else []:
        answerer, rows = answerer_over(*collection(name), replay=True), asked(name, "tune", arguments.limit)
        undecided = Counter[tuple[str, bool]]()
        for row, example in zip(rows, examples(answerer, rows), strict=True):
            if isinstance(example, Example):
                found.append(example)
            else:
                undecided[example, row["answerable"]] += 1
        answerer.close()
        for (reason, answerable), count in sorted(undecided.items()):
            sys.stdout.write(f"  {name}, {'with' if answerable else 'without'} an answer: {reason} {count}\n")
        sys.stdout.flush()
    if arguments.keep:
        lines = [json.dumps(asdict(example), ensure_ascii=False) for example in found]
        arguments.keep.write_text("\n".join(lines) + "\n", encoding="utf-8")
    weights = fit(found)
    sys.stdout.write(json.dumps(weights) + "\n")
    if arguments.write:
        WEIGHTS.write_text(json.dumps(weights, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
