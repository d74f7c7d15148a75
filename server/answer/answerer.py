"""From a question to a proved answer or an honest refusal.

The order: complete a follow-up, split a comparison, search, choose sentences, then for each part the document's
card or the model, every sentence proved before it leaves. Evidence is told at once, sentences as they pass.
"""

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from index.query import Question, understand
from index.search import Searcher
from index.store import Store
from server.answer import prompt
from server.answer.evidence import Candidate, card_fact, choose, find_candidates
from server.answer.refuse import SURE_COVERAGE, elsewhere, is_smalltalk, missing_part, refusal, why_nothing_fits
from server.answer.result import Answer, Citation, Evidence, Ranked, Reason, Timings
from server.answer.subquestions import Part, complete, split_comparison
from server.answer.verify import Proved, adds_a_name, asks_figure, best_clause, holds_asked_figure, prove, split
from server.errors import EmptyQuestion, QuestionTooLong
from server.llm.model import Cancel, LanguageModel
from server.llm.template import Message

LONGEST_QUESTION = 2000
HITS = 8
SHOWN_EVIDENCE = 8
SUMMARY_CHARACTERS = 300
ASKS_SUMMARY = re.compile(r"有哪些|有什么|哪些(?:措施|安排|做法|举措|要求)|怎么|怎样|如何|采取什么|主要内容|概括|总结")


@dataclass(frozen=True)
class EvidenceFound:
    """The first event of an answer: what was found, before anything is said."""

    evidence: tuple[Ranked, ...]


@dataclass(frozen=True)
class SentencePassed:
    """A sentence with its marks that has passed every check."""

    text: str


Event = EvidenceFound | SentencePassed | Answer


@dataclass(frozen=True)
class Ask:
    """A question as it comes in; `history` are earlier messages, `documents` and `years` restrict the search."""

    question: str
    history: Sequence[Message] = ()
    documents: Sequence[str] | None = None
    years: Sequence[int] | None = None


@dataclass
class _Clock:
    start: float = field(default_factory=time.perf_counter)
    retrieved: float | None = None
    first_token: float | None = None

    def now(self) -> float:
        return (time.perf_counter() - self.start) * 1000

    def timings(self) -> Timings:
        total = self.now()
        first = None if self.first_token is None else round(self.first_token, 1)
        return Timings(round(total if self.retrieved is None else self.retrieved, 1), first, round(total, 1))


@dataclass(frozen=True)
class _Found:
    """A part of the question with the sentences found for it."""

    label: str
    question: Question
    candidates: list[Candidate]


class _Citations:
    """Numbers evidence in the order in which it is first cited."""

    def __init__(self) -> None:
        self._numbers: dict[Evidence, int] = {}

    def mark(self, sentence: str, sources: Sequence[Evidence]) -> str:
        numbers = sorted({self._numbers.setdefault(e, len(self._numbers) + 1) for e in sources})
        return sentence.rstrip("。；;！!？? ") + "".join(f"[{n}]" for n in numbers) + "。"

    def all(self) -> tuple[Citation, ...]:
        return tuple(Citation(number, evidence) for evidence, number in self._numbers.items())


class Answerer:
    """Answers questions over one index with one model; safe for many threads."""

    def __init__(self, searcher: Searcher, model: LanguageModel) -> None:
        self.searcher = searcher
        self.store: Store = searcher.store
        self._model = model

    @property
    def model_name(self) -> str:
        return self._model.name

    def close(self) -> None:
        """End the model's thread and the store's connections."""
        self._model.close()
        self.store.close()

    def warm_up(self) -> None:
        """Read the static part of the prompt once, so that the first question does not pay for it."""
        for _ in self._model.generate([*prompt.static_messages(), Message("user", "资料：")], 1):
            pass
        self.searcher.search("预热", 1)

    def answer(self, ask: Ask, cancelled: Cancel | None = None) -> Answer:
        """The last event of `events`."""
        *_, last = self.events(ask, cancelled)
        if not isinstance(last, Answer):
            raise RuntimeError("an answer is always the last event")
        return last

    def events(self, ask: Ask, cancelled: Cancel | None = None) -> Iterator[Event]:
        """EvidenceFound, then SentencePassed for each sentence, then the Answer.

        Raises EmptyQuestion or QuestionTooLong before the first event, TooBusy before the first sentence.
        """
        text = check_question(ask.question)
        return self._events(text, ask, cancelled)

    def _events(self, text: str, ask: Ask, cancelled: Cancel | None) -> Iterator[Event]:
        clock = _Clock()
        if is_smalltalk(text):
            yield EvidenceFound(())
            yield self._refuse("smalltalk", understand(text), [], (), clock)
            return
        earlier = [_encodable(m.content) for m in ask.history if m.role == "user"]
        completed = complete(text, earlier)
        text = completed if len(completed) <= LONGEST_QUESTION else text
        parts = split_comparison(text)
        found = [self._find(part, ask) for part in parts or [Part("", text)]]
        evidence = _shown(found)
        clock.retrieved = clock.now()
        yield EvidenceFound(evidence)

        citations = _Citations()
        sentences: list[str] = []
        answered, reason = False, None  # type: bool, Reason | None
        for part in found:
            passed: list[str] = []
            for outcome in self._sentences(part, clock, cancelled):
                if isinstance(outcome, str):
                    reason = reason or outcome
                    continue
                sentence = citations.mark(outcome.text, [c.evidence for c in outcome.sources])
                sentence = f"{part.label}：{sentence}" if part.label and not passed else sentence
                passed.append(sentence)
                yield SentencePassed(sentence)
            if not passed and parts:
                passed.append(missing_part(part.label) + "。")
            else:
                answered = answered or bool(passed)
            sentences += passed
        if not answered:
            candidates = [c for part in found for c in part.candidates]
            yield self._refuse(reason or "unsupported", found[0].question, candidates, evidence, clock)
            return
        yield Answer("answered", "".join(sentences), citations.all(), evidence, clock.timings(), None)

    def _find(self, part: Part, ask: Ask) -> _Found:
        question = understand(part.text)
        hits = self.searcher.search(part.text, HITS, ask.documents, ask.years)
        return _Found(part.label, question, find_candidates(question, hits, self.store))

    def _sentences(self, part: _Found, clock: _Clock, cancelled: Cancel | None) -> Iterator[Proved | Reason]:
        """Proved sentences for one part, or the one reason why there is none."""
        fact = card_fact(part.question, part.candidates, self.store)
        if fact is not None:
            template = part.candidates[0]
            source = replace(template, evidence=fact.evidence, shown=fact.evidence.text)
            yield Proved(f"《{fact.evidence.title}》的{fact.label}是{fact.value}", (source,))
            return
        reason = why_nothing_fits(part.candidates)
        if reason is not None:
            yield reason
            return
        chosen = choose(part.question, part.candidates)
        if not chosen:
            yield "no_match"
            return
        yield from self._draft(part, chosen, clock, cancelled)

    def _draft(
        self, part: _Found, chosen: list[Candidate], clock: _Clock, cancelled: Cancel | None
    ) -> Iterator[Proved | Reason]:
        reply = ""
        for piece in self._model.generate(
            prompt.build(part.question.text, chosen), prompt.MAX_TOKENS, ("\n\n", "问题："), cancelled
        ):
            if clock.first_token is None:
                clock.first_token = clock.now()
            reply += piece
        quote, drafted = prompt.parse(reply)
        proved = _proved(drafted or quote, part.question, chosen)
        if not _answers(proved, part.question) and drafted and proved and asks_figure(part.question.text):
            # The answer is true but only repeats the question; the figure stands in the quote.
            proved = _proved(quote, part.question, chosen)
        if _answers(proved, part.question):
            yield from proved
            if ASKS_SUMMARY.search(part.question.text) and not asks_figure(part.question.text):
                yield from _rest_of_section(proved, chosen)
            return
        quoted = _quotation(part.question, chosen, refused=not quote)
        if quoted is not None:
            yield quoted
        else:
            yield elsewhere(part.candidates) or "unsupported"

    def _refuse(
        self,
        reason: Reason,
        question: Question,
        candidates: Sequence[Candidate],
        evidence: tuple[Ranked, ...],
        clock: _Clock,
    ) -> Answer:
        text = refusal(reason, question, candidates, self.store)
        return Answer("not_found", text, (), evidence, clock.timings(), reason)


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


def _proved(text: str, question: Question, chosen: Sequence[Candidate]) -> list[Proved]:
    """The sentences of `text` that are proved; the others are never shown."""
    outcomes = [prove(sentence, question, chosen) for sentence in split(text)]
    return [outcome for outcome in outcomes if isinstance(outcome, Proved)]


def _answers(proved: Sequence[Proved], question: Question) -> bool:
    """Whether proved sentences hold the figure or name that is asked for."""
    said = "".join(sentence.text for sentence in proved)
    return bool(proved) and holds_asked_figure(said, question) and adds_a_name(said, question)


def _quotation(question: Question, chosen: Sequence[Candidate], refused: bool) -> Proved | None:
    """The evidence's own words where the model's failed; where it refused, only for a question about a figure
    of which the sentence holds nearly every word."""
    for candidate in chosen[:2]:
        clause = best_clause(candidate, question)
        if refused and not asks_figure(question.text):
            continue
        if candidate.direct >= SURE_COVERAGE and holds_asked_figure(clause, question):
            return Proved(clause, (candidate,))
    return None


def _rest_of_section(proved: Sequence[Proved], chosen: Sequence[Candidate]) -> Iterator[Proved]:
    """For a question about measures: the other good sentences of the section, quoted, in the document's order.

    The model tends to stop after the first measure.
    """
    cited = {source.evidence for sentence in proved for source in sentence.sources}
    section = proved[0].sources[0].evidence
    length = sum(len(sentence.text) for sentence in proved)
    for candidate in sorted(chosen, key=lambda c: c.evidence.start):
        evidence = candidate.evidence
        same = evidence.document_id == section.document_id and evidence.headings == section.headings
        heading = candidate.shown.rstrip("。") in evidence.headings
        if same and not heading and evidence not in cited and length + len(candidate.shown) <= SUMMARY_CHARACTERS:
            length += len(candidate.shown)
            yield Proved(candidate.shown, (candidate,))


def _shown(found: Sequence[_Found]) -> tuple[Ranked, ...]:
    """The best sentences of every part in turn, each once."""
    ranked: dict[Evidence, float] = {}
    share = max(1, SHOWN_EVIDENCE // len(found))
    for part in found:
        for candidate in part.candidates[:share]:
            ranked.setdefault(candidate.evidence, candidate.score)
    return tuple(Ranked(evidence, round(score, 4)) for evidence, score in ranked.items())
