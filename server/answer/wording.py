"""How a refusal is worded: what is missing and, where that helps, what there is instead; never a value.

Not covered: when to refuse (`refuse`).
"""

from collections.abc import Iterable, Iterator, Sequence

from index.filters import document_places
from index.query import Question
from index.store import Store
from ingest.document import Metadata
from server.answer.evidence import Candidate
from server.answer.fitting import asked_places
from server.answer.refuse import CLEAR_COVERAGE
from server.answer.result import Reason

MOST_NAMES = 3


def refusal(
    reason: Reason, question: Question, candidates: Sequence[Candidate], store: Store, lacking: Sequence[str] = ()
) -> str:
    """A sentence that says what the documents lack and, where that helps, what they have instead.

    `lacking` says it already, where a document or an article of it is asked for by its name.
    """
    if reason == "smalltalk":
        return _greeting(store)
    if not store.count():
        return "还没有资料。请先用 youju add 文件夹 添加，再来提问。"
    if lacking:
        return "，".join(lacking) + "。"
    about = [c for c in candidates if c.coverage >= CLEAR_COVERAGE]
    if reason == "wrong_year":
        asked = _listed(f"{year}年" for year in sorted(question.years))
        others = [c.years for c in about if c.fits_place and c.fits_name and not c.fits_year]
        near = {year for years in others for year in years if not years & question.years}
        if others and not near:
            return f"资料中只有包括{asked}在内的几年合计的内容，没有{asked}单独的。"
        nearest = sorted(near, key=lambda year: (min(abs(year - wanted) for wanted in question.years), year))
        have = _listed(f"{year}年" for year in sorted(nearest[:MOST_NAMES]))
        return f"资料中只有{have}的相关内容，没有{asked}的。" if have else f"资料中没有{asked}的相关内容。"
    if reason == "wrong_place":
        codes = {place.code for mention in asked_places(question) for place in mention.candidates}
        asked = _listed(question.text[m.start : m.end] for m in asked_places(question))
        if any(codes & own for own in store.described(_own_places).values()):
            return f"资料中{asked}的文件没有这方面的内容。"
        have = _listed(_places_of([c for c in about if not c.fits_place], store))
        return f"资料中只有{have}的相关内容，没有{asked}的。" if have else f"资料中没有{asked}的相关内容。"
    if reason == "no_match":
        return "资料中没有与这个问题有关的内容。"
    return "资料中没有这个问题的答案，最接近的段落列在下面。"


def _own_places(document_id: str, title: str, metadata: Metadata) -> frozenset[str]:
    """Code of the place that a document is about, not of a part of it or of what it is part of; empty for none."""
    return frozenset(place.code for place in document_places(metadata)[:1])


def _listed(names: Iterable[str]) -> str:
    return "、".join(list(dict.fromkeys(names))[:MOST_NAMES])


def _places_of(candidates: Sequence[Candidate], store: Store) -> Iterator[str]:
    for candidate in candidates:
        for place in document_places(store.document(candidate.evidence.document_id).metadata)[:1]:
            yield place.name


def _greeting(store: Store) -> str:
    titles = store.first_titles(3)
    if not titles:
        return "您好！我根据您添加的资料回答问题，并指出原文出处。现在还没有资料，请先用 youju add 添加。"
    named = "".join(f"《{title}》" for title in titles)
    return f"您好！我根据已添加的 {store.count()} 份资料（如{named}）回答问题，每句话都附原文出处；资料里没有的，我会直说。"


def missing_part(label: str) -> str:
    """What a comparison says of the part that has no answer."""
    return f"{label}：资料中没有找到"
