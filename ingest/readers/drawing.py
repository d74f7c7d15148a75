"""What charts and SmartArt of Office Open XML files say, as rows and lines.

Not covered: pictures (`pictures`), colours, positions.
"""

import re
from typing import Any

from ingest.readers.ooxml import A

C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
DGM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}"
MOST_POINTS = 5000
LONG_FIGURE = re.compile(r"-?\d+\.\d{12,}(?:[Ee][-+]?\d+)?")


def chart_title(root: Any) -> str:
    title = root.find(f"{C}chart/{C}title")
    return "" if title is None else "".join(str(t.text or "") for t in title.iter(f"{A}t"))


def chart_rows(root: Any) -> list[list[str]]:
    """A chart as a table: categories down, series across, the names of the series in the first row."""
    series = list(root.iter(f"{C}ser"))
    if not series:
        return []
    categories: dict[int, str] = {}
    columns: list[tuple[str, dict[int, str]]] = []
    for one in series:
        for axis in ("cat", "xVal"):
            categories = categories or _points(one.find(C + axis))
        name = _points(one.find(f"{C}tx"))
        values = _points(one.find(f"{C}val")) or _points(one.find(f"{C}yVal"))
        columns.append((" ".join(name.values()), values))
    indices = sorted(set(categories).union(*(values for _, values in columns)))[:MOST_POINTS]
    rows = [["类别", *(name or "数值" for name, _ in columns)]]
    rows += [[categories.get(i, ""), *(values.get(i, "") for _, values in columns)] for i in indices]
    return rows if categories else [row[1:] for row in rows]


def _points(element: Any | None) -> dict[int, str]:
    if element is None:
        return {}
    found: dict[int, str] = {}
    for point in element.iter(f"{C}pt"):
        value = str(point.findtext(f"{C}v") or "").strip()
        index = str(point.get("idx"))
        if index.isdigit():
            # Categories of several levels: the outer one stands behind the inner one in the file.
            position = int(index)
            found[position] = f"{value} {found[position]}" if position in found else _figure(value)
    if not found and element.find(f"{C}v") is not None:
        found[0] = str(element.findtext(f"{C}v") or "")
    return found


def _figure(value: str) -> str:
    """A figure without the tail that binary fractions leave (4.4000000000000004)."""
    return f"{float(value):.12g}" if LONG_FIGURE.fullmatch(value) else value


def diagram_lines(root: Any) -> list[str]:
    """The texts of a SmartArt diagram (its data part), a line each."""
    lines = []
    for point in root.iter(f"{DGM}pt"):
        for paragraph in point.iter(f"{A}p"):
            text = "".join(str(t.text or "") for t in paragraph.iter(f"{A}t")).strip()
            if text:
                lines.append(text)
    return lines
