"""What a reader makes of a file, and the builder that readers write it with.

A reader turns bytes into text and says what it knows of the text's structure that the text itself does not show:
styled headings, table rows, repeated page headers. Finding headings by their numbering is `ingest.sections`' work,
deciding what a table's header is `ingest.tables`'.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.document import Row, Span, StyledHeading
from ingest.readers.libreoffice import LocalOffice, Office
from ingest.tables import read_table

UNWANTED = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ufeff\ufffe\uffff\ud800-\udfff]")
LINE_BREAKS = re.compile(r"\r\n?|[\n\x0b\x0c\x85\u2028\u2029]")


def ignore(_share: float) -> None:
    """The progress that nobody asked for."""


@dataclass(frozen=True)
class File:
    """What a reader is given; a slow one (pages, OCR) tells `progress` each share of its work that is done."""

    path: Path
    """For the messages of errors only: the content is not read from there."""
    content: bytes
    progress: Callable[[float], None] = ignore
    office: Office = field(default_factory=LocalOffice)
    """Converts what no reader here reads."""


Reader = Callable[[File], "Extracted"]


@dataclass(frozen=True)
class Extracted:
    """The text of one file; every span counts its code points."""

    text: str
    noise: tuple[Span, ...] = ()
    headings: tuple[StyledHeading, ...] = ()
    rows: tuple[Row, ...] = ()
    gaps: tuple[str, ...] = ()
    """What could not be read, a sentence for the user each: `第 3 页：没有识别出文字`."""
    title: str = ""
    """The title that the file's own properties or its largest print give, empty where there is none."""


@dataclass
class TextBuilder:
    """Collects a file's lines in reading order.

    >>> out = TextBuilder()
    >>> out.heading("一、总体要求", 1)
    >>> out.table([["学校", "学位"], ["第一小学", "1080"]])
    >>> out.build().text
    '一、总体要求\\n学校：第一小学 | 学位：1080\\n'
    """

    _parts: list[str] = field(default_factory=list)
    _length: int = 0
    _noise: list[Span] = field(default_factory=list)
    _headings: list[StyledHeading] = field(default_factory=list)
    _rows: list[Row] = field(default_factory=list)
    _gaps: list[str] = field(default_factory=list)

    def line(self, text: str) -> Span | None:
        """Add a paragraph as one line; line breaks inside it become blanks. None when nothing is left of it."""
        cleaned = UNWANTED.sub("", LINE_BREAKS.sub(" ", text)).strip()
        if not cleaned:
            return None
        span = Span(self._length, self._length + len(cleaned))
        self._append(cleaned + "\n")
        return span

    def lines(self, text: str) -> None:
        """Add text whose line breaks are paragraph ends."""
        for line in LINE_BREAKS.split(text):
            self.line(line)

    def heading(self, text: str, level: int) -> None:
        """Add a heading that the file itself marks as one (a Word style, `h2`, a slide's title); 1 is outermost."""
        span = self.line(text)
        if span is not None:
            self._headings.append(StyledHeading(span.start, span.end, max(1, min(level, 9))))

    def noise(self, text: str, joins: bool = True) -> None:
        """Add a line that is not of the document: a running header, a page number, a watermark.

        Where it `joins`, a sentence that goes on behind it is one sentence.
        """
        span = self.line(text)
        if span is not None:
            self._noise.append(Span(max(0, span.start - joins), span.end + 1))

    def table(self, rows: Sequence[Sequence[str]], header_rows: int | None = None) -> None:
        """Add a table: captions as lines, then each row with its headers repeated.

        `rows` are cells as shown, a merged cell's text in every cell that it covers. `header_rows` is what the
        file says of its header (a repeated header row in Word, `th`), None where it says nothing.
        """
        table = read_table(
            [[LINE_BREAKS.sub(" ", UNWANTED.sub("", c)).strip() for c in row] for row in rows], header_rows
        )
        for caption in table.captions:
            self.line(caption)
        for reading in table.readings:
            span = self.line(reading)
            if span is not None:
                self._rows.append(Row(span.start, span.end, reading))

    def gap(self, sentence: str) -> None:
        """Say what could not be read."""
        self._gaps.append(sentence)

    def build(self, title: str = "") -> Extracted:
        return Extracted(
            "".join(self._parts), tuple(self._noise), tuple(self._headings), tuple(self._rows), tuple(self._gaps),
            " ".join(title.split()),
        )  # fmt: skip

    def _append(self, text: str) -> None:
        self._parts.append(text)
        self._length += len(text)
