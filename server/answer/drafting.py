"""From chosen sentences to proved ones: the model proposes, code proves, a failed proposal is tried once more,
then the evidence itself is quoted.

Not covered: whether a draft is shown at all, which `refuse` decides from what is told with it and from the evidence.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.query import Question
from ingest.text import fold
from server.answer import prompt
from server.answer.asking import (
    asks_figure,
    asks_list,
    asks_summary,
    asks_whether,
    best_clause,
    holds_asked_figure,
    says_something,
)
from server.answer.evidence import Candidate
from server.answer.verify import Proved, Unproved, prove, split, strip_marks
from server.llm.cancel import Cancel
from server.llm.model import LanguageModel
from server.llm.template import Message

STOP = ("\n\n", "问题：")
HOPELESS = -9.0
"""Log-odds below which nothing was ever answered right; the model need not write."""
LONGEST_QUOTE = 120


@dataclass(frozen=True)
class Draft:
    """Proved sentences that answer, or none, and how sure the model is that the evidence holds an answer."""

    sentences: tuple[Proved, ...]
    log_odds: float
    quoted: bool = False
    """The evidence's own words, because the model's own failed."""


class Drafter:
    """Asks one model; safe for many threads."""

    def __init__(self, model: LanguageModel) -> None:
        self._model = model

    def draft(
        self,
        question: Question,
        chosen: Sequence[Candidate],
        written: Callable[[], None] = lambda: None,
        cancelled: Cancel | None = None,
    ) -> Draft:
        """Sentences over the `chosen` candidates; `written` is called when the model writes its first word."""
        messages = prompt.build(question.text, chosen)
        odds = self._model.log_odds(prompt.begun(messages), prompt.ANSWERS, prompt.REFUSAL, cancelled)
        if odds < HOPELESS:
            return Draft((), odds)
        reply = self._write(prompt.forced(messages), written, cancelled)
        proved, lacks = attempt(reply, question, chosen)
        if proved:
            return Draft(proved, odds)
        reply = self._write(prompt.again(messages, reply, lacks), written, cancelled)
        proved, _ = attempt(reply, question, chosen)
        if proved:
            return Draft(proved, odds)
        quoted = quotation(question, chosen)
        return Draft((quoted,) if quoted else (), odds, quoted=True)

    def check(self, question: Question, draft: Draft, cancelled: Cancel | None = None) -> float:
        """The model's log-odds that the cited sentences tell what is asked, asked apart from the draft."""
        said = "".join(sentence.text for sentence in draft.sentences)
        sources = [source for sentence in draft.sentences for source in sentence.sources]
        messages = prompt.check(question.text, said, sources)
        return self._model.log_odds(messages, prompt.YES, prompt.NO, cancelled)

    def _write(self, messages: list[Message], written: Callable[[], None], cancelled: Cancel | None) -> str:
        reply = messages[-1].content
        for piece in self._model.generate(messages, prompt.MAX_TOKENS, STOP, cancelled):
            written()
            reply += piece
        return reply


def attempt(reply: str, question: Question, chosen: Sequence[Candidate]) -> tuple[tuple[Proved, ...], str]:
    """The proved sentences of a reply that answer the question, or what they lack."""
    quote, answer = prompt.parse(reply)
    if asks_whether(question.text):
        # 可以 or 不可以 is the evidence's to say: the model words it the wrong way round too often.
        sentence = _whole(quote, chosen)
        return ((sentence,), "") if sentence else ((), "没有照抄原文")
    outcomes = [prove(sentence, question, chosen) for sentence in split(answer or quote)]
    proved = tuple(outcome for outcome in outcomes if isinstance(outcome, Proved))
    if not (asks_list(question.text) or asks_summary(question.text)):
        # One thing is asked: the first sentence that tells it, not all that the model goes on to copy.
        proved = next(((p,) for p in proved if answers((p,), question)), proved)
    if answers(proved, question):
        return proved, ""
    if answer and proved and asks_figure(question.text):
        # The answer is true but only repeats the question; the figure stands in the quote.
        quoted = [prove(sentence, question, chosen) for sentence in split(quote)]
        held = tuple(outcome for outcome in quoted if isinstance(outcome, Proved))
        if answers(held, question):
            return held, ""
    unproved = next((outcome for outcome in outcomes if isinstance(outcome, Unproved)), None)
    return (), unproved.lacks if unproved else "没有回答所问的内容"


def answers(proved: Sequence[Proved], question: Question) -> bool:
    """Whether proved sentences hold the figure or name that is asked for."""
    said = "".join(sentence.text for sentence in proved)
    return bool(proved) and holds_asked_figure(said, question) and says_something(said, question)


def quotation(question: Question, chosen: Sequence[Candidate]) -> Proved | None:
    """The evidence's own words: the part of one of the best sentences that holds what is asked."""
    for candidate in chosen[:3]:
        clause = candidate.shown if asks_whether(question.text) else best_clause(candidate.shown, question)
        if len(clause) <= LONGEST_QUOTE and holds_asked_figure(clause, question) and says_something(clause, question):
            return Proved(clause, (candidate,))
    return None


def _whole(quote: str, chosen: Sequence[Candidate]) -> Proved | None:
    """The sentence out of which the model quoted, as a whole where it is not too long."""
    words = fold("".join(strip_marks(quote).split())).strip(".。,;")
    for candidate in chosen:
        shown = fold("".join(candidate.shown.split()))
        if len(words) > 3 and words in shown and not candidate.is_heading:
            whole = candidate.shown if len(candidate.shown) <= LONGEST_QUOTE else strip_marks(quote)
            return Proved(whole.strip(), (candidate,))
    return None
