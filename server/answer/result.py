"""What an answer is made of; code makes all of it, the model proposes words for summaries."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
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
    """Evidence with the probability that, of all that was found, this is the sentence that tells what is asked."""

    evidence: Evidence
    score: float


@dataclass(frozen=True)
class Citation:
    """The evidence behind mark `[number]`."""

    number: int
    evidence: Evidence


class Citations:
    """Numbers evidence in the order in which it is first cited."""

    def __init__(self) -> None:
        self._numbers: dict[Evidence, int] = {}

    def mark(self, sentence: str, sources: Sequence[Evidence]) -> str:
        numbers = sorted({self._numbers.setdefault(e, len(self._numbers) + 1) for e in sources})
        return sentence.rstrip("。；;！!？? ") + "".join(f"[{n}]" for n in numbers) + "。"

    def all(self) -> tuple[Citation, ...]:
        return tuple(Citation(number, evidence) for evidence, number in self._numbers.items())


@dataclass(frozen=True)
class Understood:
    """What was recognised in a question: years, those that 去年 and its like mean too, and places as they are written."""

    years: tuple[int, ...] = ()
    places: tuple[str, ...] = ()


@dataclass(frozen=True)
class Timings:
    """Milliseconds since the question arrived; `first_token_ms` is None when the model wrote nothing, `waited_ms` is
    the part of the total in which others were served."""

    retrieve_ms: float
    first_token_ms: float | None
    total_ms: float
    waited_ms: float = 0.0


@dataclass
class Clock:
    """Takes an answer's times, from when it is made."""

    start: float = field(default_factory=time.perf_counter)
    retrieved: float | None = None
    first_token: float | None = None
    waited: float = 0.0

    def first_word(self) -> None:
        if self.first_token is None:
            self.first_token = self.now()

    def now(self) -> float:
        return (time.perf_counter() - self.start) * 1000

    def timings(self) -> Timings:
        total = self.now()
        first = None if self.first_token is None else round(self.first_token, 1)
        retrieved = total if self.retrieved is None else self.retrieved
        return Timings(round(retrieved, 1), first, round(total, 1), round(self.waited, 1))


@dataclass(frozen=True)
class Answer:
    """`text` is a sentence for the user also when refusing; `reason` is None exactly when answered."""

    status: Status
    text: str
    citations: tuple[Citation, ...]
    evidence: tuple[Ranked, ...]
    timings: Timings
    reason: Reason | None
