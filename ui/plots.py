"""Counts and times -> figures: inline SVG with a title, a unit, a sentence for those who hear the page, and a table.

Pure: every label is escaped. Widths are percentages and heights pixels, so that a figure fills a phone and its letters
keep their size. Colours come from the stylesheet. Not covered: which numbers are shown (`ui.render_overview`).
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from unicodedata import east_asian_width

from ui.marked import plain
from ui.parts import folded

HEIGHT = 190
TOP, GROUND = 16, 160
"""Where columns may begin, and where they stand, in pixels."""
LETTERS = 34
"""Of all labels under columns together: more overlap on a phone of 360 pixels."""
FEW = 5
"""So many columns are all labelled."""
GUTTER = 10.0
"""Percent at the left for the numbers of the scale."""
WIDEST = 18.0
"""Of a column's place, in percent."""
THICKEST = 8.0
"""Of a column itself, in percent."""
LINE = 38
RANGE_LINE = 48
MOST_EMS = 18.0
"""Of a bar's label, in widths of a Chinese character: more would run into the number behind it on a phone."""
MARGIN = 3.0
"""Percent that a range keeps from the edges, for its round marks."""


@dataclass(frozen=True)
class Frame:
    """What stands around a figure. `key` is unique on the page; `heads` are the heads of the table's columns; `said` is
    what the figure shows, in a sentence; `table` names the table; `note` explains the marks."""

    key: str
    title: str
    unit: str
    said: str
    heads: Sequence[str]
    table: str
    note: str = ""


@dataclass(frozen=True)
class Spread:
    """Of times: half are below `middle`, and so on. Milliseconds."""

    label: str
    middle: float
    most: float
    """95 %."""
    worst: float
    """99 %."""


def columns(frame: Frame, labels: Sequence[str], series: Sequence[Sequence[int]]) -> str:
    """Columns side by side, in the order of `labels`; several series stand on each other, named by `frame.heads[1:]`."""
    totals = [sum(values) for values in zip(*series, strict=True)]
    steps = ticks(max(totals, default=0))
    drawn = [_grid(step, _height(step, steps[-1])) for step in steps]
    place = min((100 - GUTTER) / max(len(labels), 1), WIDEST)
    left = GUTTER + (100 - GUTTER - place * len(labels)) / 2
    wide = min(place * 0.7, THICKEST)
    longest = max(map(len, labels), default=0) + 1
    every = math.ceil(len(labels) / max(LETTERS // longest, FEW))
    for at, label in enumerate(labels):
        x = left + place * at
        drawn.append(_column(x + (place - wide) / 2, wide, [values[at] for values in series], steps[-1], label))
        if (len(labels) - 1 - at) % every == 0:
            middle = x + place / 2
            drawn.append(
                f'<text x="{middle:.2f}%" y="{GROUND + 18}" text-anchor="middle">{escape(plain(label))}</text>'
            )
    legend = _legend(frame.heads[1:]) if len(series) > 1 else ""
    rows = [[label, *(f"{values[at]:,}" for values in series)] for at, label in enumerate(labels)]
    return _figure(frame, legend + _svg(frame, HEIGHT, drawn), rows)


def bars(frame: Frame, counts: Sequence[tuple[str, int]], series: int = 1) -> str:
    """Lying bars, one a line, each with its label above and its number at the end; `series` is the colour."""
    most = max((count for _, count in counts), default=1) or 1
    drawn = []
    for at, (label, count) in enumerate(counts):
        y = at * LINE
        drawn.append(
            f'<g><title>{escape(plain(label))}：{count:,} {escape(frame.unit)}</title>'
            f'<text x="0" y="{y + 15}">{escape(shortened(plain(label)))}</text>'
            f'<text class="yj-number-of" x="100%" y="{y + 15}" text-anchor="end">{count:,}</text>'
            f'<rect class="yj-rest" x="0" y="{y + 22}" width="100%" height="8" rx="4"/>'
            f'<rect class="yj-series-{series}" x="0" y="{y + 22}" width="{max(100 * count / most, 1):.2f}%" height="8" rx="4"/></g>'
        )  # fmt: skip
    rows = [[label, f"{count:,}"] for label, count in counts]
    return _figure(frame, _svg(frame, len(counts) * LINE, drawn), rows)


def ranges(frame: Frame, spreads: Sequence[Spread], shown: Callable[[float], str]) -> str:
    """A line for each spread on one scale whose steps are tenfold: a dot at the middle, thick to 95 %, thin to 99 %."""
    low = math.floor(math.log10(max(min(spread.middle for spread in spreads), 1)))
    high = max(math.ceil(math.log10(max(max(spread.worst for spread in spreads), 10))), low + 1)

    def place(value: float) -> float:
        share = (math.log10(max(value, 10**low)) - low) / (high - low)
        return MARGIN + (100 - 2 * MARGIN) * min(share, 1)

    foot = len(spreads) * RANGE_LINE
    drawn = []
    for power in range(low, high + 1):
        x = place(10**power)
        anchor = "start" if power == low else "end" if power == high else "middle"
        at = 0 if power == low else 100 if power == high else x
        drawn.append(
            f'<line class="yj-grid" x1="{x:.2f}%" x2="{x:.2f}%" y1="0" y2="{foot}"/>'
            f'<text class="yj-tick" x="{at:.2f}%" y="{foot + 18}" text-anchor="{anchor}">{escape(shown(10**power))}</text>'
        )
    drawn += [_range(spread, at * RANGE_LINE, place, shown) for at, spread in enumerate(spreads)]
    rows = [[s.label, shown(s.middle), shown(s.most), shown(s.worst)] for s in spreads]
    return _figure(frame, _svg(frame, foot + 26, drawn), rows)


def _range(spread: Spread, y: int, place: Callable[[float], float], shown: Callable[[float], str]) -> str:
    middle, most, worst = (place(value) for value in (spread.middle, spread.most, spread.worst))
    across = y + 32
    return (
        f'<g><text x="0" y="{y + 17}">{escape(spread.label)}</text>'
        f'<text class="yj-number-of" x="100%" y="{y + 17}" text-anchor="end">{escape(shown(spread.middle))}</text>'
        f'<line class="yj-thin" x1="{middle:.2f}%" x2="{worst:.2f}%" y1="{across}" y2="{across}"/>'
        f'<line class="yj-thick" x1="{middle:.2f}%" x2="{most:.2f}%" y1="{across}" y2="{across}"/>'
        f'<circle class="yj-series-1" cx="{middle:.2f}%" cy="{across}" r="6"/></g>'
    )


def ticks(most: int) -> list[int]:
    """Round numbers from 0 to at least `most`, about four of them.

    >>> ticks(7)
    [0, 2, 4, 6, 8]
    """
    rough = max(most, 1) / 4
    power = 10 ** math.floor(math.log10(rough)) if rough >= 1 else 1
    step = next(power * factor for factor in (1, 2, 5, 10) if power * factor >= rough)
    return list(range(0, most + step, step)) if most % step else list(range(0, max(most, step) + 1, step))


def shortened(label: str, ems: float = MOST_EMS) -> str:
    """`label` cut to a width, a Chinese character being 1 wide and others about half."""
    used = 0.0
    for at, character in enumerate(label):
        used += 1.0 if east_asian_width(character) in "WF" else 0.55
        if used > ems:
            return label[: max(at - 1, 1)] + "…"
    return label


def _column(x: float, width: float, values: Sequence[int], top: int, label: str) -> str:
    parts, ground = [], float(GROUND)
    for number, value in enumerate(values, 1):
        height = GROUND - _height(value, top)
        ground -= height
        if value:
            parts.append(
                f'<rect class="yj-series-{number}" x="{x:.2f}%" y="{ground:.1f}" width="{width:.2f}%" height="{height:.1f}"/>'
            )
    told = " + ".join(f"{value:,}" for value in values)
    return f"<g><title>{escape(plain(label))}：{told}</title>{''.join(parts)}</g>"


def _height(value: int, top: int) -> float:
    """The y of a value on the columns' scale."""
    return GROUND - (GROUND - TOP) * value / max(top, 1)


def _grid(value: int, y: float) -> str:
    return (
        f'<line class="yj-grid" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
        f'<text class="yj-tick" x="0" y="{y - 3:.1f}">{value:,}</text>'
    )


def _legend(names: Sequence[str]) -> str:
    items = "".join(
        f'<li><span class="yj-key yj-key-{n}"></span>{escape(name)}</li>' for n, name in enumerate(names, 1)
    )
    return f'<ul class="yj-legend" aria-hidden="true">{items}</ul>'


def _svg(frame: Frame, height: int, drawn: Sequence[str]) -> str:
    return (
        f'<svg class="yj-drawn" role="img" width="100%" height="{height}" aria-label="{escape(plain(frame.said), quote=True)}">'
        f"{''.join(drawn)}</svg>"
    )


def _figure(frame: Frame, drawn: str, rows: Sequence[Sequence[str]]) -> str:
    heads = "".join(f'<th scope="col">{escape(head)}</th>' for head in frame.heads)
    body = "".join(
        f'<tr><th scope="row"><bdi>{escape(plain(row[0]))}</bdi></th>{"".join(f"<td>{escape(cell)}</td>" for cell in row[1:])}</tr>'
        for row in rows
    )
    note = f'<p class="yj-plot-note">{escape(frame.note)}</p>' if frame.note else ""
    key = escape(frame.key, quote=True)
    table = f'<div class="yj-table"><table><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>'
    return (
        f'<figure class="yj-plot" id="yj-plot-{key}" aria-labelledby="yj-plot-{key}-title"><figcaption>'
        f'<h3 id="yj-plot-{key}-title">{escape(frame.title)}</h3> <span class="yj-unit">{escape(frame.unit)}</span>'
        f"</figcaption>{drawn}{note}{folded(f'plot {frame.key}', '', escape(frame.table), table)}</figure>"
    )
