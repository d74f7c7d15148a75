"""Retention: what is old enough goes, to the last byte; what is not, and what is still running, stays."""

import time

import pytest

from index.store import Store
from server.caller import LOCAL
from server.installation import Retention
from server.ledger import asked, audit, jobs, retention
from server.ledger.asked import Asked
from server.ledger.conversations import Answered, Conversations
from server.ledger.jobs import Ended, NewFile, Task
from server.ledger.ledger import Ledger
from server.ledger.retention import Pruned, prune
from tests.server.ledger.conftest import content

DAY = 86_400.0
NOTHING = Retention(0, 0, 0, 0)


def finished(ledger: Ledger, job: str, days: float, members: int = 2) -> None:
    """A job with an archive of so many members that ended so many days ago."""
    jobs.create(ledger, LOCAL, job, [NewFile(f"{job}包.zip", "a.zip", 1)])
    task = Task(job, 1, "a.zip", "a.zip", None, 0, 0)
    jobs.end_members(ledger, task, [(f"{job}员{n}.txt", Ended("added", "d")) for n in range(members)])
    jobs.end(ledger, task, Ended("unpacked"))
    with ledger.writing() as db:
        db.execute("UPDATE jobs SET ended = ? WHERE id = ?", (time.time() - days * DAY, job))


def rows(ledger: Ledger, table: str) -> int:
    return int(ledger.rows(f"SELECT count(*) FROM {table}")[0][0])


def test_finished_jobs_go_with_all_their_lines_and_queued_ones_stay(ledger: Ledger) -> None:
    finished(ledger, "old", 91)
    finished(ledger, "new", 89)
    jobs.create(ledger, LOCAL, "queued", [NewFile("a.txt", "a.txt", 1)])
    assert prune(ledger, Retention(audit_days=0)) == Pruned(jobs=1)
    assert [job.id for job in jobs.jobs(ledger, LOCAL, 10, 0)[0]] == ["queued", "new"]
    assert (rows(ledger, "job_files"), rows(ledger, "job_members")) == (2, 2)
    assert "old员1.txt".encode() not in content(ledger)
    assert prune(ledger, NOTHING, time.time() + 10_000 * DAY) == Pruned()
    queued = Retention(1, 0, 0, 0)
    assert prune(ledger, queued, time.time() + 10_000 * DAY) == Pruned(jobs=1)
    assert jobs.job(ledger, LOCAL, "queued").state == "queued"


def test_a_job_with_many_files_goes_batch_by_batch_and_others_write_in_between(
    ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 10)
    finished(ledger, "old", 100, members=35)
    finished(ledger, "older", 200, members=0)
    between: list[int] = []

    def pause() -> bool:
        audit.record(ledger, LOCAL, "between", "x")
        between.append(rows(ledger, "job_members"))
        return False

    assert prune(ledger, Retention(), pause=pause).jobs == 2
    assert [before - after for before, after in zip([35, *between], between, strict=False)][:4] == [10, 10, 10, 5]
    assert rows(ledger, "jobs") == 0


def test_pruning_that_is_told_to_stop_goes_on_the_next_time(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(retention, "MOST_AT_ONCE", 1)
    for n in range(3):
        finished(ledger, f"j{n}", 100)
    assert prune(ledger, Retention(), pause=lambda: True).jobs == 1
    assert prune(ledger, Retention()).jobs == 2


def test_old_lines_of_the_audit_log_and_the_statistics_go(ledger: Ledger) -> None:
    now = time.time()
    for name, days in (("旧人", 400), ("新人", 300)):
        audit.record(ledger, LOCAL, "key.add", name)
        asked.record(ledger, Asked(now - days * DAY, None, f"{name}问的", "answered"))
        with ledger.writing() as db:
            db.execute("UPDATE audit SET at = ? WHERE subject = ?", (now - days * DAY, name))
    assert prune(ledger, Retention()) == Pruned(audit=1, statistics=1)
    assert [entry.subject for entry in audit.entries(ledger, 10)] == ["新人"]
    assert [one.question for one in asked.latest(ledger)] == ["新人问的"]
    assert "旧人".encode() not in content(ledger)


def test_conversations_are_kept_for_ever_unless_a_setting_says_otherwise(
    ledger: Ledger, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "BATCH", 1)
    saved = Conversations(ledger)
    names = ["久", "早", "近"]
    for name in names:
        made = saved.start(None)
        for n in range(2):
            saved.save(made.id, f"{name}问{n}", time.time(), Answered("not_found"), store)
    with ledger.writing() as db:
        for name, days in zip(names, (1000, 31, 29), strict=True):
            db.execute(
                "UPDATE conversations SET changed_at = ? WHERE title = ?", (time.time() - days * DAY, f"{name}问0")
            )
    assert prune(ledger, Retention()) == Pruned()
    assert prune(ledger, Retention(conversations_days=30)) == Pruned(conversations=2)
    assert [one.title for one in saved.of(None, 10)] == ["近问0"]
    assert rows(ledger, "turns") == 2
    assert "久问1".encode() not in content(ledger)
