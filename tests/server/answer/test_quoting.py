"""What is quoted: the likeliest sentence, another where it is likely too, lists whole, long sentences by their clauses."""

from dataclasses import replace

import pytest

from index.query import understand
from index.search import Searcher
from index.store import Store
from server.answer.each import each_quotation
from server.answer.evidence import find_candidates
from server.answer.quoting import LONGEST_FACT, LONGEST_SENTENCE, Quotation, quote
from tests.server.answer.candidates import candidate
from tests.server.conftest import Index
from tests.stubs import PairReader

QUESTION = understand("海沧2023年计划竣工几个项目")
FINISHED = candidate("2023年计划竣工项目6个、续建项目5个,可新增学位8280个;", score=0.6)
OTHER = candidate("加强教师队伍建设", start=100, score=0.02)


@pytest.fixture
def store(searcher: Searcher) -> Store:
    return searcher.store


def _texts(quotation: Quotation) -> list[str]:
    return [sentence.text for sentence in quotation.sentences]


def test_the_likeliest_sentence_is_quoted_with_its_probability(store: Store) -> None:
    quotation = quote(QUESTION, [OTHER, FINISHED], store)
    assert _texts(quotation) == [FINISHED.shown]
    assert quotation.probability == pytest.approx(0.6)


def test_a_second_sentence_that_is_likely_too_is_quoted_behind_it_and_adds_its_probability(store: Store) -> None:
    second = candidate("竣工项目含高中2个", start=60, score=0.2)
    quotation = quote(QUESTION, [FINISHED, second, candidate("幼儿园3个", start=80, score=0.15)], store)
    assert _texts(quotation) == [FINISHED.shown, second.shown]
    assert quotation.probability == pytest.approx(0.8)


def test_a_second_sentence_that_makes_a_fact_an_essay_is_left_out(store: Store) -> None:
    long = candidate("竣工项目" + "优质均衡" * 55, start=60, score=0.3)
    assert len(long.shown) <= LONGEST_FACT
    assert _texts(quote(QUESTION, [FINISHED, long], store)) == [FINISHED.shown]


def test_of_a_long_sentence_the_clauses_are_quoted_that_hold_what_is_asked(store: Store) -> None:
    long = candidate("推进优质均衡，" * 20 + "计划竣工项目6个，" + "加强队伍建设，" * 5, score=0.9)
    (told,) = _texts(quote(QUESTION, [long], store))
    assert "竣工项目6个" in told
    assert len(told) <= LONGEST_SENTENCE


def test_yes_or_no_is_told_by_the_whole_sentence(store: Store) -> None:
    long = candidate("可以申请补助的单位，" + "应当具备规定的条件，" * 15 + "由主管部门审核。", score=0.9)
    assert _texts(quote(understand("企业可以申请补助吗"), [long], store)) == [long.shown]


EACH = understand("工业用水和商业用水的价格分别是多少元")
LEAD = "水价按照下列标准执行："
INDUSTRY = candidate("（一）工业用水每吨3元；", start=20, lead=LEAD, score=0.4)
TRADE = candidate("（二）商业用水每吨5元。", start=40, lead=LEAD, score=0.3)


def test_the_items_of_a_list_are_quoted_where_each_of_several_things_has_a_figure(store: Store) -> None:
    quotation = quote(EACH, [INDUSTRY, TRADE, OTHER], store)
    assert _texts(quotation) == [INDUSTRY.item.rstrip("；"), TRADE.item]
    assert quotation.probability == pytest.approx(0.7)


def test_one_sentence_with_both_figures_is_quoted_by_its_clauses(store: Store) -> None:
    both = candidate("城区工业用水每吨3元，商业用水每吨5元。", score=0.5)
    quotation = quote(EACH, [both, OTHER], store)
    assert _texts(quotation) == ["城区工业用水每吨3元", "商业用水每吨5元。"]
    assert quotation.probability == pytest.approx(0.5)


def test_nothing_is_quoted_for_several_things_where_a_figure_is_missing() -> None:
    assert each_quotation(EACH, [INDUSTRY, OTHER]) == ()
    assert each_quotation(QUESTION, [FINISHED]) == ()


RULES = """# 东湖市文物保护办法

第一条 为了保护文物，制定本办法。

第二条 在文物保护单位的保护范围内，禁止下列行为：
（一）擅自设置户外广告设施；
（二）修建人造景点；
（三）存放易燃、易爆物品。

第三条 本办法自2021年1月1日起施行。
"""


@pytest.mark.parametrize("told", [("禁止下列行为：",), ("修建人造景点", "存放易燃")])
def test_a_list_of_which_the_lead_or_several_items_are_likely_is_quoted_whole(
    index: Index, told: tuple[str, ...]
) -> None:
    searcher = index({"办法.md": RULES})
    question = understand("文物保护单位保护范围内不能干什么")
    found = find_candidates(question, searcher.search(question.text, 8), searcher.store, PairReader())
    likely = [next(replace(c, score=0.4) for c in found if word in c.item) for word in told]
    quotation = quote(question, likely, searcher.store)
    text = "".join(evidence.text for evidence in quotation.whole)
    assert "禁止下列行为：" in text
    assert all(item in text for item in ("户外广告", "人造景点", "易爆物品"))
    assert "施行" not in text


def test_one_item_alone_is_no_whole_list(index: Index) -> None:
    searcher = index({"办法.md": RULES})
    question = understand("保护范围内能修建人造景点吗")
    found = find_candidates(question, searcher.search(question.text, 8), searcher.store, PairReader())
    item = next(c for c in found if "人造景点" in c.item)
    quotation = quote(question, [replace(item, score=0.9)], searcher.store)
    assert quotation.whole == ()
    assert _texts(quotation) == [item.shown]


def test_a_list_that_does_not_hold_the_likeliest_sentence_does_not_stand_in_its_place(index: Index) -> None:
    searcher = index({"办法.md": RULES})
    question = understand("计划竣工几个项目")
    found = find_candidates(question, searcher.search("文物保护单位禁止下列行为", 8), searcher.store, PairReader())
    lead = next(replace(c, score=0.1) for c in found if c.shown.endswith("禁止下列行为："))
    quotation = quote(question, [lead, FINISHED], searcher.store)
    assert quotation.whole == ()
    assert _texts(quotation)[0] == FINISHED.shown


def test_what_a_whole_list_does_not_hold_adds_nothing_to_its_probability(index: Index) -> None:
    searcher = index({"办法.md": RULES})
    question = understand("保护范围内不能干什么")
    found = find_candidates(question, searcher.search(question.text, 8), searcher.store, PairReader())
    lead = next(replace(c, score=0.5) for c in found if c.shown.endswith("禁止下列行为："))
    quotation = quote(question, [lead, replace(OTHER, score=0.3)], searcher.store)
    assert quotation.whole
    assert quotation.probability == pytest.approx(0.5)


def test_an_item_that_a_long_list_leaves_out_is_told_by_itself(index: Index) -> None:
    items = "".join(f"（{n}）第{n}种设施建设的补助标准按照规定执行；\n" for n in "一二三四五六七八九") + "".join(
        f"（十{n}）第十{n}种设施建设的补助标准按照规定执行；\n" for n in "一二三四五"
    )
    searcher = index({
        "办法.md": f"# 东湖市补助办法\n\n第一条 为了补助设施建设，制定本办法。\n\n第二条 下列设施给予补助：\n{items}\n第三条 本办法自2021年1月1日起施行。\n"
    })
    question = understand("第十五种设施的补助")
    found = find_candidates(question, searcher.search(question.text, 16), searcher.store, PairReader())
    last = [
        next(replace(c, score=p) for c in found if word in c.item) for word, p in (("第十五种", 0.5), ("第十四种", 0.3))
    ]
    quotation = quote(question, last, searcher.store)
    assert any("第十五种" in text for text in [*_texts(quotation), *(e.text for e in quotation.whole)])


def test_the_model_is_shown_what_is_likely_before_the_rest_of_its_list(index: Index) -> None:
    searcher = index({"办法.md": RULES})
    question = understand("文物保护单位保护范围内不能干什么")
    found = find_candidates(question, searcher.search(question.text, 8), searcher.store, PairReader())
    likely = [next(replace(c, score=0.2) for c in found if word in c.item) for word in ("存放易燃", "修建人造")]
    doubt = quote(question, likely, searcher.store).doubt
    assert doubt.told.index("易燃") < doubt.told.index("人造景点") < doubt.told.index("户外广告")
    assert doubt.title == "东湖市文物保护办法"
