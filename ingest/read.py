"""One file -> one Document with its sections and chunks: the way into this room.

`read_document` reads in this process; `ingest.confined` does the same in a child process with limits on time and
memory, which is how files of unknown origin are read.
"""

import errno
import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path

from ingest.chunk import find_chunks
from ingest.clean import find_noise, merge
from ingest.document import Chunk, Document, Layout, Section
from ingest.errors import EmptyFile, TooLarge, UnreadableFile, UnreadableName, UnsupportedFormat
from ingest.formats import READERS, is_supported, supported_suffixes, true_reader
from ingest.metadata import read_metadata
from ingest.readers.builder import Extracted, File
from ingest.sections import find_sections

LARGEST_FILE = 256 * 1024 * 1024
FAULTS = {
    errno.ENOENT: "文件不在那里，可能已被移走或删除",
    errno.EACCES: "没有读取权限",
    errno.EPERM: "没有读取权限",
    errno.EISDIR: "是文件夹，不是文件",
    errno.ENAMETOOLONG: "文件名或路径太长",
    errno.ELOOP: "链接绕成了圈",
    errno.EIO: "磁盘读取出错",
    errno.ESTALE: "网络盘断开了",
}


@dataclass(frozen=True)
class Ingested:
    """A document with everything that was found in it."""

    document: Document
    sections: list[Section]
    chunks: list[Chunk]


def read_bytes(path: Path) -> bytes:
    """The file's content; raises an IngestError that says why there is none."""
    if not is_supported(path):
        raise UnsupportedFormat(path, supported_suffixes())
    try:
        status = path.stat()
        if status.st_size > LARGEST_FILE:
            raise TooLarge(path, status.st_size, LARGEST_FILE)
        if stat.S_ISFIFO(status.st_mode) or stat.S_ISCHR(status.st_mode):
            raise UnreadableFile(path, "不是普通文件")  # a pipe would be waited for without end
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableFile(path, FAULTS.get(error.errno or 0) or error.strerror or str(error)) from error
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
    content = read_bytes(path) if content is None else content
    return read_file(File(path, content))


def read_file(file: File) -> Ingested:
    """Read and divide a file's content by the reader of its true format; raises an IngestError."""
    if file.path.suffix.lower() not in READERS:
        raise UnsupportedFormat(file.path, supported_suffixes())
    if not file.content.strip():
        raise EmptyFile(file.path)
    extracted = true_reader(file)(file)
    if not extracted.text.strip():
        raise EmptyFile(file.path)
    sha256 = file_hash(file.content)
    return divide(sha256, str(file.path), extracted)


def divide(sha256: str, path: str, extracted: Extracted) -> Ingested:
    """Noise, metadata, sections and chunks of a text that was read."""
    text, layout = extracted.text, Layout(extracted.headings, extracted.rows)
    noise = merge([*find_noise(text), *extracted.noise])
    title, metadata, header_end = read_metadata(text, Path(path).name, noise, extracted.title)
    document = Document(sha256[:16], path, sha256, title, text, metadata, noise, layout, extracted.gaps)
    sections = find_sections(document.id, text, noise, header_end, layout)
    return Ingested(document, sections, find_chunks(text, sections, noise, layout.rows))


def divide_again(document: Document, path: str) -> Ingested:
    """The same from a document that is stored: its text, layout, noise and gaps stay, all else is found anew."""
    layout = document.layout
    extracted = Extracted(document.text, document.noise, layout.headings, layout.rows, document.gaps, document.title)
    return divide(document.sha256, path, extracted)
