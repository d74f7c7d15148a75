"""When to say that the documents do not answer, and how: what is missing, never a guess.

The thresholds come from the seed questions and the project's own, both seen; evals/LOG.md has the numbers.
"""

import re
from collections.abc import Sequence

from index.query import Question
from index.search import document_places
from index.store import Store
from server.answer.evidence import Candidate, asked_places
from server.answer.result import Reason

UNRELATED_COVERAGE = 0.25
UNRELATED_COSINE = 0.845
"""Below both, no passage is about the question and the model is not asked. Questions that are answered go down to
coverage 0.0 and cosine 0.85 in everyday words; the model and the proof decide about those."""
CLEAR_COVERAGE = 0.5
"""From here on a sentence of another year or place shows what the question is about."""
SURE_COVERAGE = 0.85
"""From here on a quotation is shown even when the model found no answer."""

SMALLTALK = re.compile(
    r"^(?:你好|您好|hi|hello|嗨|哈喽|在吗|在不在|早上好|下午好|晚上好|谢谢|多谢|感谢|再见|拜拜|ok|好的"
    r"|你(?:是谁|叫什么(?:名字)?|能做什么|会什么|会做什么|能干什么|可以做什么|有什么用)|怎么(?:使用|用)(?:你)?|帮助|help)(?:啊|呀|吗|呢|了|你|您)?[\s!！?？。.~～,，]*$",
    re.IGNORECASE,
)


def is_smalltalk(text: str) -> bool:
    return SMALLTALK.match(text.strip()) is not None


def why_nothing_fits(candidates: Sequence[Candidate]) -> Reason | None:
    """The reason to refuse before asking the model, or None when some sentence may answer.

    Sentences of another place or year that match far better than all that fit show what the question is
    about: then that place or year is what is missing.
    """
    if not candidates:
        return "no_match"
    fitting = max((c.coverage for c in candidates if c.fits), default=0.0)
    nearest = max(c.cosine for c in candidates)
    if any(c.fits for c in candidates) and (fitting >= UNRELATED_COVERAGE or nearest >= UNRELATED_COSINE):
        return None
    return elsewhere(candidates) or "no_match"


def elsewhere(candidates: Sequence[Candidate]) -> Reason | None:
    """The year or the place as what is missing, when sentences of another one match clearly better than all that fit."""
    fitting = max((c.coverage for c in candidates if c.fits), default=0.0)
    other_year = max((c.coverage for c in candidates if c.fits_place and not c.fits_year), default=0.0)
    other_place = max((c.coverage for c in candidates if not c.fits_place), default=0.0)
    if max(other_year, other_place) < max(CLEAR_COVERAGE, fitting + 0.2):
        return None
    return "wrong_year" if other_year >= other_place * 0.8 else "wrong_place"


def refusal(reason: Reason, question: Question, candidates: Sequence[Candidate], store: Store) -> str:
    """A sentence that says what the documents lack and, where that helps, what they have instead."""
    if reason == "smalltalk":
        return _greeting(store)
    if reason == "wrong_year":
        asked = "、".join(f"{year}年" for year in sorted(question.years))
        near = sorted({year for c in candidates[:8] if c.fits_place and not c.fits_year for year in c.years})
        have = "、".join(f"{year}年" for year in near[:4])
        return f"资料中没有{asked}的相关内容" + (f"，最接近的内容说的是{have}。" if have else "。")
    if reason == "wrong_place":
        asked = "、".join(dict.fromkeys(question.text[m.start : m.end] for m in asked_places(question)))
        have = "、".join(_places_of(candidates, store))
        return f"资料中没有{asked}的相关内容" + (f"，最接近的内容说的是{have}。" if have else "。")
    if reason == "no_match" and not store.count():
        return "还没有资料。请先用 youju add 文件夹 添加，再来提问。"
    if reason == "no_match":
        return "资料中没有与这个问题有关的内容。"
    return "资料中没有这个问题的答案，最接近的段落列在下面。"


def _places_of(candidates: Sequence[Candidate], store: Store) -> list[str]:
    names: dict[str, None] = {}
    for candidate in candidates[:8]:
        for place in document_places(store.document(candidate.evidence.document_id).metadata)[:1]:
            names[place.name] = None
    return list(names)[:3]


def _greeting(store: Store) -> str:
    rows = store.documents(3)
    if not rows:
        return "您好！我根据您添加的资料回答问题，并指出原文出处。现在还没有资料，请先用 youju add 添加。"
    titles = "".join(f"《{row.title}》" for row in rows)
    return f"您好！我根据已添加的 {store.count()} 份资料（如{titles}）回答问题，每句话都附原文出处；资料里没有的，我会直说。"


def missing_part(label: str) -> str:
    """What a comparison says of the part that has no answer."""
    return f"{label}：资料中没有找到"
