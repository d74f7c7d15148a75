"""Numbers, dates, years and document numbers, whatever way they are written."""

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.numbers import dates, document_numbers, han_value, in_figures, quantities, years


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
        ("百分之零点五", "0.5%"),
        ("千分之三", "0.3%"),
        ("3‰", "0.3%"),
        ("万分之五", "0.05%"),
        ("下降2.8%", "－2.8%"),
        ("三万五千", "35000"),
        ("三万五千六百元", "35600元"),
        ("二十一万三千", "213000"),
        ("1万2千人", "12000人"),
        ("1亿2000万", "120000000"),
        ("1亿3千多万人", "130000000人"),
        ("5万3000元", "53000元"),
        ("三万五，", "35000，"),
        ("3千人", "3000人"),
        ("5百万元", "5000000元"),
        ("三点五万元", "３．５万元"),
        ("2000余万元", "20000000元"),
        ("三十多万元", "300000元"),
        ("廿三个", "23个"),
        ("卅名", "30名"),
        ("壹佰万元", "100万元"),
        ("叁万伍仟元整", "35000元整"),
        ("伍万元", "50000元"),
        ("貳拾萬元", "200000元"),
        ("两亿三千万", "230000000"),
        ("五十千克", "50千克"),
    ],
)
def test_two_ways_of_writing_a_number_are_equal(one: str, other: str) -> None:
    assert keys(one) == keys(other)
    assert len(keys(one)) == 1


@pytest.mark.parametrize(
    "text",
    ["三四个", "七八百人", "五六十人", "三五千人", "两三名", "三两个", "十七八岁", "百分之三四十", "几十万人", "十几所", "三十几个",
     "数百名", "几千分之一", "一二三产业", "二三产业", "三三两两", "“十四五”规划", "五一假期"],
)  # fmt: skip
def test_a_vague_count_and_a_row_of_digits_have_no_value(text: str) -> None:
    assert keys(text) == []


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("三百万一年", [3_000_000, 1]),
        ("5万2023年", [50_000, 2023]),
        ("小学5万\t3000人", [50_000, 3000]),
        ("三万\n五千人", [30_000, 5000]),
        ("5~7个", [5, 7]),
        ("3—5万元", [30_000, 50_000]),
        ("100-1万元", [100, 10_000]),
        ("35个百分点", [35]),
        ("一个半月", [1]),
        ("两年半", [2]),
        ("一万两", [10_000]),
        ("3千米", [3]),
        ("三十多个", [30]),
    ],
)
def test_numbers_side_by_side_are_told_apart(text: str, values: list[int]) -> None:
    assert [quantity.value for quantity in quantities(text)] == values


@pytest.mark.parametrize(
    ("text", "values"),
    [("6%—6.5%", ["6", "6.5"]), ("6-6.5%", ["6", "6.5"]), ("10至15%", ["10", "15"]), ("3%左右", ["3"])],
)
def test_both_ends_of_a_range_are_percentages(text: str, values: list[str]) -> None:
    assert keys(text) == [(Decimal(value).normalize(), True) for value in values]


def test_the_lower_end_of_a_range_keeps_its_own_span() -> None:
    first, second = quantities("增长6-6.5%")
    assert (first.written, second.written) == ("6", "6.5%")


def test_a_fraction_is_one_number() -> None:
    assert keys("四分之一") == [(Decimal("0.25"), False)]
    assert keys("三分之二以上") == [((Decimal(2) / 3).normalize(), False)]
    assert keys("几分之三") == []


def test_capital_numerals_inside_words_are_no_numbers() -> None:
    assert keys("教师队伍万人，大陆元老，收拾家园，陆续到校") == []


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
    """1 to 99,999,999 as it is written: 15 is 十五, 105 一百零五, 35000 三万五千, 20010015 二千零一万零一十五."""
    myriads, rest = divmod(number, 10_000)
    if myriads:
        gap = "零" if 0 < rest < 1000 else ""
        return in_han(myriads) + "万" + (gap + _below_myriad(rest) if rest else "")
    written = _below_myriad(rest)
    return written.removeprefix("一") if 10 <= number < 20 else written


def _below_myriad(number: int) -> str:
    written = ""
    gap = False
    for scale, unit in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
        digit = number // scale % 10
        if digit:
            written += ("零" if gap and written else "") + "〇一二三四五六七八九"[digit] + unit
        gap = not digit
    return written


@settings(max_examples=600, deadline=None, derandomize=True)
@given(st.one_of(st.integers(1, 9999), st.integers(1, 99_999_999), st.sampled_from([10**n for n in range(8)])))
def test_every_chinese_numeral_has_its_value(number: int) -> None:
    assert han_value(in_han(number)) == number
    assert keys(f"新增{in_han(number)}个") == [(Decimal(number).normalize(), False)]


CAPITAL = str.maketrans("一二三四五六七八九十百千", "壹贰叁肆伍陆柒捌玖拾佰仟")


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.integers(1, 99_999_999))
def test_capital_numerals_of_money_have_the_same_value(number: int) -> None:
    assert keys(f"人民币{in_han(number).translate(CAPITAL)}元整") == [(Decimal(number).normalize(), False)]


def test_the_numerals_of_this_test_are_written_as_usual() -> None:
    assert [in_han(n) for n in (5, 10, 15, 20, 105, 110, 1005, 2023, 35_600, 120_015, 20_010_005)] == [
        "五", "十", "十五", "二十", "一百零五", "一百一十", "一千零五", "二千零二十三", "三万五千六百", "十二万零一十五", "二千零一万零五",
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


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("二〇一二年和２０１３年的目标", "2012年和2013年的目标"),
        ("到二○二五年", "到2025年"),
        ("三〇二室2023个", "三〇二室2023个"),
    ],
)
def test_years_are_put_in_plain_figures(written: str, plain: str) -> None:
    assert in_figures(written) == plain
