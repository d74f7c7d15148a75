"""Runs: case by case, in order, across restarts, and without the words of documents that are gone."""

from pathlib import Path

import pytest

from index.library import Library
from index.store import Store
from server.evaluate import Case, summary
from server.ledger import evaluations
from server.ledger.conversations import forget
from server.ledger.evaluations import Scored
from server.ledger.ledger import Ledger
from server.saved_errors import TooManyRuns, UnknownRun
from tests.server.ledger.conftest import QUESTION, added, content, quoted

TEXT = "教育工作要点\n一、学校建设\n计划竣工项目五个。\n"
CASES = [Case(str(n), "fact", f"{QUESTION}{n}", (("五个",),), "计划竣工项目五个") for n in range(2)]
RIGHT = Scored("answered", None, "五个[1]。", True, True, (), 1.0, None, 2.0)


def test_cases_are_asked_in_order_and_the_run_ends_with_the_last(ledger: Ledger) -> None:
    first = evaluations.start(ledger, None, "夜里", CASES)
    second = evaluations.start(ledger, None, "", CASES[:1])
    assert (first.status, first.cases, first.done) == ("waiting", 2, 0)
    asked = []
    while (pending := evaluations.pending(ledger)) is not None:
        asked.append((pending.run, pending.case.id))
        evaluations.keep(ledger, pending, RIGHT, [])
        if len(asked) == 1:
            assert evaluations.one(ledger, first.id).status == "running"
            again = Ledger(ledger.path)  # as after a restart
            assert evaluations.pending(again) == evaluations.pending(ledger)
            again.close()
    assert asked == [(first.id, "0"), (first.id, "1"), (second.id, "0")]
    assert [run.status for run in evaluations.listed(ledger, 10)] == ["done", "done"]
    assert [run.id for run in evaluations.listed(ledger, 1)] == [second.id]
    told = summary(evaluations.results(evaluations.scored(ledger, first.id)))
    assert (told["right"], told["cites_gold"], told["latency_p50_ms"]) == (2, 2, 2.0)


def test_outcomes_follow_from_what_is_kept_also_of_runs_from_before_there_were_outcomes(ledger: Ledger) -> None:
    cases = [*CASES, *(Case(str(n), "fact", QUESTION, (("五个",),), "计划竣工项目五个") for n in range(2, 5))]
    cases.append(Case("5", "none", QUESTION, (), None))
    run = evaluations.start(ledger, None, "", cases)
    kept = [
        '{"status": "answered", "reason": null, "answer": "五个[1]。", "right": true, "cites_gold": true}',
        '{"status": "answered", "reason": null, "answer": "一批[1]。", "right": false, "cites_gold": true}',
        '{"status": "answered", "reason": null, "answer": "九个[1]。", "right": false, "cites_gold": false}',
        '{"status": "not_found", "reason": "no_match", "answer": "没有。", "right": false}',
        '{"status": "failed", "reason": null, "answer": "内部错误。", "right": false}',
        '{"status": "answered", "reason": null, "answer": "五个[1]。", "right": false}',
    ]
    for result in kept:
        pending = evaluations.pending(ledger)
        assert pending is not None
        evaluations.keep(ledger, pending, RIGHT, [])
        with ledger.writing() as db:
            db.execute("UPDATE run_cases SET result = ? WHERE row = ?", (result, pending.row))
    results = evaluations.results(evaluations.scored(ledger, run.id))
    assert [result.outcome for result in results] == ["right", "cut", "misleading", "wrongly_refused", None, "made_up"]
    told = summary(results)
    assert told["outcomes"] == {
        "right": 1, "cut": 1, "elsewhere": 0, "misleading": 1, "wrongly_refused": 1, "made_up": 1,
    }  # fmt: skip
    assert (told["questions"], told["wrongly_refused"]) == (6, 2)


def test_a_deleted_run_is_asked_no_more_and_what_comes_late_is_dropped(ledger: Ledger) -> None:
    run = evaluations.start(ledger, None, "", CASES)
    pending = evaluations.pending(ledger)
    assert pending is not None and evaluations.delete(ledger, run.id)
    evaluations.keep(ledger, pending, RIGHT, ["d"])
    assert evaluations.pending(ledger) is None and evaluations.count(ledger) == 0
    assert ledger.rows("SELECT 1 FROM run_cases UNION SELECT 1 FROM quoted") == []
    with pytest.raises(UnknownRun, match=run.id):
        evaluations.one(ledger, run.id)


def test_too_many_runs_are_refused_and_old_ones_go(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluations, "MOST_WAITING", 1)
    monkeypatch.setattr(evaluations, "MOST_RUNS", 2)
    ids = []
    for _ in range(3):
        ids.append(evaluations.start(ledger, None, "", CASES[:1]).id)
        with pytest.raises(TooManyRuns):
            evaluations.start(ledger, None, "", CASES)
        pending = evaluations.pending(ledger)
        assert pending is not None
        evaluations.keep(ledger, pending, RIGHT, [])
    assert [run.id for run in evaluations.listed(ledger, 10)] == ids[:0:-1]


def test_a_removed_document_takes_its_words_and_the_score_stays(
    ledger: Ledger, library: Library, store: Store, tmp_path: Path
) -> None:
    document = added(library, tmp_path, TEXT)
    run = evaluations.start(ledger, None, "", CASES[:1])
    pending = evaluations.pending(ledger)
    assert pending is not None
    answer = quoted(store, document).answer
    evaluations.keep(ledger, pending, Scored("answered", None, answer, True, True, ("五",)), [document])
    assert forget(ledger, [document])
    ((case, scored),) = evaluations.scored(ledger, run.id)
    assert (case.question, case.answers, scored.right, scored.unsupported) == (f"{QUESTION}0", (), True, ())
    assert scored.removed == (document,) and document in scored.answer
    assert "竣工项目五个".encode() not in content(ledger)
