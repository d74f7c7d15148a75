"""Digests of stored documents: made for those of an older version, recomputed to prove that nothing has changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from index.database import Connection
from index.records import digest

CHUNK_PARTS = 'id, headings, start, "end", vector'


@dataclass(frozen=True)
class Seals:
    """A document's digests, as they are stored and as they come out now."""

    document_id: str
    stored: tuple[str, str]
    present: tuple[str, str]


def seals(db: Connection) -> Iterator[Seals]:
    """One document after another, so that no more than one text is in memory."""
    for (document_id,) in db.execute("SELECT id FROM documents ORDER BY id").fetchall():
        ((text, layout, gaps, title, metadata, noise, *stored),) = db.execute(
            "SELECT text, layout, gaps, title, metadata, noise, read_digest, made_digest FROM documents WHERE id = ?",
            (document_id,),
        ).fetchall()
        chunks: list[tuple[Any, ...]] = db.execute(
            f"SELECT {CHUNK_PARTS} FROM chunks WHERE document_id = ? ORDER BY start, id", (document_id,)
        ).fetchall()
        made = digest((title, metadata, *(part for chunk in chunks for part in chunk)))
        yield Seals(str(document_id), (str(stored[0]), str(stored[1])), (digest((text, layout, gaps, noise)), made))


def seal(db: Connection) -> None:
    """Write the digests of documents that have none, which an older version has written."""
    for found in seals(db):
        if found.stored == ("", ""):
            db.execute(
                "UPDATE documents SET read_digest = ?, made_digest = ? WHERE id = ?",
                (*found.present, found.document_id),
            )
