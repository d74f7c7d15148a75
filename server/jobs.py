"""The runner of jobs: decides which uploaded file is indexed next, so that no key's files wait long for another's.

One runner a data folder, whatever servers there are. Every file ends in exactly one outcome: what was begun when the
server or a process was killed is begun again, and the index knows what it has already.

How the files of several keys (owners) share the time:
- Each owner's files are taken in order, one at a time; the owners take turns, file by file.
- There is one lane (`server.job_lane`). A second is opened when an owner waits behind a file that has run for
  `BEHIND_SECONDS`, and its process ends when it is idle: it holds the embedding model once more.
- Where both lanes are busy, a file that has run for `QUICK_SECONDS` is stopped for an owner that waits. It is slow from
  then on: it goes on when nothing else waits, and is stopped at once when something does. The slow file that was there
  first is never stopped, so that each gets done.
- An archive makes way for another owner between two members, at the latest after `SLICE_SECONDS`, and goes on there.
So a file that takes seconds waits for at most about `QUICK_SECONDS` for each owner but one that is working off slow files.

Not covered: receiving uploads (`server.api.receiving`), the jobs' tables (`server.ledger.jobs`).
"""

import logging
import queue
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from index.errors import IndexingError
from ingest.formats import is_archive
from server.errors import ServerError
from server.installation import Installation
from server.job_lane import Lane, Shared, Turn, Used
from server.ledger import jobs
from server.ledger.jobs import Task
from server.ledger.ledger import Ledger
from server.platform import FileLock
from server.runtime import open_store

logger = logging.getLogger(__name__)

LOCK = "youju.db.jobs-lock"
LOOK_SECONDS = 3.0
"""How often the ledger is asked for jobs that another server has taken in."""
IDLE_SECONDS = 60.0
"""How long a process is kept, with its model in memory, after its last file."""
MOST_LANES = 2
BEHIND_SECONDS = 3.0
QUICK_SECONDS = 10.0
SLICE_SECONDS = 60.0
UNUSABLE_SECONDS = 60.0
"""How long a further lane is left alone after its process did not start."""


class Runner:
    """A thread beside the server's; `wake` it when there is a new job."""

    def __init__(self, installation: Installation, ledger: Ledger, ending: threading.Event | None = None) -> None:
        """`ending` is set when the server is about to end: no further file is begun."""
        self._shared = Shared(installation, ledger, lambda: open_store(installation))
        self.uploads = self._shared.uploads
        self._ledger = ledger
        self._lock = FileLock(installation.data / LOCK)
        self._ending = ending or threading.Event()
        self._woken = threading.Event()
        self._cancelled: queue.SimpleQueue[str] = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lanes: list[Lane] = []
        self._protected: Turn | None = None
        """The slow file that is not stopped for others."""
        self._used: dict[tuple[str, int], Used] = {}
        """Of the files that were begun and have not ended."""
        self._served: dict[str | None, float] = {}
        """When the last file of each owner was begun."""

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
        self._shared.closing.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join()

    # -- the thread ---------------------------------------------------------------------------------------------

    def _run(self) -> None:
        try:
            while not self._shared.closing.is_set():
                self._try()
                self._woken.wait(LOOK_SECONDS)
                self._woken.clear()
        finally:
            for lane in self._lanes:
                lane.close()
            self._shared.close()
            self._lock.release()

    def _try(self) -> None:
        """Give out what waits. A disk that is full or a database that is busy for long is tried again later."""
        try:
            self._clear()
            if not self._lock.held:
                if self._ending.is_set() or not self._lock.take():
                    return
                self._tidy()
            if not self._ending.is_set():
                self._schedule()
        except (IndexingError, ServerError, OSError) as error:
            logger.error("jobs are put off: %s", type(error).__name__)

    def _clear(self) -> None:
        """Delete the files of cancelled jobs; what a fault or the server's end prevents, the next server sweeps away."""
        while not self._cancelled.empty():
            job = self._cancelled.get()
            for number, stored in jobs.cancelled_files(self._ledger, job):
                self.uploads.release(self._shared.index(), self.uploads.place(job, number, stored))

    def _tidy(self) -> None:
        """Delete uploads that nobody needs, which a server that was killed may have left."""
        index = self._shared.index
        if self.uploads.folder.is_dir() and index().count():  # an index that was moved away looks empty
            self.uploads.sweep(index(), lambda job, number: jobs.is_awaited(self._ledger, job, number))

    # -- scheduling ---------------------------------------------------------------------------------------------

    def _schedule(self) -> None:
        """Give idle lanes what waits, and stop what is to make way for it."""
        self._lanes = [lane for lane in self._lanes if lane.is_alive]
        running = [turn.task for turn, _ in self._turns()]
        # Asked after looking at the lanes, so that nothing is among them that a lane has ended meanwhile.
        heads = jobs.next_tasks(self._ledger)
        self._forget(heads)
        self._protect()
        for task in self._in_turn(heads, running):
            if any(task.replaces is not None and task.replaces == other.replaces for other in running):
                continue  # two versions of one document come one after the other
            lane = self._free_lane()
            if lane is None:
                self._make_way(task)
                continue
            self._served[task.key] = time.monotonic()
            lane.give(task, self._used.setdefault((task.job, task.number), Used()))
            running.append(task)
        self._end_idle()

    def _in_turn(self, heads: Sequence[Task], running: Sequence[Task]) -> list[Task]:
        """The next file of each owner without a lane: slow ones last, otherwise whoever has waited longest first."""
        owners = {task.key for task in running}
        waiting = [task for task in heads if task.key not in owners]
        return sorted(waiting, key=lambda task: (self._is_slow(task), self._served.get(task.key, 0.0)))

    def _free_lane(self) -> Lane | None:
        """An idle lane, best one with a process; a further one where all others have been busy for some time."""
        idle = [lane for lane in self._lanes if lane.turn is None and _is_usable(lane)]
        if (ready := next((lane for lane in idle if lane.has_process), None)) is not None:
            return ready
        ages = [turn.age for turn, _ in self._turns()]
        if ages and min(ages) < BEHIND_SECONDS:
            return None
        if not idle and len(self._lanes) < MOST_LANES:
            self._lanes.append(Lane(self._shared, self.wake, is_first=not self._lanes))
            return self._lanes[-1]
        return idle[0] if idle else None

    def _turns(self) -> list[tuple[Turn, Lane]]:
        """What is being worked on, what was begun first before the rest."""
        turns = [(turn, lane) for lane in self._lanes if (turn := lane.turn) is not None]
        return sorted(turns, key=lambda pair: pair[0].begun)

    def _make_way(self, task: Task) -> None:
        """Stop one file for `task`, which waits for a lane, if one has had its time."""
        turns = self._turns()
        for turn, lane in turns:
            if turn.age > SLICE_SECONDS and is_archive(Path(turn.task.stored)):
                turn.used.is_slow = True
                lane.stop_at_member()
        if self._is_slow(task) or len(turns) < MOST_LANES:
            return
        for turn, lane in turns:
            if turn is not self._protected and (turn.used.is_slow or turn.age > QUICK_SECONDS):
                turn.used.is_slow = True
                lane.stop()
                return

    def _protect(self) -> None:
        """Let the first file that takes long be the one that is not stopped, until it has ended or made way itself."""
        turns = [turn for turn, _ in self._turns()]
        if self._protected not in turns:
            slow = [turn for turn in turns if turn.used.is_slow or turn.age > QUICK_SECONDS]
            self._protected = slow[0] if slow else None

    def _end_idle(self) -> None:
        for lane in self._lanes:
            if lane.turn is None and lane.has_process and time.monotonic() - lane.free_since > IDLE_SECONDS:
                lane.finish()

    def _is_slow(self, task: Task) -> bool:
        used = self._used.get((task.job, task.number))
        return used is not None and used.is_slow

    def _forget(self, heads: Sequence[Task]) -> None:
        """What files used that have ended: an owner goes on with the next file only when the one before has ended."""
        kept = {(task.job, task.number) for task in heads}
        self._used = {place: used for place, used in self._used.items() if place in kept}


def _is_usable(lane: Lane) -> bool:
    return lane.unusable_since is None or time.monotonic() - lane.unusable_since > UNUSABLE_SECONDS
