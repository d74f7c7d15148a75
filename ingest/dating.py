"""The dates of a document itself: labelled ones, its passing and amending, its signature, its coming into force."""

import re
from dataclasses import dataclass

from ingest.document import DateField, Field, Span
from ingest.head import Line
from ingest.numbers import dates
from ingest.text import trim

LABELS = "公文生成日期|生成日期|成文日期|公开发布日期|发布日期|发布时间|公开日期|印发日期|施行日期|生效日期"
SIGNED = "成文日期"
# `2019年6月25日 三门峡市第七届人民代表大会常务委员会第十五次会议通过`, in the head of a law.
PASSED = re.compile(r"(?P<act>通过|批准|公布|发布|修订|修正|修改)(?:[)）]|$)")
# `——2008年3月5日在第十一届全国人民代表大会第一次会议上`, below the title of a report.
REPORTED = re.compile(r"^[\s—–\-（(]*(?P<date>[^，。]{8,14}?日)\s*在.{2,40}[会议]上[）)]?$")
IN_FORCE = re.compile(r"自\s*(?P<date>[^自，。；\n]{6,16}?)\s*起\s*(?:正式)?(?:施行|实施|执行|生效)(?!的)")
ISSUER_END = re.compile(
    r"(?:人民政府|委员会|办公厅|办公室|国务院|法院|检察院|大学|学院|中心|公司|协会|厅|局|部|署|院|委|会)$"
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
        if reported is not None and dates(reported["date"]):
            start = line.start + reported.start("date")
            found.append(DateField("报告日期", dates(reported["date"])[0][0], start, start + len(reported["date"])))
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
    """The last line that is nothing but a date, and the issuer on the line before it."""
    lines = _closing_lines(text, noise)
    for i in range(len(lines) - 1, -1, -1):
        line = text[lines[i].start : lines[i].end]
        whole = dates(line)
        if not whole or whole[0][1] > 1 or whole[0][2] < len(line) - 1:
            continue
        value, start, end = whole[0]
        date = DateField(SIGNED, value, lines[i].start + start, lines[i].start + end)
        before = lines[i - 1] if i else None
        issuer = None
        if before is not None and before.end - before.start <= LONGEST_ISSUER:
            name = text[before.start : before.end]
            issuer = Field(name, before.start, before.end) if ISSUER_END.search(name) and "。" not in name else None
        return Signature(issuer, date)
    return None


def _closing_lines(text: str, noise: tuple[Span, ...]) -> list[Span]:
    start = max(0, len(text) - CLOSING_CHARACTERS)
    found = []
    for match in re.finditer(r"[^\n]+", text[start:]):
        line = trim(text, start + match.start(), start + match.end())
        if line is not None and not any(n.start <= line.start and line.end <= n.end for n in noise):
            found.append(line)
    return found
