"""What a question asks for, as far as its words tell: years, places, document numbers, subject.

Pure functions over the question's text and the day it is asked on. Not covered: finding passages (`index.search`) or answering.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date

from index.lexical import PLAN_WORDS, subject_words
from ingest.numbers import document_numbers, han_value, years
from ingest.places import Mention, find_places
from ingest.text import fold, simplified
from ingest.years import COMPARED, mentioned_years, relative_years

BARE_YEAR = re.compile(r"(?<!\d)((?:19|20)\d{2})(?![\d个名所项元人次万亿%.,，]|[提增升降减涨]\S?到)")
LONGEST_QUESTION = 2000
"""Characters of a question that are read. Who asks is told of more; whatever else gets here is cut."""
LAST_SHORT_YEAR = 60
ASKING = re.compile(r"几|多少|百分之")
VERB_DONE = re.compile(r"(?<=^[^为除对罢])了$")
"""减了 is cut as one word, which stands in no document; 减 stands in 减少. 为了 and 除了 are words of their own."""
SHORT_YEAR = re.compile(
    r"(?<![\d.满近过未来共用隔每中立足超达])(?<!不到)(?<!期为)(?<!期)(\d{2})年(?![级制内以来期龄间多来特义代])(?!的?[\u4e00-\u9fff]{0,4}期(?!间))"
)
TOLD_YEAR = re.compile(r"[今去前明上本当]年(?=\s*[（(]\s*(?:19|20)\d{2}\s*年?\s*[)）])")
"""去年 in `去年（2022年）` is 2022 itself, not the year before it."""

YEAR_OF_NUMBER = r"(?P<year>(?:19|20|１９|２０)\d{2}|[一二][九〇零○][〇零○一二三四五六七八九]{2})"
# Any pair of brackets, also one that was mistyped; 号 may be left out where nothing is counted.
BRACKETED_NUMBER = re.compile(
    rf"(?<=[\u4e00-\u9fff])\s*[\[［〔【(（{{｛〈<＜《「『〖﹝]\s*{YEAR_OF_NUMBER}\s*年?\s*[\]］〕】)）}}｝〉>＞》」』〗﹞]"
    r"\s*第?\s*(?P<number>\d{1,5})(?:\s*[号號]|(?=的|文|$|[，。？！,?!]))"
)
# Without brackets only behind the words that a number begins with (国办发, 厦教函) or before 文: 2023年3号楼 is none.
UNBRACKETED_NUMBER = re.compile(
    rf"(?<=[发函字办委规令告批文教财政通复请])\s*{YEAR_OF_NUMBER}(?:\s*年\s*第?|\s*第|\s*[-－—]\s*|\s+)"
    r"(?P<number>\d{1,5})\s*[号號](?![楼线院店机台门])"
)


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
    near_years: frozenset[int] = frozenset()
    """What 去年, 今年 and their like mean: by the one year that is written, else by the day of asking.

    They prefer documents and forbid none: people say 今年 of the newest document that they know.
    """

    @property
    def preferred_years(self) -> frozenset[int]:
        return self.years | self.near_years

    @property
    def named_places(self) -> tuple[str, ...]:
        """The places as they are written."""
        return tuple(dict.fromkeys(self.text[place.start : place.end] for place in self.places))

    def without(self, years: Collection[int], places: Collection[str]) -> "Question":
        """The same where these years and, as written, these places were not recognised; its words stay as they are."""
        if not years and not places:
            return self
        left = tuple(place for place in self.places if self.text[place.start : place.end] not in places)
        return replace(self, years=self.years - set(years), near_years=self.near_years - set(years), places=left)


def understand(text: str, today: date | None = None) -> Question:
    """`海沧2023年计划竣工几个项目` -> years {2023}, places (海沧区), subject (竣工, 项目).

    去年 counts from `today`, the present day where it is not given.

    What is recognised is simplified (臺州 is 台州市), `text` stays as asked; their offsets are the same. Of a text longer
    than LONGEST_QUESTION the beginning is read.
    """
    asked = text[:LONGEST_QUESTION]
    text = simplified(asked)
    full = COMPARED.sub(" ", full_years(text))
    asked_years = mentioned_years(full) | {int(match[1]) for match in BARE_YEAR.finditer(full)}
    counted_from = next(iter(asked_years)) if len(asked_years) == 1 else (today or date.today()).year
    near_years = relative_years(TOLD_YEAR.sub(" ", full), counted_from) if len(asked_years) < 2 else set[int]()
    places = tuple(find_places(text))
    words = subject_words(text)
    return Question(
        text=asked,
        years=frozenset(asked_years),
        places=places,
        numbers=tuple(asked_numbers(text)),
        words=words,
        subject=_subject(text, places),
        near_years=frozenset(near_years - asked_years),
    )


def asked_numbers(text: str) -> list[str]:
    """文号 as people write them, folded: `厦海教工委（二〇二三）16号`, `厦海教工委2023年16号文` -> `厦海教工委[2023]16号`."""
    for pattern in (BRACKETED_NUMBER, UNBRACKETED_NUMBER):
        text = pattern.sub(lambda m: f"[{_year(m['year'])}]{m['number']}号", text)
    return [number for number, _, _ in document_numbers(text)]


def _year(written: str) -> str:
    return str(han_value(written) or written) if not written.isdecimal() else fold(written)


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
