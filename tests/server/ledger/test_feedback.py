"""Feedback stands by itself, becomes cases that an evaluation reads, and loses what a removed document said."""

import json
from pathlib import Path

import pytest

from index.library import Library
from index.store import Store
from server.evaluate import read_cases
from server.ledger import feedback
from server.ledger.conversations import forget
from server.ledger.feedback import Feedback, Verdict
from server.ledger.ledger import Ledger
from server.saved_errors import TooMuchFeedback, UnknownFeedback
from tests.server.ledger.conftest import QUESTION, added, content, quoted

TEXT = "教育工作要点\n一、学校建设\n计划竣工项目五个。\n"


def _given(verdict: Verdict, status: str = "answered", expected: str = "", history: tuple[str, ...] = ()) -> Feedback:
    return Feedback(verdict, QUESTION, status, "五个[1]。", (), history, expected=expected)


def test_it_comes_back_as_it_was_given_the_newest_first(ledger: Ledger) -> None:
    first = feedback.give(ledger, _given("right", history=("前一问",)))
    second = feedback.give(ledger, _given("wrong", expected="六个"))
    assert feedback.listed(ledger, 10) == [second, first]
    assert feedback.listed(ledger, 1, 1) == [first] and feedback.one(ledger, first.id) == first
    assert feedback.count(ledger) == 2
    feedback.delete(ledger, first.id)
    with pytest.raises(UnknownFeedback, match=first.id):
        feedback.one(ledger, first.id)


def test_too_much_is_refused(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(feedback, "MOST_FEEDBACK", 1)
    feedback.give(ledger, _given("right"))
    with pytest.raises(TooMuchFeedback):
        feedback.give(ledger, _given("right"))


def test_what_can_be_scored_becomes_a_case(ledger: Ledger, library: Library, store: Store, tmp_path: Path) -> None:
    document = added(library, tmp_path, TEXT)
    cited = quoted(store, document)
    right = feedback.give(ledger, Feedback("right", QUESTION, "answered", cited.answer, cited.citations, ("前一问",)))
    refused = feedback.give(ledger, _given("should_refuse"))
    wrong = feedback.give(ledger, _given("wrong", expected="六个"))
    feedback.give(ledger, _given("wrong"))
    feedback.give(ledger, _given("right", "cancelled"))
    rightly = feedback.give(ledger, _given("right", "not_found"))
    file = tmp_path / "cases.jsonl"
    lines = [json.dumps(case, ensure_ascii=False) for case in feedback.cases(ledger, store)]
    file.write_text("\n".join(lines), encoding="utf-8")
    cases = read_cases(file)
    assert [(case.id, case.type, case.answers) for case in cases] == [
        (right.id, "feedback", ()),
        (refused.id, "none", ()),
        (wrong.id, "feedback", (("六个",),)),
        (rightly.id, "none", ()),
    ]
    assert cases[0].history == ("前一问",)
    assert isinstance(cases[0].evidence, tuple) and cases[0].evidence[0].document == "教育工作要点.txt"
    assert cases[1].evidence is None


@pytest.mark.parametrize(("comment", "left"), [("应当是计划竣工项目五个", ""), ("答得太慢", "答得太慢")])
def test_a_removed_document_takes_what_it_said(
    ledger: Ledger, library: Library, store: Store, tmp_path: Path, comment: str, left: str
) -> None:
    document = added(library, tmp_path, TEXT)
    cited = quoted(store, document)
    given = feedback.give(
        ledger,
        Feedback("wrong", QUESTION, "answered", cited.answer, cited.citations, (), comment, "竣工项目五个"),
    )
    assert forget(ledger, [document])
    blanked = feedback.one(ledger, given.id)
    assert (blanked.question, blanked.verdict, blanked.removed) == (QUESTION, "wrong", (document,))
    assert (blanked.expected, list(blanked.citations), blanked.comment) == ("", [], left)
    assert document in blanked.answer
    assert "竣工项目五个".encode() not in content(ledger)
    assert list(feedback.cases(ledger, store)) == []
