"""Questions made at no cost: a figure of a passage or a cell of a table is asked for in the words that stand around it.

`为全市中小学新增纸质图书100万册` asks 全市中小学新增纸质图书多少册, most of the time with what tells the document from its
like before it: its place, its year, both, or its title. The other passages are those of the same document and of others
that share most with the question and do not hold the figure: where the question names the document, the same sentence in
another year's or place's edition. `岗位：护士 | 人数：5 | 学历：本科` asks 护士的学历是什么. A part of the questions stays without the passage that answers.
"""

import random
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from evals.reader.corpus import corpus, grams
from evals.reader.corruptions import MARK
from evals.reader.examples import Group, Sample
from ingest.document import Document
from ingest.places import short_name
from server.answer.claims import UNIT
from server.reader.passage import Passage, Piece

FIGURE = re.compile(
    rf"(?:(?<![\d.])\d+(?:,\d{{3}})*(?:\.\d+)?(?![\d.年月日])[多余]?(?P<unit>[%％]|[万亿]?(?:{UNIT.pattern})))"
)
CELL = re.compile(r"(?P<label>[^：|]{2,20})：(?P<value>[^|]+)")
EMPTY = re.compile(r"[—\-/、·…]*|无")
NUMERIC = re.compile(r"[\d.,%％—\-]+")
CLAUSE = re.compile(r"[^，,；;：:。！？|]+")
LEADING = re.compile(r"^(?:其中|含|包括|力争|努力|为|并|将|要|和|及|共|再|的)+")
SHORTEST, LONGEST, LONGEST_TITLE = 6, 36, 30
"""Characters of a question without what it is about, and of a title that stands before it."""
PASSAGES, LOOKED_AT = 3, 40
"""Other passages beside the one that answers, and among how many of the most alike in all documents they are looked for."""
UNANSWERED = 0.25
OF_EACH = 3
MOST_SHARED = 0.5
"""Share of the question's runs from which on a passage of a document that the question does not exclude may answer."""


class Runs:
    """Which passages of these documents hold which runs of characters."""

    def __init__(self, documents: Sequence[str]) -> None:
        self._held: dict[str, list[tuple[str, int]]] = defaultdict(list)
        for document in documents:
            for number, passage in enumerate(corpus()[document].passages):
                for run in grams(passage.text):
                    self._held[run].append((document, number))

    def alike(self, wanted: set[str]) -> list[tuple[str, int]]:
        """The passages that share most with `wanted`, the most alike first."""
        shared = Counter(place for run in wanted for place in self._held.get(run, ()))
        return [place for place, _ in shared.most_common(LOOKED_AT)]


@dataclass(frozen=True)
class Identity:
    """What stands before a question to say which document it is about, and which documents it thereby excludes."""

    words: str
    year: int | None = None
    place: str | None = None
    title: str | None = None

    def excludes(self, document: Document) -> bool:
        metadata = document.metadata
        if self.year is not None and metadata.year is not None and self.year not in (metadata.year, *metadata.years):
            return True
        if self.place is not None and metadata.places and metadata.places[0].value != self.place:
            return True
        return self.title is not None and document.title != self.title


def identity(document: Document, chance: random.Random) -> Identity:
    """The document's place, year, both, its title or nothing, by chance and by what it has."""
    metadata = document.metadata
    place = metadata.places[0].value if metadata.places and chance.random() < 0.6 else None
    year = metadata.year if chance.random() < 0.6 else None
    if place is None and len(document.title) <= LONGEST_TITLE and chance.random() < 0.4:
        return Identity(f"{document.title}{chance.choice(('里', '中', '，', ''))}", title=document.title)
    dated = "" if year is None else f"{year}年"
    return Identity((short_name(place) if place else "") + dated, year, place)


def groups(documents: Sequence[str], count: int, chance: random.Random) -> Iterator[Group]:
    """`count` questions by passages of the documents, `OF_EACH` of a passage at most, from each document about as many."""
    runs = Runs(documents)
    turns = [
        (turn, document, number) for document in documents for turn, number in _shuffled(document, chance)
    ] * OF_EACH
    chance.shuffle(turns)
    turns.sort(key=lambda turn: turn[0])
    made = 0
    for _, document, number in turns:
        if made == count:
            return
        group = _group(document, number, runs, chance)
        if group is not None:
            made += 1
            yield group


def _shuffled(document: str, chance: random.Random) -> list[tuple[int, int]]:
    """The document's passages in random order, each behind its turn."""
    numbers = list(range(len(corpus()[document].passages)))
    chance.shuffle(numbers)
    return list(enumerate(numbers))


def _group(document: str, number: int, runs: Runs, chance: random.Random) -> Group | None:
    read = corpus()[document]
    passage = read.passages[number]
    asked = [found for piece in passage.pieces for found in _asked(passage, piece, chance)]
    asked += [found for piece in passage.pieces for found in _asked_of_row(passage, piece, chance)]
    if not asked:
        return None
    piece, words, (start, end) = chance.choice(asked)
    about = identity(read.document, chance)
    others = list(_others((document, number), passage.text[start:end], words, about, runs))[:PASSAGES]
    samples = [Sample(passage.context, passage.text) for passage in others]
    answered = chance.random() >= UNANSWERED or not samples
    if answered:
        samples.insert(0, Sample(passage.context, passage.text, (start, end), ((piece.start, piece.end),)))
    return Group(about.words + words, tuple(samples), answered)


def _others(place: tuple[str, int], figure: str, words: str, about: Identity, runs: Runs) -> Iterator[Passage]:
    """Passages that look like an answer and are none, the most alike first."""
    wanted = grams(words)
    for document, number in runs.alike(wanted):
        other = corpus()[document]
        passage = other.passages[number]
        if (document, number) == place or figure in passage.text:
            continue
        if document != place[0]:
            named = about.year is not None and str(about.year) in passage.text
            is_excluded = about.excludes(other.document) and not named
            if not is_excluded and len(wanted & grams(passage.text)) >= MOST_SHARED * len(wanted):
                continue
        yield passage


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
        words = LEADING.sub("", MARK.sub("", before).strip(" *")) + ("多少" + unit) + behind.strip()
        if SHORTEST <= len(words) <= LONGEST and len(words) - len(unit) - 2 >= SHORTEST - 2:
            yield piece, words, (clause.start() + found.start(), clause.start() + found.end())


def _asked_of_row(
    passage: Passage, piece: Piece, chance: random.Random
) -> Iterator[tuple[Piece, str, tuple[int, int]]]:
    """A cell of a labelled row, asked for by its column and by the row's first cell that is no number."""
    cells = list(CELL.finditer(passage.text, piece.start, piece.end))
    keys = [cell for cell in cells if _names(cell["value"].strip(), passage.text)]
    if len(cells) < 2 or not keys:
        return
    others = [cell for cell in cells if cell is not keys[0] and not EMPTY.fullmatch(cell["value"].strip())]
    if others:
        cell = chance.choice(others)
        value, start = cell["value"].strip(), cell.start("value")
        is_figure = NUMERIC.match(value) is not None
        tail = chance.choice(("是多少", "多少", "") if is_figure else ("是什么", "怎么写的", ""))
        words = f"{keys[0]['value'].strip()}{chance.choice(('的', '，', ''))}{cell['label'].strip()}{tail}"
        yield piece, words, (start, start + len(value))


def _names(value: str, text: str) -> bool:
    """Whether the cell says which row it is: no number, and said once in the passage."""
    return 2 <= len(value) <= LONGEST and NUMERIC.fullmatch(value) is None and text.count(value) == 1
