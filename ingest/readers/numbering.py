"""Word's automatic numbering: what stands before a paragraph although its text does not hold it.

Covered: levels, starts and restarts, overrides of a list, lists that a style names, legal (all decimal) levels, and
the number formats of Chinese and European documents. Not covered: numbering of captions and fields (their results
are text), picture bullets, Korean, Hebrew, Thai and Arabic formats, which are shown as decimal numbers.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ingest.readers.ooxml import W

LEVEL = re.compile(r"%([1-9])")
HAN = "零一二三四五六七八九"
LEGAL = "零壹贰叁肆伍陆柒捌玖"
LEGAL_TRADITIONAL = "零壹貳參肆伍陸柒捌玖"
SYMBOL_BULLET = "•"
FULL_WIDTH_END = "、．。：；，）】〕》」"


@dataclass(frozen=True)
class Level:
    """How one level of a list is numbered; `restart` is the level (from 1) whose number starts it anew, 0 for none."""

    start: int = 1
    format: str = "decimal"
    text: str = ""
    suffix: str = "tab"
    restart: int | None = None
    legal: bool = False
    style: str = ""


@dataclass
class List_:
    """One abstract list: its levels, and how far each has counted."""

    levels: dict[int, Level]
    counts: dict[int, int] = field(default_factory=dict)
    style_link: str = ""


@dataclass
class Numbering:
    """The lists of one file. Counting belongs to the abstract list, which several numberings (`numId`) share."""

    _lists: dict[str, List_]
    _instances: dict[str, tuple[str, dict[int, int], dict[int, Level]]]
    _started: set[tuple[str, int]] = field(default_factory=set)

    def level_of_style(self, number_id: str, style: str) -> int | None:
        """The level of a list that belongs to a paragraph style."""
        found = self._find(number_id)
        levels = {} if found is None else found[0].levels
        return next((index for index, level in levels.items() if level.style == style), None)

    def next(self, number_id: str, level: int) -> str:
        """Count one paragraph and return what Word shows before it, with the blank that parts it from the text."""
        found = self._find(number_id)
        if found is None:
            return ""
        abstract, starts, replaced = found
        levels = abstract.levels | replaced
        current = levels.get(level)
        if current is None:
            return ""
        for index, start in starts.items():
            if (
                index <= level
                and (number_id, index) not in self._started
                and (index == level or index not in abstract.counts)
            ):
                self._started.add((number_id, index))
                abstract.counts[index] = start - 1 if index == level else start
        abstract.counts[level] = abstract.counts.get(level, current.start - 1) + 1
        for deeper in [index for index in abstract.counts if index > level]:
            restart = levels.get(deeper, Level()).restart
            if restart is None or 0 < restart > level:
                del abstract.counts[deeper]
        return _shown(current, levels, abstract.counts)

    def _find(self, number_id: str) -> tuple[List_, dict[int, int], dict[int, Level]] | None:
        if number_id not in self._instances:
            return None
        abstract, starts, replaced = self._instances[number_id]
        return (self._lists[abstract], starts, replaced) if abstract in self._lists else None


def read_numbering(root: Any | None, style_numbers: dict[str, str]) -> Numbering:
    """The lists of `numbering.xml`; `style_numbers` is the numbering that each style names (style id -> numId)."""
    if root is None:
        return Numbering({}, {})
    lists: dict[str, List_] = {}
    for element in root.iterfind(f"{W}abstractNum"):
        levels = dict(_read_level(level) for level in element.iterfind(f"{W}lvl"))
        lists[element.get(W + "abstractNumId")] = List_(levels, style_link=_value(element, "numStyleLink"))
    instances = {}
    for element in root.iterfind(f"{W}num"):
        starts: dict[int, int] = {}
        replaced: dict[int, Level] = {}
        for override in element.iterfind(f"{W}lvlOverride"):
            index = _number(override.get(W + "ilvl"), 0)
            if override.find(f"{W}lvl") is not None:
                replaced[index] = _read_level(override.find(f"{W}lvl"))[1]
            if override.find(f"{W}startOverride") is not None:
                starts[index] = _number(_value(override, "startOverride"), 1)
        instances[element.get(W + "numId")] = (_value(element, "abstractNumId"), starts, replaced)
    for key, (abstract, starts, replaced) in instances.items():
        link = lists[abstract].style_link if abstract in lists else ""
        linked = instances.get(style_numbers.get(link, ""))
        if linked is not None:
            instances[key] = (linked[0], starts, replaced)
    return Numbering(lists, instances)


def _read_level(element: Any) -> tuple[int, Level]:
    text = element.find(f"{W}lvlText")
    restart = element.find(f"{W}lvlRestart")
    legal = element.find(f"{W}isLgl")
    formats = [e.get(W + "val") for e in element.iter(f"{W}numFmt") if e.get(W + "val") != "custom"]
    return _number(element.get(W + "ilvl"), 0), Level(
        start=_number(_value(element, "start"), 1 if element.find(f"{W}start") is not None else 0),
        format=formats[0] if formats else "decimal",
        text=(text.get(W + "val") or "") if text is not None else "",
        suffix=_value(element, "suff") or "tab",
        restart=None if restart is None else _number(restart.get(W + "val"), 0),
        legal=legal is not None and legal.get(W + "val", "1") not in {"0", "false", "off"},
        style=_value(element, "pStyle"),
    )


def _value(element: Any, name: str) -> str:
    found = element.find(W + name)
    return "" if found is None else str(found.get(W + "val") or "")


def _number(value: str | None, default: int) -> int:
    return int(value) if value and re.fullmatch(r"-?\d{1,9}", value) else default


def _shown(current: Level, levels: dict[int, Level], counts: dict[int, int]) -> str:
    if current.format == "bullet":
        number = "".join(SYMBOL_BULLET if "\ue000" <= c <= "\uf8ff" else c for c in current.text)
    else:

        def printed(match: re.Match[str]) -> str:
            index = int(match[1]) - 1
            level = levels.get(index, Level())
            if current.legal:
                level = replace(level, format="decimal")
            return format_number(counts.get(index, level.start), level.format)

        number = LEVEL.sub(printed, current.text)
    number = number.strip()
    if not number or current.suffix == "nothing" or number[-1] in FULL_WIDTH_END:
        return number
    return number + " "


def format_number(number: int, format: str) -> str:
    """A number as Word prints it in one of its formats.

    >>> format_number(21, "chineseCountingThousand"), format_number(3, "decimalEnclosedCircleChinese")
    ('二十一', '③')
    """
    if format == "none":
        return ""
    make = FORMATS.get(format)
    return make(number) if make is not None and number > 0 else str(number)


def _counting(digits: str, units: str, one_ten: bool) -> Callable[[int], str]:
    """Numbers with units (一百零三); `one_ten` keeps the 一 of 一十, which counting in ordinary figures drops."""

    def make(number: int) -> str:
        if number > 99_999:
            return str(number)
        parts: list[str] = []
        gap = False
        for power in range(4, -1, -1):
            digit = number // 10**power % 10
            if not digit:
                gap = bool(parts)
                continue
            parts.append((digits[0] if gap else "") + digits[digit] + (units[power - 1] if power else ""))
            gap = False
        text = "".join(parts)
        return text if one_ten or not text.startswith(digits[1] + units[0]) else text[1:]

    return make


def _japanese(number: int) -> str:
    """十, 百, 千 without 一 before them and without 零 between (百三)."""
    text = _counting(HAN, "十百千万", False)(number).replace("零", "")
    return re.sub(r"一(?=[十百千])", "", text)


def _chinese_counting(number: int) -> str:
    """Figures with 十 up to ninety-nine, digit by digit from a hundred on (一○三)."""
    return _counting(HAN, "十百千万", False)(number) if number < 100 else _digits("○" + HAN[1:])(number)


def _digits(digits: str) -> Callable[[int], str]:
    return lambda number: "".join(digits[int(c)] for c in str(number))


def _letters(number: int) -> str:
    """A … Z, AA, BB: Word repeats the letter."""
    return chr(ord("A") + (number - 1) % 26) * min((number - 1) // 26 + 1, 30)


def _roman(number: int) -> str:
    values = (1000, "M"), (900, "CM"), (500, "D"), (400, "CD"), (100, "C"), (90, "XC"), (50, "L")
    text = ""
    for value, letters in (*values, (40, "XL"), (10, "X"), (9, "IX"), (5, "V"), (4, "IV"), (1, "I")):
        text += letters * min(number // value, 100)
        number %= value
    return text


def _series(first: str, size: int) -> Callable[[int], str]:
    """Characters that follow one another in Unicode; behind the last one Word prints the plain number."""
    return lambda number: chr(ord(first) + number - 1) if number <= size else str(number)


def _cycle(characters: str) -> Callable[[int], str]:
    return lambda number: characters[(number - 1) % len(characters)]


_CIRCLED = _series("①", 20)
_ORDINARY = _counting(HAN, "十百千万", False)
FORMATS: dict[str, Callable[[int], str]] = {
    "chineseCounting": _chinese_counting,
    "taiwaneseCounting": _chinese_counting,
    "chineseCountingThousand": _ORDINARY,
    "taiwaneseCountingThousand": _ORDINARY,
    "japaneseCounting": _japanese,
    "ideographDigital": _digits("〇" + HAN[1:]),
    "japaneseDigitalTenThousand": _digits("〇" + HAN[1:]),
    "taiwaneseDigital": _digits("○" + HAN[1:]),
    "chineseLegalSimplified": _counting(LEGAL, "拾佰仟萬", True),
    "ideographLegalTraditional": _counting(LEGAL_TRADITIONAL, "拾佰仟萬", True),
    "japaneseLegal": _counting(LEGAL_TRADITIONAL, "拾佰仟萬", True),
    "ideographTraditional": _cycle("甲乙丙丁戊己庚辛壬癸"),
    "ideographZodiac": _cycle("子丑寅卯辰巳午未申酉戌亥"),
    "ideographEnclosedCircle": _series("㊀", 10),
    "decimalEnclosedCircle": _CIRCLED,
    "decimalEnclosedCircleChinese": _CIRCLED,
    "decimalEnclosedParen": _series("⑴", 20),
    "decimalEnclosedFullstop": _series("⒈", 20),
    "decimalZero": lambda number: f"{number:02d}",
    "decimalFullWidth": _digits("０１２３４５６７８９"),
    "decimalFullWidth2": _digits("０１２３４５６７８９"),
    "numberInDash": lambda number: f"- {number} -",
    "upperLetter": _letters,
    "lowerLetter": lambda number: _letters(number).lower(),
    "upperRoman": _roman,
    "lowerRoman": lambda number: _roman(number).lower(),
}
