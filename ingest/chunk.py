"""Cut sections into chunks: whole sentences packed up to a limit, never across two sections."""

import hashlib
from collections.abc import Iterator, Sequence

from ingest.document import Chunk, Row, Section, Span
from ingest.text import overlapping, sentences

LIMIT = 320
"""Characters. Of 200 to 500 this size kept the most gold sentences within the first eight chunks."""


def find_chunks(
    text: str, sections: list[Section], noise: tuple[Span, ...], rows: Sequence[Row] = (), limit: int = LIMIT
) -> list[Chunk]:
    """Chunks in order; `text[c.start:c.end] == c.text`, at most `limit` characters each, none overlaps.

    Every character that is neither white space nor noise is in exactly one chunk. A row of a table is cut only
    where it is longer than a chunk.
    """
    chunks = []
    for section in sections:
        for span in _pack(_pieces(text, section, noise, rows, limit), limit):
            chunks.append(
                Chunk(
                    id=chunk_id(section.document_id, span),
                    document_id=section.document_id,
                    headings=section.headings,
                    start=span.start,
                    end=span.end,
                    text=text[span.start : span.end],
                )
            )
    return chunks


def _pieces(text: str, section: Section, noise: tuple[Span, ...], rows: Sequence[Row], limit: int) -> Iterator[Span]:
    """Sentences and rows, those over the limit cut at commas, then anywhere."""
    near = overlapping(noise, section.start, section.end)
    for sentence in sentences(text, section.start, section.end, near, rows):
        if any(
            n.start <= sentence.start and sentence.end <= n.end for n in overlapping(near, sentence.start, sentence.end)
        ):
            continue
        yield from _shorten(text, sentence, limit)


def _shorten(text: str, span: Span, limit: int) -> Iterator[Span]:
    start = span.start
    while span.end - start > limit:
        comma = max(text.rfind(mark, start + limit // 2, start + limit) for mark in "，,、；;| \t")
        cut = comma + 1 if comma >= 0 else start + limit
        yield Span(start, cut)
        start = cut
        while start < span.end and text[start].isspace():
            start += 1
    if start < span.end:
        yield Span(start, span.end)


def _pack(pieces: Iterator[Span], limit: int) -> Iterator[Span]:
    current: Span | None = None
    for piece in pieces:
        if current is not None and piece.end - current.start <= limit:
            current = Span(current.start, piece.end)
            continue
        if current is not None:
            yield current
        current = piece
    if current is not None:
        yield current


def chunk_id(document_id: str, span: Span) -> str:
    """The same for the same stretch of the same document."""
    return hashlib.sha256(f"{document_id}:{span.start}:{span.end}".encode()).hexdigest()[:16]
