"""What a search is restricted to, and which chunks that leaves: documents, years, places, issuers, types of file.

Everything given has to fit; of several values of one kind one is enough. Not covered: years and places that a question
names, which only prefer (`index.search`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from index.errors import UnknownPlace
from index.lexical import words
from index.store import RowIds, Store
from ingest.document import Metadata
from ingest.places import Place, find_places, place_named, same_or_inside
from ingest.text import fold


@dataclass(frozen=True)
class Filters:
    """None and nothing restrict nothing, but for `documents`, where an empty choice lets nothing through."""

    documents: Sequence[str] | None = None
    """Ids of documents."""
    years: Sequence[int] | None = None
    """Years that a document as a whole speaks for."""
    places: Sequence[str] | None = None
    """Administrative divisions, short or full: 海沧 and 厦门市海沧区 are the same, 厦门 has it as a part."""
    issuers: Sequence[str] | None = None
    """Issuers by parts of their names: 海沧教育局 is 厦门市海沧区教育局."""
    types: Sequence[str] | None = None
    """Endings of file names, one of them where a document stands under several: pdf, .DOCX."""

    @property
    def facts(self) -> bool:
        """Whether something besides documents' ids is asked for."""
        return bool(self.years or self.places or self.issuers or self.types)


NO_FILTERS = Filters()
LONGEST_NAME = 100
"""Characters of a place's or an issuer's name that are compared; the longest in use have about 40."""


@dataclass(frozen=True)
class _Name:
    """An issuer's name as it is compared: 厦门市教育局 is not the bureau of a district of 厦门市."""

    folded: str
    words: frozenset[str]
    places: tuple[Place, ...]
    """What its innermost division may be."""

    def is_part_of(self, whole: "_Name") -> bool:
        if self.places and whole.places and not set(self.places) & set(whole.places):
            return False
        return bool(whole.folded) and (self.folded in whole.folded or (bool(self.words) and self.words <= whole.words))


@dataclass(frozen=True)
class _Facts:
    """What a document can be chosen by."""

    years: frozenset[int]
    places: tuple[Place, ...]
    issuer: "_Name"


class Shelf:
    """Chooses among a store's documents; safe for many threads."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def rows(self, filters: Filters) -> RowIds | None:
        """Rows of the chunks that `filters` leave, None for all; raises UnknownPlace."""
        chosen = self.documents(filters)
        if chosen is None:
            return None
        return self._store.rows_of(chosen) if chosen else np.empty(0, np.int64)

    def documents(self, filters: Filters) -> list[str] | None:
        """Ids of the documents that `filters` leave, None for all; raises UnknownPlace."""
        if not filters.facts:
            return None if filters.documents is None else list(filters.documents)
        asked = [_place(name) for name in filters.places or ()]
        issuers = [_name(name) for name in filters.issuers or ()]
        types = {name.strip().lower().lstrip(".") for name in filters.types or ()}
        of_type = self._store.of_types(types) if types else set[str]()
        among = None if filters.documents is None else set(filters.documents)
        known = self._store.described(_facts)
        chosen = [
            document
            for document, facts in known.items()
            if (among is None or document in among)
            and (not filters.years or facts.years & set(filters.years))
            and (not asked or any(_is_of(facts, places) for places in asked))
            and (not issuers or any(issuer.is_part_of(facts.issuer) for issuer in issuers))
            and (not types or document in of_type)
        ]
        return None if known and among is None and len(chosen) == len(known) else chosen


def document_places(metadata: Metadata) -> list[Place]:
    return [place for field in metadata.places if (place := place_named(field.value)) is not None]


def _facts(document_id: str, title: str, metadata: Metadata) -> _Facts:
    return _Facts(
        years=frozenset(metadata.years),
        places=tuple(document_places(metadata)),
        issuer=_name(metadata.issuer.value if metadata.issuer else ""),
    )


def _place(name: str) -> Sequence[Place]:
    """The divisions that a name may mean; of 福建省厦门市海沧区 the innermost."""
    mentions = find_places("".join(name[:LONGEST_NAME].split()))
    if not mentions:
        raise UnknownPlace(name[:LONGEST_NAME])
    return mentions[-1].candidates


def _is_of(facts: _Facts, places: Sequence[Place]) -> bool:
    return any(same_or_inside(own, place) for own in facts.places for place in places)


def _name(name: str) -> _Name:
    name = name[:LONGEST_NAME]
    bare = "".join(name.split())
    mentions = find_places(bare)
    return _Name(fold(bare), frozenset(words(name)), mentions[-1].candidates if mentions else ())
