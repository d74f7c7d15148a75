"""The FAISS index: a disposable cache of the store's vectors, in memory and in a file, caught up by generation number.

Covered: when to read, catch up, rebuild and save. Not covered: searching and holding vectors (`index.vectors_memory`),
the file's format (`index.vectors_file`), which rows a search may find (`index.search`).
"""

import logging
import threading
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from index import vectors_file
from index.embed import Vectors
from index.errors import BadVectorFile, EmbeddingChanged
from index.reading import Changes, RowIds
from index.saver import Saver
from index.store import Store
from index.vectors_check import suspicious_rows, vector_faults
from index.vectors_file import Stamp
from index.vectors_memory import VectorMemory

logger = logging.getLogger(__name__)

BATCH = 4096
UNSAVED_SHARE, UNSAVED_SHARE_AT_END = 0.05, 0.01
"""Rows that the file may lack before it is written again: reading 5 % from the database takes as long as the file."""
NEVER = -1
LOOKED_AT = 100
"""Newest rows whose vectors are compared when a file has been read."""


@dataclass(frozen=True)
class Held:
    """Vectors that lack nothing up to a generation; some that are newer may be there, or gone, already."""

    memory: VectorMemory
    identity: str
    generation: int


class VectorIndex:
    """Searches vectors by row id; safe for many threads."""

    def __init__(self, dimension: int, embedding: str | None = None, file: Path | None = None) -> None:
        """`embedding`: the fingerprint of the model whose questions are asked; without it none is required.
        `file`: where the vectors are kept between two starts; without it they are read from the database."""
        self.dimension = dimension
        self._embedding = embedding
        self._file = file
        self._held: Held | None = None
        self._updating = threading.Lock()
        self._saver = Saver(self._save)
        self._added, self._added_when_saved = 0, 0
        self._removed_at, self._saved_at = NEVER, NEVER

    def __len__(self) -> int:
        return len(self._held.memory) if self._held is not None else 0

    def search(self, vector: Vectors, limit: int, allowed: RowIds | None = None) -> list[tuple[int, float]]:
        """(row id, cosine) of the `limit` nearest rows, the nearest first; only among `allowed` where given."""
        held = self._held
        if held is None or (allowed is not None and not len(allowed)):
            return []
        return held.memory.search(vector, limit, allowed)

    # -- following the database -------------------------------------------------------------------------------

    def catch_up(self, store: Store) -> None:
        """Add and remove what the store has written since the last call; nothing to do costs two small queries.

        Others search meanwhile. Raises EmbeddingChanged where the store's vectors are another model's by now.
        """
        if self._is_current(store):
            return
        with self._updating:
            if not self._is_current(store):  # else another thread was quicker
                self._advance(store)

    def _is_current(self, store: Store) -> bool:
        held = self._held
        return held is not None and held.generation == store.generation() and held.identity == store.identity()

    def _advance(self, store: Store) -> None:
        self._remove_file_of_the_future(store)
        held = self._held
        if held is None and (read := self._read(store)) is not None:
            held = self._followed(store, read)
            if not _agrees(held, store):
                logger.warning("%s", BadVectorFile(self._file or Path(), "与数据库不一致"))
                held = None
        self._hold(self._followed(store, held))

    def _hold(self, held: Held) -> None:
        self._held = held
        if self._file is not None and self._is_due(UNSAVED_SHARE):
            self._saver.ask()

    def _followed(self, store: Store, held: Held | None) -> Held:
        """`held` brought to the present; built anew where that is no longer possible."""
        while True:
            identity = store.identity()
            changes = store.changes(held.generation) if held is not None and held.identity == identity else None
            if held is not None and changes is not None:
                self._apply(store, held.memory, changes)
                return Held(held.memory, identity, changes.generation)
            held = self._built(store)

    def _apply(self, store: Store, memory: VectorMemory, changes: Changes) -> None:
        self._require_embedding(store)
        # A file may hold rows that are newer than its generation: they were added while it was written.
        known = changes.added[changes.added <= memory.newest]
        if memory.remove(np.concatenate((changes.removed, known))):
            self._removed_at = changes.generation
        for start in range(0, len(changes.added), BATCH):
            rows, vectors = store.vectors(changes.added[start : start + BATCH])
            self._require_embedding(store)  # after reading: what is added now was made by this model
            if len(rows):
                memory.add(rows, vectors.astype(np.float16))
        self._added += len(changes.added)

    def _built(self, store: Store) -> Held:
        identity, generation = store.identity(), store.generation()
        self._require_embedding(store)  # after the generation: what was there by then was made by this model
        memory = VectorMemory(self.dimension)
        for rows, vectors in store.iter_vectors(BATCH, generation):
            memory.add(rows, vectors)
        self._require_embedding(store)
        self._added += len(memory)
        self._removed_at, self._saved_at = generation, NEVER  # a file there may be tells of rows that are gone
        return Held(memory, identity, generation)

    def _require_embedding(self, store: Store) -> None:
        if self._embedding is not None:
            store.require_fingerprint(self._embedding)

    def rebuild(self, store: Store) -> None:
        """Forget the cache, the file too, and make it again from the database."""
        with self._updating:
            self._remove_file()
            self._hold(self._followed(store, None))

    def forget(self, store: Store) -> None:
        """After a removal: what is gone leaves the memory now, and the file soon, at the latest on closing.

        Vectors of another model than the store's go altogether.
        """
        if self._held is None and (self._file is None or not self._file.exists()):
            return
        try:
            self.catch_up(store)
        except EmbeddingChanged:
            self._held = None
            self._remove_file()

    # -- the file ---------------------------------------------------------------------------------------------

    def _read(self, store: Store) -> Held | None:
        """What the file holds, where it is a whole file of this database and this model."""
        if self._file is None:
            return None
        memory = VectorMemory(self.dimension)
        try:
            stamp = vectors_file.read_stamp(self._file)
            if (stamp.identity, stamp.embedding, stamp.dimension) != self._whose(store.identity()):
                logger.info("%s holds the vectors of another database or model", self._file)
                return None
            for rows, vectors in vectors_file.read(self._file):
                memory.add(rows, vectors)
        except FileNotFoundError:
            return None
        except (OSError, BadVectorFile) as error:
            logger.warning("%s", error)
            return None
        self._saved_at = stamp.generation
        return Held(memory, stamp.identity, stamp.generation)

    def _whose(self, identity: str) -> tuple[str, str, int]:
        return identity, self._embedding or "", self.dimension

    def _is_due(self, share: float) -> bool:
        return self._removed_at > self._saved_at or self._added - self._added_when_saved > share * len(self)

    def _save(self) -> None:
        """Write the file; a full disk or a read-only folder costs the next start some seconds, nothing else."""
        held = self._held
        if held is None or self._file is None:
            return
        added = self._added
        identity, embedding, dimension = self._whose(held.identity)
        stamp = Stamp(identity, held.generation, embedding, dimension)
        try:
            if not _is_newer(self._file, stamp):
                vectors_file.write(self._file, stamp, held.memory.blocks())
        except OSError as error:
            logger.warning("the vectors could not be saved to %s: %s", self._file, error)
        else:
            self._added_when_saved, self._saved_at = added, held.generation

    def _remove_file_of_the_future(self, store: Store) -> None:
        """A database that was put back by hand has a past that the file does not know, and none would replace it."""
        if self._file is None:
            return
        try:
            stamp = vectors_file.read_stamp(self._file)
        except (OSError, BadVectorFile):
            return  # none there, or `_read` tells
        # After the stamp: who wrote the file had read its generation from the database.
        if stamp.identity == store.identity() and stamp.generation > store.generation():
            logger.warning("%s", BadVectorFile(self._file, "比数据库新"))
            self._remove_file()

    def _remove_file(self) -> None:
        if self._file is not None:
            self._file.unlink(missing_ok=True)

    def close(self) -> None:
        """End the thread that saves; save what is worth it. To be called before the store is closed."""
        self._saver.close()
        if self._is_due(UNSAVED_SHARE_AT_END):
            self._save()

    # -- integrity --------------------------------------------------------------------------------------------

    def faults(self, store: Store) -> list[str]:
        """What is wrong in the file and in memory against the database, one sentence a fault."""
        found = self._file_faults()
        self.catch_up(store)
        held = self._held
        if held is None:
            return found
        suspicious = suspicious_rows(held.memory, store)
        self.catch_up(store)
        held = self._held or held
        return [*found, *vector_faults(held.memory, store, suspicious)]

    def _file_faults(self) -> list[str]:
        if self._file is None or not self._file.exists():
            return []
        try:
            for _ in vectors_file.read(self._file):
                pass
        except (OSError, BadVectorFile) as error:
            return [str(error)]
        return []


def _is_newer(file: Path, stamp: Stamp) -> bool:
    """Whether another process has saved a later state of the same vectors."""
    try:
        saved = vectors_file.read_stamp(file)
    except (FileNotFoundError, BadVectorFile):
        return False
    return replace(saved, generation=stamp.generation) == stamp and saved.generation > stamp.generation


def _agrees(held: Held, store: Store) -> bool:
    """Whether the file fits the database at all: one that was put back by hand has the same name and another past."""
    newest = np.sort(held.memory.rows())[-LOOKED_AT:]
    found, vectors = store.vectors(newest)
    here = held.memory.vectors(newest)
    same = [
        np.array_equal(here[int(row)], vector.astype(np.float16)) for row, vector in zip(found, vectors, strict=True)
    ]
    is_quiet = store.generation() == held.generation
    return all(same) and (not is_quiet or len(held.memory) == store.count_chunks())
