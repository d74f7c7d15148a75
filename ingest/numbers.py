"""Numbers, dates and document numbers in Chinese text, in one comparable form each.

`80%`, `80％` and `百分之八十` become the same Quantity; so do `1.2万` and `12000`, `十五` and `15`,
`二〇二三年三月二日` and `2023-03-02`. Not covered: what a number counts (`server.answer.verify`).
"""

import re
from dataclasses import dataclass
from decimal import Decimal

from ingest.text import normalise

DIGITS = {
    "零": 0,
    "〇": 0,
    "○": 0,
    "一": 1,
    "二": 2,
    "两": 2,
    "三": 3,
    "四": 4,
    "五": 5,
    "六": 6,
    "七": 7,
    "八": 8,
    "九": 9,
}
TENS = {"十": 10, "百": 100, "千": 1000}
SCALES = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
HAN = "零〇○一二两三四五六七八九十百千"

ARABIC = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
# A Chinese full stop or comma between two digits divides numbers: `共100。5个`, `120，300人`; only . and , belong inside one.
DIVIDED = re.compile(r"(?<=\d)[。，](?=\d)")
DATE = re.compile(
    r"(?<![\d-])(?P<year>(?:19|20)\d{2}|[〇零○一二三四五六七八九]{4})(?:年|[-/.])(?P<month>\d{1,2}|[一二三四五六七八九十]{1,3})"
    r"(?:月|[-/.])(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})(?:日|号)?(?!\d)"
)
BETWEEN_DATE_PARTS = re.compile(r"[年\-－—–―/／.．]")
YEAR = re.compile(
    r"(?<!\d)(?P<digits>(?:19|20)\d{2})(?=年|[-~至到]|\b)|(?P<han>[一二][九〇零○]{1}[〇零○一二三四五六七八九]{2})(?=年)"
)
NUMBER = re.compile(
    rf"(?P<percent_han>百分之(?:[{HAN}点]+|{ARABIC}))"
    rf"|(?P<arabic>{ARABIC})(?P<scale>[万亿]{{1,2}})?(?P<percent>%)?"
    rf"|(?P<han>[{HAN}]+(?:点[{HAN}]+)?)(?P<han_scale>[万亿]{{1,2}})?"
)
DOCUMENT_NUMBER = re.compile(r"[\u4e00-\u9fff]{2,14}?[\[(](?:19|20)\d{2}[\])]第?\d+号")

# Han digits that are words rather than counts: 一体化, 十分, 三农, 两岸; a count needs a measure word behind it.
MEASURES = "个名所项家人次间条场套期轮年月日天周岁届批类种大位组支门册部份亩倍元台辆处座公里米吨度户张本只件节课时分学点轮级层条成方面"


@dataclass(frozen=True)
class Quantity:
    """A number with its span in the text that was searched; `value` is plain (80% is 80 with percent)."""

    value: Decimal
    percent: bool
    start: int
    end: int
    written: str

    @property
    def key(self) -> tuple[Decimal, bool]:
        """Equal for equal numbers."""
        return self.value.normalize(), self.percent


def han_value(written: str) -> Decimal | None:
    """The value of a Chinese numeral without scale, or None: `三百二十` -> 320, `二〇二三` -> 2023."""
    if "点" in written:
        whole, _, fraction = written.partition("点")
        left = han_value(whole)
        if left is None or any(c not in DIGITS for c in fraction):
            return None
        return left + Decimal("0." + "".join(str(DIGITS[c]) for c in fraction))
    if all(c in DIGITS for c in written):
        return Decimal("".join(str(DIGITS[c]) for c in written)) if written else None
    total, pending = 0, -1
    for character in written:
        if character in DIGITS:
            pending = DIGITS[character]
        else:
            total += (1 if pending < 0 else pending) * TENS[character]
            pending = 0
    return Decimal(total + max(pending, 0))


def quantities(text: str) -> list[Quantity]:
    """All numbers of `text`, whole, with spans into `text`; a lone Han digit counts only before a measure word."""
    folded = normalise(DIVIDED.sub("|", text))
    found = []
    for match in NUMBER.finditer(folded.text):
        value, percent = _value(match)
        if value is None or (match["han"] and not _counts(folded.text, match)):
            continue
        span = folded.span(match.start(), match.end())
        found.append(Quantity(value, percent, span.start, span.end, text[span.start : span.end]))
    return found


def _value(match: re.Match[str]) -> tuple[Decimal | None, bool]:
    if match["percent_han"]:
        inner = match["percent_han"][3:]
        return (Decimal(inner.replace(",", "")) if inner[0].isdigit() else han_value(inner)), True
    if match["arabic"]:
        value, scale, percent = Decimal(match["arabic"].replace(",", "")), match["scale"], bool(match["percent"])
    else:
        value_or_none, scale, percent = han_value(match["han"]), match["han_scale"], False
        if value_or_none is None:
            return None, False
        value = value_or_none
    for unit in scale or "":
        value *= SCALES[unit]
    return value, percent


def _counts(text: str, match: re.Match[str]) -> bool:
    if text.startswith("分之", match.end()):
        return False
    before, after = text[max(0, match.start() - 1) : match.start()], text[match.end() : match.end() + 1]
    if match["han"] == "十" and after == "分":
        return False
    if match["han_scale"] and set(match["han"]) - set("十百千"):
        return True
    if len(match["han"]) >= 2 and not set(match["han"]) <= set("十百千"):
        return True
    return before == "第" or (bool(after) and after in MEASURES)


def dates(text: str) -> list[tuple[str, int, int]]:
    """Full dates as (`YYYY-MM-DD`, start, end)."""
    if not BETWEEN_DATE_PARTS.search(text):
        return []
    folded = normalise(text)
    found = []
    for match in DATE.finditer(folded.text):
        year, month, day = (_part(match[name]) for name in ("year", "month", "day"))
        if year and 1 <= month <= 12 and 1 <= day <= 31:
            span = folded.span(match.start(), match.end())
            found.append((f"{year:04d}-{month:02d}-{day:02d}", span.start, span.end))
    return found


def _part(written: str) -> int:
    value = Decimal(written) if written.isdigit() else han_value(written)
    return int(value or 0)


def years(text: str) -> list[tuple[int, int, int]]:
    """Years as (year, start, end): `2023年`, `二〇二三年`, both ends and the inside of `2021-2025年`."""
    folded = normalise(text)
    found = []
    for match in YEAR.finditer(folded.text):
        span = folded.span(match.start(), match.end())
        found.append((_part(match["digits"] or match["han"]), span.start, span.end))
    return found


def document_numbers(text: str) -> list[tuple[str, int, int]]:
    """文号 as (folded form, start, end): `厦海教工委〔2023〕16号` -> `厦海教工委[2023]16号`."""
    if "号" not in text:
        return []
    folded = normalise(text)
    found = []
    for match in DOCUMENT_NUMBER.finditer(folded.text):
        span = folded.span(match.start(), match.end())
        found.append((match.group().replace("(", "[").replace(")", "]"), span.start, span.end))
    return found
