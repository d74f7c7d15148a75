"""What a right answer to each of 150 held questions has to say (`evals/cases/slots.jsonl`), and how much of it was said.

A value stands in what is said; whose it is, of which year and place, may stand in the quotation, its headings or its title,
which are shown with it. Not covered: bound, polarity and plan or result, which a person reads.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from server.settings import ROOT

PAIRED = 0.5
"""Share of a name's pairs of characters from which on it is told."""


@cache
def slots() -> dict[str, dict[str, Any]]:
    """By the question's id in shared/reading."""
    lines = (ROOT / "evals" / "cases" / "slots.jsonl").read_text("utf-8").splitlines()
    return {row["id"]: row for row in map(json.loads, lines)}


def filled(
    wanted: Mapping[str, Any], said: str, shown: Sequence[str], tells: Callable[[str, str], bool]
) -> dict[str, bool]:
    """Of the slots that a question has: whether each is told. `shown` are quotations, headings and titles."""
    around = said + " ".join(shown)
    told: dict[str, Callable[[str], bool]] = {
        "value": lambda value: tells(value + (wanted["unit"] or ""), said),
        "owner": lambda owner: _named(owner, around),
        "year": lambda year: year in around,
        "place": lambda place: _named(place, around),
    }
    return {name: is_told(wanted[name]) for name, is_told in told.items() if wanted[name]}


def _named(name: str, text: str) -> bool:
    pairs = [name[at : at + 2] for at in range(len(name) - 1)] or [name]
    return sum(pair in text for pair in pairs) >= PAIRED * len(pairs)
