"""The SQLite database: documents, chunks, their vectors and their words, written together or not at all.

It is the only truth. Not covered: embedding, FAISS, and fusing results (`index.embed`, `.vectors`, `.search`).
"""

import json
import re
import time
from collections.abc import Sequence
from pathlib import Path

from index.catalogue import AMONG
from index.database import new_identity, number
from index.embed import Vectors
from index.errors import EmbeddingChanged, NoSpace, StoreBusy, UnknownDocument
from index.integrity import Fault, find_faults
from index.reading import Changes, DocumentRow, Failure, HalfVectors, RowIds
from index.sealing import seal
from index.staging import Staging, full_fingerprint, make, readable
from ingest.document import Chunk, Document

__all__ = [
    "Changes", "DocumentRow", "Failure", "HalfVectors", "RowIds", "Store", "full_fingerprint", "passage", "readable",
]  # fmt: skip

BARE_NUMBER = re.compile(r"[（(]?[一二三四五六七八九十百\d]{1,4}[）)]?[.．、]?|[①-⑳㈠-㈩⑴-⒇]")

LARGE_SEGMENT, MOST_SEGMENTS = 200, 3
"""Pages of 4 KB from which a segment of FTS5's index is large, and how many such are left alone."""
MERGED_PAGES = 1000
"""Pages that one step of merging writes."""


def passage(document: Document, chunk: Chunk) -> str:
    """What is embedded for a chunk: its title and headings before its text, so that it says what it is about.

    A heading that is a number alone says nothing.
    """
    told = [heading for heading in chunk.headings if not BARE_NUMBER.fullmatch(heading)]
    return "\n".join((document.title, *told[-2:], readable(document, chunk)))


class Store(Staging):
    """The tables of one database file."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        with self._reading() as db:
            upgraded = number(db, "SELECT count(*) FROM facts WHERE name IN ('unsealed', 'unclean')")
        if upgraded:
            self._finish_upgrade()
        self.purge(0)  # a program that was killed has left its log

    def _finish_upgrade(self) -> None:
        """What an upgrade cannot do in SQL or in its transaction; interrupted, it is done at the next opening."""
        with self._writing() as db:
            seal(db)
            db.execute("DELETE FROM facts WHERE name = 'unsealed'")
        try:
            self.compact()
        except (NoSpace, StoreBusy):
            return
        with self._writing() as db:
            db.execute("DELETE FROM facts WHERE name = 'unclean'")

    def require_fingerprint(self, embedding: str) -> None:
        """Raise EmbeddingChanged unless all of the index was made by this embedding model and this tokenizer."""
        present = full_fingerprint(embedding)
        for stored in self.fingerprints() - {present}:
            raise EmbeddingChanged(stored, present)

    # -- writing ----------------------------------------------------------------------------------------------

    def add(
        self, document: Document, chunks: Sequence[Chunk], vectors: Vectors, embedding: str, new: bool = False
    ) -> bool:
        """Write a document with everything of it; an earlier one under the same path goes in the same step.

        `vectors` has shape (len(chunks), dimension); they are kept as float16. Raises EmbeddingChanged where another
        document is another model's by now. With `new`, nothing is written and the result is False where the index holds
        the document already: another process has added it meanwhile.
        """
        made = make(document, chunks, vectors, embedding)
        with self._writing() as db:
            if new and self.has(document.id):
                return False
            erased = self._leave(document.path, document.id) or self.has(document.id)
            self._require_alone(made.fingerprint, document.id)
            self._delete_made(document.id)
            db.execute(
                "INSERT INTO documents (id, path, sha256, title, text, metadata, noise, added_at, fingerprint, layout,"
                " gaps, read_digest, made_digest) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE"
                " SET path = excluded.path, sha256 = excluded.sha256, title = excluded.title, text = excluded.text,"
                " metadata = excluded.metadata, noise = excluded.noise, fingerprint = excluded.fingerprint, layout = excluded.layout,"
                " gaps = excluded.gaps, read_digest = excluded.read_digest, made_digest = excluded.made_digest",
                (
                    document.id, document.path, document.sha256, made.title, document.text, made.metadata, made.noise,
                    time.time(), made.fingerprint, made.layout, made.gaps, made.read_digest, made.made_digest,
                ),
            )  # fmt: skip
            db.execute("INSERT OR REPLACE INTO paths VALUES (?, ?)", (document.path, document.id))
            generation = self.generation()
            for chunk in made.chunks:
                db.execute(
                    'INSERT INTO chunks (id, document_id, headings, start, "end", vector, generation)'
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    (chunk.id, document.id, chunk.headings, chunk.start, chunk.end, chunk.vector, generation),
                )
                db.execute(
                    "INSERT INTO words (rowid, context, body) VALUES (?, ?, ?)",
                    (db.last_insert_rowid(), chunk.context, chunk.body),
                )
        if erased:
            self.purge()
        return True

    def _require_alone(self, fingerprint: str, document_id: str) -> None:
        """Raise EmbeddingChanged where any other document was made by another model or tokenizer."""
        other = self._row(
            "SELECT fingerprint FROM documents WHERE (fingerprint < ? OR fingerprint > ?) AND id <> ? LIMIT 1",
            (fingerprint, fingerprint, document_id),
        )
        if other is not None:
            raise EmbeddingChanged(str(other[0]), fingerprint)

    def add_path(self, path: str, document_id: str) -> bool:
        """Record that a known document also stands under `path`; what stood there before is forgotten.

        False where the document has gone meanwhile: then nothing is written.
        """
        with self._writing() as db:
            if not self.has(document_id):
                return False
            erased = self._leave(path, document_id)
            db.execute("INSERT OR REPLACE INTO paths VALUES (?, ?)", (path, document_id))
        if erased:
            self.purge()
        return True

    def remove(self, document_id: str) -> bool:
        """Delete a document and everything made from it; raises UnknownDocument.

        Tells whether its bytes are gone too: see `purge`.
        """
        with self._writing():
            if not self.has(document_id):
                raise UnknownDocument(document_id)
            self._delete(document_id)
        return self.purge()

    def forget_path(self, path: str) -> bool:
        """The file is gone: its document goes too, unless it stands under another path; like `remove`."""
        with self._writing():
            self._leave(path, None)
        return self.purge()

    def _leave(self, path: str, document_id: str | None) -> bool:
        """What stands under `path` no longer does, unless it is this document; whether something went."""
        old = self.document_id_at(path)
        if old is None or old == document_id:
            return False
        db = self._connection()
        db.execute("DELETE FROM paths WHERE path = ?", (path,))
        left = self.paths(old)
        if left:
            db.execute("UPDATE documents SET path = ? WHERE id = ? AND path = ?", (left[0], old, path))
        else:
            self._delete(old)
        return True

    def _delete(self, document_id: str) -> None:
        self._delete_made(document_id)
        self._connection().execute("DELETE FROM documents WHERE id = ?", (document_id,))

    def _delete_made(self, document_id: str) -> None:
        self._delete_words("document_id = ?", (document_id,))
        self._delete_chunks("document_id = ?", (document_id,))
        self._connection().execute("DELETE FROM rebuilt_documents WHERE id = ?", (document_id,))

    # -- failures ---------------------------------------------------------------------------------------------

    def record_failure(self, failure: Failure) -> None:
        """Keep why a file could not be read, until it can or is gone."""
        known = self.failure(failure.path) is not None
        with self._writing() as db:
            db.execute(
                "INSERT OR REPLACE INTO failures VALUES (?, ?, ?, ?, ?, ?)",
                (failure.path, failure.sha256, failure.reason, failure.message, failure.reader, failure.failed_at),
            )
        if known:
            self.purge()

    def forget_failure(self, path: str) -> None:
        if self.failure(path) is not None:
            with self._writing() as db:
                db.execute("DELETE FROM failures WHERE path = ?", (path,))
            self.purge()

    def forget_failures(self, paths: Sequence[str]) -> None:
        """The same for many at once: each by itself empties the log."""
        with self._writing() as db:
            db.execute(f"DELETE FROM failures WHERE path {AMONG}", (json.dumps(list(paths)),))
        self.purge()

    # -- integrity --------------------------------------------------------------------------------------------

    def faults(self, embedding: str, dimension: int) -> list[Fault]:
        """What is wrong in the database; empty when all of it agrees."""
        with self._fresh() as db:
            return find_faults(db, full_fingerprint(embedding), dimension)

    def become_another(self) -> None:
        """Take a new identity: what others keep of this database is of another one from now on."""
        with self._writing() as db:
            db.execute("UPDATE facts SET value = ? WHERE name = 'identity'", (new_identity(),))
            db.execute("DELETE FROM removed_chunks")
            db.execute("UPDATE facts SET value = ? WHERE name = 'forgotten'", (str(self.generation()),))

    def tidy(self) -> None:
        """Merge FTS5's segments where there are many large ones, in steps that let other writers in between.

        Removing looks up each word of a document in each segment: 0.4 s for 100 of 1,000,000 chunks in one large segment.
        Put off where another program is writing for long, or the disk is full.
        """
        statement = "SELECT count(*) FROM (SELECT 1 FROM words_idx GROUP BY segid HAVING count(*) >= ?)"
        if self._rows(statement, (LARGE_SEGMENT,))[0][0] <= MOST_SEGMENTS:
            return
        try:
            self._merge_words()
        except (NoSpace, StoreBusy):
            return

    def _merge_words(self) -> None:
        pages, written = -MERGED_PAGES, 2  # FTS5 takes a negative number as the order to begin
        while written >= 2:  # as its documentation tells the end
            with self._writing() as db:
                before = db.total_changes()
                db.execute("INSERT INTO words (words, rank) VALUES ('merge', ?)", (pages,))
                written = db.total_changes() - before
            pages = MERGED_PAGES

    def rebuild_words(self) -> None:
        """Make FTS5's index again from the words that are stored for each chunk."""
        with self._writing() as db:
            # Past FTS5, whose index does not know the rows that are too many.
            db.execute("DELETE FROM words_content WHERE id NOT IN (SELECT row FROM chunks)")
            db.execute("INSERT INTO words (words) VALUES ('rebuild')")
        self.purge()

    def restore_path(self, document_id: str) -> None:
        """Make a document's own path and the list of paths agree."""
        with self._writing() as db:
            known = self.paths(document_id)
            if known:
                db.execute("UPDATE documents SET path = ? WHERE id = ?", (known[0], document_id))
            else:
                db.execute("INSERT OR REPLACE INTO paths SELECT path, id FROM documents WHERE id = ?", (document_id,))
