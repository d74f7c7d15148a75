"""The list of documents: by title, date of adding or year, in pages, narrowed by words and to given documents.

Not covered: which documents fit years, places, issuers and types (`index.filters`).
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

from index.database import Row
from index.errors import UnknownDocument
from index.matching import Matching
from index.records import load_metadata
from ingest.document import Metadata

ROWS = (
    "SELECT d.id, d.path, d.sha256, d.title, length(d.text),"
    " (SELECT count(*) FROM chunks c WHERE c.document_id = d.id), d.metadata, d.gaps, d.added_at,"
    " (SELECT json_group_array(p.path) FROM paths p WHERE p.document_id = d.id) FROM documents d"
)
AMONG = "IN (SELECT value FROM json_each(?))"
"""As many values as one likes; SQLite's own limit is 32,766 question marks."""

Sort = Literal["title", "-title", "added_at", "-added_at", "year", "-year"]
YEAR = "json_extract(d.metadata, '$.year')"
ORDERS: dict[Sort, str] = {
    "title": "d.title, d.id",
    "-title": "d.title DESC, d.id",
    "added_at": "d.added_at, d.id",
    "-added_at": "d.added_at DESC, d.id",
    "year": f"{YEAR} NULLS LAST, d.title, d.id",
    "-year": f"{YEAR} DESC NULLS LAST, d.title, d.id",
}
PATH = r"replace(p.path, '\', '/')"
FILE_NAME = f"replace({PATH}, rtrim({PATH}, replace({PATH}, '/', '')), '')"
"""What stands after the last slash: what precedes it is the path without all other characters at its end."""


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
    added_at: float
    """Seconds since 1970."""
    paths: tuple[str, ...]
    """All under which the same bytes stand, `path` among them."""


@dataclass(frozen=True)
class Wanted:
    """Which documents a list shows, and in which order; nothing given shows all by title."""

    text: str = ""
    """What title, 文号 or a file's name contain; upper and lower case are alike in ASCII."""
    among: Sequence[str] | None = None
    """Ids of documents."""
    sort: Sort = "title"


ALL = Wanted()


class Catalogue(Matching):
    """Lists the documents of one database file."""

    def documents(self, limit: int, offset: int = 0, wanted: Wanted = ALL) -> list[DocumentRow]:
        """A page of the list; a limit of -1 is none."""
        where, values = _condition(wanted)
        rows = self._rows(f"{ROWS}{where} ORDER BY {ORDERS[wanted.sort]} LIMIT ? OFFSET ?", (*values, limit, offset))
        return [_document_row(row) for row in rows]

    def count(self, wanted: Wanted = ALL) -> int:
        """How long the list is."""
        where, values = _condition(wanted)
        return int(self._rows(f"SELECT count(*) FROM documents d{where}", values)[0][0])

    def titles(self, document_ids: Sequence[str]) -> dict[str, str]:
        """Titles by document id; one that is gone is absent."""
        rows = self._rows(f"SELECT id, title FROM documents WHERE id {AMONG}", (json.dumps(list(document_ids)),))
        return {str(row[0]): str(row[1]) for row in rows}

    def first_titles(self, limit: int) -> list[str]:
        """The first titles in their order."""
        return [str(row[0]) for row in self._rows("SELECT title FROM documents ORDER BY title, id LIMIT ?", (limit,))]

    def of_types(self, types: Collection[str]) -> set[str]:
        """Ids of the documents of which a path ends in one of `types`: lower case, without the dot."""
        rows = self._rows(
            "SELECT document_id, path FROM paths WHERE EXISTS (SELECT 1 FROM json_each(?) WHERE paths.path LIKE '%.' || value)",
            (json.dumps(list(types)),),
        )
        return {str(row[0]) for row in rows if PurePath(row[1]).suffix.lower().lstrip(".") in types}

    def document_row(self, document_id: str) -> DocumentRow:
        """One document without its text; raises UnknownDocument."""
        row = self._row(f"{ROWS} WHERE d.id = ?", (document_id,))
        if row is None:
            raise UnknownDocument(document_id)
        return _document_row(row)


def _condition(wanted: Wanted) -> tuple[str, list[str]]:
    """The WHERE clause and its values."""
    parts, values = [], []
    if wanted.among is not None:
        parts.append(f"d.id {AMONG}")
        values.append(json.dumps(list(wanted.among)))
    if wanted.text:
        parts.append(
            "(instr(lower(d.title), lower(?)) OR instr(lower(json_extract(d.metadata, '$.number.value')), lower(?))"
            f" OR EXISTS (SELECT 1 FROM paths p WHERE p.document_id = d.id AND instr(lower({FILE_NAME}), lower(?))))"
        )
        values += [wanted.text] * 3
    return (f" WHERE {' AND '.join(parts)}" if parts else ""), values


def _document_row(row: Row) -> DocumentRow:
    return DocumentRow(
        row[0], row[1], row[2], row[3], row[4], row[5], load_metadata(row[6]), tuple(json.loads(row[7])), row[8],
        tuple(sorted(json.loads(row[9]))),
    )  # fmt: skip
