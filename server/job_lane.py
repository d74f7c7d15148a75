"""A lane: one process that indexes uploaded files, and the thread that gives it one file at a time.

It keeps what the process tells, counts crashes, and stops a file when it is told to. Not covered: which file is next
and when one is stopped for others (`server.jobs`).
"""

import logging
import queue
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from index.errors import IndexingError
from index.store import Store
from ingest.formats import is_archive
from server.errors import ServerError
from server.installation import Installation
from server.job_process import Died, JobProcess
from server.job_worker import END, LATER, MEMBER, PROGRESS, Message, task_line
from server.ledger import jobs
from server.ledger.jobs import CANCELLED, Ended, Task
from server.ledger.ledger import Ledger
from server.upload_errors import CannotIndex
from server.uploads import Uploads

logger = logging.getLogger(__name__)

ADVANCE_SECONDS = 2.0
MOST_CRASHES, MOST_STARTS = 2, 5
"""Of one file: deaths of the process, and beginnings that nothing came of, because the server itself died each time."""
MOST_FAILED_STARTS = 3
RETRY_SECONDS, LATER_SECONDS = 1.0, 5.0
MOST_AT_ONCE = 100
"""Members of an archive whose results are written together, at the latest when half a second brings no other."""
CRASHED = "{name}：读取或索引这个文件时程序两次意外结束。文件可能已损坏，请用原来的软件打开后另存一份再上传。"
EMPTY = "{name}：压缩包里没有文件。请检查压缩包是否完整。"


@dataclass
class Used:
    """What a file has used so far, over all the times that it was worked on."""

    seconds: float = 0.0
    timeouts: int = 0
    """Members of an archive that have timed out in a row."""
    is_slow: bool = False
    """Whether it was stopped because others waited; from then on it makes way for files that were not."""


@dataclass(frozen=True, eq=False)
class Turn:
    """A file that a lane works on since `begun` (`time.monotonic`)."""

    task: Task
    used: Used
    begun: float

    @property
    def age(self) -> float:
        return time.monotonic() - self.begun


class Shared:
    """What the lanes of one runner share: the installation, the ledger, the uploads, and the index, opened when needed."""

    def __init__(self, installation: Installation, ledger: Ledger, open_index: Callable[[], Store]) -> None:
        self.installation = installation
        self.ledger = ledger
        self.uploads = Uploads(installation.data)
        self.closing = threading.Event()
        """Set when all lanes are to stop at once."""
        self.settling = threading.Lock()
        """Held while it is decided which of several copies of a file stays: two lanes must not each drop their own."""
        self._open_index = open_index
        self._opening = threading.Lock()
        self._store: Store | None = None

    def index(self) -> Store:
        with self._opening:
            if self._store is None:
                self._store = self._open_index()
            return self._store

    def close(self) -> None:
        if self._store is not None:
            self._store.close()


class Lane:
    """Works on one task at a time; `turn` is None while it is idle. Used by one scheduler, which `freed` wakes."""

    def __init__(self, shared: Shared, freed: Callable[[], None], is_first: bool) -> None:
        """`is_first`: the lane whose failing to start a process is the file's failure in the end; the others give up."""
        self.turn: Turn | None = None
        self.free_since = time.monotonic()
        self.unusable_since: float | None = None
        """When its process last failed to start."""
        self._shared = shared
        self._freed = freed
        self._is_first = is_first
        self._given: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        """What the thread is to do; None is the end."""
        self._stop, self._stop_at_member = threading.Event(), threading.Event()
        self._process: JobProcess | None = None
        self._failed_starts = 0
        self._thread = threading.Thread(target=self._run, name="job lane", daemon=True)
        self._thread.start()

    # -- called by the scheduler --------------------------------------------------------------------------------

    @property
    def has_process(self) -> bool:
        return self._process is not None

    @property
    def is_alive(self) -> bool:
        """False after an error that was not foreseen; the file is begun again by another lane."""
        return self._thread.is_alive()

    def give(self, task: Task, used: Used) -> None:
        """Begin to work on `task`; only while it is idle."""
        self._stop.clear()
        self._stop_at_member.clear()
        self.turn = turn = Turn(task, used, time.monotonic())
        self._given.put(lambda: self._take(turn))

    def stop(self) -> None:
        """Put the file back at once: it is begun again later, an archive after the members that have ended."""
        self._stop.set()

    def stop_at_member(self) -> None:
        """Put an archive back as soon as its present member has ended."""
        self._stop_at_member.set()

    def finish(self) -> None:
        """End the process of an idle lane, after it has brought the index's caches up to date."""
        self._given.put(self._finish)

    def close(self) -> None:
        """End thread and process; `Shared.closing` is set."""
        self._given.put(None)
        self._thread.join()

    # -- the thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while (given := self._given.get()) is not None:
                given()
        finally:
            self._end_process()

    def _finish(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.finish()

    def _take(self, turn: Turn) -> None:
        try:
            self._work(turn)
        except (IndexingError, ServerError, OSError) as error:
            # A full disk, a database that is busy for long: the file is still queued, and tried again later.
            logger.error("a job is put off: %s", type(error).__name__)
            self._end_process()
            self._shared.closing.wait(RETRY_SECONDS)
        finally:
            turn.used.seconds += turn.age
            self.free_since = time.monotonic()
            self.turn = None
            self._freed()

    def _work(self, turn: Turn) -> None:
        task, ledger = turn.task, self._shared.ledger
        path = self._shared.uploads.place(task.job, task.number, task.stored)
        if jobs.is_cancelled(ledger, task.job):
            self._give_up(task, path, CANCELLED)
        elif task.crashes >= MOST_CRASHES or task.starts >= MOST_STARTS:
            self._give_up(task, path, Ended("failed", None, "crashed", CRASHED.format(name=task.name)))
        elif (process := self._started(task, path)) is not None and jobs.begin(ledger, task):
            try:
                ended = self._followed(process, turn, path)
            except Died:
                count = jobs.crashed(ledger, task)
                logger.warning("the process that indexes uploads has died of a file, for the %s. time", count)
                return
            if ended is not None:
                self._end(task, path, ended)

    def _started(self, task: Task, path: Path) -> JobProcess | None:
        """The process, started where none runs; None where that fails. In the first lane the file fails in the end, too."""
        if self._process is not None:
            return self._process
        closing = self._shared.closing
        try:
            self._process = JobProcess(self._shared.installation, closing)
            self._failed_starts, self.unusable_since = 0, None
        except CannotIndex as error:
            if closing.is_set():
                return None
            logger.error("the process that indexes uploads did not start")
            if not self._is_first:
                self.unusable_since = time.monotonic()
            elif error.passing:
                closing.wait(LATER_SECONDS)
            elif self._failed_starts + 1 < MOST_FAILED_STARTS:
                self._failed_starts += 1
                closing.wait(RETRY_SECONDS)
            else:
                self._failed_starts = 0  # the next file has its own tries
                self._give_up(task, path, Ended("failed", None, "index", str(error)))
        return self._process

    def _followed(self, process: JobProcess, turn: Turn, path: Path) -> Ended | None:
        """How the file has ended; None where it has not: it was stopped, or the fault may pass. Raises Died.

        A process that is left in the middle of a file is ended.
        """
        task, used, ledger = turn.task, turn.used, self._shared.ledger
        done = jobs.members(ledger, task) if is_archive(path) else []
        replaces = jobs.replaced_by(ledger, task)
        told, share, last = time.monotonic(), 0.0, None
        members: list[tuple[str, Ended]] = []
        try:
            for message in process.index(task_line(path, replaces, done, used.seconds, used.timeouts)):
                last = message
                if message is not None and message["kind"] == MEMBER:
                    used.timeouts = message["timeouts"]
                    members.append((message["name"], _of(message)))
                if members and (message is None or len(members) >= MOST_AT_ONCE):
                    jobs.end_members(ledger, task, members)
                    members = []
                if message is not None and message["kind"] == PROGRESS and message["share"] > share:
                    share = message["share"]
                    if time.monotonic() - told > ADVANCE_SECONDS:
                        told = time.monotonic()
                        jobs.advance(ledger, task, share)
                if self._is_to_stop(message) or jobs.is_cancelled(ledger, task.job):
                    break
        finally:
            if last is None or last["kind"] != END:
                self._end_process()
            if members:
                jobs.end_members(ledger, task, members)
        if last is not None and last["kind"] == END:
            return self._ended(task, last)
        if not jobs.is_cancelled(ledger, task.job):
            jobs.put_back(ledger, task)
        return None

    def _is_to_stop(self, message: Message | None) -> bool:
        if message is not None and message["kind"] == END:
            return False
        if self._shared.closing.is_set() or self._stop.is_set():
            return True
        return self._stop_at_member.is_set() and message is not None and message["kind"] == MEMBER

    def _ended(self, task: Task, message: Message) -> Ended | None:
        ended = _of(message)
        if ended.result == "unpacked" and not jobs.members(self._shared.ledger, task):
            return Ended("failed", None, "empty", EMPTY.format(name=task.name))
        if ended.code == LATER:
            if task.starts + 1 < MOST_STARTS:
                self._shared.closing.wait(LATER_SECONDS)
                return None
            return replace(ended, code="index")
        return ended

    def _give_up(self, task: Task, path: Path, ended: Ended) -> None:
        """End a file that is not tried any more. Has an earlier try brought all of it into the index, it is there."""
        store = self._shared.index()
        document_id = None if is_archive(path) else store.document_id_at(str(path))
        replaces = jobs.replaced_by(self._shared.ledger, task)
        if document_id is not None and replaces is None:
            is_first = store.document_row(document_id).path == str(path)
            ended = Ended("added" if is_first else "duplicate", document_id)
        elif document_id is not None and not store.has(str(replaces)):
            ended = Ended("updated", document_id)
        elif document_id is not None:  # the old version is there, and stays
            store.forget_path(str(path))
        self._end(task, path, ended)

    def _end(self, task: Task, path: Path, ended: Ended) -> None:
        """Keep the outcome, then let go of what is on the disk for nothing: failed files, and second copies."""
        jobs.end(self._shared.ledger, task, ended)
        store, uploads = self._shared.index(), self._shared.uploads
        with self._shared.settling:
            if ended.result in ("duplicate", "unchanged") and ended.document_id is not None:
                others = [other for other in store.paths(ended.document_id) if other != str(path)]
                if any(uploads.file_of(Path(other)) is not None for other in others):
                    store.forget_path(str(path))
            uploads.release(store, path)

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.close()


def _of(message: Message) -> Ended:
    return Ended(message["result"], message["document"], message["code"], message["reason"])
