"""What a reading process and its parent send each other: frames of a length and MessagePack, decoded by type and checked.

The parent takes nothing of the child's word that it can know by itself: ids, hashes, paths and the text of chunks are
made here from the file's content and from offsets that lie within the text. What does not fit raises Malformed.
"""

import math
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Literal

import msgspec

from ingest.chunk import LIMIT, chunk_id
from ingest.document import (
    Chunk,
    DateField,
    Document,
    Field,
    Layout,
    Metadata,
    PlaceField,
    Row,
    Section,
    Span,
    StyledHeading,
)
from ingest.errors import (
    ArchiveBomb,
    Crashed,
    Damaged,
    EmptyFile,
    Encrypted,
    IngestError,
    NoText,
    TooLarge,
    TooMuchMemory,
    UnknownEncoding,
    UnsupportedFormat,
)
from ingest.formats import supported_suffixes
from ingest.read import Ingested, file_hash
from ingest.readers import archive
from ingest.readers.archive import Member

LARGEST_REPLY = 512 << 20
"""Bytes of one message of the child: twice the largest file, for GB18030 has two bytes where UTF-8 has three."""
LENGTH = 8
LONGEST_FIELD = 300
LONGEST_NAME = 4096
Fields = tuple[str | int, ...]
FAILURES: dict[str, tuple[type[IngestError], tuple[type, ...]]] = {
    kind.__name__: (kind, takes)
    for kind, takes in (
        (ArchiveBomb, (str,)), (Crashed, (str,)), (Damaged, (str,)), (EmptyFile, ()), (Encrypted, ()), (NoText, (str,)),
        (TooLarge, (int, int)), (TooMuchMemory, (int,)), (UnknownEncoding, ()), (UnsupportedFormat, ()),
    )
}  # fmt: skip
"""The errors that a child may report, and the types of their fields."""


class Malformed(Exception):
    """The other side sent something that is no message."""


class Failure(msgspec.Struct, frozen=True):
    """An IngestError without its path."""

    code: str
    fields: Fields = ()


class Stretch(msgspec.Struct, frozen=True, array_like=True):
    """A section or a chunk."""

    headings: tuple[str, ...]
    start: int
    end: int


class Started(msgspec.Struct, frozen=True, tag="started"):
    """The child is ready, confined by these layers."""

    layers: tuple[str, ...]


class Progress(msgspec.Struct, frozen=True, tag="progress"):
    share: float


class Reading(msgspec.Struct, frozen=True, tag="reading"):
    """The document in a file."""

    title: str
    text: str
    metadata: Metadata
    noise: tuple[Span, ...]
    headings: tuple[StyledHeading, ...]
    rows: tuple[Row, ...]
    gaps: tuple[str, ...]
    sections: tuple[Stretch, ...]
    chunks: tuple[Stretch, ...]


class Unpacked(msgspec.Struct, frozen=True, tag="unpacked"):
    """One file of an archive."""

    name: str
    content: bytes | Failure


class Done(msgspec.Struct, frozen=True, tag="done"):
    """The archive has no more files."""


class Failed(msgspec.Struct, frozen=True, tag="failed"):
    failure: Failure


class Convert(msgspec.Struct, frozen=True, tag="convert"):
    """The child asks for a conversion by LibreOffice, which it could not start itself; Converted answers it."""

    content: bytes
    suffix: Literal[".doc", ".ppt", ".wps"]
    target: Literal["docx", "pptx"]


class Read(msgspec.Struct, frozen=True, tag="read"):
    """A file, or with `members` an archive; of its path the child is told the name only."""

    name: str
    content: bytes
    members: bool = False


class Converted(msgspec.Struct, frozen=True, tag="converted"):
    content: bytes | None
    unconfined: bool = False


Reply = Started | Progress | Reading | Unpacked | Done | Failed | Convert
Request = Read | Converted
_replies = msgspec.msgpack.Decoder(Reply)
_requests = msgspec.msgpack.Decoder(Request)


def encode(message: Reply | Request) -> bytes:
    """The body of a frame; raises UnicodeEncodeError for text that is no Unicode."""
    return msgspec.msgpack.encode(message)


def send(stream: IO[bytes], message: Reply | Request | bytes) -> None:
    """Write one frame of a message or of its body; raises OSError."""
    body = message if isinstance(message, bytes) else encode(message)
    stream.write(len(body).to_bytes(LENGTH, "big"))
    stream.write(body)
    stream.flush()


def receive_reply(stream: IO[bytes]) -> Reply | None:
    """The child's next message, None at the end; raises Malformed."""
    body = _frame(stream, LARGEST_REPLY)
    try:
        return None if body is None else _replies.decode(body)
    except (msgspec.MsgspecError, RecursionError, ValueError) as error:
        raise Malformed(str(error)) from error


def receive_request(stream: IO[bytes]) -> Request | None:
    """The parent's next message, None at the end."""
    body = _frame(stream, None)
    return None if body is None else _requests.decode(body)


def _frame(stream: IO[bytes], most: int | None) -> bytes | None:
    length = int.from_bytes(head, "big") if len(head := stream.read(LENGTH)) == LENGTH else None
    if length is None:
        return None
    if most is not None and length > most:
        raise Malformed(f"{length} bytes")
    body = stream.read(length)
    return body if len(body) == length else None


# -- failures ----------------------------------------------------------------------------------------------------------


def failure_of(error: IngestError) -> Failure:
    """What is sent of an error; one of a kind that has no code is a crash."""
    code = type(error).__name__
    if code not in FAILURES:
        return Failure(Crashed.__name__, (code,))
    _, takes = FAILURES[code]
    fields = [value for name, value in (error.fields or {}).items() if name != "name"] if takes else []
    return Failure(code, tuple(value if isinstance(value, int) else _clean(str(value)) for value in fields))


def error_of(failure: Failure, path: Path) -> IngestError:
    """The error about the file at `path`; raises Malformed."""
    kind, takes = FAILURES.get(failure.code, (None, ()))
    if kind is None or tuple(map(type, failure.fields)) != takes:
        raise Malformed(f"failure {failure.code[:LONGEST_FIELD]}")
    if kind is UnsupportedFormat:
        return UnsupportedFormat(path, supported_suffixes())
    return kind(path, *(_clean(f) if isinstance(f, str) else f for f in failure.fields))  # type: ignore[arg-type]


def _clean(text: str) -> str:
    """One short line that a database and a terminal can hold."""
    told = " ".join(text.split())[:LONGEST_FIELD]
    return "".join(c for c in told.encode("utf-8", "replace").decode("utf-8") if c.isprintable())


# -- documents ---------------------------------------------------------------------------------------------------------


def reading_of(read: Ingested) -> Reading:
    """What is sent of a document."""
    document, layout = read.document, read.document.layout
    return Reading(
        document.title, document.text, document.metadata, document.noise, layout.headings, layout.rows, document.gaps,
        tuple(Stretch(s.headings, s.start, s.end) for s in read.sections),
        tuple(Stretch(c.headings, c.start, c.end) for c in read.chunks),
    )  # fmt: skip


def ingested_of(reading: Reading, path: Path, content: bytes) -> Ingested:
    """The inverse, for the file that was sent; raises Malformed for what no reader could have found."""
    _check(reading)
    sha256, text = file_hash(content), reading.text
    name = sha256[:16]
    document = Document(
        name, str(path), sha256, reading.title, text, reading.metadata, reading.noise,
        Layout(reading.headings, reading.rows), reading.gaps,
    )  # fmt: skip
    sections = [Section(name, s.headings, s.start, s.end) for s in reading.sections]
    chunks = [
        Chunk(chunk_id(name, Span(c.start, c.end)), name, c.headings, c.start, c.end, text[c.start : c.end])
        for c in reading.chunks
    ]
    return Ingested(document, sections, chunks)


def _check(reading: Reading) -> None:
    """Offsets lie within the text, sections cover it, chunks are in order and no longer than chunks are."""
    metadata, end = reading.metadata, len(reading.text)
    named = [f for f in (metadata.number, metadata.index_number, metadata.issuer, metadata.validity) if f is not None]
    _require(_within(end, reading.noise, reading.headings, reading.rows), "offsets")
    _require(_within(end, named, metadata.dates, metadata.places, metadata.repeals), "offsets")
    _require(all(1 <= heading.level <= 9 for heading in reading.headings), "levels")
    covered = 0
    for section in reading.sections:
        _require(section.start == covered <= section.end, "sections")
        covered = section.end
    _require(covered == end, "sections")
    last = 0
    for chunk in reading.chunks:
        _require(last <= chunk.start < chunk.end <= min(end, chunk.start + LIMIT), "chunks")
        last = chunk.end


def _within(end: int, *groups: Iterable[Span | StyledHeading | Row | Field | DateField | PlaceField]) -> bool:
    return all(0 <= one.start <= one.end <= end for group in groups for one in group)


def _require(true: bool, what: str) -> None:
    if not true:
        raise Malformed(what)


# -- archives and progress ---------------------------------------------------------------------------------------------


class Unpacking:
    """The members of one archive as the child sends them, held to the limits that it should have kept itself."""

    def __init__(self) -> None:
        self._names: set[str] = set()
        self._bytes = 0

    def member(self, unpacked: Unpacked) -> Member:
        """Raises Malformed for a name that leads out of the archive or was there before, and for too much."""
        name, content = unpacked.name, unpacked.content
        _require(0 < len(name) <= LONGEST_NAME and archive.safe_name(name) == name and name not in self._names, "name")
        self._names.add(name)
        self._bytes += len(content) if isinstance(content, bytes) else 0
        _require(len(self._names) <= archive.MOST_MEMBERS and self._bytes <= archive.LARGEST_TOTAL, "members")
        return Member(name, error_of(content, Path(name)) if isinstance(content, Failure) else content)


def share_of(progress: Progress) -> float:
    """The share of the work that is done; raises Malformed."""
    _require(math.isfinite(progress.share) and 0 <= progress.share <= 1, "progress")
    return progress.share
