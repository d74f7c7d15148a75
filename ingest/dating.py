"""The dates of a document itself: labelled ones, its passing and amending, its signature, its coming into force."""

import re
from dataclasses import dataclass

from ingest.document import DateField, Field, Span
from ingest.head import Line
from ingest.numbers import dates
from ingest.text import overlapping, trim

LABELS = "公文生成日期|生成日期|成文日期|公开发布日期|发布日期|发布时间|公开日期|印发日期|施行日期|生效日期"
SIGNED = "成文日期"
# `2019年6月25日 三门峡市第七届人民代表大会常务委员会第十五次会议通过`, in the head of a law.
PASSED = re.compile(r"(?P<act>通过|批准|公布|发布|修订|修正|修改)(?:[)）]|$|[，,]\s{0,2}(?:自|根据|(?:19|20)\d\d))")
# `——2008年3月5日在第十一届全国人民代表大会第一次会议上`, below the title of a report.
REPORTED = re.compile(
    r"^[\s—–\-（(]*(?:(?P<date>[^，。]{8,14}?日)\s*在.{2,40}[会议]上[）)]?|在?.{2,30}会议上?[，,](?P<after>[^，。]{8,14}?日)[）)]?)$"
)
IN_FORCE = re.compile(r"自\s{0,4}(?P<date>[^自，。；\n]{6,16}?)\s{0,4}起\s{0,4}(?:正式)?(?:施行|实施|执行|生效)(?!的)")
ISSUER_END = re.compile(
    r"(?:人民政府|委员会|办公厅|办公室|国务院|法院|检察院|大学|学院|中心|公司|协会|厅|局|部|署|院|委|会)$"
)
NO_ISSUER = re.compile(r"[：:，,；;《》]|^[（(]?第?[一二三四五六七八九十\d]+[、.．）)章条]")
SIGNED_BEFORE = re.compile(
    r"\n[ \u3000\t]{0,60}(?P<issuer>[^\s，。；：《》][^\n，。；：《》]{0,38}[^\s，。；：《》])[ \u3000\t]{0,60}(?:\n[ \u3000\t]{0,60}){1,3}"
    r"(?P<date>(?:(?:19|20)\d{2}|[一二][一二三四五六七八九〇○零]{3})\s?年[^\n，。]{2,9}日)[ \u3000\t]{0,60}(?=\n|$)"
)
CLOSING_CHARACTERS = 1500
LONGEST_ISSUER = 40


@dataclass(frozen=True)
class Signature:
    """落款: who signed, where somebody did, and when."""

    issuer: Field | None
    date: DateField


def find_dates(text: str, lines: list[Line], signed: Signature | None) -> tuple[DateField, ...]:
    """Dates of the document in the order of their kinds; one kind may occur several times (amendments)."""
    found = _labelled_dates(lines)
    found += _passed(lines)
    if signed is not None and not any(date.label in (SIGNED, "公文生成日期", "生成日期") for date in found):
        found.append(signed.date)
    found += _in_force(text)
    return tuple(found)


def _labelled_dates(lines: list[Line]) -> list[DateField]:
    found = []
    for i, line in enumerate(lines):
        for match in re.finditer(LABELS, line.text):
            here = [d for d in dates(line.text[match.end() :]) if d[1] <= 4]
            if here:
                value, start, end = here[0]
                offset = line.start + match.end()
                found.append(DateField(match.group(), value, offset + start, offset + end))
            elif match.end() >= len(line.text.rstrip(":： ")) and i + 1 < len(lines):
                following = dates(lines[i + 1].text)
                if following and following[0][1] == 0:
                    value, start, end = following[0]
                    found.append(DateField(match.group(), value, lines[i + 1].start + start, lines[i + 1].start + end))
    return found


def _passed(lines: list[Line]) -> list[DateField]:
    found = []
    for line in lines:
        reported = REPORTED.match(line.text)
        which = "after" if reported is not None and reported["after"] else "date"
        if reported is not None and dates(reported[which]):
            start = line.start + reported.start(which)
            found.append(DateField("报告日期", dates(reported[which])[0][0], start, start + len(reported[which])))
        act = PASSED.search(line.text)
        first = dates(line.text)
        if act is not None and first and first[0][1] <= 1:
            value, start, end = first[0]
            found.append(DateField(f"{act['act']}日期", value, line.start + start, line.start + end))
    return found


def _in_force(text: str) -> list[DateField]:
    """`本条例自2021年9月1日起施行`: the last such sentence, because earlier ones may speak of other documents."""
    for match in reversed(list(IN_FORCE.finditer(text))):
        whole = dates(match["date"])
        if whole:
            value, start, end = whole[0]
            offset = match.start("date")
            return [DateField("施行日期", value, offset + start, offset + end)]
    return []


def signature(text: str, noise: tuple[Span, ...]) -> Signature | None:
    """Date and issuer of the signature: the last line that is nothing but a date with the issuer on the line before
    it, near the end or before the annexes, else the last such line near the end without an issuer."""
    bare = None
    lines = _closing_lines(text, noise)
    for i in range(len(lines) - 1, -1, -1):
        date = _date_line(text, lines[i])
        if date is None:
            continue
        issuer = _issuer_line(text, lines[i - 1]) if i else None
        if issuer is not None:
            return Signature(issuer, date)
        bare = bare or Signature(None, date)
    return _before_annexes(text) or bare


def _date_line(text: str, line: Span) -> DateField | None:
    whole = dates(text[line.start : line.end])
    if not whole or whole[0][1] > 1 or whole[0][2] < line.end - line.start - 1:
        return None
    value, start, end = whole[0]
    return DateField(SIGNED, value, line.start + start, line.start + end)


def _issuer_line(text: str, line: Span) -> Field | None:
    name = text[line.start : line.end]
    if len(name) > LONGEST_ISSUER or not ISSUER_END.search(name) or "。" in name or NO_ISSUER.search(name):
        return None
    return Field(name, line.start, line.end)


def _before_annexes(text: str) -> Signature | None:
    """The signature of a circular whose annexes are longer than its closing lines."""
    for match in SIGNED_BEFORE.finditer(text):
        date = _date_line(text, Span(*match.span("date")))
        issuer = _issuer_line(text, Span(*match.span("issuer")))
        if date is not None and issuer is not None:
            return Signature(issuer, date)
    return None


def _closing_lines(text: str, noise: tuple[Span, ...]) -> list[Span]:
    start = max(0, len(text) - CLOSING_CHARACTERS)
    found = []
    for match in re.finditer(r"[^\n]+", text[start:]):
        line = trim(text, start + match.start(), start + match.end())
        if line is not None and not any(
            n.start <= line.start and line.end <= n.end for n in overlapping(noise, line.start, line.end)
        ):
            found.append(line)
    return found
