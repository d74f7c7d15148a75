"""How likely each of several sentences tells what is asked, and how likely none does: a conditional logit.

A sentence has a utility, the weighted sum of what the reader and the search measured of it, and so has "none of them";
the shares of their exponentials are the probabilities. `python -m evals.calibrate` fits the weights on questions over
documents that the reader was not trained on. Not covered: what is measured (`evidence`), what is shown (`refuse`).
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

WEIGHTS = Path(__file__).with_name("ranking.json")


@dataclass(frozen=True)
class Ranking:
    """Weights of the measures by name, and the utility of "none"."""

    weights: Mapping[str, float]
    none: float

    def probabilities(self, measured: Sequence[Mapping[str, float]]) -> list[float]:
        """Of each sentence; what they lack to 1 is the probability that none tells it."""
        utilities = [sum(weight * one[name] for name, weight in self.weights.items()) for one in measured]
        highest = max([self.none, *utilities])
        shares = [math.exp(utility - highest) for utility in utilities]
        total = sum(shares) + math.exp(self.none - highest)
        return [share / total for share in shares]


@lru_cache(maxsize=1)
def ranking() -> Ranking:
    """The weights that ship."""
    read = json.loads(WEIGHTS.read_text(encoding="utf-8"))
    return Ranking(read["weights"], read["none"])
