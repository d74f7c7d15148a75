"""The sheet of a workbook as its readers hand it on, and the limits that they share."""

from dataclasses import dataclass, field

MOST_ROWS = 200_000
MOST_CELLS = 3_000_000
"""Of one file; about 300 MB of short texts."""


@dataclass
class Sheet:
    """Filled cells by row and column, both from 0; ranges (top, left, bottom, right) include their ends."""

    name: str
    hidden: bool = False
    rows: dict[int, dict[int, str]] = field(default_factory=dict)
    merged: list[tuple[int, int, int, int]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class Workbook:
    """`is_cut` says that rows were left out because there are too many."""

    sheets: list[Sheet] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    """Text that belongs to no cell: text boxes, comments."""
    is_cut: bool = False
    _rows: int = 0
    _cells: int = 0

    def takes(self, cells: int) -> bool:
        """Count a row of so many cells; False once the file is over its limit."""
        self._rows += 1
        self._cells += cells
        self.is_cut = self.is_cut or self._rows > MOST_ROWS or self._cells > MOST_CELLS
        return not self.is_cut
