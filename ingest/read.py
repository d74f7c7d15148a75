"""One file -> one Document with its sections and chunks: the way into this room."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from ingest.chunk import find_chunks
from ingest.clean import find_noise
from ingest.document import Chunk, Document, Section
from ingest.errors import EmptyFile, TooLarge, UnreadableFile, UnreadableName, UnsupportedFormat
from ingest.metadata import read_metadata
from ingest.readers.text import decode
from ingest.sections import find_sections

READERS = {".txt": decode, ".text": decode, ".md": decode, ".markdown": decode}
LARGEST_FILE = 64 * 1024 * 1024


@dataclass(frozen=True)
class Ingested:
    """A document with everything that was found in it."""

    document: Document
    sections: list[Section]
    chunks: list[Chunk]


def is_supported(path: Path) -> bool:
    return path.suffix.lower() in READERS


def read_bytes(path: Path) -> bytes:
    """The file's content; raises an IngestError that says why there is none."""
    if not is_supported(path):
        raise UnsupportedFormat(path, sorted(READERS))
    try:
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise TooLarge(path, size, LARGEST_FILE)
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(path, error.strerror or str(error)) from error
    if not content.strip():
        raise EmptyFile(path)
    return content


def require_name(path: Path) -> None:
    """Raise UnreadableName for a name that is no text: SQLite, JSON and the terminal could not hold it."""
    try:
        str(path).encode()
    except UnicodeEncodeError as error:
        raise UnreadableName(path) from error


def file_hash(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def read_document(path: Path, content: bytes | None = None) -> Ingested:
    """Read and divide one file; raises an IngestError when it holds no text that can be read."""
    if not is_supported(path):
        raise UnsupportedFormat(path, sorted(READERS))
    content = read_bytes(path) if content is None else content
    text = READERS[path.suffix.lower()](content, path)
    if not text.strip():
        raise EmptyFile(path)
    sha256 = file_hash(content)
    noise = find_noise(text)
    title, metadata, header_end = read_metadata(text, path.name, noise)
    document = Document(sha256[:16], str(path), sha256, title, text, metadata, noise)
    sections = find_sections(document.id, text, noise, header_end)
    return Ingested(document, sections, find_chunks(text, sections, noise))
