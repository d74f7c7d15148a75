"""What reading one file may cost; apart from `ingest.confined`, so that settings do not load every reader."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What one file may cost. A scanned page takes some seconds, a 1,600-page report some minutes."""

    idle_seconds: float = 120.0
    """Seconds without any progress."""
    total_seconds: float = 7200.0
    """Seconds for a file in all, reading and embedding together."""
    megabytes: int = 2048
    """Resident memory of the child process and its own children."""
    member_seconds: float = 1800.0
    """The same as `total_seconds` for one member of an archive."""
    archive_seconds: float = 43200.0
    """Seconds for an archive in all; the members that are left then have failed."""


LIMITS = Limits()
