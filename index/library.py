"""Put files into the index and keep it in step with them: add, update, follow renames, forget what is gone.

Covered: archives' members, incremental by content hash, one transaction a document, failures that are kept,
integrity and repair. Not covered: walking folders (`index.folder`), progress bars and summaries (`server.indexing`).
"""

import time
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from index.embed import Embedder, Vectors
from index.errors import CannotRebuild, UnknownDocument
from index.integrity import Cure, Fault
from index.originals import content_of, is_there
from index.patience import Patience
from index.store import Failure, Store, passage
from index.vectors import VectorIndex
from ingest.confined import Confined
from ingest.document import Chunk, Document
from ingest.errors import (
    ArchiveTimedOut,
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
from ingest.read import Ingested, divide_again, file_hash, read_bytes, require_name
from ingest.readers.builder import ignore
from ingest.sandbox.confinement import Layer

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
        self._limits = limits
        self._reader = Confined(limits)
        # It is at work while the members are read and embedded; `Patience` bounds that time.
        self._unpacker = Confined(replace(limits, total_seconds=limits.archive_seconds + limits.total_seconds))
        self._opened_at = store.generation()

    def close(self) -> None:
        """End the reading processes, bring caches up to date with what was written, and close the database."""
        self.stop_reading()
        if self.store.generation() != self._opened_at:
            self.store.tidy()
            self.vectors.forget(self.store)
        self.vectors.close()
        self.store.close()

    def stop_reading(self) -> None:
        """End the reading processes; the next file starts them again."""
        self._reader.close()
        self._unpacker.close()

    def reader_layers(self) -> tuple[Layer, ...]:
        """The layers of confinement that the reading process has on this system; raises an IngestError."""
        return self._reader.layers()

    # -- adding -----------------------------------------------------------------------------------------------

    def take(
        self, path: Path, progress: Callable[[float], None] = ignore, retry: bool = False,
        patience: Patience | None = None, done: Container[str] = (),
    ) -> Iterator[Outcome]:  # fmt: skip
        """Add a file, or every file in an archive; what an archive no longer holds is forgotten.

        `progress` is told each share of the file that is done, 1 in all. Never raises for a bad file. One that
        failed before is not tried again while neither it nor its reader has changed, unless `retry`. To go on with an
        archive that was interrupted, `patience` is what is left of its time, and the members named in `done` are passed
        over without an outcome.
        """
        path = path.absolute()
        if not is_archive(path):
            yield self.add(path, progress, retry)
            return
        patience = patience or Patience(self._limits)
        seen = {str(path)}
        complete = True
        try:
            content = self._content(path)
            for member in self._unpacker.members(path, content):
                inner = path / member.name
                seen.add(str(inner))
                if member.name in done:
                    continue
                if isinstance(member.content, IngestError):
                    yield self._failed(inner, "", member.content)
                else:
                    yield self._put(inner, member.content, lambda _: progress(0.0), retry, patience)
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

    def _put(
        self,
        path: Path,
        content: bytes,
        progress: Callable[[float], None],
        retry: bool,
        patience: Patience | None = None,
    ) -> Outcome:
        sha256 = file_hash(content)
        document_id = sha256[:16]
        known = self.store.document_id_at(str(path))
        if known == document_id:
            self.store.forget_failure(str(path))
            return Outcome(path, "unchanged", document_id)
        if self.store.has(document_id) and (outcome := self._another_path(path, document_id, known)) is not None:
            return outcome
        failure = self.store.failure(str(path))
        if failure is not None and not retry and (failure.sha256, failure.reader) == (sha256, reader_version()):
            return Outcome(path, _status(failure.reason), None, failure.message, failure.reason)
        try:
            ingested, vectors = self._read(path, content, progress, patience)
        except ArchiveTimedOut as error:
            return self._failed(path, "", error)  # it was not tried: the next time it is
        except IngestError as error:
            return self._failed(path, sha256, error)
        while not self.store.add(ingested.document, ingested.chunks, vectors, self.embedder.fingerprint, new=True):
            # Another process has indexed the same content while this one read it.
            if (outcome := self._another_path(path, document_id, known)) is not None:
                return outcome
        self.store.forget_failure(str(path))
        return Outcome(path, "updated" if known else "added", document_id, gaps=ingested.document.gaps)

    def _read(
        self, path: Path, content: bytes, progress: Callable[[float], None], patience: Patience | None
    ) -> tuple[Ingested, Vectors]:
        """Read and embed within the limits of a file, or of a member where there is `patience`; raises an IngestError."""
        limits = self._limits if patience is None else patience.limits(path)
        until = time.monotonic() + limits.total_seconds
        share = READING_SHARE if is_slow(path) else 0.0
        reading = _steps(progress, share)

        def embedded(done: float) -> None:
            if time.monotonic() > until:
                raise TimedOut(path, limits.total_seconds)
            progress(done * (1 - share))

        self._reader.limits = limits
        timed_out = False
        try:
            ingested = self._reader.read(path, content, reading)
            reading(1.0)
            return ingested, self._embed(ingested.document, ingested.chunks, embedded)
        except TimedOut:
            timed_out = True
            raise
        finally:
            if patience is not None:
                patience.ended(timed_out)

    def _another_path(self, path: Path, document_id: str, known: str | None) -> Outcome | None:
        """A document that is known under other paths: renamed where none of those is there any more.

        None where another process has removed it meanwhile.
        """
        gone = [other for other in self.store.paths(document_id) if not is_there(Path(other))]
        kept = [other for other in self.store.paths(document_id) if other not in gone]
        if not self.store.add_path(str(path), document_id):
            return None
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
        """Keep the reason; what the path held before no longer stands in the file, so it answers no more.

        `sha256` is that of the content that was tried; the next time the same content is not tried again.
        """
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
        vectors = self._embed(document, chunks, progress)
        self.store.add(document, chunks, vectors, self.embedder.fingerprint)

    def _embed(self, document: Document, chunks: list[Chunk], progress: Callable[[float], None]) -> Vectors:
        passages = [passage(document, chunk) for chunk in chunks]
        return self.embedder.encode_passages(passages, lambda count: progress(count / len(chunks)))

    # -- pruning ----------------------------------------------------------------------------------------------

    def prune(self, folder: Path, seen: set[str]) -> Iterator[Outcome]:
        """Forget what is indexed below `folder` (or inside an archive) and not among `seen`."""
        for path in self.store.paths_under(str(folder)):
            if path in seen:
                continue
            document_id = self.store.document_id_at(path)
            self.store.forget_failure(path)
            if document_id is not None:
                self.store.forget_path(path)
                self.vectors.forget(self.store)
                yield Outcome(Path(path), "removed", document_id)

    # -- integrity --------------------------------------------------------------------------------------------

    def faults(self) -> list[Fault]:
        """What is wrong: in the database, in the chunks against their texts, in the FAISS cache."""
        found = self.store.faults(self.embedder.fingerprint, self.embedder.dimension)
        if not found:  # a cache of what is wrong itself proves nothing
            found += [Fault(told, "cache") for told in self.vectors.faults(self.store)]
        return found

    def repair(self, faults: Sequence[Fault], progress: Callable[[float], None] = ignore) -> None:
        """Mend what can be mended of `faults`; what cannot be is found by the next check again.

        `progress` is told each share of a document that is made again: `to_repair` in all.
        """
        cures = {fault.cure for fault in faults}
        if "restore" in cures:
            return  # writing into damaged pages spreads the damage
        if "words" in cures or any(fault.is_of_words for fault in faults):
            self.store.rebuild_words()
        for document_id in _documents(faults, "path"):
            self.store.restore_path(document_id)
        rebuilt = set(self.store.outdated(self.embedder.fingerprint))
        done = {*_documents(faults, "read again"), *rebuilt}
        self.rebuild(progress)  # first: what is read again must not be mixed with another model's
        for document_id in _documents(faults, "read again"):
            read = self._from_file(document_id)
            if read is not None:
                self._write(read.document, read.chunks, ignore if document_id in rebuilt else progress)
        for document_id in _documents(faults, "make again"):
            if document_id not in done and self.store.has(document_id):
                document = self.store.as_read(document_id)
                self._divide_again(document, document.path, progress)
        self.vectors.rebuild(self.store)  # it may hold what was wrong in the database

    def to_repair(self, faults: Sequence[Fault]) -> int:
        """How many documents a repair of `faults` would make again."""
        named = {*_documents(faults, "make again"), *_documents(faults, "read again")}
        return len(named | set(self.store.outdated(self.embedder.fingerprint)))

    def rebuild(self, progress: Callable[[float], None] = ignore) -> None:
        """Make the index anew for documents of another embedding model or tokenizer.

        The old index serves until the new one is whole, and takes its place in one transaction. Interrupted, it goes
        on where it was; documents that are added or removed meanwhile are in the new index or not, as they should be.
        What another model has begun is dropped. Raises CannotRebuild where a document is damaged and its file is gone.
        """
        present = self.embedder.fingerprint
        outdated = self.store.outdated(present)
        if not outdated and not self.store.staged():
            return
        while True:
            staged = [self._stage_again(document_id, progress) for document_id in outdated]
            if self.store.swap(present):
                return
            known, outdated = set(outdated), self.store.outdated(present)
            stuck = known.intersection(outdated)
            if stuck and not any(staged):
                raise CannotRebuild(min(stuck))

    def _stage_again(self, document_id: str, progress: Callable[[float], None]) -> bool:
        """Whether the document is in the new index now."""
        try:
            document = self.store.as_read(document_id)
            again = divide_again(document, document.path)
        except UnknownDocument:  # gone meanwhile
            return False
        except CannotRebuild:
            read = self._from_file(document_id)
            if read is None:
                raise
            again = read
        vectors = self._embed(again.document, again.chunks, progress)
        return self.store.stage(again.document, again.chunks, vectors, self.embedder.fingerprint)

    def _divide_again(self, document: Document, path: str, progress: Callable[[float], None]) -> None:
        again = divide_again(document, path)
        self._write(again.document, again.chunks, progress)

    def _from_file(self, document_id: str) -> Ingested | None:
        """Read again from the first of its files, members of archives too, that still holds what it held."""
        self._reader.limits = self._limits
        for path in map(Path, self.store.paths(document_id)):
            try:
                content = content_of(path, self._unpacker)
                if content is not None and file_hash(content)[:16] == document_id:
                    return self._reader.read(path, content, ignore)
            except IngestError:
                continue
        return None


def _documents(faults: Sequence[Fault], cure: Cure) -> list[str]:
    return list(dict.fromkeys(fault.document_id for fault in faults if fault.document_id and fault.cure == cure))


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
