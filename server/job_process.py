"""The process that indexes uploads, as the server sees it: started, given files, listened to, ended.

Not covered: what it does (`server.job_worker`), what becomes of its outcomes (`server.jobs`).
"""

import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from server.installation import Installation
from server.job_worker import END, FAULT, LATER, Message, installation_line
from server.upload_errors import CannotIndex

ROOT = Path(__file__).parent.parent
POLL_SECONDS = 0.5
START_SECONDS = 300.0
"""To load the embedding model on a machine that is busy."""
SILENT_SECONDS = 600.0
"""Beyond what reading one file may take: then the process is stuck."""
FINISH_SECONDS, END_SECONDS = 300.0, 5.0


class Died(Exception):
    """The process has ended in the middle of a file, or had to be ended."""


class JobProcess:
    """One child process; used by one thread, ended from any."""

    def __init__(self, installation: Installation, closing: threading.Event) -> None:
        """Starts it; raises CannotIndex where it does not get ready, also because the server is `closing`."""
        self._closing = closing
        self._silent = 0.0
        limits = installation.limits
        self._patience = max(limits.total_seconds, limits.member_seconds) + SILENT_SECONDS
        path = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
        self._process = subprocess.Popen(
            # -P: the folder that the user stands in may hold a queue.py of somebody else.
            [sys.executable, "-P", "-m", "server.job_worker"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8",
            env={**os.environ, "PYTHONPATH": path}, start_new_session=True,
        )  # fmt: skip
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._listener = threading.Thread(target=self._listen, name="job listener", daemon=True)
        self._listener.start()
        try:
            self._write(installation_line(installation))
            while (first := self._next(START_SECONDS)) is None:
                if closing.is_set():
                    raise Died
        except Died as error:
            self.close()
            raise CannotIndex("它没有启动就结束了。请查看内存和磁盘是否够用，再重新启动服务。") from error
        if first["kind"] == FAULT:
            self.close()
            raise CannotIndex(first["reason"], first["code"] == LATER)

    @property
    def pid(self) -> int:
        return self._process.pid

    def index(self, task: str) -> Iterator[Message | None]:
        """What it tells of a file (`server.job_worker.task_line`), the last message its end; None now and then while it
        tells nothing. Raises Died."""
        self._write(task)
        while True:
            message = self._next(self._patience)
            yield message
            if message is not None and message["kind"] == END:
                return

    def finish(self) -> None:
        """Let it bring the index's caches up to date, and end it."""
        with suppress(Died):
            self._write("{}")
            while not self._closing.is_set():
                self._next(FINISH_SECONDS)  # until it has died
        self.close()

    def close(self) -> None:
        """End it, at once and whatever it is doing."""
        with suppress(OSError):
            if self._process.stdin is not None:
                self._process.stdin.close()
        try:
            self._process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._listener.join()
        if self._process.stdout is not None:
            self._process.stdout.close()

    def _write(self, line: str) -> None:
        assert self._process.stdin is not None
        self._silent = 0.0
        try:
            self._process.stdin.write(line + "\n")
            self._process.stdin.flush()
        except (OSError, ValueError) as error:  # dead, or closed by another thread
            raise Died from error

    def _next(self, patience: float) -> Message | None:
        try:
            line = self._lines.get(timeout=POLL_SECONDS)
        except queue.Empty:
            self._silent += POLL_SECONDS
            if self._silent > patience:
                raise Died from None
            return None
        if line is None:
            raise Died
        self._silent = 0.0
        message: dict[str, Any] = json.loads(line)
        return message

    def _listen(self) -> None:
        """Pass lines on; None when it has ended. What a dying process has written in part is no line."""
        assert self._process.stdout is not None
        with suppress(OSError, ValueError):
            for line in self._process.stdout:
                if line.endswith("\n"):
                    self._lines.put(line)
        self._lines.put(None)
