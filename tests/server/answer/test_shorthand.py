"""Shorthand that counts what its members share, and the sentences that spell it out."""

import pytest

from ingest.text import fold
from server.answer.shorthand import Shorthand, asked_members, shorthand


def _short(term: str) -> Shorthand:
    found = shorthand(fold(term))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("term", "counts"),
    [("六保", {6}), ("三个亿元村", {3}), ("两地两区", {2, 4}), ("双随机、一公开", {2, 3})],
)
def test_shorthand_counts_its_members(term: str, counts: set[int]) -> None:
    assert _short(term).counts == counts


@pytest.mark.parametrize("term", ["专利代理", "一老", "海绵城市", "新三板"])
def test_what_counts_nothing_is_no_shorthand(term: str) -> None:
    assert shorthand(term) is None


@pytest.mark.parametrize(
    ("term", "sentence"),
    [
        ("四统一", "实施建设标准、编制标准、经费标准、装备标准“四统一”。"),
        ("两地两区", "推进“两地两区”建设（改革先行地、教育高地、开放示范区、创新区），"),
        ("三个千人", "解决“三个千人”问题，安置1千人就业，帮扶1千人入学，培训1千人创业。"),
        ("双随机、一公开", "推行“双随机、一公开”监管，随机抽取对象，随机选派人员，及时公布结果。"),
    ],
)
def test_members_beside_the_term_spell_it_out(term: str, sentence: str) -> None:
    assert _short(term).spelt_out(fold(sentence))


@pytest.mark.parametrize(
    ("term", "sentence"),
    [
        ("三个千人", "以解决三个千人问题为着力点，发挥好城市的支撑作用。"),
        ("三农", "做好“三农”工作，稳定市场预期，扩大有效需求，改善群众生活。"),
        ("四统一", "实施建设标准、编制标准“四统一”。"),
    ],
)
def test_a_mention_spells_nothing_out(term: str, sentence: str) -> None:
    assert not _short(term).spelt_out(fold(sentence))


def test_a_run_of_as_many_members_that_begin_alike_names_them() -> None:
    assert _short("三稳").names_members(fold("加大力度，稳就业、稳物价、稳外贸，推动发展"))
    assert not _short("三稳").names_members(fold("稳就业、稳物价、稳外贸、稳投资"))


def test_members_are_asked_for_in_the_words_of_the_term() -> None:
    assert asked_members("“六保”是保哪些？") == "六保"
    assert asked_members("城乡学校“四统一”统一的是哪四项标准") == "四统一"
    assert asked_members("“双减”有哪些措施") is None
    assert asked_members("“海绵城市”包括哪些") is None
