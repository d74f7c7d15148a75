"""Read files in a child process that may do little else: a bad file costs itself and nothing more.

Covered: endless files (no progress for a while, or too long in all), bombs (memory), crashes inside libraries, and a
parser that was taken over: it has no network, no files, no processes (`ingest.sandbox`, as far as the system has the
means), none of this process' environment, and what it answers is checked as data (`ingest.messages`). Not covered: such
a parser tells what it likes of its own file, and of the files after it until its process ends.
"""

import logging
import queue
import threading
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path

from ingest import messages
from ingest.child import UNINTELLIGIBLE, WATCH_SECONDS, Child
from ingest.errors import Crashed, IngestError, TimedOut, TooMuchMemory
from ingest.limits import LIMITS, Limits
from ingest.messages import Malformed
from ingest.read import Ingested, require_name
from ingest.readers.archive import Member
from ingest.readers.builder import ignore
from ingest.readers.libreoffice import LocalOffice
from ingest.sandbox.confinement import LAYERS, MEGABYTE, Layer
from ingest.sandbox.processes import resident

logger = logging.getLogger(__name__)
START_SECONDS = 60.0
MOST_CONVERSIONS = 3
"""By LibreOffice, for one file; a reader asks for one or two."""


class Confined:
    """Reads files in a child process, which is started on first use and again after each file that it died of.

    One file at a time; threads take turns.
    """

    def __init__(self, limits: Limits = LIMITS) -> None:
        self.limits = limits
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._closings = 0

    def read(self, path: Path, content: bytes, progress: Callable[[float], None] = ignore) -> Ingested:
        """The document in `content`; `progress` is told the share done. Raises the IngestError that says why not."""
        with self._lock, self._understood(path), closing(self._request(path, content, members=False)) as replies:
            for message in replies:
                if isinstance(message, messages.Reading):
                    return messages.ingested_of(message, path, content)
                if isinstance(message, messages.Progress):
                    progress(messages.share_of(message))
        raise AssertionError("unreachable")

    def members(self, path: Path, content: bytes) -> Iterator[Member]:
        """The files in an archive, those that cannot be unpacked with their errors. Raises an IngestError.

        To read them as they come takes another `Confined`: this one is at work until the last.
        """
        unpacking = messages.Unpacking()
        with self._lock, self._understood(path), closing(self._request(path, content, members=True)) as replies:
            for message in replies:
                if isinstance(message, messages.Unpacked):
                    yield unpacking.member(message)

    def layers(self) -> tuple[Layer, ...]:
        """The layers of confinement (`LAYERS`) that take effect on this system; raises an IngestError."""
        with self._lock:
            return self._start(Path("confinement")).layers

    def close(self) -> None:
        """End the child process; a file that another thread is reading fails."""
        self._closings += 1
        self._end()

    def _end(self) -> None:
        child, self._child = self._child, None
        if child is not None:
            child.end()

    @contextmanager
    def _understood(self, path: Path) -> Generator[None, None, None]:
        """A reply that is none costs the file and the child."""
        try:
            yield
        except Malformed as error:
            self._end()
            raise Crashed(path, UNINTELLIGIBLE) from error

    def _request(self, path: Path, content: bytes, members: bool) -> Generator[messages.Reply, None, None]:
        """Progress, then the document, or the members of an archive; a child that is left before its last word is ended."""
        child, replies = self._ask(path, messages.Read(path.name, content, members))
        finished = False
        conversions = 0
        try:
            for message in replies:
                match message:
                    case messages.Failed(failure):
                        error = messages.error_of(failure, path)
                        finished = True
                        raise _with_limit(error, path, self.limits)
                    case messages.Convert() if not members and (conversions := conversions + 1) <= MOST_CONVERSIONS:
                        self._convert(child, message)
                    case messages.Done() if members:
                        finished = True
                        return
                    case messages.Progress():
                        yield message
                    case messages.Unpacked() if members:
                        yield message
                    case messages.Reading() if not members:
                        finished = True
                        yield message
                        return
                    case _:
                        raise Malformed(type(message).__name__)
        finally:
            if not finished:
                self._end()

    def _convert(self, child: Child, wanted: messages.Convert) -> None:
        """Run LibreOffice for the child, which can start no program."""
        office = LocalOffice(self.limits.megabytes, child.is_running)
        try:
            content = office.convert(wanted.content, wanted.suffix, wanted.target)
        except OSError as error:
            logger.warning("LibreOffice could not be given a file: %s", error)
            content = None
        child.send(messages.Converted(content, office.unconfined))

    def _ask(self, path: Path, request: messages.Read) -> tuple[Child, Iterator[messages.Reply]]:
        """Send the request and wait for word that it has arrived; then all messages.

        A child that was killed, or began to talk nonsense, while it had nothing to do is not this file's fault: another is
        asked.
        """
        require_name(path)
        closings = self._closings
        for again in (True, False):
            try:
                child = self._start(path)
                child.send(request)
                replies = self._watched(child, path)
                if not isinstance(next(replies), messages.Progress):
                    raise Malformed("no word that the request has arrived")
                return child, replies
            except OSError as error:
                self._end()
                if not again or closings != self._closings:
                    raise Crashed(path, f"读取进程无法启动：{error.strerror}") from error
            except (Crashed, Malformed):
                self._end()
                if not again or closings != self._closings:
                    raise
            except IngestError:
                self._end()
                raise
        raise AssertionError("unreachable")

    def _start(self, path: Path) -> Child:
        """The running child, or a new one that has confined itself. Raises OSError or an IngestError."""
        if self._child is not None and self._child.is_running():
            return self._child
        self._end()
        self._child = child = Child(self.limits)
        try:
            first = child.replies.get(timeout=max(START_SECONDS, self.limits.idle_seconds))
        except queue.Empty:
            raise TimedOut(path, START_SECONDS) from None
        if not isinstance(first, messages.Started):
            raise Crashed(path, UNINTELLIGIBLE if first is not None else child.last_word())
        child.layers = tuple(layer for layer in LAYERS if layer in first.layers)
        _tell(child.layers)
        return child

    def _watched(self, child: Child, path: Path) -> Iterator[messages.Reply]:
        """Messages without end; raises TimedOut, TooMuchMemory or Crashed for a child that goes too far."""
        started = heard = time.monotonic()
        while True:
            try:
                message = child.replies.get(timeout=WATCH_SECONDS)
            except queue.Empty:
                if time.monotonic() - heard > self.limits.idle_seconds:
                    raise TimedOut(path, self.limits.idle_seconds) from None
                if resident(child.pid) > self.limits.megabytes * MEGABYTE:
                    raise TooMuchMemory(path, self.limits.megabytes) from None
                continue
            if message is None or isinstance(message, Malformed):
                raise Crashed(path, UNINTELLIGIBLE if message is not None else child.last_word())
            yield message
            heard = time.monotonic()
            if heard - started > self.limits.total_seconds:
                raise TimedOut(path, self.limits.total_seconds)


@cache
def _tell(layers: tuple[Layer, ...]) -> None:
    """Log once what this system's readers are confined by."""
    missing = [layer for layer in LAYERS if layer not in layers]
    level = logging.WARNING if missing else logging.INFO
    logger.log(
        level,
        "readers are confined by: %s; missing on this system: %s",
        ", ".join(layers),
        ", ".join(missing) or "none",
    )


def _with_limit(error: IngestError, path: Path, limits: Limits) -> IngestError:
    """The child knows that memory ran out, not how much it was allowed."""
    return TooMuchMemory(path, limits.megabytes) if isinstance(error, TooMuchMemory) else error
