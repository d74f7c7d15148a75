"""Jobs that index uploaded files: what became of each file, kept so that a restart loses none and does none twice.

A file is queued, then running, then done, failed or cancelled; what ended never changes. A job's state follows from its
files. What an archive holds has outcomes of its own (`job_members`). Not covered: running them (`server.jobs`).
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from index.database import Connection, Row
from server.caller import Caller
from server.ledger import audit
from server.ledger.ledger import Ledger
from server.upload_errors import KeyReused, TooManyQueued, UnknownJob

State = Literal["queued", "running", "done", "failed", "cancelled"]
Result = Literal["added", "updated", "unchanged", "duplicate", "unpacked", "skipped", "failed"]
"""`unpacked` is an archive, whose members have results of their own; `skipped` a member of an unknown format."""
Kind = Literal["add", "replace"]
KEPT_SECONDS = 24 * 3600
"""How long an Idempotency-Key is remembered."""
FACTS = "j.number, j.id, j.key, j.kind, j.replaces, j.state, j.cancelled, j.created, j.started, j.ended"
SUMS = (
    "SELECT count(*), sum(state NOT IN ('queued', 'running')), sum(bytes),"
    " sum(CASE WHEN state IN ('queued', 'running') THEN CAST(bytes * share AS INTEGER) ELSE bytes END)"
    " FROM job_files WHERE job = ?"
)
RESULTS = (
    "SELECT result, count(*) FROM (SELECT result FROM job_files WHERE job = ?1 UNION ALL"
    " SELECT result FROM job_members WHERE job = ?1) WHERE result IS NOT NULL AND result <> 'unpacked' GROUP BY result"
)
QUEUED = (
    "SELECT count(*) FROM job_files f JOIN jobs j ON j.id = f.job"
    " WHERE j.key = ? AND j.ended IS NULL AND f.state IN ('queued', 'running')"
)
LINES = (
    "SELECT number, '' AS member, name, bytes, state, result, document, code, reason, started, ended"
    " FROM job_files WHERE job = ?1 UNION ALL SELECT m.number, m.name, f.name || '/' || m.name, NULL,"
    " CASE m.result WHEN 'failed' THEN 'failed' ELSE 'done' END, m.result, m.document, m.code, m.reason, NULL, m.ended"
    " FROM job_members m JOIN job_files f ON f.job = m.job AND f.number = m.number WHERE m.job = ?1"
)


@dataclass(frozen=True)
class NewFile:
    """A file that was received: `name` as it is shown, `stored` as it lies on the disk."""

    name: str
    stored: str
    size: int


@dataclass(frozen=True)
class Job:
    """Times in seconds since 1970, sizes in bytes; `results` counts files and members of archives by result."""

    id: str
    key: str | None
    kind: Kind
    replaces: str | None
    state: State
    cancelled: bool
    created: float
    started: float | None
    ended: float | None
    files: int
    files_ended: int
    size: int
    size_ended: int
    results: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Line:
    """What became of one file, or of one member of an archive (then without `size`)."""

    number: int
    name: str
    size: int | None
    state: State
    result: Result | None
    document_id: str | None
    code: str | None
    reason: str | None
    started: float | None
    ended: float | None


@dataclass(frozen=True)
class Ended:
    """How a file or a member ended."""

    result: Result | None
    document_id: str | None = None
    code: str | None = None
    reason: str | None = None

    @property
    def state(self) -> State:
        if self.result is None:
            return "cancelled"
        return "failed" if self.result == "failed" else "done"


CANCELLED = Ended(None)


@dataclass(frozen=True)
class Task:
    """A file to be indexed. `starts` counts how often it was begun, `crashes` how often the process died of it."""

    job: str
    number: int
    name: str
    stored: str
    replaces: str | None
    starts: int
    crashes: int
    key: str | None = None
    """Whose file it is; None for one uploaded at a machine without keys."""


# -- making and finding ---------------------------------------------------------------------------------------------


def create(
    ledger: Ledger, caller: Caller, job_id: str, files: Sequence[NewFile], replaces: str | None = None,
    idempotency: tuple[str, str] | None = None, most_queued: int | None = None,
) -> str:  # fmt: skip
    """Queue a job, and write into the audit log that it was given; its id.

    `idempotency` is the key that the client chose and a digest of what it sent: where both were seen within a day, it
    is that job's id and nothing is written. Raises KeyReused where the digest is another, and TooManyQueued where the
    caller's key would have more than `most_queued` files waiting.
    """
    with ledger.writing() as db:
        if idempotency is not None and (known := _remembered(db, caller, *idempotency)) is not None:
            return known
        if caller.key is not None and most_queued is not None:
            row: Any = db.execute(QUEUED, (caller.key,)).fetchall()[0]
            if row[0] + len(files) > most_queued:
                raise TooManyQueued(row[0], len(files), most_queued)
        kind: Kind = "add" if replaces is None else "replace"
        db.execute(
            "INSERT INTO jobs (id, key, kind, replaces, state, created) VALUES (?, ?, ?, ?, 'queued', ?)",
            (job_id, caller.key, kind, replaces, time.time()),
        )
        db.executemany(
            "INSERT INTO job_files (job, number, name, stored, bytes, state) VALUES (?, ?, ?, ?, ?, 'queued')",
            [(job_id, number, file.name, file.stored, file.size) for number, file in enumerate(files, 1)],
        )
        if idempotency is not None:
            name, digest = idempotency
            db.execute(
                "INSERT INTO idempotency VALUES (?, ?, ?, ?, ?)", (_owner(caller), name, digest, job_id, time.time())
            )
        told = f"{len(files)} 个文件：{'、'.join(file.name for file in files[:5])}"
        audit.enter(db, caller, f"document.{kind}", replaces or job_id, told)
    return job_id


def _remembered(db: Connection, caller: Caller, name: str, digest: str) -> str | None:
    db.execute("DELETE FROM idempotency WHERE created < ?", (time.time() - KEPT_SECONDS,))
    found = db.execute(
        "SELECT digest, job FROM idempotency WHERE key = ? AND name = ?", (_owner(caller), name)
    ).fetchall()
    if not found:
        return None
    if found[0][0] != digest:
        raise KeyReused
    return str(found[0][1])


def _owner(caller: Caller) -> str:
    return caller.key or ""


def job(ledger: Ledger, caller: Caller, job_id: str) -> Job:
    """One job of the caller, for an administrator anybody's; raises UnknownJob."""
    row = ledger.row(f"SELECT {FACTS} FROM jobs j WHERE j.id = ?", (job_id,))
    if row is None or not (caller.may("admin") or row[2] == caller.key):
        raise UnknownJob(job_id)
    return _job(ledger, row)


def jobs(ledger: Ledger, caller: Caller, limit: int, offset: int) -> tuple[list[Job], int]:
    """A page of the caller's jobs, for an administrator of all, the newest first; and how many there are."""
    where, values = ("", ()) if caller.may("admin") else (" WHERE j.key IS ?", (caller.key,))
    total = ledger.rows(f"SELECT count(*) FROM jobs j{where}", values)[0][0]
    page = f"SELECT {FACTS} FROM jobs j{where} ORDER BY j.number DESC LIMIT ? OFFSET ?"
    return [_job(ledger, row) for row in ledger.rows(page, (*values, limit, offset))], int(total)


def _job(ledger: Ledger, row: Row) -> Job:
    files, ended, size, done = ledger.rows(SUMS, (row[1],))[0]
    results = {str(result): int(count) for result, count in ledger.rows(RESULTS, (row[1],))}
    return Job(
        row[1], row[2], row[3], row[4], row[5], bool(row[6]), row[7], row[8], row[9],
        files, int(ended or 0), int(size or 0), int(done or 0), results,
    )  # fmt: skip


def lines(ledger: Ledger, job_id: str, limit: int, offset: int) -> tuple[list[Line], int]:
    """A page of what became of a job's files, each archive's members after it; and how many there are."""
    total = ledger.rows(f"SELECT count(*) FROM ({LINES})", (job_id,))[0][0]
    rows = ledger.rows(f"{LINES} ORDER BY 1, 2 LIMIT ?2 OFFSET ?3", (job_id, limit, offset))
    return [Line(row[0], *row[2:]) for row in rows], int(total)


# -- running --------------------------------------------------------------------------------------------------------


def next_tasks(ledger: Ledger) -> list[Task]:
    """For each owner the file to go on with: the first that has not ended of the oldest job that has not ended."""
    rows = ledger.rows(
        "SELECT f.job, f.number, f.name, f.stored, j.replaces, f.starts, f.crashes, j.key"
        " FROM (SELECT id, key, replaces, min(jobs.number) AS number FROM"
        " (SELECT DISTINCT job FROM job_files WHERE state IN ('queued', 'running')) JOIN jobs ON id = job GROUP BY key) j"
        " JOIN job_files f ON f.job = j.id AND f.number ="
        " (SELECT min(number) FROM job_files WHERE job = j.id AND state IN ('queued', 'running')) ORDER BY j.number"
    )
    return [Task(*row) for row in rows]


def waiting(ledger: Ledger) -> int:
    """How many files are still to be indexed."""
    return int(ledger.rows("SELECT count(*) FROM job_files WHERE state IN ('queued', 'running')")[0][0])


def queued(ledger: Ledger, key: str) -> int:
    """How many files of one key are still to be indexed."""
    return int(ledger.rows(QUEUED, (key,))[0][0])


def replaced_by(ledger: Ledger, task: Task) -> str | None:
    """The document that a replacing task is to replace now, None for a task that replaces nothing.

    It is the one that was named, unless another job has replaced that since this one was queued: then it is the version
    that is there instead. So the last of several replacements of one document is the one that is left.
    """
    old, known = task.replaces, {task.replaces}
    while old is not None:
        row = ledger.row(
            "SELECT f.document FROM job_files f JOIN jobs j ON j.id = f.job WHERE j.replaces = ? AND j.id <> ?"
            " AND f.result = 'updated' AND f.ended > (SELECT created FROM jobs WHERE id = ?) ORDER BY f.ended DESC LIMIT 1",
            (old, task.job, task.job),
        )
        if row is None or row[0] is None or row[0] in known:
            return old
        old = str(row[0])
        known.add(old)
    return None


def is_awaited(ledger: Ledger, job_id: str, number: int) -> bool | None:
    """Whether a file is still to be indexed; None where no job knows it."""
    row = ledger.row("SELECT state FROM job_files WHERE job = ? AND number = ?", (job_id, number))
    return None if row is None else row[0] in ("queued", "running")


def is_cancelled(ledger: Ledger, job_id: str) -> bool:
    row = ledger.row("SELECT cancelled FROM jobs WHERE id = ?", (job_id,))
    return row is not None and bool(row[0])


def begin(ledger: Ledger, task: Task) -> bool:
    """Count a start of the file; False where it has ended by now."""
    with ledger.writing() as db:
        now = time.time()
        changed = db.execute(
            "UPDATE job_files SET state = 'running', starts = starts + 1, share = 0, started = coalesce(started, ?)"
            " WHERE job = ? AND number = ? AND state IN ('queued', 'running') RETURNING 1",
            (now, task.job, task.number),
        ).fetchall()
        if changed:
            db.execute(
                "UPDATE jobs SET state = 'running', started = coalesce(started, ?) WHERE id = ? AND ended IS NULL",
                (now, task.job),
            )
    return bool(changed)


def put_back(ledger: Ledger, task: Task) -> None:
    """It was stopped in the middle through no fault of its own: that it was begun does not count."""
    with ledger.writing() as db:
        db.execute(
            "UPDATE job_files SET state = 'queued', share = 0, starts = starts - 1"
            " WHERE job = ? AND number = ? AND state = 'running'",
            (task.job, task.number),
        )


def crashed(ledger: Ledger, task: Task) -> int:
    """The process that indexed it has died; how often by now."""
    with ledger.writing() as db:
        db.execute("UPDATE job_files SET crashes = crashes + 1 WHERE job = ? AND number = ?", (task.job, task.number))
    return task.crashes + 1


def advance(ledger: Ledger, task: Task, share: float) -> None:
    """So much of it is done, from 0 to 1."""
    with ledger.writing() as db:
        db.execute(
            "UPDATE job_files SET share = ? WHERE job = ? AND number = ? AND state = 'running'",
            (min(1.0, max(0.0, share)), task.job, task.number),
        )


def end_members(ledger: Ledger, task: Task, ended: Sequence[tuple[str, Ended]]) -> None:
    """Members of an archive by name; the first result stands, a later one comes from going over the archive again."""
    with ledger.writing() as db:
        db.executemany(
            "INSERT OR IGNORE INTO job_members VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (task.job, task.number, name, e.result, e.document_id, e.code, e.reason, time.time())
                for name, e in ended
            ],
        )


def members(ledger: Ledger, task: Task) -> list[str]:
    """The names of an archive's members that have ended."""
    rows = ledger.rows("SELECT name FROM job_members WHERE job = ? AND number = ?", (task.job, task.number))
    return [str(row[0]) for row in rows]


def end(ledger: Ledger, task: Task, ended: Ended) -> None:
    """A file has ended, and with the last one its job."""
    with ledger.writing() as db:
        db.execute(
            "UPDATE job_files SET state = ?, result = ?, document = ?, code = ?, reason = ?, ended = ?"
            " WHERE job = ? AND number = ? AND state IN ('queued', 'running')",
            (
                ended.state, ended.result, ended.document_id, ended.code, ended.reason, time.time(),
                task.job, task.number,
            ),
        )  # fmt: skip
        _settle(db, task.job)


def cancel(ledger: Ledger, caller: Caller, job_id: str) -> None:
    """What has not begun does not begin any more; what is running ends soon. Nothing happens to a job that has ended."""
    with ledger.writing() as db:
        changed = db.execute(
            "UPDATE jobs SET cancelled = 1 WHERE id = ? AND ended IS NULL AND NOT cancelled RETURNING 1", (job_id,)
        ).fetchall()
        if not changed:
            return
        db.execute(
            "UPDATE job_files SET state = 'cancelled', ended = ? WHERE job = ? AND state = 'queued'",
            (time.time(), job_id),
        )
        _settle(db, job_id)
        audit.enter(db, caller, "job.cancel", job_id)


def cancelled_files(ledger: Ledger, job_id: str) -> list[tuple[int, str]]:
    """Number and stored name of a job's files that were cancelled."""
    rows = ledger.rows("SELECT number, stored FROM job_files WHERE job = ? AND state = 'cancelled'", (job_id,))
    return [(int(row[0]), str(row[1])) for row in rows]


def _settle(db: Connection, job_id: str) -> None:
    """End a job whose files have all ended: failed where nothing of it went well."""
    states = {str(row[0]) for row in db.execute("SELECT DISTINCT state FROM job_files WHERE job = ?", (job_id,))}
    if states & {"queued", "running"}:
        return
    well = db.execute(
        "SELECT 1 FROM (SELECT result FROM job_files WHERE job = ?1 UNION ALL SELECT result FROM job_members WHERE job = ?1)"
        " WHERE result NOT IN ('failed', 'skipped', 'unpacked') LIMIT 1",
        (job_id,),
    ).fetchall()
    state = "cancelled" if "cancelled" in states else "done" if well else "failed"
    db.execute("UPDATE jobs SET state = ?, ended = ? WHERE id = ? AND ended IS NULL", (state, time.time(), job_id))
