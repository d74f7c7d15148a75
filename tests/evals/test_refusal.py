"""How refusing is counted, which items are taken, and that each question sees its own passages alone."""

import json
from pathlib import Path

import pytest

from evals.refusal import Item, Result, ask, by_source, read_items, sample, summary
from index.embed import Embedder
from server.answer.result import Answer, Timings
from server.errors import BadCases
from tests.stubs import ScriptedModel

PASSAGES = ("经审理查明，被告公司向原告供应煤炭，尚欠货款163495元至今未付。", "双方约定货到30天后结清款项。")
OWED = Item(id="1", source="a", question="尚欠货款多少元", passages=PASSAGES, answerable=True, answers=("163495元",))


def _item(number: int, source: str = "a", answerable: bool = True) -> Item:
    return Item(id=f"{source}{answerable}{number}", source=source, question="问", passages=(), answerable=answerable)


def _result(answerable: bool, text: str | None, source: str = "a") -> Result:
    item = _item(0, source, answerable).model_copy(update={"answers": ("6个", ("海清", "童瑶"))})
    timings = Timings(1.0, None, 1.0)
    if text is None:
        return Result(item, Answer("not_found", "资料中没有6个。", (), (), timings, "no_match"))
    return Result(item, Answer("answered", text, (), (), timings, None))


def test_refusing_is_scored_against_what_the_passages_cannot_answer() -> None:
    results = [
        _result(False, None), _result(False, None), _result(False, "16个"),
        _result(True, None), _result(True, "共6个[1]。"), _result(True, "9个"),
    ]  # fmt: skip
    assert summary(results) == {
        "questions": 6,
        "answerable": 3,
        "unanswerable": 3,
        "refused": 3,
        "refusal_precision": 0.6667,
        "refusal_recall": 0.6667,
        "refusal_f1": 0.6667,
        "wrongly_refused": 0.3333,
        "right": 0.3333,
        "right_of_answered": 0.5,
    }


def test_any_gold_answer_makes_an_answer_right_and_a_refusal_never_is() -> None:
    assert _result(True, "主演是童瑶[1]。").right
    assert _result(True, "共6个[1]。").right
    assert not _result(True, "共16个[1]。").right
    assert not _result(True, None).right


def test_sources_are_told_apart_and_a_share_of_nothing_is_none() -> None:
    told = by_source([_result(True, "6个", "a"), _result(False, None, "b")])
    assert told["right"] == 1
    assert isinstance(told["a"], dict) and told["a"]["refusal_recall"] is None
    assert isinstance(told["b"], dict) and told["b"]["refusal_recall"] == 1


def test_a_sample_is_even_always_the_same_and_part_of_a_larger_one() -> None:
    items = [_item(n, source, answerable) for n in range(20) for source in "ab" for answerable in (True, False)]
    some = sample(items, 12)
    kinds = [(item.source, item.answerable) for item in some]
    assert {kinds.count(kind) for kind in kinds} == {3}
    assert sample(items[::-1], 12) == some
    assert sample(items, 24)[:12] == some
    assert len(sample(items, 0)) == len(items)


def test_items_are_read_with_answers_alone_or_in_groups(tmp_path: Path) -> None:
    file = tmp_path / "items.jsonl"
    line = {"id": "1", "source": "a", "license": "none", "question": "问", "passages": ["文"], "answerable": True}
    file.write_text(json.dumps(line | {"answers": ["六", ["七", "八"]]}) + "\n\n", encoding="utf-8")
    assert [item.alternatives for item in read_items(file)] == [["六", "七", "八"]]


@pytest.mark.parametrize("line", ["{", '{"id": "1"}', "[]"])
def test_a_bad_line_is_named(tmp_path: Path, line: str) -> None:
    file = tmp_path / "items.jsonl"
    file.write_text("\n" + line, encoding="utf-8")
    with pytest.raises(BadCases, match="第 2 行"):
        read_items(file)


def test_a_question_is_asked_over_its_own_passages_alone(embedder: Embedder) -> None:
    model = ScriptedModel("依据：尚欠货款163495元\n回答：尚欠货款163495元。")
    result = ask(OWED, embedder, model)
    assert result.right
    assert {citation.evidence.text for citation in result.answer.citations} <= set(PASSAGES)
    other = OWED.model_copy(update={"passages": ("猫喜欢在窗台上晒太阳。",), "answerable": False})
    assert ask(other, embedder, model).refused


def test_the_same_passage_twice_is_one_document(embedder: Embedder) -> None:
    twice = OWED.model_copy(update={"passages": (PASSAGES[0], PASSAGES[0])})
    assert ask(twice, embedder, ScriptedModel("依据：尚欠货款163495元\n回答：尚欠货款163495元。")).right
