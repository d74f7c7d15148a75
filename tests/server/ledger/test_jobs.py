"""Jobs in the ledger: what ends stays ended, states follow from files, keys are remembered for a day."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from server.caller import LOCAL, Caller
from server.ledger import audit, jobs
from server.ledger.jobs import Ended, NewFile, Task
from server.ledger.ledger import Ledger
from server.upload_errors import KeyReused, TooManyQueued, UnknownJob

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
    return [Task(job, n, f"夹/{n}.txt", f"{n}.txt", None, 0, 0, caller.key) for n in range(1, count + 1)]


def next_task(ledger: Ledger) -> Task:
    """The next file where there is one owner."""
    (task,) = jobs.next_tasks(ledger)
    return task


def test_files_are_taken_in_order_and_the_job_ends_with_the_last(ledger: Ledger) -> None:
    first, second = make(ledger, "a")
    make(ledger, "b", 1)
    assert next_task(ledger) == first
    jobs.begin(ledger, first)
    running = jobs.job(ledger, WRITER, "a")
    assert (running.state, running.files, running.files_ended) == ("running", 2, 0)
    jobs.advance(ledger, first, 0.25)
    assert jobs.job(ledger, WRITER, "a").size_ended == 25
    jobs.end(ledger, first, ADDED)
    assert next_task(ledger) == second
    jobs.end(ledger, second, FAILED)
    done = jobs.job(ledger, WRITER, "a")
    assert (done.state, done.size_ended, done.results) == ("done", 200, {"added": 1, "failed": 1})
    assert done.ended is not None
    assert next_task(ledger).job == "b"
    assert jobs.waiting(ledger) == 1


def test_each_owner_has_a_next_file_whatever_others_have_queued(ledger: Ledger) -> None:
    first, second = make(ledger, "a")
    make(ledger, "b", 1)
    (theirs,) = make(ledger, "c", 1, OTHER)
    (local,) = make(ledger, "d", 1, LOCAL)
    assert jobs.next_tasks(ledger) == [first, theirs, local]
    jobs.end(ledger, first, ADDED)
    jobs.end(ledger, theirs, ADDED)
    assert jobs.next_tasks(ledger) == [second, local]


def test_a_key_may_have_so_many_files_waiting_and_the_others_still_queue(ledger: Ledger) -> None:
    files = [NewFile(f"{n}.txt", f"{n}.txt", 1) for n in range(3)]
    jobs.create(ledger, WRITER, "a", files, most_queued=4)
    assert jobs.queued(ledger, "k1") == 3
    with pytest.raises(TooManyQueued, match="queued_files_per_key") as caught:
        jobs.create(ledger, WRITER, "b", files[:2], most_queued=4)
    assert (caught.value.status, caught.value.retry_after) == (429, 60)
    jobs.create(ledger, WRITER, "b", files[:1], most_queued=4)
    jobs.create(ledger, OTHER, "c", files, most_queued=4)
    jobs.create(ledger, LOCAL, "d", files * 3, most_queued=4)
    jobs.end(ledger, Task("a", 1, "0.txt", "0.txt", None, 0, 0), ADDED)
    jobs.create(ledger, WRITER, "e", files[:1], most_queued=4)
    assert [jobs.queued(ledger, key) for key in ("k1", "k2", "k3")] == [4, 3, 0]


def test_what_is_sent_again_is_the_same_job_also_where_no_more_may_wait(ledger: Ledger) -> None:
    files = [NewFile("a.txt", "a.txt", 1)]
    assert jobs.create(ledger, WRITER, "a", files, None, ("key", "digest"), 1) == "a"
    assert jobs.create(ledger, WRITER, "b", files, None, ("key", "digest"), 1) == "a"


def replacing(ledger: Ledger, job: str, old: str) -> Task:
    """A job that replaces `old`; its task."""
    jobs.create(ledger, WRITER, job, [NewFile("x.txt", "x.txt", 1)], old)
    return Task(job, 1, "x.txt", "x.txt", old, 0, 0, "k1")


def test_the_last_of_several_replacements_of_a_document_replaces_what_the_others_have_put_there(ledger: Ledger) -> None:
    first, second, third = (replacing(ledger, job, "old") for job in ("a", "b", "c"))
    assert jobs.replaced_by(ledger, second) == "old"
    jobs.end(ledger, first, Ended("updated", "new"))
    assert jobs.replaced_by(ledger, first) == "old", "a job does not replace its own document"
    assert jobs.replaced_by(ledger, second) == "new"
    jobs.end(ledger, second, Ended("updated", "newer"))
    assert jobs.replaced_by(ledger, third) == "newer"
    later = replacing(ledger, "d", "old")
    assert jobs.replaced_by(ledger, later) == "old", "it was there again when this one was queued"
    assert jobs.replaced_by(ledger, make(ledger, "e", 1)[0]) is None


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
    assert not jobs.begin(ledger, task)


def test_a_file_that_was_begun_comes_first_and_counts_its_starts_and_crashes(ledger: Ledger) -> None:
    task, _ = make(ledger, "a")
    jobs.begin(ledger, task)
    again = next_task(ledger)
    assert (again.number, again.starts, again.crashes) == (1, 1, 0)
    jobs.put_back(ledger, task)
    assert next_task(ledger) == task
    assert jobs.crashed(ledger, task) == 1
    after = next_task(ledger)
    assert after.crashes == 1


def test_members_follow_their_archive_and_the_first_result_stands(ledger: Ledger) -> None:
    task, _ = make(ledger, "a")
    jobs.end_members(ledger, task, [("内/x.txt", ADDED)])
    jobs.end_members(ledger, task, [("内/x.txt", Ended("duplicate", "d1"))])
    jobs.end(ledger, task, Ended("unpacked"))
    assert jobs.members(ledger, task) == ["内/x.txt"]
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
