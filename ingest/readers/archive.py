"""Archives (.zip): the files inside, their names in the right encoding, one at a time.

Covered: names in GB18030 (Windows), zips inside zips, damaged and encrypted members without loss of the others.
Not covered: .rar, .7z, .tar.
"""

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO

from ingest.errors import ArchiveBomb, Damaged, Encrypted, IngestError
from ingest.readers.text import plausibility

MOST_MEMBERS = 10_000
LARGEST_MEMBER = 64 * 1024 * 1024
LARGEST_TOTAL = 1024 * 1024 * 1024
RATIO = 200
RATIO_FROM = 10 * 1024 * 1024
DEEPEST = 2
BLOCK = 1 << 20
UTF8_NAME = 0x800
ENCRYPTED = 0x1
UNICODE_PATH = 0x7075
# Control characters, and those that turn the direction of what is printed behind them.
UNPRINTED = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
JUNK = frozenset([".ds_store", "thumbs.db", "desktop.ini", "__macosx"])


@dataclass(frozen=True)
class Member:
    """A file of an archive: its name is a label, never a path to write to; `content` says why where there is none."""

    name: str
    content: bytes | IngestError


@dataclass
class _Budget:
    members: int = 0
    total: int = 0
    labels: set[str] = field(default_factory=set)


def members(path: Path, content: bytes) -> Iterator[Member]:
    """The members in order; raises Damaged or ArchiveBomb where the archive as a whole has to be given up."""
    yield from _members(path, content, "", 1, _Budget())


def _members(path: Path, content: bytes, prefix: str, depth: int, budget: _Budget) -> Iterator[Member]:
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, struct.error, ValueError, NotImplementedError, UnicodeDecodeError) as error:
        raise Damaged(path, "压缩包目录读不通") from error
    with archive:
        for info in archive.infolist():
            budget.members += 1
            if budget.members > MOST_MEMBERS:
                raise ArchiveBomb(path, f"多于 {MOST_MEMBERS:,} 个文件")
            name = safe_name(member_name(info))
            if info.is_dir() or not name or _is_junk(name):
                continue
            label = _unused(prefix + name, budget.labels)
            try:
                inner = _content(archive, info, path, Path(name), budget)
            except ArchiveBomb:
                raise
            except IngestError as error:
                yield Member(label, error)
                continue
            if name.lower().endswith(".zip") and depth < DEEPEST:
                yield from _nested(Path(name), inner, label, depth, budget)
            else:
                yield Member(label, inner)


def _nested(path: Path, content: bytes, label: str, depth: int, budget: _Budget) -> Iterator[Member]:
    try:
        yield from _members(path, content, f"{label}/", depth + 1, budget)
    except Damaged as error:
        yield Member(label, error)


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, path: Path, name: Path, budget: _Budget) -> bytes:
    """Decompress in blocks: what the header says of sizes is not believed."""
    if info.flag_bits & ENCRYPTED:
        raise Encrypted(name)
    parts: list[bytes] = []
    size = 0
    try:
        with archive.open(info) as member:
            for block in _read_blocks(member):
                size += len(block)
                budget.total += len(block)
                if size > LARGEST_MEMBER:
                    raise ArchiveBomb(path, f"{name.name} 超过 {LARGEST_MEMBER >> 20} MB")
                if budget.total > LARGEST_TOTAL:
                    raise ArchiveBomb(path, f"总计超过 {LARGEST_TOTAL >> 20} MB")
                if size > RATIO_FROM and size > RATIO * max(info.compress_size, 1):
                    raise ArchiveBomb(path, f"{name.name} 的压缩比超过 {RATIO}")
                parts.append(block)
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        struct.error,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise Damaged(name, "解压失败") from error
    return b"".join(parts)


def _read_blocks(member: IO[bytes]) -> Iterator[bytes]:
    while block := member.read(BLOCK):
        yield block


def member_name(info: zipfile.ZipInfo) -> str:
    """The name as its maker wrote it: marked as UTF-8, else UTF-8, GB18030 or Big5 if it reads so, else cp437."""
    if info.flag_bits & UTF8_NAME:
        return info.orig_filename
    if (said := _unicode_path(info.extra)) is not None:
        return said
    raw = info.orig_filename.encode("cp437", "replace")
    readings = []
    for encoding in ("utf-8", "gb18030", "big5hkscs"):
        try:
            readings.append((plausibility(raw.decode(encoding)), raw.decode(encoding)))
        except UnicodeDecodeError:
            continue
        if readings[-1][0] >= 0.9:
            return readings[-1][1]
    best = max(readings, default=(0.0, ""), key=lambda reading: reading[0])
    return best[1] if best[0] >= 0.5 else info.orig_filename


def _unicode_path(extra: bytes) -> str | None:
    """Info-ZIP's field 0x7075: a version, a checksum, then the name."""
    while len(extra) >= 4:
        kind, size = struct.unpack("<HH", extra[:4])
        if kind == UNICODE_PATH and size > 5:
            try:
                return extra[9 : 4 + size].decode("utf-8")
            except UnicodeDecodeError:
                return None
        extra = extra[4 + size :]
    return None


def safe_name(name: str) -> str:
    r"""A name without drive, root and `..`: `C:\..\a\b.txt` is `a/b.txt`."""
    parts = PurePosixPath(UNPRINTED.sub("", name.replace("\\", "/"))).parts
    kept = [part for part in parts if part not in {"/", "..", ".", "//"} and not (len(part) == 2 and part[1] == ":")]
    return "/".join(kept)


def _unused(label: str, labels: set[str]) -> str:
    """A second file of the same name (`a.txt` and `../a.txt`) is `a（2）.txt`: one must not replace the other."""
    path, count = PurePosixPath(label), 1
    while label in labels:
        count += 1
        label = str(path.with_name(f"{path.stem}（{count}）{path.suffix}"))
    labels.add(label)
    return label


def _is_junk(name: str) -> bool:
    parts = name.lower().split("/")
    return any(part in JUNK for part in parts) or parts[-1].startswith(("~$", "._"))
