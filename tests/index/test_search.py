"""Hybrid search: filters, places and years first, exact chunks."""

from datetime import date
from pathlib import Path

import pytest

from index.filters import Filters
from index.library import Library
from index.query import understand
from index.search import Hit, Searcher, fits_places
from ingest.document import Metadata, PlaceField
from tests.index.conftest import ingest

# Yearly and neighbouring near-duplicates: only the title, the date and one figure differ.
BODY = (
    "各学校：\n一、学校建设\n1.加快项目建设。计划竣工项目{n}个，新增学位。\n"
    "2.改造校舍。完成教室灯光改造。\n二、教师队伍\n1.招聘教师。面向社会公开招聘教师，提高教师待遇。\n"
)


def work_points(library: Library, folder: Path, place: str, year: int, figure: int, number: str = "") -> str:
    head = f"{place}教育局{year}年工作要点\n{number}\n发布日期：{year}-03-02\n"
    read = ingest(folder, f"{place}{year}.txt", head + BODY.format(n=figure))
    outcome = library.add(Path(read.document.path))
    assert outcome.status == "added" and outcome.document_id
    return outcome.document_id


@pytest.fixture
def ids(library: Library, tmp_path: Path) -> dict[tuple[str, int], str]:
    """Three years of two cities, by place and year."""
    return {
        (place, year): work_points(library, tmp_path, place, year, year % 100 + shift)
        for place, shift in (("舟山市", 0), ("义乌市", 50))
        for year in (2021, 2022, 2023)
    }


def documents(hits: list[Hit]) -> list[str]:
    return [hit.chunk.document_id for hit in hits]


def test_hits_carry_exact_chunks_best_first(searcher: Searcher, ids: dict[tuple[str, int], str]) -> None:
    hits = searcher.search("计划竣工几个项目", 8)
    assert len(hits) == 8
    assert [hit.rank for hit in hits] == list(range(1, 9))
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    for hit in hits:
        text = searcher.store.document(hit.chunk.document_id).text
        assert text[hit.chunk.start : hit.chunk.end] == hit.chunk.text
        assert hit.found_by and set(hit.found_by) <= {"dense", "lexical"}
        assert -1 <= hit.cosine <= 1.001
    assert "计划竣工项目" in hits[0].chunk.text
    assert set(hits[0].found_by) == {"dense", "lexical"}


def test_a_document_of_the_place_and_year_asked_about_comes_first(
    searcher: Searcher, ids: dict[tuple[str, int], str]
) -> None:
    for place in ("舟山", "义乌"):
        found = documents(searcher.search(f"{place}2022年计划竣工几个项目", 4))
        assert ids[f"{place}市", 2022] in found[:2]
        assert set(found) <= {ids[f"{place}市", 2022], ids[f"{place}市", 2023]}, "the next year's report tells results"


def test_a_place_prefers_its_documents_without_hiding_the_others(
    searcher: Searcher, ids: dict[tuple[str, int], str]
) -> None:
    own = {ids["义乌市", year] for year in (2021, 2022, 2023)}
    hits = searcher.search("义乌计划竣工几个项目", 100)
    # What repeats the words of another year's comes last.
    first = {(hit.chunk.document_id in own, hit.chunk.text): hit for hit in reversed(hits)}
    fits = [hit.chunk.document_id in own for hit in hits if hit in first.values()]
    assert fits == sorted(fits, reverse=True)
    assert 0 < sum(fits) < len(fits)


def test_documents_restrict_the_search(searcher: Searcher, ids: dict[tuple[str, int], str]) -> None:
    only = ids["舟山市", 2021]
    hits = searcher.search("义乌2023年计划竣工几个项目", 10, Filters(documents=[only]))
    assert hits and set(documents(hits)) == {only}
    assert searcher.search("计划竣工几个项目", 10, Filters(documents=["no such document"])) == []


def test_years_restrict_the_search_to_documents_that_speak_for_them(
    searcher: Searcher, ids: dict[tuple[str, int], str]
) -> None:
    hits = searcher.search("舟山2023年计划竣工几个项目", 20, Filters(years=[2021]))
    assert set(documents(hits)) == {ids["舟山市", 2021], ids["义乌市", 2021]}
    both = searcher.search("计划竣工几个项目", 20, Filters(documents=[ids["舟山市", 2021]], years=[2023]))
    assert both == []


def test_what_last_year_means_by_the_clock_comes_first(searcher: Searcher, ids: dict[tuple[str, int], str]) -> None:
    for today, year in ((date(2022, 5, 1), 2021), (date(2023, 5, 1), 2022)):
        found = documents(searcher.search("舟山去年计划竣工几个项目", 4, today=today))
        assert ids["舟山市", year] in found[:2]
        assert set(found) <= {ids["舟山市", year], ids["舟山市", year + 1]}, "the next year's report tells results"


def test_the_same_paragraph_of_many_documents_does_not_fill_the_result(
    searcher: Searcher, ids: dict[tuple[str, int], str]
) -> None:
    hits = searcher.search("面向社会公开招聘教师", 3)
    assert len({hit.chunk.text for hit in hits}) == 3
    named = searcher.search("2021年和2022年面向社会公开招聘教师了吗", 8)
    told = {hit.chunk.document_id for hit in named if "公开招聘教师" in hit.chunk.text}
    assert {ids["舟山市", 2021], ids["舟山市", 2022]} & told and len(told) >= 2, "each year has its own"


def test_a_document_number_brings_its_document_first(library: Library, searcher: Searcher, tmp_path: Path) -> None:
    wanted = work_points(library, tmp_path, "舟山市", 2020, 1, "舟教〔2020〕7号")
    for year in (2018, 2019, 2021, 2022):
        work_points(library, tmp_path, "舟山市", year, 1, f"舟教〔{year}〕7号")
    assert documents(searcher.search("舟教[2020]7号要求竣工几个项目", 3))[0] == wanted


def test_what_was_removed_is_not_found(library: Library, searcher: Searcher, ids: dict[tuple[str, int], str]) -> None:
    gone = ids["舟山市", 2022]
    assert gone in documents(searcher.search("舟山2022年计划竣工几个项目", 20))
    library.store.remove(gone)
    assert gone not in documents(searcher.search("舟山2022年计划竣工几个项目", 50))


def test_an_empty_library_has_no_hits(searcher: Searcher) -> None:
    assert searcher.search("计划竣工几个项目", 8) == []


def test_a_question_without_any_word_of_the_corpus_still_searches(
    searcher: Searcher, ids: dict[tuple[str, int], str]
) -> None:
    hits = searcher.search("？！", 3)
    assert all(hit.found_by == ("dense",) for hit in hits)


@pytest.mark.parametrize(
    ("asked", "fits"),
    [
        ("海沧区的项目", True),
        ("厦门市的项目", True),
        ("福建省的项目", True),
        ("舟山市的项目", False),
        ("思明区的项目", False),
    ],
)
def test_a_document_fits_its_place_and_what_that_is_part_of(asked: str, fits: bool) -> None:
    metadata = Metadata(places=(PlaceField("海沧区", ("厦门市", "福建省"), 0, 3),))
    assert fits_places(understand(asked), metadata) is fits


def test_the_item_of_the_projects_is_the_first_hit_among_the_samples(samples_searcher: Searcher) -> None:
    hits = samples_searcher.search("海沧2023年计划竣工几个项目", 8)
    assert "计划竣工项目6个" in hits[0].chunk.text
    assert hits[0].chunk.headings[-1].startswith("11.")


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("义乌2021年打算招多少备案制教师", "全年计划招聘备案制教师600名"),
        ("乳山到2025年要建几个教育集团", "打造8个具有规模优势及品牌影响的现代化教育集团"),
        ("舟山2023年城区幼儿园要提供多少托位", "提供托位960个"),
    ],
)
def test_colloquial_questions_find_their_passages(samples_searcher: Searcher, question: str, words: str) -> None:
    assert any(words in hit.chunk.text for hit in samples_searcher.search(question, 8))
