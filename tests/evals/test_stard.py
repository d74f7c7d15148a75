"""Measures of rankings, computed by hand for a few, and the index of passages."""

from math import log2
from pathlib import Path

import numpy as np
import pytest

from evals.stard import Article, documents, index, interval, ndcg, permuted, quality, rankings
from tests.stubs import BigramEmbedder

ARTICLES = [
    Article("g1", "劳动合同法", "第十条", "建立劳动关系，应当订立书面劳动合同。"),
    Article("g2", "劳动合同法", "第十九条", "劳动合同期限一年以上不满三年的，试用期不得超过二个月。"),
    Article("x1", "民法典", "第五条", "民事主体从事民事活动，应当遵循自愿原则。"),
]


def test_each_law_is_a_document_and_each_passage_a_chunk() -> None:
    laws = {document.title: (document, chunks) for document, chunks in documents(ARTICLES)}
    assert set(laws) == {"劳动合同法", "民法典"}
    document, chunks = laws["劳动合同法"]
    assert [(chunk.id, chunk.headings) for chunk in chunks] == [("g1", ("第十条",)), ("g2", ("第十九条",))]
    assert all(document.text[chunk.start : chunk.end] == chunk.text for chunk in chunks)


def test_the_products_own_rankings_are_taken(tmp_path: Path) -> None:
    searcher = index(ARTICLES, BigramEmbedder(), tmp_path)
    found = rankings(searcher, "试用期最长几个月")
    assert found["lexical"] == ["g2"]
    assert set(found["dense"]) == {"g1", "g2", "x1"}
    assert found["fused"][0] == "g2"
    searcher.store.close()
    again = index(ARTICLES, BigramEmbedder(), tmp_path)
    assert rankings(again, "试用期最长几个月") == found
    again.store.close()


def test_measures_of_one_ranking_by_hand() -> None:
    gold = frozenset({"a", "b"})
    assert ndcg(["x", "a", "y", "b"], gold) == pytest.approx((1 / log2(3) + 1 / log2(5)) / (1 + 1 / log2(3)))
    assert ndcg(["x"], gold) == 0
    measured = quality([["x"] * 10 + ["a"], ["b", "a"]], [gold, gold])
    assert measured.near.tolist() == [0, 1]
    assert measured.far.tolist() == [0.5, 1]
    assert measured.gain.tolist() == [0, 1]


def test_an_interval_holds_the_mean_and_a_real_difference_is_told_from_chance() -> None:
    values = np.array([0.0, 1.0] * 50)
    low, high = interval(values)
    assert 0.38 < low < 0.5 < high < 0.62
    assert permuted(np.array([0.1, -0.1] * 50)) > 0.9
    assert permuted(np.full(30, 0.1)) < 0.001
