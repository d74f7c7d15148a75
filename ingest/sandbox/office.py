"""Starts LibreOffice confined: `python -m ingest.sandbox.office MEGABYTES SECONDS PROGRAM ARGUMENT…` is no command for people.

The program gets no network and no files but its own, the system's and the working directory; it may start processes,
which end with it where the system has namespaces for users. Where its network cannot be taken away it is not started.
"""

import ctypes
import os
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

from ingest.sandbox import landlock, seccomp
from ingest.sandbox.confinement import NULL, SET_NO_NEW_PRIVS, limit, tried

SOCKETS = (Path("/tmp"), Path("/var/tmp"))
"""Where LibreOffice makes the socket by which a second one would find it, whatever TMPDIR says."""
NEW_IPC, NEW_USER, NEW_PID, NEW_NETWORK = 0x08000000, 0x10000000, 0x20000000, 0x40000000
SET_PARENT_DEATH_SIGNAL = 1
NOT_CONFINED = 77
SYSTEM = ("/usr", "/lib", "/lib32", "/lib64", "/bin", "/opt", "/nix/store")
READABLE = (
    "/etc/fonts", "/etc/libreoffice", "/etc/ld.so.cache", "/etc/ld.so.preload", "/etc/alternatives", "/etc/localtime",
    "/etc/papersize", "/etc/passwd", "/etc/nsswitch.conf", "/var/lib/libreoffice", "/var/spool/libreoffice",
    "/var/cache/fontconfig", "/dev/urandom", "/dev/random", "/dev/zero", "/proc/cpuinfo", "/proc/meminfo",
    "/sys/devices/system/cpu",
)  # fmt: skip


def main() -> None:
    """Become the program; the exit status is its own, or NOT_CONFINED."""
    megabytes, seconds, program = int(sys.argv[1]), float(sys.argv[2]), Path(sys.argv[3])
    _end_with_parent()
    tried(lambda: limit(megabytes, seconds * (os.cpu_count() or 1)))
    if tried(_enter_namespaces):
        _continue_as_child()
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(SET_NO_NEW_PRIVS, 1, 0, 0, 0):
        sys.exit(NOT_CONFINED)
    tried(lambda: landlock.restrict(map(Path, READABLE), [Path.cwd(), NULL], executable(program), SOCKETS))
    if not tried(seccomp.deny_network):
        sys.exit(NOT_CONFINED)
    surroundings = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    os.execve(program, [str(program), *sys.argv[4:]], surroundings)


def executable(program: Path) -> Iterator[Path]:
    """The system's programs and libraries, and the folder that the program is installed in."""
    yield from map(Path, SYSTEM)
    folder = program.resolve().parent
    yield folder.parent if folder.name == "program" else folder


def _enter_namespaces() -> bool:
    """An own network (of which not even the loopback is up), own processes, own shared memory."""
    user, group = os.getuid(), os.getgid()
    library = ctypes.CDLL(None, use_errno=True)
    if library.unshare(NEW_USER | NEW_NETWORK | NEW_PID | NEW_IPC):
        raise OSError(ctypes.get_errno(), "unshare")
    for name, line in (("setgroups", "deny"), ("uid_map", f"{user} {user} 1"), ("gid_map", f"{group} {group} 1")):
        tried(lambda name=name, line=line: bool(Path("/proc/self", name).write_text(line, encoding="ascii")))  # type: ignore[misc]
    return True


def _continue_as_child() -> None:
    """Go on as the first process of the new namespace, with which all in it ends; the outer process waits."""
    child = os.fork()
    if child == 0:
        _end_with_parent()
        return
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    os._exit(code if code >= 0 else 128 - code)


def _end_with_parent() -> None:
    ctypes.CDLL(None).prctl(SET_PARENT_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


if __name__ == "__main__":
    main()
