"""An item of a list is read behind the sentence that leads to it."""

import pytest

from ingest.document import Span
from server.answer.leadin import LONGEST, lead_in

LISTS = """第十一条 工资总额的组成另行规定。下列各项不列入工资总额的范围：
（一）根据国务院发布的有关规定颁发的奖金；
（二）有关劳动保险和职工福利方面的各项费用；
（三）稿费、讲课费。
第十二条 本规定由国家统计局解释。
（一）孤立的一项。
"""


def _lead(text: str, item: str) -> str | None:
    start = text.index(item)
    span = lead_in(text, Span(start, start + len(item)))
    return None if span is None else text[span.start : span.end]


@pytest.mark.parametrize("item", ["（一）根据国务院", "（二）有关劳动保险", "（三）稿费"])
def test_every_item_has_the_last_sentence_before_its_list(item: str) -> None:
    assert _lead(LISTS, item) == "下列各项不列入工资总额的范围："


def test_an_item_below_a_sentence_that_does_not_lead_has_none() -> None:
    assert _lead(LISTS, "（一）孤立的一项") is None


def test_what_is_no_item_has_none() -> None:
    assert _lead(LISTS, "下列各项") is None
    assert _lead(LISTS, "第十二条") is None


@pytest.mark.parametrize("mark", ["1.", "1、", "(1)", "①", "（十二）"])
def test_items_are_marked_in_many_ways(mark: str) -> None:
    assert _lead(f"应当提交以下材料：\n{mark}身份证", f"{mark}身份证") == "应当提交以下材料："


def test_a_number_with_decimals_is_no_item() -> None:
    assert _lead("增长情况如下：\n1.5万人就业", "1.5万人") is None


def test_a_paragraph_that_ends_in_a_colon_is_too_long_to_be_read_with_every_item() -> None:
    assert _lead("长" * LONGEST + "：\n（一）短", "（一）短") is None


def test_the_first_line_of_a_text_has_none() -> None:
    assert _lead("（一）开头", "（一）开头") is None


def test_a_lead_in_on_the_first_line_is_found() -> None:
    assert _lead("条件：\n\n（一）年满十八岁", "（一）年满十八岁") == "条件："
