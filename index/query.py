"""What a question asks for, as far as its words tell: years, places, document numbers, subject.

Pure functions over the question's text. Not covered: finding passages (`index.search`) or answering.
"""

import re
from dataclasses import dataclass

from index.lexical import PLAN_WORDS, subject_words
from ingest.numbers import document_numbers, years
from ingest.places import Mention, find_places
from ingest.text import simplified
from ingest.years import COMPARED, mentioned_years

BARE_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?![\d个名所项元人次万亿%.,，]|[提增升降减涨]\S?到)")
LAST_SHORT_YEAR = 60
ASKING = re.compile(r"几|多少|百分之")
VERB_DONE = re.compile(r"(?<=^[^为除对罢])了$")
"""减了 is cut as one word, which stands in no document; 减 stands in 减少. 为了 and 除了 are words of their own."""
SHORT_YEAR = re.compile(r"(?<![\d.满近过未来共用隔每中立足超达])(?<!不到)(\d{2})年(?![级制内以来期龄间多来特义])")


@dataclass(frozen=True)
class Question:
    """A question with what was recognised in it."""

    text: str
    years: frozenset[int]
    places: tuple[Mention, ...]
    numbers: tuple[str, ...]
    """Document numbers, folded."""
    words: tuple[str, ...]
    """All words that name the subject, for searching."""
    subject: tuple[str, ...]
    """The words that an answer's evidence has to account for: no years, places, or words that all plans share."""


def understand(text: str) -> Question:
    """`海沧2023年计划竣工几个项目` -> years {2023}, places (海沧区), subject (竣工, 项目).

    What is recognised is simplified (臺州 is 台州市), `text` stays as asked; their offsets are the same.
    """
    asked, text = text, simplified(text)
    full = COMPARED.sub(" ", full_years(text))
    asked_years = mentioned_years(full) | {int(match[1]) for match in BARE_YEAR.finditer(full)}
    places = tuple(find_places(text))
    words = subject_words(text)
    return Question(
        text=asked,
        years=frozenset(asked_years),
        places=places,
        numbers=tuple(number for number, _, _ in document_numbers(text)),
        words=words,
        subject=_subject(text, places),
    )


def full_years(text: str) -> str:
    """`17年的报告` as `2017年的报告` where no year is written in full."""
    if mentioned_years(text) or BARE_YEAR.search(text):
        return text
    return SHORT_YEAR.sub(lambda m: f"20{m[1]}年" if int(m[1]) <= LAST_SHORT_YEAR else m.group(), text)


def _subject(text: str, places: tuple[Mention, ...]) -> tuple[str, ...]:
    bare = list(text)
    for mention in places:
        bare[mention.start : mention.end] = " " * (mention.end - mention.start)
    for _, start, end in years(text):
        bare[start:end] = " " * (end - start)
    without_years = re.sub(r"(?:19|20)?\d{2}\s*年|(?:19|20)\d{2}", " ", "".join(bare))
    return tuple(
        word
        for word in dict.fromkeys(VERB_DONE.sub("", word) for word in subject_words(without_years))
        if word not in PLAN_WORDS and not word.isdigit() and not ASKING.search(word)
    )
