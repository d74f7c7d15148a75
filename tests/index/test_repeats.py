"""The same paragraph in several documents is one result."""

import pytest

from index.repeats import distinct_first
from ingest.document import Chunk

LONG = "各县级以上人民政府应当加强对食品安全工作的领导，建立健全食品安全监督管理的协调机制，落实{n}项责任。"


def chunk(row: int, text: str, document: str = "", heading: str = "一、总则") -> Chunk:
    return Chunk(str(row), document or f"d{row}", (heading,), 0, len(text), text)


def order(chunks: list[Chunk], limit: int = 10) -> list[int]:
    return distinct_first(range(len(chunks)), dict(enumerate(chunks)), lambda c: "", limit)


def test_the_best_stays_and_its_repetitions_come_last() -> None:
    same = LONG.format(n=3)
    chunks = [chunk(0, same), chunk(1, same), chunk(2, "面向社会公开招聘教师。"), chunk(3, same)]
    assert order(chunks) == [0, 2, 1, 3]
    assert order(chunks, 2) == [0, 2]
    assert order(chunks, 3) == [0, 2, 1]


@pytest.mark.parametrize(
    ("other", "repeats"),
    [
        (LONG.format(n=3).replace("，", ", "), True),
        ("第五条 " + LONG.format(n=3), True),
        ("（三）" + LONG.format(n=3), True),
        (LONG.format(n=4), False),
        (LONG.format(n="三"), False),
        (LONG.format(n=3).replace("食品", "药品"), False),
    ],
)
def test_other_marks_and_article_numbers_repeat_and_other_figures_or_subjects_do_not(other: str, repeats: bool) -> None:
    chunks = [chunk(0, LONG.format(n=3)), chunk(1, other), chunk(2, "面向社会公开招聘教师。")]
    assert order(chunks) == ([0, 2, 1] if repeats else [0, 1, 2])


def test_short_words_mean_what_their_heading_says() -> None:
    chunks = [
        chunk(0, "6个。", heading="竣工项目"),
        chunk(1, "6个。", heading="开工项目"),
        chunk(2, "6个。", heading="竣工项目"),
    ]
    assert order(chunks) == [0, 1, 2]
    assert order(chunks, 2) == [0, 1]


def test_what_is_told_apart_repeats_nothing() -> None:
    chunks = {i: chunk(i, LONG.format(n=3), f"year {i}") for i in range(3)}
    assert distinct_first([2, 0, 1], chunks, lambda c: c.document_id, 2) == [2, 0]
