"""Whether a document still holds, as far as it says so itself, and which others it repeals."""

import re

from ingest.document import Field
from ingest.head import Line, labelled

LABELS = ("有效性", "时效性", "效力状态", "效力", "文件状态", "是否有效", "时效状态", "文件有效性")
# Behind the title or alone in a line: （已废止）, 【失效】, 本文件已于2020年1月1日废止。
MARK = re.compile(r"[（(【\[〔](?P<mark>(?:已|部分|全文)?(?:废止|失效|宣布失效|被修改|修改|修订))[）)】\]〕]")
BANNER = re.compile(
    r"^[*＊【\[（(]*(?:本|该)(?:文件|文|通知|办法|规定|条例|意见|决定|法|细则)(?P<mark>已(?:于|被|经|全文|自)?[^。，]{0,40}?(?:废止|失效))"
)
# `《广州市募捐条例》同时废止`; what stands between may name the number and the date, never another sentence.
REPEALS = re.compile(
    r"(?P<names>《[^。；\n]{2,400}?)(?:同时|即行|相应|自本[^。；]{1,12}起)?(?:予以)?(?:废止|停止执行|失效)"
)
NAME = re.compile(r"《(?P<name>[^《》]{2,80}(?:《[^《》]*》[^《》]{0,40})?)》")
REPEALING = re.compile(r"同时|即行|起施行|起实施|起执行|下列|以下|印发之日|公布之日|发布之日")
# `根据…会议《关于修改〈统计管理条例〉的决定》第一次修正的《统计管理条例》同时废止` repeals the second only.
AMENDING = re.compile(r"(?:第[一二三四五六七八九十]{1,3}次)?(?:修正|修订|修改)")
CLOSING_CHARACTERS = 3000


def validity(text: str, lines: list[Line], title: str) -> Field | None:
    """What the document says of its own validity (`现行有效`, `已废止`), None where it says nothing."""
    stated = labelled(lines, LABELS)
    if stated is not None:
        return stated
    for line in lines[:12]:
        match = BANNER.search(line.text) or (MARK.search(line.text) if _about_itself(line.text, title) else None)
        if match is not None:
            return Field(match["mark"], line.start + match.start("mark"), line.start + match.end("mark"))
    return None


def _about_itself(line: str, title: str) -> bool:
    """A mark counts where it stands behind the title or alone."""
    return title[:8] in line or MARK.fullmatch(line.strip()) is not None


def repealed_documents(text: str) -> tuple[Field, ...]:
    """Names of the documents that this one repeals, as its closing provisions say."""
    start = max(0, len(text) - CLOSING_CHARACTERS)
    found: dict[str, Field] = {}
    for match in REPEALS.finditer(text, start):
        sentence = max(text.rfind("。", 0, match.start()), text.rfind("\n", 0, match.start())) + 1
        if not REPEALING.search(text[sentence : match.end()]):
            continue
        for name in NAME.finditer(text, match.start("names"), match.end("names")):
            if AMENDING.match(text, name.end()):
                continue
            found.setdefault(name["name"], Field(name["name"], name.start("name"), name.end("name")))
    return tuple(found.values())
