"""The language model's part: the gist of something in its own words, proved sentence by sentence, and its word as a
witness of whether sentences tell what is asked.

Not covered: what is quoted without it (`quoting`), and whether anything is shown (`refuse`).
"""

from collections.abc import Callable, Sequence

from index.query import Question
from server.answer import prompt
from server.answer.evidence import Candidate
from server.answer.refuse import Doubt
from server.answer.verify import Proved, prove, split
from server.llm.cancel import Cancel
from server.llm.model import LanguageModel

STOP = ("\n\n", "问题：")


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
    ) -> tuple[Proved, ...]:
        """What of the model's sentences the `chosen` candidates prove; `written` is called when it writes its first word."""
        messages = prompt.forced(prompt.build(question.text, chosen))
        reply = messages[-1].content
        for piece in self._model.generate(messages, prompt.MAX_TOKENS, STOP, cancelled):
            written()
            reply += piece
        if cancelled is not None and cancelled.is_set():
            return ()
        return proved(reply, question, chosen)

    def odds(self, question: Question, doubt: Doubt, cancelled: Cancel | None = None) -> float:
        """The model's log-odds that what would be told tells what is asked; nothing is written."""
        asked = prompt.check(question.text, doubt.told, doubt.title)
        return self._model.log_odds(asked, prompt.YES, prompt.NO, cancelled)

    def tells(self, question: Question, doubt: Doubt, cancelled: Cancel | None = None) -> bool:
        """Whether what would be told is shown; the model is asked where that is open."""
        return doubt.least <= (self.odds(question, doubt, cancelled) if doubt.is_open else 0.0)


def proved(reply: str, question: Question, chosen: Sequence[Candidate]) -> tuple[Proved, ...]:
    """The sentences of a reply's answer, or else of its quote, that the candidates prove."""
    quote, answer = prompt.parse(reply)
    outcomes = (prove(sentence, question, chosen) for sentence in split(answer or quote))
    return tuple(outcome for outcome in outcomes if isinstance(outcome, Proved))
