"""What the reader is worth on documents that it was not trained on: `python -m evals.reader.judge --name first`.

- ranking: of questions with an answer, how often the gold passage is first, among three and five, by the search alone and by
  the reader, over the search's first 24; with 95 % intervals by resampling documents.
- answerable: the area under the curve of the best passage's relevance, questions with and without an answer.
- spans: exact and overlapping answers in the gold passage that the reader scores highest, of those that the search found.
- cmrc: F1 and exact match on a set of CMRC's form (windows of its context are read, the best span of all is the answer).
- claims: area, and true claims accepted where 1, 3, 6 and 10 % of the false are, beside the claim alone, words in common and
  the language model's log-odds of 是 against 否 (`--witness`, a second a claim); and where 6 % are, the share of each fault.

`--shipped` judges the int8 weights inside the program instead of a checkpoint.
"""

import argparse
import json
import math
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer

from evals.intervals import interval
from evals.reader import examples, splits
from evals.reader.corpus import WORK, bare, corpus, grams
from evals.reader.encoding import Encoder, batch
from evals.reader.examples import Public, Sample, gold_of, windows
from evals.reader.network import Network
from evals.reader.search import Found as Candidates
from evals.reader.search import candidates
from evals.reader.splits import OFFICE, Split, of_split, questions
from server.answer import prompt
from server.llm.model import LanguageModel
from server.llm.template import Message
from server.reader.passage import Passage
from server.reader.reader import OnnxReader, Span, best_span
from server.runtime import open_model
from server.settings import load

ROWS = 48
SHARES = (0.01, 0.03, 0.06, 0.10)
FAULTS_AT = 0.06
WITNESS = (
    f"你是严格的审核员，判断一句说法与原文是否一致：一致就答“{prompt.YES}”，不一致或者原文没有写明就答“{prompt.NO}”。"
)
PUNCTUATION = re.compile(r"[^\w]|_")


Found = tuple[float, float, float, Span]
"""Early, relevance, follows, and the likeliest answer."""


class Judged(Protocol):
    def read(self, found: Sequence[tuple[str, Sample]]) -> list[Found]:
        """Of each question with a passage."""
        ...


class Shipped:
    """The weights inside the program."""

    def __init__(self) -> None:
        self._reader = OnnxReader()

    def read(self, found: Sequence[tuple[str, Sample]]) -> list[Found]:
        def one(pair: tuple[str, Sample]) -> Found:
            told = self._reader.scores(pair[0], Passage(pair[1].context, pair[1].text))
            return math.nan, told.relevance, told.follows, best_span(told.encoded.offsets, told.tokens)

        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(one, found))


class Trained:
    """A checkpoint."""

    def __init__(self, folder: Path) -> None:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        state = torch.load(folder / "checkpoint.pt")
        self.network = Network(tokenizer.get_vocab_size())
        self.network.load_state_dict(state["network"])
        self.network.eval()
        self.encoder = Encoder(tokenizer)

    def read(self, found: Sequence[tuple[str, Sample]]) -> list[Found]:
        encoded = [self.encoder.encode(question, sample) for question, sample in found]
        order = sorted(range(len(encoded)), key=lambda n: len(encoded[n].ids))
        result: dict[int, Found] = {}
        for start in range(0, len(order), ROWS):
            part = order[start : start + ROWS]
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
                read = self.network(*batch([encoded[n] for n in part]))
            tokens = read.tokens.float().numpy()
            for row, n in enumerate(part):
                span = best_span(encoded[n].offsets, tokens[row, : len(encoded[n].ids)][encoded[n].passage])
                result[n] = float(read.early[row]), float(read.relevance[row]), float(read.follows[row]), span
        return [result[n] for n in range(len(encoded))]


def ranking(judged: Judged, rows: Sequence[Mapping[str, Any]], found: Candidates) -> dict[str, Any]:
    asked: list[tuple[int, str, int]] = []
    pairs: list[tuple[str, Sample]] = []
    for number, row in enumerate(rows):
        for document, chunk in found[row["id"]]:
            passage = corpus()[document].passages[chunk]
            asked.append((number, document, chunk))
            pairs.append((row["question"], Sample(passage.context, passage.text)))
    read = judged.read(pairs)
    by: dict[int, list[int]] = defaultdict(list)
    for at, (number, _, _) in enumerate(asked):
        by[number].append(at)
    places: dict[str, list[list[float]]] = {"search": [], "early": [], "reader": []}
    documents, best, truth, spans = [], [], [], []
    for number, row in enumerate(rows):
        mine = by[number]
        best.append(max(read[at][1] for at in mine))
        truth.append(row["answerable"])
        if not row["answerable"]:
            continue
        gold = set(gold_of(row))
        if not gold:
            best.pop()
            truth.pop()
            continue
        hit = {at for at in mine if asked[at][1] == row["document"] and asked[at][2] in gold}
        documents.append(row["document"])
        for name, order in (
            ("search", mine),
            ("early", sorted(mine, key=lambda at: -read[at][0])),
            ("reader", sorted(mine, key=lambda at: -read[at][1])),
        ):
            rank = next((place for place, at in enumerate(order) if at in hit), 99)
            places[name].append([rank < 1, rank < 3, rank < 5])
        if row["answer"] and hit:
            at = max(hit, key=lambda at: read[at][1])
            span = read[at][3]
            said, wanted = bare(pairs[at][1].text[span.start : span.end]), bare(row["answer"])
            spans.append((said == wanted, _f1(said, wanted)))
    told: dict[str, Any] = {"questions": len(rows), "answerable": len(documents)}
    for name, ranks in places.items():
        low, high = interval(documents, [rank[0] for rank in ranks])
        if name == "early" and math.isnan(read[0][0]):
            continue  # what ships has no such head
        means = np.mean(ranks, axis=0).round(3).tolist()
        told[name] = {"first": means[0], "interval": [low, high], "three": means[1], "five": means[2]}
    told["area"] = round(float(roc_auc_score(truth, best)), 3) if len(set(truth)) == 2 else None
    told["spans"] = {"n": len(spans), "em": round(float(np.mean([s[0] for s in spans])), 3),
                     "f1": round(float(np.mean([s[1] for s in spans])), 3)}  # fmt: skip
    return told


def _f1(said: str, wanted: str) -> float:
    """By the longest common substring, as CMRC 2018 counts."""
    longest = _common(said, wanted)
    if not longest:
        return 0.0
    precision, recall = longest / len(said), longest / len(wanted)
    return 2 * precision * recall / (precision + recall)


def _common(a: str, b: str) -> int:
    """Length of the longest common substring."""
    best, last = 0, [0] * (len(b) + 1)
    for x in a:
        row = [0]
        for at, y in enumerate(b, 1):
            row.append(last[at - 1] + 1 if x == y else 0)
        best, last = max(best, *row), row
    return best


def cmrc(judged: Judged, name: str, limit: int) -> dict[str, Any]:
    texts = Public(name).texts
    random.Random(3).shuffle(texts)
    pairs: list[tuple[str, Sample]] = []
    asked: list[tuple[dict[str, Any], int, int]] = []
    for text in texts:
        for question in text["questions"]:
            if len(asked) >= limit:
                break
            parts = [text["context"][p.start : p.end] for p in windows(text["context"], 320)]
            asked.append((question, len(pairs), len(parts)))
            pairs += [(question["question"], Sample(text["title"], part)) for part in parts]
    read = judged.read(pairs)
    f1, exact = [], []
    for question, start, count in asked:
        at = max(range(start, start + count), key=lambda at: read[at][1] + read[at][3].score)
        span = read[at][3]
        said = PUNCTUATION.sub("", pairs[at][1].text[span.start : span.end])
        answers = [PUNCTUATION.sub("", a) for a in question.get("answers", [question["answer"]])]
        f1.append(max(_f1(said, a) for a in answers))
        exact.append(any(said == a for a in answers))
    return {"n": len(asked), "f1": round(100 * float(np.mean(f1)), 1), "em": round(100 * float(np.mean(exact)), 1)}


def claims(judged: Judged, rows: Sequence[Mapping[str, Any]], witness: LanguageModel | None) -> dict[str, Any]:
    samples = [examples.passage_claimed(row) for row in rows]
    truth = np.array([row["true"] for row in rows])
    read = judged.read([(row["claim"], sample) for row, sample in zip(rows, samples, strict=True)])
    scores = {
        "reader": [one[2] for one in read],
        "relevance": [one[1] for one in read],
        "claim alone": [one[2] for one in judged.read([(row["claim"], Sample("", "")) for row in rows])],
        "words": [_common_runs(row["claim"], sample.text) for row, sample in zip(rows, samples, strict=True)],
    }
    if witness is not None:
        scores["language model"] = [_agrees(witness, row["claim"], s) for row, s in zip(rows, samples, strict=True)]
        ranks = [np.argsort(np.argsort(scores[name])) for name in ("reader", "language model")]
        scores["both"] = list(ranks[0] + ranks[1])
    told: dict[str, Any] = {"n": len(rows)}
    for name, given in scores.items():
        values = np.array(given, float)
        wrong = np.sort(values[~truth])[::-1]
        limits = {share: wrong[int(share * len(wrong))] for share in SHARES}
        curve = {str(share): round(float((values[truth] > limit).mean()), 3) for share, limit in limits.items()}
        faults: dict[str, list[bool]] = defaultdict(list)
        for row, value in zip(rows, values, strict=True):
            if not row["true"]:
                faults[row["fault"]].append(bool(value > limits[FAULTS_AT]))
        told[name] = {
            "area": round(float(roc_auc_score(truth, values)), 3), "accepted": curve,
            "faults": {fault: f"{sum(some)}/{len(some)}" for fault, some in sorted(faults.items())},
        }  # fmt: skip
    return told


def _common_runs(claim: str, text: str) -> float:
    runs = grams(claim)
    return len(runs & grams(text)) / max(1, len(runs))


def _agrees(model: LanguageModel, claim: str, sample: Sample) -> float:
    asked = f"原文（出自《{sample.context}》）：{sample.text}\n说法：{claim}\n说法与原文一致吗？"
    return model.log_odds([Message("system", WITNESS), Message("user", asked)], prompt.YES, prompt.NO)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="first")
    parser.add_argument("--split", default="tune", choices=("tune", "hold"))
    parser.add_argument("--limit", type=int, default=300, help="questions of each set")
    parser.add_argument("--claims", type=int, default=10000, help="claims at most")
    parser.add_argument("--parts", nargs="+", default=["laws", "reports", "office", "cmrc", "claims"])
    parser.add_argument("--shipped", action="store_true")
    parser.add_argument("--witness", action="store_true")
    arguments = parser.parse_args()
    judged = Shipped() if arguments.shipped else Trained(WORK / arguments.name)
    witness = open_model(load().installation()) if arguments.witness else None
    side: Split = arguments.split
    every = sorted(corpus())
    rows = of_split(questions(), side)
    random.Random(5).shuffle(rows)
    said = of_split(splits.claims(), side)
    random.Random(5).shuffle(said)
    sets: dict[str, Callable[[], dict[str, Any]]] = {
        "laws": lambda: _ranked(judged, rows, "laws/", "all", every, arguments.limit),
        "reports": lambda: _ranked(judged, rows, "gov_docs/", "all", every, arguments.limit),
        "office": lambda: _ranked(judged, rows, OFFICE, "office", [n for n in every if n.startswith(OFFICE)], arguments.limit),
        "cmrc": lambda: cmrc(judged, "cmrc_dev.jsonl", arguments.limit),
        "claims": lambda: claims(judged, said[: arguments.claims], witness),
    }  # fmt: skip
    for name in arguments.parts:
        sys.stdout.write(f"{name} {json.dumps(sets[name](), ensure_ascii=False)}\n")
        sys.stdout.flush()
    if witness is not None:
        witness.close()


def _ranked(
    judged: Judged, rows: Sequence[Mapping[str, Any]], prefix: str, index: str, documents: Sequence[str], limit: int
) -> dict[str, Any]:
    chosen = [row for row in rows if row["document"].startswith(prefix)]
    pool = [row for row in questions() if index == "all" or row["document"].startswith(prefix)]
    return ranking(judged, chosen[:limit], candidates(index, documents, pool))


if __name__ == "__main__":
    main()
