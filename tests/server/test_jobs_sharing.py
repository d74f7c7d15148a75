"""How the uploads of several keys share the time: nobody's files wait long for what takes long of another's.

The files that take long are real ones: scans of many pages, each of which costs seconds of OCR.
"""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path

import pytest

from evals.hostile import archive, scan
from index.store import Store
from server import jobs as runner_module
from server.caller import LOCAL, Caller
from server.installation import Installation
from server.jobs import Runner
from server.ledger import jobs
from server.ledger.jobs import Task
from server.ledger.ledger import Ledger
from server.runtime import DATABASE
from server.uploads import UPLOADS
from tests.server.api.library import text_of
from tests.server.test_jobs import children, ended, installation, job_of, ledger, lines, runners, upload
from tests.waiting import until

__all__ = ["installation", "ledger", "runners"]
OWNERS = [Caller(f"k{n}", f"人{n}", "write") for n in range(5)]
PATIENCE = 240.0
"""Seconds for a file that takes a few on an idle machine; what it must not wait for takes hours."""
Runners = Callable[[], Runner]


def texts(count: int, name: str) -> bytes:
    """An archive of so many small documents."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as file:
        for n in range(count):
            file.writestr(f"{n:02}.txt", text_of(f"{name}{n}区", n))
    return packed.getvalue()


def ends(ledger: Ledger, job: str) -> None:
    until(lambda: job_of(ledger, job).ended is not None, PATIENCE)


def running(ledger: Ledger, job: str) -> None:
    until(lambda: job_of(ledger, job).state == "running", PATIENCE)


def test_a_file_is_indexed_while_another_keys_archive_hangs_reader_after_reader(
    ledger: Ledger, installation: Installation, runners: Runners
) -> None:
    upload(ledger, installation, "hostile", {"慢.zip": archive(60, 100)}, OWNERS[0])
    runners()
    running(ledger, "hostile")
    upload(ledger, installation, "quick", {"快.txt": text_of("一区")}, OWNERS[1])
    ends(ledger, "quick")
    assert [line.result for line in lines(ledger, "quick")] == ["added"]
    assert job_of(ledger, "hostile").ended is None
    jobs.cancel(ledger, OWNERS[0], "hostile")
    ends(ledger, "hostile")
    assert job_of(ledger, "hostile").state == "cancelled"


def test_several_keys_with_files_that_take_long_do_not_keep_another_waiting(
    ledger: Ledger, installation: Installation, runners: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "QUICK_SECONDS", 2.0)
    for n, owner in enumerate(OWNERS[:3]):
        upload(ledger, installation, f"hostile{n}", {f"慢{n}.pdf": scan(400, n)}, owner)
    runners()
    running(ledger, "hostile0")
    upload(ledger, installation, "quick", {"快.txt": text_of("一区")}, OWNERS[3])
    ends(ledger, "quick")
    assert [line.result for line in lines(ledger, "quick")] == ["added"]
    assert all(job_of(ledger, f"hostile{n}").ended is None for n in range(3))
    assert all(task.starts <= 1 for task in jobs.next_tasks(ledger)), "being stopped for others is no failed start"


def test_an_archive_that_makes_way_goes_on_where_it_was_and_each_member_has_one_outcome(
    ledger: Ledger, installation: Installation, runners: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "MOST_LANES", 1)
    monkeypatch.setattr(runner_module, "SLICE_SECONDS", 0.0)
    upload(ledger, installation, "big", {"大.zip": archive(4, 1)}, OWNERS[0])
    runners()
    until(lambda: job_of(ledger, "big").results.get("added", 0) > 0, PATIENCE)
    for n in range(2):
        upload(ledger, installation, f"small{n}", {"小.txt": text_of(f"小{n}区")}, OWNERS[1 + n])
    ends(ledger, "big")
    small = [job_of(ledger, f"small{n}").ended or 1e12 for n in range(2)]
    assert max(small) < (job_of(ledger, "big").ended or 0.0)
    outcomes = {line.name: line.result for line in lines(ledger, "big")}
    assert outcomes == {"大.zip": "unpacked"} | {f"大.zip/{n:05}.pdf": "added" for n in range(4)}
    store = Store(installation.data / DATABASE)
    assert store.count() == 6
    store.close()


def test_the_files_of_two_keys_take_turns_and_one_process_is_enough_where_none_takes_long(
    ledger: Ledger, installation: Installation, runners: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "BEHIND_SECONDS", 1e9)
    for n, owner in enumerate(OWNERS[:2]):
        upload(ledger, installation, f"j{n}", {f"{m}.txt": text_of(f"{n}之{m}区") for m in range(6)}, owner)
    runners()
    for n in range(2):
        ends(ledger, f"j{n}")
    assert len(children()) == 1
    order = sorted((line.started or 0.0, n) for n in range(2) for line in lines(ledger, f"j{n}"))
    assert [n for _, n in order] == [0, 1] * 6


def test_a_process_that_dies_costs_only_the_file_that_it_was_at_and_idle_ones_end(
    ledger: Ledger, installation: Installation, runners: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "BEHIND_SECONDS", 0.0)
    monkeypatch.setattr(runner_module, "IDLE_SECONDS", 1.0)
    upload(ledger, installation, "a", {"慢.pdf": scan(400)}, OWNERS[0])
    runners()
    running(ledger, "a")
    upload(ledger, installation, "b", {f"{n}.txt": text_of(f"{n}区") for n in range(3)}, OWNERS[1])
    until(lambda: job_of(ledger, "b").files_ended >= 1, PATIENCE)
    slow = min(children(), key=lambda process: process.create_time())
    slow.kill()
    ends(ledger, "b")
    assert {line.result for line in lines(ledger, "b")} == {"added"}
    until(lambda: next(task.crashes for task in jobs.next_tasks(ledger) if task.job == "a") == 1, PATIENCE)
    jobs.cancel(ledger, OWNERS[0], "a")
    ends(ledger, "a")
    until(lambda: children() == [], PATIENCE)
    assert not (installation.data / UPLOADS / "a").exists()


def test_copies_of_one_file_from_two_keys_are_one_document_whose_file_stays(
    ledger: Ledger, installation: Installation, runners: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner_module, "BEHIND_SECONDS", 0.0)
    for n, owner in enumerate(OWNERS[:4]):
        upload(ledger, installation, f"j{n}", {"同.txt": text_of("同区")}, owner)
    runners()
    for n in range(4):
        ends(ledger, f"j{n}")
    found = sorted(str(line.result) for n in range(4) for line in lines(ledger, f"j{n}"))
    assert found == ["added", "duplicate", "duplicate", "duplicate"]
    store = Store(installation.data / DATABASE)
    (row,) = store.documents(-1)
    assert Path(row.path).is_file()
    until(lambda: len(list((installation.data / UPLOADS).glob("*/*/*"))) == 1)
    store.close()


@pytest.mark.parametrize("versions", [(6, 7), (7, 6), (7, 8)])
def test_of_two_replacements_that_are_queued_at_once_the_last_is_the_one_document_that_is_left(
    ledger: Ledger, installation: Installation, runners: Runners, versions: tuple[int, int]
) -> None:
    upload(ledger, installation, "first", {"甲.txt": text_of("甲区", 6)})
    runners()
    assert ended(ledger, "first") == {"甲.txt": "added"}
    old = str(lines(ledger, "first")[0].document_id)
    for job, figure in zip("ab", versions, strict=True):
        upload(ledger, installation, job, {f"{job}.txt": text_of("甲区", figure)}, LOCAL, old)
    results = [set(ended(ledger, job).values()) for job in "ab"]
    assert results == [{"unchanged" if versions[0] == 6 else "updated"}, {"updated"}]
    store = Store(installation.data / DATABASE)
    (row,) = store.documents(-1)
    assert f"竣工项目{versions[1]}个" in store.document(row.id).text
    assert Path(row.path).is_file()
    store.close()


def test_an_archive_that_has_used_up_its_time_tells_of_each_member_that_was_not_read(
    ledger: Ledger, installation: Installation
) -> None:
    spent = replace(installation, limits=replace(installation.limits, archive_seconds=0.0))
    upload(ledger, spent, "a", {"包.zip": texts(3, "包")}, OWNERS[0])
    runner = Runner(spent, ledger)
    runner.start()
    try:
        ends(ledger, "a")
    finally:
        runner.close()
    found = {(line.name, line.result, line.code) for line in lines(ledger, "a")}
    assert found == {("包.zip", "unpacked", None)} | {(f"包.zip/{n:02}.txt", "failed", "timed_out") for n in range(3)}
    assert all("请解压后单独添加" in str(line.reason) for line in lines(ledger, "a") if line.result == "failed")
    assert job_of(ledger, "a").state == "failed"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_that_nobody_foresaw_ends_a_lane_and_another_goes_on(
    ledger: Ledger, installation: Installation, runners: Runners, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin, failures = jobs.begin, iter([True])

    def begin_badly(ledger: Ledger, task: Task) -> bool:
        if next(failures, False):
            raise ValueError("not foreseen")
        return begin(ledger, task)

    monkeypatch.setattr(jobs, "begin", begin_badly)
    upload(ledger, installation, "a", {"一.txt": text_of("一区")}, OWNERS[0])
    runners()
    ends(ledger, "a")
    assert [line.result for line in lines(ledger, "a")] == ["added"]
    assert len(children()) == 1
