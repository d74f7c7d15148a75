"""A number is not given for what another number of the same sentence tells."""

import pytest

from ingest.numbers import Quantity, quantities
from server.answer.rivals import fits_best, is_quoted, is_year, same_condition, slots

SEATS = "新增学位2000个(其中幼儿园800个、小学1200个)"
FINISHED = "2023年计划推进教育项目17个:计划竣工项目6个,含高中2个、小学1个、幼儿园3个,可新增学位8280个;"
KINDERGARTENS = "实现公办园覆盖率50%以上,普惠性幼儿园覆盖率90%以上"
EACH = "学前教育、义务教育和高中阶段入学率分别达到95%、99%和90%"
INCOME = "城镇居民人均可支配收入和农村居民人均纯收入实际增长8.4%和11.4%"
SCHOOLS = "建设50所高水平高等职业学校和150个骨干专业"
POWER = "清洁能源发电装机达到2.9亿千瓦，比上年增加3356万千瓦"
BUILT = "2021年竣工学校3所,2022年竣工学校5所"
ROW = "学校：第一小学 | 班级：36 | 学位：1080 | 公办率：86%"


def _pair(said: str, shown: str) -> tuple[Quantity, Quantity]:
    """The last number of a claim and the number of the evidence that equals it."""
    claimed = quantities(said)[-1]
    return claimed, next(q for q in quantities(shown) if q.key == claimed.key)


def _spoken(said: str, shown: str) -> tuple[Quantity, str, Quantity]:
    claimed, held = _pair(said, shown)
    return claimed, shown, held


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("幼儿园学位800个", SEATS),
        ("新增小学学位1200个", SEATS),
        ("新增2000个学位", SEATS),
        ("竣工项目中有高中2所", FINISHED),
        ("竣工高中项目2个", FINISHED),
        ("竣工的幼儿园有3所", FINISHED),
        ("推进教育项目17个", FINISHED),
        ("6个项目计划竣工", FINISHED),
        ("公办园的覆盖率达到50%以上", KINDERGARTENS),
        ("义务教育入学率99%", EACH),
        ("高中阶段入学率达到90%", EACH),
        ("农村居民人均纯收入实际增长11.4%", INCOME),
        ("骨干专业150个", SCHOOLS),
        ("清洁能源发电装机比上年增加3356万千瓦", POWER),
        ("2022年竣工学校5所", BUILT),
        ("第一小学学位1080个", ROW),
        ("公办率86%", ROW),
        ("小麦每50公斤提高7.4元", "小麦、稻谷每50公斤分别提高7.4元和16元"),
    ],
)
def test_a_number_given_for_its_own_noun_fits_best(said: str, shown: str) -> None:
    assert fits_best(said, *_spoken(said, shown))


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("学位800个", SEATS),
        ("小学学位800个", SEATS),
        ("幼儿园学位2000个", SEATS),
        ("计划竣工项目17个", FINISHED),
        ("竣工小学3所", FINISHED),
        ("竣工高中3个", FINISHED),
        ("新增学位6个", FINISHED),
        ("公办园覆盖率90%以上", KINDERGARTENS),
        ("普惠性幼儿园覆盖率50%以上", KINDERGARTENS),
        ("学前教育入学率99%", EACH),
        ("高中阶段入学率95%", EACH),
        ("农村居民人均纯收入实际增长8.4%", INCOME),
        ("高等职业学校150所", SCHOOLS),
        ("清洁能源发电装机增加2.9亿千瓦", POWER),
        ("2022年竣工学校3所", BUILT),
        ("第一小学班级1080个", ROW),
    ],
)
def test_a_number_given_for_anothers_noun_does_not(said: str, shown: str) -> None:
    assert not fits_best(said, *_spoken(said, shown))


def test_words_that_no_number_has_decide_nothing() -> None:
    said = "根据安排，全区有望竣工6个项目"
    assert fits_best(said, *_spoken(said, FINISHED))


@pytest.mark.parametrize(
    ("said", "quoted"),
    [
        ("可新增学位 8280个", True),
        ("新增学位8280个", True),
        ("含高中2个、小学1个、幼儿园3个", True),
        ("新增8280个学位", False),
        ("教育学位8280个", False),
    ],
)
def test_a_clause_copied_letter_for_letter_is_quoted(said: str, quoted: bool) -> None:
    assert is_quoted(said, *_spoken(said, FINISHED)) is quoted


def test_the_first_figure_of_a_list_is_no_quotation_of_its_last_noun() -> None:
    said = "农村居民人均纯收入实际增长8.4%"
    assert not is_quoted(said, *_spoken(said, INCOME))


@pytest.mark.parametrize(
    ("said", "same"),
    [
        ("人口超过100万的城市扣除标准为1100元", True),
        ("人口不超过100万的城市扣除标准为800元", True),
        ("人口不超过100万的城市扣除标准为1100元", False),
        ("人口超过100万的城市扣除标准为800元", False),
        ("扣除标准为800元", True),
    ],
)
def test_the_condition_of_a_number_is_the_evidences(said: str, same: bool) -> None:
    shown = "人口超过100万的城市，扣除标准为1100元；人口不超过100万的城市，扣除标准为800元"
    assert same_condition(said, *_spoken(said, shown)) is same


def test_four_figures_are_a_year_only_where_they_name_one() -> None:
    for text, expected in (("2023年竣工", True), ("学位：2040", False), ("2040个学位", False), ("2021：1080", True)):
        assert is_year(text, quantities(text)[0]) is expected


def test_a_part_keeps_the_words_of_its_whole_and_a_new_number_drops_them() -> None:
    found = {slot.quantity.written: slot for slot in slots(SEATS + ",教师50名")}
    assert found["1200"].has("学位")
    assert not found["1200"].has("幼儿园")
    assert not found["50"].has("学位")
