"""The types that ingest makes and every other room reads: documents, their metadata, sections and chunks.

All offsets count Unicode code points of the document's original text, the end exclusive.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Span:
    """A stretch of a document's text."""

    start: int
    end: int


@dataclass(frozen=True)
class Field:
    """A fact read off a document, and where it stands: `text[start:end]` is its printed form."""

    value: str
    start: int
    end: int


@dataclass(frozen=True)
class DateField:
    """A labelled date, such as 成文日期, as `YYYY-MM-DD`."""

    label: str
    value: str
    start: int
    end: int


@dataclass(frozen=True)
class PlaceField:
    """An administrative division that a document is about; `parents` are what it is part of, the nearest first."""

    value: str
    parents: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Metadata:
    """What a document says about itself; a fact that it does not state is absent."""

    number: Field | None = None
    """文号 / 发文字号."""
    index_number: Field | None = None
    """索引号."""
    issuer: Field | None = None
    """发布机构 / 发文机关."""
    dates: tuple[DateField, ...] = ()
    year: int | None = None
    """The document's own year: 今年 and 去年 resolve against it."""
    years: tuple[int, ...] = ()
    """The years that the document as a whole speaks for (its own, and those of a period in its title)."""
    places: tuple[PlaceField, ...] = ()
    """Full names of administrative divisions, the most particular first."""
    validity: Field | None = None
    """What it says of its own validity: 现行有效, 已废止."""
    repeals: tuple[Field, ...] = ()
    """Names of the documents that it repeals."""


@dataclass(frozen=True)
class StyledHeading:
    """A heading that the file itself marks as one (a Word style, `h2`); level 1 is outermost."""

    start: int
    end: int
    level: int


@dataclass(frozen=True)
class Row:
    """A row of a table: one unit of evidence.

    `reading` is how it reads by itself, each cell behind its header; equal to the text where the reader wrote the
    row so, different where the file's own text is kept (`第一小学\t1080` reads `学校：第一小学 | 学位：1080`).
    """

    start: int
    end: int
    reading: str


@dataclass(frozen=True)
class Layout:
    """What a file says of its text's structure beyond the text itself."""

    headings: tuple[StyledHeading, ...] = ()
    rows: tuple[Row, ...] = ()


@dataclass(frozen=True)
class Document:
    """One file: `id` derives from the hash of its bytes, so the same file under two paths is one document."""

    id: str
    path: str
    sha256: str
    title: str
    text: str
    metadata: Metadata
    noise: tuple[Span, ...] = ()
    """What is in the text and not of the document: page marks, site navigation."""
    layout: Layout = Layout()
    gaps: tuple[str, ...] = ()
    """What of the file could not be read, a sentence each."""


@dataclass(frozen=True)
class Section:
    """A stretch of text under one heading path, outermost heading first."""

    document_id: str
    headings: tuple[str, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Chunk:
    """A piece of a section that is embedded and searched; `document.text[start:end] == text`."""

    id: str
    document_id: str
    headings: tuple[str, ...]
    start: int
    end: int
    text: str
