"""An item of a list is read behind the sentence that leads to it."""

import pytest

from ingest.document import Span
from server.answer.leadin import LONGEST, lead_in, punished

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


RULES = """第五条 商店不得占道经营。违反规定的，责令改正；拒不改正的，处五十元罚款。

第六条 禁止携犬进入公园。

违反前款规定的，处一百元罚款；情节严重的，处二百元罚款。

第七条 禁止下列行为：
（一）乱倒垃圾；
（二）乱贴广告。
违反前款规定的，处三百元罚款。违反其他规定的，依法处罚。
"""


@pytest.mark.parametrize(
    ("penalty", "rule"),
    [
        ("违反规定的，责令改正；", "第五条 商店不得占道经营。"),
        ("拒不改正的，处五十元罚款。", "第五条 商店不得占道经营。"),
        ("违反前款规定的，处一百元罚款；", "第六条 禁止携犬进入公园。"),
        ("情节严重的，处二百元罚款。", "第六条 禁止携犬进入公园。"),
        ("违反前款规定的，处三百元罚款。", None),
        ("违反其他规定的，依法处罚。", None),
        ("第六条 禁止携犬进入公园。", None),
    ],
)
def test_a_penalty_is_read_behind_the_rule_that_it_is_for(penalty: str, rule: str | None) -> None:
    start = RULES.index(penalty)
    span = punished(RULES, Span(start, start + len(penalty)))
    assert (None if span is None else RULES[span.start : span.end]) == rule
