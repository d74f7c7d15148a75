"""The cache file of the vectors beside the database: written whole or not at all, believed only when nothing is amiss.

A line that names the format, a line of JSON that says whose vectors these are, then parts: a count, the row ids, the
vectors in half precision; a count of -1 and the SHA-256 of everything before it end the file.
Not covered: whether the database has moved on since (`index.vectors`).
"""

import hashlib
import json
import os
import secrets
import struct
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from index.errors import BadVectorFile
from index.reading import HalfVectors, RowIds

FORMAT = b"youju vectors 1\n"
COUNT = struct.Struct("<q")
END = -1
LONGEST_STAMP = 65_536
LEFT_OVER_SECONDS = 3600.0

Block = tuple[RowIds, HalfVectors]


@dataclass(frozen=True)
class Stamp:
    """Whose vectors a file holds: of which database at which generation, made by which embedding model."""

    identity: str
    generation: int
    embedding: str
    dimension: int


def write(path: Path, stamp: Stamp, blocks: Iterator[Block]) -> None:
    """Write beside `path`, then rename; raises OSError and leaves `path` as it was.

    No fsync: half a file after a power failure has a wrong checksum, and is made again.
    """
    _remove_left_over(path)
    partial = path.with_name(f"{path.name}.{secrets.token_hex(8)}.tmp")
    try:
        with partial.open("wb") as file:
            digest = hashlib.sha256()
            for part in _parts(stamp, blocks):
                digest.update(part)
                file.write(part)
            file.write(digest.digest())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _parts(stamp: Stamp, blocks: Iterator[Block]) -> Iterator[Any]:
    yield FORMAT + json.dumps(asdict(stamp), ensure_ascii=False).encode() + b"\n"
    for rows, vectors in blocks:
        yield COUNT.pack(len(rows))
        yield np.ascontiguousarray(rows, "<i8")
        yield np.ascontiguousarray(vectors, "<f2")
    yield COUNT.pack(END)


def _remove_left_over(path: Path) -> None:
    """What processes that were killed while they wrote have left; a younger one may still be at it."""
    for left in path.parent.glob(f"{path.name}.*.tmp"):
        try:
            if time.time() - left.stat().st_mtime > LEFT_OVER_SECONDS:
                left.unlink()
        except FileNotFoundError:  # another process was quicker
            continue


def read_stamp(path: Path) -> Stamp:
    """Whose vectors the file says it holds, nothing else looked at; raises OSError, BadVectorFile."""
    with path.open("rb") as file:
        return _stamp(path, _head(path, file)[len(FORMAT) :])


def read(path: Path) -> Iterator[Block]:
    """The parts of the file; raises OSError, and BadVectorFile, at the very end too: believe nothing before."""
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        head = _head(path, file)
        digest = hashlib.sha256(head)
        dimension = _stamp(path, head[len(FORMAT) :]).dimension
        while (count := _count(path, file, digest)) != END:
            if not 0 <= count <= size // (8 + 2 * dimension):
                raise BadVectorFile(path, "长度不对")
            rows = np.frombuffer(_exactly(path, file, count * 8, digest), "<i8")
            vectors = np.frombuffer(_exactly(path, file, count * dimension * 2, digest), "<f2")
            yield rows, vectors.reshape(count, dimension)
        if file.read() != digest.digest():
            raise BadVectorFile(path, "校验和不符")


def _head(path: Path, file: BinaryIO) -> bytes:
    head = file.read(len(FORMAT)) + file.readline(LONGEST_STAMP)
    if not head.startswith(FORMAT) or not head.endswith(b"\n"):
        raise BadVectorFile(path, "不是这个格式")
    return head


def _stamp(path: Path, line: bytes) -> Stamp:
    try:
        stamp = Stamp(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise BadVectorFile(path, "文件头无法识别") from error
    if not isinstance(stamp.dimension, int) or stamp.dimension < 1 or not isinstance(stamp.generation, int):
        raise BadVectorFile(path, "文件头无法识别")
    return stamp


def _count(path: Path, file: BinaryIO, digest: Any) -> int:
    return int(COUNT.unpack(_exactly(path, file, COUNT.size, digest))[0])


def _exactly(path: Path, file: BinaryIO, size: int, digest: Any) -> bytes:
    content = file.read(size)
    if len(content) != size:
        raise BadVectorFile(path, "不完整")
    digest.update(content)
    return content
