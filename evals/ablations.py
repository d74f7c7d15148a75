"""What each part of answering contributes: the same questions with one part switched off at a time.

Parts are switched off by standing in for the one function that does the work; replies of the model are kept, so that
only what changes a prompt is asked again. The naive pipeline (`evals.naive`) runs over the same questions.
"""

import argparse
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

from evals.naive import NaivePipeline
from evals.replay import open_replay
from evals.run import DATA, index, read
from server import evaluate
from server.answer import answerer as answering
from server.answer import drafting, evidence, finding, prompt, quoting
from server.answer.answerer import Answerer
from server.answer.evidence import Candidate
from server.answer.refuse import Judge
from server.answer.verify import Proved
from server.settings import load

ALWAYS = Judge(0.0, 0.0, 0.0, 0.0)
"""Shows every quotation."""


def _first_sentences(_: object, candidates: Sequence[Candidate], __: int = 0) -> list[Candidate]:
    """The sentences of the best chunk that fit, as a pipeline without evidence selection would show them."""
    candidates = [c for c in candidates if c.fits]
    if not candidates:
        return []
    best = max(candidates, key=lambda c: c.cosine)
    same = [c for c in candidates if c.evidence.headings == best.evidence.headings and c.cosine == best.cosine]
    return sorted(same, key=lambda c: c.evidence.start)[: evidence.MOST_SENTENCES]


def _believed(sentence: str, _: object, candidates: Sequence[Candidate]) -> Proved:
    return Proved(sentence, (candidates[0],))


def _fitting(find: Callable[..., list[Candidate]]) -> Callable[..., list[Candidate]]:
    def found(*arguments: object) -> list[Candidate]:
        fits = {"fits_year": True, "fits_place": True, "fits_name": True, "fits_tense": True}
        return sorted((replace(c, **fits) for c in find(*arguments)), key=lambda c: -c.score)  # type: ignore[arg-type]

    return found


@contextmanager
def without(part: str, asked: Answerer) -> Generator[None]:
    """The product with one part switched off."""
    searcher, store = asked.searcher, asked.store
    switched: dict[str, list[Any]] = {
        "nothing": [],
        "words in the search": [patch.object(store, "match_words", lambda *_: [])],
        "vectors in the search": [patch.object(searcher.vectors, "search", lambda *_: [])],
        "evidence selection": [patch.object(finding, "choose", _first_sentences)],
        "worked examples": [patch.object(prompt, "EXAMPLES", ())],
        "proof of sentences": [patch.object(drafting, "prove", _believed)],
        "year, place and name": [patch.object(finding, "find_candidates", _fitting(evidence.find_candidates))],
        "calibrated decision": [patch.object(quoting, "judge", lambda: ALWAYS)],
        "sub-questions": [patch.object(finding, "split_comparison", lambda _: [])],
        "lists by structure": [patch.object(answering, "listed", lambda *_: None)],
    }
    active = switched[part]
    for switch in active:
        switch.start()
    try:
        yield
    finally:
        for switch in active:
            switch.stop()


PARTS = (
    "nothing",
    "proof of sentences",
    "calibrated decision",
    "year, place and name",
    "sub-questions",
    "lists by structure",
    "words in the search",
    "vectors in the search",
    "evidence selection",
    "worked examples",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--questions", type=Path, nargs="+", required=True)
    parser.add_argument("--name", default="mixed", help="the data folder below dist/evals, made by evals.run")
    parser.add_argument("--split", help="only the questions of this half")
    parser.add_argument("--every", type=int, default=1, help="only every n-th question")
    parser.add_argument("--parts", nargs="+", default=[*PARTS, "naive"])
    arguments = parser.parse_args()
    cases = read(arguments.questions, arguments.split)[:: arguments.every]
    asked = index(arguments.name, [], replay=True)
    for part in arguments.parts:
        if part == "naive":
            installation = load().model_copy(update={"data": DATA / arguments.name}).installation()
            naive = NaivePipeline(asked.store, asked.searcher.embedder, open_replay(installation))
            results = evaluate.run(naive, cases, lambda _: None)
        else:
            with without(part, asked):
                results = evaluate.run(asked, cases, lambda _: None)
        told = evaluate.summary(results)
        sys.stdout.write(
            f"{part:<24} right {told['right']} of {told['answerable']}, refused {told['refused']} of {told['unanswerable']}, "
            f"cites gold {told['cites_gold']} of {told['cites_gold_of']}, unsupported {told['unsupported_numbers']}\n"
        )
        sys.stdout.flush()
    asked.close()


if __name__ == "__main__":
    main()
