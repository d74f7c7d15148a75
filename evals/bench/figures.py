"""The arithmetic of the benches: percentiles, ratios with their spread, shares of a line, growth. Pure functions."""

import math
import random
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

RESAMPLED = 2000
SEED = 1


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` of `values` do not exceed; `percentile([1, 2, 3, 4], 0.5)` is 2."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


@dataclass(frozen=True)
class Spread:
    """A median with its quartiles and the 95 % interval that resampling gives it."""

    median: float
    quartiles: tuple[float, float]
    interval: tuple[float, float]
    count: int

    def text(self) -> str:
        (low, high), (least, most) = self.quartiles, self.interval
        return f"{self.median:.2f} (quartiles {low:.2f} to {high:.2f}, 95 % interval of the median {least:.2f} to {most:.2f}, n {self.count})"


def spread(values: Sequence[float]) -> Spread:
    """Raises ValueError without values. The interval is the percentile bootstrap's (Efron 1979), always the same."""
    if not values:
        raise ValueError("no values")
    chance = random.Random(SEED)
    medians = sorted(statistics.median(chance.choices(values, k=len(values))) for _ in range(RESAMPLED))
    interval = percentile(medians, 0.025), percentile(medians, 0.975)
    quartiles = percentile(values, 0.25), percentile(values, 0.75)
    return Spread(statistics.median(values), quartiles, interval, len(values))


def ratios(slow: Sequence[float], fast: Sequence[float]) -> list[float]:
    """How many times as long the first took, pair by pair."""
    return [a / b for a, b in zip(slow, fast, strict=True)]


def longest_share(waits: Sequence[float], clients: int, service: float) -> float:
    """The longest wait as a multiple of the fair share: each of `clients` served once, at `service` seconds each.

    Eight clients and two seconds a question: a wait of 16 s is 1.
    """
    return max(waits) / (clients * service)


def unevenness(waits: Mapping[int, Sequence[float]]) -> float:
    """The mean wait of the client that waits longest over the mean of all clients' means; 1 is even."""
    means = [statistics.fmean(own) for own in waits.values() if own]
    return max(means) / statistics.fmean(means)


def work_rate(asked: Sequence[str], alone: Mapping[str, float], seconds: float) -> float:
    """How many seconds of one client's work were done a second: what the questions answered take `alone`, over the time
    they took together. Questions that one client did not ask count as its mean."""
    mean = statistics.fmean(alone.values())
    return sum(alone.get(question, mean) for question in asked) / seconds


def grown(samples: Sequence[tuple[float, float]], start: float, window: float) -> float:
    """What of (time, value) samples the last window's median is over that of the window that begins at `start`."""
    last = samples[-1][0]
    first = [value for time, value in samples if start <= time <= start + window]
    final = [value for time, value in samples if time >= last - window]
    return statistics.median(final) / statistics.median(first)


def risen(samples: Sequence[tuple[float, float]], start: float, window: float) -> float:
    """By how much the least of the last window exceeds the least of the window that begins at `start`: what is only used
    at times does not count, what is never given back does."""
    last = samples[-1][0]
    first = [value for time, value in samples if start <= time <= start + window]
    final = [value for time, value in samples if time >= last - window]
    return min(final) - min(first)


def still_busy(samples: Sequence[tuple[float, float]], share: float) -> float:
    """From (time, CPU seconds used until then) samples: the end of the last step in which more than `share` of a core was
    used, in the samples' time; the first sample's time where there is none."""
    end = samples[0][0]
    for (before, used), (now, more) in pairwise(samples):
        if more - used > share * (now - before):
            end = now
    return end
