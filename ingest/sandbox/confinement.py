"""The layers of confinement that a process puts on itself: which there are, and which took effect.

Every layer is tried by itself and what a system lacks is left out: macOS and Windows have neither Landlock nor seccomp.
What took effect is returned, so that it can be told.
"""

import ctypes
import os
import site
import sys
import sysconfig
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal

from ingest.sandbox import landlock, seccomp

CODE = Path(__file__).parent.parent
Layer = Literal["limits", "privileges", "files", "system calls"]
LAYERS: tuple[Layer, ...] = ("limits", "privileges", "files", "system calls")
SET_DUMPABLE, SET_NO_NEW_PRIVS = 4, 38
MEGABYTE = 1 << 20
LARGEST_WRITTEN = 512 * MEGABYTE
MOST_OPEN = 256
HEADROOM = 1024 * MEGABYTE
"""Address space beyond the memory in use: the stacks of threads, what allocators keep."""
KEPT_VARIABLES = (
    "LANG", "LC_ALL", "LC_CTYPE", "TZ", "PYTHONHOME", "PYTHONUTF8", "PYTHONDONTWRITEBYTECODE", "LD_LIBRARY_PATH",
    "DYLD_LIBRARY_PATH", "OMP_NUM_THREADS", "SYSTEMROOT", "WINDIR",
)  # fmt: skip
"""What Python and its libraries need to start; keys, proxies, tokens and settings stay with the parent."""
LIBRARIES = tuple(
    Path(name)
    for name in (
        "/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib", "/nix/store", "/etc/ld.so.cache", "/etc/localtime",
        "/usr/share/zoneinfo", "/usr/share/fonts", "/usr/share/X11/fonts", "/usr/local/share/fonts", "/dev/urandom",
        "/proc/cpuinfo", "/proc/meminfo", "/sys/devices/system/cpu", "/sys/fs/cgroup",
    )
)  # fmt: skip
NULL = Path("/dev/null")
"""The only device that may be written."""


def environment(folder: Path) -> dict[str, str]:
    """The environment of a confined process whose home and temporary folder is `folder`."""
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    own = str(folder)
    return kept | {"HOME": own, "TMPDIR": own, "TEMP": own, "TMP": own}


def confine(megabytes: int, cpu_seconds: float) -> tuple[Layer, ...]:
    """Give up what reading files does not need: this process keeps its working directory to write in, code to read.

    `megabytes` of memory are allowed, and `cpu_seconds` in the process' whole life. To be called before any other
    thread runs, for Landlock binds the calling thread and those it starts. Returns the layers that took effect.
    """
    steps: dict[Layer, Callable[[], bool]] = {
        "limits": lambda: limit(megabytes, cpu_seconds),
        "privileges": give_up_privileges,
        "files": lambda: _threads() == 1 and landlock.restrict(readable(), [Path.cwd(), NULL]),
        "system calls": seccomp.deny_all_but_reading,
    }
    return tuple(layer for layer, step in steps.items() if tried(step))


def tried(step: Callable[[], bool]) -> bool:
    """Whether a layer took effect; one that the system refuses (a container's own rules) did not, and is told as missing."""
    try:
        return step()
    except OSError:
        return False


def limit(megabytes: int, cpu_seconds: float) -> bool:
    """Limit memory, processor time, the size of a written file and the number of open ones; no core dumps."""
    if sys.platform == "win32":
        return False
    import resource

    wanted = {
        resource.RLIMIT_DATA: 2 * megabytes * MEGABYTE + HEADROOM,
        resource.RLIMIT_CPU: int(cpu_seconds) + 1,
        resource.RLIMIT_FSIZE: LARGEST_WRITTEN,
        resource.RLIMIT_NOFILE: MOST_OPEN,
        resource.RLIMIT_CORE: 0,
    }
    for kind, value in wanted.items():
        _, most = resource.getrlimit(kind)
        value = value if most == resource.RLIM_INFINITY else min(value, most)
        resource.setrlimit(kind, (value, value))
    return True


def give_up_privileges() -> bool:
    """No program that is started gains rights, no process of this user may look into this one; the first to go short of memory."""
    if sys.platform != "linux":
        return False
    Path("/proc/self/oom_score_adj").write_text("1000", encoding="ascii")
    library = ctypes.CDLL(None, use_errno=True)
    return not library.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0) and not library.prctl(SET_DUMPABLE, 0, 0, 0, 0)


def readable() -> Iterator[Path]:
    """Python, installed packages and the readers' own code; libraries and fonts of the system; no file of a user."""
    yield CODE
    yield from LIBRARIES
    yield from {Path(sys.prefix), Path(sys.base_prefix), *map(Path, sysconfig.get_paths().values())} - {Path("/usr")}
    yield from map(Path, [*site.getsitepackages(), site.getusersitepackages()])
    yield from map(Path, filter(None, os.environ.get("LD_LIBRARY_PATH", "").split(os.pathsep)))
    # Packages may lie anywhere (PYTHONPATH); a folder that holds this program may hold its data too.
    yield from (Path(entry) for entry in sys.path if entry and not CODE.is_relative_to(entry))


def _threads() -> int:
    return len(os.listdir("/proc/self/task")) if sys.platform == "linux" else 1
