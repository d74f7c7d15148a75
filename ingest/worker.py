"""The child process of `ingest.confined`: reads one file after the other and answers over its standard output.

It confines itself before the first file comes and gets every file's content over its standard input, so that it
needs no file of the user's. `python -m ingest.worker MEGABYTES SECONDS` is no command for people.
"""

import faulthandler
import os
import shutil
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from ingest import messages
from ingest.errors import Crashed, Damaged, IngestError, TooLarge, TooMuchMemory
from ingest.read import read_file
from ingest.readers import archive
from ingest.readers.builder import File
from ingest.sandbox.confinement import confine

PROGRESS_SECONDS = 0.2
STUCK_SECONDS = 600.0
"""Without a breath of Python; a child with a living parent was ended long before."""


def main() -> None:
    """Serve requests until standard input ends or this process has used the processor for long enough.

    A file may take `SECONDS` of every processor. Twice that is the process' limit for life, so it ends of itself,
    between two files, when less than one file's share is left.
    """
    megabytes, seconds = int(sys.argv[1]), max(1.0, float(sys.argv[2])) * (os.cpu_count() or 1)
    os.umask(0o077)
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What a library prints must not get between the replies.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    layers = confine(megabytes, 2 * seconds)
    threading.Thread(target=_end_with, args=(os.getppid(), null), daemon=True).start()
    messages.send(replies, messages.Started(layers))
    requests = sys.stdin.buffer
    while time.process_time() < seconds and isinstance(request := messages.receive_request(requests), messages.Read):
        messages.send(replies, messages.Progress(0.0))  # the time for receiving is not the file's
        for message in _answers(request, requests, replies):
            messages.send(replies, message)
        _clear()


def _end_with(parent: int, null: int) -> None:
    """End with the parent: one that was killed cannot end this process, which would read on for nobody.

    A library that never lets go of the interpreter would not let this thread look: then faulthandler ends all.
    """
    while os.getppid() == parent:
        faulthandler.dump_traceback_later(STUCK_SECONDS, exit=True, file=null)
        time.sleep(1)
    _clear()
    os._exit(1)


def _clear() -> None:
    """Empty the working directory of what a reader left there."""
    for path in Path.cwd().iterdir():
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)


class _AskedOffice:
    """LibreOffice, which the parent runs: this process can start no program."""

    def __init__(self, requests: BinaryIO, replies: BinaryIO) -> None:
        self.unconfined = False
        self._requests = requests
        self._replies = replies

    def convert(self, content: bytes, suffix: str, target: str) -> bytes | None:
        messages.send(self._replies, messages.Convert(content, suffix, target))  # type: ignore[arg-type]
        answer = messages.receive_request(self._requests)
        if not isinstance(answer, messages.Converted):
            raise EOFError("the parent has ended")
        self.unconfined |= answer.unconfined
        return answer.content


def _answers(request: messages.Read, requests: BinaryIO, replies: BinaryIO) -> Iterator[bytes]:
    path, last = Path(request.name), 0.0

    def progress(share: float) -> None:
        nonlocal last
        if time.monotonic() - last > PROGRESS_SECONDS:
            last = time.monotonic()
            messages.send(replies, messages.Progress(share))

    try:
        if request.members:
            yield from _members(path, request.content)
        else:
            file = File(path, request.content, progress, _AskedOffice(requests, replies))
            body = messages.encode(messages.reading_of(read_file(file)))
            if len(body) > messages.LARGEST_REPLY:
                raise TooLarge(path, len(body), messages.LARGEST_REPLY)
            yield body
    except IngestError as error:
        yield _failed(error)
    except MemoryError:
        yield _failed(TooMuchMemory(path, 0))
    except RecursionError:
        yield _failed(Damaged(path, "结构嵌套过深"))
    except Exception as error:  # ruff: ignore[blind-except]  a library's fault costs this file and says so
        yield _failed(Crashed(path, f"{type(error).__name__}：{error}"))


def _members(path: Path, content: bytes) -> Iterator[bytes]:
    for member in archive.members(path, content):
        inner = member.content
        told = messages.failure_of(inner) if isinstance(inner, IngestError) else inner
        yield messages.encode(messages.Unpacked(member.name, told))
    yield messages.encode(messages.Done())


def _failed(error: IngestError) -> bytes:
    return messages.encode(messages.Failed(messages.failure_of(error)))


if __name__ == "__main__":
    main()
