"""What differs between Linux, macOS and Windows, in one place.

Covered: data folders, physical cores, free disk space, giving way to other programs, the C function that aborts a generation, a lock that
one process holds.
"""

import ctypes
import os
import shutil
import sys
from pathlib import Path

import psutil

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl

APPLICATION = "youju"
LEAST = 19
"""The lowest rank that Linux and macOS give."""


def data_folder() -> Path:
    """Where this platform keeps an application's data of the user."""
    if sys.platform == "win32":
        base = os.environ.get("LOCALAPPDATA")
        return (Path(base) if base else Path.home() / "AppData" / "Local") / APPLICATION
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Application Support" / APPLICATION
    base = os.environ.get("XDG_DATA_HOME")
    return (Path(base) if base else Path.home() / ".local" / "share") / APPLICATION


def physical_cores() -> int:
    """Cores that this process may use, two threads of one core counted once; at least 1."""
    if sys.platform != "linux":
        return max(1, (os.cpu_count() or 2) // (1 if sys.platform == "darwin" else 2))
    allowed = os.sched_getaffinity(0)
    cores = set()
    for cpu in allowed:
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        cores.add(siblings.read_text(encoding="ascii").strip() if siblings.is_file() else str(cpu))
    return max(1, len(cores))


def free_bytes(folder: Path) -> int:
    """Bytes that this user may still write to the disk of `folder`; raises OSError where there is no such folder."""
    return shutil.disk_usage(folder).free


def give_way() -> None:
    """Let this process and those that it starts from now on take only what the others leave; alone on the machine it is
    as fast as before. Threads that run already keep their rank on Linux."""
    if sys.platform == "win32":
        psutil.Process().nice(psutil.IDLE_PRIORITY_CLASS)
    else:
        os.setpriority(os.PRIO_PROCESS, 0, LEAST)


def strlen_address() -> int:
    """The address of C's strlen, which ggml can call as its abort callback without the interpreter's lock."""
    library = ctypes.CDLL("msvcrt") if sys.platform == "win32" else ctypes.CDLL(None)
    return ctypes.cast(library.strlen, ctypes.c_void_p).value or 0


class FileLock:
    """A file that one process at a time holds; the system takes it away however the process ends. The file stays."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    @property
    def held(self) -> bool:
        return self._descriptor is not None

    def take(self) -> bool:
        """Whether it is held now; never waits."""
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if sys.platform == "win32":
                msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
            else:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
