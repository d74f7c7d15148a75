"""Which saved rows quote which document, and blanking them when the document is gone.

A row is blanked by the module of its table; this one knows what quotes are. Not covered: deciding which documents are
gone (`conversations`).
"""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from index.database import Connection

Quote = dict[str, Any]
"""A citation or a piece of evidence as the API shows it: `document_id`, `title`, `headings`, `start`, `end`, `quote`."""
Column = Literal["turn", "feedback", "run_case"]

REPEATED = 4
"""From so many characters on, what a person wrote repeats a document: 教育工作 may be anybody's words and goes too."""
WHOLE = 12
"""Up to so many characters a text is compared as a whole as well: a document may be called 章程."""


def note(db: Connection, column: Column, row: int, documents: Iterable[str]) -> None:
    """Row `row` of the table behind `column` quotes these documents."""
    for document_id in dict.fromkeys(documents):
        db.execute(f"INSERT INTO quoted (document_id, {column}) VALUES (?, ?)", (document_id, row))


def quoting(db: Connection, column: Column, document_id: str) -> list[int]:
    """The rows that quote a document."""
    found = db.execute(
        f"SELECT DISTINCT {column} FROM quoted WHERE document_id = ? AND {column} IS NOT NULL", (document_id,)
    )
    return [int(str(row[0])) for row in found.fetchall()]


def said_instead(removed: Sequence[str]) -> str:
    """What stands in the place of an answer; names the removed documents by id only."""
    return f"这个回答引用的文档 {'、'.join(removed)} 已被删除，回答和引文也随之清除。"


def without(quotes: Sequence[Quote], document_id: str) -> list[Quote]:
    """The quotes of the other documents."""
    return [quote for quote in quotes if quote["document_id"] != document_id]


def words_of(quotes: Sequence[Quote]) -> list[str]:
    """All text of documents in these quotes."""
    return [text for quote in quotes for text in (quote["quote"], quote["title"], *quote["headings"])]


def repeats(text: str, gone: Sequence[str], own: Sequence[str] = ()) -> bool:
    """Whether `text` says something of what is gone that does not stand in `own`, the person's own questions."""
    runs = {text[i : i + REPEATED] for i in range(len(text) - REPEATED + 1)}
    if len(text) <= WHOLE and text.strip():
        runs.add(text.strip())
    return any(any(run in old for old in gone) and not any(run in question for question in own) for run in runs)
