"""How often something may happen in a minute: a number for each name, in bounded memory."""

import math
import threading
import time

MINUTE = 60.0
MOST_NAMES = 10_000


class Rate:
    """At most `limit` events a minute for each name, all of them at once if need be. Safe for many threads.

    Kept as one time a name, when its allowance is whole again (the generic cell rate algorithm). Names whose allowance
    is whole are forgotten, and of more than `MOST_NAMES` the one that was quiet the longest.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._step = MINUTE / limit
        self._whole: dict[str, float] = {}
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._whole)

    def wait(self, name: str, now: float | None = None) -> int:
        """The seconds until one more is allowed; 0 when it is."""
        now = time.monotonic() if now is None else now
        with self._lock:
            return self._wait(name, now)

    def take(self, name: str, now: float | None = None) -> int:
        """Count one event; 0, or the seconds to wait when it is one too many, which is not counted."""
        now = time.monotonic() if now is None else now
        with self._lock:
            wait = self._wait(name, now)
            if not wait:
                self._whole[name] = max(now, self._whole.pop(name, now)) + self._step
                self._forget(now)
            return wait

    def _wait(self, name: str, now: float) -> int:
        late = max(now, self._whole.get(name, now)) + self._step - now - MINUTE
        return max(1, math.ceil(late)) if late > 1e-6 else 0

    def _forget(self, now: float) -> None:
        while len(self._whole) > 1:
            oldest = next(iter(self._whole))
            if self._whole[oldest] > now and len(self._whole) <= MOST_NAMES:
                return
            del self._whole[oldest]
