"""The SQLite database: documents, chunks, their vectors and their words, written together or not at all.

It is the only truth. Not covered: embedding, FAISS, and fusing results (`index.embed`, `.vectors`, `.search`).
"""

import json
import sqlite3
import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index import lexical
from index.embed import Vectors
from index.errors import (
    DataUnavailable,
    EmbeddingChanged,
    ForeignData,
    LexicalIndexBroken,
    NewerData,
    StoreBusy,
    UnknownDocument,
)
from ingest.document import Chunk, DateField, Document, Field, Metadata, Span

SCHEMA_VERSION = 1
APPLICATION_ID = 0x596F756A  # "Youj", in the file's header
BUSY_SECONDS = 30.0
RowIds = NDArray[np.int64]

SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, path TEXT NOT NULL, sha256 TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    metadata TEXT NOT NULL, noise TEXT NOT NULL, added_at REAL NOT NULL, fingerprint TEXT NOT NULL
);
CREATE INDEX documents_by_fingerprint ON documents (fingerprint);
CREATE TABLE paths (path TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE);
CREATE TABLE chunks (
    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    headings TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector BLOB NOT NULL
);
CREATE INDEX chunks_by_document ON chunks (document_id);
CREATE VIRTUAL TABLE words USING fts5 (context, body, tokenize = "unicode61 remove_diacritics 0 tokenchars '%'");
"""

ROWS = (
    "SELECT d.id, d.path, d.sha256, d.title, length(d.text),"
    " (SELECT count(*) FROM chunks c WHERE c.document_id = d.id), d.metadata FROM documents d"
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


def passage(document: Document, chunk: Chunk) -> str:
    """What is embedded for a chunk: its title and headings before its text, so that it says what it is about."""
    return "\n".join((document.title, *chunk.headings[-2:], chunk.text))


class Store:
    """One database file. A connection for each thread; one writer at a time, also across processes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._prepare()
        except OSError as error:
            raise DataUnavailable(path.parent, error.strerror or str(error)) from error
        except sqlite3.OperationalError as error:
            raise DataUnavailable(path.parent, str(error)) from error
        except sqlite3.DatabaseError as error:
            raise ForeignData(path, str(error)) from error

    def _prepare(self) -> None:
        if self.path.exists() and self.path.stat().st_size:
            self._require_ours()  # before anything, the journal mode included, is changed in somebody else's file
        if not _tables(self._connection()):
            with self._writing() as cursor:
                if not _tables(cursor):  # else another process made them while this one waited
                    for statement in SCHEMA.split(";"):
                        cursor.execute(statement)
                    cursor.execute("INSERT INTO facts VALUES ('generation', '0')")
                    cursor.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                    cursor.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")

    def _require_ours(self) -> None:
        connection = sqlite3.connect(f"{self.path.absolute().as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)
        try:
            if not _tables(connection):
                return
            (application,) = connection.execute("PRAGMA application_id").fetchone()
            (version,) = connection.execute("PRAGMA user_version").fetchone()
        finally:
            connection.close()
        if application != APPLICATION_ID:
            raise ForeignData(self.path, "里面是别的表")
        if version > SCHEMA_VERSION:
            raise NewerData(self.path, version, SCHEMA_VERSION)

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)
            _use_wal(connection)
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute("PRAGMA foreign_keys = ON")
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    @contextmanager
    def _writing(self) -> Generator[sqlite3.Connection]:
        """One transaction: all of it or nothing, and the generation counts up."""
        connection = self._connection()
        try:
            connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as error:
            if "locked" in str(error):
                raise StoreBusy(self.path, BUSY_SECONDS) from error
            raise DataUnavailable(self.path.parent, str(error)) from error
        try:
            yield connection
            connection.execute("UPDATE facts SET value = CAST(value AS INTEGER) + 1 WHERE name = 'generation'")
            connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:  # a full disk has rolled it back already
                connection.execute("ROLLBACK")
            if isinstance(error, sqlite3.OperationalError):
                raise DataUnavailable(self.path.parent, str(error)) from error
            raise

    def close(self) -> None:
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._local = threading.local()

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
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET path = excluded.path,"
                " title = excluded.title, text = excluded.text, metadata = excluded.metadata, noise = excluded.noise,"
                " fingerprint = excluded.fingerprint",
                (
                    document.id, document.path, document.sha256, document.title, document.text,
                    _dump(asdict(document.metadata)), _dump([[n.start, n.end] for n in document.noise]), time.time(),
                    full_fingerprint(embedding),
                ),
            )  # fmt: skip
            db.execute("INSERT OR REPLACE INTO paths VALUES (?, ?)", (document.path, document.id))
            for chunk, vector in zip(chunks, vectors, strict=True):
                self._add_chunk(db, document, chunk, vector)

    @staticmethod
    def _add_chunk(db: sqlite3.Connection, document: Document, chunk: Chunk, vector: Vectors) -> None:
        row = db.execute(
            'INSERT INTO chunks (id, document_id, headings, start, "end", vector) VALUES (?, ?, ?, ?, ?, ?)',
            (chunk.id, document.id, _dump(chunk.headings), chunk.start, chunk.end, vector.astype(np.float16).tobytes()),
        ).lastrowid
        context = lexical.column("\n".join((document.title, *chunk.headings)))
        db.execute(
            "INSERT INTO words (rowid, context, body) VALUES (?, ?, ?)", (row, context, lexical.column(chunk.text))
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
            "SELECT id, path, sha256, title, text, metadata, noise FROM documents WHERE id = ?", (document_id,)
        ).fetchone()  # fmt: skip
        if row is None:
            raise UnknownDocument(document_id)
        noise = tuple(Span(*pair) for pair in json.loads(row[6]))
        return Document(row[0], row[1], row[2], row[3], row[4], load_metadata(row[5]), noise)

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

    # -- integrity --------------------------------------------------------------------------------------------

    def faults(self, embedding: str, dimension: int) -> list[str]:
        """What is wrong in the database, one sentence a fault; empty when all of it agrees."""
        connection = self._connection()
        found = [str(r[0]) for r in connection.execute("PRAGMA integrity_check") if r[0] != "ok"]
        found += [f"外键不一致：{row}" for row in connection.execute("PRAGMA foreign_key_check")]
        for stored in sorted(self.fingerprints() - {full_fingerprint(embedding)}):
            found.append(f"部分索引由 {stored} 建立，当前是 {full_fingerprint(embedding)}")
        for row in connection.execute("SELECT id, path FROM documents WHERE id NOT IN (SELECT document_id FROM paths)"):
            found.append(f"文档 {row[0]}（{row[1]}）没有路径记录")
        for row in connection.execute(
            "SELECT c.id FROM chunks c JOIN documents d ON d.id = c.document_id"
            ' WHERE c.start < 0 OR c.start >= c."end" OR c."end" > length(d.text)'
        ):
            found.append(f"片段 {row[0]} 的位置超出文档")
        for row in connection.execute("SELECT id FROM chunks WHERE length(vector) <> ?", (dimension * 2,)):
            found.append(f"片段 {row[0]} 的向量长度不对")
        for row in connection.execute("SELECT id FROM chunks WHERE row NOT IN (SELECT rowid FROM words)"):
            found.append(f"片段 {row[0]} 没有词语索引")
        (orphans,) = connection.execute(
            "SELECT count(*) FROM words WHERE rowid NOT IN (SELECT row FROM chunks)"
        ).fetchone()
        if orphans:
            found.append(f"词语索引里有 {orphans} 行不属于任何片段")
        return found


def _document_row(row: Sequence[Any]) -> DocumentRow:
    return DocumentRow(row[0], row[1], row[2], row[3], row[4], row[5], load_metadata(row[6]))


def _tables(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0])


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to WAL; SQLite does not wait here for another connection that is just doing the same."""
    deadline = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or time.monotonic() > deadline:
                raise
        time.sleep(0.02)


def full_fingerprint(embedding: str) -> str:
    return f"{embedding} | {lexical.fingerprint()}"


def _dump(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def load_metadata(stored: str) -> Metadata:
    """The inverse of what `add` stores."""
    raw = json.loads(stored)

    def field(value: dict[str, Any] | None) -> Field | None:
        return Field(**value) if value else None

    return Metadata(
        number=field(raw["number"]),
        index_number=field(raw["index_number"]),
        issuer=field(raw["issuer"]),
        dates=tuple(DateField(**d) for d in raw["dates"]),
        year=raw["year"],
        years=tuple(raw["years"]),
        places=tuple(Field(**p) for p in raw["places"]),
    )
