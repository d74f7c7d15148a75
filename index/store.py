"""The SQLite database: documents, chunks, their vectors and their words, written together or not at all.

It is the only truth. Not covered: embedding, FAISS, and fusing results (`index.embed`, `.vectors`, `.search`).
"""

import json
import re
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import lexical
from index.database import Database
from index.embed import Vectors
from index.errors import EmbeddingChanged, LexicalIndexBroken, UnknownDocument
from index.integrity import faults
from index.records import dump, dump_layout, dump_metadata, dump_spans, load_layout, load_metadata, load_spans
from ingest.document import Chunk, Document, Metadata, Span
from ingest.text import visible

RowIds = NDArray[np.int64]
BARE_NUMBER = re.compile(r"[（(]?[一二三四五六七八九十百\d]{1,4}[）)]?[.．、]?|[①-⑳㈠-㈩⑴-⒇]")

ROWS = (
    "SELECT d.id, d.path, d.sha256, d.title, length(d.text),"
    " (SELECT count(*) FROM chunks c WHERE c.document_id = d.id), d.metadata, d.gaps FROM documents d"
)


@dataclass(frozen=True)
class DocumentRow:
    """A document as lists show it, without its text."""

    id: str
    path: str
    sha256: str
    title: str
    characters: int
    chunks: int
    metadata: Metadata
    gaps: tuple[str, ...]


@dataclass(frozen=True)
class Failure:
    """Why a file is not in the index; `reader` names what tried, because another version may succeed."""

    path: str
    sha256: str
    reason: str
    message: str
    reader: str
    failed_at: float


def passage(document: Document, chunk: Chunk) -> str:
    """What is embedded for a chunk: its title and headings before its text, so that it says what it is about.

    A heading that is a number alone says nothing.
    """
    told = [heading for heading in chunk.headings if not BARE_NUMBER.fullmatch(heading)]
    return "\n".join((document.title, *told[-2:], readable(document, chunk)))


def readable(document: Document, chunk: Chunk) -> str:
    """The chunk's text as it is searched: without noise, the rows of tables with their headers."""
    return visible(document.text, Span(chunk.start, chunk.end), document.noise, document.layout.rows)


class Store(Database):
    """The tables of one database file."""

    # -- what the vectors and words were made with ------------------------------------------------------------

    def generation(self) -> int:
        """Counts up with every committed change."""
        return int(self._fact("generation") or 0)

    def _fact(self, name: str) -> str | None:
        row = self._connection().execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else None

    def fingerprints(self) -> set[str]:
        """What the stored vectors and words were made with; more than one while a repair is under way."""
        return {str(row[0]) for row in self._connection().execute("SELECT DISTINCT fingerprint FROM documents")}

    def require_fingerprint(self, embedding: str) -> None:
        """Raise EmbeddingChanged unless all of the index was made by this embedding model and this tokenizer."""
        present = full_fingerprint(embedding)
        for stored in self.fingerprints() - {present}:
            raise EmbeddingChanged(stored, present)

    # -- writing ----------------------------------------------------------------------------------------------

    def add(self, document: Document, chunks: Sequence[Chunk], vectors: Vectors, embedding: str) -> None:
        """Write a document with everything of it; an earlier one under the same path goes in the same step.

        `vectors` has shape (len(chunks), dimension); they are kept as float16.
        """
        with self._writing() as db:
            old = db.execute("SELECT document_id FROM paths WHERE path = ?", (document.path,)).fetchone()
            if old is not None and old[0] != document.id:
                self._forget_path(db, document.path, old[0])
            self._delete(db, document.id, keep_paths=True)
            db.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET"
                " path = excluded.path, title = excluded.title, text = excluded.text, metadata = excluded.metadata,"
                " noise = excluded.noise, fingerprint = excluded.fingerprint, layout = excluded.layout, gaps = excluded.gaps",
                (
                    document.id, document.path, document.sha256, document.title, document.text,
                    dump_metadata(document.metadata), dump_spans(document.noise), time.time(),
                    full_fingerprint(embedding), dump_layout(document.layout, document.text), dump(document.gaps),
                ),
            )  # fmt: skip
            db.execute("INSERT OR REPLACE INTO paths VALUES (?, ?)", (document.path, document.id))
            for chunk, vector in zip(chunks, vectors, strict=True):
                self._add_chunk(db, document, chunk, vector)

    @staticmethod
    def _add_chunk(db: sqlite3.Connection, document: Document, chunk: Chunk, vector: Vectors) -> None:
        row = db.execute(
            'INSERT INTO chunks (id, document_id, headings, start, "end", vector) VALUES (?, ?, ?, ?, ?, ?)',
            (chunk.id, document.id, dump(chunk.headings), chunk.start, chunk.end, vector.astype(np.float16).tobytes()),
        ).lastrowid
        context = lexical.column("\n".join((document.title, *chunk.headings)))
        db.execute(
            "INSERT INTO words (rowid, context, body) VALUES (?, ?, ?)",
            (row, context, lexical.column(readable(document, chunk))),
        )

    def add_path(self, path: str, document_id: str) -> None:
        """Record that a known document also stands under `path`; what stood there before is forgotten."""
        with self._writing() as db:
            old = db.execute("SELECT document_id FROM paths WHERE path = ?", (path,)).fetchone()
            if old is not None and old[0] != document_id:
                self._forget_path(db, path, old[0])
            db.execute("INSERT OR REPLACE INTO paths VALUES (?, ?)", (path, document_id))

    def remove(self, document_id: str) -> None:
        """Delete a document and everything made from it; raises UnknownDocument."""
        with self._writing() as db:
            if db.execute("SELECT 1 FROM documents WHERE id = ?", (document_id,)).fetchone() is None:
                raise UnknownDocument(document_id)
            self._delete(db, document_id, keep_paths=False)

    def forget_path(self, path: str) -> None:
        """The file is gone: its document goes too, unless it stands under another path."""
        with self._writing() as db:
            old = db.execute("SELECT document_id FROM paths WHERE path = ?", (path,)).fetchone()
            if old is not None:
                self._forget_path(db, path, old[0])

    def paths_under(self, folder: str) -> list[str]:
        """Paths of documents and of failures that are `folder` or below it (a folder or an archive)."""
        below = folder.rstrip("/\\")
        rows = self._connection().execute("SELECT path FROM paths UNION SELECT path FROM failures")
        return sorted(p for (p,) in rows if p == below or p.startswith((below + "/", below + "\\")))

    def _forget_path(self, db: sqlite3.Connection, path: str, document_id: str) -> None:
        db.execute("DELETE FROM paths WHERE path = ?", (path,))
        left = db.execute("SELECT path FROM paths WHERE document_id = ?", (document_id,)).fetchone()
        if left is None:
            self._delete(db, document_id, keep_paths=False)
        else:
            db.execute("UPDATE documents SET path = ? WHERE id = ? AND path = ?", (left[0], document_id, path))

    @staticmethod
    def _delete(db: sqlite3.Connection, document_id: str, keep_paths: bool) -> None:
        db.execute("DELETE FROM words WHERE rowid IN (SELECT row FROM chunks WHERE document_id = ?)", (document_id,))
        db.execute("DELETE FROM chunks WHERE document_id = ?", (document_id,))
        if not keep_paths:
            db.execute("DELETE FROM documents WHERE id = ?", (document_id,))

    # -- failures ---------------------------------------------------------------------------------------------

    def record_failure(self, failure: Failure) -> None:
        """Keep why a file could not be read, until it can or is gone."""
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?, ?)",
                (failure.path, failure.sha256, failure.reason, failure.message, failure.reader, failure.failed_at),
            )

    def forget_failure(self, path: str) -> None:
        if self.failure(path) is not None:
            with self._writing() as db:
                db.execute("DELETE FROM failures WHERE path = ?", (path,))

    def failure(self, path: str) -> Failure | None:
        row = self._connection().execute("SELECT * FROM failures WHERE path = ?", (path,)).fetchone()
        return Failure(*row) if row else None

    def failures(self) -> list[Failure]:
        """All that is kept, by reason and path."""
        return [Failure(*row) for row in self._connection().execute("SELECT * FROM failures ORDER BY reason, path")]

    # -- reading documents ------------------------------------------------------------------------------------

    def document_id_at(self, path: str) -> str | None:
        row = self._connection().execute("SELECT document_id FROM paths WHERE path = ?", (path,)).fetchone()
        return str(row[0]) if row else None

    def has(self, document_id: str) -> bool:
        return self._connection().execute("SELECT 1 FROM documents WHERE id = ?", (document_id,)).fetchone() is not None

    def paths(self, document_id: str) -> list[str]:
        rows = self._connection().execute("SELECT path FROM paths WHERE document_id = ? ORDER BY path", (document_id,))
        return [str(row[0]) for row in rows]

    def document(self, document_id: str) -> Document:
        """A document with its text; raises UnknownDocument."""
        row = self._connection().execute(
            "SELECT id, path, sha256, title, text, metadata, noise, layout, gaps FROM documents WHERE id = ?", (document_id,)
        ).fetchone()  # fmt: skip
        if row is None:
            raise UnknownDocument(document_id)
        layout = load_layout(row[7], row[4])
        metadata, noise, gaps = load_metadata(row[5]), load_spans(row[6]), tuple(json.loads(row[8]))
        return Document(row[0], row[1], row[2], row[3], row[4], metadata, noise, layout, gaps)

    def documents(self, limit: int, offset: int = 0) -> list[DocumentRow]:
        """Documents by title; a limit of -1 is none."""
        rows = self._connection().execute(f"{ROWS} ORDER BY d.title, d.id LIMIT ? OFFSET ?", (limit, offset))
        return [_document_row(row) for row in rows]

    def document_row(self, document_id: str) -> DocumentRow:
        """One document without its text; raises UnknownDocument."""
        row = self._connection().execute(f"{ROWS} WHERE d.id = ?", (document_id,)).fetchone()
        if row is None:
            raise UnknownDocument(document_id)
        return _document_row(row)

    def metadata(self, document_ids: Sequence[str] | None = None) -> dict[str, Metadata]:
        """Metadata by document id, of all documents or of these."""
        where = "" if document_ids is None else f" WHERE id IN ({','.join('?' * len(document_ids))})"
        rows = self._connection().execute("SELECT id, metadata FROM documents" + where, list(document_ids or ()))
        return {str(row[0]): load_metadata(row[1]) for row in rows}

    def count(self) -> int:
        return int(self._connection().execute("SELECT count(*) FROM documents").fetchone()[0])

    def count_chunks(self) -> int:
        return int(self._connection().execute("SELECT count(*) FROM chunks").fetchone()[0])

    # -- reading chunks, words and vectors --------------------------------------------------------------------

    def chunks(self, rows: Sequence[int]) -> dict[int, Chunk]:
        """Chunks by row; a row that is gone is absent."""
        marks = ",".join("?" * len(rows))
        found = self._connection().execute(
            'SELECT c.row, c.id, c.document_id, c.headings, c.start, c."end", substr(d.text, c.start + 1, c."end" - c.start)'
            f" FROM chunks c JOIN documents d ON d.id = c.document_id WHERE c.row IN ({marks})",
            list(rows),
        )  # fmt: skip
        return {r[0]: Chunk(r[1], r[2], tuple(json.loads(r[3])), r[4], r[5], r[6]) for r in found}

    def document_chunks(self, document_id: str) -> list[Chunk]:
        rows = self._connection().execute("SELECT row FROM chunks WHERE document_id = ? ORDER BY start", (document_id,))
        numbers = [int(row[0]) for row in rows]
        found = self.chunks(numbers)
        return [found[number] for number in numbers]

    def rows_of(self, document_ids: Sequence[str]) -> RowIds:
        """Rows of the chunks of these documents."""
        marks = ",".join("?" * len(document_ids))
        rows = self._connection().execute(f"SELECT row FROM chunks WHERE document_id IN ({marks})", list(document_ids))
        return np.array([row[0] for row in rows], np.int64)

    def vector_rows(self) -> tuple[int, RowIds]:
        """The generation, and all rows that have a vector at that generation."""
        connection = self._connection()
        connection.execute("BEGIN")
        try:
            generation = self.generation()
            rows = np.array([row[0] for row in connection.execute("SELECT row FROM chunks")], np.int64)
        finally:
            connection.execute("COMMIT")
        return generation, rows

    def vectors(self, rows: RowIds) -> tuple[RowIds, Vectors]:
        """Rows that are still there, and their vectors, shape (rows, dimension)."""
        marks = ",".join("?" * len(rows))
        found = self._connection().execute(
            f"SELECT row, vector FROM chunks WHERE row IN ({marks})", [int(r) for r in rows]
        ).fetchall()  # fmt: skip
        if not found:
            return np.empty(0, np.int64), np.empty((0, 0), np.float32)
        stacked = np.stack([np.frombuffer(vector, np.float16) for _, vector in found]).astype(np.float32)
        return np.array([row for row, _ in found], np.int64), stacked

    def match_words(
        self, terms: Sequence[str], limit: int, context_weight: float, allowed: RowIds | None = None
    ) -> list[tuple[int, float]]:
        """(row, BM25 score) of the chunks that hold any of `terms`, the best first; higher is better.

        BM25 as FTS5 has it (k1 = 1.2, b = 0.75), title and headings weighted by `context_weight`.
        """
        if not terms or (allowed is not None and not len(allowed)):
            return []
        query = " OR ".join('"' + term.replace('"', '""') + '"' for term in terms)
        restricted = "AND rowid IN (SELECT value FROM json_each(?))" if allowed is not None else ""
        arguments: list[Any] = [context_weight, query]
        if allowed is not None:
            arguments.append(json.dumps([int(row) for row in allowed]))
        rows = self._connection().execute(
            f"SELECT rowid, -bm25(words, ?, 1.0) AS score FROM words WHERE words MATCH ? {restricted}"
            " ORDER BY score DESC LIMIT ?",
            [*arguments, limit],
        )  # fmt: skip
        return [(int(row), float(score)) for row, score in rows]

    def chunk_counts(self, terms: Sequence[str]) -> dict[str, int]:
        """In how many chunks each of `terms` stands."""
        counts = {}
        for term in terms:
            # A phrase, because FTS5 keeps `97.14%` as two terms.
            query = '"' + term.replace('"', '""') + '"'
            row = self._connection().execute("SELECT count(*) FROM words WHERE words MATCH ?", (query,)).fetchone()
            counts[term] = int(row[0])
        return counts

    def test_words(self) -> None:
        """Find a word of the corpus's own last chunk again, or raise LexicalIndexBroken."""
        connection = self._connection()
        last = connection.execute("SELECT max(row) FROM chunks").fetchone()[0]
        if last is None:
            return
        chunk = self.chunks([last])[last]
        terms = [word for word in lexical.words(chunk.text) if len(word) > 1]
        if not terms:
            return
        query = '"' + terms[0].replace('"', '""') + '"'
        found = connection.execute("SELECT 1 FROM words WHERE words MATCH ? AND rowid = ?", (query, last)).fetchone()
        if found is None:
            raise LexicalIndexBroken(terms[0])

    def faults(self, embedding: str, dimension: int) -> list[str]:
        """What is wrong in the database, one sentence a fault; empty when all of it agrees."""
        return faults(self._connection(), self.fingerprints(), full_fingerprint(embedding), dimension)


def _document_row(row: Sequence[Any]) -> DocumentRow:
    return DocumentRow(row[0], row[1], row[2], row[3], row[4], row[5], load_metadata(row[6]), tuple(json.loads(row[7])))


def full_fingerprint(embedding: str) -> str:
    return f"{embedding} | {lexical.fingerprint()}"
