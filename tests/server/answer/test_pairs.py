"""Words are alike by their pairs of neighbouring characters."""

import pytest

from server.answer.pairs import pair_share


@pytest.mark.parametrize(
    ("word", "text", "share"),
    [("教育集团", "教育机构", 1 / 3), ("教育集团", "组建教育集团", 1.0), ("教育", "教育", 0.0), ("", "教育", 0.0)],
)
def test_the_share_is_that_of_a_words_own_pairs_and_a_single_pair_says_nothing(
    word: str, text: str, share: float
) -> None:
    assert pair_share(word, text) == share
