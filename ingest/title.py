"""Find a document's title among its first lines.

Covered: a labelled title (标题：…), the annex that a circular prints (现将《…》印发给你们), a Markdown title, titles
divided over several lines, titles that lost their first character, and for want of all these the file's name, or the
line that opens the text where that name is no Chinese (`doc_202409.txt`). A title that does not say whose it is
(关于…的通知, 律师函) begins with the organisation named above it.
"""

import re

from ingest.document import Field
from ingest.head import ANY_LABEL, HEAD_CHARACTERS, Line, labelled
from ingest.numbers import years
from ingest.text import fold

TITLE_END = re.compile(
    r"(?:通知|意见|要点|计划|方案|报告|办法|条例|决定|批复|复函|函|规定|规划|纲要|公告|通告|通报|细则|总结|答复|议案|章程|守则|规则|制度|法|解释|请示|纪要|令|预案|预算|决算|指引|指南|规程|标准|解读|公示|清单|简报|讲话|汇报|说明|建议|名单)"
    r"(?:[（(][^（）()]{1,20}[）)])?$"
)
TITLE_LEAD = re.compile(r"关于|[\u4e00-\u9fff]{2,}(?:人民政府|委员会|办公厅|办公室|教育局|厅|局|部|院)")
QUOTED_ANNEX = re.compile(r"现将《([^《》]{4,60})》(?:的通知)?(?:印发|转发|下发|公布)")
FILE_NAME_TAIL = re.compile(r"(?:\s{0,4}[(（]\d{1,4}[)）])?\s{0,4}\.(?:docx?|pdf|wps|txt)$")
NO_TITLE = re.compile(r"[。；;！？,，>•]|^[（(一二三四五六七八九十\d]+[、.）)]")
BREAKS_TITLE = re.compile(
    rf"{NO_TITLE.pattern}|^[（(]|[年月]\s*[\d一二三四五六七八九十]{{1,3}}\s*[日号]?$|\]\d+号$|〕\d+号$"
)
TITLE_BEGINS = re.compile(r"关于|(?:印发|转发|人民政府|委员会|办公厅|办公室|国务院|[厅局部院])$")
# Web pages print their table of facts without colons too: `发布机构 市教育局 生成日期 2023-03-02`.
LABELLED = re.compile(r"发布机构|发文机关|日期|公开方式|分类|索引号|主题词|来源")
TITLE_LABELS = ("标题", "标 题", "标\u3000\u3000题", "文件名称", "信息名称", "公文标题")
SPACED = re.compile(r"(?:[\u4e00-\u9fff][ \u3000]{1,3}){2,}[\u4e00-\u9fff]|[\u4e00-\u9fff]\u3000{1,3}[\u4e00-\u9fff]")
HAN = re.compile(r"[\u4e00-\u9fff]")
# The line that opens a text, up to a comma or a cell's end, behind which stands who drew it up and when.
OPENS = re.compile(r"(?:[（(][^（）()]{1,40}[）)]|[^。；;！？!?,，:：>•|\t（(])+")
BRACKETS = re.compile(r"[（(][^（）()]*[）)]")
BRACKETED = re.compile(r"[（(][^（）()。]{2,40}[）)]")
ORGANISATION = re.compile(
    r"(?P<name>[\u4e00-\u9fff（）()· ]{3,40}?(?:政府|(?:委员|协|学|联合|商|工|理事|董事|基金)会|[厅局部院]|公司|集团|银行|[中大小]学|学校|办公室|中心|合作社|事务所|[所站厂]))(?:文件)?"
)
ADDRESSED = re.compile(r"主送|抄送|抄报|收文|致")
ANNEX_MARK = re.compile(r"附[件表录]?[\s\d一二三四五六七八九十]{0,6}[:：]?")
OWNERLESS = re.compile(r"关于.+|[\u4e00-\u9fff]{2,6}")
MOST_TITLE_LINES = 4
NEAR_THE_TOP = 8
"""Where one of the first lines ends as titles do, it is the title, not what opens the text."""
LONGEST_TITLE = 80
SHORTEST_TITLE = 4


def find_title(text: str, lines: list[Line], stem: str, issuer: Field | None, printed: str = "") -> tuple[str, int]:
    """The title and where it starts (0 when only the file's name gives it).

    `printed` is the title that the file's reader saw: its properties' or its largest print.
    """
    annex = QUOTED_ANNEX.search(text[:HEAD_CHARACTERS])
    if annex is not None:
        for line in lines:
            if fold(line.text) == fold(annex[1]):
                return annex[1], _first_title_line(lines, line.start)
    for line in lines:
        if line.text.startswith("# ") and len(line.text) <= LONGEST_TITLE + 2:
            return line.text[2:].strip(), line.start
    lines = [Line(_closed_up(FILE_NAME_TAIL.sub("", line.text)), line.start) for line in lines]
    candidates = [*_divided(lines), *((line.text, line.start) for line in lines[:40] if is_title(line.text))]
    named = labelled(lines, TITLE_LABELS)
    if named is not None and is_title(named.value):
        candidates = [(named.value, _first_title_line(lines, named.start)), *candidates]
    opening = None
    if not HAN.search(printed or stem) and not any(start <= _near_the_top(lines) for _, start in candidates):
        opening = _opening(text, lines)
    if opening is not None:
        candidates.append(opening)
    if not candidates:
        return _without_candidates(text, stem, printed)
    best, start = max(candidates, key=lambda c: _title_weight(c[0], printed or stem))
    if (best, start) == opening:
        return best, start
    best = _with_owner(_restore_first_character(best, issuer), start, lines)
    if len(best) < len(stem) <= len(best) + 16 and fold(best) in fold(stem):
        best = stem
    return best, start


def _closed_up(line: str) -> str:
    """`国 家 粮 食 应 急 预 案`, printed with blanks to fill its line, without them."""
    return line.replace(" ", "").replace("\u3000", "") if SPACED.fullmatch(line) else line


def _near_the_top(lines: list[Line]) -> int:
    return lines[:NEAR_THE_TOP][-1].start if lines else 0


def _opening(text: str, lines: list[Line]) -> tuple[str, int] | None:
    """What the first line says, with the line right below it where the first is an organisation's name or the second
    stands in brackets; None where the first is part of the text or names a value. The mark of an annex is none."""
    lines = lines[1:] if lines and ANNEX_MARK.fullmatch(lines[0].text) else lines
    if not lines:
        return None
    first = lines[0]
    opens = OPENS.match(first.text)
    if opens is None or ANY_LABEL.match(first.text) or first.text[-1] in "。；;:：，,":
        return None
    title = opens.group().strip()
    bare = BRACKETS.sub("", title)
    if not HAN.search(bare) or not 2 <= len(title) <= LONGEST_TITLE or BREAKS_TITLE.search(bare):
        return None
    if bare == "目录" or "、" in bare:
        return None
    if len(lines) > 1 and text[first.end : lines[1].start].count("\n") == 1:
        below = lines[1].text
        is_named = ORGANISATION.fullmatch(title) and OPENS.fullmatch(below) and not BREAKS_TITLE.search(below)
        if len(title) + len(below) < LONGEST_TITLE and (is_named or BRACKETED.fullmatch(below)):
            title = f"{title} {below}" if is_named else title + below
    return title, first.start


def _with_owner(title: str, start: int, lines: list[Line]) -> str:
    """`关于…的通知` below the name of the body that issues it, behind that name."""
    owner = ORGANISATION.fullmatch(lines[0].text)
    if (
        owner is None
        or ADDRESSED.match(owner["name"])
        or OWNERLESS.fullmatch(title) is None
        or not 0 < start <= _near_the_top(lines)
    ):
        return title
    return owner["name"] + title


def _without_candidates(text: str, stem: str, printed: str) -> tuple[str, int]:
    if not SHORTEST_TITLE <= len(printed) <= LONGEST_TITLE:
        return stem, 0
    return printed, max(text.find(printed), 0)


def _divided(lines: list[Line]) -> list[tuple[str, int]]:
    """Titles divided over two to four lines: each line is bare of punctuation, only all of them are a title.

    The first names what the document is about (关于) or ends in an issuer; a title on one line, where there is
    one that says the same, is as good.
    """
    found = []
    for i, first in enumerate(lines[:40]):
        if (
            is_title(first.text)
            or LABELLED.search(first.text)
            or not TITLE_BEGINS.search(first.text)
            or NO_TITLE.search(first.text)
        ):
            continue
        joined, whole = first.text, ""
        for following in lines[i + 1 : i + MOST_TITLE_LINES]:
            if whole and TITLE_LEAD.search(following.text):
                break
            if (
                BREAKS_TITLE.search(following.text)
                or LABELLED.search(following.text)
                or ANY_LABEL.match(following.text)
            ):
                break
            joined += following.text
            if is_title(joined):
                whole = joined
            elif whole:
                break
        if whole:
            found.append((whole, first.start))
    return found


def _first_title_line(lines: list[Line], fallback: int) -> int:
    return next((line.start for line in lines if is_title(line.text)), fallback)


def is_title(line: str) -> bool:
    if not SHORTEST_TITLE <= len(line) <= LONGEST_TITLE or ANY_LABEL.match(line):
        return False
    return TITLE_END.search(line) is not None and not NO_TITLE.search(line)


def _title_weight(line: str, stem: str) -> float:
    """Titles name an issuer or 关于 or a year, and the file is often named after them."""
    shared = len(set(fold(line)) & set(fold(stem))) / max(len(set(fold(stem))), 1)
    return shared + 0.6 * bool(TITLE_LEAD.search(line)) + 0.4 * bool(years(line)) + min(len(line), 30) / 60


def _restore_first_character(title: str, issuer: Field | None) -> str:
    """`山市人民政府关于…` by 乳山市人民政府 lost its first character."""
    if issuer is None or len(issuer.value) <= SHORTEST_TITLE or title.startswith(issuer.value):
        return title
    if title.startswith(issuer.value[1:]):
        return issuer.value[0] + title
    return title
