"""The language model's part: the gist of something in its own words, proved sentence by sentence, and its word as a
witness of whether sentences tell what is asked.

Not covered: what is quoted without it (`quoting`), and whether anything is shown (`refuse`).
"""

from collections.abc import Callable, Sequence

from index.query import Question
from server.answer import prompt
from server.answer.evidence import Candidate
from server.answer.quoting import Quotation
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

    def check(self, question: Question, quotation: Quotation, cancelled: Cancel | None = None) -> float:
        """The model's log-odds that what would be quoted tells what is asked; nothing is written."""
        sources = [source for sentence in quotation.sentences for source in sentence.sources]
        told = [evidence.text for evidence in quotation.whole] or [source.shown for source in sources]
        return self.check_list(question, "；".join(told), sources[0].evidence.title, cancelled)

    def check_list(self, question: Question, told: str, title: str, cancelled: Cancel | None = None) -> float:
        """The same of a list, with what heads it word for word."""
        return self._model.log_odds(prompt.check(question.text, told, title), prompt.YES, prompt.NO, cancelled)


def proved(reply: str, question: Question, chosen: Sequence[Candidate]) -> tuple[Proved, ...]:
    """The sentences of a reply's answer, or else of its quote, that the candidates prove."""
    quote, answer = prompt.parse(reply)
    outcomes = (prove(sentence, question, chosen) for sentence in split(answer or quote))
    return tuple(outcome for outcome in outcomes if isinstance(outcome, Proved))
