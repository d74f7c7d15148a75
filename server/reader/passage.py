"""What the reader reads: a chunk as sentences, with what stands above it.

A passage is the chunk's text as it is seen (without noise, rows of tables behind their headers), put together of its
sentences, so that whatever the reader finds in it is a place in the document. Its context is what says of whom, when and
where it speaks: the document's title and year, the headings, and what leads to it where it begins inside a list.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.document import Chunk, Document, Span
from ingest.text import overlapping, sentences, visible

CONTEXT_CHARACTERS = 100
"""Of title and headings; the innermost heading and the title's beginning are kept."""


@dataclass(frozen=True)
class Piece:
    """A sentence or a row: `text[start:end]` of its passage, which is `span` of its document."""

    start: int
    end: int
    span: Span


@dataclass(frozen=True)
class Passage:
    """`context` and `text` are read together; `pieces` are in order and do not overlap."""

    context: str
    text: str
    pieces: tuple[Piece, ...] = ()


def passage_of(document: Document, chunk: Chunk, lead: str = "") -> Passage:
    """The chunk as it is read; `lead` is what leads to its first item."""
    text, pieces, last = "", [], chunk.start
    near, rows = document.noise, document.layout.rows
    for span in sentences(document.text, chunk.start, chunk.end, overlapping(near, chunk.start, chunk.end), rows):
        reading = " ".join(visible(document.text, span, near, rows).split())
        if not reading:
            continue
        if text and any(character.isspace() for character in document.text[last : span.start]):
            text += " "
        pieces.append(Piece(len(text), len(text) + len(reading), span))
        text += reading
        last = span.end
    return Passage(context_of(document, chunk.headings, lead), text, tuple(pieces))


def context_of(document: Document, headings: Sequence[str], lead: str = "") -> str:
    """Title, year where the title does not tell it, headings from the outside in but for the title's own, lead."""
    year = document.metadata.year
    title = " ".join(document.title.split())[:CONTEXT_CHARACTERS]
    dated = f"{title}（{year}年）" if year is not None and str(year) not in title else title
    told = (" ".join(heading.split()) for heading in headings)
    above = "›".join(heading for heading in told if heading != title)
    return "›".join(part for part in (dated, above[-CONTEXT_CHARACTERS:], lead) if part)
