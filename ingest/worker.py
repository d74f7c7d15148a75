"""The child process of `ingest.confined`: reads one file after the other and answers over its standard output.

It trusts nothing that it reads; what limits it is the parent's work. `python -m ingest.worker` is no command for
people.
"""

import faulthandler
import os
import pickle
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from ingest.errors import Crashed, Damaged, IngestError, TooMuchMemory
from ingest.read import read_file
from ingest.readers import archive
from ingest.readers.builder import File

DOCUMENT, MEMBERS = "document", "members"
PROGRESS, RESULT, MEMBER, FAILED = "progress", "result", "member", "failed"
Message = tuple[str, Any]
PROGRESS_SECONDS = 0.2
STUCK_SECONDS = 600.0
"""Without a breath of Python; a child with a living parent was ended long before."""


def main() -> None:
    """Serve requests `(kind, path, content)` until standard input ends; each ends with a result or a failure."""
    os.umask(0o077)  # what a converter writes is for this user alone
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # What a library prints must not get between the replies.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    requests = sys.stdin.buffer
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    while True:
        try:
            kind, path, content = pickle.load(requests)
        except EOFError:
            return
        _send(replies, (PROGRESS, 0.0))  # the time for starting and receiving is not the file's
        for message in _answers(kind, Path(path), content, replies):
            _send(replies, message)


def _end_with(parent: int) -> None:
    """A parent that was killed cannot end this process; it would read on for nobody.

    A library that never lets go of the interpreter would not let this thread look: then faulthandler ends all.
    """
    null = os.open(os.devnull, os.O_WRONLY)
    while os.getppid() == parent:
        faulthandler.dump_traceback_later(STUCK_SECONDS, exit=True, file=null)
        time.sleep(1)
    os._exit(1)


def _send(replies: BinaryIO, message: Message) -> None:
    pickle.dump(message, replies)
    replies.flush()


def _answers(kind: str, path: Path, content: bytes, replies: BinaryIO) -> Iterator[Message]:
    last = 0.0

    def progress(share: float) -> None:
        nonlocal last
        if time.monotonic() - last > PROGRESS_SECONDS:
            last = time.monotonic()
            _send(replies, (PROGRESS, share))

    try:
        if kind == MEMBERS:
            for member in archive.members(path, content):
                yield MEMBER, member
            yield RESULT, None
        else:
            yield RESULT, read_file(File(path, content, progress))
    except IngestError as error:
        yield FAILED, error
    except MemoryError:
        yield FAILED, TooMuchMemory(path, 0)
    except RecursionError:
        yield FAILED, Damaged(path, "结构嵌套过深")
    except Exception as error:  # ruff: ignore[blind-except]  a library's fault costs this file and says so
        yield FAILED, Crashed(path, _fault(error))


def _fault(error: Exception) -> str:
    """One short line that a database and a terminal can hold."""
    told = " ".join(f"{type(error).__name__}：{error}".split())[:200]
    return "".join(c for c in told.encode("utf-8", "replace").decode("utf-8") if c.isprintable())


if __name__ == "__main__":
    main()
