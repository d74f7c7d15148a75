"""Sentences for a question: exact spans, years and places that they speak for, the few that the model reads."""

import pytest

from index.query import understand
from index.search import Searcher
from server.answer.evidence import MOST_CHARACTERS, MOST_SENTENCES, Candidate, choose, find_candidates
from server.answer.naming import Named
from server.reader.reader import shipped
from tests.server.conftest import Index

ASKED = "海沧2023年计划竣工几个项目"


def _candidates(searcher: Searcher, text: str) -> list[Candidate]:
    return find_candidates(understand(text), searcher.search(text, 8), searcher.store, shipped())


def test_every_candidate_is_exactly_a_stretch_of_its_document(searcher: Searcher) -> None:
    for text in (ASKED, "舟山新增学位多少个", "乳山的责任单位有哪些"):
        found = _candidates(searcher, text)
        assert found
        for candidate in found:
            evidence = candidate.evidence
            document = searcher.store.document(evidence.document_id)
            assert document.text[evidence.start : evidence.end] == evidence.text
            assert evidence.title == document.title


def test_the_sentence_that_answers_comes_first(searcher: Searcher) -> None:
    first = _candidates(searcher, ASKED)[0]
    assert "计划竣工项目6个" in first.evidence.text
    assert first.fits and first.coverage > 0.99
    assert first.evidence.headings[-1].startswith("11.")


def test_a_sentence_of_another_year_does_not_fit(searcher: Searcher) -> None:
    of_2023 = _candidates(searcher, ASKED)
    of_2024 = _candidates(searcher, "海沧2024年计划竣工几个项目")
    assert any("竣工项目6个" in c.shown and c.fits_year for c in of_2023)
    assert not any("竣工项目6个" in c.shown and c.fits_year for c in of_2024)


@pytest.mark.parametrize(
    ("place", "fits"),
    [("海沧", True), ("海沧区", True), ("厦门市海沧区", True), ("翔安", False), ("厦门", False)],
)
def test_a_document_answers_for_its_own_place_and_not_for_a_neighbour_or_the_whole(
    searcher: Searcher, place: str, fits: bool
) -> None:
    found = [c for c in _candidates(searcher, f"{place}2023年计划竣工几个项目") if "竣工项目6个" in c.shown]
    assert found
    assert all(c.fits_place is fits for c in found)


def test_an_abbreviated_place_is_its_city(index: Index) -> None:
    text = "宁波市教育局2023年工作要点\n\n一、服务在甬高校。支持在甬高校建设重点实验室12个。\n"
    found = _candidates(index({"宁波.txt": text}), "2023年支持在甬高校建设重点实验室几个")
    assert any("12个" in c.shown and c.fits for c in found)


def test_noise_inside_a_sentence_stays_in_the_quote_and_out_of_what_is_shown(index: Index) -> None:
    page = "全区教育系统要认真贯彻落实各项工作部署。" * 10
    lines = [
        "2023年教育工作要点",
        f"1、{page}全年计划竣工",
        f"2、项目6个，新增学位8280个。{page}进一步加强",
        f"3、教师队伍建设。{page}选派骨干教师到乡村支教，共",
        "4、计30名。",
    ]
    searcher = index({"要点.txt": "\n".join(lines) + "\n"})
    noise = next(iter(searcher.store.documents(1)))
    assert searcher.store.document(noise.id).noise
    found = [c for c in _candidates(searcher, "计划竣工项目几个") if "竣工" in c.shown]
    assert any("\n2、项目6个" in c.evidence.text and "竣工项目6个" in c.shown for c in found)


def test_what_is_chosen_is_short_and_fits(searcher: Searcher) -> None:
    for text in (ASKED, "舟山普惠性幼儿园覆盖率目标是多少", "义乌全年计划招聘备案制教师多少名"):
        chosen = choose(understand(text), _candidates(searcher, text))
        assert 1 <= len(chosen) <= MOST_SENTENCES
        assert all(c.fits for c in chosen)
        assert sum(len(c.shown) for c in chosen[1:]) <= MOST_CHARACTERS


PAY = (
    "西山市工资总额组成规定\n\n第十一条 下列各项不列入工资总额的范围：\n\n（一）颁发的奖金；\n\n（二）稿费、讲课费。\n\n"
    "第十二条 本规定由市统计局解释。\n"
)


def test_an_item_of_a_list_is_read_and_cited_with_what_leads_to_it(index: Index) -> None:
    searcher = index({"工资.txt": PAY})
    item = next(c for c in _candidates(searcher, "稿费列入工资总额吗") if "稿费" in c.evidence.text)
    assert item.lead is not None
    assert item.shown.endswith("下列各项不列入工资总额的范围：（二）稿费、讲课费。")
    assert item.item == "（二）稿费、讲课费。"
    assert item.cited == (item.lead, item.evidence)
    text = searcher.store.document(item.evidence.document_id).text
    assert all(text[e.start : e.end] == e.text for e in item.cited)


def test_a_sentence_that_is_no_item_is_cited_alone(searcher: Searcher) -> None:
    first = _candidates(searcher, ASKED)[0]
    assert first.lead is None
    assert (first.item, first.cited) == (first.shown, (first.evidence,))


TARGETS = "西山市2022年政府工作报告\n\n一、2021年工作回顾\n\n{}\n\n二、2022年工作目标\n\n{}\n"


def test_a_target_does_not_fit_a_question_for_a_result_of_its_year(index: Index) -> None:
    searcher = index({"报告.txt": TARGETS.format("粮食产量增长2.1%。", "粮食产量力争增长3.2%。")})
    found = _candidates(searcher, "西山2022年粮食产量增长了多少")
    assert not any(c.fits for c in found if "3.2%" in c.shown)
    planned = _candidates(searcher, "西山2022年粮食产量力争增长多少")
    assert any(c.fits for c in planned if "3.2%" in c.shown)


def test_a_sentence_of_a_review_speaks_of_the_year_before(index: Index) -> None:
    searcher = index({"报告.txt": TARGETS.format("粮食产量增长2.1%。", "粮食产量力争增长3.2%。")})
    told = {c.shown: c.years for c in _candidates(searcher, "西山粮食产量增长多少") if "产量" in c.shown}
    assert told == {"粮食产量增长2.1%。": {2021}, "粮食产量力争增长3.2%。": {2022}}


def test_a_document_that_is_not_the_one_named_does_not_fit(searcher: Searcher) -> None:
    question, hits = understand("教育集团几个"), searcher.search("教育集团几个", 8)
    name = next(row.id for row in searcher.store.documents(10) if "乳山" in row.title)
    found = find_candidates(question, hits, searcher.store, shipped(), Named(frozenset({name})))
    assert {c.evidence.document_id for c in found if c.fits} == {name}


def test_where_nobody_bears_the_name_only_a_sentence_that_has_it_fits(searcher: Searcher) -> None:
    text = "全国文明典范城市测评体系"
    found = find_candidates(
        understand(text),
        searcher.search(text, 8),
        searcher.store,
        shipped(),
        Named(missing=("《全国文明典范城市测评体系》",)),
    )
    assert any(c.fits for c in found)
    assert all("全国文明典范城市测评体系" in c.shown for c in found if c.fits)


@pytest.mark.parametrize(("heading", "fits"), [("二、今年的目标", True), ("二、物价", False)])
def test_in_a_section_of_this_year_the_year_before_does_not_carry_on(index: Index, heading: str, fits: bool) -> None:
    text = f"2013年政府工作报告\n\n{heading}\n去年居民消费价格涨幅回落到2.6%。把涨幅控制在3.5%左右是合适的。\n"
    found = _candidates(index({"报告.txt": text}), "2013年居民消费价格涨幅控制在多少")
    assert [c.fits_year for c in found if "3.5%" in c.shown] == [fits]


def test_what_a_report_tells_of_the_year_before_and_this_one_is_no_plan(index: Index) -> None:
    text = "西山市2020年政府工作报告\n\n一、2019年和今年以来工作回顾\n\n粮食产量增长3.2%。\n\n二、2020年工作安排\n\n粮食产量增长4%左右。\n"
    found = _candidates(index({"报告.txt": text}), "西山2019年粮食产量实际增长多少")
    assert [c.fits for c in found if "3.2%" in c.shown] == [True]
    assert not any(c.fits for c in found if "4%" in c.shown)


def test_a_question_whether_a_target_was_reached_is_not_answered_by_the_target(index: Index) -> None:
    texts = {
        "2020.txt": "西山市2020年政府工作报告\n\n一、2020年工作安排\n\n粮食产量增长4%左右的预期目标。\n",
        "2021.txt": "西山市2021年政府工作报告\n\n一、2020年工作回顾\n\n粮食产量预期增长目标未能实现。\n",
    }
    found = _candidates(index(texts), "西山2020年粮食产量增长目标完成了没有")
    assert "未能实现" in found[0].shown and found[0].fits
    assert not any(c.fits for c in found if "4%" in c.shown)


def test_a_sentence_that_forbids_stands_before_one_that_only_speaks_of_it(index: Index) -> None:
    text = "西山市网吧条例\n\n第一条 网吧不得接待未成年人。\n\n第二条 网吧接待未成年人的情况由市政府每年公布。\n"
    assert "不得" in _candidates(index({"网吧.txt": text}), "网吧能接待未成年人吗")[0].shown


def test_the_whole_list_is_read_where_a_figure_of_each_of_several_things_is_asked(index: Index) -> None:
    lines = [
        f"（{n}）{kind}用水每吨{price}元；"
        for n, kind, price in zip("一二三", ("工业", "商业", "居民"), (5, 6, 3), strict=True)
    ]
    text = "西山市供水条例\n\n第九条 水价按照下列标准执行：\n\n" + "\n\n".join(lines) + "\n\n第十条 水费按月交纳。\n"
    question = understand("西山的居民用水和工业用水每吨各是多少元")
    searcher = index({"供水.txt": text})
    chosen = choose(question, find_candidates(question, searcher.search(question.text, 1), searcher.store, shipped()))
    assert [c.item[:5] for c in chosen[:3]] == ["（一）工业", "（二）商业", "（三）居民"]


def test_a_penalty_is_read_with_the_rule_that_it_is_for(index: Index) -> None:
    text = "西山市市容条例\n\n第九条 经营者不得超出门窗经营。违反规定的，处五十元以上五百元以下罚款。\n"
    searcher = index({"市容.txt": text})
    assert _candidates(searcher, "超出门窗经营罚多少")[0].shown.startswith(
        "第九条 经营者不得超出门窗经营。违反规定的，处五十元"
    )
    assert not any("经营。违反" in c.shown for c in _candidates(searcher, "门窗经营有什么要求"))
