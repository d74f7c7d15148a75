"""Document number, index number, issuer and dates are read off a document's card and cited where they stand."""

import pytest

from index.query import understand
from index.search import Searcher
from server.answer.card import card_fact
from server.answer.evidence import Candidate, find_candidates
from server.reader.reader import shipped
from tests.server.conftest import Index

ASKED = "海沧2023年计划竣工几个项目"


def _candidates(searcher: Searcher, text: str) -> list[Candidate]:
    return find_candidates(understand(text), searcher.search(text, 8), searcher.store, shipped())


@pytest.mark.parametrize(
    ("question", "label", "value"),
    [
        ("海沧教育工作要点的文号是什么", "文号", "厦海教工委〔2023〕16号"),
        ("乳山的发文字号", "文号", "乳政发〔2021〕6号"),
        ("舟山教育局工作要点的索引号", "索引号", "001008009005004/2023-187793"),
        ("乳山教育高质量发展实施意见是谁发布的", "发布机构", "乳山市人民政府"),
        ("义乌市教育局重点工作计划的成文日期", "成文日期", "2021-01-17"),
        ("乳山什么时候印发实施意见", "成文日期", "2021-12-01"),
    ],
)
def test_the_card_of_a_document_answers_for_its_number_issuer_and_dates(
    searcher: Searcher, question: str, label: str, value: str
) -> None:
    fact = card_fact(understand(question), _candidates(searcher, question), searcher.store)
    assert fact is not None
    assert (fact.label, fact.value) == (label, value)
    document = searcher.store.document(fact.evidence.document_id)
    assert document.text[fact.evidence.start : fact.evidence.end] == fact.evidence.text
    assert value in fact.evidence.text


@pytest.mark.parametrize(
    "question",
    [ASKED, "义乌教育局重点工作计划的文号", "海沧2024年教育工作要点的文号是什么", "红烧肉食谱的文号是什么"],
)
def test_the_card_answers_nothing_that_it_does_not_hold(searcher: Searcher, question: str) -> None:
    assert card_fact(understand(question), _candidates(searcher, question), searcher.store) is None


def test_the_card_answers_on_which_day(searcher: Searcher) -> None:
    question = "义乌教育局重点工作计划的成文日期是哪天"
    fact = card_fact(understand(question), _candidates(searcher, question), searcher.store)
    assert fact is not None
    assert fact.value == "2021-01-17"


def test_the_whole_line_is_cited_so_that_the_label_is_quoted_too(searcher: Searcher) -> None:
    question = understand("海沧教育工作要点的文号是什么")
    fact = card_fact(question, _candidates(searcher, question.text), searcher.store)
    assert fact is not None
    assert "文号:" in fact.evidence.text
    assert "\n" not in fact.evidence.text
    assert fact.evidence.text == fact.evidence.text.strip()


def test_the_date_that_is_asked_for_by_its_name_is_told_of_several(index: Index) -> None:
    text = "成文日期：2021-03-02\n发布日期：2021-03-09\n\n西山市2021年教育工作要点\n\n一、建设学校。新建学校3所。\n"
    searcher = index({"要点.txt": text})
    for asked, value in (("成文日期", "2021-03-02"), ("发布日期", "2021-03-09")):
        question = understand(f"西山市教育工作要点的{asked}是哪天")
        fact = card_fact(question, _candidates(searcher, question.text), searcher.store)
        assert fact is not None
        assert (fact.label, fact.value) == (asked, value)


def test_the_card_of_another_place_does_not_answer(searcher: Searcher) -> None:
    question = understand("翔安教育工作要点的文号是什么")
    assert card_fact(question, _candidates(searcher, question.text), searcher.store) is None


@pytest.mark.parametrize("asked", ["厦海教工委[2023]16号是关于什么的？", "厦海教工委〔2023〕16号叫什么名字"])
def test_a_document_number_is_told_whose_it_is(searcher: Searcher, asked: str) -> None:
    question = understand(asked)
    fact = card_fact(question, _candidates(searcher, asked), searcher.store)
    assert fact is not None
    title, number = fact.cited
    assert fact.said == f"厦海教工委〔2023〕16号是《{title.title}》"
    assert "".join(title.title.split()) in "".join(title.text.split())
    assert "厦海教工委〔2023〕16号" in number.text


def test_a_number_that_nobody_bears_has_no_title(searcher: Searcher) -> None:
    asked = "厦海教工委〔2023〕17号是关于什么的"
    assert card_fact(understand(asked), _candidates(searcher, asked), searcher.store) is None
