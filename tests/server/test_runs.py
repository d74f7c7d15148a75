"""Evaluation runs in the background: behind everybody, across restarts, until they are deleted."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.search import Searcher
from server.answer.answerer import Answerer
from server.answer.finding import Ask
from server.api.state import State
from server.evaluate import Case
from server.ledger import evaluations
from server.ledger.conversations import forget
from server.ledger.ledger import Ledger
from server.llm.cancel import Cancel
from server.runs import Runner
from server.settings import Settings
from tests.server.api.test_asking import EndlessModel
from tests.stubs import ScriptedModel

ASKED = "海沧2023年计划竣工几个项目"
PATIENCE = 30


@pytest.fixture(scope="session")
def searcher(stub_searcher: Searcher) -> Searcher:
    """Without a model."""
    return stub_searcher


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger")
    yield ledger
    ledger.close()


def _cases(count: int) -> list[Case]:
    return [Case(str(number), "fact", ASKED, (("6个",),), "计划竣工项目6个") for number in range(count)]


def _until(holds: Callable[[], bool]) -> None:
    done = threading.Event()
    for _ in range(PATIENCE * 100):
        if holds():
            return
        done.wait(0.01)
    raise AssertionError("it did not happen")


def _run(ledger: Ledger, answerer: Answerer, run: str) -> None:
    runner = Runner(ledger, answerer)
    runner.start()
    _until(lambda: evaluations.one(ledger, run).status == "done")
    runner.close()


def test_a_run_is_asked_and_scored(ledger: Ledger, searcher: Searcher) -> None:
    cases = [*_cases(1), Case("refused", "none", "海沧2024年计划竣工几个项目", (), None)]
    run = evaluations.start(ledger, None, "", cases)
    _run(ledger, Answerer(searcher, ScriptedModel()), run.id)
    scored = evaluations.scored(ledger, run.id)
    assert [(case.id, one.status, one.right, one.cites_gold) for case, one in scored] == [
        ("0", "answered", True, True),
        ("refused", "not_found", True, None),
    ]
    assert [case.evidence for case, _ in scored] == [None, None]
    document = searcher.store.documents(1)[0].id
    cited = ledger.rows("SELECT DISTINCT document_id FROM quoted")
    assert len(cited) >= 1 and forget(ledger, [document])


def test_a_case_that_cannot_be_asked_is_told_with_its_error(ledger: Ledger, searcher: Searcher) -> None:
    run = evaluations.start(ledger, None, "", [Case("long", "fact", "问" * 3000, (), None), *_cases(1)])
    _run(ledger, Answerer(searcher, ScriptedModel()), run.id)
    (_, failed), (_, answered) = evaluations.scored(ledger, run.id)
    assert (failed.status, failed.right, answered.status) == ("failed", False, "answered")
    results = evaluations.results(evaluations.scored(ledger, run.id))
    assert [result.outcome for result in results] == [None, "right"]
    assert "3,000 字" in failed.answer


@pytest.mark.usefixtures("doubtful")
def test_everybody_else_goes_first(ledger: Ledger, searcher: Searcher) -> None:
    model = EndlessModel()
    answerer = Answerer(searcher, model, 4)
    asked: list[str] = []
    answerer.listeners.append(lambda ask, _: asked.append(ask.question))
    askers = [threading.Thread(target=answerer.answer, args=(Ask(ASKED), cancel)) for cancel in (Cancel(), Cancel())]
    askers[0].start()
    _until(lambda: answerer.in_line == 1)
    evaluations.start(ledger, None, "", [Case("0", "fact", f"{ASKED}？", (("6个",),), None)])
    runner = Runner(ledger, answerer)
    runner.start()
    _until(lambda: answerer.in_line == 2)
    askers[1].start()
    _until(lambda: answerer.in_line == 3)
    model.ended.set()
    _until(lambda: len(asked) == 3)
    runner.close()
    for asker in askers:
        asker.join(PATIENCE)
    assert asked == [ASKED, ASKED, f"{ASKED}？"]


@pytest.mark.usefixtures("doubtful")
def test_what_was_being_asked_when_the_server_ended_is_asked_again(ledger: Ledger, searcher: Searcher) -> None:
    run = evaluations.start(ledger, None, "", _cases(2))
    model = EndlessModel()
    runner = Runner(ledger, Answerer(searcher, model))
    runner.start()
    _until(lambda: evaluations.one(ledger, run.id).status == "waiting" and runner._present is not None)
    runner.close()
    assert evaluations.one(ledger, run.id).done == 0
    _run(ledger, Answerer(searcher, ScriptedModel()), run.id)
    assert evaluations.one(ledger, run.id).done == 2


@pytest.mark.usefixtures("doubtful")
def test_a_deleted_run_stops_at_once_and_the_next_one_begins(ledger: Ledger, searcher: Searcher) -> None:
    model = EndlessModel()
    answerer = Answerer(searcher, model)
    first, second = (evaluations.start(ledger, None, "", _cases(1)) for _ in range(2))
    runner = Runner(ledger, answerer)
    runner.start()
    _until(lambda: answerer.in_line == 1)
    evaluations.delete(ledger, first.id)
    runner.stop(first.id)
    assert model.was_cancelled.wait(PATIENCE)
    _until(lambda: evaluations.one(ledger, second.id).status == "done")
    third = evaluations.start(ledger, None, "", _cases(1))
    runner.wake()
    _until(lambda: evaluations.one(ledger, third.id).status == "done")
    runner.close()


@pytest.mark.usefixtures("doubtful")
def test_a_fault_that_nobody_foresaw_fails_its_case_and_no_other(ledger: Ledger, searcher: Searcher) -> None:
    class Broken(ScriptedModel):
        def log_odds(self, *_: object, **__: object) -> float:
            raise RuntimeError("llama_decode returned -3")

    run = evaluations.start(ledger, None, "", _cases(2))
    _run(ledger, Answerer(searcher, Broken()), run.id)
    assert [one.status for _, one in evaluations.scored(ledger, run.id)] == ["failed", "failed"]


@pytest.mark.usefixtures("doubtful")
def test_who_tells_it_to_end_does_not_wait_for_the_case_that_is_being_asked(
    ledger: Ledger, searcher: Searcher, tmp_path: Path
) -> None:
    class Held(ScriptedModel):
        """Notices nothing until it is released."""

        begun, released = threading.Event(), threading.Event()

        def log_odds(self, *_: object, **__: object) -> float:
            self.begun.set()
            self.released.wait(PATIENCE)
            return -8.0

    model = Held()
    state = State(lambda: Answerer(searcher, model), Settings(data=tmp_path).installation(), 60)
    evaluations.start(state.ledger, None, "", _cases(1))
    state.load()
    assert model.begun.wait(PATIENCE)
    ends = threading.Thread(target=state.end, daemon=True)
    ends.start()
    ends.join(PATIENCE / 2)
    waits = ends.is_alive()
    model.released.set()
    state.saved.close()
    state.ledger.close()
    assert not waits
