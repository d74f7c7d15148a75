"""What a follow-up refers back to: an item of a list, an earlier question."""

import pytest

from server.answer.reference import back, listed_item

LIST = "2023年舟山教育民生实事有哪些项目"


@pytest.mark.parametrize(
    ("asked", "number", "of_item"),
    [
        ("第三个项目具体做什么", 3, "具体做什么"),
        ("第十二项", 12, "具体是什么"),
        ("第2个由谁负责", 2, "由谁负责"),
        ("第二条", 2, "具体是什么"),
    ],
)
def test_an_item_of_a_list_is_known_by_its_number(asked: str, number: int, of_item: str) -> None:
    found = listed_item(asked, LIST)
    assert found is not None
    assert (found.number, found.asked) == (number, of_item)


@pytest.mark.parametrize(
    ("asked", "last"),
    [
        ("第二个百年奋斗目标什么时候实现", LIST),
        ("第三个项目具体做什么", "舟山2023年新增学位多少个"),
        ("项目由谁负责", LIST),
        ("第三条呢", "专利代理条例规定了哪些条件"),
    ],
)
def test_what_counts_no_item_of_a_list_is_none(asked: str, last: str) -> None:
    assert listed_item(asked, last) is None


def test_an_item_is_that_of_its_number_and_without_numbers_the_one_in_its_place() -> None:
    found = listed_item("第二项", LIST)
    assert found is not None
    assert found.among(["做好三件事：", "一是扩容", "二是提质"]) == "二是提质"
    assert found.among(["扩容", "提质"]) == "提质"
    assert found.among(["1.扩容"]) is None and found.among(["扩容"]) is None


def test_an_item_is_called_by_its_own_first_words() -> None:
    found = listed_item("第三个项目具体做什么", LIST)
    assert found is not None
    assert found.about("3.“安心晚托”项目。开展延时托管服务") == "2023年舟山教育民生实事，“安心晚托”项目具体做什么"
    assert found.about("三农工作：扶持") == "2023年舟山教育民生实事，三农工作具体做什么"


def test_a_way_back_leads_to_the_question_that_holds_its_words() -> None:
    earlier = ["2016年财政赤字拟安排多少", "2016年棚户区改造多少套"]
    assert back("回到赤字，赤字率是多少", earlier) == "2016年财政赤字，赤字率是多少"
    assert back("回到最开始，比上年多多少", earlier) == "2016年财政赤字，比上年多多少"
    assert back("回到农村的大学生，有什么补贴", earlier) is None
