"""Numbers, dates and document numbers in Chinese text, in one comparable form each.

`80%`, `80％` and `百分之八十` become the same Quantity; so do `1万2千`, `一万二千` and `12000`, `3‰` and `0.3%`,
`壹佰万` and `100万`, `二〇二三年三月二日` and `2023-03-02`. Vague counts (三四个, 七八百, 几十万) are no quantities.
Not covered: what a number counts (`server.answer.verify`); signs (`-2.8%` is 2.8), halves (两年半), tenths (三成).
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
FUSED = {"廿": 20, "卅": 30}
SCALES = {"万": Decimal(10_000), "亿": Decimal(100_000_000)}
UNITS = {**{unit: Decimal(value) for unit, value in TENS.items()}, **SCALES}
HAN = "零〇○一二两三四五六七八九十百千廿卅"
ZEROS = "零〇○"
ONE_TO_NINE = tuple("一二两三四五六七八九")

ARABIC = r"(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
# A Chinese full stop or comma between two digits divides numbers: `共100。5个`, `120，300人`; only . and , belong inside one.
# So does white space behind 万 or 亿: two cells of a table may meet there.
DIVIDED = re.compile(rf"(?<=\d)[。，](?=\d)|(?<=[万亿萬億])\s(?=\s*[\d{HAN}])")
DATE = re.compile(
    r"(?<![\d-])(?P<year>(?:19|20)\d{2}|[〇零○一二三四五六七八九]{4})(?:年|[-/.])(?P<month>\d{1,2}|[一二三四五六七八九十]{1,3})"
    r"(?:月|[-/.])(?P<day>\d{1,2}|[一二三四五六七八九十]{1,3})(?:日|号)?(?!\d)"
)
BETWEEN_DATE_PARTS = re.compile(r"[年\-－—–―/／.．]")
YEAR = re.compile(
    r"(?<!\d)(?P<digits>(?:19|20)\d{2})(?=年|[-~至到]|\b)|(?P<han>[一二][九〇零○]{1}[〇零○一二三四五六七八九]{2})(?=年)"
)
# 两 is a digit before what it multiplies (一万两 is silver). A last digit behind 百 or 万 is of the next lower unit
# (一百二 is 120) unless it counts something of its own: `三百万一年`.
NUMERAL = (
    rf"(?:[{HAN.replace('两', '')}]|两(?=[百千万亿点]|[^{HAN}]|$))"
    rf"(?:(?<![百千万亿])[一二三四五六七八九]|[一二三四五六七八九](?=[{HAN}万亿元块左]|[^\u4e00-\u9fff]|$)"
    rf"|[零〇○十百廿卅万亿]|千(?![克瓦伏卡帕赫焦])(?!(?<=[十百万]千)米)|两(?=[百千万亿])|[多余](?=[万亿]))*+"
)
MYRIADS = r"\d{1,4}[百千]?[多余]?万"
REST = r"(?:\d千(?:\d百)?|[1-9]\d{3}(?![\d.,年届级]))"
# 千 is a thousand, but not in 千米 and 千瓦; 百 a hundred before what is counted, but not in 百分点.
SCALE = r"[百千]?[多余]?(?:万亿|[万亿])|千(?![克米瓦伏卡帕赫焦安分])|百(?=[多余个所名项家人次元亩台辆处座户张本件])"
PARTS = {"百": 1, "千": 10, "万": 100, "%": 1, "‰": 10, "‱": 100}
"""What a share in hundredths, thousandths or ten-thousandths is divided by to be a percentage."""
NUMBER = re.compile(
    rf"(?P<parts>[百千万])分之(?P<share>{ARABIC}|[{HAN}]+(?:点[{HAN}]+)?)"
    rf"|(?P<denominator>[{HAN}万]+|\d+)分之(?P<numerator>[{HAN}]+|\d+)"
    rf"|(?P<mixed>\d+万?亿零?{MYRIADS}(?:零?{REST})?|{MYRIADS}零?{REST}|\d千\d百[万亿]?)"
    rf"|(?P<arabic>{ARABIC})(?P<scale>{SCALE})?(?P<percent>[%‰‱])?"
    rf"|(?P<han>{NUMERAL}(?:点[{HAN}]+[万亿]*)?)"
)
# `6-6.5%` and `3~5万`: what stands behind the second number holds for the first.
UPPER_END = re.compile(rf"[-~至到](?P<arabic>{ARABIC})(?:(?P<scale>{SCALE})|(?P<percent>[%‰‱]))")
TOKEN = re.compile(r"\d+|.")
# Numerals of money; 队伍, 大陆 and 收拾 are words.
FINANCIAL = "壹贰叁肆伍陆柒捌玖拾佰仟"
PLAIN = str.maketrans(FINANCIAL, "一二三四五六七八九十百千")
OF_MONEY = re.compile(rf"(?<![队退入大收])[{FINANCIAL}](?:[{FINANCIAL}零万亿]+|(?=[元圆]))")
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
    """The value of a numeral, or None where it has none: `三万五千` -> 35000, `二〇二三` -> 2023, `五六十` -> None."""
    written = written.translate(_WITHOUT_MORE)
    for unit in "亿万":
        if unit in written:
            head, _, tail = written.partition(unit)
            return _scaled(head, tail, SCALES[unit])
    if "点" in written:
        whole, _, fraction = written.partition("点")
        left = han_value(whole)
        if left is None or any(c not in DIGITS for c in fraction):
            return None
        return left + Decimal("0." + "".join(str(DIGITS[c]) for c in fraction))
    if written and all(c in DIGITS for c in written):
        return _positional(written)
    return _in_thousands(written)


_WITHOUT_MORE = str.maketrans("", "", "多余")


def _scaled(head: str, tail: str, scale: Decimal) -> Decimal | None:
    left, right = han_value(head), han_value(tail) if tail else Decimal(0)
    if left is None or right is None or right >= scale:
        return None
    shorter = len(tail) == 1 and tail in DIGITS
    return left * scale + (right * scale / 10 if shorter else right)


def _positional(written: str) -> Decimal | None:
    """`二〇二三` -> 2023; `三四` and `一二三` tell several numbers."""
    digits = [DIGITS[c] for c in written]
    several = len(digits) == 2 or digits == list(range(digits[0], digits[0] + len(digits)))
    if len(digits) > 1 and several and not set(written) & set(ZEROS):
        return None
    return Decimal("".join(map(str, digits)))


def _in_thousands(written: str) -> Decimal | None:
    """A numeral below 10,000 with its units in falling order; None for two digits in a row."""
    total, pending, lowest, gap = 0, None, 10_000, False
    for token in TOKEN.findall(written):
        if token in ZEROS:
            gap = True
        elif token in DIGITS or token.isdigit():
            if pending is not None:
                return None
            pending = DIGITS[token] if token in DIGITS else int(token)
        elif token in FUSED or token in TENS:
            unit = TENS.get(token, 10)
            if unit >= lowest or (token in FUSED and pending is not None):
                return None
            total += FUSED.get(token) or (1 if pending is None else pending) * unit
            pending, lowest, gap = None, unit, False
        else:
            return None
    if pending is not None and 100 <= lowest < 10_000 and not gap:
        pending *= lowest // 10
    return Decimal(total + (pending or 0)) if written else None


def quantities(text: str) -> list[Quantity]:
    """All numbers of `text`, whole, with spans into `text`; a lone Han digit counts only before a measure word."""
    folded = normalise(DIVIDED.sub("|", text))
    plain = OF_MONEY.sub(lambda match: match.group().translate(PLAIN), folded.text)
    found = []
    for match in NUMBER.finditer(plain):
        value, percent = _value(match)
        if value is None or (match["han"] and not _counts(plain, match)) or _is_vague(plain, match):
            continue
        span = folded.span(match.start(), match.end())
        found.append(Quantity(value, percent, span.start, span.end, text[span.start : span.end]))
    return found


def _value(match: re.Match[str]) -> tuple[Decimal | None, bool]:
    if match["parts"]:
        share = _plain_value(match["share"])
        return share and share / PARTS[match["parts"]], True
    if match["denominator"]:
        whole, part = _plain_value(match["denominator"]), _plain_value(match["numerator"])
        return (part / whole if whole and part is not None else None), False
    if match["arabic"]:
        return _figure(match, _of_range(match))
    return han_value(match["mixed"] or match["han"]), False


def _plain_value(written: str) -> Decimal | None:
    return _arabic(written) if written[0].isdigit() else han_value(written)


def _arabic(written: str) -> Decimal:
    return Decimal(written.replace(",", ""))


def _of_range(match: re.Match[str]) -> re.Match[str]:
    """The upper end's match where the lower end of a range leaves %, 万 or 亿 to it, else `match`."""
    if match["scale"] or match["percent"] or match.string[match.start() - 1 : match.start()] in tuple("-~./"):
        return match
    upper = UPPER_END.match(match.string, match.end())
    return upper if upper and _arabic(match["arabic"]) < _arabic(upper["arabic"]) else match


def _figure(match: re.Match[str], told: re.Match[str]) -> tuple[Decimal, bool]:
    """The value of `match`'s figures with the scale or % that `told` has."""
    value = _arabic(match["arabic"])
    for unit in told["scale"] or "":
        value *= UNITS.get(unit, 1)
    return (value / PARTS[told["percent"]], True) if told["percent"] else (value, False)


def _is_vague(text: str, match: re.Match[str]) -> bool:
    """`几十`, `数百万`, `三十几`, `两三千`: the numeral is only a part of what is told."""
    if match["arabic"] or match["mixed"]:
        return False
    before, after = text[: match.start()][-1:], text[match.end() : match.end() + 1]
    first, last = text[match.start()], text[match.end() - 1]
    # 占总人数百分之八十 is exact.
    if (before == "数" and first in TENS and match["han"]) or "几" in (before, after):
        return True
    return (before in ONE_TO_NINE and first in DIGITS) or (last in DIGITS and after in ONE_TO_NINE)


def _counts(text: str, match: re.Match[str]) -> bool:
    written = match["han"]
    if text.startswith("分之", match.end()):
        return False
    before, after = text[: match.start()][-1:], text[match.end() : match.end() + 1]
    # 十分, 百分点 and, behind a number, 千米.
    if written in TENS and (after == "分" or before.isdigit() or before in UNITS):
        return False
    if len(written) >= 2 and not set(written) <= set(UNITS):
        return True
    return before == "第" or after == "千" or (bool(after) and after in MEASURES)


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


def in_figures(text: str) -> str:
    """`text` with its years in plain figures: 二〇一二年 and ２０１２年 are 2012年."""
    for year, start, end in reversed(years(text)):
        if not (text[start:end].isascii() or text[start : start + 4] == str(year)):
            text = f"{text[:start]}{year}{'年' if text[start:end].endswith('年') else ''}{text[end:]}"
    return text


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
