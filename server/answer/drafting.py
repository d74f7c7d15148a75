"""From chosen sentences to proved ones: the model proposes, code proves; where a proposal fails, the sentence that it
points at is quoted, or it is tried once more, or the best sentence is quoted.

Not covered: whether a draft is shown at all, which `refuse` decides from what is told with it and from the evidence.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from index.query import Question
from ingest.text import fold
from ingest.years import mentioned_years
from server.answer import prompt
from server.answer.asking import (
    asked_figures,
    asked_things,
    asks_figure,
    asks_list,
    asks_summary,
    asks_whether,
    best_clause,
    holds_each_figure,
    holds_penalty,
    says_something,
)
from server.answer.each import each_quotation
from server.answer.evidence import Candidate
from server.answer.verify import Proved, Unproved, prove, split, strip_marks
from server.llm.cancel import Cancel
from server.llm.model import LanguageModel
from server.llm.template import Message

STOP = ("\n\n", "问题：")
HOPELESS = -9.0
"""Log-odds below which nothing was ever answered right."""
WORTH_ANOTHER = 0.0
"""Log-odds from which a reply that is not proved is asked for again: below, the model nearly always says the same."""
LONGEST_QUOTE = 120
LONGEST_REPLY = 200
"""Characters of a quote after which a reply that should tell one thing has lost its way."""
LONGEST_CRISP = 40
"""Characters of a quotation that is as good an answer as a sentence made of it."""
DECIDES_MORE, LEAST_DECIDED, NEAR = 2.0, 0.2, 0.75
"""By how much more of the question a sentence has to decide, how much at least, and how near its score has to be, to be
quoted instead of the one that the model chose."""


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
        hopeless: Callable[[float], bool] = lambda odds: odds < HOPELESS,
    ) -> Draft:
        """Sentences over the `chosen` candidates; `written` is called when the model writes its first word, and
        `hopeless` with its log-odds of finding an answer: it need not write what would not be shown."""
        messages = prompt.build(question.text, chosen)
        odds = self._model.log_odds(prompt.begun(messages), prompt.ANSWERS, prompt.REFUSAL, cancelled)
        if hopeless(odds):
            return Draft((), odds)
        items = each_quotation(question, chosen)
        if len(items) > 1 and items[0].sources[0].lead:
            # Which figure of a list is whose the list says; the model mixes them up.
            written()
            return Draft(items, odds, quoted=True)
        reply = self._write(prompt.forced(messages), question, chosen, written, cancelled)
        proved, lacks = attempt(reply, question, chosen)
        if proved:
            return Draft(proved, odds)
        pointed = _pointed_at(reply, question, chosen)
        if not (items or pointed) and odds >= WORTH_ANOTHER:
            reply = self._write(prompt.again(messages, reply, lacks), question, chosen, written, cancelled)
            proved, _ = attempt(reply, question, chosen)
            if proved:
                return Draft(proved, odds)
            pointed = _pointed_at(reply, question, chosen)
        return Draft(items or pointed or quotation(question, chosen), odds, quoted=True)

    def check(self, question: Question, draft: Draft, cancelled: Cancel | None = None) -> float:
        """The model's log-odds that the cited sentences tell what is asked, asked apart from the draft."""
        said = "".join(sentence.text for sentence in draft.sentences)
        sources = [source for sentence in draft.sentences for source in sentence.sources]
        messages = prompt.check(question.text, said, sources)
        return self._model.log_odds(messages, prompt.YES, prompt.NO, cancelled)

    def check_list(self, question: Question, told: str, title: str, cancelled: Cancel | None = None) -> float:
        """The same of a list with what heads it, word for word."""
        return self._model.log_odds(prompt.check_list(question.text, told, title), prompt.YES, prompt.NO, cancelled)

    def _write(
        self,
        messages: list[Message],
        question: Question,
        chosen: Sequence[Candidate],
        written: Callable[[], None],
        cancelled: Cancel | None,
    ) -> str:
        """The reply, as far as it is needed: where the quote by itself tells what is asked, no more is written."""
        reply, pointed, quoted = messages[-1].content, False, False
        longest = LONGEST_REPLY if _one_thing(question) else None
        # The things of a list may be quoted line by line.
        behind = "\n" if _one_thing(question) else "\n" + prompt.REPLY
        pieces = self._model.generate(messages, prompt.MAX_TOKENS, STOP, cancelled)
        for piece in pieces:
            written()
            reply += piece
            if not pointed and (mark := prompt.FIRST_MARK.match(reply)):
                pointed = True
                if (told := sentence_tells(mark, question, chosen)) is not None:
                    return told
            if not quoted and behind in reply:
                quoted = True
                if quote_tells(reply.partition(behind)[0], question, chosen):
                    return reply.partition(behind)[0]
            if longest is not None and len(reply) > longest and prompt.REPLY not in reply[:longest]:
                return reply[:longest]
        return reply


def _one_thing(question: Question) -> bool:
    text = question.text
    return not (asks_list(text) or asks_summary(text) or asked_things(text) > 1)


def sentence_tells(mark: re.Match[str], question: Question, chosen: Sequence[Candidate]) -> str | None:
    """The quote that the model has only begun, by the number of its sentence, where that sentence tells one figure of
    one year, so that no choice is left."""
    at = int(mark[1]) - 1
    if not 0 <= at < len(chosen) or not _one_thing(question):
        return None
    shown = chosen[at].shown
    if chosen[at].is_heading or len(chosen[at].years) > 1:
        return None
    if len(shown) > LONGEST_QUOTE if asks_whether(question.text) else len(asked_figures(shown, question)) > 1:
        return None
    quote = mark.group() + (shown if asks_whether(question.text) else best_clause(shown, question))
    return quote if quote_tells(quote, question, chosen) else None


def quote_tells(reply: str, question: Question, chosen: Sequence[Candidate]) -> bool:
    """Whether the answer would only say again what is quoted: yes or no is the quote's to say, so are the things of a
    list, and so is a figure that is the only one of its kind in it and stands with all that is asked about."""
    if asks_whether(question.text):
        return True
    proved, _ = attempt(reply, question, chosen)
    if asks_list(question.text) or asks_summary(question.text):
        return bool(proved)
    if not asks_figure(question.text) or asked_things(question.text) > 1 or len(question.years) > 1:
        return False
    said = "".join(sentence.text for sentence in proved)
    if not proved or len(said) > LONGEST_CRISP or len(asked_figures(said, question)) != 1:
        return False
    if mentioned_years(said) - question.years:
        return False
    # 教育项目17个 does not answer how many 竣工项目 there are.
    return bool(question.subject) and all(word in fold(said) for word in question.subject)


def attempt(reply: str, question: Question, chosen: Sequence[Candidate]) -> tuple[tuple[Proved, ...], str]:
    """The proved sentences of a reply that answer the question, or what they lack."""
    quote, answer = prompt.parse(reply)
    if asks_whether(question.text):
        # 可以 or 不可以 is the evidence's to say: the model words it the wrong way round too often.
        sentence = _whole(quote, chosen)
        return ((_deciding(sentence, chosen),), "") if sentence else ((), "没有照抄原文")
    outcomes = [prove(sentence, question, chosen) for sentence in split(answer or quote)]
    proved = tuple(outcome for outcome in outcomes if isinstance(outcome, Proved))
    if _one_thing(question):
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
    return bool(proved) and _tells(said, question)


def quotation(question: Question, chosen: Sequence[Candidate]) -> tuple[Proved, ...]:
    """The evidence's own words: the part of one of the first sentences that holds what is asked."""
    best = sorted(chosen, key=lambda c: -c.decides)[:3] if asks_whether(question.text) else chosen[:3]
    for candidate in best:
        clause = candidate.shown if asks_whether(question.text) else best_clause(candidate.shown, question)
        if len(clause) <= LONGEST_QUOTE and _tells(clause, question):
            return (Proved(clause, (candidate,)),)
    return ()


def _pointed_at(reply: str, question: Question, chosen: Sequence[Candidate]) -> tuple[Proved, ...]:
    """What answers in the sentence out of which the model quoted: its own words of it were wrong, not its choice."""
    pointed = _whole(prompt.parse(reply)[0], chosen)
    return quotation(question, pointed.sources) if pointed else ()


def _tells(said: str, question: Question) -> bool:
    return holds_each_figure(said, question) and holds_penalty(said, question) and says_something(said, question)


def _deciding(quoted: Proved, chosen: Sequence[Candidate]) -> Proved:
    """`quoted`, or another that is as near to the question and decides far more of it."""
    own = quoted.sources[0]
    others = [c for c in chosen if c.score >= NEAR * own.score and not c.is_heading and len(c.shown) <= LONGEST_QUOTE]
    best = max(others, key=lambda c: c.decides, default=own)
    if best.decides < max(LEAST_DECIDED, DECIDES_MORE * own.decides):
        return quoted
    return Proved(best.shown.strip(), (best,))


def _whole(quote: str, chosen: Sequence[Candidate]) -> Proved | None:
    """The sentence out of which the model quoted, as a whole where it is not too long."""
    words = fold("".join(strip_marks(quote).split())).strip(".。,;")
    for candidate in chosen:
        shown = fold("".join(candidate.shown.split()))
        if len(words) > 3 and words in shown and not candidate.is_heading:
            whole = candidate.shown if len(candidate.shown) <= LONGEST_QUOTE else strip_marks(quote)
            return Proved(whole.strip(), (candidate,))
    return None
