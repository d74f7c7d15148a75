"""Which years a sentence speaks of, read against its document's own year.

Covered: `2023年`, `二〇二三年`, `2021-2025年`, `“十四五”`, 今年/本年, 去年/上年, 明年, 前年, and in a yearly work
report of Y the review of the past year, which speaks of Y-1.
"""

import re

from ingest.numbers import years

PERIOD = re.compile(r"((?:19|20)\d{2})\s*+年?\s*+[-－—–~～至到]++\s*+((?:19|20)\d{2})")
RELATIVE = (
    # 全年, 当年 and 年内 are of the year that the section is about, which its heading or the document tells.
    (re.compile(r"今年|本年(?!级)"), 0),
    (re.compile(r"去年|(?<!以)上年|上一年|过去一年|过去的一年"), -1),
    (re.compile(r"(?<![以目提之])前年"), -2),
    (re.compile(r"(?<![文声说])明年|来年"), 1),
)
FIVE_YEAR_PLANS = {"十五": 2001, "十一五": 2006, "十二五": 2011, "十三五": 2016, "十四五": 2021, "十五五": 2026}
PLAN = re.compile(
    r"[“\"‘](?P<quoted>十[一二三四五]?五)[”\"’]"
    r"|(?<![一二三四五六七八九])(?P<bare>十[一二三四五]?五)(?=规划|时期|期间|计划|末)"
)
# A heading of what has been: 一、2020年工作回顾, 过去一年工作. `（五）加强总结评估` heads a task.
REVIEW = re.compile(
    r"回顾|(?:工作|年度)总结|总结.{0,6}工作$|过去(?:的)?[一五]年|(?:上年|去年|上一年)度?.{0,6}(?:工作|完成|情况|执行)"
)
FIVE_YEARS = re.compile(r"五年")
LONGEST_PERIOD = 30
# Years in the name of another document are that document's: 《专项规划(2016-2030)》 makes nothing speak of 2020.
NAMED_DOCUMENT = re.compile(r"《[^》]*》")
# A year that something is only measured against: 比去年增长5%, 较2015年下降, but not 对比2016年和2017年.
COMPARED = re.compile(
    r"(?:(?<![对占同环相])比|相比于?|(?<!比)较|高于|低于|超过)\s*(?:(?:19|20)\d{2}\s*年?|去年|(?<!以)上年|上一年|前年)(?![\d、和与]|\s*[-－—–~～至到])"
)
# What opens a review governs the sentences behind it until one names another year.
OPENS_REVIEW = re.compile(r"^(?:过去(?:的)?一年|一年来|去年)[，,、]?")
LEADING_YEAR = re.compile(r"(?:^\s*+|[。；;]\s*+|\n[^\S\n]*+)(?:到|至)?((?:19|20)\d{2})年(?:底|末|前)?[,，]")


# What makes four figures a year: 年, a period, a date, a closing bracket, or that they name a column (`2021：`).
YEAR_BEHIND = re.compile(r"\s*年|\s*[-－—–~～至到]|[./]\d{1,2}(?!\d)|[)）\]〕】]|[：:]")


def told_years(text: str) -> list[int]:
    """Years that a document's text tells: `学位：2040` tells a number, `2040年`, `2040：1080` and `(2040)` a year."""
    found = []
    for year, start, end in years(text):
        behind = YEAR_BEHIND.match(text, end) or "年" in text[start:end] or not text[start:end].isascii()
        if behind or re.search(r"[-－—–~～至到]\s*$", text[max(0, start - 3) : start]):
            found.append(year)
    return found


def mentioned_years(text: str) -> set[int]:
    """Years that `text` names itself, but for those it compares with; a period names each of its years, so does “十四五”
    where no year is named."""
    text = COMPARED.sub(" ", text)
    return _with_periods(text, {year for year, _, _ in years(text)})


def _with_periods(text: str, found: set[int]) -> set[int]:
    for match in PERIOD.finditer(text):
        first, last = int(match[1]), int(match[2])
        if first <= last <= first + LONGEST_PERIOD:
            found.update(range(first, last + 1))
    if found:
        # `2023年是“十四五”的中坚之年` speaks of 2023.
        return found
    for match in PLAN.finditer(text):
        first = FIVE_YEAR_PLANS.get(match["quoted"] or match["bare"], 0)
        found.update(range(first, first + 5) if first else ())
    return found


def relative_years(text: str, own_year: int | None) -> set[int]:
    """Years that `text` names by 今年, 去年 and their like, resolved against `own_year`."""
    if own_year is None:
        return set()
    return {own_year + shift for pattern, shift in RELATIVE if pattern.search(text)}


def named_years(sentence: str, own_year: int | None) -> set[int]:
    """Years that a sentence names itself, in figures or relatively, outside the names of other documents and not only
    to compare with."""
    bare = COMPARED.sub(" ", NAMED_DOCUMENT.sub(" ", sentence))
    return _with_periods(bare, set(told_years(bare))) | relative_years(bare, own_year)


def opens_review(sentence: str) -> bool:
    """Whether what follows `sentence` goes on about the year before: `过去一年，各项工作取得了成绩。`"""
    return OPENS_REVIEW.match(sentence) is not None


def opens_paragraph(sentence: str) -> bool:
    """Whether `sentence` begins with the year of its paragraph: `到2025年，…` is said of the sentences behind it, too."""
    return LEADING_YEAR.match(sentence) is not None


def leading_years(text: str) -> set[int]:
    """Years that open a sentence, as in `2025年,全市…;到2035年,…`: they govern the list that follows."""
    return {int(match[1]) for match in LEADING_YEAR.finditer(text)}


def spoken_years(sentence: str, headings: tuple[str, ...], own_year: int | None) -> set[int]:
    """The years that `sentence` answers for: those it names, else those of its innermost heading that names
    one, else the document's own year, or the one year or the five years before in the review section of a report."""
    named = named_years(sentence, own_year)
    if named:
        return named
    for heading in reversed(headings):
        named = named_years(heading, own_year)
        if named:
            return named
    if own_year is None:
        return set()
    review = next((heading for heading in headings if REVIEW.search(heading)), None)
    if review is None:
        return {own_year}
    return set(range(own_year - 5, own_year)) if FIVE_YEARS.search(review) else {own_year - 1}
