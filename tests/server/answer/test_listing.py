"""Lists, summaries and definitions quoted by the document's own structure, and nothing where it does not match."""

import re

import pytest

from index.query import understand
from index.search import Searcher
from server.answer.asking import asks_list, asks_summary
from server.answer.definition import asks_definition, definition, term
from server.answer.evidence import find_candidates
from server.answer.listing import listed, missing_article
from server.answer.outline import LONGEST_UNIT, Outline
from server.answer.result import Evidence
from server.reader.reader import shipped
from tests.server.conftest import Index

LAW = """# 东湖市公园管理条例

## 第一章 总则

第一条 为了规范公园管理，制定本条例。

第二条 本条例所称公园，是指向公众开放、以游憩为主要功能的绿地。

## 第二章 游园秩序

第三条 设立夜间游览区应当具备下列条件：

（一）有符合标准的照明设施；

（二）配备三名以上巡逻人员；

（三）远离居民住宅。

申请材料由市园林部门公布。

第四条 游客在公园内不得有下列行为：

（一）攀折花木；

（二）投喂野生动物。

第五条 违反本条例第四条规定，有下列行为之一的，处二百元罚款：

（一）在夜间游览区露营；

（二）在夜间游览区生火。
"""
REPORT = """2021年西山市政府工作报告
一、2021年主要任务
推动降低企业生产经营成本。
工商业电价降低5%政策延长到年底。
宽带平均资费降低15%，专线资费同步下调。
减免国有房产租金，鼓励各类业主减免或缓收房租。
大力发展养老服务。
新建养老床位1,200张，培训护理员600名，支持社会力量办养老院。
坚持公益属性，
完善基本养老服务清单制度。
抓好三件大事。
一是加快轨道交通建设。今年完成投资90亿元。
二是治理内涝积水，改造管网40公里。
三是改造老旧小区。
在肯定成绩的同时，我们也看到存在的困难和问题。
工业增长乏力。
财政收支矛盾突出，
基层债务负担较重。
我们要直面问题，全力做好工作。
二、全面推行“双随机、一公开”监管
全面推行“双随机、一公开”监管，随机抽取检查对象，随机选派执法人员，及时公布查处结果。
"""


DOCUMENTS = {"东湖市公园管理条例.md": LAW, "西山市报告.txt": REPORT}


@pytest.fixture
def opened(index: Index) -> Searcher:
    return index(DOCUMENTS)


def _listed(searcher: Searcher, text: str) -> list[Evidence]:
    question = understand(text)
    candidates = find_candidates(question, searcher.search(text, 8), searcher.store, shipped())
    listing = listed(question, candidates, searcher.store)
    found = list(listing.items) if listing else []
    for evidence in found:
        assert searcher.store.document(evidence.document_id).text[evidence.start : evidence.end] == evidence.text
    assert found == sorted(found, key=lambda e: e.start)
    return found


def _texts(searcher: Searcher, text: str) -> list[str]:
    return ["".join(evidence.text.split()) for evidence in _listed(searcher, text)]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("重点抓哪四件事", (True, False, False)),
        ("2011年房地产市场調控搞哪幾條", (True, False, False)),
        ("垃圾分哪几类", (True, False, False)),
        ("应当具备什么条件", (True, False, False)),
        ("第三章主要讲了什么", (False, True, False)),
        ("用几句话归纳一下", (False, True, False)),
        ("“两新一重”是啥意思", (False, False, True)),
        ("什么叫海绵城市", (False, False, True)),
        ("新增学位多少个", (False, False, False)),
        ("改造管网几公里，新增床位几个", (False, False, False)),
        ("工作要点的文号", (False, False, False)),
        ("两年的目标有什么不同", (False, False, False)),
        ("乱扔垃圾怎么处罚", (False, False, False)),
    ],
)
def test_the_form_of_a_question_tells_what_it_asks_for(text: str, asked: tuple[bool, bool, bool]) -> None:
    assert (asks_list(text), asks_summary(text), asks_definition(text)) == asked


def test_items_behind_a_lead_in_are_quoted_up_to_the_end_of_the_list(opened: Searcher) -> None:
    assert _texts(opened, "设立夜间游览区要具备哪些条件") == [
        "（一）有符合标准的照明设施；",
        "（二）配备三名以上巡逻人员；",
        "（三）远离居民住宅。",
    ]


def test_a_list_of_offences_answers_no_question_about_conditions(opened: Searcher) -> None:
    quoted = "".join(_texts(opened, "夜间游览区有哪些条件"))
    assert "露营" not in quoted


def test_sentences_behind_a_topic_sentence_are_quoted_up_to_the_next_topic(opened: Searcher) -> None:
    assert _texts(opened, "2021年降低企业生产经营成本有哪些安排") == [
        "工商业电价降低5%政策延长到年底。",
        "宽带平均资费降低15%，专线资费同步下调。",
        "减免国有房产租金，鼓励各类业主减免或缓收房租。",
    ]


def test_a_sentence_that_a_comma_carries_over_a_line_is_one_item(opened: Searcher) -> None:
    assert _texts(opened, "西山2021年发展养老服务有哪些措施")[1:] == ["坚持公益属性，完善基本养老服务清单制度。"]


def test_what_counts_on_in_words_is_a_list_of_first_sentences(opened: Searcher) -> None:
    assert _texts(opened, "西山2021年抓好哪三件大事") == [
        "一是加快轨道交通建设。",
        "二是治理内涝积水，改造管网40公里。",
        "三是改造老旧小区。",
    ]


def test_short_sentences_that_name_problems_are_items_and_no_topics(opened: Searcher) -> None:
    assert _texts(opened, "总结2021年存在的困难和问题") == ["工业增长乏力。", "财政收支矛盾突出，基层债务负担较重。"]


def test_an_article_is_quoted_with_its_items_when_its_number_is_asked_for(opened: Searcher) -> None:
    assert _texts(opened, "东湖市公园管理条例第四条规定了什么") == [
        "第四条游客在公园内不得有下列行为：",
        "（一）攀折花木；",
        "（二）投喂野生动物。",
    ]


def test_a_chapter_is_told_by_its_articles(opened: Searcher) -> None:
    quoted = _texts(opened, "东湖市公园管理条例第二章主要讲了什么")
    assert [text[:3] for text in quoted] == ["第三条", "第四条", "第五条"]


def test_an_article_that_does_not_exist_is_named(opened: Searcher) -> None:
    def missing(text: str) -> str | None:
        question = understand(text)
        return missing_article(
            question, find_candidates(question, opened.search(text, 8), opened.store, shipped()), opened.store
        )

    asked = "东湖市公园管理条例第三十五条规定了什么"
    assert missing(asked) == "《东湖市公园管理条例》没有第三十五条"
    assert _listed(opened, asked) == []
    assert missing("东湖市公园管理条例第四条规定了什么") is None
    assert missing("东湖市公园管理条例实施细则第三十五条规定了什么") is None
    assert missing("第三十五条规定了什么") is None


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("东湖市公园管理条例所称公园是指什么", "是指向公众开放"),
        ("什么是公园", "是指向公众开放"),
        ("2021年说的“双随机、一公开”监管是什么意思", "随机选派执法人员"),
    ],
)
def test_the_sentence_that_defines_a_term_is_quoted(opened: Searcher, question: str, expected: str) -> None:
    assert expected in "".join(_texts(opened, question))


def test_a_term_that_nothing_defines_has_no_definition(opened: Searcher) -> None:
    question = understand("什么是夜间游览区")
    candidates = find_candidates(question, opened.search(question.text, 8), opened.store, shipped())
    assert definition(question, candidates, opened.store) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2016年政府工作报告说的“双随机、一公开”监管是什么", "双随机、一公开"),
        ("个人所得税法实施条例中综合所得怎么定义", "综合所得"),
        ("什么叫海绵城市？", "海绵城市"),
        ("发布时间是什么时候", None),
    ],
)
def test_the_term_is_what_stands_before_or_behind_the_words_of_asking(text: str, expected: str | None) -> None:
    assert term(text) == expected


@pytest.mark.parametrize(
    "question",
    [
        "设立夜间游览区要配备多少名巡逻人员",
        "红烧肉怎么做才不腻",
        "火星移民计划有哪些措施",
        "公园由哪些部门负责",
        "西山2021年养老床位新建几张",
    ],
)
def test_nothing_is_listed_where_none_is_asked_for_or_nothing_matches(opened: Searcher, question: str) -> None:
    assert _listed(opened, question) == []


def test_a_section_of_a_real_plan_answers_for_its_subject(searcher: Searcher) -> None:
    found = _listed(searcher, "舟山2023年推进劳动教育有哪些做法？")
    assert len(found) > 1
    assert all(evidence.headings[-1].startswith("11.") for evidence in found)


def test_long_answers_end_at_clauses_and_stay_within_their_room(index: Index) -> None:
    item = "完善城乡供水设施建设与运行维护管理制度，改造供水管网1,200公里，提高水质监测频次，" * 3
    lines = [f"（{number}）{number}号任务{item}落实到位。" for number in "一二三四五六七八九十"]
    searcher = index({"方案.txt": "供水工作方案\n一、供水保障任务包括以下方面：\n" + "\n".join(lines) + "\n"})
    found = _listed(searcher, "供水保障任务包括哪些方面")
    assert len(found) == 10
    assert sum(len(evidence.text) for evidence in found) <= 600
    document = searcher.store.document(found[0].document_id)
    for evidence in found:
        assert re.match(r"[，；。]", document.text[evidence.end :]) or evidence.text.endswith(("；", "。"))


def test_what_commas_carry_on_for_pages_is_not_one_item(index: Index) -> None:
    lines = "完善基本养老服务清单制度，\n" * 2000
    searcher = index({"方案.txt": f"2021年西山市养老工作方案\n一、主要任务\n{lines}"})
    (row,) = searcher.store.documents(-1)
    outline = Outline(searcher.store.document(row.id), searcher.store.document_chunks(row.id))
    assert max(len(unit.text) for unit in outline.units) < 2 * LONGEST_UNIT


def test_shorthand_is_answered_by_the_sentence_that_names_its_members(index: Index) -> None:
    text = "2021年东湖市工作报告\n我们稳就业、稳物价、稳外贸，取得成效。\n继续抓好“三稳”工作。\n一是改造管网。\n二是修建公路。\n"
    (evidence,) = _listed(index({"东湖市报告.txt": text}), "“三稳”是稳哪些？")
    assert "稳就业、稳物价、稳外贸" in evidence.text


def test_who_issued_a_document_when_leads_to_nothing(index: Index) -> None:
    text = (
        "# 关于公园收入组成的规定\n\n1990年1月1日 市园林局发布\n\n第一条 为了统一公园收入的计算，制定本规定。\n\n"
        "第二条 公园收入由下列两个部分组成：\n\n（一）门票收入；\n\n（二）游船收入。\n\n第三条 本规定由市园林局负责解释。\n"
    )
    found = _listed(index({"规定.md": text}), "公园收入由哪几部分构成（市园林局1990年那个规定）")
    assert [evidence.text for evidence in found] == ["（一）门票收入；", "（二）游船收入。"]


def test_the_model_is_asked_about_a_list_that_the_search_did_not_lead_to(real_index: Index) -> None:
    opened = real_index(DOCUMENTS)
    question = understand("设立夜间游览区应当具备哪些条件")
    candidates = find_candidates(question, opened.search(question.text, 8), opened.store, shipped())
    elsewhere = [c for c in candidates if "第三条" not in " ".join(c.evidence.headings)]
    certain, doubtful = listed(question, candidates, opened.store), listed(question, elsewhere, opened.store)
    assert certain is not None and not certain.doubt.is_open
    assert doubtful is not None and doubtful.items == certain.items
    assert -5.0 < doubtful.doubt.least < 5.0
    assert "应当具备下列条件：（一）有符合标准的照明设施" in doubtful.doubt.told
