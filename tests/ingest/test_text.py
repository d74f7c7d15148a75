"""Normalised copies and sentences, always with the way back to the original."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import text as ingest_text
from ingest.document import Span
from ingest.text import LONG_SENTENCE, LONGEST_KEPT, fold, normalise, sentences, simplified, visible
from tests.conftest import SAMPLES


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("〔２０２３〕１６号", "[2023]16号"),
        ("【2023】16号", "[2023]16号"),
        ("Ａ级，８０％", "a级,80%"),
        ("“十四五”", '"十四五"'),
        ("2021—2025年", "2021-2025年"),
        ("學前教育〔2022〕３號", "学前教育[2022]3号"),
    ],
)
def test_folding_makes_interchangeable_forms_equal(written: str, folded: str) -> None:
    assert fold(written) == folded


def test_a_long_text_is_folded_alike_and_not_kept() -> None:
    long = "【２０２３】學前教育\n" * 1000
    before = ingest_text._kept_fold.cache_info().currsize
    assert fold(long) == "[2023]学前教育\n" * 1000
    assert ingest_text._kept_fold.cache_info().currsize == before
    assert (ingest_text._kept_fold.cache_info().maxsize or 0) * LONGEST_KEPT < 4_000_000


@pytest.mark.parametrize(
    ("traditional", "simple"),
    [
        ("舟山市2022年學前教育普惠率目標是多少", "舟山市2022年学前教育普惠率目标是多少"),
        ("臺州、瀋陽和廈門的體系與聯繫", "台州、沈阳和厦门的体系与联系"),
        ("後勤、徵收、夥伴、於此", "后勤、征收、伙伴、于此"),
        ("壹萬貳仟億兩", "壹万贰仟亿两"),
    ],
)
def test_traditional_characters_become_simplified_one_for_one(traditional: str, simple: str) -> None:
    assert simplified(traditional) == simple
    assert fold(traditional) == fold(simple)
    assert normalise(traditional) == normalise(simple)


def test_simplified_text_stays_as_it_is() -> None:
    texts = [path.read_text(encoding="utf-8") for path in sorted(SAMPLES.glob("*.txt"))]
    assert len(texts) > 1
    for text in [
        *texts,
        "乾县乾元山、哪吒、著作和显著、二噁英、皇后在后面、台州的台阶、里程、干部、只有、藉此、瞭望、覆盖",
    ]:
        assert simplified(text) == text


def test_the_common_characters_of_big5_all_have_their_simplified_form() -> None:
    often = "國學會為發業產經濟實務員開體區點數後應當無長電車東門問題關係處辦縣鄉鎮億萬歲畝噸戶號條項個強內黃說稅錄衛眾"
    assert not set(simplified(often)) & set(often)


def test_a_normalised_span_leads_back_to_the_original() -> None:
    text = "依据 厦海教工委 〔２０２３〕 16 号\n文件"
    copy = normalise(text)
    start = copy.text.index("[2023]16号")
    span = copy.span(start, start + len("[2023]16号"))
    assert text[span.start : span.end] == "〔２０２３〕 16 号"


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.text(st.one_of(st.sampled_from("12３ \t\n\u3000年，%"), st.characters()), max_size=60))
def test_normalising_any_text_keeps_origins_in_order_and_in_range(text: str) -> None:
    copy = normalise(text)
    assert len(copy.text) == len(copy.origins)
    assert list(copy.origins) == sorted(copy.origins)
    assert all(c == " " and copy.text[i - 1].isdigit() for i, c in enumerate(copy.text) if c.isspace())
    assert {i for i, c in enumerate(text) if c.isalnum()} <= set(copy.origins)
    for character, origin in zip(copy.text, copy.origins, strict=True):
        assert character in fold(text[origin]) or (character == " " and text[origin].isspace())


def test_white_space_is_dropped_but_joins_no_two_numbers() -> None:
    assert normalise("新 增\n 8280 个").text == "新增8280个"
    assert normalise("小学 12\t 34\n5 所").text == "小学12 34 5所"


def cut(text: str, joints: tuple[Span, ...] = ()) -> list[str]:
    return [text[s.start : s.end] for s in sentences(text, 0, len(text), joints)]


def test_sentences_end_at_stops_and_line_ends_and_keep_closing_quotes() -> None:
    assert cut("会议强调：“要抓落实。”各校照办！\n  一、目标\n增长1.5倍？是。") == [
        "会议强调：“要抓落实。”", "各校照办！", "一、目标", "增长1.5倍？", "是。",
    ]  # fmt: skip


def test_only_a_long_sentence_is_split_at_its_semicolons() -> None:
    short = "新建小学2所；改建幼儿园3所。"
    assert cut(short) == [short]
    clauses = ["甲" * LONG_SENTENCE + "；", "乙" * 10 + "；", "丙。"]
    assert cut("".join(clauses)) == clauses


def test_a_line_break_inside_noise_ends_no_sentence() -> None:
    text = "全年新建学校\n2、12所。"
    mark = Span(text.index("\n"), text.index("12"))
    assert cut(text) == ["全年新建学校", "2、12所。"]
    assert cut(text, (mark,)) == [text]
    assert visible(text, Span(0, len(text)), (mark,)) == "全年新建学校12所。"


def test_noise_at_the_edges_of_a_span_is_left_out() -> None:
    text = "打印正文收藏"
    noise = (Span(0, 2), Span(4, 6))
    assert visible(text, Span(0, 6), noise) == "正文"
    assert visible(text, Span(1, 5), noise) == "正文"
    assert visible(text, Span(2, 4), noise) == "正文"
