"""Evaluation runs: their cases, what came of each, and which is to be asked next, so that a restart loses nothing.

A case keeps its gold evidence only until it is scored: that is a document's text or name. Not covered: asking (`server.runs`),
scoring (`server.evaluate`).
"""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from pydantic import TypeAdapter

from index.database import Connection, Row
from server.answer.result import Answer, Timings
from server.evaluate import Case, Result
from server.ledger.ledger import Ledger
from server.ledger.quoting import note, quoting, said_instead
from server.saved_errors import TooManyRuns, UnknownRun

MOST_CASES = 5000
MOST_WAITING, MOST_RUNS = 20, 200
"""Runs that are not finished, and runs in all: the oldest finished ones go."""
CASE = TypeAdapter(Case)


@dataclass(frozen=True)
class Run:
    """`done` of `cases` are scored; times in seconds since 1970, `finished_at` None until all are."""

    id: str
    name: str
    created_at: float
    finished_at: float | None
    cases: int
    done: int

    @property
    def status(self) -> Literal["waiting", "running", "done"]:
        if self.finished_at is not None:
            return "done"
        return "running" if self.done else "waiting"


@dataclass(frozen=True)
class Scored:
    """What came of a case; an answer that could not be made is one of status `failed` with the error's sentence.

    `removed` are documents that it quoted and that are gone.
    """

    status: str
    reason: str | None
    answer: str
    right: bool
    cites_gold: bool | None = None
    unsupported: tuple[str, ...] = ()
    retrieve_ms: float = 0.0
    first_token_ms: float | None = None
    total_ms: float = 0.0
    removed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pending:
    """A case that is to be asked."""

    run: str
    row: int
    case: Case


SCORED = TypeAdapter(Scored)
RUN = (
    "SELECT id, name, created_at, finished_at, (SELECT count(*) FROM run_cases c WHERE c.run = r.row),"
    " (SELECT count(*) FROM run_cases c WHERE c.run = r.row AND c.result IS NOT NULL) FROM runs r"
)


def start(ledger: Ledger, key: str | None, name: str, cases: Sequence[Case]) -> Run:
    """Keep a run whose cases are to be asked; raises TooManyRuns."""
    if ledger.rows("SELECT count(*) FROM runs WHERE finished_at IS NULL")[0][0] >= MOST_WAITING:
        raise TooManyRuns(MOST_WAITING)
    run_id = uuid.uuid4().hex
    with ledger.writing() as db:
        db.execute("INSERT INTO runs (id, key, name, created_at) VALUES (?, ?, ?, ?)", (run_id, key, name, time.time()))
        row = db.last_insert_rowid()
        db.executemany('INSERT INTO run_cases (run, "case") VALUES (?, ?)', [(row, _dumped(case)) for case in cases])
        db.execute(
            "DELETE FROM runs WHERE finished_at IS NOT NULL AND row NOT IN (SELECT row FROM runs ORDER BY row DESC LIMIT ?)",
            (MOST_RUNS,),
        )
        pruned = db.changes()
    if pruned:
        ledger.purge(0)
    return one(ledger, run_id)


def count(ledger: Ledger) -> int:
    return int(ledger.rows("SELECT count(*) FROM runs")[0][0])


def listed(ledger: Ledger, limit: int, offset: int = 0) -> list[Run]:
    """The newest first."""
    return [Run(*row) for row in ledger.rows(f"{RUN} ORDER BY row DESC LIMIT ? OFFSET ?", (limit, offset))]


def one(ledger: Ledger, run_id: str) -> Run:
    """Raises UnknownRun."""
    row = ledger.row(f"{RUN} WHERE id = ?", (run_id,))
    if row is None:
        raise UnknownRun(run_id)
    return Run(*row)


def scored(ledger: Ledger, run_id: str) -> list[tuple[Case, Scored]]:
    """The cases that have been asked, in their order."""
    rows = ledger.rows(
        'SELECT c."case", c.result FROM run_cases c JOIN runs r ON r.row = c.run'
        " WHERE r.id = ? AND c.result IS NOT NULL ORDER BY c.row",
        (run_id,),
    )
    return [(CASE.validate_json(row[0]), SCORED.validate_json(row[1])) for row in rows]


def results(asked: Sequence[tuple[Case, Scored]]) -> list[Result]:
    """What `server.evaluate` sums up; answers without their citations."""
    return [
        Result(case, _answer(scored), scored.right, scored.cites_gold, scored.unsupported, scored.status == "failed")
        for case, scored in asked
    ]


def _answer(scored: Scored) -> Answer:
    timings = Timings(scored.retrieve_ms, scored.first_token_ms, scored.total_ms)
    status: Literal["answered", "not_found"] = "answered" if scored.status == "answered" else "not_found"
    return Answer(status, scored.answer, (), (), timings, None)


def delete(ledger: Ledger, run_id: str) -> bool:
    """Forget a run, whether it is finished or not; raises UnknownRun. Tells whether the bytes are gone too."""
    one(ledger, run_id)
    with ledger.writing() as db:
        db.execute("DELETE FROM runs WHERE id = ?", (run_id,))
    return ledger.purge()


def pending(ledger: Ledger) -> Pending | None:
    """The next case of the oldest run that has one."""
    row = ledger.row(
        'SELECT r.id, c.row, c."case" FROM run_cases c JOIN runs r ON r.row = c.run'
        " WHERE c.result IS NULL AND r.finished_at IS NULL ORDER BY r.row, c.row LIMIT 1"
    )
    return None if row is None else Pending(row[0], row[1], CASE.validate_json(row[2]))


def keep(ledger: Ledger, pending: Pending, scored: Scored, documents: Sequence[str]) -> None:
    """Keep what came of a case, unless its run has been deleted; with the last case the run is finished.

    `documents` are those that the answer quotes or names: the caller forgets those that have gone meanwhile.
    """
    with ledger.writing() as db:
        db.execute(
            'UPDATE run_cases SET result = ?, "case" = ? WHERE row = ? AND run = (SELECT row FROM runs WHERE id = ?)',
            (_dumped(scored), _dumped(replace(pending.case, evidence=None, also=())), pending.row, pending.run),
        )
        if not db.changes():
            return
        note(db, "run_case", pending.row, documents)
        db.execute(
            "UPDATE runs SET finished_at = ? WHERE id = ? AND NOT EXISTS"
            " (SELECT 1 FROM run_cases c WHERE c.run = runs.row AND c.result IS NULL)",
            (time.time(), pending.run),
        )
    if pending.case.evidence or pending.case.also:
        ledger.purge(0)


def blank(db: Connection, document_id: str) -> None:
    """Take what a removed document said out of results; questions and scores stay."""
    for row in quoting(db, "run_case", document_id):
        found: Any = db.execute('SELECT "case", result FROM run_cases WHERE row = ?', (row,))
        asked: Row = found.fetchall()[0]
        scored = SCORED.validate_json(asked[1])
        removed = (*scored.removed, document_id)
        blanked = replace(scored, answer=said_instead(removed), unsupported=(), removed=removed)
        case = replace(CASE.validate_json(asked[0]), answers=())
        db.execute('UPDATE run_cases SET result = ?, "case" = ? WHERE row = ?', (_dumped(blanked), _dumped(case), row))


def _dumped(value: Case | Scored) -> str:
    adapter: TypeAdapter[Any] = CASE if isinstance(value, Case) else SCORED
    return adapter.dump_json(value).decode("utf-8")
