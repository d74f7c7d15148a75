"""The plain pipeline: its cuts, what it shows the model, and when a reply counts as a refusal."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.naive import NEAREST, OVERLAP, SIZE, NaivePipeline, refuses, split
from index.embed import Embedder
from index.search import Searcher
from server import evaluate
from server.answer.finding import Ask
from server.evaluate import Case
from tests.conftest import SAMPLES
from tests.server.conftest import open_searcher
from tests.stubs import ScriptedModel

QUESTION = "海沧2023年计划竣工几个项目"


@pytest.fixture
def searcher(tmp_path: Path, embedder: Embedder) -> Iterator[Searcher]:
    """Over one sample."""
    searcher = open_searcher(tmp_path, embedder, [SAMPLES / "2023年海沧区教育工作要点.txt"])
    yield searcher
    searcher.store.close()


def _cut(text: str) -> list[str]:
    return [text[span.start : span.end] for span in split(text)]


def test_a_short_text_is_one_chunk_and_white_space_none() -> None:
    assert _cut("\n全年新建社区食堂12家。\n") == ["全年新建社区食堂12家。"]
    assert _cut(" \n\n ") == []
    assert _cut("") == []


def test_sentences_are_packed_up_to_the_size_and_the_last_one_comes_again() -> None:
    sentences = [f"{number:03}" + "字" * 36 + "。" for number in range(30)]
    chunks = _cut("".join(sentences))
    assert chunks[0] == "".join(sentences[:12])  # 12 of 40 characters; a thirteenth would make 520
    assert chunks[1] == "".join(sentences[11:23])
    assert all(len(chunk) <= SIZE for chunk in chunks)


def test_paragraphs_are_cut_before_sentences() -> None:
    first, second = "甲" * 300 + "。", "乙" * 300 + "。"
    assert _cut(f"{first}\n\n{second}") == [first, second]


def test_a_text_without_any_mark_is_cut_by_characters_with_overlap() -> None:
    text = "".join(chr(0x4E00 + i) for i in range(1200))
    chunks = _cut(text)
    assert [len(chunk) for chunk in chunks] == [SIZE, SIZE, 1200 - 2 * (SIZE - OVERLAP)]
    assert chunks[0][-OVERLAP:] == chunks[1][:OVERLAP]


@pytest.mark.parametrize(
    ("reply", "refused"),
    [
        ("不知道。", True),
        ("抱歉，资料里查不到。", True),
        ("根据以上资料，没有提到销售额。", True),
        ("", True),
        ("竣工6个项目。", False),
        ("海沧区2023年计划竣工6个学校项目，可新增学位8280个，其中没有说明幼儿园。", False),
    ],
)
def test_a_refusal_is_told_by_how_a_reply_begins(reply: str, refused: bool) -> None:
    assert refuses(reply) is refused


def test_the_model_is_shown_the_nearest_chunks_and_its_reply_stands_as_it_is(searcher: Searcher) -> None:
    model = ScriptedModel("竣工项目6个，大概吧", "不知道")
    pipeline = NaivePipeline(searcher.store, searcher.embedder, model)
    answer = pipeline.answer(Ask(QUESTION))
    assert (answer.status, answer.text, answer.reason) == ("answered", "竣工项目6个，大概吧", None)
    assert [citation.number for citation in answer.citations] == list(range(1, NEAREST + 1))
    assert [citation.evidence for citation in answer.citations] == [ranked.evidence for ranked in answer.evidence]
    for ranked in answer.evidence:
        evidence = ranked.evidence
        assert searcher.store.document(evidence.document_id).text[evidence.start : evidence.end] == evidence.text
        assert evidence.text in model.prompts[0]
    refused = pipeline.answer(Ask(QUESTION))
    assert (refused.status, refused.citations, refused.reason) == ("not_found", (), "unsupported")


def test_the_scoring_of_the_product_scores_it(searcher: Searcher) -> None:
    pipeline = NaivePipeline(searcher.store, searcher.embedder, ScriptedModel("计划竣工项目6个"))
    cases = [Case("1", "fact", QUESTION, (("6个",),), "计划竣工项目6个"), Case("2", "none", "红烧肉怎么做", (), None)]
    assert [r.right for r in evaluate.run(pipeline, cases, lambda _: None)] == [True, False]
