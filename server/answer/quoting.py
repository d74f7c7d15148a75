"""An answer in the documents' own words: the sentences that the ranking finds likeliest, and how surely they answer.

Covered: a second sentence where it is likely too, a list whole with its lead where the lead or several items are likely.
Not covered: several things asked at once (`each`), lists by a document's structure (`listing`), whether a quotation is
shown (`refuse`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from index.query import Question
from index.store import Store
from ingest.document import Span
from server.answer.asking import asks_figure, asks_whether, best_clause, one_thing
from server.answer.each import each_quotation
from server.answer.evidence import Candidate
from server.answer.heads import Heads, quoted, within
from server.answer.refuse import Doubt, judge
from server.answer.result import Evidence
from server.answer.verify import Proved

BESIDE = 0.1
"""Share of the first sentence's probability from which on the second one is told too; on the tune side 1.4 sentences
are told so, and hold the answer nearly as often as always two (evals/LOG.md)."""
LONGEST_SENTENCE, LONGEST_FIGURE = 120, 60
"""Characters of a sentence from which on only its clauses are quoted that hold what is asked, and where that is a figure."""
LONGEST_FACT, LONGEST = 240, 300
"""Characters of both sentences together where one thing is asked, and else."""
LEADS = ("：", ":")


@dataclass(frozen=True)
class Quotation:
    """What is quoted, and the probability that it holds what is asked."""

    sentences: tuple[Proved, ...]
    probability: float
    whole: tuple[Evidence, ...] = ()
    """The list that is told in place of the sentences: its lead and its items."""

    @property
    def doubt(self) -> Doubt:
        """What the model is asked where the judge is not sure: what is likely, and then the rest of its list."""
        sources = [source for sentence in self.sentences for source in sentence.sources]
        cited = {evidence for source in sources for evidence in source.cited}
        rest = [" ".join(evidence.text.split()) for evidence in self.whole if evidence not in cited]
        titles = dict.fromkeys(source.evidence.title for source in sources)
        told = "；".join([*(source.shown for source in sources), *rest])
        return Doubt(told, "》、《".join(titles), judge().needed(self.probability))


def quote(question: Question, chosen: Sequence[Candidate], store: Store) -> Quotation:
    """The likeliest of the `chosen` sentences, which are one at least, in the order of their probability."""
    items = each_quotation(question, chosen)
    if items:
        return Quotation(items, _probability(source for sentence in items for source in sentence.sources))
    told = _likeliest(question, chosen)
    whole = _whole_list(told, store)
    if whole:
        told = [candidate for candidate in told if _is_in(candidate, whole)]
    sentences = tuple(Proved(_cut(candidate, question), (candidate,)) for candidate in told)
    return Quotation(sentences, _probability(told), whole)


def _likeliest(question: Question, chosen: Sequence[Candidate]) -> list[Candidate]:
    first, *others = sorted(chosen, key=lambda c: -c.score)
    longest = LONGEST_FACT if one_thing(question.text) else LONGEST
    told = [first]
    for candidate in others[:1]:
        characters = sum(len(_cut(c, question)) for c in (first, candidate))
        if candidate.score >= BESIDE * first.score and characters <= longest:
            told.append(candidate)
    return told


def _probability(sources: Iterable[Candidate]) -> float:
    return sum({(c.evidence.document_id, c.evidence.start, c.evidence.end): c.score for c in sources}.values())


def _cut(candidate: Candidate, question: Question) -> str:
    """The whole sentence; of a long one the clauses that hold what is asked. Yes or no is the whole sentence's to say."""
    longest = LONGEST_FIGURE if asks_figure(question.text) else LONGEST_SENTENCE
    if len(candidate.shown) <= longest or asks_whether(question.text):
        return candidate.shown
    return best_clause(candidate.shown, question)


def _whole_list(told: Sequence[Candidate], store: Store) -> tuple[Evidence, ...]:
    """The list with its lead, where the lead or more than one of its items are told; not where the likeliest sentence
    would be lost by it."""
    leads = [c.evidence for c in told if c.shown.rstrip().endswith(LEADS)]
    shared = [c.lead for c in told if c.lead is not None]
    if len({(lead.document_id, lead.start) for lead in shared}) < len(shared):
        leads.append(shared[0])
    for lead in leads:
        heads = store.kept(lead.document_id, Heads)
        head = heads.led_at(lead.start)
        if head is not None:
            unit = heads.outline.units[head.at]
            first = within(heads.outline, [(head.at, Span(unit.start, unit.end))], LONGEST)
            whole = (*first, *quoted(head, heads.outline, False))
            if _is_in(told[0], whole):
                return whole
    return ()


def _is_in(candidate: Candidate, whole: Iterable[Evidence]) -> bool:
    """Whether the candidate's own words, or where it is a long item their beginning, stand in what is quoted."""
    own = candidate.evidence
    return any(e.document_id == own.document_id and e.start <= own.start < e.end for e in whole)
