"""Hybrid search: dense and lexical rankings fused, documents that fit the question's place and year first.

Covered: filters by document and year inside the search. Not covered: choosing sentences, answering, refusing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.embed import Embedder
from index.lexical import words as cut
from index.query import Question, understand
from index.store import RowIds, Store
from index.synonyms import synonyms
from index.vectors import VectorIndex
from ingest.document import Chunk, Metadata
from ingest.numbers import document_numbers
from ingest.places import Place, place_named, same_or_inside

DEPTH = 60
"""Candidates that each ranking contributes."""
FUSION = 60
"""k of reciprocal rank fusion (Cormack et al. 2009)."""
CONTEXT_WEIGHT = 0.5
FIT = 0.02
"""Added to a document's fused score for each of place and year that it fits: more than the first of both
rankings gains over the tenth (2/61 - 2/70 = 0.004), so that fitting documents come first."""
NAMES_YEAR = 0.004
"""Added where a document of the year names it as well: a report tells of the year before in few of its passages."""


@dataclass(frozen=True)
class Hit:
    """A chunk that was found; `found_by` names the rankings that had it."""

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

    def search(
        self, text: str, limit: int, documents: Sequence[str] | None = None, years: Sequence[int] | None = None
    ) -> list[Hit]:
        """The `limit` best chunks for a question, the best first.

        `documents` restricts the search to these ids; `years` to documents that speak for one of them.
        """
        question = understand(text)
        self.vectors.catch_up(self.store)
        allowed = self._allowed(documents, years)
        vector = self.embedder.encode_queries([text])[0]
        dense = self.vectors.search(vector, DEPTH, allowed)
        alike = [part for word in question.words for other in synonyms(word) for part in cut(other)]
        words = self.store.match_words([*question.words, *alike], DEPTH, CONTEXT_WEIGHT, allowed)
        return self._fuse(question, dense, words, limit)

    def _allowed(self, documents: Sequence[str] | None, years: Sequence[int] | None) -> RowIds | None:
        if documents is None and not years:
            return None
        known = self.store.metadata(documents)
        if years:
            known = {document: metadata for document, metadata in known.items() if set(years) & set(metadata.years)}
        return self.store.rows_of(list(known)) if known else np.empty(0, np.int64)

    def _fuse(
        self, question: Question, dense: list[tuple[int, float]], words: list[tuple[int, float]], limit: int
    ) -> list[Hit]:
        scores: dict[int, float] = {}
        found_by: dict[int, list[str]] = {}
        for name, ranking in (("dense", dense), ("lexical", words)):
            for rank, (row, _) in enumerate(ranking, 1):
                scores[row] = scores.get(row, 0.0) + 1 / (FUSION + rank)
                found_by.setdefault(row, []).append(name)
        chunks = self.store.chunks(list(scores))
        fits, in_year = self._fits(question, {chunk.document_id for chunk in chunks.values()})
        for row, chunk in chunks.items():
            # A passage about 2025 in a plan of 2018 fits as well as a law of 2025.
            names_year = any(f"{year}年" in chunk.text for year in question.years)
            is_in_year = chunk.document_id in in_year
            scores[row] += FIT * (fits[chunk.document_id] + (names_year or is_in_year))
            scores[row] += NAMES_YEAR * (names_year and is_in_year)
        cosines = dict(dense)
        best = sorted(chunks, key=lambda row: (-scores[row], row))[:limit]
        return [
            Hit(chunks[row], scores[row], rank, tuple(found_by[row]), cosines.get(row, 0.0))
            for rank, row in enumerate(best, 1)
        ]

    def _fits(self, question: Question, document_ids: set[str]) -> tuple[dict[str, int], set[str]]:
        """How many of place and document number a document fits, and the documents of the year."""
        known = self.store.metadata(list(document_ids))
        fits = {
            document_id: bool(question.places and fits_places(question, metadata)) + _has_number(question, metadata)
            for document_id, metadata in known.items()
        }
        return fits, {d for d, metadata in known.items() if question.years and _fits_years(question, metadata)}


def document_places(metadata: Metadata) -> list[Place]:
    return [place for field in metadata.places if (place := place_named(field.value)) is not None]


def fits_places(question: Question, metadata: Metadata) -> bool:
    """Whether the document is about one of the question's places, a part of it, or what it is part of."""
    own = document_places(metadata)
    asked = [place for mention in question.places for place in mention.candidates]
    return any(same_or_inside(a, b) or same_or_inside(b, a) for a in own for b in asked)


def _fits_years(question: Question, metadata: Metadata) -> bool:
    """The year asked about, or the next year's report, which tells its results."""
    speaks = set(metadata.years) | ({metadata.year} if metadata.year else set())
    return bool(question.years & speaks) or bool({year + 1 for year in question.years} & speaks)


def _has_number(question: Question, metadata: Metadata) -> bool:
    return metadata.number is not None and any(
        number.endswith(own) for number in question.numbers for own, _, _ in document_numbers(metadata.number.value)
    )
