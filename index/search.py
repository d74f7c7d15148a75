"""Hybrid search: dense and lexical rankings fused, documents that fit the question's place and year first.

Covered: filters applied inside both rankings (`index.filters`), repeated chunks once (`index.repeats`). Not covered:
choosing sentences, answering, refusing.
"""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np

from index.embed import Embedder
from index.filters import NO_FILTERS, Filters, Shelf, document_places
from index.lexical import words as cut
from index.query import Question, understand
from index.repeats import distinct_first
from index.store import RowIds, Store
from index.synonyms import synonyms
from index.vectors import VectorIndex
from ingest.document import Chunk, Metadata
from ingest.numbers import document_numbers
from ingest.places import same_or_inside

DEPTH = 300
"""Candidates that each ranking contributes to the fusion."""
READ = 60
"""Of them the first of each ranking, and twice as many of the best of both, are read: only these can be hits."""
WORDS_WEIGHT = 0.6
"""What the ranking by words counts against the one by vectors; 0.3 to 0.8 are about as good (evals/LOG.md)."""
LEAST_SPREAD_DENSE, LEAST_SPREAD_WORDS = 0.004, 2.0
"""Deviations below which scores differ by chance: nine of ten questions over 16,000 chunks have more."""
CONTEXT_WEIGHT = 0.5
FIT = 3.5
"""Added to a document's fused score for each of place and year that it fits, so that of what is read it comes first."""
NAMES_YEAR = 0.6
"""Added where a document of the year names it as well: a report tells of the year before in few of its passages."""

Ranking = list[tuple[int, float]]
"""Rows with their scores, the best first."""


@dataclass(frozen=True)
class Hit:
    """A chunk that was found; `found_by` names the rankings that had it among their first, else those that had it at all."""

    chunk: Chunk
    score: float
    rank: int
    found_by: tuple[str, ...]
    cosine: float
    """Similarity of question and chunk by the embedding, 0 where only words found it."""


class Searcher:
    """Finds chunks for questions; safe for many threads."""

    def __init__(self, store: Store, embedder: Embedder, vectors: VectorIndex) -> None:
        self.store = store
        self.embedder = embedder
        self.vectors = vectors
        self.shelf = Shelf(store)

    def search(self, text: str, limit: int, filters: Filters = NO_FILTERS, today: date | None = None) -> list[Hit]:
        """The `limit` best chunks for a question, the best first, among those that `filters` leave.

        去年 counts from `today`, which is the present day where it is not given. Raises UnknownPlace.
        """
        return self.find(understand(text, today), limit, filters)

    def find(self, question: Question, limit: int, filters: Filters = NO_FILTERS) -> list[Hit]:
        """The same for a question that is understood already."""
        dense, words = self._rank(question, max(DEPTH, limit), self.shelf.rows(filters))
        return self._fuse(question, dense, words, limit)

    def rankings(self, text: str, depth: int) -> tuple[Ranking, Ranking]:
        """(row, score) by vectors and by words, `depth` each, before they are fused."""
        return self._rank(understand(text), depth, None)

    def _rank(self, question: Question, depth: int, allowed: RowIds | None) -> tuple[Ranking, Ranking]:
        self.vectors.catch_up(self.store)
        vector = self.embedder.encode_queries([question.text])[0]
        dense = self.vectors.search(vector, depth, allowed)
        alike = [part for word in question.words for other in synonyms(word) for part in cut(other)]
        return dense, self.store.match_words([*question.words, *alike], depth, CONTEXT_WEIGHT, allowed)

    def _fuse(self, question: Question, dense: Ranking, words: Ranking, limit: int) -> list[Hit]:
        scores = fused(dense, words)
        best = sorted(scores, key=lambda row: (-scores[row], row))[: max(2 * READ, limit)]
        first = [row for ranking in (dense, words) for row, _ in ranking[:READ]]
        chunks = self.store.chunks(list({*best, *first}))
        known = self.store.metadata(list({chunk.document_id for chunk in chunks.values()}))
        chunks = {row: chunk for row, chunk in chunks.items() if chunk.document_id in known}  # else just removed
        fits, in_year = _fits(question, known)
        for row, chunk in chunks.items():
            # A passage about 2025 in a plan of 2018 fits as well as a law of 2025.
            names_year = any(f"{year}年" in chunk.text for year in question.preferred_years)
            is_in_year = chunk.document_id in in_year
            scores[row] += FIT * (fits[chunk.document_id] + (names_year or is_in_year))
            scores[row] += NAMES_YEAR * (names_year and is_in_year)
        cosines = dict(dense)

        def apart(chunk: Chunk) -> Hashable:
            """Of what year and place a chunk is, where the question names one: then it repeats no other's words."""
            own = known[chunk.document_id]
            return question.years and own.year, question.places and own.places and own.places[0].value

        ordered = sorted(chunks, key=lambda row: (-scores[row], row))
        return [
            Hit(
                chunks[row],
                scores[row],
                rank,
                _found_by(row, {"dense": dense, "lexical": words}),
                cosines.get(row, 0.0),
            )
            for rank, row in enumerate(distinct_first(ordered, chunks, apart, limit), 1)
        ]


def _found_by(row: int, rankings: Mapping[str, Ranking]) -> tuple[str, ...]:
    """The rankings that have `row` among their first, else those that have it at all."""
    first = tuple(name for name, ranking in rankings.items() if any(row == r for r, _ in ranking[:READ]))
    return first or tuple(name for name, ranking in rankings.items() if any(row == r for r, _ in ranking))


def fused(dense: Ranking, words: Ranking, depth: int = DEPTH) -> dict[int, float]:
    """Both rankings' scores as standard deviations above the last of each, in a weighted sum; `depth` of each were asked for.

    Scores tell more than ranks: the first by words may be the only one that has the rare word asked about. Where fewer
    than `depth` have a word at all, the last of them is as far above those that have none as its score is above 0.
    """
    found = {row: WORDS_WEIGHT * score for row, score in _standardised(words, LEAST_SPREAD_WORDS, len(words) < depth)}
    for row, score in _standardised(dense, LEAST_SPREAD_DENSE, False):
        found[row] = found.get(row, 0.0) + score
    return found


def _standardised(ranking: Ranking, least: float, from_zero: bool) -> Ranking:
    if not ranking:
        return []
    deviation = max(least, float(np.std([score for _, score in ranking])))
    last = 0.0 if from_zero else ranking[-1][1]
    return [(row, (score - last) / deviation) for row, score in ranking]


def _fits(question: Question, known: dict[str, Metadata]) -> tuple[dict[str, int], set[str]]:
    """How many of place and document number a document fits, and the documents of the year."""
    fits = {
        document_id: bool(question.places and fits_places(question, metadata)) + _has_number(question, metadata)
        for document_id, metadata in known.items()
    }
    return fits, {d for d, metadata in known.items() if question.preferred_years and _fits_years(question, metadata)}


def fits_places(question: Question, metadata: Metadata) -> bool:
    """Whether the document is about one of the question's places, a part of it, or what it is part of."""
    own = document_places(metadata)
    asked = [place for mention in question.places for place in mention.candidates]
    return any(same_or_inside(a, b) or same_or_inside(b, a) for a in own for b in asked)


def _fits_years(question: Question, metadata: Metadata) -> bool:
    """The year asked about, or the next year's report, which tells its results."""
    speaks = set(metadata.years) | ({metadata.year} if metadata.year else set())
    asked = question.preferred_years
    return bool(asked & speaks) or bool({year + 1 for year in asked} & speaks)


def _has_number(question: Question, metadata: Metadata) -> bool:
    return metadata.number is not None and any(
        number.endswith(own) for number in question.numbers for own, _, _ in document_numbers(metadata.number.value)
    )
