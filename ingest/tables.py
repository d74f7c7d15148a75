"""Tables: which rows are captions, header, data or notes, and how a data row reads with its headers repeated.

Covered: headers of up to four rows, forms (label, value, label, value), section rows, headers repeated by a page
break, pipe and tab tables inside plain text. Not covered: finding a table in a file, and which cells are merged
(the readers' work); tables whose header is a column are read row by row.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from itertools import pairwise
from statistics import median

from ingest.table_words import (
    EXACT,
    FIGURE,
    GENERIC,
    NOTE,
    ONE_BY_ONE,
    PERIOD,
    PLACEHOLDER,
    SPACED,
    TOTAL,
    is_figure,
    is_label,
)

CELL = " | "
LONGEST_HEADER = 40
COLUMN_MARKS = frozenset(["甲", "乙", "丙", "栏次", "行次"])
TOLD = re.compile(r"[^：:]+[：:]")
"""`编制单位：某公司`: no name of a column."""
DEEPEST_HEADER = 4
LONGEST_NAME = 200
"""What is longer is said once, as a caption, and not in every row: 10,000 rows would repeat it 10,000 times."""
LOOKED_AT = 60
"""Rows of data that are looked at to tell a header; a sheet may have a hundred thousand."""


class Role(Enum):
    """What a row is to its table."""

    BLANK = "blank"
    CAPTION = "caption"
    HEADER = "header"
    DATA = "data"


@dataclass(frozen=True)
class LabelledRow:
    """One row of a table as it stands in the file; `reading` is empty for blank rows only."""

    role: Role
    reading: str


@dataclass(frozen=True)
class ReadTable:
    """`captions` stand before the table; `readings` has one text a row of data."""

    captions: tuple[str, ...]
    readings: tuple[str, ...]


def read_table(rows: Sequence[Sequence[str]], header_rows: int | None = None) -> ReadTable:
    """Tell captions, header and data apart and put the header before every cell; no cell's text is lost.

    >>> read_table([["学校", "学位"], ["第一小学", "1080"]]).readings
    ('学校：第一小学 | 学位：1080',)
    """
    labelled = label_rows(rows, header_rows)
    captions = [row.reading for row in labelled if row.role is Role.CAPTION]
    readings = [row.reading for row in labelled if row.role is Role.DATA]
    if any(row.role is Role.HEADER for row in labelled):
        # A column without one value (备注, as often as not) would take its name along.
        told = "\n".join(readings)
        lost: list[str] = []
        headers = {row.reading: cells for row, cells in zip(labelled, rows, strict=True) if row.role is Role.HEADER}
        for reading, cells in reversed(headers.items()):
            if any(_name(cell) not in told for cell in cells):
                lost.insert(0, reading)
                told += "\n" + reading
        captions += lost
    return ReadTable(tuple(dict.fromkeys(captions)), tuple(readings))


def label_rows(rows: Sequence[Sequence[str]], header_rows: int | None = None) -> tuple[LabelledRow, ...]:
    """The role and the reading of every row, in order; for readers that keep a table's own text."""
    cells = [[" ".join(cell.split()) for cell in row] for row in rows]
    filled = [i for i, row in enumerate(cells) if any(row)]
    table = [cells[i] for i in filled]
    width = max((_used(row) for row in table), default=0)
    captions = _captions(table, width)
    # Not every row is made as wide as the widest: a hundred thousand rows and one of as many cells fill no memory.
    body = [_widened(row, width) for row in table[captions : captions + DEEPEST_HEADER + LOOKED_AT]]
    form = header_rows is None and _is_form(body)
    header = 0 if form else _header_size(body, None if header_rows is None else max(header_rows - captions, 0))
    names = _names(body[:header])
    repeated = [row[: _used(row)] for row in body[:header]]
    labelled = [LabelledRow(Role.BLANK, "")] * len(cells)
    for place, (i, row) in enumerate(zip(filled, table, strict=True)):
        role = Role.CAPTION if place < captions else Role.HEADER if place < captions + header else Role.DATA
        if role is Role.DATA and header and row[: _used(row)] in repeated:
            role = Role.HEADER  # repeated at the top of a new page
        if role is Role.DATA:
            reading = _form_reading(row) if form else _reading(row, names, width)
        else:
            reading = CELL.join(_collapsed(row))
        labelled[i] = LabelledRow(role, reading)
    return tuple(labelled)


def _widened(row: list[str], width: int) -> list[str]:
    return row[:width] + [""] * (width - len(row))


def _used(row: list[str]) -> int:
    return max((i + 1 for i, cell in enumerate(row) if cell), default=0)


def _collapsed(row: list[str]) -> list[str]:
    """The cells that hold something, a merged one once."""
    filled = [cell for cell in row if cell]
    return [cell for i, cell in enumerate(filled) if i == 0 or cell != filled[i - 1]]


def _captions(table: list[list[str]], width: int) -> int:
    """Leading rows that are one cell, or whose few cells say `单位：万元` and the like."""
    count = 0
    while count < len(table) - 1 and width > 1:
        row = table[count]
        cells = _collapsed(row)
        filled = sum(1 for cell in row if cell)
        one = len(cells) == 1 and (filled == 1 or row[0] != "") and not FIGURE.fullmatch(cells[0])
        following = len(set(_collapsed(table[count + 1])))
        told = [bool(TOLD.match(cell)) for cell in cells]
        said = width > 2 and ((all(told) and len(cells) < width) or (any(told) and 2 * len(cells) <= following))
        if not one and not said:
            break
        if one and filled == 1 and len(cells[0]) <= 5 and is_label(cells[0]) and not re.search(r"[：:]", cells[0]):
            break  # a form that nobody has filled in, or a header over one column
        count += 1
    return count


def _is_form(body: list[list[str]]) -> bool:
    """Labels and values in turn: `姓名 | 张三 | 性别 | 男`."""
    rows = [_pairs(row) for row in body[:LOOKED_AT]]
    if not rows or len(body[0]) < 2 or any(_names_column(label, value) for label, value in rows[0]):
        return False
    labels = [label for row in rows for label, _ in row]
    values = [value for row in rows for _, value in row if value]
    if len(body) == 1 and len(labels) < 2:
        return False
    known = sum(is_label(label) for label in labels)
    return known * 10 >= len(labels) * 7 and sum(is_label(value) for value in values) * 5 <= len(values) * 2


def _names_column(label: str, value: str) -> bool:
    """Whether a first row's second cell is the name of a column (数量, 2022年) and no value (事业单位, 2022年3月)."""
    period = PERIOD.fullmatch(value) and not re.search(r"月|[-./]", value)
    return value in EXACT or bool(period) or (label in GENERIC and is_label(value))


def _pairs(row: list[str]) -> list[tuple[str, str]]:
    merged = [cell for i, cell in enumerate(row) if i == 0 or cell != row[i - 1] or not cell]
    merged += [""] * (len(merged) % 2)
    return [(label, value) for label, value in zip(merged[::2], merged[1::2], strict=True) if label or value]


def _header_size(body: list[list[str]], said: int | None) -> int:
    if len(body) < 2 or len(body[0]) < 2:
        return min(said or 0, max(len(body) - 1, 0))
    if said is not None:
        size = min(said, len(body) - 1)
    elif _could_be_header(body[0]):
        size = 1
    else:
        return 0
    while 0 < size < min(DEEPEST_HEADER, len(body) - 1) and _continues(body[size - 1], body[size]):
        size += 1
    return size if said is not None or _proved(body[:size], body[size : size + LOOKED_AT]) else 0


def _could_be_header(row: list[str]) -> bool:
    filled = [cell for cell in row if cell]
    if len(filled) < 2 or len(filled) * 2 < len(row) or len(set(filled)) < 2:
        return False
    if ("男" in filled) != ("女" in filled):
        return False
    return all(_could_be_name(cell) for cell in filled)


def _could_be_name(cell: str) -> bool:
    if PERIOD.fullmatch(cell):
        return True
    if len(cell) > LONGEST_HEADER or re.search(r"[。；！]", cell) or PLACEHOLDER.fullmatch(cell):
        return False
    if re.fullmatch(r"[^：:]+[：:].+", cell):
        return False
    return not is_figure(cell) or is_label(cell)


def _continues(above: list[str], below: list[str]) -> bool:
    """Whether `below` divides the header cells of `above`: all others must stand in both, merged, or be empty below."""
    if not any(below) or not all(_could_be_name(cell) for cell in below if cell) or above == below:
        return False
    merged = sum(a == b != "" for a, b in zip(above, below, strict=True))
    if above[0] and below[0] and merged == len(above) - 1 > 1:
        return True  # a corner that a slanting line divides
    divided = 0
    for i, (upper, lower) in enumerate(zip(above, below, strict=True)):
        spans = bool(upper) and upper in (above[i - 1 : i] + above[i + 1 : i + 2])
        if not upper:
            spans = any(above[:i])
        if lower and lower != upper:
            if not spans and not (i + 1 < len(above) and upper and not above[i + 1] and below[i + 1]):
                return False
            divided += 1
    return divided > 1 or (divided == 1 and merged > 0)


def _proved(header: list[list[str]], data: list[list[str]]) -> bool:
    """Whether the columns below differ from their names; a first row that only could be a header is data."""
    names = [next((row[i] for row in reversed(header) if row[i]), "") for i in range(len(header[0]))]
    if len(header) > 1:
        return True
    told = contrast = 0
    for i, name in enumerate(names):
        column = [row[i] for row in data if row[i] and not PLACEHOLDER.fullmatch(row[i])]
        alike = sum(1 for cell in column if PERIOD.fullmatch(cell) or (name not in EXACT and is_label(cell)))
        if name and (is_label(name) or PERIOD.fullmatch(name)) and (name in EXACT or alike * 2 <= len(column)):
            told += 1
        figures = sum(
            1 for cell in column if is_figure(cell) and not (PERIOD.fullmatch(name) and PERIOD.fullmatch(cell))
        )
        if name and column and figures * 10 >= len(column) * 8:
            contrast += 1
        if name and len(column) > 1 and len(name) <= 8 and median(map(len, column)) >= max(20, 3 * len(name)):
            contrast += 1
    return contrast > 0 or told * 2 >= sum(1 for name in names if name)


def _name(cell: str) -> str:
    """A header cell as it is repeated: `单   位：` is 单位."""
    name = " ".join(cell.split())
    name = SPACED.sub("", name) if ONE_BY_ONE.fullmatch(name.rstrip("：:")) else name
    return name.rstrip("：:") or name


def _names(header: list[list[str]]) -> list[str]:
    """One name a column; several header rows are joined where they differ (`学生/男`)."""
    if not header:
        return []
    levels = [list(row) for row in header]
    for upper, lower in pairwise(levels):
        for i in range(1, len(upper)):
            if not upper[i] and lower[i]:
                upper[i] = upper[i - 1]
    columns = [[_name(row[i]) for row in levels if row[i]] for i in range(len(header[0]))]
    joined = ["/".join(dict.fromkeys(column)) for column in columns]
    return [name if len(name) <= LONGEST_NAME else "" for name in joined]


def _reading(row: list[str], names: list[str], width: int) -> str:
    collapsed = _collapsed(row)
    filled = sum(1 for cell in row if cell)
    section = len(collapsed) == 1 and not is_figure(collapsed[0]) and filled == width > 2
    note = filled == 1 and bool(NOTE.fullmatch(collapsed[0]))
    if section or note or _counts_columns(row):
        return CELL.join(collapsed)
    cells: list[str] = []
    for i, cell in enumerate(row):
        name = names[i] if i < len(names) else ""
        merged = cell in [*row[max(i - 1, 0) : i], *row[i + 1 : i + 2]]
        bare = not name or name == cell or (merged and TOTAL.search(cell))
        shown = cell if bare else f"{name}：{cell}"
        # Without a name, two equal figures are two figures; two equal words are one merged cell.
        if cell and (not cells or cells[-1] != shown or (bare and is_figure(cell))):
            cells.append(shown)
    return CELL.join(cells)


def _counts_columns(row: list[str]) -> bool:
    """The row `甲 | 1 | 2 | 3` that statistical tables have under their header."""
    numbers = [int(cell) for cell in row if cell.isascii() and cell.isdigit() and len(cell) < 4]
    rest = [cell for cell in row if cell and not (cell.isascii() and cell.isdigit())]
    counted = numbers == list(range(1, len(numbers) + 1)) and all(cell in COLUMN_MARKS for cell in rest)
    return counted and len(numbers) > (1 if rest else 3)


def _form_reading(row: list[str]) -> str:
    shown = []
    for label, value in _pairs(row):
        named = label and value and (is_label(label) or len(label) <= 12)
        shown.append(f"{_name(label)}：{value}" if named else CELL.join(cell for cell in (label, value) if cell))
    return CELL.join(shown)
