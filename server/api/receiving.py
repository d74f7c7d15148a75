"""Take in a multipart upload while it comes: each file straight onto the disk, counted while it is written.

Nothing is kept of a request that is refused, too large or broken off. Not covered: what becomes of the files
(`server.ledger.jobs`).
"""

import errno
import hashlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from index.durable import sync_folder
from ingest.bilingual import Text
from server.ledger.jobs import NewFile
from server.platform import free_bytes
from server.upload_errors import (
    BadMultipart,
    DiskNearlyFull,
    FileTooLarge,
    NoFiles,
    NoRoom,
    NotMultipart,
    TooManyFiles,
    UploadTooLarge,
    WrongField,
)
from server.uploads import Uploads, file_name, shown_name

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

MEGABYTE = 1024 * 1024
BLOCK = 4 * MEGABYTE
"""Bytes that are collected in memory before a thread writes them."""
MOST_FILES = 1000
MOST_AROUND = 4096
"""Bytes that a file may cost beside its content: its headers and the boundary."""
FAULTS = {
    errno.ENOSPC: Text("磁盘已满", "the disk is full"),
    errno.EDQUOT: Text("配额已满", "the quota is used up"),
    errno.EROFS: Text("只读", "it is read-only"),
    errno.EACCES: Text("没有写权限", "no permission to write"),
}
UNWRITTEN = Text("写入失败", "writing failed")
ESCAPES = {"%22": '"', "%0D": "", "%0A": ""}
"""What browsers write into a name for a quotation mark and line ends."""


@dataclass(frozen=True)
class Allowed:
    """What one request may bring: megabytes a file and in all; `field` is the name of each file's part."""

    field: str
    file_megabytes: int
    request_megabytes: int
    files: int = MOST_FILES
    keep_free: int = 0
    """Bytes that must stay free on the data's disk."""


@dataclass(frozen=True)
class Received:
    """A request's files, on the disk; `digest` tells two requests with other names or contents apart."""

    files: list[NewFile]
    digest: str


async def receive(
    request: Request, uploads: Uploads, job: str, allowed: Allowed, charge: Callable[[int], None]
) -> Received:
    """Write the files of `request` where the job has its own; `charge` is told bytes before they are written.

    Raises a ServerError, also those of `charge`; then nothing is left of it on the disk. Free space is looked at before
    anything is written, where the length is told, and before each block.
    """
    told = request.headers.get("content-length", "")
    length = int(told[:19]) if told.isdecimal() else 0
    if length > allowed.request_megabytes * MEGABYTE + allowed.files * MOST_AROUND:
        raise UploadTooLarge(allowed.request_megabytes)
    form = _Form(_boundary(request, allowed), uploads, job, allowed)
    await run_in_threadpool(_require_free, uploads, length, allowed.keep_free)

    def write(block: bytes) -> None:
        _require_free(uploads, len(block), allowed.keep_free)
        charge(len(block))
        form.write(block)

    try:
        async for block in _blocks(request):
            await run_in_threadpool(write, block)
        return await run_in_threadpool(form.finish)
    except ClientDisconnect as error:
        await run_in_threadpool(form.abandon)
        raise BadMultipart(Text("传到一半断开了", "the connection broke half-way")) from error
    except BaseException:
        form.abandon()  # not in a thread: this one may be about to be cancelled
        raise


def _require_free(uploads: Uploads, size: int, floor: int) -> None:
    """Raise DiskNearlyFull where `size` bytes more would leave less than `floor` on the data's disk."""
    try:
        free = free_bytes(uploads.folder.parent)
    except OSError as error:
        raise NoRoom(FAULTS.get(error.errno or 0, error.strerror or "读不到剩余空间")) from error
    if free - size < floor:
        raise DiskNearlyFull(free, size, floor)


async def _blocks(request: Request) -> AsyncIterator[bytes]:
    collected = bytearray()
    async for part in request.stream():
        collected += part
        if len(collected) >= BLOCK:
            yield bytes(collected)
            collected.clear()
    if collected:
        yield bytes(collected)


def _boundary(request: Request, allowed: Allowed) -> bytes:
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data" or not 1 <= len(boundary) <= 70:
        raise NotMultipart(allowed.field)
    return boundary


class _Form:
    """The parser's state: which part it is in, which file is open."""

    def __init__(self, boundary: bytes, uploads: Uploads, job: str, allowed: Allowed) -> None:
        self._uploads = uploads
        self._job = job
        self._allowed = allowed
        self._files: list[NewFile] = []
        self._digest = hashlib.sha256()
        self._total = 0
        self._ended = False
        self._header, self._value = b"", b""
        self._headers: dict[bytes, bytes] = {}
        self._name: str | None = None
        """How the file that is coming in is shown; None for one that was not chosen in a browser's form."""
        self._file: IO[bytes] | None = None
        self._size = 0
        self._content = hashlib.sha256()
        callbacks: MultipartCallbacks = {
            "on_part_begin": self._begin, "on_header_field": self._on_header, "on_header_value": self._on_value,
            "on_header_end": self._on_header_end, "on_headers_finished": self._open, "on_part_data": self._on_data,
            "on_part_end": self._close, "on_end": self._on_end,
        }  # fmt: skip
        try:
            self._parser = MultipartParser(boundary, callbacks)
        except FormParserError as error:
            raise NotMultipart(allowed.field) from error

    def write(self, block: bytes) -> None:
        try:
            self._parser.write(block)
        except FormParserError as error:
            raise BadMultipart(Text("不合 multipart 的格式", "it is no multipart")) from error
        except OSError as error:
            raise NoRoom(FAULTS.get(error.errno or 0, error.strerror or UNWRITTEN)) from error

    def finish(self) -> Received:
        if not self._ended:
            raise BadMultipart(Text("没有结尾，可能没有传完", "it has no end and may be incomplete"))
        if not self._files:
            raise NoFiles(self._allowed.field)
        job = self._uploads.folder / self._job
        places = [job / str(number) for number in range(1, len(self._files) + 1)]
        try:
            # Each folder holds the entry of the next: all of them must survive a power cut for the file to be found.
            for folder in (*places, job, self._uploads.folder, self._uploads.folder.parent):
                sync_folder(folder)
        except OSError as error:
            raise NoRoom(FAULTS.get(error.errno or 0, error.strerror or UNWRITTEN)) from error
        return Received(self._files, self._digest.hexdigest())

    def abandon(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
        self._uploads.drop(self._job)

    # -- called by the parser -----------------------------------------------------------------------------------

    def _begin(self) -> None:
        self._headers = {}
        self._name = None

    def _on_header(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        self._headers[self._header.lower()] = self._value
        self._header, self._value = b"", b""

    def _open(self) -> None:
        kind, options = parse_options_header(self._headers.get(b"content-disposition", b"").decode("latin-1"))
        field = _text(options.get(b"name", b""))
        if kind != b"form-data":
            raise BadMultipart(
                Text("有一段没有 Content-Disposition: form-data", "a part lacks Content-Disposition: form-data")
            )
        if field != self._allowed.field:
            raise WrongField(field, self._allowed.field)
        if options.get(b"filename") == b"":
            return
        if len(self._files) == self._allowed.files:
            raise TooManyFiles(self._allowed.files)
        self._name = shown_name(_unescaped(_text(options.get(b"filename", b""))))
        path = self._uploads.place(self._job, len(self._files) + 1, file_name(self._name))
        path.parent.mkdir(parents=True)
        self._file = path.open("xb")
        self._size, self._content = 0, hashlib.sha256()

    def _on_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is None:
            if end > start:
                raise BadMultipart(Text("有一段有内容而没有文件名", "a part has content and no file name"))
            return
        self._size += end - start
        self._total += end - start
        if self._size > self._allowed.file_megabytes * MEGABYTE:
            raise FileTooLarge(str(self._name), self._allowed.file_megabytes)
        if self._total > self._allowed.request_megabytes * MEGABYTE:
            raise UploadTooLarge(self._allowed.request_megabytes)
        part = data[start:end]
        self._content.update(part)
        self._file.write(part)

    def _close(self) -> None:
        if self._file is None or self._name is None:
            return
        self._file.flush()
        # What the ledger promises to index must survive a power cut.
        os.fsync(self._file.fileno())
        self._file.close()
        self._file = None
        self._files.append(NewFile(self._name, file_name(self._name), self._size))
        self._digest.update(self._content.digest() + self._name.encode() + b"\0")

    def _on_end(self) -> None:
        self._ended = True


def _text(raw: bytes) -> str:
    """Names come as UTF-8, from programs on Chinese Windows also as GB18030."""
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        return raw.decode("gb18030", "replace")


def _unescaped(name: str) -> str:
    for escape, character in ESCAPES.items():
        name = name.replace(escape, character)
    return name
