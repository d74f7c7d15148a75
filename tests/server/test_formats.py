"""The same document in every format gives the same answer to the same question."""

from collections.abc import Iterator

import pytest

from index.embed import Embedder
from index.library import Library
from index.search import Searcher
from index.store import Store
from index.vectors import VectorIndex
from ingest.text import fold
from server.answer.answerer import Answerer
from server.answer.finding import Ask
from server.llm.model import LlamaModel
from tests.rendered.document import NUMBER, TITLE
from tests.rendered.writers import WRITERS
from tests.server.conftest import Index

QUESTIONS = {
    "东湖区2023年计划竣工几个项目": "7个",
    "东湖区2023年新增多少学位": "3240个",
    "2023年东湖区招聘多少名教师": "186名",
}


@pytest.fixture(scope="module", params=sorted(WRITERS))
def rendered(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, embedder: Embedder,
    language_model: LlamaModel,
) -> Iterator[Answerer]:  # fmt: skip
    """An answerer over the document in one format."""
    folder = tmp_path_factory.mktemp("rendered")
    path = folder / f"文件.{request.param.rsplit('.', 1)[-1]}"
    WRITERS[request.param](path)
    library = Library(Store(folder / "data" / "youju.db"), embedder, VectorIndex(embedder.dimension))
    (outcome,) = library.take(path)
    assert (outcome.status, outcome.reason, outcome.gaps) == ("added", None, ())
    yield Answerer(Searcher(library.store, library.embedder, library.vectors), language_model)
    library.close()


@pytest.mark.parametrize(("question", "figure"), QUESTIONS.items(), ids=range(len(QUESTIONS)))
def test_a_document_answers_the_same_whatever_its_format(rendered: Answerer, question: str, figure: str) -> None:
    answer = rendered.answer(Ask(question))
    assert answer.status == "answered"
    assert figure in answer.text
    evidence = answer.citations[0].evidence
    assert figure in evidence.text
    document = rendered.searcher.store.document(evidence.document_id)
    assert document.text[evidence.start : evidence.end] == evidence.text


def test_the_title_is_read_from_every_format(rendered: Answerer) -> None:
    (row,) = rendered.searcher.store.documents(2)
    assert row.title == TITLE
    if row.metadata.number is not None:  # a sheet and slides do not print it
        assert fold(row.metadata.number.value) == fold(NUMBER)


TABLE = """<html><head><meta charset="utf-8"><title>2023年东湖区学校建设情况</title></head><body><h1>2023年东湖区学校建设情况</h1>
<table><tr><th>学校</th><th>学位</th><th>竣工时间</th></tr>
<tr><td>东湖第一小学</td><td>1080</td><td>2023年8月</td></tr>
<tr><td>东湖第二小学</td><td>1350</td><td>2023年12月</td></tr>
<tr><td>城北幼儿园</td><td>360</td><td>2023年7月</td></tr></table></body></html>"""
ROWS = {"东湖第二小学有多少学位": "1350", "城北幼儿园什么时候竣工": "2023年7月"}


@pytest.mark.parametrize(("question", "figure"), ROWS.items(), ids=range(len(ROWS)))
def test_a_row_of_a_table_answers_with_its_headers_and_is_cited_as_it_stands(
    index: Index, language_model: LlamaModel, question: str, figure: str
) -> None:
    answer = Answerer(index({"建设.html": TABLE}), language_model).answer(Ask(question))
    assert answer.status == "answered" and figure in answer.text
    (citation, *_) = answer.citations
    assert figure in citation.evidence.text and citation.evidence.text.count("\t") == 2
