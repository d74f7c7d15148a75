"""What the reader is trained with: groups of a question and passages of which the first, or none, answers; and claims.

Own questions get their other passages from the product's search over all documents (`evals.reader.search`), so that they
look like what is read later; of what it finds only passages of the train side. What may answer as well is left out: passages that share most of the evidence's words.
Public questions (CMRC 2018, DRCD) get passages of their own context and of others.
"""

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from evals.reader.corpus import Read, chunks_with, corpus, grams, place
from evals.reader.search import Found
from evals.reader.splits import SHARED, splits
from ingest.document import Span
from ingest.text import sentences
from server.reader.passage import Passage, context_of

ALIKE = 0.7
"""Share of the evidence's four-character runs from which on another passage may answer as well."""
NEGATIVES = 3
PUBLIC_LIMITS = (90, 160, 320)
"""Characters of a passage of a public text, one of these at random."""
Place = tuple[int, int]


@dataclass(frozen=True)
class Sample:
    """A passage, and what in it is known: begin and end of the answer, and of the evidence."""

    context: str
    text: str
    answer: Place | None = None
    evidence: tuple[Place, ...] = ()


@dataclass(frozen=True)
class Group:
    """A question with passages; where it is `answered` the first one does, else none."""

    question: str
    samples: tuple[Sample, ...]
    answered: bool


@dataclass(frozen=True)
class Claims:
    """Claims by one passage, each true or false."""

    sample: Sample
    claims: tuple[tuple[str, bool], ...]


def told(passage: Passage, spans: Sequence[Span], answer: str | None) -> Sample:
    """The passage with the evidence at these places of its document, and the answer where it is verbatim in it."""
    places = []
    for piece in passage.pieces:
        for span in spans:
            if span.start < piece.span.end and piece.span.start < span.end:
                whole = piece.end - piece.start == piece.span.end - piece.span.start
                first = max(span.start - piece.span.start, 0) if whole else 0
                last = min(span.end - piece.span.start, piece.end - piece.start) if whole else piece.end - piece.start
                places.append((piece.start + first, piece.start + last))
    return Sample(passage.context, passage.text, _answer(passage.text, places, answer), tuple(places))


def _answer(text: str, places: Sequence[Place], answer: str | None) -> Place | None:
    """Where the answer stands: inside the evidence, else anywhere; None where it does not."""
    if not answer:
        return None
    for start, end in places:
        if (found := place(text[start:end], answer)) is not None:
            return start + found.start, start + found.end
    whole = place(text, answer)
    return None if whole is None else (whole.start, whole.end)


class Own:
    """Groups of our own questions."""

    def __init__(self, found: Sequence[Mapping[str, Any]], candidates: Found) -> None:
        self.rows = found
        self._candidates = candidates
        self._gold = {row["id"]: gold_of(row) for row in found}

    def groups(self, chance: random.Random) -> Iterator[Group]:
        for row in self.rows:
            group = self._group(row, chance)
            if group is not None:
                yield group

    def _group(self, row: Mapping[str, Any], chance: random.Random) -> Group | None:
        read, gold = corpus()[row["document"]], self._gold[row["id"]]
        others = list(self.negatives(row))
        chosen: list[Passage] = []
        if not row["answerable"]:
            chosen = [read.passages[number] for number in list(gold)[:1]]
        elif not gold:
            return None
        picked = _picked(others, NEGATIVES + (not row["answerable"]) - len(chosen), chance)
        chosen += [corpus()[document].passages[number] for document, number in picked]
        samples = [Sample(passage.context, passage.text) for passage in chosen]
        if row["answerable"]:
            number = chance.choice(list(gold))
            samples.insert(0, told(read.passages[number], gold[number], row["answer"]))
        return Group(row["question"], tuple(samples), row["answerable"]) if samples else None

    def negatives(self, row: Mapping[str, Any]) -> Iterator[tuple[str, int]]:
        """What the search finds on the train side, best first, without the gold and what may answer as well."""
        gold, wanted = self._gold[row["id"]], grams("".join(row.get("evidence") or ()))
        answer = row.get("answer") or ""
        for document, number in self._candidates[row["id"]]:
            if splits()[document] != "train" or (document == row["document"] and number in gold):
                continue
            if wanted:
                text = corpus()[document].passages[number].text
                if len(wanted & grams(text)) >= ALIKE * len(wanted):
                    continue
                if answer and answer in text and document == row["document"]:
                    continue
            yield document, number


def gold_of(row: Mapping[str, Any]) -> dict[int, list[Span]]:
    """The chunks of the evidence; where there is none, of what looks most like it."""
    read: Read = corpus()[row["document"]]
    return chunks_with(read, row["evidence"] if row["answerable"] else [row["near"]] if row.get("near") else [])


def _picked(others: Sequence[tuple[str, int]], count: int, chance: random.Random) -> list[tuple[str, int]]:
    """Some of what was found, what stood first most often."""
    left = list(others)
    picked: list[tuple[str, int]] = []
    while left and len(picked) < count:
        picked.append(left.pop(min(int(chance.expovariate(1 / 4)), len(left) - 1)))
    return picked


class Public:
    """Groups of public questions; `files` are names below shared/reading/public."""

    def __init__(self, *files: str) -> None:
        self.texts: list[dict[str, Any]] = []
        for name in files:
            lines = (SHARED / "reading" / "public" / name).read_text("utf-8").splitlines()
            self.texts += [json.loads(line) for line in lines]

    def groups(self, chance: random.Random) -> Iterator[Group]:
        cut = [(text, windows(text["context"], chance.choice(PUBLIC_LIMITS))) for text in self.texts]
        for text, parts in cut:
            other, strange = chance.choice(cut)
            for asked in text["questions"]:
                start, end = asked["start"], asked["start"] + len(asked["answer"])
                holding = [part for part in parts if part.start <= start and end <= part.end]
                if not holding:
                    continue
                words = grams(asked["question"])

                def window(part: Span, context: str = text["context"], title: str = text["title"]) -> Sample:
                    return Sample(title, context[part.start : part.end])

                gold = holding[0]
                rest = [p for p in parts if p != gold and asked["answer"] not in text["context"][p.start : p.end]]
                near = sorted(rest, key=lambda p: -len(words & grams(text["context"][p.start : p.end])))[:2]
                samples = [window(part) for part in chance.sample(near, min(1, len(near)))]
                away = chance.choice(strange)
                if other is not text and (not samples or chance.random() < 0.3):
                    samples.append(Sample(other["title"], other["context"][away.start : away.end]))
                answered = chance.random() > 0.1 or not samples
                if answered:
                    inside = (start - gold.start, end - gold.start)
                    sentence = _sentence(text["context"][gold.start : gold.end], inside)
                    whole = window(gold)
                    samples.insert(0, Sample(whole.context, whole.text, inside, (sentence,)))
                yield Group(asked["question"], tuple(samples), answered)


def windows(text: str, limit: int) -> list[Span]:
    """Stretches of whole sentences of at most about `limit` characters."""
    found: list[Span] = []
    for span in sentences(text, 0, len(text), ()):
        if found and span.end - found[-1].start <= limit:
            found[-1] = Span(found[-1].start, span.end)
        else:
            found.append(span)
    return found


def _sentence(text: str, inside: Place) -> Place:
    for span in sentences(text, 0, len(text), ()):
        if span.start <= inside[0] < span.end:
            return span.start, max(span.end, inside[1])
    return inside


def claims(wanted: Sequence[Mapping[str, Any]]) -> list[Claims]:
    """Claims by passage."""
    by: dict[Sample, list[tuple[str, bool]]] = defaultdict(list)
    for row in wanted:
        by[passage_claimed(row)].append((row["claim"], row["true"]))
    return [Claims(sample, tuple(told_of)) for sample, told_of in by.items()]


def passage_claimed(row: Mapping[str, Any]) -> Sample:
    """What a claim is about, title and heading before it."""
    document = corpus()[row["document"]].document
    return Sample(context_of(document, [row["heading"] or ""]), " ".join(row["passage"].split()))
