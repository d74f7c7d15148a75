"""Ruled tables: straight rules on a page -> grids, and the pieces of print inside their cells.

Covered: merged cells (the rule between two cells is missing) and tables that are open at their sides; each rule may be
a line, a thin box or a box's edge. Not covered: tables without upright rules, which stay lines of cells.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ingest.readers.cell_lines import cell_text, room_behind, unruled_rows
from ingest.readers.layout import Piece, Table

STRAIGHT = 1.5
NEAR = 3.0
"""Points: rules so near each other are one rule, ends so near a rule touch it."""
SHORTEST = 6.0
MOST_RULES = 20_000
MOST_CELLS = 20_000

Segment = tuple[float, float, float, float]
"""x0, y0, x1, y1."""


@dataclass
class Rule:
    """A straight rule at `at`, from `first` to `last`; `stretches` are what of that is drawn."""

    at: float
    first: float
    last: float
    stretches: list[tuple[float, float]] = field(default_factory=list)

    def covers(self, first: float, last: float) -> bool:
        """Whether most of a cell's edge is drawn."""
        drawn = sum(max(0.0, min(last, b) - max(first, a)) for a, b in self.stretches)
        return drawn >= 0.6 * (last - first)


def rules(segments: Iterable[Segment]) -> tuple[list[Rule], list[Rule]]:
    """The level and the upright rules among line segments; pieces of one rule are put together."""
    level: list[tuple[float, float, float]] = []
    upright: list[tuple[float, float, float]] = []
    for x0, y0, x1, y1 in segments:
        if abs(y1 - y0) <= STRAIGHT and abs(x1 - x0) >= SHORTEST:
            level.append(((y0 + y1) / 2, min(x0, x1), max(x0, x1)))
        elif abs(x1 - x0) <= STRAIGHT and abs(y1 - y0) >= SHORTEST:
            upright.append(((x0 + x1) / 2, min(y0, y1), max(y0, y1)))
    return _merged(level), _merged(upright)


def find_tables(
    segments: Iterable[Segment], pieces: Sequence[Piece], least_rows: int = 1
) -> tuple[list[Table], list[Piece]]:
    """The ruled tables, and the pieces that stand in none of them."""
    level, upright = rules(segments)
    tables: list[Table] = []
    rest = list(pieces)
    if len(level) < 2 or len(upright) < 2 or len(level) + len(upright) > MOST_RULES:
        return tables, rest
    grids = [_grid(*group) for group in _groups(level, upright)]
    for grid in sorted((g for g in grids if g is not None), key=lambda g: (g.xs[-1] - g.xs[0]) * (g.ys[-1] - g.ys[0])):
        inside = [p for p in rest if grid.holds(p)]
        if len(grid.ys) > least_rows and grid.is_table(inside):
            rest = [p for p in rest if not grid.holds(p)]
            for part in grid.parts():
                table = part.table([p for p in inside if part.holds(p)])
                tables += [table] if table.rows else []
                inside = [p for p in inside if not part.holds(p)]
    return tables, rest


@dataclass(frozen=True)
class _Grid:
    xs: list[float]
    ys: list[float]
    level: list[Rule]
    upright: list[Rule]

    def holds(self, piece: Piece) -> bool:
        x = (piece.left + piece.right) / 2
        return self.xs[0] <= x <= self.xs[-1] and self.ys[0] <= piece.middle <= self.ys[-1]

    def is_table(self, pieces: Sequence[Piece]) -> bool:
        """Whether it is a table, not a drawing: enough of its cells hold print."""
        owner = self._owners()
        held = {owner[self._cell(piece)] for piece in pieces}
        return len(held) >= max(3, 0.2 * len(set(owner)))

    def parts(self) -> "list[_Grid]":
        """The tables that a form is put together of: where rows divide the width in ways that have nothing in common.

        A header over several columns divides it as its columns do, only more coarsely, and stays with them.
        """
        owner, width = self._owners(), len(self.xs) - 1
        parts: list[_Grid] = []
        first, used = 0, set[int]()
        heights = list(zip(self.ys, self.ys[1:], strict=False))
        divided = [{j for j in range(1, width) if _drawn(self.upright, self.xs[j], *height)} for height in heights]
        for i, drawn in enumerate(divided):
            # The last rows of a form, a sum in words or a remark, say nothing about each column.
            closing = len(used) > 2 and all(3 * len(d) <= len(used) or not d <= used for d in divided[i:])
            merged = i > 0 and bool(set(owner[(i - 1) * width : i * width]) & set(owner[i * width : (i + 1) * width]))
            if i > first and not merged and (closing or not (drawn <= used or used <= drawn)):
                parts.append(self._part(first, i, used))
                first, used = i, set()
            used |= drawn
        return [*parts, self._part(first, len(self.ys) - 1, used)]

    def _part(self, first: int, last: int, columns: set[int]) -> "_Grid":
        xs = [x for j, x in enumerate(self.xs) if j in columns or j in (0, len(self.xs) - 1)]
        return _Grid(xs, self.ys[first : last + 1], self.level, self.upright)

    def _cell(self, piece: Piece) -> int:
        column = _index(self.xs, (piece.left + piece.right) / 2)
        return _index(self.ys, piece.middle) * (len(self.xs) - 1) + column

    def table(self, pieces: Sequence[Piece]) -> Table:
        """The table with each merged cell's text wherever it reaches."""
        owner, width = self._owners(), len(self.xs) - 1
        held: dict[int, list[Piece]] = {}
        for piece in pieces:
            held.setdefault(owner[self._cell(piece)], []).append(piece)
        ends = {cell: self.xs[max(i % width for i, own in enumerate(owner) if own == cell) + 1] for cell in held}
        text = {cell: cell_text(found, ends[cell]) for cell, found in held.items()}
        read: list[tuple[str, ...]] = []
        above: set[int] = set()
        head, header = self._header_height(owner, set(held)), 0
        for i in range(len(self.ys) - 1):
            cells_here = owner[i * width : (i + 1) * width]
            # A cell that reaches into other rows says the same in every line of this one.
            own = {c for c in cells_here if owner.count(c) == cells_here.count(c)}
            if above and not any(c in held for c in set(cells_here) - above):
                continue  # Only what cells from above reach down with.
            above |= set(cells_here)
            lines = unruled_rows({c: held[c] for c in own if c in held}, ends)
            for line in lines or [text]:
                row = tuple((line if c in own else text).get(c, "") for c in cells_here)
                read += [row] if any(row) else []
            header = len(read) if i < head else header
        rooms = tuple(room_behind(held.get(cell, ()), ends.get(cell, 0.0)) for cell in owner[-width:])
        return Table(tuple(read), self.xs[0], self.ys[0], self.xs[-1], self.ys[-1], header or None, rooms)

    def _header_height(self, owner: list[int], held: set[int]) -> int:
        """The rows of a header of several levels, 0 where there is none to be seen.

        Such a header begins with cells that reach over several columns (主要成分) and cells beside them that reach
        down as far as the columns' own names (牌号). A form with a photograph has only the latter.
        """
        width = len(self.xs) - 1
        first = owner[:width]
        down = {cell: sum(owner[i + first.index(cell)] == cell for i in range(0, len(owner), width)) for cell in first}
        height = max(down.values())
        spanning = [cell for cell in down if first.count(cell) > 1]
        level = all(down[cell] in (1, height) or cell in spanning for cell in down)
        single = [cell for cell in down if down[cell] == 1 and cell not in spanning]
        filled = all(cell in held for cell in down)
        return height if height > 1 and spanning and level and filled and not single else 0

    def _owners(self) -> list[int]:
        """For every cell of the grid, row by row, the first cell of those that it is merged with."""
        width, height = len(self.xs) - 1, len(self.ys) - 1
        parent = list(range(width * height))

        def find(cell: int) -> int:
            while parent[cell] != cell:
                parent[cell] = parent[parent[cell]]
                cell = parent[cell]
            return cell

        for i in range(height):
            for j in range(width):
                top, bottom, left, right = self.ys[i], self.ys[i + 1], self.xs[j], self.xs[j + 1]
                if j + 1 < width and not _drawn(self.upright, right, top, bottom):
                    a, b = sorted((find(i * width + j), find(i * width + j + 1)))
                    parent[b] = a
                if i + 1 < height and not _drawn(self.level, bottom, left, right):
                    a, b = sorted((find(i * width + j), find((i + 1) * width + j)))
                    parent[b] = a
        return [find(cell) for cell in range(width * height)]


def _merged(found: list[tuple[float, float, float]]) -> list[Rule]:
    """Rules at nearly the same place whose stretches touch are one."""
    merged: list[Rule] = []
    for at, first, last in sorted(found):
        for rule in merged[-60:]:
            if at - rule.at <= NEAR and first <= rule.last + NEAR and last >= rule.first - NEAR:
                rule.first, rule.last = min(rule.first, first), max(rule.last, last)
                rule.stretches.append((first, last))
                break
        else:
            merged.append(Rule(at, first, last, [(first, last)]))
    for rule in merged:
        rule.stretches = _apart(rule.stretches)
    return merged


def _apart(stretches: list[tuple[float, float]]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for first, last in sorted(stretches):
        if found and first <= found[-1][1] + NEAR:
            found[-1] = (found[-1][0], max(found[-1][1], last))
        else:
            found.append((first, last))
    return found


def _groups(level: list[Rule], upright: list[Rule]) -> list[tuple[list[Rule], list[Rule]]]:
    """Rules that touch each other, directly or by way of others."""
    parent = list(range(len(level) + len(upright)))

    def find(rule: int) -> int:
        while parent[rule] != rule:
            parent[rule] = parent[parent[rule]]
            rule = parent[rule]
        return rule

    for i, across in enumerate(level):
        for j, down in enumerate(upright):
            crosses = across.first - NEAR <= down.at <= across.last + NEAR
            if crosses and down.first - NEAR <= across.at <= down.last + NEAR:
                parent[find(i)] = find(len(level) + j)
    groups: dict[int, tuple[list[Rule], list[Rule]]] = {}
    for i, rule in enumerate([*level, *upright]):
        groups.setdefault(find(i), ([], []))[0 if i < len(level) else 1].append(rule)
    return list(groups.values())


def _grid(level: list[Rule], upright: list[Rule]) -> _Grid | None:
    """The grid that touching rules make, None where there are not two rows and two columns."""
    if len(level) < 2 or not upright:
        return None
    xs = _places([rule.at for rule in upright])
    ys = _places([rule.at for rule in level])
    first, last = min(rule.first for rule in level), max(rule.last for rule in level)
    if first < xs[0] - 3 * NEAR:
        xs.insert(0, first)
    if last > xs[-1] + 3 * NEAR:
        xs.append(last)
    if len(xs) < 3 or len(ys) < 2 or (len(xs) - 1) * (len(ys) - 1) > MOST_CELLS:
        return None
    return _Grid(xs, ys, level, upright)


def _places(found: list[float]) -> list[float]:
    places: list[float] = []
    for at in sorted(found):
        if not places or at - places[-1] > NEAR:
            places.append(at)
    return places


def _index(places: list[float], at: float) -> int:
    """The stretch between two of `places` in which `at` lies."""
    found = sum(place <= at for place in places) - 1
    return max(0, min(found, len(places) - 2))


def _drawn(found: list[Rule], at: float, first: float, last: float) -> bool:
    return any(abs(rule.at - at) <= 2 * NEAR and rule.covers(first, last) for rule in found)
