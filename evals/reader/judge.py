"""What the reader is worth on documents that it was not trained on: `python -m evals.reader.judge --name first`.

- ranking: of questions with an answer, how often the gold passage is first, among three and five, by the search alone and by
  the reader, over the search's first 24; with 95 % intervals by resampling documents.
- answerable: the area under the curve of the best passage's relevance, questions with and without an answer.
- spans: exact and overlapping answers in the passage that the reader puts first.
- cmrc: F1 and exact match on a set of CMRC's form (windows of its context are read, the best span of all is the answer).
- claims: area, and true claims accepted where 1, 3, 6 and 10 % of the false are, beside the claim alone and words in common.
"""

import argparse
import json
import random
import re
import sys
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer

from evals.reader import examples, splits
from evals.reader.corpus import WORK, bare, corpus, grams
from evals.reader.encoding import Encoder, batch
from evals.reader.examples import Public, Sample, gold_of, windows
from evals.reader.network import Network
from evals.reader.search import Found, candidates
from evals.reader.splits import OFFICE, Split, of_split, questions
from server.reader.reader import Span, best_span

ROWS = 48
SHARES = (0.01, 0.03, 0.06, 0.10)
PUNCTUATION = re.compile(r"[^\w]|_")


class Trained:
    """A checkpoint, read with."""

    def __init__(self, folder: Path) -> None:
        tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        state = torch.load(folder / "checkpoint.pt")
        self.network = Network(tokenizer.get_vocab_size())
        self.network.load_state_dict(state["network"])
        self.network.eval()
        self.encoder = Encoder(tokenizer)

    def read(self, found: Sequence[tuple[str, Sample]]) -> list[tuple[float, float, float, Span]]:
        """Of each question with a passage: early, relevance, follows, and the likeliest answer."""
        encoded = [self.encoder.encode(question, sample) for question, sample in found]
        order = sorted(range(len(encoded)), key=lambda n: len(encoded[n].ids))
        result: dict[int, tuple[float, float, float, Span]] = {}
        for start in range(0, len(order), ROWS):
            part = order[start : start + ROWS]
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
                read = self.network(*batch([encoded[n] for n in part]))
            tokens = read.tokens.float().numpy()
            for row, n in enumerate(part):
                scores = float(read.early[row]), float(read.relevance[row]), float(read.follows[row])
                result[n] = (
                    *scores,
                    best_span(encoded[n].offsets, tokens[row, : len(encoded[n].ids)][encoded[n].passage]),
                )
        return [result[n] for n in range(len(encoded))]


def ranking(trained: Trained, rows: Sequence[Mapping[str, Any]], found: Found) -> dict[str, Any]:
    asked: list[tuple[int, str, int]] = []
    pairs: list[tuple[str, Sample]] = []
    for number, row in enumerate(rows):
        for document, chunk in found[row["id"]]:
            passage = corpus()[document].passages[chunk]
            asked.append((number, document, chunk))
            pairs.append((row["question"], Sample(passage.context, passage.text)))
    read = trained.read(pairs)
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
        low, high = _interval(documents, [rank[0] for rank in ranks])
        means = np.mean(ranks, axis=0).round(3).tolist()
        told[name] = {"first": means[0], "interval": [low, high], "three": means[1], "five": means[2]}
    told["area"] = round(float(roc_auc_score(truth, best)), 3) if len(set(truth)) == 2 else None
    told["spans"] = {"n": len(spans), "em": round(float(np.mean([s[0] for s in spans])), 3),
                     "f1": round(float(np.mean([s[1] for s in spans])), 3)}  # fmt: skip
    return told


def _interval(documents: Sequence[str], right: Sequence[float]) -> tuple[float, float]:
    """Of the mean, 95 %, documents drawn again."""
    by: dict[str, list[float]] = defaultdict(list)
    for document, value in zip(documents, right, strict=True):
        by[document].append(float(value))
    chance, names, means = random.Random(1), list(by), []
    for _ in range(1000):
        drawn = [value for name in chance.choices(names, k=len(names)) for value in by[name]]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return round(means[25], 3), round(means[974], 3)


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


def cmrc(trained: Trained, name: str, limit: int) -> dict[str, Any]:
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
    read = trained.read(pairs)
    f1, exact = [], []
    for question, start, count in asked:
        at = max(range(start, start + count), key=lambda at: read[at][1] + read[at][3].score)
        span = read[at][3]
        said = PUNCTUATION.sub("", pairs[at][1].text[span.start : span.end])
        answers = [PUNCTUATION.sub("", a) for a in question.get("answers", [question["answer"]])]
        f1.append(max(_f1(said, a) for a in answers))
        exact.append(any(said == a for a in answers))
    return {"n": len(asked), "f1": round(100 * float(np.mean(f1)), 1), "em": round(100 * float(np.mean(exact)), 1)}


def claims(trained: Trained, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    pairs, alone, words, truth = [], [], [], []
    for one in examples.claims(rows):
        for claim, true in one.claims:
            pairs.append((claim, one.sample))
            alone.append((claim, Sample("", "")))
            runs = grams(claim)
            words.append(len(runs & grams(one.sample.text)) / max(1, len(runs)))
            truth.append(true)
    told: dict[str, Any] = {"n": len(truth)}
    read = trained.read(pairs)
    for name, scores in (
        ("reader", [r[2] for r in read]),
        ("relevance", [r[1] for r in read]),
        ("claim alone", [r[2] for r in trained.read(alone)]),
        ("words", words),
    ):
        held = np.array([s for s, t in zip(scores, truth, strict=True) if t])
        wrong = np.sort([s for s, t in zip(scores, truth, strict=True) if not t])[::-1]
        curve = {str(share): round(float((held > wrong[int(share * len(wrong))]).mean()), 3) for share in SHARES}
        told[name] = {"area": round(float(roc_auc_score(truth, scores)), 3), "accepted": curve}
    return told


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--name", default="first")
    parser.add_argument("--split", default="tune", choices=("tune", "hold"))
    parser.add_argument("--limit", type=int, default=300, help="questions of each set")
    parser.add_argument("--parts", nargs="+", default=["laws", "reports", "office", "cmrc", "claims"])
    arguments = parser.parse_args()
    trained = Trained(WORK / arguments.name)
    side: Split = arguments.split
    every = sorted(corpus())
    rows = of_split(questions(), side)
    random.Random(5).shuffle(rows)
    sets: dict[str, Callable[[], dict[str, Any]]] = {
        "laws": lambda: _ranked(trained, rows, "laws/", "all", every, arguments.limit),
        "reports": lambda: _ranked(trained, rows, "gov_docs/", "all", every, arguments.limit),
        "office": lambda: _ranked(trained, rows, OFFICE, "office", [n for n in every if n.startswith(OFFICE)], arguments.limit),
        "cmrc": lambda: cmrc(trained, "cmrc_dev.jsonl", arguments.limit),
        "claims": lambda: claims(trained, of_split(splits.claims(), side)),
    }  # fmt: skip
    for name in arguments.parts:
        sys.stdout.write(f"{name} {json.dumps(sets[name](), ensure_ascii=False)}\n")
        sys.stdout.flush()


def _ranked(
    trained: Trained, rows: Sequence[Mapping[str, Any]], prefix: str, index: str, documents: Sequence[str], limit: int
) -> dict[str, Any]:
    chosen = [row for row in rows if row["document"].startswith(prefix)]
    pool = [row for row in questions() if index == "all" or row["document"].startswith(prefix)]
    return ranking(trained, chosen[:limit], candidates(index, documents, pool))


if __name__ == "__main__":
    main()
