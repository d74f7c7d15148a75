"""The process that reads files, as its parent sees it: starting it, sending to it, hearing it, ending it.

Not covered: what is asked of it and how long that may take (`ingest.confined`), what it does (`ingest.worker`).
"""

import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import weakref
from contextlib import suppress
from pathlib import Path

import psutil

from ingest import messages
from ingest.limits import Limits
from ingest.messages import Malformed
from ingest.sandbox.confinement import Layer, environment
from ingest.sandbox.processes import kill

ROOT = Path(__file__).parent.parent
SENT_SECONDS = 5.0
FOLDER = "youju-reader-"
LEFT_SECONDS = 86400.0
"""Age of a folder that nobody owns any more; another container that shares the folder has processes not seen here."""
Heard = messages.Reply | Malformed | None
"""A message, one that is none, or the end."""
UNINTELLIGIBLE = "答复无法识别"
WATCH_SECONDS = 0.1


class Child:
    """The process, the folder that it may write in, a thread that hears it and one that sends to it.

    Both directions have a thread of their own, so that a child that neither reads nor answers blocks nobody.
    """

    def __init__(self, limits: Limits) -> None:
        self.layers: tuple[Layer, ...] = ()
        self.replies: queue.Queue[Heard] = queue.Queue(1)  # full: the child waits before it unpacks another gigabyte
        remove_left_folders()
        self._folder = tempfile.mkdtemp(prefix=f"{FOLDER}{os.getpid()}-")
        self._remove = weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        packages = [os.path.abspath(entry) for entry in os.environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
        self._process = subprocess.Popen(
            # -P: no module is taken from the working directory.
            [sys.executable, "-P", "-m", "ingest.worker", str(limits.megabytes), str(limits.total_seconds)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=self._folder,
            env=environment(Path(self._folder)) | {"PYTHONPATH": os.pathsep.join([str(ROOT), *packages])},
            start_new_session=True,
        )  # fmt: skip
        self.pid = self._process.pid
        self._listener = threading.Thread(target=_listen, args=(self._process, self.replies), daemon=True)
        self._listener.start()
        self._sender: threading.Thread | None = None

    def is_running(self) -> bool:
        return self._process.poll() is None

    def send(self, message: messages.Request) -> None:
        """Begin to send; where the child has ended, its replies will tell. Raises Malformed for one that does not listen."""
        if self._sender is not None:
            self._sender.join(SENT_SECONDS)  # it answered what was sent before, so it has read all of that
            if self._sender.is_alive():
                raise Malformed("answered before it had read the request")
        self._sender = threading.Thread(target=_send, args=(self._process, message), daemon=True)
        self._sender.start()

    def last_word(self) -> str:
        """How it ended."""
        with suppress(subprocess.TimeoutExpired):
            code = self._process.wait(timeout=5)
            return f"信号 {-code}" if code < 0 else f"退出码 {code}"
        return UNINTELLIGIBLE

    def end(self) -> None:
        """Kill it with all that it started, end the threads, remove its folder."""
        kill(self._process)
        while self._listener.is_alive():  # it may hold a message that nobody wants any more
            with suppress(queue.Empty):
                self.replies.get(timeout=WATCH_SECONDS)
        with suppress(queue.Full):
            self.replies.put_nowait(None)  # for a thread that still waits for what was closed
        if self._sender is not None:
            self._sender.join()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                with suppress(OSError):  # what was not yet written to the dead child
                    pipe.close()
        self._remove()


def remove_left_folders() -> None:
    """Remove the empty folders of parents that were killed: a child may empty its folder but not remove it."""
    for folder in Path(tempfile.gettempdir()).glob(FOLDER + "*"):
        owner = folder.name.removeprefix(FOLDER).split("-")[0]
        with suppress(OSError):  # not empty, gone meanwhile, or another user's
            if (
                owner.isdecimal()
                and not psutil.pid_exists(int(owner))
                and time.time() - folder.stat().st_mtime > LEFT_SECONDS
            ):
                folder.rmdir()


def _listen(process: subprocess.Popen[bytes], replies: "queue.Queue[Heard]") -> None:
    """Pass the child's messages on, until it ends (None) or sends what is none."""
    assert process.stdout is not None
    try:
        while (message := messages.receive_reply(process.stdout)) is not None:
            replies.put(message)
        replies.put(None)
    except Malformed as error:
        replies.put(error)
    except (OSError, ValueError):  # the pipe was closed
        replies.put(None)


def _send(process: subprocess.Popen[bytes], message: messages.Request) -> None:
    assert process.stdin is not None
    with suppress(OSError, ValueError):  # the child has ended, which its replies tell
        messages.send(process.stdin, message)
