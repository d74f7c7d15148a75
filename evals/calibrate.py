"""Fit the decision to refuse on the project's own questions and write its weights; `python -m evals.calibrate`.

Every question of the tuned half is drafted twice: as it is, and with the sentences taken away that hold its answer, which
makes the hardest kind of question without an answer. A draft counts as good when it holds the expected answer. In five-fold
cross-validation, hopeless is what loses at most LOST of the good drafts, sure the lowest probability from which SURE of the
drafts are good, and between them the threshold loses a good draft rather than show more than WORTH others.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path, PurePath

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from evals.run import index, read
from server.answer.answerer import Answerer
from server.answer.card import article_of, card_fact
from server.answer.evidence import Candidate
from server.answer.finding import Ask, Found
from server.answer.listing import listed, missing_article
from server.answer.refuse import WEIGHTS, Signals, signals, why_nothing_fits
from server.evaluate import Case, Gold, holds
from server.llm.template import Message
from server.settings import ROOT

CASES = [
    ROOT / "evals" / "cases" / f"{name}.jsonl" for name in ("reports", "policies", "near", "dialogues", "everyday")
]
SAMPLES = ROOT / "evals" / "cases" / "samples.jsonl"
TYPES = ("fact", "yesno", "none")
LOST = 0.01
SURE = 0.9
WORTH = 3
STRENGTH = 0.1
LIMITS = np.arange(0.05, 0.96, 0.01)


@dataclass(frozen=True)
class Example:
    """What was measured of one draft, and whether it was good."""

    case: str
    good: bool
    measured: Signals
    check: float
    """The model's log-odds, divided by 10, when asked apart from the draft."""


def examples(answerer: Answerer, cases: Sequence[Case]) -> Iterator[Example]:
    """Drafts of each question, with and without its evidence; none where no draft is made."""
    for case in cases:
        part, *others = answerer.finder.parts(Ask(case.question, [Message("user", text) for text in case.history]))
        if case.type not in TYPES or others:
            continue
        found = answerer.finder.find(part, Ask(part.text))
        yield from _example(answerer, case, found, may_be_good=case.type != "none")
        if case.type == "fact":
            kept = [c for c in found.candidates if not _answers(answerer, case, c)]
            yield from _example(answerer, case, replace(found, candidates=kept), may_be_good=False)


def _example(answerer: Answerer, case: Case, found: Found, may_be_good: bool) -> Iterator[Example]:
    chosen = found.choose()
    parts = found.question, found.candidates, answerer.store
    if not chosen or why_nothing_fits(found.candidates) is not None:
        return
    if card_fact(*parts) or missing_article(*parts) or article_of(found.question, chosen):
        return
    if listed(*parts, partial(answerer.drafter.check_list, found.question)):
        return
    draft = answerer.drafter.draft(found.question, chosen)
    if draft.sentences:
        said = "".join(sentence.text for sentence in draft.sentences)
        good = may_be_good and all(any(holds(said, a) for a in group) for group in case.answers)
        measured = signals(draft, found.question, found.candidates, answerer.store)
        yield Example(case.id, good, measured, answerer.drafter.check(found.question, draft) / 10)


def _answers(answerer: Answerer, case: Case, candidate: Candidate) -> bool:
    """Whether a sentence is gold evidence or holds an expected answer."""
    evidence = candidate.evidence
    name = PurePath(answerer.store.document(evidence.document_id).path).name
    golds = [] if isinstance(case.evidence, str) else [*(case.evidence or ()), *case.also]

    def overlaps(gold: Gold) -> bool:
        return gold.document == name and gold.start < evidence.end and evidence.start < gold.end

    return any(map(overlaps, golds)) or any(holds(candidate.shown, a) for group in case.answers for a in group)


def fit(found: Sequence[Example]) -> dict[str, object]:
    """Weights and limits, and what they are worth in cross-validation."""
    names = list(asdict(found[0].measured))
    features = np.array([[*asdict(example.measured).values(), example.check] for example in found])
    good = np.array([example.good for example in found])
    for name, column in zip([*names, "check"], features.T, strict=True):
        sys.stdout.write(f"  {name:<10} alone: AUC {roc_auc_score(good, column):.3f}\n")
    first, early = _regression(names, features[:, :-1], good)
    second, late = _regression([*names, "check"], features, good)
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
    return {"first": first, "second": second, **{name: round(value, 3) for name, value in limits.items()}}


def _regression(
    names: Sequence[str],
    features: "np.ndarray[tuple[int, int], np.dtype[np.float64]]",
    good: "np.ndarray[tuple[int], np.dtype[np.bool_]]",
) -> tuple[dict[str, object], "np.ndarray[tuple[int], np.dtype[np.float64]]"]:
    """A regression fitted to all, and each example's probability by one fitted without it."""
    # Scaled, so that the penalty treats signals alike; the weights are told for the signals as they are.
    regression = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=1000))
    probability = cross_val_predict(
        regression, features, good, cv=StratifiedKFold(5, shuffle=True, random_state=4), method="predict_proba"
    )[:, 1]
    regression.fit(features, good)
    scaler, fitted = regression[0], regression[1]
    raw = fitted.coef_[0] / scaler.scale_
    bias = float(fitted.intercept_[0] - (raw * scaler.mean_).sum())
    weights = {name: round(float(weight), 3) for name, weight in zip(names, raw, strict=True)}
    return {"bias": round(bias, 3), "weights": weights}, probability


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="mixed", help="the data folder below dist/evals, made by evals.run")
    parser.add_argument("--samples", action="store_true", help="the questions over the samples as well")
    parser.add_argument("--keep", type=Path, help="write the measured drafts there")
    parser.add_argument("--write", action="store_true", help="write the weights into the program")
    arguments = parser.parse_args()
    answerer = index(arguments.name, [], replay=True)
    found = list(examples(answerer, [*read(CASES, "tune"), *(read([SAMPLES], None) if arguments.samples else [])]))
    answerer.close()
    if arguments.keep:
        lines = [json.dumps(asdict(example), ensure_ascii=False) for example in found]
        arguments.keep.write_text("\n".join(lines) + "\n", encoding="utf-8")
    weights = fit(found)
    sys.stdout.write(json.dumps(weights) + "\n")
    if arguments.write:
        WEIGHTS.write_text(json.dumps(weights, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
