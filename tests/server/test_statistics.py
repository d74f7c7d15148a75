"""Counts and percentiles against those worked out by hand; words of questions only for who may see them."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from server.answer.result import Timings
from server.caller import LOCAL, Caller
from server.ledger.asked import Asked, record
from server.ledger.ledger import Ledger
from server.statistics import DAY, REST, Shelves, questions
from tests.server.conftest import Index

NOW = time.time()
PATIENCE = 30
READER = Caller("a", "甲", "read")


class _Clock:
    """Goes on by `step` seconds each time that it is read."""

    def __init__(self) -> None:
        self.now, self.step = 0.0, 0.0

    def __call__(self) -> float:
        self.now += self.step
        return self.now


@pytest.fixture
def index(stub_index: Index) -> Index:
    """Without a model."""
    return stub_index


def _ledger(folder: Path, *facts: Asked) -> Ledger:
    ledger = Ledger(folder / "ledger")
    for fact in facts:
        record(ledger, fact)
    return ledger


def test_questions_are_counted_by_end_reason_and_day(tmp_path: Path) -> None:
    ledger = _ledger(
        tmp_path,
        Asked(NOW - 40 * DAY, None, None, "answered", None, Timings(1, 1, 1)),
        Asked(NOW - DAY, None, None, "answered", None, Timings(1, 1, 1)),
        Asked(NOW, None, None, "not_found", "no_match", Timings(1, None, 1)),
        Asked(NOW, None, None, "not_found", "no_match", Timings(1, None, 1)),
        Asked(NOW, None, None, "cancelled"),
    )
    told = questions(ledger, LOCAL, days=30, measured=100, recent=10)
    assert (told.asked, told.statuses) == (4, [("not_found", 2), ("answered", 1), ("cancelled", 1)])
    assert told.reasons == [("no_match", 2)]
    assert [(day.answered, day.not_found, day.cancelled) for day in told.days] == [(1, 0, 0), (0, 2, 1)]
    assert told.days[-1].date == time.strftime("%Y-%m-%d", time.localtime(NOW))
    ledger.close()


def test_percentiles_are_of_the_last_answers_that_were_not_cancelled(tmp_path: Path) -> None:
    facts = [Asked(NOW, None, None, "answered", None, Timings(float(n), None, 10.0 * n)) for n in range(101)]
    ledger = _ledger(tmp_path, Asked(NOW, None, None, "answered", None, Timings(9e9, 9e9, 9e9)), *facts)
    told = questions(ledger, LOCAL, days=1, measured=101, recent=0)
    assert told.measured == 101
    assert told.latencies["total_ms"] == {"p50": 500.0, "p90": 900.0, "p95": 950.0, "p99": 990.0}
    assert told.latencies["first_token_ms"] == {}
    ledger.close()


def test_refused_questions_are_told_by_their_words_to_who_may_see_them(tmp_path: Path) -> None:
    refused = Timings(1.0, None, 1.0)
    ledger = _ledger(
        tmp_path,
        Asked(NOW, "a", "海沧的学位有多少", "not_found", "no_match", refused),
        Asked(NOW, "b", "义乌的学位有多少", "not_found", "unsupported", refused),
        Asked(NOW, "b", "你好", "not_found", "smalltalk", refused),
        Asked(NOW, "b", None, "not_found", "no_match", refused),
        Asked(NOW, "b", "答了的学位", "answered", None, refused),
    )
    all_of_them = questions(ledger, LOCAL, 1, 10, 10)
    assert [one.question for one in all_of_them.refused] == ["义乌的学位有多少", "海沧的学位有多少"]
    assert all_of_them.topics[0] == ("学位", 2)
    own = questions(ledger, READER, 1, 10, 10)
    assert [one.question for one in own.refused] == [one.question for one in own.seen] == ["海沧的学位有多少"]
    assert [one.status for one in all_of_them.seen] == ["answered", "not_found", "not_found", "not_found"]
    assert "义乌" not in dict(own.topics) and own.asked == 5
    assert questions(ledger, LOCAL, 1, 10, 1).refused == all_of_them.refused[:1]
    ledger.close()


def test_documents_are_counted_again_when_the_index_changes(index: Index) -> None:
    store = index({
        "甲.txt": "2023年海沧区教育工作要点\n一、建设\n竣工6个。\n",
        "乙.md": "2021年义乌市教育工作要点\n一、建设\n竣工5个。\n",
    }).store
    shelves = Shelves(_Clock())
    told = shelves.holdings(store)
    assert (told.documents, told.types) == (2, [("md", 1), ("txt", 1)])
    assert told.years == [("2021", 1), ("2023", 1)]
    assert told.characters == sum(row.characters for row in store.documents(-1))
    assert told.sizes == [("0", 2), ("1000", 0), ("5000", 0), ("20000", 0), ("100000", 0)]
    assert told.chunks == store.count_chunks()
    assert shelves.holdings(store) is told
    store.remove(store.documents(1)[0].id)
    assert shelves.holdings(store).documents == 1


def test_what_took_long_to_count_is_not_counted_with_every_change(index: Index) -> None:
    store = index({f"{year}.txt": f"{year}年海沧区教育工作要点\n竣工6个。\n" for year in (2021, 2022, 2023)}).store
    clock = _Clock()
    shelves = Shelves(clock)
    assert shelves.holdings(store).documents == 3
    clock.step = 2.0  # counting takes two seconds
    store.remove(store.documents(1)[0].id)
    told = shelves.holdings(store)
    assert told.documents == 2
    clock.step = 0.0
    store.remove(store.documents(1)[0].id)
    assert shelves.holdings(store) is told
    clock.now += 2.0 * REST - 0.5
    assert shelves.holdings(store) is told
    clock.now += 1.0
    assert shelves.holdings(store).documents == 1


def test_who_asks_while_it_is_counted_gets_the_count_before(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    store = index({
        "甲.txt": "2023年海沧区教育工作要点\n竣工6个。\n",
        "乙.txt": "2021年义乌市教育工作要点\n竣工5个。\n",
    }).store
    shelves, counting, goes_on = Shelves(), threading.Event(), threading.Event()
    told = shelves.holdings(store)
    store.remove(store.documents(1)[0].id)
    count = store.count_chunks

    def held() -> int:
        counting.set()
        goes_on.wait(PATIENCE)
        return count()

    monkeypatch.setattr(store, "count_chunks", held)
    with ThreadPoolExecutor(1) as pool:
        new = pool.submit(shelves.holdings, store)
        assert counting.wait(PATIENCE)
        assert shelves.holdings(store) is told
        goes_on.set()
        assert new.result(PATIENCE).documents == 1
