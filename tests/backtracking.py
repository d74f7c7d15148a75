"""Measures how the time of a regular expression grows with its input, in processes that can be ended.

`re` holds the interpreter's lock while it matches, so an expression that backtracks without end stops every thread of
its process. Each pattern is therefore run in a child process, and one that works longer than DEADLINE on one input is
killed. All times are processor time, which other processes do not lengthen. `search` covers `match`: where `match`
fails, `search` has done the same work first; `fullmatch` is measured apart.
"""

import math
import multiprocessing
import re
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

import psutil

from tests.hard_inputs import HardInput, hard_inputs
from tests.patterns import Found

METHODS = ("search", "fullmatch")
TIMES = range(8, 36, 4)
"""How often a pump is repeated at first: what grows exponentially takes seconds within these."""
TOO_LONG = 0.5
"""Seconds of processor time that no input of TIMES pumps, nor one of the shorter LENGTHS, may take."""
LENGTHS = (64, 128, 256, 512, 1024, 2048, 4096)
ALWAYS = 512
"""Up to this length every suspicious input is measured, further only while the time seems to grow faster than squared."""
SUSPICIOUS, SUPER_QUADRATIC = 2.25, 2.5
"""Exponents: measured further from the one on, a fault from the other on."""
NOISE = 0.005
"""Seconds below which a growth is not judged."""
SLOW = 0.05
"""Seconds from which on a time is told from noise also where the input is shorter than ALWAYS."""
WORST = 6
"""How many inputs of a pattern are measured at LENGTHS."""
DEADLINE = 3.0
"""Seconds of processor time that a child may spend on one input before it is killed."""
EVERY = 0.5
"""Seconds between two looks at a child that works."""
WORKERS = 2


@dataclass(frozen=True)
class Growth:
    """The fastest growth of time that was found for a pattern."""

    found: Found
    method: str
    hard: HardInput
    points: tuple[tuple[int, float], ...]
    """Length of the input and seconds."""
    exponent: float
    """Of the power law that fits the last points; infinite where even short inputs take too long."""

    @property
    def is_fault(self) -> bool:
        return self.exponent > SUPER_QUADRATIC

    def __str__(self) -> str:
        spent = ", ".join(f"{length}: {seconds * 1000:.1f} ms" for length, seconds in self.points)
        grows = f"n^{self.exponent:.1f}" if math.isfinite(self.exponent) else "exponential"
        return f"{self.found.name} {grows} by {self.method} of {self.hard} ({spent}): {self.found.pattern!r}"


def fastest_growths(patterns: Sequence[Found], workers: int = WORKERS) -> list[Growth]:
    """The fastest growth of each pattern, in `workers` child processes; of a killed child what it was running."""
    todo = list(reversed(patterns))
    growths: list[Growth] = []
    idle = [_Child() for _ in range(min(workers, len(todo)))]
    busy: list[_Child] = []
    try:
        while todo or busy:
            while todo and idle:
                idle[-1].start(todo.pop())
                busy.append(idle.pop())
            ready = wait([child.connection for child in busy], timeout=EVERY)
            for child in list(busy):
                growth = child.told() if child.connection in ready else child.overdue()
                if growth is not None:
                    growths.append(growth)
                    busy.remove(child)
                    idle.append(child if child.process.is_alive() else _Child())
    finally:
        for child in (*idle, *busy):
            child.end()
    return growths


class _Child:
    """A process that measures one pattern after the other."""

    def __init__(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process: BaseProcess = context.Process(target=_serve, args=(theirs,), daemon=True)
        self.process.start()
        theirs.close()
        self._found: Found | None = None
        self._trying: tuple[str, HardInput] = "search", HardInput("", "", "")
        self._usage = psutil.Process(self.process.pid)
        self._since = 0.0
        """Processor time that the child had spent when it began on the present input; below 0 until it is read."""
        self._checked = 0.0

    def start(self, found: Found) -> None:
        self._found = found
        self._since = -1.0
        self.connection.send(found)

    def told(self) -> Growth | None:
        """The growth where it has been measured; else what is tried now is noted."""
        message = self.connection.recv()
        self._since = -1.0
        if isinstance(message, Growth):
            return message
        self._trying = message
        return None

    def overdue(self) -> Growth | None:
        """The growth that never ended, after which the process is no more."""
        if self._found is None or time.monotonic() - self._checked < EVERY:
            return None
        self._checked = time.monotonic()
        times = self._usage.cpu_times()
        now = times.user + times.system
        self._since = now if self._since < 0 else self._since
        spent = now - self._since
        if spent < DEADLINE:
            return None
        self.end()
        method, hard = self._trying
        return Growth(self._found, method, hard, ((len(hard.of(TIMES[-1])), spent),), math.inf)

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.connection.close()


def _serve(connection: Connection) -> None:
    while True:
        try:
            found: Found = connection.recv()
        except EOFError:
            return
        connection.send(growth_of(found, connection.send))


def growth_of(found: Found, trying: Callable[[tuple[str, HardInput]], None]) -> Growth:
    """The fastest growth of one pattern; `trying` is told of each input before it is run."""
    compiled: re.Pattern[Any] = re.compile(found.pattern, found.flags)
    inputs = hard_inputs(found.pattern, found.flags)
    worst = Growth(found, "search", HardInput("", "", ""), (), 0.0)
    for method in METHODS:
        run = _Run(getattr(compiled, method), isinstance(found.pattern, str))
        spent: dict[HardInput, float] = {}
        for hard in inputs:
            trying((method, hard))
            for times in TIMES:
                spent[hard] = run.seconds(hard.of(times))
                if spent[hard] > TOO_LONG:
                    return Growth(found, method, hard, ((len(hard.of(times)), spent[hard]),), math.inf)
        for hard in _worst(spent):
            trying((method, hard))
            points = run.points(hard)
            exponent = _exponent(points)
            if exponent >= worst.exponent:
                worst = Growth(found, method, hard, tuple(points), exponent)
            if worst.is_fault:
                return worst
    return worst


def _worst(spent: dict[HardInput, float]) -> list[HardInput]:
    """The inputs that took longest, and those that took longest for their length."""
    by_time = sorted(spent, key=lambda hard: -spent[hard])[:WORST]
    by_length = sorted(spent, key=lambda hard: -spent[hard] / len(hard.of(TIMES[-1])) ** 2)[: WORST // 2]
    return list(dict.fromkeys((*by_time, *by_length)))


def _exponent(points: Sequence[tuple[int, float]]) -> float:
    """Slope in logarithms, over the last three points or the last two, the lesser; 0 where they are too short to tell.

    One step alone may be steep because the engine's stack has just been doubled.
    """
    if points[-1][1] < NOISE:
        return 0.0
    if points[-1][1] > TOO_LONG and points[-1][0] < ALWAYS:
        return math.inf
    lengths, seconds = ([math.log(point[at]) for point in points[-3:]] for at in (0, 1))
    return min(statistics.linear_regression(lengths, seconds).slope, _steepness(points))


class _Run:
    """One method of a pattern, timed in processor time, which other processes do not lengthen."""

    def __init__(self, call: Callable[[Any], object], is_text: bool) -> None:
        self._call = call
        self._is_text = is_text

    def seconds(self, text: str) -> float:
        given = text if self._is_text else text.encode("latin-1")
        before = time.process_time()
        self._call(given)
        return time.process_time() - before

    def points(self, hard: HardInput) -> list[tuple[int, float]]:
        """Times at LENGTHS, each the least of several, as far as they grow faster than squared."""
        points: list[tuple[int, float]] = []
        for length in LENGTHS:
            text = hard.of(max(1, (length - len(hard.prefix) - len(hard.suffix)) // len(hard.pump)))
            if points and len(text) <= points[-1][0]:
                continue
            spent = self.seconds(text)
            if spent < NOISE:
                spent = min(spent, self.seconds(text), self.seconds(text))
            points.append((len(text), max(spent, 1e-7)))
            if spent > TOO_LONG:
                break
            if (length >= ALWAYS or spent > SLOW) and _steepness(points) < SUSPICIOUS:
                break
        return points


def _steepness(points: Sequence[tuple[int, float]]) -> float:
    (short, fast), (long, slow) = points[-2:] if len(points) > 1 else (points[0], points[0])
    return math.log(slow / fast) / math.log(long / short) if long > short else math.inf
