"""Documents that were read from the database and are kept in memory, bounded by their characters.

Covered: which are kept, which are dropped, and what is made of one once. Not covered: reading them, and finding out
which have changed (`index.texts`).
"""

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, TypeVar

from index.records import load_layout, load_metadata, load_spans
from ingest.document import Chunk, Document, Metadata

T = TypeVar("T")
Make = Callable[[Document, Sequence[Chunk]], T]
"""Makes something of a document and its chunks in the order of the text; the same whenever it is called."""


@dataclass(frozen=True)
class Stamp:
    """One committed state of one database."""

    identity: str
    generation: int


NEVER_READ = Stamp("", -1)
"""The state of no database."""


@dataclass
class Held:
    """A document as its row has it; facts and structure are parsed when they are first asked for."""

    id: str
    path: str
    sha256: str
    title: str
    text: str
    raw_metadata: str
    raw_noise: str
    raw_layout: str
    raw_gaps: str

    def __post_init__(self) -> None:
        self.chunks: tuple[Chunk, ...] | None = None
        self.made: dict[Make[Any], Any] = {}
        self.counted = 0
        """How often its characters count in the cache: once for itself, once for everything that was made of it."""

    @property
    def characters(self) -> int:
        return (len(self.text) + len(self.raw_layout)) * self.counted

    @cached_property
    def metadata(self) -> Metadata:
        return load_metadata(self.raw_metadata)

    @cached_property
    def document(self) -> Document:
        layout, gaps = load_layout(self.raw_layout, self.text), tuple(json.loads(self.raw_gaps))
        return Document(
            self.id, self.path, self.sha256, self.title, self.text, self.metadata, load_spans(self.raw_noise), layout, gaps
        )  # fmt: skip


class DocumentCache:
    """The documents used last, all of one state of the database; safe for many threads."""

    def __init__(self, most: int) -> None:
        """`most`: characters that are kept; a longer document is kept alone."""
        self._most = most
        self._lock = threading.Lock()
        self._stamp = NEVER_READ
        self._characters = 0
        self._held: OrderedDict[str, Held] = OrderedDict()

    @property
    def stamp(self) -> Stamp:
        """The state that the documents belong to."""
        return self._stamp

    @property
    def characters(self) -> int:
        """What is kept now."""
        return self._characters

    def ids(self) -> list[str]:
        with self._lock:
            return list(self._held)

    def find(self, stamp: Stamp, document_ids: Collection[str]) -> dict[str, Held]:
        """Those of the documents that are kept; none where the cache belongs to another state."""
        with self._lock:
            if stamp != self._stamp:
                return {}
            found = {id: self._held[id] for id in document_ids if id in self._held}
            for document_id in found:
                self._held.move_to_end(document_id)
            return found

    def keep(self, stamp: Stamp, read: Collection[Held]) -> None:
        """Keep documents that were read at `stamp`, unless the cache belongs to another state by now."""
        with self._lock:
            if stamp != self._stamp:
                return
            for held in read:
                self._drop(held.id)  # another thread may have read it too
                self._held[held.id] = held
                self._count(held)

    def grown(self, held: Held) -> None:
        """Something more was made of a document."""
        with self._lock:
            if self._held.get(held.id) is held:
                self._held.move_to_end(held.id)
                self._count(held)

    def _count(self, held: Held) -> None:
        """Count a document's characters once more; drop what was used longest ago where they are too many."""
        self._characters -= held.characters
        held.counted += 1
        self._characters += held.characters
        while self._characters > self._most and len(self._held) > 1:
            self._drop(next(iter(self._held)))

    def _drop(self, document_id: str) -> None:
        dropped = self._held.pop(document_id, None)
        if dropped is not None:
            self._characters -= dropped.characters

    def advance(self, stamp: Stamp, unchanged: Callable[[Held], bool]) -> None:
        """Move to a later state; what has changed since the state that the cache belongs to is dropped.

        `unchanged` may have been found out from an earlier state than that: then it is False for more than need be.
        """
        with self._lock:
            same = stamp.identity == self._stamp.identity
            if same and stamp.generation <= self._stamp.generation:
                return
            for held in list(self._held.values()):
                if not same or not unchanged(held):
                    self._drop(held.id)
            self._stamp = stamp
