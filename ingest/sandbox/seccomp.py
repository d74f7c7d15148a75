"""A seccomp filter (Linux, x86-64 and AArch64) in classic BPF, by ctypes: what this process and its children may not ask of the kernel.

It denies what reading a file never needs: sockets, other processes, and the parts of the kernel that most often have
holes. What it does not name stays allowed. libseccomp would need a shared library that is not on every system.
"""

import ctypes
import errno
import os
import platform
import sys

SET_MODE_FILTER, ALL_THREADS = 1, 1
ALLOW, ERROR, KILL = 0x7FFF0000, 0x00050000, 0x80000000
LOAD, JUMP_EQUAL, JUMP_AT_LEAST, JUMP_ANY_BIT, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER_AT, ARCHITECTURE_AT, ARGUMENT_AT = 0, 4, 16
X32 = 0x40000000
"""From here on are x86-64's calls of its 32-bit variant, which would go past the numbers below."""
THREAD = 0x00010000
UNIX = 1
ARCHITECTURES = {"x86_64": (0, 0xC000003E, 317), "aarch64": (1, 0xC00000B7, 277)}
"""The column in the tables below, the kernel's mark, the number of `seccomp`."""
Numbers = dict[str, tuple[int | None, int | None]]
CONNECT: Numbers = {"connect": (42, 203)}
NETWORK: Numbers = {
    "bind": (49, 200), "listen": (50, 201), "accept": (43, 202), "accept4": (288, 242),
    "sendto": (44, 206), "sendmsg": (46, 211), "sendmmsg": (307, 269), "socketpair": (53, 199), "socket": (41, 198),
}  # fmt: skip
PROGRAMS: Numbers = {
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "tkill": (200, 130),
}
OTHER_PROCESSES: Numbers = {
    "ptrace": (101, 117), "process_vm_readv": (310, 270), "process_vm_writev": (311, 271), "process_madvise": (440, 440),
    "process_mrelease": (448, 448), "pidfd_open": (434, 434), "pidfd_getfd": (438, 438), "pidfd_send_signal": (424, 424),
    "kcmp": (312, 272), "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "migrate_pages": (256, 238),
    "move_pages": (279, 239), "shmget": (29, 194), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180),
}  # fmt: skip
SIGNALS: Numbers = {"kill": (62, 129), "tgkill": (234, 131)}
KERNEL: Numbers = {
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "unshare": (272, 97),
    "setns": (308, 268), "mount_setattr": (442, 442), "move_mount": (429, 429), "open_tree": (428, 428),
    "fsopen": (430, 430), "fsconfig": (431, 431), "fsmount": (432, 432), "fspick": (433, 433), "mknod": (133, None),
    "mknodat": (259, 33), "open_by_handle_at": (304, 265), "name_to_handle_at": (303, 264), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "keyctl": (250, 219), "add_key": (248, 217),
    "request_key": (249, 218), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427), "init_module": (175, 105), "finit_module": (313, 273), "delete_module": (176, 106),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "reboot": (169, 142), "swapon": (167, 224),
    "swapoff": (168, 225), "acct": (163, 89), "quotactl": (179, 60), "quotactl_fd": (443, 443), "syslog": (103, 116),
    "settimeofday": (164, 170), "clock_settime": (227, 112), "clock_adjtime": (305, 266), "adjtimex": (159, 171),
    "sethostname": (170, 161), "setdomainname": (171, 162), "personality": (135, 92), "fanotify_init": (300, 262),
    "lookup_dcookie": (212, 18), "iopl": (172, None), "ioperm": (173, None), "modify_ldt": (154, None),
    "uselib": (134, None),
}  # fmt: skip
CLONE, CLONE3, SOCKET, PRLIMIT = (56, 220), (435, 435), (41, 198), (302, 261)
Instruction = tuple[int, int, int, int]
DENY: Instruction = (RETURN, 0, 0, ERROR | errno.EPERM)


class _Instruction(ctypes.Structure):
    _fields_ = (("code", ctypes.c_uint16), ("yes", ctypes.c_uint8), ("no", ctypes.c_uint8), ("value", ctypes.c_uint32))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.POINTER(_Instruction)))


def available() -> bool:
    """Whether this system takes filters for this processor."""
    return (
        sys.platform == "linux" and platform.machine() in ARCHITECTURES and os.path.exists("/proc/sys/kernel/seccomp")
    )


def deny_all_but_reading() -> bool:
    """No socket, no process beside this one (threads may start), no signal to others. Whether a filter stands now.

    Raises OSError where the kernel refuses it; `PR_SET_NO_NEW_PRIVS` must be set before.
    """
    return _install(programs=False)


def deny_network() -> bool:
    """The same for a program that starts others: processes and signals are left to it, and UNIX sockets to listen at.

    LibreOffice makes such a socket and does not start without it; connecting would reach services of this machine.
    """
    return _install(programs=True)


def _install(programs: bool) -> bool:
    if not available():
        return False
    column, architecture, seccomp = ARCHITECTURES[platform.machine()]
    body = instructions(column, architecture, programs, os.getpid())
    array = (_Instruction * len(body))(*(_Instruction(*one) for one in body))
    program = _Program(len(body), array)
    call = ctypes.CDLL(None, use_errno=True).syscall
    call.restype = ctypes.c_long
    if call(ctypes.c_long(seccomp), ctypes.c_long(SET_MODE_FILTER), ctypes.c_long(ALL_THREADS), ctypes.byref(program)):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    return True


def instructions(column: int, architecture: int, programs: bool, own: int) -> list[Instruction]:
    """The filter as (code, jump if true, jump if false, value); `own` is the number of this process."""
    denied = [OTHER_PROCESSES, KERNEL, CONNECT, *([] if programs else [NETWORK, PROGRAMS])]
    body: list[Instruction] = [
        (LOAD, 0, 0, ARCHITECTURE_AT), (JUMP_EQUAL, 1, 0, architecture), (RETURN, 0, 0, KILL),
        (LOAD, 0, 0, NUMBER_AT), (JUMP_AT_LEAST, 0, 1, X32), (RETURN, 0, 0, ERROR | errno.ENOSYS),
    ]  # fmt: skip
    for table in denied:
        for numbers in table.values():
            body += _if(numbers[column], [DENY])
    if programs:
        return [*body, *_if(SOCKET[column], _for((JUMP_EQUAL, 1, 0, UNIX))), (RETURN, 0, 0, ALLOW)]
    # The C library falls back from clone3, whose flags lie in memory where a filter cannot look, to clone.
    body += _if(CLONE3[column], [(RETURN, 0, 0, ERROR | errno.ENOSYS)])
    body += _if(CLONE[column], _for((JUMP_ANY_BIT, 1, 0, THREAD)))
    for numbers in SIGNALS.values():
        body += _if(numbers[column], _for((JUMP_EQUAL, 1, 0, own)))
    body += _if(PRLIMIT[column], _for((JUMP_EQUAL, 2, 0, 0), (JUMP_EQUAL, 1, 0, own)))
    return [*body, (RETURN, 0, 0, ALLOW)]


def _if(number: int | None, then: list[Instruction]) -> list[Instruction]:
    """`then`, which must end with a return, for the system call of this number; nothing where the processor has none."""
    return [] if number is None else [(JUMP_EQUAL, 0, len(then), number), *then]


def _for(*tests: Instruction) -> list[Instruction]:
    """Allow the call if its first argument passes a test, each of which jumps behind the denial."""
    return [(LOAD, 0, 0, ARGUMENT_AT), *tests, DENY, (RETURN, 0, 0, ALLOW)]
