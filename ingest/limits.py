"""What reading one file may cost; apart from `ingest.confined`, so that settings do not load every reader."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one file may cost. A scanned page takes some seconds, a 1,600-page report some minutes."""

    idle_seconds: float = 120.0
    """Seconds without any progress."""
    total_seconds: float = 7200.0
    megabytes: int = 2048
    """Resident memory of the child process and its own children."""


LIMITS = Limits()
