"""What the database tells: which documents are there, failures, vectors, and what has changed since a generation.

Every method reads one moment, but for `iter_vectors`, which says how to get one; none writes. Not covered: documents' texts and chunks (`index.texts`), words (`index.matching`), writing (`index.store`), ranking together (`index.search`).
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.catalogue import AMONG
from index.catalogue import DocumentRow as DocumentRow
from index.catalogue import Wanted as Wanted
from index.database import Row
from index.embed import Vectors
from index.errors import CannotRebuild, UnknownDocument
from index.matching import RowIds as RowIds
from index.records import digest, load_layout, load_metadata, load_spans
from index.texts import Texts
from ingest.document import Document, Metadata

HalfVectors = NDArray[np.float16]

FAILURE_COUNTS = "SELECT reason, count(*) FROM failures GROUP BY reason ORDER BY reason"


@dataclass(frozen=True)
class Failure:
    """Why a file is not in the index; `reader` names what tried, because another version may succeed."""

    path: str
    sha256: str
    reason: str
    message: str
    reader: str
    failed_at: float


@dataclass(frozen=True)
class Changes:
    """What brings a copy of the vectors up to `generation`: rows are written once and never used again."""

    generation: int
    added: RowIds
    removed: RowIds


class Reading(Texts):
    """The tables of one database file, read only."""

    # -- what it is -------------------------------------------------------------------------------------------

    def identity(self) -> str:
        """Names this database: another one, a restored one too, has another, whatever its generation."""
        return self._fact("identity") or ""

    def fingerprints(self) -> set[str]:
        """What the stored vectors and words were made with: one, unless an older version was interrupted."""
        return {str(row[0]) for row in self._rows("SELECT DISTINCT fingerprint FROM documents")}

    def lengths(self) -> list[int]:
        """Characters of every text; reads all of them."""
        return [int(row[0]) for row in self._rows("SELECT length(text) FROM documents")]

    # -- documents --------------------------------------------------------------------------------------------

    def document_id_at(self, path: str) -> str | None:
        row = self._row("SELECT document_id FROM paths WHERE path = ?", (path,))
        return str(row[0]) if row else None

    def has(self, document_id: str) -> bool:
        return self._row("SELECT 1 FROM documents WHERE id = ?", (document_id,)) is not None

    def present(self, document_ids: Sequence[str]) -> set[str]:
        """Those of the documents that are here."""
        rows = self._rows(f"SELECT id FROM documents WHERE id {AMONG}", (json.dumps(list(document_ids)),))
        return {str(row[0]) for row in rows}

    def named_in(self, text: str) -> list[str]:
        """The documents whose titles stand in `text`."""
        rows = self._rows("SELECT id FROM documents WHERE title <> '' AND instr(?, title) > 0", (text,))
        return [str(row[0]) for row in rows]

    def paths(self, document_id: str) -> list[str]:
        rows = self._rows("SELECT path FROM paths WHERE document_id = ? ORDER BY path", (document_id,))
        return [str(row[0]) for row in rows]

    def paths_under(self, folder: str) -> list[str]:
        """Paths of documents and of failures that are `folder` or below it (a folder or an archive)."""
        below = folder.rstrip("/\\")
        rows = self._rows("SELECT path FROM paths UNION SELECT path FROM failures")
        return sorted(p for (p,) in rows if p == below or p.startswith((below + "/", below + "\\")))

    def as_read(self, document_id: str) -> Document:
        """What a reader gave of a document, without the metadata that were made from it.

        Raises UnknownDocument, and CannotRebuild where it is not what was written.
        """
        row = self._row(
            "SELECT path, sha256, title, text, layout, gaps, noise, read_digest FROM documents WHERE id = ?", (document_id,)
        )  # fmt: skip
        if row is None:
            raise UnknownDocument(document_id)
        path, sha256, title, text, layout, gaps, noise, stored = row
        if not sha256.startswith(document_id) or stored != digest((text, layout, gaps, noise)):
            raise CannotRebuild(document_id)
        return Document(
            document_id, path, sha256, title, text, Metadata(),
            load_spans(noise), load_layout(layout, text), tuple(json.loads(gaps)),
        )  # fmt: skip

    def origins(self) -> dict[str, tuple[str, Metadata]]:
        """Path and metadata of every document by id; reads all of them."""
        rows = self._rows("SELECT id, path, metadata FROM documents")
        return {str(row[0]): (str(row[1]), load_metadata(row[2])) for row in rows}

    def failure(self, path: str) -> Failure | None:
        row = self._row("SELECT * FROM failures WHERE path = ?", (path,))
        return Failure(*row) if row else None

    def failures(self) -> list[Failure]:
        """All that is kept, by reason and path."""
        return [Failure(*row) for row in self._rows("SELECT * FROM failures ORDER BY reason, path")]

    def failure_counts(self) -> dict[str, int]:
        """How many files could not be read, by reason."""
        return {str(reason): int(count) for reason, count in self._rows(FAILURE_COUNTS)}

    # -- chunks and vectors -----------------------------------------------------------------------------------

    def rows_of(self, document_ids: Sequence[str]) -> RowIds:
        """Rows of the chunks of these documents."""
        return _row_ids(
            self._rows(f"SELECT row FROM chunks WHERE document_id {AMONG}", (json.dumps(list(document_ids)),))
        )

    def vector_rows(self) -> tuple[int, RowIds]:
        """The generation, and all rows that have a vector at that generation."""
        with self._reading():
            return self.generation(), _row_ids(self._rows("SELECT row FROM chunks"))

    def vectors(self, rows: RowIds) -> tuple[RowIds, Vectors]:
        """Rows that are still there, and their vectors, shape (rows, dimension)."""
        found = self._rows(f"SELECT row, vector FROM chunks WHERE row {AMONG}", (_listed(rows),))
        return _row_ids(found), _stacked(found).astype(np.float32)

    def iter_vectors(self, batch: int, generation: int | None = None) -> Iterator[tuple[RowIds, HalfVectors]]:
        """All rows in their order with their vectors, (rows, dimension), `batch` at a time; no longer transaction.

        What is written meanwhile would be told in part. So take `generation()` first, give it here (only rows that
        were there by then are told), and then apply `changes(generation)`: it removes what has gone meanwhile.
        """
        last, known = 0, np.iinfo(np.int64).max if generation is None else generation
        while found := self._rows(
            "SELECT row, vector FROM chunks WHERE row > ? AND generation <= ? ORDER BY row LIMIT ?",
            (last, int(known), batch),
        ):
            last = int(found[-1][0])
            yield _row_ids(found), _stacked(found)

    def changes(self, since: int) -> Changes | None:
        """Rows added and removed after generation `since`; None when that is too long ago, or was never reached.

        A row that came and went since is only among the removed, where a copy that has not seen it passes over it.
        """
        with self._reading():
            generation = self.generation()
            if not int(self._fact("forgotten") or 0) <= since <= generation:
                return None
            added = self._rows("SELECT row FROM chunks WHERE generation > ? ORDER BY +row", (since,))
            removed = self._rows("SELECT row FROM removed_chunks WHERE generation > ? ORDER BY +row", (since,))
        return Changes(generation, _row_ids(added), _row_ids(removed))


def _listed(rows: Sequence[int] | RowIds) -> str:
    return json.dumps([int(row) for row in rows])


def _row_ids(rows: Sequence[Row]) -> RowIds:
    return np.array([row[0] for row in rows], np.int64)


def _stacked(rows: Sequence[Row]) -> HalfVectors:
    """The second column's vectors, shape (rows, dimension)."""
    if not rows:
        return np.empty((0, 0), np.float16)
    return np.stack([np.frombuffer(row[1], np.float16) for row in rows])
