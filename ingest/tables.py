"""Tables: which rows are the header, and how each row reads by itself with its headers repeated.

Not covered: finding a table in a file, and which cells are merged (the readers' work).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

CELL = " | "
LONGEST_HEADER = 24
FIGURE = re.compile(r"^[\d\s.,，:：/%％+\-—–~～年月日时分号()（）]*$")
# What labels end in or are: a first row, or a first column, that is made of these is a header.
LABEL = re.compile(
    r"(?:名称|姓名|名|单位|部门|机构|机关|项目|指标|类别|类型|分类|内容|事项|任务|措施|目标|标准|要求|说明|备注|序号|编号|号|代码|年份|年度|年|月份|时间|日期|期限"
    r"|地点|地址|地区|区域|数量|数|人数|金额|价格|单价|总价|合计|小计|比例|占比|率|职务|职称|电话|邮箱|学历|性别|年龄|负责人|联系人|责任人|依据|结果|状态|来源|标题|文号)$"
)


@dataclass(frozen=True)
class ReadTable:
    """`captions` stand before the table; `readings` has one text a row of data."""

    captions: tuple[str, ...]
    readings: tuple[str, ...]


def read_table(rows: Sequence[Sequence[str]], header_rows: int | None = None) -> ReadTable:
    """Tell captions, header and data apart and put the header before every cell.

    >>> read_table([["学校", "学位"], ["第一小学", "1080"]]).readings
    ('学校：第一小学 | 学位：1080',)
    """
    filled = [list(row) for row in rows if any(cell for cell in row)]
    captions: list[str] = []
    while len(filled) > 1 and len({cell for cell in filled[0] if cell}) == 1 and len(filled[0]) > 1 and not header_rows:
        captions.append(next(cell for cell in filled.pop(0) if cell))
    header = _header_size(filled) if header_rows is None else min(header_rows, max(len(filled) - 1, 0))
    names = _names(filled[:header])
    return ReadTable(tuple(captions), tuple(_reading(row, names) for row in filled[header:]))


def _header_size(rows: list[list[str]]) -> int:
    if len(rows) < 2:
        return 0
    first = rows[0]
    if len(first) < 2 or not all(first) or any(len(c) > LONGEST_HEADER or FIGURE.match(c) for c in first):
        return 0
    spanned = any(a == b for a, b in zip(first, first[1:], strict=False))
    if spanned:
        return 2 if len(rows) > 2 and all(c and not FIGURE.match(c) for c in rows[1]) else 0
    if len(set(first)) < len(first):
        return 0
    if len(first) == 2 and all(row[0] == "" or LABEL.search(row[0]) for row in rows) and not LABEL.search(first[1]):
        return 0  # a form: 姓名 | 张三
    return 1


def _names(header: list[list[str]]) -> list[str]:
    """One name a column; two header rows are joined where they differ (`学生/男`)."""
    if not header:
        return []
    width = max(len(row) for row in header)
    columns = [[row[i] for row in header if i < len(row) and row[i]] for i in range(width)]
    return ["/".join(dict.fromkeys(column)) for column in columns]


def _reading(row: list[str], names: list[str]) -> str:
    cells: list[str] = []
    for i, cell in enumerate(row):
        if not cell:
            continue
        name = names[i] if i < len(names) else ""
        shown = f"{name}：{cell}" if name and name != cell else cell
        if not cells or cells[-1] != shown:
            cells.append(shown)
    return CELL.join(cells)
