"""What a number is said of: its unit, bound and direction, and the nouns around it."""

import pytest

from ingest.numbers import quantities
from server.answer.claims import (
    last_noun,
    measure,
    same_bound,
    same_direction,
    same_measure,
    same_noun,
    without_asides,
    without_figures_and_places,
)


def _same_noun(said: str, shown: str, context: str = "") -> bool:
    """Whether the first number of `said` counts the same as the equal number of `shown`."""
    claimed = quantities(said)[0]
    return any(same_noun(said, claimed, shown, q, context) for q in quantities(shown) if q.key == claimed.key)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("竣工6个", "个"),
        ("6 个", "个"),
        ("投入6亿元", "元"),
        ("每年48个月", "个月"),
        ("5个工作日", "个工作日"),
        ("下降1个百分点", "个百分点"),
        ("1.5万人次", "人次"),
        ("2.9亿千瓦", "千瓦"),
        ("1363亿美元", "美元"),
        ("4.5%以内", ""),
        ("3.5%左右", ""),
        ("3万左右", ""),
        ("共6", ""),
    ],
)
def test_the_unit_behind_a_number_is_the_longest_that_is_known(text: str, unit: str) -> None:
    assert measure(text, quantities(text)[0]) == unit


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("天", "日", True),
        ("个月", "月", True),
        ("工作日", "个工作日", True),
        ("名", "人", True),
        ("个", "所", True),
        ("", "元", True),
        ("天", "个工作日", False),
        ("日", "工作日", False),
        ("元", "万元", False),
        ("人", "人次", False),
        ("人", "所", False),
        ("个", "元", False),
        ("个", "个百分点", False),
        ("年", "个月", False),
    ],
)
def test_units_are_the_same_when_they_measure_the_same(one: str, other: str, same: bool) -> None:
    assert same_measure(one, other) is same
    assert same_measure(other, one) is same


@pytest.mark.parametrize(
    ("said", "shown", "same"),
    [
        ("超过85%", "超过85%", True),
        ("85%以上", "不低于85%", True),
        ("至少85%", "85%以上", True),
        ("不超过48个月", "不能超过48个月", True),
        ("不超过4.5%", "4.5%以内", True),
        ("85%", "超过85%", True),
        ("应超过85%", "超过85%", True),
        ("超过85%", "不超过85%", False),
        ("不低于48个月", "不能超过48个月", False),
        ("85%以下", "85%以上", False),
        ("低于75%", "超过75%", False),
        ("超过85%", "达到85%", False),
        ("5年以上", "5年以内", False),
    ],
)
def test_a_bound_is_the_evidences_own_and_may_only_be_left_out(said: str, shown: str, same: bool) -> None:
    assert same_bound(said, quantities(said)[0], shown, quantities(shown)[0]) is same


def test_a_bound_said_once_holds_for_the_whole_list() -> None:
    shown = "学前段、义务段、高中段分别不低于95%、98%、85%"
    for said, held in zip(("不低于95%", "不低于98%", "不低于85%"), quantities(shown), strict=True):
        assert same_bound(said, quantities(said)[0], shown, held)
    assert not same_bound("不超过85%", quantities("不超过85%")[0], shown, quantities(shown)[2])


def test_the_bound_of_one_number_is_not_read_off_the_next() -> None:
    shown = "招聘15人,5年以上教龄优先"
    assert not same_bound("15人以上", quantities("15人以上")[0], shown, quantities(shown)[0])


@pytest.mark.parametrize(
    ("said", "shown", "same"),
    [
        ("近视率降低1个百分点", "近视率下降1个百分点", True),
        ("近视率上升1个百分点", "近视率下降1个百分点", False),
        ("赤字减少100亿元", "赤字增加100亿元", False),
        ("收入100亿元", "收入增加100亿元", True),
        ("收入增长8%", "成本下降5%，收入增长8%", True),
    ],
)
def test_what_rose_did_not_fall(said: str, shown: str, same: bool) -> None:
    claimed = quantities(said)[0]
    held = next(q for q in quantities(shown) if q.key == claimed.key)
    assert same_direction(said, claimed, shown, held) is same


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("竣工6个项目", "计划竣工项目6个"),
        ("招聘600名备案制教师", "计划招聘备案制教师600名"),
        ("建成投用40所中小学", "建成投用中小学、幼儿园40所以上"),
        ("近视率每年下降1个百分点", "力争学生近视率每年下降1个百分点"),
        ("小学学位1200个", "新增学位2000个，其中小学1200个"),
        ("铁路投资8000亿元", "8000亿元——铁路投资"),
        ("教师1200人", "1200人（教师）"),
        ("97.14%以上的乡镇建有老年学校", "推动97.14%以上乡镇(街道)建有老年学校"),
        ("名校长20名", "培养名校(园)长20人"),
        ("占比要达到80%", "担保业务占比达到80%以上"),
        ("学位1080个", "学校：第一小学 | 学位：1080"),
        ("6个", "计划竣工项目6个"),
    ],
)
def test_a_number_may_stand_before_or_behind_its_noun(said: str, shown: str) -> None:
    assert _same_noun(said, shown)


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("新增学位3个", "新增幼儿园3所"),
        ("竣工初中2所", "竣工高中2个"),
        ("幼儿园960所", "城区幼儿园提供托位960个"),
        ("双师型教师100名", "建立100个双师型教师培训基地"),
        ("教师占比75%", "中小学达标率超过75%"),
        ("第二小学班级36个", "第一小学学位36个"),
    ],
)
def test_a_number_of_another_noun_is_another_number(said: str, shown: str) -> None:
    assert not _same_noun(said, shown)


def test_a_noun_that_stands_in_the_heading_only_counts() -> None:
    assert _same_noun("普惠性幼儿园覆盖率达到90%", "到2025年达到90%以上", "二、普惠性幼儿园覆盖率")
    assert not _same_noun("普惠性幼儿园覆盖率达到90%", "到2025年达到90%以上", "二、教师待遇")


def test_brackets_without_figures_join_the_word_around_them_and_keep_offsets() -> None:
    text = "新(改扩)建学校22所，招聘1200人（教师），另有(其中小学5所)"
    bare = without_asides(text)
    assert len(bare) == len(text)
    assert "改扩" not in bare
    assert "教师" in bare and "小学5所" in bare


def test_figures_with_their_units_and_places_are_no_words() -> None:
    assert without_figures_and_places("海沧区提供960个托位").split() == ["提供", "托位"]


def test_the_noun_that_is_counted_is_the_last_behind_the_number_else_before_it() -> None:
    for text, noun in (("竣工6个项目", "项目"), ("新增学位8280个", "学位"), ("9亿多人", ""), ("6个", "")):
        assert last_noun(text, quantities(text)[0]) == noun
