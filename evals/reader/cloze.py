"""Questions made at no cost: a figure of a passage is asked for in the words that stand around it.

`为全市中小学新增纸质图书100万册` asks 全市中小学新增纸质图书多少册, half of the time with the document's place before it.
The other passages are those of the same document and of some others that share most with the question and do not hold
the figure; a part of the questions stays without the passage that answers.
"""

import random
import re
from collections.abc import Iterator, Sequence

from evals.reader.corpus import Read, corpus, grams
from evals.reader.corruptions import MARK
from evals.reader.examples import Group, Sample
from ingest.places import short_name
from server.answer.claims import UNIT
from server.reader.passage import Passage, Piece

FIGURE = re.compile(
    rf"(?:(?<![\d.])\d+(?:,\d{{3}})*(?:\.\d+)?(?![\d.年月日])[多余]?(?P<unit>[%％]|[万亿]?(?:{UNIT.pattern})))"
)
CLAUSE = re.compile(r"[^，,；;：:。！？|]+")
LEADING = re.compile(r"^(?:其中|含|包括|力争|努力|为|并|将|要|和|及|共|再|的)+")
SHORTEST, LONGEST = 6, 36
"""Characters of a question without its place."""
NEAR, AWAY, SAMPLED = 2, 1, 120
"""Other passages of the same document, of other documents, and of how many of those the most alike is taken."""
UNANSWERED = 0.25
MOST_SHARED = 0.5
"""Share of the question's runs from which on a passage of another document may answer as well."""


def groups(documents: Sequence[str], count: int, chance: random.Random) -> Iterator[Group]:
    """`count` questions by passages of the documents, one of a passage at most, from each document about as many."""
    turns = [(turn, document, number) for document in documents for turn, number in _shuffled(document, chance)]
    chance.shuffle(turns)
    turns.sort(key=lambda turn: turn[0])
    made = 0
    for _, document, number in turns:
        if made == count:
            return
        group = _group(corpus()[document], number, documents, chance)
        if group is not None:
            made += 1
            yield group


def _shuffled(document: str, chance: random.Random) -> list[tuple[int, int]]:
    """The document's passages in random order, each behind its turn."""
    numbers = list(range(len(corpus()[document].passages)))
    chance.shuffle(numbers)
    return list(enumerate(numbers))


def _group(read: Read, number: int, documents: Sequence[str], chance: random.Random) -> Group | None:
    passage = read.passages[number]
    asked = [found for piece in passage.pieces for found in _asked(passage, piece, chance)]
    if not asked:
        return None
    piece, words, (start, end) = chance.choice(asked)
    figure, wanted = passage.text[start:end], grams(words)
    others = [p for at, p in enumerate(read.passages) if at != number and figure not in p.text]
    others.sort(key=lambda p: -len(wanted & grams(p.text)))
    away = [chance.choice(corpus()[chance.choice(documents)].passages) for _ in range(SAMPLED)]
    away = [p for p in away if len(wanted & grams(p.text)) < MOST_SHARED * max(len(wanted), 1) and figure not in p.text]
    away.sort(key=lambda p: -len(wanted & grams(p.text)))
    samples = [Sample(p.context, p.text) for p in (*others[:NEAR], *away[:AWAY])]
    answered = chance.random() >= UNANSWERED or not samples
    if answered:
        samples.insert(0, Sample(passage.context, passage.text, (start, end), ((piece.start, piece.end),)))
    metadata = read.document.metadata
    place = short_name(metadata.places[0].value) if metadata.places and chance.random() < 0.5 else ""
    return Group(place + words, tuple(samples), answered)


def _asked(passage: Passage, piece: Piece, chance: random.Random) -> Iterator[tuple[Piece, str, tuple[int, int]]]:
    """Each clause of a sentence with one figure, as a question, and where the figure stands; of 100万册 is asked 多少册 or
    多少万册."""
    for clause in CLAUSE.finditer(passage.text, piece.start, piece.end):
        figures = list(FIGURE.finditer(clause.group()))
        if len(figures) != 1:
            continue
        (found,) = figures
        before, behind = clause.group()[: found.start()], clause.group()[found.end() :]
        unit = "" if found["unit"] in "%％" else found["unit"]
        unit = unit.lstrip("万亿") if chance.random() < 0.5 else unit
        words = LEADING.sub("", MARK.sub("", before).strip()) + ("多少" + unit) + behind.strip()
        if SHORTEST <= len(words) <= LONGEST and len(words) - len(unit) - 2 >= SHORTEST - 2:
            yield piece, words, (clause.start() + found.start(), clause.start() + found.end())
