"""A sentence decides a question of yes or no by the clause that allows, forbids, demands or denies what is asked."""

import pytest

from index.query import understand
from server.answer.deciding import asks_reached, decides
from server.answer.rarity import Rarity
from tests.server.conftest import Index

TEXT = "西山市控烟条例\n\n第一条 餐馆不得设置吸烟区，应当张贴标识。\n"


@pytest.mark.parametrize(
    ("question", "lead", "item", "does"),
    [
        ("餐馆能设置吸烟区吗", "", "餐馆不得设置吸烟区。", True),
        ("餐馆能设置吸烟区吗", "", "餐馆设置吸烟区的，处警告。", False),
        ("餐馆能设置吸烟区吗", "", "餐馆设置吸烟区的，应急部门可以检查。", False),
        ("餐馆能设置吸烟区吗", "不得有下列行为：", "（一）餐馆设置吸烟区；", True),
        ("餐馆能设置吸烟区吗", "情节严重的，可以停业：", "（一）餐馆设置吸烟区；", False),
        ("餐馆的吸烟区减少了吗", "", "餐馆的吸烟区数量持平。", True),
        ("餐馆有几个吸烟区", "", "餐馆不得设置吸烟区。", False),
    ],
)
def test_the_clause_about_what_is_asked_has_to_decide(
    index: Index, question: str, lead: str, item: str, does: bool
) -> None:
    asked = understand(question)
    rarity = Rarity(index({"控烟.txt": TEXT}).store, asked.subject)
    assert (decides(question, lead, item, rarity) > 0) is does


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("去年的增长目标完成了没有？", True),
        ("是否实现了减排目标", True),
        ("达到目标了吗", True),
        ("增长目标是多少", False),
        ("要完成几项任务", False),
    ],
)
def test_it_is_known_whether_it_is_asked_if_a_target_was_reached(question: str, asks: bool) -> None:
    assert asks_reached(question) is asks
