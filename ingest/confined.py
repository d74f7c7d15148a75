"""Read files in a child process with limits on time and memory: a bad file costs itself and nothing else.

Covered: endless files (no progress for a while, or too long in all), bombs (memory), crashes inside libraries.
Not covered: what a parser that was taken over could do with this user's rights.
"""

import os
import pickle
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from ingest.errors import Crashed, IngestError, TimedOut, TooMuchMemory
from ingest.limits import LIMITS, Limits
from ingest.read import Ingested
from ingest.readers.archive import Member
from ingest.readers.builder import ignore
from ingest.worker import DOCUMENT, FAILED, MEMBER, MEMBERS, PROGRESS, Message

ROOT = Path(__file__).parent.parent
WATCH_SECONDS = 0.1
MEGABYTE = 1024 * 1024


class Confined:
    """Reads files in a child process, which is started on first use and again after each file that it died of.

    One file at a time; threads take turns.
    """

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self._lock = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._replies: queue.Queue[Message | None] = queue.Queue(1)
        self._listener: threading.Thread | None = None

    def read(self, path: Path, content: bytes, progress: Callable[[float], None] = ignore) -> Ingested:
        """The document in `content`; `progress` is told the share done. Raises the IngestError that says why not."""
        with self._lock:
            for kind, value in self._request(DOCUMENT, path, content):
                if kind == PROGRESS:
                    progress(value)
                else:
                    result: Ingested = value
        return result

    def members(self, path: Path, content: bytes) -> Iterator[Member]:
        """The files in an archive, those that cannot be unpacked with their errors. Raises an IngestError.

        To read them as they come takes another `Confined`: this one is at work until the last.
        """
        with self._lock:
            for kind, value in self._request(MEMBERS, path, content):
                if kind == MEMBER:
                    yield value

    def close(self) -> None:
        self._end()

    def _request(self, kind: str, path: Path, content: bytes) -> Iterator[tuple[str, Any]]:
        messages = self._ask(kind, path, content)
        finished = False
        try:
            for kind, value in messages:
                if kind == FAILED:
                    finished = True
                    raise _with_limit(value, path, self.limits)
                yield kind, value
            finished = True
        finally:
            if not finished:
                self._end()

    def _ask(self, kind: str, path: Path, content: bytes) -> Iterator[Message]:
        """Send the request and wait for word that it has arrived; then all messages.

        A child that was killed while it had nothing to do is not this file's fault: it is asked anew.
        """
        for last in (False, True):
            try:
                process = self._start()
                assert process.stdin is not None
                pickle.dump((kind, str(path), content), process.stdin)
                process.stdin.flush()
                messages = self._watched(process, path)
                next(messages)
                return messages
            except (OSError, IngestError) as error:
                self._end()
                if isinstance(error, OSError) and last:
                    raise Crashed(path, f"读取进程无法启动：{error.strerror}") from error
                if isinstance(error, IngestError) and (last or not isinstance(error, Crashed)):
                    raise
        raise AssertionError("unreachable")

    def _watched(self, process: subprocess.Popen[bytes], path: Path) -> Iterator[Message]:
        """Messages until the result; raises TimedOut, TooMuchMemory or Crashed for a child that goes too far."""
        started = heard = time.monotonic()
        while True:
            try:
                message = self._replies.get(timeout=WATCH_SECONDS)
            except queue.Empty:
                if time.monotonic() - heard > self.limits.idle_seconds:
                    raise TimedOut(path, self.limits.idle_seconds) from None
                if _resident(process.pid) > self.limits.megabytes * MEGABYTE:
                    raise TooMuchMemory(path, self.limits.megabytes) from None
                continue
            if message is None:
                raise Crashed(path, _last_word(process))
            yield message
            if message[0] not in (PROGRESS, MEMBER):
                return
            heard = time.monotonic()
            if heard - started > self.limits.total_seconds:
                raise TimedOut(path, self.limits.total_seconds)

    def _start(self) -> subprocess.Popen[bytes]:
        if self._process is not None and self._process.poll() is None:
            return self._process
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            # -P: the folder that the user stands in may hold a pickle.py of somebody else.
            [sys.executable, "-P", "-m", "ingest.worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": path}, start_new_session=True,
        )  # fmt: skip
        self._replies = queue.Queue(1)  # full: the child waits before it unpacks another gigabyte
        self._listener = threading.Thread(target=_listen, args=(self._process, self._replies), daemon=True)
        self._listener.start()
        return self._process

    def _end(self) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        listener, replies = self._listener, self._replies
        for member in _family(process.pid):
            with suppress(psutil.NoSuchProcess):
                member.kill()
        process.wait()
        while listener is not None and listener.is_alive():  # it may hold a message that nobody wants any more
            with suppress(queue.Empty):
                replies.get(timeout=WATCH_SECONDS)
        with suppress(queue.Full):
            replies.put_nowait(None)  # for a thread that still waits for what was closed
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not yet written to the dead child
                    pipe.close()


def _listen(process: subprocess.Popen[bytes], replies: queue.Queue[Message | None]) -> None:
    """Pass the child's messages on; None when it has ended."""
    assert process.stdout is not None
    try:
        while True:
            replies.put(pickle.load(process.stdout))
    except (EOFError, OSError, ValueError, LookupError, AttributeError, TypeError, ImportError, pickle.UnpicklingError):
        replies.put(None)  # the end, or bytes that are no message


def _last_word(process: subprocess.Popen[bytes]) -> str:
    with suppress(subprocess.TimeoutExpired):
        code = process.wait(timeout=5)
        return f"信号 {-code}" if code < 0 else f"退出码 {code}"
    return "答复无法识别"


def _family(pid: int) -> list[psutil.Process]:
    """The child and its own children (LibreOffice), none where it is gone."""
    with suppress(psutil.NoSuchProcess):
        child = psutil.Process(pid)
        return [*child.children(recursive=True), child]
    return []


def _resident(pid: int) -> int:
    """Bytes of resident memory of the child and its children."""
    total = 0
    for member in _family(pid):
        with suppress(psutil.NoSuchProcess):
            total += member.memory_info().rss
    return total


def _with_limit(error: IngestError, path: Path, limits: Limits) -> IngestError:
    """The child knows that memory ran out, not how much it was allowed."""
    return TooMuchMemory(path, limits.megabytes) if isinstance(error, TooMuchMemory) else error
