"""Numbers, dates, years and document numbers, whatever way they are written."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.numbers import dates, document_numbers, han_value, quantities, years


def keys(text: str) -> list[tuple[Decimal, bool]]:
    return [quantity.key for quantity in quantities(text)]


@pytest.mark.parametrize(
    "written",
    ["80%", "80％", "８０％", "百分之八十", "百分之80", "80.0%"],
)
def test_a_percentage_is_one_however_written(written: str) -> None:
    assert keys(f"覆盖率达到{written}以上") == [(Decimal(80).normalize(), True)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1.2万名", "12000名"),
        ("12,000名", "12000名"),
        ("十五个", "15个"),
        ("三百二十名", "320名"),
        ("一百零五所", "105所"),
        ("两千三百人", "2300人"),
        ("3亿元", "300000000元"),
        ("1.5万亿元", "1500000000000元"),
        ("第十二条", "第12条"),
        ("二十万册", "20万册"),
        ("百分之八十五点五", "85.5%"),
    ],
)
def test_two_ways_of_writing_a_number_are_equal(one: str, other: str) -> None:
    assert keys(one) == keys(other)
    assert len(keys(one)) == 1


def test_a_percentage_is_not_the_plain_number() -> None:
    assert keys("80%") != keys("80所")


def test_a_number_is_whole_and_keeps_its_span() -> None:
    text = "可新增学位 8280 个，占 97.14%"
    first, second = quantities(text)
    assert (text[first.start : first.end], first.written, first.value) == ("8280", "8280", Decimal(8280))
    assert (text[second.start : second.end], second.percent) == ("97.14%", True)
    assert Decimal(828) not in [q.value for q in quantities(text)]


def test_han_digits_that_are_words_are_no_numbers() -> None:
    assert keys("坚持一体化发展，重视三农工作，万众一心") == []


def in_han(number: int) -> str:
    """1 to 9999 as it is written: 15 is 十五, 105 一百零五, 110 一百一十, 1005 一千零五."""
    written = ""
    gap = False
    for scale, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // scale % 10
        if digit:
            written += ("零" if gap and written else "") + "〇一二三四五六七八九"[digit] + unit
        gap = not digit
    return written.removeprefix("一") if 10 <= number < 20 else written


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(1, 9999))
def test_every_chinese_numeral_up_to_a_myriad_has_its_value(number: int) -> None:
    assert han_value(in_han(number)) == number
    assert keys(f"新增{in_han(number)}个") == [(Decimal(number).normalize(), False)]


def test_the_numerals_of_this_test_are_written_as_usual() -> None:
    assert [in_han(n) for n in (5, 10, 15, 20, 105, 110, 1005, 2023)] == [
        "五", "十", "十五", "二十", "一百零五", "一百一十", "一千零五", "二千零二十三",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "written",
    ["2023年3月2日", "2023-03-02", "2023/3/2", "2023.03.02", "二〇二三年三月二日", "二○二三年三月二日",
     "２０２３年３月２日", "2023 年 3 月 2 日"],
)  # fmt: skip
def test_a_date_is_one_however_written(written: str) -> None:
    text = f"成文日期：{written} 公开"
    ((value, start, end),) = dates(text)
    assert value == "2023-03-02"
    assert text[start:end] == written


def test_double_digit_han_dates_and_what_is_no_date() -> None:
    assert [value for value, _, _ in dates("二〇二一年十一月三十日")] == ["2021-11-30"]
    assert dates("2023年13月2日") == []
    assert dates("2023年3月") == []


@pytest.mark.parametrize(
    "written",
    ["厦海教工委〔2023〕16号", "厦海教工委[2023]16号", "厦海教工委［2023］16号", "厦海教工委【2023】16号",
     "厦海教工委﹝2023﹞16号", "厦海教工委〔２０２３〕１６号", "厦海教工委〔2023〕 16 号"],
)  # fmt: skip
def test_a_document_number_is_one_in_any_square_bracket(written: str) -> None:
    text = f"（{written}）"
    ((value, start, end),) = document_numbers(text)
    assert value == "厦海教工委[2023]16号"
    assert text[start:end] == written


@pytest.mark.parametrize("written", ["国发(2016)1号", "国发（2016）1号"])
def test_a_document_number_is_also_found_in_round_brackets(written: str) -> None:
    ((_, start, end),) = document_numbers(f"{written}文件")
    assert (start, end) == (0, len(written))


def test_two_document_numbers_are_told_apart() -> None:
    found = document_numbers("国发〔2016〕1号、教基〔2017〕22号")
    assert [value for value, _, _ in found] == ["国发[2016]1号", "教基[2017]22号"]


def test_years_in_figures_and_in_han() -> None:
    text = "2022年和二〇二三年，2021-2025年"
    assert [(year, text[start:end]) for year, start, end in years(text)] == [
        (2022, "2022"), (2023, "二〇二三"), (2021, "2021"), (2025, "2025"),
    ]  # fmt: skip


@pytest.mark.parametrize("text", ["招收2000人", "热线2912345", "编号120230", "2023届毕业生", "新增2000个学位"])
def test_a_count_or_a_code_is_no_year(text: str) -> None:
    assert years(text) == []
