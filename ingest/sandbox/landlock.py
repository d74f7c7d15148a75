"""Landlock (Linux 5.13): files that this process and its children may touch; system calls by ctypes, for there is no kept binding.

See https://docs.kernel.org/userspace-api/landlock.html. What the running kernel does not know yet is left out.
Not covered: reading a file's metadata (`stat`), connecting to a UNIX socket by its path; seccomp denies sockets.
"""

import ctypes
import os
import sys
from collections.abc import Iterable
from pathlib import Path

CREATE_RULESET, ADD_RULE, RESTRICT_SELF = 444, 445, 446
VERSION = 1
PATH_BENEATH = 1
EXECUTE, WRITE_FILE, READ_FILE, READ_DIR = 1 << 0, 1 << 1, 1 << 2, 1 << 3
MAKE_SOCKET, TRUNCATE, IOCTL_DEV = 1 << 9, 1 << 14, 1 << 15
OF_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE | IOCTL_DEV
"""The rights that a rule for a single file may name; a rule for a folder may name all."""
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""How many rights over files each version of the interface knows; later versions as many as the last."""
TCP = 0b11
"""Bind and connect, from version 4."""
SCOPES = 0b11
"""Abstract UNIX sockets and signals to processes outside, from version 6."""


class _Ruleset(ctypes.Structure):
    _fields_ = (("files", ctypes.c_uint64), ("network", ctypes.c_uint64), ("scopes", ctypes.c_uint64))


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"
    _fields_ = (("allowed", ctypes.c_uint64), ("folder", ctypes.c_int32))


def version() -> int:
    """The kernel's version of the interface, 0 where there is none or it is switched off."""
    return max(0, _call(CREATE_RULESET, None, 0, VERSION)) if sys.platform == "linux" else 0


def restrict(
    readable: Iterable[Path], writable: Iterable[Path], executable: Iterable[Path] = (), sockets: Iterable[Path] = ()
) -> bool:
    """Leave this thread, and all that it starts, no files but those at or below these paths, no TCP, no signals to others.

    What is executable is readable too; in the folders `sockets` UNIX sockets may be made, nothing else. Paths that do not
    exist are passed over. Whether the kernel has Landlock. Raises OSError where it refuses. `PR_SET_NO_NEW_PRIVS` must be
    set before.
    """
    known = version()
    if not known:
        return False
    every = (1 << FILE_RIGHTS.get(known, FILE_RIGHTS[5])) - 1
    attributes = _Ruleset(every, TCP if known >= 4 else 0, SCOPES if known >= 6 else 0)
    size = 24 if known >= 6 else 16 if known >= 4 else 8
    ruleset = _checked(_call(CREATE_RULESET, ctypes.byref(attributes), size, 0))
    try:
        reading = READ_FILE | READ_DIR
        groups = (
            (readable, reading),
            (executable, reading | EXECUTE),
            (writable, every & ~EXECUTE),
            (sockets, MAKE_SOCKET),
        )
        for paths, rights in groups:
            for path in paths:
                _allow(ruleset, path, rights)
        _checked(_call(RESTRICT_SELF, ruleset, 0))
    finally:
        os.close(ruleset)
    return True


def _allow(ruleset: int, path: Path, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:  # no such folder on this system: nothing to allow
        return
    try:
        rule = _Beneath(rights if path.is_dir() else rights & OF_FILES, place)
        _checked(_call(ADD_RULE, ruleset, PATH_BENEATH, ctypes.byref(rule), 0))
    finally:
        os.close(place)


def _call(number: int, *arguments: object) -> int:
    """A system call; -1 with errno set where it fails."""
    syscall = ctypes.CDLL(None, use_errno=True).syscall
    syscall.restype = ctypes.c_long
    whole = [ctypes.c_long(a) if isinstance(a, int) else a for a in arguments]
    return int(syscall(ctypes.c_long(number), *whole))


def _checked(result: int) -> int:
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return result
