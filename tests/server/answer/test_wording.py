"""A refusal says what is missing and what there is instead, and never a value."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from index.query import understand
from index.search import Searcher
from server.answer.evidence import Candidate, find_candidates
from server.answer.result import Reason
from server.answer.wording import missing_part, refusal
from server.reader.reader import shipped
from tests.server.answer.candidates import candidate
from tests.server.conftest import Index


def _refused(
    searcher: Searcher, reason: Reason, text: str, found: Sequence[Candidate] | None = None, lacking: Sequence[str] = ()
) -> str:
    question = understand(text)
    if found is None:
        found = find_candidates(question, searcher.search(text, 8), searcher.store, shipped())
    return refusal(reason, question, found, searcher.store, lacking)


def test_another_year_is_told_with_the_year_that_there_is(searcher: Searcher) -> None:
    said = _refused(searcher, "wrong_year", "海沧2024年计划竣工几个项目")
    assert said == "资料中只有2023年的相关内容，没有2024年的。"


def test_of_many_years_the_nearest_are_told_in_their_order(searcher: Searcher) -> None:
    years = [2025, 2012, 2016, 2020, 2023]
    found = [candidate("竣工项目6个", years=frozenset({year}), fits_year=False, start=year) for year in years]
    said = _refused(searcher, "wrong_year", "海沧2024年竣工几个项目", found)
    assert said == "资料中只有2020年、2023年、2025年的相关内容，没有2024年的。"


def test_a_year_within_a_review_of_several_is_not_said_to_be_there_and_missing(searcher: Searcher) -> None:
    review = candidate("五年竣工项目30个", years=frozenset(range(2018, 2023)), fits_year=False)
    said = _refused(searcher, "wrong_year", "海沧2022年竣工几个项目", [review])
    assert said == "资料中只有包括2022年在内的几年合计的内容，没有2022年单独的。"
    other = candidate("竣工项目6个", years=frozenset({2023}), fits_year=False, start=9)
    said = _refused(searcher, "wrong_year", "海沧2022年竣工几个项目", [review, other])
    assert said == "资料中只有2023年的相关内容，没有2022年的。"


def test_years_of_another_place_document_or_subject_are_not_told(searcher: Searcher) -> None:
    other = candidate("竣工项目6个", years=frozenset({2023}), fits_year=False)
    found = [replace(other, fits_place=False), replace(other, fits_name=False), replace(other, coverage=0.1)]
    said = _refused(searcher, "wrong_year", "海沧2024年竣工几个项目", found)
    assert said == "资料中没有2024年的相关内容。"


def test_several_years_asked_about_are_listed(searcher: Searcher) -> None:
    said = _refused(searcher, "wrong_year", "海沧2025年和2024年竣工几个项目", [])
    assert said == "资料中没有2024年、2025年的相关内容。"


def test_another_place_is_told_with_the_place_that_there_is(searcher: Searcher) -> None:
    said = _refused(searcher, "wrong_place", "翔安2023年计划竣工几个项目")
    assert said.startswith("资料中只有海沧区")
    assert said.endswith("的相关内容，没有翔安的。")


def test_a_place_that_has_documents_is_not_said_to_have_none(searcher: Searcher) -> None:
    said = _refused(searcher, "wrong_place", "舟山计划竣工几个项目")
    assert said == "资料中舟山的文件没有这方面的内容。"


def test_a_place_is_not_told_where_nothing_is_about_the_question(searcher: Searcher) -> None:
    assert _refused(searcher, "wrong_place", "翔安的红烧肉怎么做", []) == "资料中没有翔安的相关内容。"


def test_what_is_lacking_by_name_is_said_before_all_else(searcher: Searcher) -> None:
    lacking = ["资料中没有《西湖条例》", "资料中没有西政发[2020]5号"]
    said = _refused(searcher, "wrong_year", "《西湖条例》2020年何时施行", lacking=lacking)
    assert said == "资料中没有《西湖条例》，资料中没有西政发[2020]5号。"


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("no_match", "资料中没有与这个问题有关的内容。"),
        ("unsupported", "资料中没有这个问题的答案，最接近的段落列在下面。"),
    ],
)
def test_other_refusals_say_only_that(searcher: Searcher, reason: Reason, said: str) -> None:
    assert _refused(searcher, reason, "海沧2023年红烧肉多少元") == said


def test_no_refusal_tells_a_value_of_the_documents(searcher: Searcher) -> None:
    reasons: list[Reason] = ["no_match", "wrong_year", "wrong_place", "unsupported"]
    for reason in reasons:
        said = _refused(searcher, reason, "翔安2024年计划竣工几个项目")
        assert "6个" not in said and "8280" not in said


def test_an_empty_index_says_how_to_add_documents(index: Index) -> None:
    empty = index({})
    assert "youju add" in _refused(empty, "no_match", "海沧2023年计划竣工几个项目")
    assert "youju add" in _refused(empty, "smalltalk", "你好")


def test_a_greeting_tells_how_many_documents_there_are_and_names_some(searcher: Searcher) -> None:
    said = _refused(searcher, "smalltalk", "你好")
    assert "4 份资料" in said
    assert said.count("《") == 3


def test_the_part_of_a_comparison_without_an_answer_is_named() -> None:
    assert missing_part("2024年") == "2024年：资料中没有找到"
