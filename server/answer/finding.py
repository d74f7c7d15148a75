"""From a question to the sentences that may answer it.

The order: put the question right, complete a follow-up, split a comparison; then for each part look for the documents
that it names, search, and read the hits sentence by sentence. Not covered: answering (`answerer`).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.filters import Filters
from index.query import LONGEST_QUESTION as LONGEST_QUESTION
from index.query import Question, full_years, understand
from index.search import Searcher
from index.typos import corrected
from ingest.document import Span
from ingest.numbers import in_figures
from ingest.text import simplified, visible
from server.answer.alternatives import is_open, newest_of_series
from server.answer.evidence import MOST_CHARACTERS, PART_CHARACTERS, Candidate, choose, find_candidates
from server.answer.followup import complete, item_asked, last_read
from server.answer.listing import listed
from server.answer.naming import Catalogue, Named
from server.answer.result import Evidence
from server.answer.subquestions import Part, split_comparison
from server.errors import EmptyQuestion, QuestionTooLong
from server.llm.template import Message
from server.reader.reader import Reader

BROKEN_LINE = re.compile(r"(?<=[\u4e00-\u9fff，、；：])[^\S\n]*+\n\s*+(?=[\u4e00-\u9fff])")
HITS = 24


@dataclass(frozen=True)
class Ask:
    """A question as it comes in; `history` are earlier messages, what follows restricts the search (`index.filters`).

    `without_years` and `without_places` do not count although they are recognised in the question: places as written.
    """

    question: str
    history: Sequence[Message] = ()
    documents: Sequence[str] | None = None
    years: Sequence[int] | None = None
    places: Sequence[str] | None = None
    issuers: Sequence[str] | None = None
    types: Sequence[str] | None = None
    without_years: Sequence[int] = ()
    without_places: Sequence[str] = ()


@dataclass(frozen=True)
class Found:
    """A part of the question with the sentences found for it."""

    label: str
    question: Question
    named: Named
    candidates: list[Candidate]

    @property
    def is_open(self) -> bool:
        return is_open(self.question, bool(self.named.documents or self.named.missing))

    @property
    def able(self) -> list[Candidate]:
        """What may answer: of a yearly series only the newest document where the question leaves open which it is about."""
        return newest_of_series(self.candidates) if self.is_open else list(self.candidates)

    def choose(self) -> list[Candidate]:
        """The few sentences that are quoted, or read by the model for a summary."""
        return choose(self.question, self.able, PART_CHARACTERS if self.label else MOST_CHARACTERS)


class Finder:
    """Finds in one index; safe for many threads."""

    def __init__(self, searcher: Searcher, reader: Reader) -> None:
        self._searcher = searcher
        self._reader = reader
        self._store = searcher.store
        self._catalogue = Catalogue(searcher.store)

    def parts(self, ask: Ask) -> list[Part]:
        """The question, put right and completed, as it is searched for: one without a label, or those that it compares."""
        text = check_question(ask.question)
        told = [m.content for m in ask.history if m.role == "user"]
        text, *earlier = (self._put_right(t) for t in (text, *map(_encodable, last_read(told))))
        completed = self._about_item(text, earlier, ask) or complete(text, earlier)
        text = completed if len(completed) <= LONGEST_QUESTION else text
        return split_comparison(text) or [Part("", text)]

    def _put_right(self, text: str) -> str:
        return full_years(in_figures(corrected(simplified(text), self._store.chunk_counts)))

    def _about_item(self, text: str, earlier: Sequence[str], ask: Ask) -> str | None:
        """`第二条措施具体怎么做` by that item's own words, where a list answers the question before."""
        if (asked := item_asked(text, earlier)) is None:
            return None
        part = self.find(Part("", asked.of), ask)
        listing = listed(part.question, part.candidates, self._store)
        item = asked.among([self.shown(evidence) for evidence in listing.items] if listing else [])
        return asked.about(item) if item else None

    def find(self, part: Part, ask: Ask) -> Found:
        """The sentences that may answer one part of a question, in the documents that it names or in all."""
        question = understand(part.text).without(ask.without_years, ask.without_places)
        named = self._catalogue.named(question)
        documents = ask.documents
        if named.documents:
            documents = [d for d in named.documents if ask.documents is None or d in ask.documents]
        filters = Filters(documents, ask.years, ask.places, ask.issuers, ask.types)
        hits = self._searcher.find(question, HITS, filters)
        return Found(part.label, question, named, find_candidates(question, hits, self._store, self._reader, named))

    def shown(self, evidence: Evidence) -> str:
        """A quotation as it is read: without page marks, rows of tables with their headers."""
        document = self._store.document(evidence.document_id)
        span = Span(evidence.start, evidence.end)
        shown = visible(document.text, span, document.noise, document.layout.rows)
        return " ".join(BROKEN_LINE.sub("", shown).split()).rstrip("：:")


def _encodable(text: str) -> str:
    """`text` without halves of surrogate pairs, which JSON can carry and UTF-8 cannot."""
    return text.encode("utf-8", "ignore").decode("utf-8")


def check_question(text: str) -> str:
    """The trimmed question; raises EmptyQuestion or QuestionTooLong."""
    text = _encodable(text).strip()
    if not text:
        raise EmptyQuestion
    if len(text) > LONGEST_QUESTION:
        raise QuestionTooLong(len(text), LONGEST_QUESTION)
    return text
