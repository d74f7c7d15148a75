"""A figure of each of several things, in the evidence's own words: one list, section or sentence that holds them all.

Covered: which of its items or clauses is whose, by the things' words and numbers; all of them where that is not clear.
Not covered: of how many things a figure is asked (`asking`), finding the list (`evidence`).
"""

import re
from collections.abc import Sequence

from index.query import Question
from ingest.numbers import quantities
from ingest.text import fold
from server.answer.asking import CLAUSE, THINGS_APART, asked_figures, asked_things, things_clause
from server.answer.evidence import Candidate, telling_each
from server.answer.pairs import pairs
from server.answer.verify import Proved

LONGEST = 400
OF = re.compile(r"的(?=[^的]+$)")
SAME_NUMBER = 2
"""A number that thing and item share counts as so many pairs of characters."""


def each_quotation(question: Question, chosen: Sequence[Candidate]) -> tuple[Proved, ...]:
    """The items of one list, the sentences of one section or the clauses of one sentence that hold a figure of each of
    the things asked about; () where one thing is asked, or nothing tells of all."""
    things = asked_things(question.text)
    holding = [c for c in chosen if things > 1 and asked_figures(c.item, question)]
    for first in holding[:2]:
        beside = telling_each(first, holding, question)
        units = [(c.item, c) for c in beside]
        if len(beside) == 1:
            clauses = [match.group() for match in CLAUSE.finditer(first.item)]
            units = [(clause, first) for clause in clauses if asked_figures(clause, question)]
        told = sum(len(asked_figures(text, question)) for text, _ in units)
        own = _own(things_clause(question.text), units)
        if len(own) != things:
            own = [(c.item, c) for c in beside]
        if told >= things and sum(len(text) for text, _ in own) <= LONGEST:
            return tuple(Proved(text.strip("，,：:；; "), (candidate,)) for text, candidate in own)
    return ()


def _own(clause: str, units: Sequence[tuple[str, Candidate]]) -> list[tuple[str, Candidate]]:
    """The unit that each thing named in the question has for its own; [] where two would share one or it is not clear."""
    things = THINGS_APART.split(clause)
    shared = OF.split(things[-1])[-1] if OF.search(things[-1]) else ""
    found: set[int] = set()
    for thing in things:
        alike = [_alike(thing + shared, text) for text, _ in units]
        best = max(alike, default=0)
        if not best or alike.count(best) > 1:
            return []
        found.add(alike.index(best))
    return [units[i] for i in sorted(found)] if len(found) == len(things) else []


def _alike(thing: str, text: str) -> int:
    numbers = {q.value for q in quantities(thing)} & {q.value for q in quantities(text)}
    return sum(pair in fold(text) for pair in pairs(fold(thing))) + SAME_NUMBER * len(numbers)
