"""Which documents a question names, by 《title》, by the words of a title, by number, by year and kind."""

import pytest

from index.query import understand
from index.search import Searcher
from server.answer.naming import Catalogue, Named
from tests.server.conftest import Index

REPORT = "# {year}年西山市人民政府工作报告\n\n一、工作回顾\n\n过去一年新增学位{count}个。\n"
DOCUMENTS = {
    "2021.md": REPORT.format(year=2021, count=100),
    "2022.md": REPORT.format(year=2022, count=200),
    "意见.txt": "西山市人民政府关于加快养老服务发展的意见\n\n西政发〔2020〕5号\n\n新建养老床位300张。\n",
    "公园.txt": "西山市公园管理条例\n\n第一条 为了规范公园管理，制定本条例。\n",
    "细则.txt": "西山市公园管理条例实施细则\n\n第一条 根据西山市公园管理条例，制定本细则。\n",
}


@pytest.fixture
def catalogue(index: Index) -> Catalogue:
    return Catalogue(index(DOCUMENTS).store)


def _titles(catalogue: Catalogue, text: str) -> set[str]:
    return {catalogue.store.document(d).title for d in catalogue.named(understand(text)).documents}


@pytest.mark.parametrize(
    ("question", "titles"),
    [
        ("《西山市公园管理条例》何时施行", {"西山市公园管理条例"}),
        ("《西山市公园管理条例实施细则》何时施行", {"西山市公园管理条例实施细则"}),
        ("西山市公园管理条例实施细则讲了什么", {"西山市公园管理条例实施细则"}),
        ("西山市公园管理条例讲了什么", {"西山市公园管理条例"}),
        ("《关于加快养老服务发展的意见》新建床位多少", {"西山市人民政府关于加快养老服务发展的意见"}),
        ("西政发〔2020〕5号新建床位多少张", {"西山市人民政府关于加快养老服务发展的意见"}),
        ("西政发[2020]5号新建床位多少张", {"西山市人民政府关于加快养老服务发展的意见"}),
        ("西政发（2020）5号新建床位多少张", {"西山市人民政府关于加快养老服务发展的意见"}),
        ("2022年政府工作报告里新增学位多少", {"2022年西山市人民政府工作报告"}),
        ("2021年的报告里新增学位多少", {"2021年西山市人民政府工作报告"}),
        ("新建床位多少（2020年那个意见）", {"西山市人民政府关于加快养老服务发展的意见"}),
    ],
)
def test_a_named_document_is_found(catalogue: Catalogue, question: str, titles: set[str]) -> None:
    assert _titles(catalogue, question) == titles


@pytest.mark.parametrize(
    "question", ["新增学位多少个", "养老床位多少张", "2022年新增学位多少个", "2019年政府工作报告里写了什么"]
)
def test_a_question_without_a_name_of_these_names_nothing(catalogue: Catalogue, question: str) -> None:
    assert catalogue.named(understand(question)) == Named()


@pytest.mark.parametrize(
    ("question", "missing"),
    [
        ("《东湖市垃圾分类管理办法》何时施行", "《东湖市垃圾分类管理办法》"),
        ("西政发〔2020〕15号讲了什么", "西政发[2020]15号"),
        ("西政发〔2021〕5号讲了什么", "西政发[2021]5号"),
    ],
)
def test_a_name_that_no_document_bears_is_missing(catalogue: Catalogue, question: str, missing: str) -> None:
    named = catalogue.named(understand(question))
    assert (named.documents, named.missing) == (frozenset(), (missing,))


def test_the_year_of_a_report_is_part_of_its_name(catalogue: Catalogue) -> None:
    assert catalogue.named(understand("2022年政府工作报告说2021年新增学位多少")).years == {2022}
    assert catalogue.named(understand("《西山市公园管理条例》2022年修订了吗")).years == frozenset()


def test_a_document_that_is_added_is_known_at_once(index: Index) -> None:
    searcher = index({"公园.txt": DOCUMENTS["公园.txt"]})
    catalogue = Catalogue(searcher.store)
    question = understand("《西山市公园管理条例》何时施行")
    assert catalogue.named(question).documents
    searcher.store.remove(next(iter(catalogue.named(question).documents)))
    assert catalogue.named(question).documents == frozenset()


def test_the_samples_are_named_by_their_titles(searcher: Searcher) -> None:
    found = _titles(Catalogue(searcher.store), "2023年海沧区教育工作要点里竣工几个项目")
    assert found == {"2023年海沧区教育工作要点"}
