"""Put files into the index and keep it in step with them: add, update, skip what has not changed.

Covered: walking folders, incremental by content hash, one transaction a document, integrity and repair.
Not covered: progress bars and summaries for people (`server.cli`).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from pathlib import Path
from typing import Literal

from index.embed import Embedder
from index.store import Store, passage
from index.vectors import VectorIndex
from ingest.chunk import find_chunks
from ingest.document import Chunk, Document
from ingest.errors import IngestError
from ingest.metadata import read_metadata
from ingest.read import file_hash, is_supported, read_bytes, read_document, require_name
from ingest.sections import find_sections

IGNORE_FILE = ".youjuignore"
Status = Literal["added", "updated", "unchanged", "failed"]


@dataclass(frozen=True)
class Outcome:
    """What became of one file; `reason` is a sentence, for failures only."""

    path: Path
    status: Status
    document_id: str | None = None
    reason: str | None = None


def walk(paths: Iterable[Path]) -> Iterator[Path]:
    """Files named, and the supported files below folders named.

    Hidden files are left out, and what matches a line of the folder's .youjuignore (`*` and `?` stand for anything).
    """
    for path in paths:
        if path.is_dir():
            ignored = _ignored(path)
            for inner in sorted(path.rglob("*")):
                parts = inner.relative_to(path).parts
                skipped = any(part.startswith(".") or fnmatch(part, line) for part in parts for line in ignored or [""])
                if inner.is_file() and not skipped and is_supported(inner):
                    yield inner
        else:
            yield path


def _ignored(folder: Path) -> list[str]:
    file = folder / IGNORE_FILE
    if not file.is_file():
        return []
    lines = (line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


class Library:
    """The only writer of the index."""

    def __init__(self, store: Store, embedder: Embedder, vectors: VectorIndex) -> None:
        self.store = store
        self.embedder = embedder
        self.vectors = vectors

    def add(self, path: Path, progress: Callable[[float], None] | None = None) -> Outcome:
        """Read, embed and store one file; `progress` is told each share of it that is done, 1 in all.

        Never raises for a bad file.
        """
        self.store.require_fingerprint(self.embedder.fingerprint)
        path = path.absolute()
        try:
            require_name(path)
            content = read_bytes(path)
            document_id = file_hash(content)[:16]
            known = self.store.document_id_at(str(path))
            if known == document_id:
                return Outcome(path, "unchanged", document_id)
            if self.store.has(document_id):
                self.store.add_path(str(path), document_id)
                return Outcome(path, "updated" if known else "unchanged", document_id)
            ingested = read_document(path, content)
        except IngestError as error:
            return Outcome(path, "failed", None, str(error))
        self._write(ingested.document, ingested.chunks, progress)
        return Outcome(path, "updated" if known else "added", document_id)

    def _write(self, document: Document, chunks: list[Chunk], progress: Callable[[float], None] | None) -> None:
        def embedded(count: int) -> None:
            if progress is not None:
                progress(count / len(chunks))

        vectors = self.embedder.encode_passages([passage(document, chunk) for chunk in chunks], embedded)
        self.store.add(document, chunks, vectors, self.embedder.fingerprint)

    def remove(self, document_id: str) -> None:
        self.store.remove(document_id)
        self.vectors.catch_up(self.store)

    def faults(self) -> list[str]:
        """What is wrong: in the database, in the chunks against their texts, in the FAISS cache."""
        found = self.store.faults(self.embedder.fingerprint, self.embedder.dimension)
        if not found:
            self.vectors.catch_up(self.store)
            if len(self.vectors) != self.store.count_chunks():
                found.append(f"向量缓存有 {len(self.vectors)} 行，数据库有 {self.store.count_chunks()} 个片段")
        return found

    def repair(self, progress: Callable[[float], None] | None = None) -> None:
        """Divide, embed and index every stored text again, each document in its own transaction.

        `progress` is told each share of a document that is done.

        Interrupted, it leaves some documents made by the new model and some by the old; searching then refuses
        until a repair has gone through.
        """
        for row in self.store.documents(-1):
            document = self.store.document(row.id)
            paths = self.store.paths(document.id) or [document.path]
            title, metadata, header_end = read_metadata(document.text, Path(document.path).name, document.noise)
            document = replace(document, path=paths[0], title=title, metadata=metadata)
            sections = find_sections(document.id, document.text, document.noise, header_end)
            self._write(document, find_chunks(document.text, sections, document.noise), progress)
