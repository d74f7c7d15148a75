"""What an installation holds and how it was asked: counts, shares and latencies, made from the index and the ledger.

Not covered: keeping the facts (`server.ledger.asked`), Prometheus (`server.api.metrics`).
"""

import threading
import time
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import numpy as np

from index.filters import document_places
from index.lexical import subject_words
from index.store import Store
from server.caller import Caller
from server.ledger.asked import MOST_ASKED, Asked, latest
from server.ledger.ledger import Ledger

DAY = 86_400.0
PERCENTILES = (50, 90, 95, 99)
MOST_NAMES = 200
"""Of years, places, issuers: the most frequent."""
MOST_TOPICS = 50
CHEAP_SECONDS, REST = 0.05, 9
"""A count that took longer is not repeated for so many times as long as it took."""
SIZES = (0, 1_000, 5_000, 20_000, 100_000)
"""Classes of documents by their characters, each from here up to the next."""
Counts = list[tuple[str, int]]
"""Names with how often they occur, the most frequent first."""


@dataclass(frozen=True)
class Holdings:
    """What the index holds. A document without a year, place or issuer is counted under none."""

    documents: int
    characters: int
    chunks: int
    years: Counts
    places: Counts
    issuers: Counts
    types: Counts
    sizes: Counts
    """By the lower ends of the classes, in their order."""


@dataclass(frozen=True)
class Day:
    """Questions of one calendar day of this machine, by what became of them."""

    date: str
    answered: int
    not_found: int
    cancelled: int


@dataclass(frozen=True)
class Questions:
    """Questions since `since` (seconds since 1970). `latencies` are milliseconds by phase and percentile, over the last
    `measured` answers; `topics`, `seen` and `refused` are of those questions whose words were kept and may be seen."""

    since: float
    asked: int
    statuses: Counts
    reasons: Counts
    days: list[Day]
    measured: int
    latencies: dict[str, dict[str, float]]
    topics: Counts
    seen: list[Asked]
    refused: list[Asked]


@dataclass(frozen=True)
class _Count:
    """What was counted of a store's `state`; `until` on the clock of `time.monotonic` it is given for later states too."""

    state: tuple[str, int]
    holdings: Holdings
    until: float


class Shelves:
    """Counts what a store holds, again when it changes; safe for many threads.

    Counting reads every document, and while documents are added the store changes several times a second. So a count
    that took longer than `CHEAP_SECONDS` is given for `REST` times as long as it took, whatever changes meanwhile:
    counting takes at most a tenth of a processor, however often it is asked for.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._counting = threading.Lock()
        self._known: _Count | None = None

    def holdings(self, store: Store) -> Holdings:
        """What `store` holds, or held when it was last counted. Who finds it being counted gets the count before."""
        known = self._known
        if known is not None and (self._clock() < known.until or known.state == _state(store)):
            return known.holdings
        if not self._counting.acquire(blocking=known is None):
            assert known is not None
            return known.holdings
        try:
            if self._known is not known and self._known is not None:  # another thread has just counted
                return self._known.holdings
            self._known = self._count(store)
            return self._known.holdings
        finally:
            self._counting.release()

    def _count(self, store: Store) -> _Count:
        begun, state = self._clock(), _state(store)
        holdings = _counted(store)
        ended = self._clock()
        # The first one also loads what counting needs, which says nothing about the next.
        took = 0.0 if self._known is None else ended - begun
        return _Count(state, holdings, ended + (REST * took if took > CHEAP_SECONDS else 0.0))


def _state(store: Store) -> tuple[str, int]:
    """Changes with whatever is written."""
    return store.identity(), store.generation()


def _counted(store: Store) -> Holdings:
    years, places, issuers, types = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    origins = store.origins()
    for path, metadata in origins.values():
        types[PurePath(path).suffix.lower().lstrip(".")] += 1
        years.update([str(metadata.year)] if metadata.year else [])
        places.update(place.name for place in document_places(metadata)[:1])
        issuers.update([metadata.issuer.value] if metadata.issuer else [])
    by_year, by_place, by_issuer, by_type = (_top(counter, MOST_NAMES) for counter in (years, places, issuers, types))
    lengths = store.lengths()
    classes = Counter(bisect_right(SIZES, length) - 1 for length in lengths)
    sizes = [(str(low), classes[at]) for at, low in enumerate(SIZES)]
    chunks = store.count_chunks()
    return Holdings(len(origins), sum(lengths), chunks, by_year, by_place, by_issuer, by_type, sizes)


def questions(ledger: Ledger, caller: Caller, days: int, measured: int, recent: int) -> Questions:
    """The last `days` calendar days, today among them; the last `measured` answers are measured.

    Only an admin sees the words of others' questions.
    """
    since = _midnight(days - 1)
    asked = latest(ledger, since)
    if len(asked) >= MOST_ASKED:  # older ones are no longer kept
        since = asked[-1].asked_at
    seen = [one for one in asked if one.question is not None and (caller.may("admin") or one.key == caller.key)]
    refused = [one for one in seen if one.status == "not_found" and one.reason != "smalltalk"]
    topics = Counter(word for one in refused for word in subject_words(one.question or ""))
    timed = [one.timings for one in asked if one.timings is not None][:measured]
    phases = {
        "retrieve_ms": [t.retrieve_ms for t in timed],
        "first_token_ms": [t.first_token_ms for t in timed if t.first_token_ms is not None],
        "total_ms": [t.total_ms for t in timed],
    }
    return Questions(
        since, len(asked), _top(Counter(one.status for one in asked)), _top(Counter(one.reason for one in asked if one.reason)),
        _by_day(asked), len(timed), {phase: _percentiles(values) for phase, values in phases.items()},
        _top(topics, MOST_TOPICS), seen[:recent], refused[:recent],
    )  # fmt: skip


def _midnight(days_ago: int) -> float:
    """When the day began, so many days ago, by this machine's clock."""
    day = time.localtime(time.time() - days_ago * DAY)
    return time.mktime((day.tm_year, day.tm_mon, day.tm_mday, 0, 0, 0, 0, 0, -1))


def _by_day(asked: Iterable[Asked]) -> list[Day]:
    """The oldest first; days without questions are absent."""
    counts = Counter((time.strftime("%Y-%m-%d", time.localtime(one.asked_at)), one.status) for one in asked)
    dates = sorted({date for date, _ in counts})
    return [Day(date, *(counts[date, status] for status in ("answered", "not_found", "cancelled"))) for date in dates]


def _percentiles(values: Sequence[float]) -> dict[str, float]:
    """By linear interpolation; nothing of nothing."""
    if not values:
        return {}
    return {f"p{q}": round(float(np.percentile(values, q)), 1) for q in PERCENTILES}


def _top(counter: Counter[str], most: int | None = None) -> Counts:
    """The most frequent first, equals by name."""
    return sorted(counter.items(), key=lambda item: (-item[1], item[0]))[:most]
