"""Fit how likely a sentence answers, and from where on it is shown, and write the weights; `python -m evals.calibrate`.

Questions of the tune side of `evals.reader.splits`: the reader was not trained on their documents. The ranking is a
conditional logit (`server.answer.ranking`): the sentences that hold the gold evidence are right, and "none" is where a
question has no answer or none of its evidence was found. In five-fold cross-validation by document it is told how often
what would be quoted is right, misleading and made up from which probability on, and with the language model as a witness
where that is doubtful: its log-odds that the quotation tells what is asked (two seconds each, kept by `evals.replay`).
"""

import argparse
import json
import math
import pickle
import random
import sys
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import log_softmax, logsumexp, softmax
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold, cross_val_predict

from evals.everyday import SETS, answerer_over, asked, collection, outcome_of
from evals.intervals import interval
from evals.reader.corpus import WORK, grams
from evals.reader.splits import Split
from index.store import Store
from server.answer import ranking, refuse
from server.answer.answerer import Answerer
from server.answer.evidence import Candidate, scored
from server.answer.finding import Ask, Found
from server.answer.quoting import Quotation, quote
from server.answer.ranking import Ranking
from server.reader.reader import shipped

FOLDS = 5
STRENGTH = 0.002
"""Of the penalty on squared weights, against the mean log-loss of a question."""
HOLDS = 0.6
"""Share of a piece of evidence that a sentence has to hold, or that of itself that the evidence has to hold, to be right."""
HOPELESS, SURE = 0.1, 0.7
"""Probabilities between which the model is a witness."""
WORTH = 0.67
"""The probability of being right from which on what is doubtful is shown: a wrong one costs two right ones."""
STRENGTH_OF_WITNESS = 10.0
SHORTEST = 6
LIMITS = (0.3, 0.4, 0.5, 0.6, 0.7)
OUTCOMES = ("right", "cut", "elsewhere", "misleading")
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """A question with what was found for it, and which of the sentences hold gold evidence."""

    name: str
    row: Mapping[str, Any]
    found: Found
    gold: NDArray[np.bool_]

    @property
    def measured(self) -> Floats:
        """(sentences, measures)."""
        return np.array([list(candidate.measured.values()) for candidate in self.found.candidates])


@dataclass(frozen=True)
class Told:
    """What would be quoted for a case: how likely it is to answer, and its outcome."""

    case: Case
    quotation: Quotation | None
    probability: float
    outcome: str


def cases(answerer: Answerer, name: str, rows: Sequence[Mapping[str, Any]]) -> Iterator[Case]:
    """Of the questions that are not split into parts and for which anything was found."""
    for row in rows:
        part, *others = answerer.finder.parts(Ask(row["question"]))
        found = answerer.finder.find(part, Ask(part.text))
        if others or not found.candidates:
            continue
        gold = np.array([row["answerable"] and _holds(row["evidence"], c) for c in found.candidates])
        yield Case(name, row, found, gold)


def kept_cases(answerer: Answerer, name: str, side: Split, limit: int) -> list[Case]:
    """The same, kept in a file below WORK by the reader's fingerprint, since they take half a second each; whoever changes
    the search or what is measured of a sentence deletes it."""
    path = WORK / f"cases-{name}-{side}-{limit}-{shipped().fingerprint}.pickle"
    if not path.is_file():
        found = list(cases(answerer, name, asked(name, side, limit)))
        path.write_bytes(pickle.dumps(found))
    return list(pickle.loads(path.read_bytes()))


def _holds(evidence: Sequence[str], candidate: Candidate) -> bool:
    own = grams(candidate.evidence.text)
    cited = set[str]().union(*(grams(e.text) for e in candidate.cited))
    for wanted in filter(None, map(grams, evidence)):
        if len(wanted & cited) >= HOLDS * len(wanted):
            return True
        if len(own) >= SHORTEST and len(wanted & own) >= HOLDS * len(own):
            return True
    return False


def fit(found: Sequence[Case]) -> Ranking:
    """The weights of least penalised log-loss."""
    names = list(found[0].found.candidates[0].measured)
    most = max(len(case.gold) for case in found)
    measured = np.zeros((len(found), most, len(names)))
    is_there = np.zeros((len(found), most + 1), bool)
    right = np.zeros_like(is_there)
    for at, case in enumerate(found):
        measured[at, : len(case.gold)] = case.measured
        is_there[at, : len(case.gold)] = is_there[at, -1] = True
        right[at, : len(case.gold)], right[at, -1] = case.gold, not case.gold.any()

    def loss(weights: Floats) -> tuple[float, Floats]:
        none = np.full((len(found), 1), weights[-1])
        utilities = np.concatenate([measured @ weights[:-1], none], 1)
        shares = log_softmax(np.where(is_there, utilities, -np.inf), 1)
        of_right = np.where(right, shares, -np.inf)
        told = logsumexp(of_right, 1)
        slope = np.exp(shares) - softmax(of_right, 1)
        gradient = np.append(np.einsum("qs,qsm->m", slope[:, :-1], measured), slope[:, -1].sum()) / len(found)
        gradient[:-1] += 2 * STRENGTH * weights[:-1]
        return float(STRENGTH * (weights[:-1] ** 2).sum() - told.mean()), gradient

    weights = minimize(loss, np.zeros(len(names) + 1), jac=True, method="L-BFGS-B").x
    return Ranking({name: round(float(w), 3) for name, w in zip(names, weights, strict=False)}, round(weights[-1], 3))


def told_by(ranks: Ranking, case: Case, store: Store) -> Told:
    found = replace(case.found, candidates=scored(case.found.candidates, ranks))
    chosen = found.choose()
    if not chosen:
        return Told(case, None, 0.0, "refused")
    quotation = quote(found.question, chosen, store)
    sources = [source for sentence in quotation.sentences for source in sentence.sources]
    cited = [evidence.text for evidence in quotation.whole or [e for source in sources for e in source.cited]]
    said = cited if quotation.whole else [sentence.text for sentence in quotation.sentences]
    return Told(case, quotation, quotation.probability, outcome_of(case.row, " ".join(said), cited))


def cross_validated(found: Sequence[Case], stores: Mapping[str, Store]) -> list[Told]:
    """Each case by weights fitted without its document, nor any other of a fifth of all."""
    documents = sorted({case.row["document"] for case in found})
    random.Random(1).shuffle(documents)
    fold = {document: at % FOLDS for at, document in enumerate(documents)}
    ranks = [fit([case for case in found if fold[case.row["document"]] != left]) for left in range(FOLDS)]
    return [told_by(ranks[fold[case.row["document"]]], case, stores[case.name]) for case in found]


def witnessed(told: Sequence[Told], answerers: Mapping[str, Answerer]) -> dict[str, float]:
    """The model's log-odds that they tell what is asked, by question; of those that are doubtful."""
    return {
        one.case.row["id"]: answerers[one.case.name].drafter.odds(one.case.found.question, one.quotation.doubt)
        for one in told
        if one.quotation is not None and HOPELESS <= one.probability < SURE
    }


def decision(told: Sequence[Told], odds: Mapping[str, float]) -> tuple[float, float, list[bool]]:
    """The weight of the model's log-odds beside those of the probability, what both have to reach, and which of the told
    are shown; in cross-validation by document."""
    doubtful = [one for one in told if one.case.row["id"] in odds]
    features = np.array([[log_odds(one.probability), odds[one.case.row["id"]]] for one in doubtful])
    right = np.array([one.outcome == "right" for one in doubtful])
    regression = LogisticRegression(C=STRENGTH_OF_WITNESS)
    probability = cross_val_predict(
        regression, features, right, cv=StratifiedGroupKFold(FOLDS, shuffle=True, random_state=1),
        groups=[one.case.row["document"] for one in doubtful], method="predict_proba",
    )[:, 1]  # fmt: skip
    sys.stdout.write(
        f"{len(doubtful)} doubtful, {right.sum()} of them right; area of the probability alone "
        f"{roc_auc_score(right, features[:, 0]):.3f}, with the model {roc_auc_score(right, probability):.3f}\n"
    )
    shown = {one.case.row["id"]: p >= WORTH for one, p in zip(doubtful, probability, strict=True)}
    own, witness = regression.fit(features, right).coef_[0]
    least = (log_odds(WORTH) - float(regression.intercept_[0])) / own
    is_shown = [shown.get(one.case.row["id"], one.probability >= SURE) for one in told]
    return round(float(witness / own), 3), round(float(least), 3), is_shown


def log_odds(probability: float) -> float:
    return math.log(probability / (1 - probability))


def summary(told: Sequence[Told], is_shown: Sequence[bool]) -> dict[str, Any]:
    """Percent of the questions with an answer by outcome, and of those without that are answered."""
    yes = [one for one in told if one.case.row["answerable"]]
    no = [one for one in told if not one.case.row["answerable"]]
    shown = Counter(one.outcome for one, is_one in zip(told, is_shown, strict=True) if is_one)
    percent = {name: round(100 * shown[name] / max(len(yes), 1), 1) for name in OUTCOMES}
    return {**percent, "made up": round(100 * shown["made up"] / max(len(no), 1), 1)}


def order(found: Sequence[Case], ranks: Ranking) -> dict[str, Any]:
    """How often the passage of the likeliest sentence holds gold evidence, and one of the first three passages does, with
    95 % intervals by documents drawn anew; and the area of the greatest probability, answerable against not."""
    ranked = [(case, _gold_at(case, ranks)) for case in found if case.row["answerable"]]
    rates = {}
    for most, name in ((1, "first"), (3, "among three")):
        hits = [float(at is not None and at < most) for _, at in ranked]
        between = interval([case.row["document"] for case, _ in ranked], hits)
        rates[name] = [round(100 * rate, 1) for rate in (sum(hits) / max(len(hits), 1), *between)]
    greatest = [max(ranks.probabilities([c.measured for c in case.found.candidates])) for case in found]
    area = roc_auc_score([case.row["answerable"] for case in found], greatest)
    return {"questions": len(ranked), **rates, "area": round(float(area), 3)}


def _gold_at(case: Case, ranks: Ranking) -> int | None:
    """Of the passages by their likeliest sentence, which is the first that holds gold evidence."""
    probabilities = ranks.probabilities([c.measured for c in case.found.candidates])
    passages: list[tuple[str, float]] = []
    for at in np.argsort(-np.array(probabilities)):
        candidate = case.found.candidates[at]
        # The sentences of a passage share the reader's relevance.
        passage = candidate.evidence.document_id, candidate.relevance
        if passage not in passages:
            passages.append(passage)
    of_gold = {
        (c.evidence.document_id, c.relevance) for c, g in zip(case.found.candidates, case.gold, strict=True) if g
    }
    return next((at for at, passage in enumerate(passages) if passage in of_gold), None)


def judged(sets: Sequence[str], limit: int, answerers: Mapping[str, Answerer]) -> None:
    """Tell the order and what would be quoted on the held side, by the weights that ship."""
    for name in sets:
        found = kept_cases(answerers[name], name, "hold", limit)
        told = [told_by(ranking.ranking(), case, answerers[name].store) for case in found]
        shown = [_is_shown(answerers[name], one) for one in told]
        line = {"set": name, **order(found, ranking.ranking()), **summary(told, shown)}
        sys.stdout.write(json.dumps(line) + "\n")


def _is_shown(answerer: Answerer, told: Told) -> bool:
    return told.quotation is not None and answerer.drafter.tells(told.case.found.question, told.quotation.doubt)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sets", choices=SETS, nargs="+", default=list(SETS))
    parser.add_argument("--limit", type=int, default=1000, help="questions of each set")
    parser.add_argument("--write", action="store_true", help="write the weights into the program")
    parser.add_argument("--held", action="store_true", help="fit nothing: judge the weights that ship on the held side")
    arguments = parser.parse_args()
    answerers = {name: answerer_over(*collection(name), replay=True) for name in arguments.sets}
    for answerer in answerers.values():
        answerer.warm_up()
    if arguments.held:
        judged(arguments.sets, arguments.limit, answerers)
    else:
        fitted(arguments.sets, arguments.limit, answerers, arguments.write)
    for answerer in answerers.values():
        answerer.close()


def fitted(sets: Sequence[str], limit: int, answerers: Mapping[str, Answerer], write: bool) -> None:
    """Fit to the tune side, tell what that is worth in cross-validation, and write the weights where that is asked."""
    found = [case for name in sets for case in kept_cases(answerers[name], name, "tune", limit)]
    told = cross_validated(found, {name: answerer.store for name, answerer in answerers.items()})
    witness, least, decided = decision(told, witnessed(told, answerers))
    ranks = fit(found)
    for name in sets:
        ordered = order([case for case in found if case.name == name], ranks)
        sys.stdout.write(json.dumps({"set": name, **ordered}) + "\n")
        of_set = [n for n, one in enumerate(told) if one.case.name == name]
        ways = {f"from {limit}": [one.probability >= limit for one in told] for limit in LIMITS} | {"decided": decided}
        for way, is_shown in ways.items():
            shown = summary([told[n] for n in of_set], [is_shown[n] for n in of_set])
            sys.stdout.write(json.dumps({"set": name, "questions": len(of_set), "shown": way, **shown}) + "\n")
    written: dict[Path, dict[str, Any]] = {
        ranking.WEIGHTS: {"reader": shipped().fingerprint, "none": ranks.none, "weights": ranks.weights},
        refuse.WEIGHTS: {"hopeless": HOPELESS, "sure": SURE, "witness": witness, "least": least},
    }
    for path, weights in written.items():
        sys.stdout.write(json.dumps(weights) + "\n")
        if write:
            path.write_text(json.dumps(weights, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
