"""From a question to an answer in the documents' own words or an honest refusal.

The order: find what may answer (`finding`) and tell it at once, then for each part of the question the document's
card, its structure, the likeliest sentences or, for a summary, the model's sentences, each proved before it leaves.
Questions take turns at the model; what does not need it waits for nobody.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

from index.errors import UnknownDocument
from index.query import Question, understand
from index.search import Searcher
from index.store import Store
from server.answer import prompt
from server.answer.alternatives import other_answers, speaks_for_one, title_of
from server.answer.asking import asks_summary
from server.answer.card import article_of, card_fact
from server.answer.drafting import Drafter
from server.answer.evidence import Candidate
from server.answer.finding import Ask, Finder, Found, check_question
from server.answer.listing import listed, missing_article
from server.answer.quoting import quote
from server.answer.refuse import elsewhere, is_smalltalk, why_nothing_fits
from server.answer.result import Answer, Citations, Clock, Evidence, Ranked, Reason, Understood
from server.answer.subquestions import Part
from server.answer.verify import Proved
from server.answer.wording import missing_part, refusal
from server.errors import Ending
from server.llm.cancel import Cancel
from server.llm.model import LanguageModel, Tokens
from server.llm.turns import Holder, Ticket, Turns
from server.reader.passage import Passage
from server.reader.reader import Reader, shipped

SHOWN_EVIDENCE = 8


@dataclass(frozen=True)
class EvidenceFound:
    """The first event of an answer: what was found, before anything is said."""

    evidence: tuple[Ranked, ...]
    understood: Understood


@dataclass(frozen=True)
class SentencePassed:
    """A sentence with its marks that has passed every check, or that says of one part of a comparison that it is
    missing; all of them together are the answer's text."""

    text: str


@dataclass(frozen=True)
class Waiting:
    """Others are served first; told each time that their number changes, down to 0, and only where the model is needed."""

    ahead: int
    ticket: Ticket | None = field(default=None, compare=False, repr=False)
    """Tells when the number changes: asking for the next event before that blocks the thread that asks."""


Event = EvidenceFound | Waiting | SentencePassed | Answer


@dataclass(frozen=True)
class Said:
    """A sentence that may be shown, and the evidence to mark it with."""

    text: str
    cited: tuple[Evidence, ...]


@dataclass(frozen=True)
class Lacking:
    """What exactly the documents do not have, as a sentence without its full stop: `《专利代理条例》没有第三十五条`."""

    text: str


class Answerer:
    """Answers questions over one index with one model; safe for many threads."""

    def __init__(
        self, searcher: Searcher, model: LanguageModel, waiting: int = 16, reader: Reader | None = None
    ) -> None:
        """`waiting` questions may stand behind the one that the model works for; `reader` is by default the one that ships."""
        self._turns = Turns(waiting)
        self.searcher = searcher
        self.store: Store = searcher.store
        self._model = model
        self.drafter = Drafter(model)
        self._reader = reader or shipped()
        self.finder = Finder(searcher, self._reader)
        self.listeners: list[Callable[[Ask, Answer | None], None]] = []
        """Told of every question that had a place in the line, with its answer or None when it was stopped before."""

    @property
    def model_name(self) -> str:
        return self._model.name

    @property
    def tokens(self) -> Tokens:
        """What the model has read and written so far."""
        return self._model.tokens

    def count_tokens(self, texts: Sequence[str]) -> int:
        """How many of the model's tokens `texts` have together."""
        return self._model.count_tokens(texts)

    @property
    def is_alive(self) -> bool:
        """Whether the model still works: its thread has not ended."""
        return self._model.is_alive

    @property
    def in_line(self) -> int:
        """How many questions are being answered or wait."""
        return len(self._turns)

    def end(self) -> None:
        """Take no more questions: each raises Ending."""
        self._turns.end()

    def cancel(self) -> None:
        """Stop every question that is being answered or waits; after `end` they raise Ending instead of their answer."""
        self._turns.cancel()

    def close(self) -> None:
        """End the model's thread, save the vectors, close the store's connections."""
        self._model.close()
        self.searcher.vectors.close()
        self.store.close()

    def warm_up(self) -> None:
        """Read how prompts and checks begin once and load the reader, so that no question pays for it."""
        self._model.pin(prompt.checking_messages())
        self._model.pin(prompt.static_messages())
        self.searcher.search("预热", 1)
        self._reader.read("预热", [Passage("", "预热")])

    def answer(self, ask: Ask, cancelled: Cancel | None = None, holder: Holder | None = None) -> Answer:
        """The last event of `events`."""
        *_, last = self.events(ask, cancelled, holder)
        if not isinstance(last, Answer):
            raise RuntimeError("an answer is always the last event")
        return last

    def events(self, ask: Ask, cancelled: Cancel | None = None, holder: Holder | None = None) -> Iterator[Event]:
        """EvidenceFound, Waiting while others are served, then SentencePassed for each sentence, then the Answer.

        `holder` takes the place in the line. Raises EmptyQuestion or QuestionTooLong at once, TooBusy or TooManyWaiting
        instead of the first event.
        """
        text = check_question(ask.question)
        return self._events(text, ask, cancelled or Cancel(), holder)

    def _events(self, text: str, ask: Ask, cancelled: Cancel, holder: Holder | None) -> Iterator[Event]:
        with self._turns.enter(cancelled, holder) as ticket:
            if ticket.gives_way:
                deque(ticket.wait(), maxlen=0)  # before the search, which takes the processor from others too
            answer = None
            try:
                for event in self._in_line(text, ask, ticket, cancelled):
                    if isinstance(event, Answer):
                        if cancelled.is_set() and self._turns.is_ending:
                            raise Ending
                        answer = None if cancelled.is_set() else event
                    yield event
            finally:
                for listener in self.listeners:
                    listener(ask, answer)

    def _in_line(self, text: str, ask: Ask, ticket: Ticket, cancelled: Cancel) -> Iterator[Event]:
        clock = Clock()
        if is_smalltalk(text):
            yield EvidenceFound((), Understood())
            yield self._refuse("smalltalk", understand(text), [], (), clock)
            return
        parts = self.finder.parts(ask)
        found: list[Found] = []
        for wanted in parts:
            if not (found and cancelled.is_set()):
                found.append(self._find(wanted, ask))
        evidence = _shown(found)
        clock.retrieved = clock.now()
        yield EvidenceFound(evidence, _understood(found))

        citations = Citations()
        sentences: list[str] = []
        untold: list[str] = []
        lacking: list[str] = []
        answered, reason = False, None  # type: bool, Reason | None
        for part in found:
            passed: list[str] = []
            for outcome in self._settled(part, ask, clock, ticket, cancelled):
                if isinstance(outcome, Waiting):
                    yield outcome
                    continue
                if isinstance(outcome, Lacking):
                    lacking.append(outcome.text)
                    continue
                if isinstance(outcome, str):
                    reason = reason or outcome
                    continue
                sentence = citations.mark(outcome.text, outcome.cited)
                sentence = f"{part.label}：{sentence}" if part.label and not passed else sentence
                passed.append(sentence)
                yield from map(SentencePassed, (*untold, sentence))
                untold = []
            if not passed and part.label:
                passed.append(missing_part(part.label) + "。")
                untold += passed
            else:
                answered = answered or bool(passed)
            sentences += passed
        if not answered:
            candidates = [c for part in found for c in part.candidates]
            lacking += [f"资料中没有{name}" for part in found for name in part.named.missing]
            yield self._refuse(reason or "unsupported", found[0].question, candidates, evidence, clock, lacking)
            return
        yield from map(SentencePassed, untold)
        yield Answer("answered", "".join(sentences), citations.all(), evidence, clock.timings(), None)

    def _find(self, part: Part, ask: Ask) -> Found:
        """Once more where a document that was found has been removed meanwhile."""
        try:
            return self.finder.find(part, ask)
        except UnknownDocument:
            return self.finder.find(part, ask)

    def _settled(
        self, part: Found, ask: Ask, clock: Clock, ticket: Ticket, cancelled: Cancel
    ) -> Iterator[Waiting | Said | Lacking | Reason]:
        """`_sentences`; once more where a document was removed meanwhile and nothing has been said yet."""
        for again in (True, False):
            said = False
            try:
                for outcome in self._sentences(part, clock, ticket, cancelled):
                    said = said or isinstance(outcome, Said)
                    yield outcome
            except UnknownDocument:
                if again and not said:
                    part = self._find(Part(part.label, part.question.text), ask)
                    continue
                if not said:
                    yield "no_match"
            return

    def _sentences(
        self, part: Found, clock: Clock, ticket: Ticket, cancelled: Cancel
    ) -> Iterator[Waiting | Said | Lacking | Reason]:
        """Sentences for one part, each proved or quoted, or the one reason why there is none; where the model has to be
        asked, before that how many are ahead."""
        fact = card_fact(part.question, part.candidates, self.store)
        if fact is not None:
            yield Said(fact.said, fact.cited)
            return
        reason = why_nothing_fits(part.candidates)
        if reason is not None:
            yield reason
            return
        lacking = missing_article(part.question, part.candidates, self.store)
        if lacking is not None:
            yield Lacking(lacking)
            return
        turn = partial(_turn, ticket, clock)
        listing = listed(part.question, part.candidates, self.store)
        if listing is not None:
            yield from turn() if listing.doubt.is_open else ()
            if self.drafter.tells(part.question, listing.doubt, cancelled):
                yield from self._quoted(listing.items)
                return
        chosen = part.choose()
        if not chosen:
            yield "no_match"
            return
        article = article_of(part.question, chosen)
        if article is not None:
            yield Said(*article)
            return
        quotation = quote(part.question, chosen, self.store)
        doubt = quotation.doubt
        yield from turn() if doubt.is_open else ()
        if not self.drafter.tells(part.question, doubt, cancelled):
            yield elsewhere(part.candidates) or "unsupported"
            return
        if quotation.whole:
            yield from self._quoted(quotation.whole)
            return
        gist: tuple[Proved, ...] = ()
        if asks_summary(part.question.text):
            yield from turn()
            gist = self.drafter.draft(part.question, chosen, clock.first_word, cancelled)
        yield from _said(part, gist or quotation.sentences)

    def _quoted(self, whole: Sequence[Evidence]) -> Iterator[Said]:
        return (Said(self.finder.shown(evidence), (evidence,)) for evidence in whole)

    def _refuse(
        self,
        reason: Reason,
        question: Question,
        candidates: Sequence[Candidate],
        evidence: tuple[Ranked, ...],
        clock: Clock,
        lacking: Sequence[str] = (),
    ) -> Answer:
        present = set(filter(self.store.has, {c.evidence.document_id for c in candidates}))  # not removed meanwhile
        left = [c for c in candidates if c.evidence.document_id in present]
        text = refusal(reason, question, left, self.store, lacking)
        return Answer("not_found", text, (), evidence, clock.timings(), reason)


def _turn(ticket: Ticket, clock: Clock) -> Iterator[Waiting]:
    """How many are ahead until it is this question's turn at the model."""
    before = clock.now()
    yield from (Waiting(ahead, ticket) for ahead in ticket.wait())
    clock.waited += clock.now() - before


def _said(part: Found, proved: Sequence[Proved]) -> Iterator[Said]:
    """What was proved, and what others say; with the title where the question leaves open which document it is about, or
    more than one speaks."""
    differing = other_answers(part.question, proved, part.able) if part.is_open else []
    several = len({source.evidence.document_id for sentence in proved for source in sentence.sources}) > 1
    for sentence in (*proved, *differing):
        source = sentence.sources[0]
        named = differing or several or (part.is_open and speaks_for_one(source, part.candidates))
        title = f"{title_of(source, part.candidates)}：" if named else ""
        yield Said(title + sentence.text, tuple(e for source in sentence.sources for e in source.cited))


def _understood(found: Sequence[Found]) -> Understood:
    """What was recognised in all parts together."""
    years = sorted({year for part in found for year in part.question.preferred_years})
    places = dict.fromkeys(name for part in found for name in part.question.named_places)
    return Understood(tuple(years), tuple(places))


def _shown(found: Sequence[Found]) -> tuple[Ranked, ...]:
    """The best sentences of every part in turn, each once."""
    ranked: dict[Evidence, float] = {}
    share = max(1, SHOWN_EVIDENCE // len(found))
    for part in found:
        for candidate in part.candidates[:share]:
            ranked.setdefault(candidate.evidence, candidate.score)
    return tuple(Ranked(evidence, round(score, 4)) for evidence, score in ranked.items())
