"""Put files into the index and keep it in step with them: add, update, follow renames, forget what is gone.

Covered: archives' members, incremental by content hash, one transaction a document, failures that are kept,
integrity and repair. Not covered: walking folders (`index.folder`), progress bars and summaries (`server.indexing`).
"""

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from index.embed import Embedder
from index.store import Failure, Store, passage
from index.vectors import VectorIndex
from ingest.confined import Confined
from ingest.document import Chunk, Document
from ingest.errors import (
    Crashed,
    IngestError,
    TimedOut,
    TooMuchMemory,
    UnreadableFile,
    UnreadableName,
    UnsupportedFormat,
)
from ingest.formats import is_archive, is_slow, reader_version
from ingest.limits import LIMITS, Limits
from ingest.read import divide_again, file_hash, read_bytes, require_name
from ingest.readers.builder import ignore

Status = Literal["added", "updated", "unchanged", "renamed", "duplicate", "removed", "skipped", "failed"]
PASSING = (UnreadableFile, TimedOut, TooMuchMemory, Crashed)
"""Faults of the moment (a disk, a busy machine): they say nothing about what an archive holds."""
READING_SHARE = 0.5
"""Of the work on a file with pages or pictures; reading any other is nothing beside embedding it."""


@dataclass(frozen=True)
class Outcome:
    """What became of one file; `code` and `reason` (a sentence) say why it was skipped or failed."""

    path: Path
    status: Status
    document_id: str | None = None
    reason: str | None = None
    code: str | None = None
    gaps: tuple[str, ...] = ()
    """What of the file could not be read."""


class Library:
    """The only writer of the index."""

    def __init__(self, store: Store, embedder: Embedder, vectors: VectorIndex, limits: Limits = LIMITS) -> None:
        self.store = store
        self.embedder = embedder
        self.vectors = vectors
        self._reader = Confined(limits)
        self._unpacker = Confined(limits)

    def close(self) -> None:
        """End the reading processes and close the database."""
        self.stop_reading()
        self.store.close()

    def stop_reading(self) -> None:
        """End the reading processes; the next file starts them again."""
        self._reader.close()
        self._unpacker.close()

    # -- adding -----------------------------------------------------------------------------------------------

    def take(self, path: Path, progress: Callable[[float], None] = ignore, retry: bool = False) -> Iterator[Outcome]:
        """Add a file, or every file in an archive; what an archive no longer holds is forgotten.

        `progress` is told each share of the file that is done, 1 in all. Never raises for a bad file. One that
        failed before is not tried again while neither it nor its reader has changed, unless `retry`.
        """
        path = path.absolute()
        if not is_archive(path):
            yield self.add(path, progress, retry)
            return
        seen = {str(path)}
        complete = True
        try:
            content = self._content(path)
            for member in self._unpacker.members(path, content):
                inner = path / member.name
                seen.add(str(inner))
                if isinstance(member.content, IngestError):
                    yield self._failed(inner, "", member.content)
                else:
                    yield self._put(inner, member.content, ignore, retry)
            self.store.forget_failure(str(path))
        except IngestError as error:
            complete = not isinstance(error, PASSING)
            yield self._failed(path, "", error)
        progress(1.0)
        if complete:
            yield from self.prune(path, seen)

    def add(self, path: Path, progress: Callable[[float], None] = ignore, retry: bool = False) -> Outcome:
        """Read, embed and store one file that is no archive; never raises for a bad file."""
        path = path.absolute()
        try:
            content = self._content(path)
        except IngestError as error:
            return self._failed(path, "", error)
        return self._put(path, content, progress, retry)

    def _content(self, path: Path) -> bytes:
        self.store.require_fingerprint(self.embedder.fingerprint)
        require_name(path)
        return read_bytes(path)

    def _put(self, path: Path, content: bytes, progress: Callable[[float], None], retry: bool) -> Outcome:
        sha256 = file_hash(content)
        document_id = sha256[:16]
        known = self.store.document_id_at(str(path))
        if known == document_id:
            self.store.forget_failure(str(path))
            return Outcome(path, "unchanged", document_id)
        if self.store.has(document_id):
            return self._another_path(path, document_id, known)
        failure = self.store.failure(str(path))
        if failure is not None and not retry and (failure.sha256, failure.reader) == (sha256, reader_version()):
            return Outcome(path, _status(failure.reason), None, failure.message, failure.reason)
        share = READING_SHARE if is_slow(path) else 0.0
        reading = _steps(progress, share)
        try:
            ingested = self._reader.read(path, content, reading)
            reading(1.0)
        except IngestError as error:
            return self._failed(path, sha256, error)
        self._write(ingested.document, ingested.chunks, lambda done: progress(done * (1 - share)))
        self.store.forget_failure(str(path))
        return Outcome(path, "updated" if known else "added", document_id, gaps=ingested.document.gaps)

    def _another_path(self, path: Path, document_id: str, known: str | None) -> Outcome:
        """A document that is known under other paths: renamed where none of those is there any more."""
        gone = [other for other in self.store.paths(document_id) if not _exists(Path(other))]
        kept = [other for other in self.store.paths(document_id) if other not in gone]
        self.store.add_path(str(path), document_id)
        self.store.forget_failure(str(path))
        for other in gone:
            self.store.forget_path(other)
        if known is not None:
            return Outcome(path, "updated", document_id)
        if kept or not gone:
            return Outcome(path, "duplicate", document_id)
        document = self.store.document(document_id)
        if document.title == Path(gone[0]).stem:  # nothing but the file's old name told the title
            self._divide_again(replace(document, title=""), str(path), ignore)
        return Outcome(path, "renamed", document_id)

    def _failed(self, path: Path, sha256: str, error: IngestError) -> Outcome:
        """Keep the reason; what the path held before no longer stands in the file, so it answers no more."""
        message = str(error)
        if isinstance(error, UnreadableName):  # a name that the database cannot hold
            return Outcome(path, "failed", None, message, error.reason)
        if not isinstance(error, UnreadableFile) and self.store.document_id_at(str(path)) is not None:
            self.store.forget_path(str(path))
            message += "索引里原来的版本已移除。"
        failure = Failure(str(path), sha256, error.reason, message, reader_version(), time.time())
        self.store.record_failure(failure)
        return Outcome(path, _status(error.reason), None, message, error.reason)

    def _write(self, document: Document, chunks: list[Chunk], progress: Callable[[float], None]) -> None:
        passages = [passage(document, chunk) for chunk in chunks]
        vectors = self.embedder.encode_passages(passages, lambda count: progress(count / len(chunks)))
        self.store.add(document, chunks, vectors, self.embedder.fingerprint)

    # -- removing ---------------------------------------------------------------------------------------------

    def prune(self, folder: Path, seen: set[str]) -> Iterator[Outcome]:
        """Forget what is indexed below `folder` (or inside an archive) and not among `seen`."""
        for path in self.store.paths_under(str(folder)):
            if path in seen:
                continue
            document_id = self.store.document_id_at(path)
            self.store.forget_failure(path)
            if document_id is not None:
                self.store.forget_path(path)
                yield Outcome(Path(path), "removed", document_id)

    def remove(self, document_id: str) -> None:
        self.store.remove(document_id)
        self.vectors.catch_up(self.store)

    # -- integrity --------------------------------------------------------------------------------------------

    def faults(self) -> list[str]:
        """What is wrong: in the database, in the chunks against their texts, in the FAISS cache."""
        found = self.store.faults(self.embedder.fingerprint, self.embedder.dimension)
        if not found:
            self.vectors.catch_up(self.store)
            if len(self.vectors) != self.store.count_chunks():
                found.append(f"向量缓存有 {len(self.vectors)} 行，数据库有 {self.store.count_chunks()} 个片段")
        return found

    def repair(self, progress: Callable[[float], None] = ignore) -> None:
        """Divide, embed and index every stored text again, each document in its own transaction.

        `progress` is told each share of a document that is done.

        Interrupted, it leaves some documents made by the new model and some by the old; searching then refuses
        until a repair has gone through.
        """
        for row in self.store.documents(-1):
            document = self.store.document(row.id)
            paths = self.store.paths(document.id) or [document.path]
            self._divide_again(document, paths[0], progress)

    def _divide_again(self, document: Document, path: str, progress: Callable[[float], None]) -> None:
        again = divide_again(document, path)
        self._write(again.document, again.chunks, progress)


def _status(code: str) -> Status:
    return "skipped" if code == UnsupportedFormat.reason else "failed"


def _steps(progress: Callable[[float], None], share: float) -> Callable[[float], None]:
    """From the reader's "so much is done in all" to "so much more is done"."""
    told = 0.0

    def done(part: float) -> None:
        nonlocal told
        progress((part - told) * share)
        told = part

    return done


def _exists(path: Path) -> bool:
    """Whether the file is there; a member of an archive is while the archive is."""
    return os.path.exists(path) or any(is_archive(parent) and os.path.isfile(parent) for parent in path.parents)
