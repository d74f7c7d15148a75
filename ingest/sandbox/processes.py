"""A process together with all that it started: its memory, its end."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import psutil


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it started, the process last; none where it is gone."""
    with suppress(psutil.NoSuchProcess):
        first = psutil.Process(pid)
        return [*first.children(recursive=True), first]
    return []


def resident(pid: int) -> int:
    """Bytes of resident memory of a process and all that it started."""
    total = 0
    for member in family(pid):
        with suppress(psutil.NoSuchProcess):
            total += member.memory_info().rss
    return total


def kill(process: subprocess.Popen[bytes]) -> None:
    """End a process that leads a process group, the group and all that it started."""
    members = family(process.pid)
    if process.returncode is None and sys.platform != "win32":
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGKILL)
    for member in members:
        with suppress(psutil.NoSuchProcess):
            member.kill()
    process.wait()
