"""The language in which a request's errors are told: Chinese, or English where Accept-Language prefers it.

Covered: reading the header (RFC 9110, section 12.5.4) and keeping the result for the request. Not covered: answers,
which are in the language of the documents.
"""

import re
from contextvars import ContextVar

from ingest.bilingual import Language

DEFAULT: Language = "zh"
MOST_RANGES = 100
RANGE = re.compile(r"([A-Za-z]{1,8}|\*)(?:-[A-Za-z0-9]{1,8})*(?:\s*;\s*q\s*=\s*([01](?:\.\d{0,3})?))?")

_current: ContextVar[Language] = ContextVar("language", default=DEFAULT)


def language() -> Language:
    """That of the request that is being served, in its threads too; Chinese outside of one."""
    return _current.get()


def begin(header: str | None) -> Language:
    """Take the language of the request that begins from its Accept-Language header."""
    chosen = negotiated(header or "")
    _current.set(chosen)
    return chosen


def negotiated(header: str) -> Language:
    """The language with the highest weight; the first of equals, Chinese where neither is wanted.

    `en-US,zh;q=0.8` gives `en`, `fr` and an empty header `zh`, `zh;q=0` and `en;q=0.3,*;q=0.5` give `en` and `zh`.
    """
    weights: dict[str, float] = {}
    for part in header.split(",")[:MOST_RANGES]:
        found = RANGE.fullmatch(part.strip())
        if found is not None:
            weights.setdefault(found[1].lower(), float(found[2] or 1))
    others = weights.get("*", 0.0)
    zh, en = weights.get("zh", others), weights.get("en", others)
    if zh == en == 0:
        return "en" if "zh" in weights and "en" not in weights else DEFAULT
    if zh == en:
        named = [name for name in weights if name in ("zh", "en")]
        return "en" if named[:1] == ["en"] else DEFAULT
    return "en" if en > zh else "zh"
