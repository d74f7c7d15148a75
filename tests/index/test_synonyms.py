"""Everyday words stand for official ones, in both directions and in folded writing."""

from index.synonyms import GROUPS, synonyms
from ingest.text import fold


def test_a_word_stands_for_every_other_of_its_group() -> None:
    assert synonyms("gdp") == ("国内生产总值", "地区生产总值")
    assert synonyms("地区生产总值") == ("gdp", "国内生产总值")
    assert synonyms("学位") == ()


def test_each_word_is_folded_and_in_one_group_only() -> None:
    words = [word for group in GROUPS for word in group]
    assert len(words) == len(set(words))
    assert [fold(word) for word in words] == words
