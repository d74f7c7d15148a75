"""Times of the API -> as they are read on a clock where the server stands."""

from datetime import datetime


def minute(told: str) -> str:
    """`2026-11-22T20:30:00Z` -> `2026-11-22 20:30`, by the clock of this machine."""
    return f"{_here(told):%Y-%m-%d %H:%M}"


def day(told: str) -> str:
    return f"{_here(told):%Y-%m-%d}"


def _here(told: str) -> datetime:
    return datetime.fromisoformat(told).astimezone()
