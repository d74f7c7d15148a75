"""What a search is restricted to, inside both rankings."""

from pathlib import Path

import pytest

from index.errors import UnknownPlace
from index.filters import LONGEST_NAME, Filters, Shelf
from index.library import Library
from index.search import Searcher
from tests.index.conftest import ingest

TEXT = "{title}\n发布机构：{issuer}\n发文日期：{year}-03-02\n一、学校建设\n计划竣工项目六个，新增学位。\n二、教师队伍\n公开招聘教师。\n"


@pytest.fixture
def ids(library: Library, tmp_path: Path) -> dict[str, str]:
    """Four documents by the name of their place."""
    found = {}
    for place, issuer, year, suffix in (
        ("海沧", "厦门市海沧区教育局", 2023, "txt"),
        ("厦门", "厦门市教育局", 2023, "md"),
        ("福建", "福建省教育厅", 2022, "txt"),
        ("舟山", "舟山市教育局", 2023, "txt"),
    ):
        title = f"{issuer.removesuffix('教育局').removesuffix('教育厅')}{year}年教育工作要点"
        read = ingest(tmp_path, f"{place}.{suffix}", TEXT.format(title=title, issuer=issuer, year=year))
        outcome = library.add(Path(read.document.path))
        assert outcome.document_id
        found[place] = outcome.document_id
    return found


@pytest.mark.parametrize(
    ("filters", "places"),
    [
        (Filters(), "海沧 厦门 福建 舟山"),
        (Filters(places=["海沧"]), "海沧"),
        (Filters(places=["厦门市海沧区"]), "海沧"),
        (Filters(places=["海沧区"]), "海沧"),
        (Filters(places=["厦门"]), "海沧 厦门"),
        (Filters(places=["福建省"]), "海沧 厦门 福建"),
        (Filters(places=["舟山", "海沧"]), "海沧 舟山"),
        (Filters(places=["杭州"]), ""),
        (Filters(years=[2022]), "福建"),
        (Filters(years=[2021, 2022]), "福建"),
        (Filters(issuers=["海沧区教育局"]), "海沧"),
        (Filters(issuers=["海沧教育局"]), "海沧"),
        (Filters(issuers=["厦门市教育局"]), "厦门"),
        (Filters(issuers=["教育局"]), "海沧 厦门 舟山"),
        (Filters(issuers=["教育厅", "舟山"]), "福建 舟山"),
        (Filters(issuers=["卫生局"]), ""),
        (Filters(types=["md"]), "厦门"),
        (Filters(types=[".TXT"]), "海沧 福建 舟山"),
        (Filters(places=["福建"], years=[2023], types=["txt"]), "海沧"),
        (Filters(years=[], places=[]), "海沧 厦门 福建 舟山"),
    ],
)
def test_every_filter_leaves_its_documents_and_no_other(
    searcher: Searcher, ids: dict[str, str], filters: Filters, places: str
) -> None:
    hits = searcher.search("计划竣工几个项目", 50, filters)
    assert {hit.chunk.document_id for hit in hits} == {ids[place] for place in places.split()}
    both = {name for hit in hits for name in hit.found_by}
    assert both == ({"dense", "lexical"} if places else set())


def test_documents_are_restricted_together_with_the_rest(searcher: Searcher, ids: dict[str, str]) -> None:
    one = Filters(documents=[ids["海沧"]], places=["厦门"])
    assert {hit.chunk.document_id for hit in searcher.search("招聘教师", 50, one)} == {ids["海沧"]}
    assert searcher.search("招聘教师", 50, Filters(documents=[ids["舟山"]], places=["厦门"])) == []
    assert searcher.search("招聘教师", 50, Filters(documents=[])) == []


def test_a_place_that_nobody_knows_is_told(searcher: Searcher) -> None:
    with pytest.raises(UnknownPlace, match="厦门市海沧区"):
        searcher.search("招聘教师", 5, Filters(places=["某某"]))


def test_a_shelf_follows_the_store(library: Library, ids: dict[str, str]) -> None:
    shelf = Shelf(library.store)
    before = shelf.rows(Filters(places=["厦门"]))
    assert before is not None and len(before)
    library.store.remove(ids["海沧"])
    after = shelf.rows(Filters(places=["厦门"]))
    assert after is not None and set(after.tolist()) < set(before.tolist())
    assert shelf.rows(Filters()) is None


def test_a_name_that_is_pages_long_is_repeated_and_compared_in_part(searcher: Searcher, ids: dict[str, str]) -> None:
    shelf = Shelf(searcher.store)
    with pytest.raises(UnknownPlace) as caught:
        shelf.documents(Filters(places=["没有" * 100_000]))
    assert len(str(caught.value)) < 2 * LONGEST_NAME
    assert shelf.documents(Filters(issuers=["海沧区教育局" + " " * LONGEST_NAME + "没有" * 100_000])) == [ids["海沧"]]


def test_a_document_under_several_names_is_of_each_of_their_types(library: Library, ids: dict[str, str]) -> None:
    shelf = Shelf(library.store)
    library.store.add_path("/另一个.md", ids["海沧"])
    assert set(shelf.documents(Filters(types=["md"])) or ()) == {ids["海沧"], ids["厦门"]}
    assert ids["海沧"] in (shelf.documents(Filters(types=["txt"])) or ())
    library.store.forget_path("/另一个.md")
    assert shelf.documents(Filters(types=["md"])) == [ids["厦门"]]
    assert shelf.documents(Filters(types=["%"])) == []
