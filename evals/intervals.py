"""Intervals of what is measured over questions, which hang together by their documents."""

import random
from collections import defaultdict
from collections.abc import Sequence


def interval(documents: Sequence[str], values: Sequence[float]) -> tuple[float, float]:
    """95 % of the mean of `values`, each of the document at its place, with documents drawn again."""
    by: dict[str, list[float]] = defaultdict(list)
    for document, value in zip(documents, values, strict=True):
        by[document].append(float(value))
    chance, names, means = random.Random(1), list(by), []
    for _ in range(1000):
        drawn = [value for name in chance.choices(names, k=len(names)) for value in by[name]]
        means.append(sum(drawn) / len(drawn))
    means.sort()
    return round(means[25], 3), round(means[974], 3)
