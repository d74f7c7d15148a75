"""Documents and chunks as the database has them, and what is made of documents, each once until it changes.

A question reads the same few documents many times, and one of them may be a book: what was read stays in memory
while it does not change, and only what has changed is made again. What other processes write is seen through the
generation and the chunks' own generations. Not covered: which documents there are in lists (`index.catalogue`).
"""

import json
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from index.catalogue import AMONG, Catalogue
from index.errors import UnknownDocument
from index.held import NEVER_READ, DocumentCache, Held, Make, Stamp
from index.records import load_metadata
from ingest.document import Chunk, Document, Metadata

T = TypeVar("T")
Describe = Callable[[str, str, Metadata], T]
"""Makes something of a document's id, title and metadata."""

MOST_CHARACTERS = 8_000_000
"""Characters of documents in memory, and of what is made of them: a question reads 0.2 to 2 million."""


@dataclass
class _Described:
    """What `Describe` made of every document, at one state of the database."""

    stamp: Stamp = NEVER_READ
    values: dict[str, Any] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


class Texts(Catalogue):
    """Reads the documents of one database file; safe for many threads."""

    def __init__(self, path: Path) -> None:
        self._kept = DocumentCache(MOST_CHARACTERS)
        self._described: dict[Describe[Any], _Described] = {}
        self._counted: tuple[Stamp, int] | None = None
        super().__init__(path)

    def stamp(self) -> Stamp:
        """The state that is read now: inside a transaction the one that it began with."""
        rows = self._rows("SELECT name, value FROM facts WHERE name IN ('identity', 'generation')")
        facts = {str(name): str(value) for name, value in rows}
        return Stamp(facts.get("identity", ""), int(facts.get("generation", 0)))

    def count_chunks(self) -> int:
        """How many chunks there are; counted once for each generation, because each question asks several times."""
        if self._is_writing():
            return self._count_chunks()
        with self._reading():
            stamp = self.stamp()
            if self._counted is None or self._counted[0] != stamp:
                self._counted = (stamp, self._count_chunks())
            return self._counted[1]

    def _count_chunks(self) -> int:
        return int(self._rows("SELECT count(*) FROM chunks")[0][0])

    # -- documents --------------------------------------------------------------------------------------------

    def document(self, document_id: str) -> Document:
        """A document with its text; raises UnknownDocument."""
        return self._one(document_id).document

    def metadata(self, document_ids: Sequence[str]) -> dict[str, Metadata]:
        """Metadata by document id; a document that is gone is absent."""
        return {held.id: held.metadata for held in self._hold(document_ids).values()}

    def chunks(self, rows: Sequence[int]) -> dict[int, Chunk]:
        """Chunks by row; a row that is gone is absent."""
        with self._reading():
            found = self._rows(
                f'SELECT row, id, document_id, headings, start, "end" FROM chunks WHERE row {AMONG}',
                (json.dumps([int(row) for row in rows]),),
            )
            held = self._hold({str(row[2]) for row in found})
        return {row[0]: _chunk(row[1:], held[row[2]].text) for row in found if row[2] in held}

    def document_chunks(self, document_id: str) -> list[Chunk]:
        """The chunks of a document in the order of its text; none where it is gone."""
        with self._reading():
            held = self._hold([document_id]).get(document_id)
            return [] if held is None else list(self._chunks_of(held))

    def kept(self, document_id: str, make: Make[T]) -> T:
        """What `make` makes of a document and its chunks: made once, kept until the document changes.

        `make` is the key, so give a function or class of a module. Raises UnknownDocument.
        """
        with self._reading():
            held = self._one(document_id)
            chunks = self._chunks_of(held)
        if make not in held.made:  # two threads may both make it, and the same
            held.made[make] = make(held.document, chunks)
            self._kept.grown(held)
        made: T = held.made[make]
        return made

    def _one(self, document_id: str) -> Held:
        held = self._hold([document_id]).get(document_id)
        if held is None:
            raise UnknownDocument(document_id)
        return held

    def _hold(self, document_ids: Collection[str]) -> dict[str, Held]:
        """Documents by id as this moment has them, from memory or read; one that is gone is absent."""
        if self._is_writing():  # what it has written may yet be rolled back
            return {held.id: held for held in self._read(document_ids)}
        with self._reading():
            stamp = self.stamp()
            self._advance(stamp)
            found = self._kept.find(stamp, document_ids)
            missing = [document_id for document_id in document_ids if document_id not in found]
            if missing:
                read = self._read(missing)
                self._kept.keep(stamp, read)
                found |= {held.id: held for held in read}
        return found

    def _read(self, document_ids: Collection[str]) -> list[Held]:
        rows = self._rows(
            "SELECT id, path, sha256, title, text, metadata, noise, layout, gaps FROM documents"
            f" WHERE id {AMONG}", (json.dumps(list(document_ids)),),
        )  # fmt: skip
        return [Held(*row) for row in rows]

    def _chunks_of(self, held: Held) -> tuple[Chunk, ...]:
        if held.chunks is None:
            rows = self._rows(
                'SELECT id, document_id, headings, start, "end" FROM chunks WHERE document_id = ? ORDER BY start',
                (held.id,),
            )
            paths: dict[str, tuple[str, ...]] = {}
            held.chunks = tuple(_chunk(row, held.text, paths) for row in rows)
            self._kept.grown(held)
        return held.chunks

    def _advance(self, stamp: Stamp) -> None:
        """Drop from memory what has been replaced, renamed or removed since it was read."""
        since = self._kept.stamp
        if since == stamp:
            return
        paths: dict[str, str] = {}
        changed: set[str] = set()
        if since.identity == stamp.identity:
            changed = self._changed_since(since)
            kept = json.dumps(self._kept.ids())
            paths = dict(self._rows(f"SELECT id, path FROM documents WHERE id {AMONG}", (kept,)))
        self._kept.advance(stamp, lambda held: paths.get(held.id) == held.path and held.id not in changed)

    def _changed_since(self, since: Stamp) -> set[str]:
        """Documents that were written after `since`: their chunks are always written with them."""
        rows = self._rows("SELECT DISTINCT document_id FROM chunks WHERE generation > ?", (since.generation,))
        return {str(row[0]) for row in rows}

    # -- something of every document --------------------------------------------------------------------------

    def described(self, describe: Describe[T]) -> Mapping[str, T]:
        """What `describe` makes of every document's id, title and metadata, by id; made again only of what has changed.

        `describe` is the key, so give a function of a module. The mapping stays as it is when the database changes.
        """
        if self._is_writing():
            return self._described_anew(describe, _Described(), self.stamp())
        held = self._described.setdefault(describe, _Described())
        with held.lock, self._reading():
            stamp = self.stamp()
            if held.stamp != stamp:
                held.values = self._described_anew(describe, held, stamp)
                held.stamp = stamp
            return held.values

    def _described_anew(self, describe: Describe[T], held: _Described, stamp: Stamp) -> dict[str, T]:
        same = held.stamp.identity == stamp.identity and held.stamp.generation < stamp.generation
        changed = self._changed_since(held.stamp) if same else set()
        kept = {id: value for id, value in held.values.items() if same and id not in changed}
        if not same or self._is_any_gone(held.stamp, len(kept) + len(changed)):
            present = {str(row[0]) for row in self._rows("SELECT id FROM documents")}
            kept = {id: value for id, value in kept.items() if id in present}
            changed = present - kept.keys()
        rows = self._rows(f"SELECT id, title, metadata FROM documents WHERE id {AMONG}", (json.dumps(list(changed)),))
        return kept | {id: describe(id, title, load_metadata(metadata)) for id, title, metadata in rows}

    def _is_any_gone(self, since: Stamp, expected: int) -> bool:
        """Whether documents may have been removed after `since`, or there are others than the `expected` ones."""
        forgotten = int(self._fact("forgotten") or 0)
        removed = self._row("SELECT 1 FROM removed_chunks WHERE generation > ? LIMIT 1", (since.generation,))
        return since.generation < forgotten or removed is not None or self.count() != expected


def _chunk(row: Sequence[Any], text: str, paths: dict[str, tuple[str, ...]] | None = None) -> Chunk:
    """A chunk from its row; `paths` lets chunks under the same headings share them."""
    chunk_id, document_id, raw, start, end = row
    headings = paths.get(raw) if paths is not None else None
    if headings is None:
        headings = tuple(json.loads(raw))
        if paths is not None:
            paths[raw] = headings
    return Chunk(chunk_id, document_id, headings, start, end, text[start:end])
