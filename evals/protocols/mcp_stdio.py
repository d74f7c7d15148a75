"""Each file of requests through `youju mcp` with its standard input kept open: every line that comes out is JSON."""

import json
import queue
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from evals.protocols.mcp_replies import EXPECTED, by_id, faults, nothing_or_error

SECONDS = 180.0
QUIET_SECONDS = 3.0
"""After the last expected reply, for what should not come."""
ENDS_AT_ONCE = "end-of-input-while-working"
CRLF = "crlf-and-unicode"


def checks(folder: Path, command: list[str]) -> Iterator[tuple[str, str]]:
    """Each file with what is wrong."""
    for file in sorted(folder.glob("*.jsonl")):
        if file.stem in EXPECTED:
            yield f"mcp-stdio: {file.stem}", "; ".join(_run(file, command))
        else:
            yield f"mcp-stdio: {file.stem}", "no expectation"


def _run(file: Path, command: list[str]) -> list[str]:
    sent = file.read_bytes()
    if file.stem == CRLF:
        sent = sent.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    assert process.stdin is not None and process.stdout is not None
    lines: queue.Queue[bytes] = queue.Queue()
    reader = threading.Thread(target=_listen, args=(process.stdout, lines), daemon=True)
    reader.start()
    try:
        process.stdin.write(sent)
        process.stdin.flush()
        if file.stem == ENDS_AT_ONCE:
            process.stdin.close()
        told = _collect(file.stem, lines)
        if not process.stdin.closed:
            process.stdin.close()
        code = process.wait(SECONDS)
    except (subprocess.TimeoutExpired, OSError) as error:
        return [f"{type(error).__name__}"]
    finally:
        process.kill()
    reader.join()
    told += list(lines.queue)
    messages, broken = _parsed(told)
    found = faults(file.stem, messages) + [f"no JSON: {line[:80]!r}" for line in broken]
    return found + ([f"exit code {code}"] if code else [])


def _listen(pipe: Any, lines: "queue.Queue[bytes]") -> None:
    for line in pipe:
        lines.put(line)


def _collect(name: str, lines: "queue.Queue[bytes]") -> list[bytes]:
    """What comes out until every expected reply is there and a while is quiet, or the time is up."""
    awaited = {id_ for id_, expected in EXPECTED[name].items() if expected is not nothing_or_error}
    told: list[bytes] = []
    end, quiet = time.monotonic() + SECONDS, False
    while time.monotonic() < end:
        try:
            told.append(lines.get(timeout=QUIET_SECONDS))
        except queue.Empty:
            if quiet:
                break
        messages, _ = _parsed(told)
        has_batch = name != "batch" or 2 in by_id(messages) or any("error" in m for m in messages)
        quiet = awaited <= by_id(messages).keys() and has_batch
    return told


def _parsed(lines: list[bytes]) -> tuple[list[Any], list[bytes]]:
    messages, broken = [], []
    for line in lines:
        try:
            messages.append(json.loads(line))
        except ValueError:
            broken.append(line)
    return messages, broken
