"""The child process of `server.jobs`: indexes one uploaded file after the other and tells of each in lines of JSON.

It reads its standard input: first the installation, then a file a line (`task_line`), an empty object for the end. When
standard input ends, it ends at once, also in the middle of a file: what was not committed is undone as after a power
cut. `python -m server.job_worker` is no command for people.
"""

import json
import os
import queue
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from index.errors import IndexingError, NoSpace, StoreBusy, UnknownDocument
from index.library import Library, Outcome
from index.patience import Patience
from ingest.limits import Limits
from server.errors import ServerError
from server.installation import Installation
from server.ledger.ledger import Ledger
from server.platform import give_way
from server.removal import remove_document
from server.runtime import open_ledger, open_library
from server.uploads import Uploads

Message = dict[str, Any]
READY, PROGRESS, MEMBER, END, FAULT = "ready", "progress", "member", "end", "fault"
LATER = "later"
"""The code of a fault that may pass by itself: another program writes for long, the disk is full."""
PROGRESS_SECONDS = 0.5


def main() -> None:
    """Index what standard input names until it ends."""
    os.umask(0o077)  # what is written is for this user alone
    replies = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    # What a library prints must not get between the replies.
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, sys.stdout.fileno())
    os.dup2(null, sys.stderr.fileno())
    give_way()
    first = json.loads(sys.stdin.readline())
    tasks: queue.Queue[Message] = queue.Queue()
    threading.Thread(target=_listen, args=(tasks,), daemon=True).start()
    installation = installation_of(first)
    try:
        library = open_library(installation)
        ledger = open_ledger(installation)
    except (ServerError, IndexingError) as error:
        passing = isinstance(error, StoreBusy | NoSpace)
        _send(replies, {"kind": FAULT, "reason": str(error), "code": LATER if passing else None})
        return
    worker = Worker(library, ledger, Uploads(installation.data), installation.limits)
    _send(replies, {"kind": READY})
    while task := tasks.get():
        for message in worker.messages(task, replies):
            _send(replies, message)
    library.close()
    os._exit(0)  # the thread that listens holds standard input


def _listen(tasks: "queue.Queue[Message]") -> None:
    """Pass tasks on; end the process with its standard input: the server has ended, or wants no more."""
    for line in sys.stdin:
        tasks.put(json.loads(line))
    os._exit(0)


def _send(replies: TextIO, message: Message) -> None:
    replies.write(json.dumps(message) + "\n")
    replies.flush()


def installation_line(installation: Installation) -> str:
    """The installation for `installation_of`, in one line."""
    return json.dumps({
        "data": str(installation.data.absolute()), "models": str(installation.models.absolute()),
        "model_list": str(installation.model_list.absolute()), "llm_role": installation.llm_role,
        "threads": installation.threads,
        "limits": asdict(installation.limits),
    })  # fmt: skip


def installation_of(told: Message) -> Installation:
    """The inverse of `installation_line`."""
    return Installation(
        Path(told["data"]), Path(told["models"]), Path(told["model_list"]), told["llm_role"], told["threads"], 1,
        Limits(**told["limits"]),
    )  # fmt: skip


def task_line(path: Path, replaces: str | None, done: Sequence[str], spent: float, timeouts: int) -> str:
    """A file to index, in one line. `replaces` is the document whose new version it is.

    For an archive that was interrupted: the members that are `done`, the seconds `spent` on it and how many members
    have timed out in a row.
    """
    return json.dumps({"path": str(path), "replaces": replaces, "done": done, "spent": spent, "timeouts": timeouts})


class Worker:
    """Indexes uploaded files by a library of its own."""

    def __init__(self, library: Library, ledger: Ledger, uploads: Uploads, limits: Limits) -> None:
        self._library = library
        self._ledger = ledger
        self._uploads = uploads
        self._limits = limits

    def messages(self, task: Message, replies: TextIO) -> Iterator[Message]:
        """One `member` for each member of an archive, then the `end` of the file. `replies` gets the progress."""
        path, replaces = Path(task["path"]), task["replaces"]
        patience = Patience(self._limits, task["spent"], task["timeouts"])
        own: Outcome | None = None
        try:
            outcomes = self._library.take(path, _Progress(replies), patience=patience, done=frozenset(task["done"]))
            for outcome in outcomes:
                if outcome.path == path:
                    own = outcome
                else:
                    name = outcome.path.relative_to(path).as_posix()
                    told = _told(outcome, self._first_result(outcome))
                    yield {"kind": MEMBER, "name": name, "timeouts": patience.timeouts} | told
            if own is None:
                yield {"kind": END, "result": "unpacked", "document": None, "code": None, "reason": None}
                return
            result = self._first_result(own)
            if replaces is not None and own.document_id is not None:
                result = self._replace(replaces, own.document_id)
            # One of an unknown format was named by whoever uploaded it: it is no file that a folder happened to hold.
            yield {"kind": END} | _told(own, "failed" if result == "skipped" else result)
        except (StoreBusy, NoSpace) as error:
            yield {"kind": END, "result": "failed", "document": None, "code": LATER, "reason": str(error)}
        except IndexingError as error:
            yield {"kind": END, "result": "failed", "document": None, "code": "index", "reason": str(error)}

    def _first_result(self, outcome: Outcome) -> str:
        """What stands unchanged under the path of an upload, an earlier try has put there: then what that one told.

        One that the index knew, under paths that are gone by now too, is a duplicate.
        """
        if outcome.status == "renamed":
            return "duplicate"
        if outcome.status != "unchanged" or outcome.document_id is None:
            return outcome.status
        try:
            first = self._library.store.document_row(outcome.document_id).path
        except UnknownDocument:  # removed in this moment
            return "added"
        return "added" if first == str(outcome.path) else "duplicate"

    def _replace(self, old: str, new: str) -> str:
        """The new version is in: the old one goes, unless it is the same, or went with an earlier try."""
        if new == old:
            return "unchanged"
        store = self._library.store
        with suppress(UnknownDocument):  # it was deleted meanwhile
            remove_document(store, self._ledger, self._uploads, old)
            self._library.vectors.forget(store)
        return "updated"


def _told(outcome: Outcome, result: str) -> Message:
    return {"result": result, "document": outcome.document_id, "code": outcome.code, "reason": outcome.reason}


class _Progress:
    """Adds up the shares that a library tells, and passes the sum on now and then."""

    def __init__(self, replies: TextIO) -> None:
        self._replies = replies
        self._done = 0.0
        self._told = time.monotonic()

    def __call__(self, share: float) -> None:
        self._done += share
        if time.monotonic() - self._told >= PROGRESS_SECONDS:
            self._told = time.monotonic()
            _send(self._replies, {"kind": PROGRESS, "share": self._done})


if __name__ == "__main__":
    main()
