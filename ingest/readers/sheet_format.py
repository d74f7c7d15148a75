"""Numbers of a spreadsheet as the cell shows them: percentages, decimals, thousands, units, dates.

Not covered: fractions, conditions in brackets, Chinese numerals ([DBNum1]) and figures with a text between their
digits (`000-0000`): these read as the plain number, never as another one.
"""

import re
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache

# Formats that a file only gives the number of (ECMA-376 part 1, 18.8.30, with those of zh-CN).
BUILT_IN = {
    0: "General", 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??",
    14: "yyyy-m-d", 15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss",
    22: "yyyy-m-d h:mm", 27: "yyyy年m月", 28: "m月d日", 29: "m月d日", 30: "m-d-yy", 31: "yyyy年m月d日", 32: "h时mm分", 33: "h时mm分ss秒",
    34: "h时mm分", 35: "h时mm分ss秒", 36: "yyyy年m月", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00",
    41: "#,##0", 42: "#,##0", 43: "#,##0.00", 44: "#,##0.00", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "0.0E+0", 49: "@",
    50: "yyyy年m月", 51: "m月d日", 52: "yyyy年m月", 53: "m月d日", 54: "m月d日", 55: "h时mm分", 56: "h时mm分ss秒", 57: "yyyy年m月", 58: "m月d日",
}  # fmt: skip
TOKEN = re.compile(
    r'"([^"]*)"|[\\!](.)|_.|\*.|\[([^\]]*)\]|(AM/PM|A/P|上午/下午)|(General|G/通用格式)|(.)', re.IGNORECASE | re.DOTALL
)
LAST_DAY = 2958466
DIGITS = Decimal("1e15")
LONGEST_CODE = 255
"""Characters of a number format, the most that Excel takes; a longer one is not followed."""


def shown(value: float, code: str, from_1904: bool = False) -> str:
    """`value` in the number format `code`.

    >>> shown(0.853, "0%"), shown(1234.5, '#,##0.00"元"'), shown(44987, "yyyy/m/d"), shown(3, "General")
    ('85%', '1,234.50元', '2023-03-02', '3')
    """
    if value != value or value in {float("inf"), float("-inf")}:
        return str(value)
    if len(code) > LONGEST_CODE:
        return plain(value)
    sections = _sections(code)
    place = 1 if value < 0 and len(sections) > 1 else 2 if value == 0 and len(sections) > 2 else 0
    section = sections[place]
    if not section or any(kind == "condition" for kind, _ in section):
        return plain(value)
    letters = "".join(text for kind, text in section if kind == "code").lower()
    if any(kind == "elapsed" for kind, _ in section) or re.search(r"[ymdhs]", letters):
        return _date(value, section, code, from_1904)
    number = _number(abs(value), section)
    if number is None:
        return plain(value)
    # A red figure without a sign is negative too, and the colour is lost here.
    signed = place == 1 and re.search(r"[-−(（]", number)
    return f"-{number}" if value < 0 and not signed and re.search(r"[1-9]", number) else number


def plain(value: float) -> str:
    """A number by itself, of the 15 digits that a spreadsheet has: no `.0`, no `0.30000000000000004`."""
    number = Decimal(f"{value:.15g}")
    if number and not Decimal("1e-9") <= abs(number) < Decimal("1e21"):
        return f"{value:.15g}"
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[tuple[tuple[str, str], ...], ...]:
    """The sections of a format (positive; negative; zero), each as kinds and texts."""
    sections: list[list[tuple[str, str]]] = [[]]
    for quoted, escaped, bracket, half_day, general, other in TOKEN.findall(code or "General"):
        if other == ";":
            sections.append([])
        elif quoted or escaped:
            sections[-1].append(("text", quoted or escaped))
        elif bracket:
            sections[-1] += _bracket(bracket)
        elif half_day:
            sections[-1].append(("half day", half_day))
        elif general:
            sections[-1].append(("general", general))
        elif other:
            kind = "code" if other.isascii() and (other.isalnum() or other in "#?.,%@/") else "text"
            sections[-1].append((kind, other))
    return tuple(map(tuple, sections))


def _bracket(inside: str) -> list[tuple[str, str]]:
    if inside.startswith("$"):
        return [("text", inside[1:].split("-")[0])]
    if re.fullmatch(r"[hms]+", inside, re.IGNORECASE):
        return [("elapsed", inside.lower())]
    return [("condition", inside)] if re.match(r"[<>=]|DBNum", inside, re.IGNORECASE) else []


def _number(value: float, section: tuple[tuple[str, str], ...]) -> str | None:
    """None where the format says something that is not understood."""
    if any(kind == "general" or (kind, text) == ("code", "@") for kind, text in section):
        pattern, template = "General", section
    else:
        pattern, template = "".join(text for kind, text in section if kind == "code" and text != "%"), section
    before, after, inside = _around(template)
    if inside:
        return None
    percent = sum(1 for kind, text in section if (kind, text) == ("code", "%"))
    if pattern == "General":
        return before + plain(value) + after
    match = re.fullmatch(r"([#?0,]*?)(,*)(?:\.([#?0]*)(,*))?", pattern)
    if match is None or not pattern:
        return before + after if not pattern else None
    whole, scale, decimals = match[1], len(match[2]) + len(match[4] or ""), match[3] or ""
    number = Decimal(f"{value:.15g}") * 100**percent / 1000**scale
    if number >= DIGITS:
        return None
    number = number.quantize(Decimal(1).scaleb(-len(decimals)), ROUND_HALF_UP)
    integer, _, fraction = f"{number:f}".partition(".")
    fraction = fraction[: decimals.count("0")] + fraction[decimals.count("0") :].rstrip("0")
    integer = integer.zfill(whole.count("0")) if integer != "0" or "0" in whole or not fraction else "0"
    integer = f"{int(integer):,}" if "," in whole and not integer.startswith("0") else integer
    return before + integer + ("." + fraction if fraction else "") + after


def _around(section: tuple[tuple[str, str], ...]) -> tuple[str, str, bool]:
    """The texts before and behind the digits, and whether any stands among them."""
    places = [i for i, (kind, text) in enumerate(section) if kind == "general" or (kind == "code" and text in "#?0.,@")]
    if not places:
        return "".join(text for _, text in section), "", False
    first, last = places[0], places[-1]
    inside = any(kind == "text" or text == "%" for kind, text in section[first:last])
    before, after = ("".join(text for kind, text in part) for part in (section[:first], section[last + 1 :]))
    return before.lstrip(), after.rstrip(), inside


def _date(value: float, section: tuple[tuple[str, str], ...], code: str, from_1904: bool) -> str:
    """A date as 2023-03-02, or as 2023年3月2日 where the format writes it so; of a time what the format shows."""
    if not 0 <= value < LAST_DAY:
        return plain(value)
    elapsed = next((text for kind, text in section if kind == "elapsed"), "")
    seconds = round(value * 86400)
    letters = "".join(text if kind == "code" else "|" for kind, text in section).lower().replace(",", "|")
    with_seconds = "s" in letters or "s" in elapsed
    if elapsed:
        clock = f"{seconds // 3600}:{seconds // 60 % 60:02}"
        return clock + (f":{seconds % 60:02}" if with_seconds else "")
    parts = re.sub(r"(h\W*)m+|m+(\W*s)", r"\1n\2", letters)
    start = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 31) if value < 60 else datetime(1899, 12, 30)
    moment = start + timedelta(seconds=seconds)
    year, month, day = "y" in parts, "m" in parts, "d" in parts
    clock = ""
    if "h" in parts or "n" in parts or "s" in parts:
        clock = f"{moment:%H:%M}" + (f":{moment:%S}" if with_seconds else "")
    if not (year or month or day):
        return clock
    if "年" in code or "月" in code:
        date = f"{moment.year}年" * year + f"{moment.month}月" * month + f"{moment.day}日" * day
    else:
        date = f"{moment:%Y-%m}" if year and not day else f"{moment.year:04}-{moment:%m-%d}"
    return f"{date} {clock}".strip()
