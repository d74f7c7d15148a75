"""Send what may be cached and what is asked for in parts: entity tags, byte ranges, original files.

Covered: If-None-Match, one range a request, If-Range. Not covered: several ranges at once, which get the whole file.
"""

import codecs
import hashlib
import os
import re
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import lru_cache, partial
from pathlib import Path, PurePath
from typing import IO
from urllib.parse import quote

from fastapi import Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from index.originals import archive_of, content_of
from index.reading import DocumentRow
from ingest.confined import Confined
from ingest.errors import IngestError
from ingest.limits import Limits
from server.upload_errors import BadRange, OriginalChanged, OriginalGone, Unpacking

BLOCK = 256 * 1024
RANGE = re.compile(r"bytes=([0-9]{0,18})-([0-9]{0,18})", re.ASCII)
CACHED = {"Cache-Control": "private, no-cache"}
"""A browser may keep it, and asks each time whether it is still so."""
OFFICE = "application/vnd.openxmlformats-officedocument."
MEDIA_TYPES = {
    "txt": "text/plain", "text": "text/plain", "md": "text/markdown", "markdown": "text/markdown",
    "html": "text/html", "htm": "text/html", "xhtml": "application/xhtml+xml", "mht": "multipart/related",
    "mhtml": "multipart/related", "csv": "text/csv", "tsv": "text/tab-separated-values", "doc": "application/msword",
    "wps": "application/vnd.ms-works", "ppt": "application/vnd.ms-powerpoint", "rtf": "application/rtf",
    "xls": "application/vnd.ms-excel", "ods": "application/vnd.oasis.opendocument.spreadsheet",
    "xlsx": OFFICE + "spreadsheetml.sheet", "xlsm": "application/vnd.ms-excel.sheet.macroenabled.12",
    "docx": OFFICE + "wordprocessingml.document", "docm": "application/vnd.ms-word.document.macroenabled.12",
    "pptx": OFFICE + "presentationml.presentation", "ppsx": OFFICE + "presentationml.slideshow",
    "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "bmp": "image/bmp", "tif": "image/tiff",
    "tiff": "image/tiff", "webp": "image/webp", "pdf": "application/pdf", "ofd": "application/ofd",
    "xml": "application/xml",
}  # fmt: skip
VIEWED = frozenset({"pdf", "png", "jpg", "jpeg", "bmp", "webp", "txt", "text"})
"""Endings of files that browsers show as they are, and that can do nothing when they are shown."""
PDF_POLICY = "frame-ancestors 'none'"
"""Under the sandbox that other files are shown in, browsers refuse to show a PDF; its reader has one of its own."""
OTHER = "application/octet-stream"
BINARY = {"schema": {"type": "string", "format": "binary"}}
FILE_CONTENT = {media: BINARY for media in sorted({*MEDIA_TYPES.values(), OTHER})}


def ending(name: str) -> str:
    """`资料/扫描.PDF` -> `pdf`."""
    return PurePath(name).suffix.lower().lstrip(".")


def media_type(name: str) -> str:
    return MEDIA_TYPES.get(ending(name), OTHER)


def is_known(headers: Mapping[str, str], tag: str) -> bool:
    """Whether the client has what `tag` names, by its If-None-Match."""
    told = headers.get("if-none-match", "")
    return told.strip() == "*" or tag in (part.strip().removeprefix("W/") for part in told.split(","))


def tagged(model: BaseModel, sha256: str, headers: Mapping[str, str]) -> Response:
    """`model` as JSON, or 304 where the client has it; its tag derives from the document's hash and all that is said."""
    body = model.model_dump_json().encode()
    tag = f'"{sha256[:16]}-{hashlib.sha256(body).hexdigest()[:16]}"'
    if is_known(headers, tag):
        return Response(status_code=304, headers={"ETag": tag, **CACHED})
    return Response(body, media_type="application/json", headers={"ETag": tag, **CACHED})


def byte_range(told: str | None, size: int) -> tuple[int, int] | None:
    """The range that is asked for, the end exclusive; None for the whole. Raises BadRange for one outside the file.

    >>> byte_range("bytes=0-9", 100), byte_range("bytes=-10", 100), byte_range("bytes=90-", 100)
    ((0, 10), (90, 100), (90, 100))
    """
    match = RANGE.fullmatch(told.strip()) if told else None
    if match is None or match.groups() == ("", ""):
        return None
    first, last = match.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1) if last else size
        if last and int(last) < int(first):
            return None
    if start >= end:
        raise BadRange(size)
    return start, end


def send_original(row: DocumentRow, headers: Mapping[str, str], limits: Limits, inline: bool) -> Response:
    """The bytes that the document was read from, or the part that is asked for; for saving, or `inline` for showing
    where it is one that browsers show.

    Raises OriginalGone, OriginalChanged, BadRange. What an archive holds is unpacked in a process of its own.
    """
    name = PurePath(row.path).name
    tag = f'"{row.sha256}"'
    kind = media_type(name)
    # With the 304 too: a browser takes its headers for those of what it has kept.
    policy = {"Content-Security-Policy": PDF_POLICY} if inline and kind == "application/pdf" else {}
    if is_known(headers, tag):
        return Response(status_code=304, headers={"ETag": tag, **CACHED, **policy})
    source, size = _original(row, name, limits)
    try:
        wanted = headers.get("range") if headers.get("if-range", tag) == tag else None
        part = byte_range(wanted, size)
    except BadRange:
        if not isinstance(source, bytes):
            source.close()
        raise
    start, end = part or (0, size)
    if inline and kind == "text/plain":
        kind += f"; charset={_encoding(source)}"
    told = {
        "Content-Type": kind,  # not as a parameter, which adds charset=utf-8 to text in GB18030
        "ETag": tag, **CACHED, "Accept-Ranges": "bytes", "Content-Length": str(end - start),
        "Content-Disposition": disposition(name, inline), "X-Content-Type-Options": "nosniff",
        **policy,
    }  # fmt: skip
    if part is not None:
        told["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    status = 206 if part is not None else 200
    if isinstance(source, bytes):
        return Response(source[start:end], status, told)
    return StreamingResponse(_blocks(source, start, end), status, told)


def disposition(name: str, inline: bool = False) -> str:
    """RFC 6266: the name in full, and one in ASCII for those that know no other; `inline` where it may be shown."""
    kind = "inline" if inline and ending(name) in VIEWED else "attachment"
    plain = re.sub(r"[^ !#-\[\]-~]|%", "_", name)
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"


UNPACKING = threading.BoundedSemaphore(1)
UNPACKING_SECONDS = 5.0


def _original(row: DocumentRow, name: str, limits: Limits) -> tuple[IO[bytes] | bytes, int]:
    """The first of its files that still holds what was read, open; an archive's member in memory."""
    changed = False
    for path in map(Path, row.paths):
        if archive_of(path) is not None:
            content = _member(path, limits)
            if content is not None and hashlib.sha256(content).hexdigest() == row.sha256:
                return content, len(content)
            changed = True
            continue
        try:
            file = path.open("rb")
        except OSError:
            continue
        try:
            status = os.fstat(file.fileno())
            same = _hash(path, status.st_ino, status.st_size, status.st_mtime_ns) == row.sha256
        except OSError:  # deleted just now
            file.close()
            continue
        if same:
            return file, status.st_size
        file.close()
        changed = True
    raise OriginalChanged(name) if changed else OriginalGone(name)


def _member(path: Path, limits: Limits) -> bytes | None:
    """One archive at a time: each takes a process of its own and its whole size in memory. Raises Unpacking."""
    if not UNPACKING.acquire(timeout=UNPACKING_SECONDS):
        raise Unpacking
    try:
        with closing(Confined(limits)) as unpacker:
            return content_of(path, unpacker)
    except IngestError:  # the archive is no longer one, or no longer there
        return None
    finally:
        UNPACKING.release()


@lru_cache(maxsize=1024)
def _hash(path: Path, node: int, size: int, changed: int) -> str:
    """The hash of a file's bytes, kept as long as the file looks the same."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _encoding(source: IO[bytes] | bytes) -> str:
    """What a browser is told of a text, which takes UTF-8 for the encoding of its own language; a mark in it goes first."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    whole = (source,) if isinstance(source, bytes) else iter(partial(source.read, BLOCK), b"")
    try:
        for block in whole:
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "gb18030"
    return "utf-8"


def _blocks(file: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        while start < end and (block := file.read(min(BLOCK, end - start))):
            start += len(block)
            yield block
