"""How long the members of one archive may take: each by itself, all together, and those that time out in a row.

Without it an archive of 10,000 members that each hang a reader would take 10,000 times the limit of one. Not covered:
measuring one file (`ingest.confined`).
"""

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from ingest.bilingual import Text
from ingest.errors import ArchiveTimedOut
from ingest.limits import Limits

HASTY_AFTER, HASTY_SECONDS = 3, 10.0
"""After so many timeouts in a row, a member has this many seconds to make some progress."""
MOST_TIMEOUTS = 20
"""In a row; then the rest of the archive is not read."""


class Patience:
    """The time of one archive, from now on."""

    def __init__(
        self, limits: Limits, spent: float = 0.0, timeouts: int = 0, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`spent` seconds were used, and `timeouts` members have timed out in a row, before it was interrupted."""
        self.timeouts = timeouts
        self._limits = limits
        self._clock = clock
        self._until = clock() + limits.archive_seconds - spent

    def limits(self, path: Path) -> Limits:
        """What reading the member at `path` may cost; raises ArchiveTimedOut where it is not read any more."""
        if self.timeouts >= MOST_TIMEOUTS:
            before = Text(
                f"在它之前连续 {MOST_TIMEOUTS} 个文件读取超时",
                f"reading the {MOST_TIMEOUTS} files before it took too long",
            )
            raise ArchiveTimedOut(path, before)
        left = self._until - self._clock()
        if left <= 0:
            seconds = f"{self._limits.archive_seconds:,.0f}"
            taken = Text(f"处理整个压缩包超过 {seconds} 秒", f"the archive as a whole took more than {seconds} seconds")
            raise ArchiveTimedOut(path, taken)
        total = min(self._limits.member_seconds, left)
        idle = min(self._limits.idle_seconds, total)
        if self.timeouts >= HASTY_AFTER:
            idle = min(idle, HASTY_SECONDS)
        return replace(self._limits, idle_seconds=idle, total_seconds=total)

    def ended(self, timed_out: bool) -> None:
        """A member was read, or has timed out."""
        self.timeouts = self.timeouts + 1 if timed_out else 0
