"""The lexical side of the database: which chunks hold words, how well (BM25), and in how many chunks a word stands.

Words that stand in very many chunks are left out of a search over a big index: they cost the most and tell the least.
Not covered: cutting text into words (`index.lexical`), writing them (`index.store`).
"""

import json
import threading
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index import lexical
from index.database import Database
from index.errors import LexicalIndexBroken

RowIds = NDArray[np.int64]

MOST_POSTINGS = 80_000
"""How many chunks a search's words may stand in, summed over the words: BM25 costs 0.3 to 0.4 microseconds for each."""
ALWAYS = 3
"""So many of the rarest words are searched for, however common they are."""
MOST_COUNTS = 100_000
"""Words whose counts are kept."""
LOOKED_THROUGH = 50
"""Newest chunks among which the self-test looks for words."""
TESTED = 5


class Matching(Database):
    """The words of one database file; safe for many threads."""

    def __init__(self, path: Path) -> None:
        self._counts: dict[str, int] = {}
        self._counted_at = -1
        self._counting = threading.Lock()
        super().__init__(path)

    def generation(self) -> int:
        """Counts up with every committed change."""
        return int(self._fact("generation") or 0)

    def _fact(self, name: str) -> str | None:
        row = self._row("SELECT value FROM facts WHERE name = ?", (name,))
        return str(row[0]) if row else None

    def match_words(
        self, terms: Sequence[str], limit: int, context_weight: float, allowed: RowIds | None = None
    ) -> list[tuple[int, float]]:
        """(row, BM25 score) of the chunks that hold any of `terms`, the best first; higher is better.

        BM25 as FTS5 has it (k1 = 1.2, b = 0.75), title and headings weighted by `context_weight`. Of terms that stand
        in more than MOST_POSTINGS chunks together the rarest are searched for, among few `allowed` rows all of them.
        """
        if not terms or (allowed is not None and not len(allowed)):
            return []
        if allowed is None or len(allowed) > MOST_POSTINGS:
            terms = self._rarest(terms)
        # The + keeps SQLite from searching anew for each allowed row, which takes half a millisecond each time.
        restricted = "" if allowed is None else "AND +rowid IN (SELECT value FROM json_each(?))"
        rows = self._rows(
            f"SELECT rowid, -bm25(words, ?, 1.0) AS score FROM words WHERE words MATCH ? {restricted}"
            " ORDER BY score DESC, rowid LIMIT ?",
            (
                context_weight,
                " OR ".join(map(quoted, terms)),
                *([] if allowed is None else [json.dumps(allowed.tolist())]),
                limit,
            ),
        )
        return [(int(row), float(score)) for row, score in rows]

    def _rarest(self, terms: Sequence[str]) -> Sequence[str]:
        """`terms` without the most common ones, so that the others stand in MOST_POSTINGS chunks at most."""
        counts = self.chunk_counts(terms)
        if sum(counts.values()) <= MOST_POSTINGS:
            return terms
        kept: list[str] = []
        postings = 0
        for term in sorted((term for term in counts if counts[term]), key=lambda term: counts[term]):
            postings += counts[term]
            if postings > MOST_POSTINGS and len(kept) >= ALWAYS:
                break
            kept.append(term)
        return kept

    def chunk_counts(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many chunks each of `terms` stands; counted once for each generation."""
        generation = self.generation()
        with self._counting:
            if generation != self._counted_at or len(self._counts) > MOST_COUNTS:
                self._counts, self._counted_at = {}, generation
            known = self._counts
        # A phrase, because FTS5 keeps `97.14%` as two terms.
        statement = "SELECT count(*) FROM words WHERE words MATCH ?"
        for term in terms:
            if term not in known:
                known[term] = int(self._rows(statement, (quoted(term),))[0][0])
        return {term: known[term] for term in terms}

    def test_words(self) -> None:
        """Find words of the corpus's own newest chunks again, or raise LexicalIndexBroken.

        They are words as the present cutter cuts them: an index of whole clauses, or of another cutter, has none.
        """
        with self._reading():
            newest = self._rows(
                'SELECT c.row, substr(d.text, c.start + 1, c."end" - c.start) FROM chunks c'
                " JOIN documents d ON d.id = c.document_id ORDER BY c.row DESC LIMIT ?",
                (LOOKED_THROUGH,),
            )
            found = ((row, _tested(text)) for row, text in newest)
            # A page mark is no word of its chunk, so one of several has to be found.
            row, terms = max(found, key=lambda tried: len(tried[1]), default=(0, []))
            if terms:
                self._require_found(row, terms)

    def _require_found(self, row: int, terms: Iterable[str]) -> None:
        query = " OR ".join(map(quoted, terms))
        found = self._row("SELECT rowid FROM words WHERE words MATCH ? AND rowid = ?", (query, row))
        if found is None:
            raise LexicalIndexBroken(query.replace('"', "").replace(" OR ", "、"))


def _tested(text: str) -> list[str]:
    """Some different Chinese words of `text`."""
    return list(dict.fromkeys(word for word in lexical.words(text) if lexical.is_han(word)))[:TESTED]


def quoted(term: str) -> str:
    """`term` as FTS5 takes it for a phrase, whatever marks stand in it."""
    return '"' + term.replace('"', '""') + '"'
