"""A new index that grows beside the old one and takes its place in one step, when it is whole.

For another embedding model or tokenizer: searches see the old index or the new one, never a mix; what is done stays
done when the program ends. Not covered: dividing and embedding (`index.library`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index import lexical
from index.embed import Vectors
from index.reading import Reading
from index.records import digest, dump, dump_layout, dump_metadata, dump_spans
from index.schema import FORGETS, WORDS
from ingest.document import Chunk, Document, Span
from ingest.text import visible

MOST_REMOVED = 200_000
"""Removed rows that are listed for caches; above it the older half is forgotten, whole generations at a time."""
STAGED = "IN (SELECT id FROM rebuilt_documents)"


@dataclass(frozen=True)
class MadeChunk:
    """A chunk as it is stored, with its words."""

    id: str
    headings: str
    start: int
    end: int
    vector: bytes
    context: str
    body: str

    @property
    def sealed(self) -> tuple[str, str, int, int, bytes]:
        """What `made_digest` covers; the words are held against the text instead."""
        return self.id, self.headings, self.start, self.end, self.vector


@dataclass(frozen=True)
class Made:
    """A document but for its text, as it is stored: what was read and what is made from it."""

    title: str
    metadata: str
    noise: str
    layout: str
    gaps: str
    fingerprint: str
    read_digest: str
    chunks: tuple[MadeChunk, ...]

    @property
    def made_digest(self) -> str:
        chunks = sorted(self.chunks, key=lambda chunk: (chunk.start, chunk.id))
        return digest((self.title, self.metadata, *(part for chunk in chunks for part in chunk.sealed)))


def make(document: Document, chunks: Sequence[Chunk], vectors: Vectors, embedding: str) -> Made:
    """Everything of a document but its text; `vectors` has shape (len(chunks), dimension)."""
    noise, layout, gaps = dump_spans(document.noise), dump_layout(document.layout, document.text), dump(document.gaps)
    return Made(
        document.title,
        dump_metadata(document.metadata),
        noise,
        layout,
        gaps,
        full_fingerprint(embedding),
        digest((document.text, layout, gaps, noise)),
        tuple(
            MadeChunk(
                chunk.id, dump(chunk.headings), chunk.start, chunk.end, vector.astype(np.float16).tobytes(),
                *columns(document, chunk),
            )
            for chunk, vector in zip(chunks, vectors, strict=True)
        ),
    )  # fmt: skip


def columns(document: Document, chunk: Chunk) -> tuple[str, str]:
    """The words of a chunk as FTS5 stores them: of title and headings, and of its text."""
    return lexical.column("\n".join((document.title, *chunk.headings))), lexical.column(readable(document, chunk))


def readable(document: Document, chunk: Chunk) -> str:
    """The chunk's text as it is searched: without noise, the rows of tables with their headers."""
    return visible(document.text, Span(chunk.start, chunk.end), document.noise, document.layout.rows)


def full_fingerprint(embedding: str) -> str:
    return f"{embedding} | {lexical.fingerprint()}"


class Staging(Reading):
    """The tables of one database file, with a second index in the making."""

    def outdated(self, embedding: str) -> list[str]:
        """Documents made by another model or tokenizer that the new index has not yet, in a fixed order."""
        present = full_fingerprint(embedding)
        rows = self._rows(
            "SELECT id FROM documents WHERE fingerprint <> ?"
            " AND id NOT IN (SELECT id FROM rebuilt_documents WHERE fingerprint = ?) ORDER BY id",
            (present, present),
        )  # fmt: skip
        return [str(row[0]) for row in rows]

    def staged(self) -> list[str]:
        """Documents that the new index has."""
        return [str(row[0]) for row in self._rows("SELECT id FROM rebuilt_documents ORDER BY id")]

    def stage(self, document: Document, chunks: Sequence[Chunk], vectors: Vectors, embedding: str) -> bool:
        """Add a document to the new index; False where it has gone meanwhile. Nothing that is found changes."""
        made = make(document, chunks, vectors, embedding)
        with self._writing() as db:
            if not self.has(document.id):
                return False
            db.execute("DELETE FROM rebuilt_documents WHERE id = ?", (document.id,))
            db.execute(
                "INSERT INTO rebuilt_documents VALUES (?, ?, ?, ?, ?, ?, ?)",
                (
                    document.id,
                    made.title,
                    made.metadata,
                    made.noise,
                    made.fingerprint,
                    self._read_digest(document.id, made.noise),
                    made.made_digest,
                ),
            )
            db.executemany(
                "INSERT INTO rebuilt_chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(c.id, document.id, c.headings, c.start, c.end, c.vector, c.context, c.body) for c in made.chunks],
            )
        return True

    def _read_digest(self, document_id: str, noise: str) -> str:
        """The digest over what stays stored and this noise; of what is damaged the one that says so.

        Text, layout and gaps stay as they were written, also by an older version that wrote them in another way.
        """
        text, layout, gaps, old_noise, stored = self._rows(
            "SELECT text, layout, gaps, noise, read_digest FROM documents WHERE id = ?", (document_id,)
        )[0]
        if stored != digest((text, layout, gaps, old_noise)):
            return str(stored)
        return digest((text, layout, gaps, noise))

    def swap(self, embedding: str) -> bool:
        """Let the new index take the old one's place, in one transaction; False while it lacks a document.

        What another model has begun is dropped.
        """
        with self._writing() as db:
            if self.outdated(embedding):
                return False
            db.execute("DELETE FROM rebuilt_documents WHERE fingerprint <> ?", (full_fingerprint(embedding),))
            if self._row(f"SELECT 1 FROM chunks WHERE document_id NOT {STAGED} LIMIT 1"):
                self._delete_words(f"document_id {STAGED}")
            else:  # all at once, which is many times faster
                db.execute("DROP TABLE words")
                db.execute(WORDS)
                db.execute(FORGETS)
            self._delete_chunks(f"document_id {STAGED}")
            facts = "title, metadata, noise, fingerprint, read_digest, made_digest"
            db.execute(
                f"UPDATE documents SET ({facts}) = (SELECT {facts} FROM rebuilt_documents r WHERE r.id = documents.id)"
                f" WHERE id {STAGED}"
            )
            db.execute(
                'INSERT INTO chunks (id, document_id, headings, start, "end", vector, generation)'
                ' SELECT id, document_id, headings, start, "end", vector, ? FROM rebuilt_chunks ORDER BY rowid',
                (self.generation(),),
            )
            db.execute(
                "INSERT INTO words (rowid, context, body)"
                " SELECT c.row, r.context, r.body FROM rebuilt_chunks r JOIN chunks c ON c.id = r.id ORDER BY c.row"
            )
            db.execute("DELETE FROM rebuilt_chunks")
            db.execute("DELETE FROM rebuilt_documents")
        self.purge()
        return True

    def _delete_words(self, where: str, values: Sequence[str] = ()) -> None:
        self._connection().execute(f"DELETE FROM words WHERE rowid IN (SELECT row FROM chunks WHERE {where})", values)

    def _delete_chunks(self, where: str, values: Sequence[str] = ()) -> None:
        """Delete chunks, and keep their rows on the list for caches of the vectors."""
        db, generation = self._connection(), self.generation()
        db.execute(f"INSERT INTO removed_chunks SELECT row, ? FROM chunks WHERE {where}", (generation, *values))
        db.execute(f"DELETE FROM chunks WHERE {where}", values)
        if self._rows("SELECT count(*) FROM removed_chunks")[0][0] > MOST_REMOVED:
            statement = "SELECT generation FROM removed_chunks ORDER BY generation DESC LIMIT 1 OFFSET ?"
            oldest = self._rows(statement, (MOST_REMOVED // 2,))[0][0]
            db.execute("DELETE FROM removed_chunks WHERE generation <= ?", (oldest,))
            db.execute("UPDATE facts SET value = ? WHERE name = 'forgotten'", (str(oldest),))
