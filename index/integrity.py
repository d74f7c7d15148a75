"""Proof that a database agrees with itself: pages, references, texts, offsets, vectors and words.

Nothing is sampled. Texts and vectors are held against the digests that were written with them, the stored words
against a new cut of the text, FTS5's index against the stored words: 2 s of processor time for 16,000 chunks, 28 s
for the 240,000 of the laws, most of it cutting. Not covered: the FAISS cache (`index.vectors`) and repairing (`index.library`).
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from index.database import Connection, Row, number, told
from index.errors import DamagedData
from index.records import load_layout, load_metadata, load_spans
from index.sealing import seals
from index.staging import columns
from ingest.document import Chunk, Document

Cure = Literal["make again", "words", "path", "cache", "read again", "restore"]
"""What mends it: divide and embed the stored text, FTS5's rebuild, the list of paths, the FAISS cache built anew, the
file once more, or only a backup."""
UNIT = 0.01
"""How far from 1 the length of a vector may be; half precision gives 0.001 (384 dimensions)."""


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, as a sentence, and what mends it."""

    text: str
    cure: Cure
    document_id: str | None = None
    is_of_words: bool = False
    """Whether the words that are stored for a chunk are wrong: FTS5's index may be too then."""


def find_faults(db: Connection, fingerprint: str, dimension: int) -> list[Fault]:
    """What is wrong in the moment that `db` reads; empty when all of it agrees.

    `fingerprint` is what vectors and words should be made with, `dimension` the length of a vector. Where pages are
    damaged nothing further is looked at: it could not be read.
    """
    found: list[Fault] = []
    try:
        with told(Path(db.filename)):
            found += _pages(db)
            if not any(fault.cure == "restore" for fault in found):
                found += [*_references(db), *_rows(db, fingerprint, dimension)]
                found += _texts(db, {fault.document_id for fault in found})
                found += _words(db, fingerprint, {fault.document_id for fault in found})
    except DamagedData as error:
        found.append(Fault(str(error), "restore"))
    return found


def _pages(db: Connection) -> Iterator[Fault]:
    for (said,) in db.execute("PRAGMA integrity_check").fetchall():
        if said != "ok":
            cure: Cure = "words" if "fts5" in str(said).lower() else "restore"
            yield Fault(f"数据库文件不一致：{said}", cure)


def _references(db: Connection) -> Iterator[Fault]:
    for row in db.execute("PRAGMA foreign_key_check").fetchall():
        yield Fault(f"外键不一致：{row}", "restore")
    statement = "SELECT id, path FROM documents WHERE id NOT IN (SELECT document_id FROM paths)"
    for document_id, path in db.execute(statement).fetchall():
        yield Fault(f"文档 {document_id}（{path}）没有路径记录", "path", str(document_id))
    statement = (
        "SELECT id, path FROM documents d WHERE path NOT IN (SELECT path FROM paths p WHERE p.document_id = d.id)"
        " AND id IN (SELECT document_id FROM paths)"
    )
    for document_id, path in db.execute(statement).fetchall():
        yield Fault(f"文档 {document_id} 记的路径 {path} 不是它的", "path", str(document_id))
    (stray,) = db.execute("SELECT count(*) FROM words WHERE rowid NOT IN (SELECT row FROM chunks)").fetchall()[0]
    if stray:
        yield Fault(f"词语索引里有 {stray} 行不属于任何片段", "words")


def _rows(db: Connection, fingerprint: str, dimension: int) -> Iterator[Fault]:
    statement = "SELECT id, fingerprint FROM documents WHERE fingerprint <> ?"
    other: dict[str, list[str]] = {}
    for document_id, stored in db.execute(statement, (fingerprint,)).fetchall():
        other.setdefault(str(stored), []).append(str(document_id))
    for stored, documents in other.items():
        yield Fault(f"{len(documents)} 份文档的索引由 {stored} 建立，当前是 {fingerprint}", "make again")
    for (document_id,) in db.execute("SELECT id FROM documents WHERE substr(sha256, 1, 16) <> id").fetchall():
        yield Fault(f"文档 {document_id} 记的校验和不是它的", "read again", str(document_id))
    statement = (
        "SELECT c.id, d.id FROM chunks c JOIN documents d ON d.id = c.document_id"
        ' WHERE c.start < 0 OR c.start >= c."end" OR c."end" > length(d.text)'
    )
    for chunk, document_id in db.execute(statement).fetchall():
        yield Fault(f"片段 {chunk} 的位置超出文档", "make again", str(document_id))
    statement = (
        "SELECT c.id, d.id FROM chunks c JOIN documents d ON d.id = c.document_id"
        " WHERE d.fingerprint = ? AND length(c.vector) <> ?"
    )
    for chunk, document_id in db.execute(statement, (fingerprint, dimension * 2)).fetchall():
        yield Fault(f"片段 {chunk} 的向量长度不对", "make again", str(document_id))
    generation = number(db, "SELECT value FROM facts WHERE name = 'generation'")
    statement = "SELECT id, document_id FROM chunks WHERE generation NOT BETWEEN 0 AND ?"
    for chunk, document_id in db.execute(statement, (generation,)).fetchall():
        yield Fault(f"片段 {chunk} 的版本号在将来", "make again", str(document_id))


def _texts(db: Connection, known: set[str | None]) -> Iterator[Fault]:
    """Documents that are not as they were written, but for those whose fault is known more exactly."""
    for seal in seals(db):
        if seal.stored[0] != seal.present[0]:
            yield Fault(f"文档 {seal.document_id} 的原文与写入时不同", "read again", seal.document_id)
        elif seal.stored[1] != seal.present[1] and seal.document_id not in known:
            yield Fault(f"文档 {seal.document_id} 的片段或向量与写入时不同", "make again", seal.document_id)


def _words(db: Connection, fingerprint: str, known: set[str | None]) -> Iterator[Fault]:
    """Chunks whose stored words are not those that their text gives, or whose vector has another length than 1."""
    for (document_id,) in db.execute("SELECT id FROM documents WHERE fingerprint = ?", (fingerprint,)).fetchall():
        if document_id in known:
            continue
        document = _document(db, str(document_id))
        rows: list[Row] = db.execute(
            'SELECT c.id, c.headings, c.start, c."end", c.vector, w.context, w.body'
            " FROM chunks c LEFT JOIN words w ON w.rowid = c.row WHERE c.document_id = ?",
            (document_id,),
        ).fetchall()
        for chunk_id, headings, start, end, vector, *stored in rows:
            chunk = Chunk(chunk_id, document.id, tuple(json.loads(headings)), start, end, document.text[start:end])
            if stored[0] is None:
                yield Fault(f"片段 {chunk.id} 没有词语索引", "make again", document.id, True)
            elif tuple(stored) != columns(document, chunk):
                yield Fault(f"片段 {chunk.id} 的词语与原文不符", "make again", document.id, True)
            if abs(float(np.linalg.norm(np.frombuffer(vector, np.float16).astype(np.float32))) - 1) > UNIT:
                yield Fault(f"片段 {chunk.id} 的向量不是单位长度", "make again", document.id)


def _document(db: Connection, document_id: str) -> Document:
    rows: list[Row] = db.execute(
        "SELECT path, sha256, title, text, metadata, noise, layout FROM documents WHERE id = ?", (document_id,)
    ).fetchall()
    ((path, sha256, title, text, metadata, noise, layout),) = rows
    return Document(
        document_id, path, sha256, title, text, load_metadata(metadata), load_spans(noise), load_layout(layout, text)
    )
