"""Tables as text: .csv, .tsv. The delimiter is found, the header is `ingest.tables`' work.

Not covered: several tables in one file with different delimiters.
"""

import csv
import io
from collections import Counter

from ingest.errors import EmptyFile
from ingest.readers.builder import Extracted, File, TextBuilder
from ingest.readers.text import broken, decode

DELIMITERS = ",\t;|，"
LOOKED_AT = 50
MOST_ROWS = 200_000
LONGEST_FIELD = 1 << 20


def read(file: File) -> Extracted:
    text = decode(file.content, file.path).removeprefix("\ufeff")
    if not text.strip():
        raise EmptyFile(file.path)
    rows, is_cut = _rows(text, find_delimiter(text, file.path.suffix.lower()))
    out = TextBuilder()
    for block in _blocks(rows):
        out.table(block)
    if is_cut:
        out.gap(f"表格太大：只读了前 {MOST_ROWS:,} 行")
    for sentence in broken(text):
        out.gap(sentence)
    return out.build()


def find_delimiter(text: str, suffix: str = "") -> str:
    """The delimiter that gives most rows the same number of cells, more than one; a comma where none does.

    >>> find_delimiter("学校;学位\\n一小;1,080\\n二小;900\\n")
    ';'
    """
    sample = text[:100_000].splitlines(keepends=True)[: LOOKED_AT * 4]
    best, delimiter = 0.0, "\t" if suffix == ".tsv" else ","
    for candidate in delimiter + DELIMITERS.replace(delimiter, ""):
        widths = [len(row) for row in list(_parsed("".join(sample), candidate))[:LOOKED_AT] if any(row)]
        if not widths:
            continue
        width, rows = Counter(widths).most_common(1)[0]
        score = rows / len(widths) if width > 1 else 0.0
        if score > best + 0.1:
            best, delimiter = score, candidate
    return delimiter


def _parsed(text: str, delimiter: str) -> "csv.Reader":  # type: ignore[name-defined]  # the stub's name is private
    csv.field_size_limit(max(LONGEST_FIELD, csv.field_size_limit()))
    return csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)


def _rows(text: str, delimiter: str) -> tuple[list[list[str]], bool]:
    """Up to MOST_ROWS rows. A quote that never closes would swallow the rest: then quotes are taken as letters."""
    try:
        rows = [row for row, _ in zip(_parsed(text, delimiter), range(MOST_ROWS + 1), strict=False)]
    except csv.Error:
        rows = []
    longest = max((cell.count("\n") for row in rows for cell in row), default=0)
    if not rows or longest > max(200, len(rows)):
        lines = text.splitlines()
        rows = [line.split(delimiter) for line in lines[: MOST_ROWS + 1]]
    return [[cell.strip() for cell in row] for row in rows[:MOST_ROWS]], len(rows) > MOST_ROWS


def _blocks(rows: list[list[str]]) -> list[list[list[str]]]:
    """Tables apart by two empty rows or more: one alone is often the gap under a title."""
    blocks: list[list[list[str]]] = [[]]
    empty = 0
    for row in rows:
        if not any(row):
            empty += 1
            continue
        if empty > 1 and blocks[-1]:
            blocks.append([])
        empty = 0
        blocks[-1].append(row)
    return blocks
