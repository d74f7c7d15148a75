"""What an answer is made of; code makes all of it, the model only proposes words."""

from dataclasses import dataclass
from typing import Literal

Status = Literal["answered", "not_found"]
Reason = Literal["no_match", "wrong_year", "wrong_place", "unsupported", "smalltalk"]


@dataclass(frozen=True)
class Evidence:
    """A sentence or a table row: `text` is exactly the document's `[start:end]`."""

    document_id: str
    title: str
    headings: tuple[str, ...]
    start: int
    end: int
    text: str


@dataclass(frozen=True)
class Ranked:
    """Evidence with its score for one question, 0 to about 1.5."""

    evidence: Evidence
    score: float


@dataclass(frozen=True)
class Citation:
    """The evidence behind mark `[number]`."""

    number: int
    evidence: Evidence


@dataclass(frozen=True)
class Timings:
    """Milliseconds since the question arrived; `first_token_ms` is None when the model was not asked."""

    retrieve_ms: float
    first_token_ms: float | None
    total_ms: float


@dataclass(frozen=True)
class Answer:
    """`text` is a sentence for the user also when refusing; `reason` is None exactly when answered."""

    status: Status
    text: str
    citations: tuple[Citation, ...]
    evidence: tuple[Ranked, ...]
    timings: Timings
    reason: Reason | None
