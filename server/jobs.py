"""The runner of jobs: hands uploaded files to a process that indexes them, one after the other, and keeps what it tells.

One runner a data folder, whatever servers there are. Every file ends in exactly one outcome: what was begun when the
server or the process was killed is begun again, and the index knows what it has already.
Not covered: receiving uploads (`server.api.receiving`), the jobs' tables (`server.ledger.jobs`).
"""

import logging
import queue
import threading
import time
from dataclasses import replace
from pathlib import Path

from index.errors import IndexingError
from index.store import Store
from ingest.formats import is_archive
from server.errors import ServerError
from server.installation import Installation
from server.job_process import Died, JobProcess
from server.job_worker import END, LATER, MEMBER, PROGRESS, Message
from server.ledger import jobs
from server.ledger.jobs import CANCELLED, Ended, Task
from server.ledger.ledger import Ledger
from server.platform import FileLock
from server.runtime import open_store
from server.upload_errors import CannotIndex
from server.uploads import Uploads

logger = logging.getLogger(__name__)

LOCK = "youju.db.jobs-lock"
LOOK_SECONDS = 1.0
"""How often the ledger is asked for jobs that another server has taken in."""
IDLE_SECONDS = 60.0
"""How long the process is kept, with its model in memory, after the last file."""
ADVANCE_SECONDS = 2.0
MOST_CRASHES, MOST_STARTS = 2, 5
"""Of one file: deaths of the process, and beginnings that nothing came of, because the server itself died each time."""
MOST_FAILED_STARTS = 3
LATER_SECONDS = 5.0
MOST_AT_ONCE = 100
"""Members of an archive whose results are written together, at the latest when half a second brings no other."""
CRASHED = "{name}：读取或索引这个文件时程序两次意外结束。文件可能已损坏，请用原来的软件打开后另存一份再上传。"
EMPTY = "{name}：压缩包里没有文件。请检查压缩包是否完整。"


class Runner:
    """A thread beside the server's; `wake` it when there is a new job."""

    def __init__(self, installation: Installation, ledger: Ledger, ending: threading.Event | None = None) -> None:
        """`ending` is set when the server is about to end: no further file is begun."""
        self.uploads = Uploads(installation.data)
        self._installation = installation
        self._ledger = ledger
        self._lock = FileLock(installation.data / LOCK)
        self._ending = ending or threading.Event()
        self._closing = threading.Event()
        self._woken = threading.Event()
        self._cancelled: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._process: JobProcess | None = None
        self._store: Store | None = None
        self._failed_starts = 0
        self._used = time.monotonic()

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def cancelled(self, job: str) -> None:
        """The job was cancelled: what has not begun of it is deleted soon, what is running stopped."""
        self._cancelled.put(job)
        self.wake()

    def wake(self) -> None:
        self._woken.set()

    def close(self) -> None:
        """Stop at once; a file that is being indexed is begun again by the next server."""
        self._closing.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()

    @property
    def _stopping(self) -> bool:
        return self._closing.is_set() or self._ending.is_set()

    # -- the thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._stopping:
                self._try()
                self._woken.wait(LOOK_SECONDS)
                self._woken.clear()
        finally:
            self._end_process()
            if self._store is not None:
                self._store.close()
            self._lock.release()

    def _try(self) -> None:
        """Index what waits. A disk that is full or a database that is busy for long is a reason to try again later."""
        try:
            self._clear()
            if not self._lock.held:
                if not self._lock.take():
                    return
                self._tidy()
            while not self._stopping and (task := jobs.next_task(self._ledger)) is not None:
                self._take(task)
                self._clear()
                self._used = time.monotonic()
            if self._process is not None and time.monotonic() - self._used > IDLE_SECONDS:
                process, self._process = self._process, None
                process.finish()
        except (IndexingError, ServerError, OSError) as error:
            logger.error("jobs are put off: %s", type(error).__name__)

    def _clear(self) -> None:
        """Delete the files of cancelled jobs; what a fault or the server's end prevents, the next server sweeps away."""
        while not self._cancelled.empty():
            job = self._cancelled.get()
            for number, stored in jobs.cancelled_files(self._ledger, job):
                self.uploads.release(self._index(), self.uploads.place(job, number, stored))

    def _tidy(self) -> None:
        """Delete uploads that nobody needs, which a server that was killed may have left."""
        if self.uploads.folder.is_dir() and self._index().count():  # an index that was moved away looks empty
            self.uploads.sweep(self._index(), lambda job, number: jobs.is_awaited(self._ledger, job, number))

    def _index(self) -> Store:
        if self._store is None:
            self._store = open_store(self._installation)
        return self._store

    # -- one file -----------------------------------------------------------------------------------------------

    def _take(self, task: Task) -> None:
        path = self.uploads.place(task.job, task.number, task.stored)
        if jobs.is_cancelled(self._ledger, task.job):
            self._give_up(task, path, CANCELLED)
        elif task.crashes >= MOST_CRASHES or task.starts >= MOST_STARTS:
            self._give_up(task, path, Ended("failed", None, "crashed", CRASHED.format(name=task.name)))
        elif (process := self._started(task, path)) is not None:
            jobs.begin(self._ledger, task)
            try:
                ended = self._followed(process, task, path)
            except Died:
                count = jobs.crashed(self._ledger, task)
                logger.warning("the process that indexes uploads has died of a file, for the %s. time", count)
                return
            if ended is not None:
                self._end(task, path, ended)

    def _started(self, task: Task, path: Path) -> JobProcess | None:
        """The process, started where none runs; None where that fails: again and again, so does the file."""
        if self._process is None:
            try:
                self._process = JobProcess(self._installation, self._closing)
            except CannotIndex as error:
                if self._closing.is_set():
                    return None
                logger.error("the process that indexes uploads did not start")
                if error.passing:
                    self._closing.wait(LATER_SECONDS)
                    return None
                self._failed_starts += 1
                if self._failed_starts >= MOST_FAILED_STARTS:
                    self._failed_starts = 0  # the next file has its own tries
                    self._give_up(task, path, Ended("failed", None, "index", str(error)))
                else:
                    self._closing.wait(LOOK_SECONDS)
                return None
            self._failed_starts = 0
        return self._process

    def _followed(self, process: JobProcess, task: Task, path: Path) -> Ended | None:
        """How the file has ended; None where it has not, because the server closes or the fault may pass. Raises Died.

        A process that is left in the middle of a file is ended.
        """
        told, last = time.monotonic(), None
        members: list[tuple[str, Ended]] = []
        try:
            for message in process.index(path, task.replaces):
                last = message
                if self._closing.is_set():
                    break
                if message is not None and message["kind"] == MEMBER:
                    members.append((message["name"], _of(message)))
                if members and (message is None or len(members) >= MOST_AT_ONCE):
                    jobs.end_members(self._ledger, task, members)
                    members = []
                if message is not None and message["kind"] == PROGRESS and time.monotonic() - told > ADVANCE_SECONDS:
                    told = time.monotonic()
                    jobs.advance(self._ledger, task, message["share"])
                if jobs.is_cancelled(self._ledger, task.job):
                    break
        finally:
            if last is None or last["kind"] != END:
                self._end_process()
            if members:
                jobs.end_members(self._ledger, task, members)
        if last is not None and last["kind"] == END:
            return self._ended(task, last)
        if self._closing.is_set():
            jobs.put_back(self._ledger, task)
        return None

    def _ended(self, task: Task, message: Message) -> Ended | None:
        ended = _of(message)
        if ended.result == "unpacked" and not jobs.members(self._ledger, task):
            return Ended("failed", None, "empty", EMPTY.format(name=task.name))
        if ended.code == LATER:
            if task.starts + 1 < MOST_STARTS:
                self._closing.wait(LATER_SECONDS)
                return None
            return replace(ended, code="index")
        return ended

    def _give_up(self, task: Task, path: Path, ended: Ended) -> None:
        """End a file that is not tried any more. Has an earlier try brought all of it into the index, it is there."""
        store = self._index()
        document_id = None if is_archive(path) else store.document_id_at(str(path))
        if document_id is not None and task.replaces is None:
            is_first = store.document_row(document_id).path == str(path)
            ended = Ended("added" if is_first else "duplicate", document_id)
        elif document_id is not None and not store.has(str(task.replaces)):
            ended = Ended("updated", document_id)
        elif document_id is not None:  # the old version is there, and stays
            store.forget_path(str(path))
        self._end(task, path, ended)

    def _end(self, task: Task, path: Path, ended: Ended) -> None:
        """Keep the outcome, then let go of what is on the disk for nothing: failed files, and second copies."""
        jobs.end(self._ledger, task, ended)
        store = self._index()
        if ended.result in ("duplicate", "unchanged") and ended.document_id is not None:
            others = [other for other in store.paths(ended.document_id) if other != str(path)]
            if any(self.uploads.file_of(Path(other)) is not None for other in others):
                store.forget_path(str(path))
        self.uploads.release(store, path)

    def _end_process(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.close()


def _of(message: Message) -> Ended:
    return Ended(message["result"], message["document"], message["code"], message["reason"])
