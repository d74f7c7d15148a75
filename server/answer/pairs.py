"""How alike two writings are by their pairs of neighbouring characters."""


def pairs(word: str) -> list[str]:
    """`教育局` -> 教育, 育局."""
    return [word[i : i + 2] for i in range(len(word) - 1)]


def pair_share(word: str, text: str) -> float:
    """Share of a word's pairs that stand in folded `text`: a third for 教育集团 in 教育机构, 0 for a word of one pair."""
    own = pairs(word)
    return sum(pair in text for pair in own) / len(own) if len(own) > 1 else 0.0
