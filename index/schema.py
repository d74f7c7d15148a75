"""The tables of the index's database file, and what brings an older file to them.

`documents.read_digest` covers what a reader gave (text, layout, gaps, noise), `made_digest` what was made from it
(title, metadata, chunks, vectors). The `rebuilt_` tables hold a new index while the old one serves.
Facts: `generation`, `identity`, `forgotten` (removals up to this generation are no longer listed), and after an
upgrade `unsealed` (digests are still to be made) and `unclean` (deleted text may stand in unused pages).

Not covered: opening files and running the upgrades (`index.database`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

SCHEMA_VERSION = 3
APPLICATION_ID = 0x596F756A  # "Youj", in the file's header

WORDS = """CREATE VIRTUAL TABLE words USING fts5 (
    context, body, tokenize = "unicode61 remove_diacritics 0 tokenchars '%'"
)"""
FORGETS = "INSERT INTO words (words, rank) VALUES ('secure-delete', 1)"
"""FTS5 takes a deleted row's terms out of its pages at once, instead of marking them as deleted (SQLite 3.42)."""

REMOVED = "CREATE TABLE removed_chunks (row INTEGER PRIMARY KEY, generation INTEGER NOT NULL)"
REMOVED_INDEX = "CREATE INDEX removed_by_generation ON removed_chunks (generation)"
CHUNKS_INDEX = "CREATE INDEX chunks_by_generation ON chunks (generation)"
REBUILT = """CREATE TABLE rebuilt_documents (
    id TEXT PRIMARY KEY REFERENCES documents ON DELETE CASCADE, title TEXT NOT NULL, metadata TEXT NOT NULL,
    noise TEXT NOT NULL, fingerprint TEXT NOT NULL, read_digest TEXT NOT NULL, made_digest TEXT NOT NULL
)"""
REBUILT_CHUNKS = """CREATE TABLE rebuilt_chunks (
    id TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES rebuilt_documents ON DELETE CASCADE,
    headings TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector BLOB NOT NULL,
    context TEXT NOT NULL, body TEXT NOT NULL
)"""
REBUILT_INDEX = "CREATE INDEX rebuilt_chunks_by_document ON rebuilt_chunks (document_id)"

FACTS = "CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID"
"""In every database of this program: its identity, and how often it was written."""

SCHEMA = (
    FACTS,
    """CREATE TABLE documents (
    id TEXT PRIMARY KEY, path TEXT NOT NULL, sha256 TEXT NOT NULL, title TEXT NOT NULL, text TEXT NOT NULL,
    metadata TEXT NOT NULL, noise TEXT NOT NULL, added_at REAL NOT NULL, fingerprint TEXT NOT NULL,
    layout TEXT NOT NULL DEFAULT '{}', gaps TEXT NOT NULL DEFAULT '[]',
    read_digest TEXT NOT NULL DEFAULT '', made_digest TEXT NOT NULL DEFAULT ''
)""",
    "CREATE INDEX documents_by_fingerprint ON documents (fingerprint)",
    "CREATE TABLE paths (path TEXT PRIMARY KEY, document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE)",
    "CREATE INDEX paths_by_document ON paths (document_id)",
    """CREATE TABLE chunks (
    row INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
    document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
    headings TEXT NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, vector BLOB NOT NULL,
    generation INTEGER NOT NULL DEFAULT 0
)""",
    "CREATE INDEX chunks_by_document ON chunks (document_id)",
    CHUNKS_INDEX,
    REMOVED,
    REMOVED_INDEX,
    """CREATE TABLE failures (
    path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, reason TEXT NOT NULL, message TEXT NOT NULL, reader TEXT NOT NULL,
    failed_at REAL NOT NULL
)""",
    REBUILT,
    REBUILT_CHUNKS,
    REBUILT_INDEX,
    WORDS,
    FORGETS,
)

# What brings a file from the version before to each version. An upgrade keeps every document.
UPGRADES = {
    2: (
        "ALTER TABLE documents ADD COLUMN layout TEXT NOT NULL DEFAULT '{}'",
        "ALTER TABLE documents ADD COLUMN gaps TEXT NOT NULL DEFAULT '[]'",
        "CREATE TABLE failures (path TEXT PRIMARY KEY, sha256 TEXT NOT NULL, reason TEXT NOT NULL,"
        " message TEXT NOT NULL, reader TEXT NOT NULL, failed_at REAL NOT NULL)",
    ),
    3: (
        "ALTER TABLE documents ADD COLUMN read_digest TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE documents ADD COLUMN made_digest TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE chunks ADD COLUMN generation INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX paths_by_document ON paths (document_id)",
        CHUNKS_INDEX,
        REMOVED,
        REMOVED_INDEX,
        REBUILT,
        REBUILT_CHUNKS,
        REBUILT_INDEX,
        FORGETS,
        "INSERT INTO words (words) VALUES ('optimize')",  # terms of rows deleted before stand in old segments
        "INSERT OR REPLACE INTO facts VALUES ('unsealed', '1'), ('unclean', '1')",
    ),
}


@dataclass(frozen=True)
class Schema:
    """What a kind of database file holds: the number in its header, the tables of a new one (FACTS among them), and for
    each later version what brings a file there from the one before."""

    application_id: int
    version: int
    statements: tuple[str, ...]
    upgrades: Mapping[int, tuple[str, ...]]


INDEX = Schema(APPLICATION_ID, SCHEMA_VERSION, SCHEMA, UPGRADES)
