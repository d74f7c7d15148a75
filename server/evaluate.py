"""Score a file of questions: what was right, refused, cited, unsupported, and how fast.

The file's format is one JSON object a line: id, type, question, answers, evidence, history, split (see README).
Scoring: white space and thousands separators do not count, full-width equals half-width; every group of
`answers` needs an alternative that stands in the answer, and one that begins or ends in a digit must not touch
another digit; a `fact` of more than 120 characters is wrong; type `none` must be refused. From that and from what is cited
follows the one `Outcome` of each case.
"""

import re
import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path, PurePath
from typing import Literal, Protocol, get_args

from pydantic import BaseModel, ValidationError

from index.query import understand
from index.store import Store
from ingest.bilingual import Text
from ingest.document import Document
from ingest.numbers import quantities
from ingest.text import fold
from server.answer.finding import Ask
from server.answer.result import Answer
from server.errors import BadCases
from server.llm.template import Message

UNANSWERABLE = "none"
"""The type of a question that must be refused."""
LONGEST_FACT = 120
SAME_WORDS = 10
"""From so many characters on, the same words in another place are the same evidence; documents repeat themselves."""
MARKS = re.compile(r"\[\d+\]")
Outcome = Literal["right", "cut", "elsewhere", "misleading", "wrongly_refused", "made_up"]
"""What came of a case. "Said" is `is_right`, "cited" is `cites_gold`:

- `right`: answerable, the gold answer is said, and the gold evidence is cited or the case has none; or unanswerable and refused
- `cut`: the gold evidence is cited, the gold answer is not said: true, but without what was asked
- `elsewhere`: the gold answer is said, the gold evidence is not cited: another place may say the same, a person decides
- `misleading`: answered, the gold answer is not said, and no gold evidence is cited: a reader may take something false or
  foreign for the answer. A case without evidence is here as soon as its answer is not said: nothing shows that it is true
- `wrongly_refused`: answerable, and refused
- `made_up`: unanswerable, and answered
"""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


class Gold(BaseModel, frozen=True):
    """Where an answer stands: offsets into the text of the document with this file name."""

    document: str
    start: int
    end: int


@dataclass(frozen=True)
class Case:
    """A question with its expected answer.

    `evidence` is the sentence itself or where it stands; of several places a comparison has to cite all, any
    other question one. `also` are other places that say the same.
    """

    id: str
    type: str
    question: str
    answers: tuple[tuple[str, ...], ...]
    evidence: str | tuple[Gold, ...] | None
    history: tuple[str, ...] = ()
    also: tuple[Gold, ...] = ()
    split: str | None = None
    """The half of the questions that it belongs to: one is tuned on, the other reported."""


@dataclass(frozen=True)
class Result:
    """A case with what came of it."""

    case: Case
    answer: Answer
    right: bool
    """Whether the gold answer is said, or an unanswerable question refused."""
    cites_gold: bool | None
    """Whether some citation holds the gold evidence; None where the case has none or nothing was answered."""
    unsupported: tuple[str, ...]
    """Numbers in the answer that stand in no citation."""
    failed: bool = False
    """Whether an error kept the question from being answered or refused."""

    @property
    def outcome(self) -> Outcome | None:
        """None where the case has failed."""
        if self.failed:
            return None
        answered = self.answer.status == "answered"
        if self.case.type == UNANSWERABLE:
            return "made_up" if answered else "right"
        if not answered:
            return "wrongly_refused"
        if self.right:
            return "elsewhere" if self.cites_gold is False else "right"
        return "cut" if self.cites_gold else "misleading"


class _Line(BaseModel):
    """A line of the file; keys that scoring does not use are allowed."""

    id: str
    type: str
    question: str
    answers: tuple[tuple[str, ...], ...] = ()
    evidence: str | tuple[Gold, ...] | None = None
    history: tuple[str, ...] = ()
    also: tuple[Gold, ...] = ()
    split: str | None = None


def read_cases(path: Path) -> list[Case]:
    """Raises BadCases with the line that is wrong."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadCases(path, str(error)) from error
    return parse_cases(text, path)


def parse_cases(text: str, source: Path | str | Text) -> list[Case]:
    """The cases of JSON Lines; raises BadCases, which names `source` and the line that is wrong."""
    cases = []
    for number, line in enumerate(text.split("\n"), 1):  # JSON may hold other line breaks as they are
        if not line.strip():
            continue
        try:
            cases.append(Case(**dict(_Line.model_validate_json(line))))
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(map(str, first["loc"]))
            fault = Text(f"第 {number} 行 {where}：{first['msg']}", f"line {number}, {where}: {first['msg']}")
            raise BadCases(source, fault) from error
    if not cases:
        raise BadCases(source, Text("里面没有问题", "there is no question in it"))
    return cases


def plain(text: str) -> str:
    """`text` as scoring compares it."""
    return re.sub(r"(?<=\d),(?=\d{3})", "", re.sub(r"\s", "", fold(text)))


def holds(text: str, alternative: str) -> bool:
    """Whether `alternative` stands in `text`, whole: `6个` does not stand in `16个`."""
    text, alternative = plain(text), plain(alternative)
    before = r"(?<!\d)(?<!\d\.)" if alternative[:1].isdigit() else ""
    after = r"(?!\.?\d)" if alternative[-1:].isdigit() else ""
    return re.search(before + re.escape(alternative) + after, text) is not None


def is_right(case: Case, answer: Answer) -> bool:
    if case.type == UNANSWERABLE:
        return answer.status == "not_found"
    if answer.status != "answered":
        return False
    text = MARKS.sub("", answer.text)
    if case.type == "fact" and len(text) > LONGEST_FACT:
        return False
    return all(any(holds(text, alternative) for alternative in group) for group in case.answers)


def unsupported_numbers(case: Case, answer: Answer) -> tuple[str, ...]:
    """Numbers of an answer that stand in none of its citations, their titles and headings, and are no year asked about."""
    cited = [citation.evidence for citation in answer.citations]
    sources = [text for evidence in cited for text in (evidence.text, evidence.title, *evidence.headings)]
    supported = {q.key for source in sources for q in quantities(source)}
    asked = set[int]().union(*(understand(text).years for text in (case.question, *case.history)))
    supported |= {(Decimal(year).normalize(), False) for year in asked}
    return tuple(q.written for q in quantities(MARKS.sub("", answer.text)) if q.key not in supported)


def cites_gold(case: Case, answer: Answer, named: Callable[[str], Document | None]) -> bool | None:
    """Whether the citations hold the gold evidence, there or as the same words elsewhere; `named` gives the document
    with a file name."""
    if not case.evidence or answer.status != "answered":
        return None
    cited = [citation.evidence for citation in answer.citations]
    if isinstance(case.evidence, str):
        return any(plain(case.evidence) in plain(evidence.text) for evidence in cited)

    def is_cited(gold: Gold) -> bool:
        document = named(gold.document)
        if document is None:
            return False
        words = plain(document.text[gold.start : gold.end])
        return any(
            (e.document_id == document.id and e.start <= gold.start and gold.end <= e.end)
            or (len(words) >= SAME_WORDS and words in plain(e.text))
            for e in cited
        )

    if case.type == "compare":
        return all(map(is_cited, case.evidence))
    return any(map(is_cited, (*case.evidence, *case.also)))


class Answers(Protocol):
    """Something that answers questions over a store."""

    @property
    def store(self) -> Store: ...

    def answer(self, ask: Ask) -> Answer: ...


def run(answerer: Answers, cases: Sequence[Case], progress: Callable[[Result], None]) -> list[Result]:
    """Ask every case, one after the other."""
    named = by_name(answerer.store)
    results = []
    for case in cases:
        results.append(score(answerer, case, named))
        progress(results[-1])
    return results


def by_name(store: Store) -> Callable[[str], Document | None]:
    """Gives the document of a file name, as the store is now."""
    ids = {PurePath(row.path).name: row.id for row in store.documents(-1)}
    return lambda name: store.document(ids[name]) if name in ids else None


def score(answerer: Answers, case: Case, named: Callable[[str], Document | None]) -> Result:
    """Ask one case."""
    history = [Message("user", text) for text in case.history]
    answer = answerer.answer(Ask(case.question, history))
    cites = cites_gold(case, answer, named)
    unsupported = unsupported_numbers(case, answer) if answer.status == "answered" else ()
    return Result(case, answer, is_right(case, answer), cites, unsupported)


def summary(results: Sequence[Result]) -> dict[str, object]:
    """Counts by type and by outcome, shares and latencies (milliseconds).

    `right` counts answers that say the gold answer whatever they cite, `wrongly_refused` also cases that have failed;
    `outcomes` counts each case once, and those that have failed not at all.
    """
    answerable = [r for r in results if r.case.type != UNANSWERABLE]
    unanswerable = [r for r in results if r.case.type == UNANSWERABLE]
    cited = [r.cites_gold for r in results if r.cites_gold is not None]
    latencies = sorted(r.answer.timings.total_ms for r in results)
    types = sorted({r.case.type for r in results})
    counts = Counter(r.outcome for r in results)
    return {
        "questions": len(results),
        "answerable": len(answerable),
        "right": sum(r.right for r in answerable),
        "wrongly_refused": sum(r.answer.status == "not_found" for r in answerable),
        "unanswerable": len(unanswerable),
        "refused": sum(r.right for r in unanswerable),
        "outcomes": {outcome: counts[outcome] for outcome in OUTCOMES},
        "by_type": {t: {"right": sum(r.right for r in results if r.case.type == t),
                        "of": sum(r.case.type == t for r in results)} for t in types},
        "cites_gold": sum(map(bool, cited)),
        "cites_gold_of": len(cited),
        "unsupported_numbers": sum(bool(r.unsupported) for r in results),
        "latency_p50_ms": round(statistics.median(latencies), 1),
        "latency_p95_ms": round(latencies[min(len(latencies) - 1, int(0.95 * len(latencies)))], 1),
    }  # fmt: skip


def failures(results: Sequence[Result]) -> Iterator[Result]:
    """What a person should look at: every outcome but `right`, what has failed, and numbers without support."""
    return (r for r in results if r.outcome != "right" or r.unsupported)
