"""Jobs in the ledger: what ends stays ended, states follow from files, keys are remembered for a day."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.caller import LOCAL, Caller
from server.ledger import audit, jobs
from server.ledger.jobs import Ended, NewFile, Task
from server.ledger.ledger import Ledger
from server.upload_errors import KeyReused, UnknownJob

WRITER = Caller("k1", "甲", "write")
OTHER = Caller("k2", "乙", "write")
ADMIN = Caller("k3", "丙", "admin")
ADDED = Ended("added", "d1")
FAILED = Ended("failed", None, "damaged", "坏了。")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = Ledger(tmp_path / "ledger")
    yield ledger
    ledger.close()


def make(ledger: Ledger, job: str, count: int = 2, caller: Caller = WRITER) -> list[Task]:
    """A job of so many files of 100 bytes; its tasks."""
    jobs.create(ledger, caller, job, [NewFile(f"夹/{n}.txt", f"{n}.txt", 100) for n in range(1, count + 1)])
    return [Task(job, n, f"夹/{n}.txt", f"{n}.txt", None, 0, 0) for n in range(1, count + 1)]


def test_files_are_taken_in_order_and_the_job_ends_with_the_last(ledger: Ledger) -> None:
    first, second = make(ledger, "a")
    make(ledger, "b", 1)
    assert jobs.next_task(ledger) == first
    jobs.begin(ledger, first)
    running = jobs.job(ledger, WRITER, "a")
    assert (running.state, running.files, running.files_ended) == ("running", 2, 0)
    jobs.advance(ledger, first, 0.25)
    assert jobs.job(ledger, WRITER, "a").size_ended == 25
    jobs.end(ledger, first, ADDED)
    assert jobs.next_task(ledger) == second
    jobs.end(ledger, second, FAILED)
    done = jobs.job(ledger, WRITER, "a")
    assert (done.state, done.size_ended, done.results) == ("done", 200, {"added": 1, "failed": 1})
    assert done.ended is not None
    following = jobs.next_task(ledger)
    assert following is not None and following.job == "b"
    assert jobs.waiting(ledger) == 1


def test_a_job_that_failed_in_all_has_failed(ledger: Ledger) -> None:
    for task in make(ledger, "a"):
        jobs.end(ledger, task, FAILED)
    assert jobs.job(ledger, WRITER, "a").state == "failed"


def test_what_has_ended_does_not_end_again(ledger: Ledger) -> None:
    task, _ = make(ledger, "a")
    jobs.end(ledger, task, ADDED)
    jobs.end(ledger, task, FAILED)
    jobs.begin(ledger, task)
    (line, _), total = jobs.lines(ledger, "a", 10, 0)
    assert (line.result, line.document_id, line.state, total) == ("added", "d1", "done", 2)


def test_a_file_that_was_begun_comes_first_and_counts_its_starts_and_crashes(ledger: Ledger) -> None:
    task, _ = make(ledger, "a")
    jobs.begin(ledger, task)
    again = jobs.next_task(ledger)
    assert again is not None and (again.number, again.starts, again.crashes) == (1, 1, 0)
    jobs.put_back(ledger, task)
    assert jobs.next_task(ledger) == task
    assert jobs.crashed(ledger, task) == 1
    after = jobs.next_task(ledger)
    assert after is not None and after.crashes == 1


def test_members_follow_their_archive_and_the_first_result_stands(ledger: Ledger) -> None:
    task, _ = make(ledger, "a")
    jobs.end_members(ledger, task, [("内/x.txt", ADDED)])
    jobs.end_members(ledger, task, [("内/x.txt", Ended("duplicate", "d1"))])
    jobs.end(ledger, task, Ended("unpacked"))
    assert jobs.members(ledger, task) == 1
    lines, total = jobs.lines(ledger, "a", 10, 0)
    assert [(line.name, line.result) for line in lines] == [
        ("夹/1.txt", "unpacked"),
        ("夹/1.txt/内/x.txt", "added"),
        ("夹/2.txt", None),
    ]
    assert total == 3
    assert [line.name for line in jobs.lines(ledger, "a", 1, 1)[0]] == ["夹/1.txt/内/x.txt"]
    assert jobs.job(ledger, WRITER, "a").results == {"added": 1}


def test_cancelling_ends_what_has_not_begun(ledger: Ledger) -> None:
    first, second, third = make(ledger, "a", 3)
    jobs.end(ledger, first, ADDED)
    jobs.begin(ledger, second)
    jobs.cancel(ledger, WRITER, "a")
    assert jobs.is_cancelled(ledger, "a")
    assert jobs.job(ledger, WRITER, "a").state == "running"
    assert [jobs.is_awaited(ledger, "a", n) for n in (1, 2, 3, 4)] == [False, True, False, None]
    jobs.end(ledger, second, jobs.CANCELLED)
    job = jobs.job(ledger, WRITER, "a")
    assert (job.state, job.results, job.files_ended) == ("cancelled", {"added": 1}, 3)
    jobs.end(ledger, third, ADDED)
    assert jobs.job(ledger, WRITER, "a").results == {"added": 1}


def test_cancelling_what_has_ended_changes_nothing(ledger: Ledger) -> None:
    (task,) = make(ledger, "a", 1)
    jobs.end(ledger, task, ADDED)
    before = jobs.job(ledger, WRITER, "a")
    jobs.cancel(ledger, WRITER, "a")
    assert jobs.job(ledger, WRITER, "a") == before


def test_a_key_sees_its_own_jobs_and_an_administrator_all(ledger: Ledger) -> None:
    make(ledger, "a", caller=WRITER)
    make(ledger, "b", caller=OTHER)
    make(ledger, "c", caller=LOCAL)
    assert [job.id for job in jobs.jobs(ledger, WRITER, 10, 0)[0]] == ["a"]
    found, total = jobs.jobs(ledger, ADMIN, 2, 0)
    assert ([job.id for job in found], total) == (["c", "b"], 3)
    assert jobs.job(ledger, ADMIN, "a").key == "k1"
    for caller, job in ((OTHER, "a"), (WRITER, "c"), (ADMIN, "nosuch")):
        with pytest.raises(UnknownJob):
            jobs.job(ledger, caller, job)


def test_an_idempotency_key_belongs_to_its_sender_and_is_forgotten_after_a_day(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = [NewFile("a.txt", "a.txt", 1)]
    assert jobs.create(ledger, WRITER, "a", files, None, ("key", "digest")) == "a"
    assert jobs.create(ledger, WRITER, "b", files, None, ("key", "digest")) == "a"
    with pytest.raises(KeyReused):
        jobs.create(ledger, WRITER, "b", files, None, ("key", "another"))
    assert jobs.create(ledger, OTHER, "b", files, None, ("key", "another")) == "b"
    monkeypatch.setattr(jobs, "KEPT_SECONDS", -1)
    assert jobs.create(ledger, WRITER, "c", files, None, ("key", "another")) == "c"
    assert jobs.jobs(ledger, ADMIN, 10, 0)[1] == 3


def test_who_gave_and_who_cancelled_a_job_stands_in_the_audit_log(ledger: Ledger) -> None:
    make(ledger, "a")
    jobs.cancel(ledger, ADMIN, "a")
    assert [(entry.name, entry.action, entry.subject) for entry in audit.entries(ledger, 10)] == [
        ("丙", "job.cancel", "a"),
        ("甲", "document.add", "a"),
    ]
    assert "夹/1.txt" in audit.entries(ledger, 10)[1].detail
