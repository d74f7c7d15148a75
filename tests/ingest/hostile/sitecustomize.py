"""Imported by a reading process whose PYTHONPATH names this folder: its text reader does what a file tells it to do.

The file `connect 8080` calls `connect("8080")` below; what that returns is the document's text.
"""

import ctypes
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from ingest import formats
from ingest.readers import text
from ingest.readers.builder import Extracted, File

LIBRARY = ctypes.CDLL(None, use_errno=True)
ATTACH = 16


def connect(port: str) -> str:
    return str(socket.create_connection(("127.0.0.1", int(port)), 5))


def send_udp(port: str) -> str:
    return str(socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("127.0.0.1", int(port))))


def connect_unix(path: str) -> str:
    socket.socket(socket.AF_UNIX).connect(path)
    return "connected"


def look_up(name: str) -> str:
    return str(socket.getaddrinfo(name, 80))


def fork_bomb(_: str) -> str:
    for _count in range(1000):
        if os.fork() == 0:
            os._exit(0)
    return "forked"


def execute(program: str) -> str:
    os.execv(program, [program, "-c", "exit 0"])
    return "executed"


def spawn(program: str) -> str:
    return str(subprocess.run([program, "-c", "exit 0"], check=False))


def read(path: str) -> str:
    return Path(path).read_text(encoding="utf-8", errors="replace")


def list_folder(path: str) -> str:
    return str(os.listdir(path))


def write(path: str) -> str:
    return str(Path(path).write_text("written", encoding="utf-8"))


def remove(path: str) -> str:
    Path(path).unlink()
    return "removed"


def variable(name: str) -> str:
    return os.environ[name]


def signal_parent(_: str) -> str:
    os.kill(os.getppid(), 0)
    return "signalled"


def environment_of_parent(_: str) -> str:
    return read(f"/proc/{os.getppid()}/environ")


def trace_parent(_: str) -> str:
    return _checked(LIBRARY.ptrace(ATTACH, os.getppid(), None, None))


def system_call(words: str) -> str:
    """Numbers of the call and of its arguments."""
    return _checked(LIBRARY.syscall(*(ctypes.c_long(int(word)) for word in words.split())))


def _checked(result: int) -> str:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return f"returned {result}"


def fill_disk(_: str) -> str:
    with open("large", "wb") as file:
        file.truncate(1 << 40)
    return "filled"


def work_as_readers_do(_: str) -> str:
    """A file of its own, a thread, a module that was not loaded before."""
    Path("own.txt").write_text("own", encoding="utf-8")
    found: list[str] = []
    thread = threading.Thread(target=lambda: found.append(Path("own.txt").read_text(encoding="utf-8")))
    thread.start()
    thread.join()
    import colorsys

    return f"{found} {colorsys.ONE_THIRD > 0} {sorted(os.listdir('.'))}"


def limits(_: str) -> str:
    import resource

    return f"core {resource.getrlimit(resource.RLIMIT_CORE)}, files {resource.getrlimit(resource.RLIMIT_NOFILE)}"


def raw(kind: str) -> str:
    """Send the parent what is no message."""
    out = _stream()
    match kind:
        case "garbage":
            out.write(os.urandom(1000))
        case "length":
            out.write((1 << 62).to_bytes(8, "big"))
        case "half":
            out.write((1000).to_bytes(8, "big") + b"x")
        case "pickle":
            body = b"cos\nsystem\n(S'touch unpickled'\ntR."
            out.write(len(body).to_bytes(8, "big") + body)
        case "span":
            _message(out, {"type": "reading", "title": "", "text": "甲", "metadata": {}, "noise": [{"start": 0, "end": 9}],
                           "headings": [], "rows": [], "gaps": [], "sections": [[[], 0, 1]], "chunks": [[[], 0, 1]]})  # fmt: skip
        case "flood":
            while True:
                _message(out, {"type": "progress", "share": 0.5})
        case "members":
            _message(out, {"type": "unpacked", "name": "a.txt", "content": b"text"})
        case "conversions":
            while True:
                _message(out, {"type": "convert", "content": b"", "suffix": ".doc", "target": "docx"})
    out.flush()
    threading.Event().wait()
    return ""


def _message(out: IO[bytes], message: dict[str, Any]) -> None:
    import msgspec

    body = msgspec.msgpack.encode(message)
    out.write(len(body).to_bytes(8, "big") + body)


def _stream() -> IO[bytes]:
    """The worker's way to its parent."""
    frame = sys._getframe()
    while "replies" not in frame.f_locals:
        assert frame.f_back is not None
        frame = frame.f_back
    stream: IO[bytes] = frame.f_locals["replies"]
    return stream


DEEDS: dict[str, Callable[[str], str]] = {
    deed.__name__: deed
    for deed in (
        connect, send_udp, connect_unix, look_up, fork_bomb, execute, spawn, read, list_folder, write, remove, variable,
        signal_parent, environment_of_parent, trace_parent, system_call, fill_disk, work_as_readers_do, limits, raw,
    )
}  # fmt: skip


def obey(file: File) -> Extracted:
    name, _, rest = file.content.decode().partition(" ")
    return Extracted(f"{DEEDS[name](rest)}\n") if name in DEEDS else text.read(file)


if sys.orig_argv[1:4] == ["-P", "-m", "ingest.worker"]:
    formats.READERS[".txt"] = obey
