"""What is held and how it is asked, as figures and short lists -> HTML. Pure; the drawing is in `ui.plots`."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from html import escape
from itertools import pairwise
from typing import Any

from ui.marked import one_line, shown
from ui.plots import Frame, Spread, bars, columns, ranges
from ui.when import day, minute
from ui.words import Words

PERIODS = (7, 30, 90, 366)
USUAL = 30
MOST_BARS = 10
LACKING = 2
"""The colour of what was refused."""
MOST_TOPICS = 15
LONGEST_GAP = 60
"""Years from the first to the last that are all drawn, those without documents too."""
LONGEST_BY_DAY = 92
STATUSES = ("answered", "not_found", "cancelled")
PHASES = ("retrieve_ms", "first_token_ms", "total_ms")
Count = tuple[str, int]


def overview(words: Words, statistics: Mapping[str, Any], days: int, today: date) -> str:
    """The whole view; `statistics` as GET /api/statistics gives them for so many days."""
    held, asked = statistics["documents"], statistics["questions"]
    pictures = _holdings(words, held) if held["total"] else _empty(words("over.empty"))
    questions = _questions(words, asked, days, today) if asked["total"] else _empty(words("over.unasked"))
    return (
        f'<div class="yj-overview" id="yj-overview"><section aria-labelledby="yj-over-held"><h2 id="yj-over-held">'
        f"{escape(words('over.holdings'))}</h2>{pictures}</section>"
        f'<section aria-labelledby="yj-over-asked"><div class="yj-over-head"><h2 id="yj-over-asked">'
        f"{escape(words('over.questions'))}</h2>{_periods(words, days)}</div>{questions}</section></div>"
    )


def _empty(told: str) -> str:
    return f'<p class="yj-empty">{escape(told)}</p>'


def _periods(words: Words, days: int) -> str:
    options = "".join(
        f'<option value="{period}"{" selected" if period == days else ""}>{escape(words(f"over.days.{period}"))}</option>'
        for period in PERIODS
    )
    return (
        f'<label class="yj-doc-choice"><span>{escape(words("over.period"))}</span>'
        f'<select id="yj-overview-days" data-do="period">{options}</select></label>'
    )


def _holdings(words: Words, held: Mapping[str, Any]) -> str:
    tiles = _tiles([(f"{held[key]:,}", words(f"over.tile.{name}")) for key, name in (("total", "documents"), ("characters", "characters"), ("chunks", "chunks"))])  # fmt: skip
    years = with_gaps(_counts(held["years"]))
    sizes = [(_size(words, low, high), count) for low, high, count in _classes(_counts(held["sizes"]))]
    figures = [
        columns(_frame(words, "years", years), [name for name, _ in years], [[count for _, count in years]]) if years else "",
        columns(
            _frame(words, "sizes", sizes, words("plot.sizes.unit")), [name for name, _ in sizes],
            [[count for _, count in sizes]],
        ),
    ]  # fmt: skip
    for kind in ("places", "issuers", "types"):
        counts = [(name.upper() if kind == "types" else name, count) for name, count in _counts(held[kind])]
        few = shortlist(words, counts, MOST_BARS)
        figures.append(bars(_frame(words, kind, few), few) if few else "")
    return f'{tiles}<div class="yj-plots">{"".join(figures)}</div>'


def _questions(words: Words, asked: Mapping[str, Any], days: int, today: date) -> str:
    statuses = dict(_counts(asked["statuses"]))
    share = statuses.get("answered", 0) / asked["total"]
    tiles = [(f"{asked['total']:,}", words("over.tile.questions")), (f"{share:.0%}", words("over.tile.answered"))]
    median = asked["latency"]["total_ms"]["p50"]
    if median is not None:
        tiles.append((_time(words, median), words("over.tile.median")))
    figures = [_by_day(words, asked, days, today), _latency(words, asked["latency"])]
    reasons = [(words(f"reason.{name}"), count) for name, count in _counts(asked["reasons"]) if name != "smalltalk"]
    topics = _counts(asked["refused_topics"])[:MOST_TOPICS]
    for kind, counts, unit in (("topics", topics, words("plot.topics.unit")), ("reasons", reasons, words("plot.questions"))):  # fmt: skip
        figures.append(bars(_frame(words, kind, counts, unit), counts, LACKING) if counts else "")
    lists = _list(words, "recent", asked["recent"]) + _list(words, "refused", asked["refusals"])
    return f'{_tiles(tiles)}<div class="yj-plots">{"".join(figures)}</div><div class="yj-plots">{lists}</div>'


def _by_day(words: Words, asked: Mapping[str, Any], days: int, today: date) -> str:
    known = {one["date"]: [one[status] for status in STATUSES] for one in asked["days"]}
    first = date.fromisoformat(day(asked["since"]))
    every = [(first + timedelta(at)).isoformat() for at in range((today - first).days + 1)]
    by_month = days > LONGEST_BY_DAY
    sums: dict[str, list[int]] = {}
    for one in every:
        label = one[:7] if by_month else one[5:]
        sums[label] = [a + b for a, b in zip(sums.get(label, [0] * 3), known.get(one, [0] * 3), strict=True)]
    counts = [(label, sum(values)) for label, values in sums.items()]
    heads = [words("plot.name"), *(words(f"status.{status}") for status in STATUSES)]
    frame = _frame(words, "months" if by_month else "days", counts, words("plot.questions"), heads)
    return columns(frame, list(sums), [list(series) for series in zip(*sums.values(), strict=True)])


def _latency(words: Words, latency: Mapping[str, Any]) -> str:
    spreads = [
        Spread(words(f"phase.{phase}"), *(latency[phase][part] for part in ("p50", "p95", "p99")))
        for phase in PHASES
        if latency[phase]["p50"] is not None
    ]
    if not spreads:
        return ""
    last = spreads[-1]
    said = words("plot.latency.said", middle=_time(words, last.middle), most=_time(words, last.most))
    heads = [words(key) for key in ("plot.phase", "plot.p50", "plot.p95", "plot.p99")]
    unit = words("plot.latency.unit", answers=f"{latency['answers']:,}")
    frame = Frame("latency", words("plot.latency"), unit, said, heads, words("plot.table"), words("plot.latency.note"))
    return ranges(frame, spreads, lambda value: _time(words, value))


def _list(words: Words, kind: str, asked: Sequence[Mapping[str, Any]]) -> str:
    if not asked:
        return ""
    rows = "".join(
        f'<li><span class="yj-over-question">{shown(one_line(one["question"]))}</span><span class="yj-doc-badge">'
        f"{escape(_end(words, one))}</span><time>{minute(one['asked_at'])}</time></li>"
        for one in asked
    )
    return (
        f'<section class="yj-plot" id="yj-overview-{kind}"><h3>{escape(words(f"over.{kind}"))}</h3>'
        f'<ul class="yj-over-list">{rows}</ul></section>'
    )


def _end(words: Words, asked: Mapping[str, Any]) -> str:
    return words(f"reason.{asked['reason']}") if asked["reason"] else words(f"status.{asked['status']}")


def _tiles(tiles: Sequence[tuple[str, str]]) -> str:
    items = "".join(f"<li><strong>{escape(number)}</strong><span>{escape(name)}</span></li>" for number, name in tiles)
    return f'<ul class="yj-tiles">{items}</ul>'


def _frame(words: Words, kind: str, counts: Sequence[Count], unit: str = "", heads: Sequence[str] = ()) -> Frame:
    unit = unit or words("plot.documents")
    first, count = max(counts, key=lambda count: count[1], default=("", 0))
    said = words("plot.said", kinds=len(counts), first=first, count=f"{count:,}", unit=unit)
    heads = heads or [words("plot.name"), words("plot.count")]
    return Frame(kind, words(f"plot.{kind}"), unit, f"{words(f'plot.{kind}')}：{said}", heads, words("plot.table"))


def _counts(found: Sequence[Mapping[str, Any]]) -> list[Count]:
    return [(str(one["name"]), int(one["count"])) for one in found]


def with_gaps(years: Sequence[Count]) -> list[Count]:
    """In order, with 0 for the years between; without them where they would be very many.

    >>> with_gaps([("2023", 3), ("2021", 1)])
    [('2021', 1), ('2022', 0), ('2023', 3)]
    """
    known = sorted((int(name), count) for name, count in years if name.isdecimal())
    if not known or known[-1][0] - known[0][0] > LONGEST_GAP:
        return [(str(year), count) for year, count in known]
    found = dict(known)
    return [(str(year), found.get(year, 0)) for year in range(known[0][0], known[-1][0] + 1)]


def shortlist(words: Words, counts: Sequence[Count], most: int) -> list[Count]:
    """The most frequent, and all others as one."""
    named = [(name or words("plot.none"), count) for name, count in counts]
    if len(named) <= most:
        return named
    rest = named[most - 1 :]
    return [*named[: most - 1], (words("plot.others", kinds=len(rest)), sum(count for _, count in rest))]


def _classes(sizes: Sequence[Count]) -> list[tuple[int, int | None, int]]:
    """Classes by their lower bounds -> (from, to, count); the last has no end."""
    lows = [int(name) for name, _ in sizes]
    highs: list[int | None] = [high for _, high in pairwise(lows)] + [None]
    return [(low, high, count) for low, high, (_, count) in zip(lows, highs, sizes, strict=True)]


def _size(words: Words, low: int, high: int | None) -> str:
    if high is None:
        return words("over.size.last", low=_round(words, low))
    if low == 0:
        return words("over.size.first", high=_round(words, high))
    return words("over.size", low=_round(words, low), high=_round(words, high))


def _round(words: Words, count: int) -> str:
    """A round number, short."""
    if words.language == "zh":
        return f"{count // 10_000}万" if count >= 10_000 else f"{count // 1000}千"
    return f"{count // 1000}k"


def _time(words: Words, milliseconds: float) -> str:
    if milliseconds < 1000:
        return words("over.milliseconds", value=f"{milliseconds:.0f}")
    return words("over.seconds", value=f"{milliseconds / 1000:.3g}")
