"""What is made of the reader's numbers, and what is said where its weights are no good."""

from pathlib import Path

import numpy as np
import pytest

from server.errors import ReaderBroken
from server.reader.passage import Passage
from server.reader.reader import LONGEST_ANSWER, OnnxReader, best_span

OFFSETS = [(0, 1), (1, 3), (3, 4), (4, 6)]


def _tokens(begin: list[float], end: list[float]) -> "np.ndarray[tuple[int, int], np.dtype[np.float32]]":
    return np.stack([begin, end, [0.0] * len(begin)], axis=1).astype(np.float32)


def test_the_likeliest_span_ends_where_it_begins_or_later() -> None:
    span = best_span(OFFSETS, _tokens([0, 1, 5, 0], [4, 0, 0, 2]))
    assert (span.start, span.end) == (3, 6)
    assert span.score < 0


def test_a_span_is_no_longer_than_an_answer_may_be() -> None:
    count = LONGEST_ANSWER + 10
    begin, end = [0.0] * count, [0.0] * count
    begin[0], end[-1], end[3] = 9.0, 9.0, 4.0
    span = best_span([(n, n + 1) for n in range(count)], _tokens(begin, end))
    assert span.end - span.start <= LONGEST_ANSWER


def test_nothing_is_found_in_an_empty_passage() -> None:
    assert best_span([], _tokens([], [])).score == -np.inf


def test_weights_that_are_absent_or_broken_are_told_with_a_cure(tmp_path: Path) -> None:
    with pytest.raises(ReaderBroken, match="随程序提供"):
        OnnxReader(tmp_path).read("什么", [Passage("", "文字")])
