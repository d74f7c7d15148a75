"""How much of a question's words a text holds, the rare ones counting more.

A compound counts by its parts, an everyday word by what documents write for it.
"""

import math
import re
from collections.abc import Sequence

from index.store import Store
from index.synonyms import synonyms
from server.answer.pairs import pair_share, pairs

ALIKE = 0.9
"""Presence of a word of which another form stands there."""
PARTS = 0.6
"""Presence of a compound of which only the pairs stand there."""
NEVER = r"(?!)"
"""A pattern that matches nothing."""


class Rarity:
    """How much each word of a question tells: BM25's inverse document frequency over chunks."""

    def __init__(self, store: Store, subject: Sequence[str]) -> None:
        total = store.count_chunks()
        counts = store.chunk_counts(subject)
        self.weights = {w: math.log(1 + (total - counts[w] + 0.5) / (counts[w] + 0.5)) for w in subject}

    @property
    def traces(self) -> re.Pattern[str]:
        """Matches somewhere in every folded text of which `share` is above 0: a word, what it stands for, or a pair."""
        words = [word for word, weight in self.weights.items() if weight]
        apart = [part for word in words for part in (pairs(word) if len(word) > 2 else [word])]
        written = [part for word in words for part in (word, *synonyms(word))]
        return re.compile("|".join(map(re.escape, dict.fromkeys([*apart, *written]))) or NEVER)

    def share(self, text: str) -> float:
        """Share of the words' weight that stands in folded `text`; a compound counts by its parts."""
        whole = sum(self.weights.values())
        if not whole:
            return 0.0
        return sum(weight * _presence(word, text) for word, weight in self.weights.items()) / whole


def _presence(word: str, text: str) -> float:
    if word in text:
        return 1.0
    return ALIKE if any(other in text for other in synonyms(word)) else PARTS * pair_share(word, text)
