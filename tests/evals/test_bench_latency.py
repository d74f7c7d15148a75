"""Two pipelines in turn: their order, and where their time is counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from evals.bench.latency import JUDGING, READING, WRITING, Meter, MeteredModel, Run, compare, report
from index.store import Store
from server.answer.finding import Ask
from server.answer.result import Answer, Timings
from server.evaluate import Case
from server.llm.template import Message
from tests.stubs import ScriptedModel

CASES = [Case(str(number), "fact", f"第{number}问", (("6个",),), None) for number in range(3)]
ASKED = [Message("user", "问题：竣工几个")]


class _Pipeline:
    """Takes a given time in its own account; notes in `log` that it was asked."""

    def __init__(self, name: str, milliseconds: float, log: list[str], store: Store) -> None:
        self.store = store
        self._name, self._milliseconds, self._log = name, milliseconds, log

    def answer(self, ask: Ask) -> Answer:
        self._log.append(self._name + ask.question[1])
        return Answer("answered", "共6个。", (), (), Timings(1.0, None, self._milliseconds), None)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "youju.db")
    yield store
    store.close()


def test_who_comes_first_alternates_and_ratios_are_of_the_same_question(store: Store) -> None:
    log: list[str] = []
    product = Run("product", _Pipeline("p", 10.0, log, store), Meter())
    naive = Run("naive", _Pipeline("n", 40.0, log, store), Meter())
    compare(product, naive, CASES, lambda _: None)
    assert log == ["p0", "n0", "n1", "p1", "p2", "n2"]
    told = report(product, naive)
    assert "naive / product, complete answer: 4.00" in told
    assert told.count("right 3 of 3") == 2


def test_a_metered_model_says_the_same_and_tells_where_the_time_went() -> None:
    meter = Meter()
    model = MeteredModel(ScriptedModel("依据：6个"), meter)
    assert model.log_odds(ASKED, "是", "否") > 0
    assert "".join(model.generate(ASKED, 64)) == "依据：6个"
    parts = meter.emptied()
    assert set(parts) == {READING, WRITING, JUDGING}
    assert all(milliseconds >= 0 for milliseconds in parts.values())
    assert meter.emptied() == {}
