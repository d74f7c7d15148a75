"""What documents say about themselves, and where they say it."""

import pytest

from ingest.clean import find_noise
from ingest.document import Field, Metadata
from ingest.metadata import read_metadata
from ingest.read import Ingested
from tests.ingest.conftest import HAICANG, RUSHAN, YIWU, ZHOUSHAN


def read(text: str, name: str = "文件.txt") -> tuple[str, Metadata]:
    title, metadata, _ = read_metadata(text, name, find_noise(text))
    return title, metadata


@pytest.mark.parametrize(
    ("stem", "title"),
    [
        (HAICANG, "2023年海沧区教育工作要点"),
        (ZHOUSHAN, "中共舟山市委教育工作委员会 舟山市教育局2023年工作要点"),
        (RUSHAN, "乳山市人民政府关于加快推进新时代乳山教育高质量发展的实施意见"),
        (YIWU, "义乌市教育局2021年重点工作计划"),
    ],
)
def test_the_titles_of_the_samples(samples: dict[str, Ingested], stem: str, title: str) -> None:
    assert samples[stem].document.title == title


@pytest.mark.parametrize(
    ("stem", "number", "index_number", "issuer"),
    [
        (HAICANG, "厦海教工委〔2023〕16号", "XM04106-02-00-2023-006", "海沧区教育局"),
        (ZHOUSHAN, None, "001008009005004/2023-187793", "市教育局"),
        (RUSHAN, "乳政发〔2021〕6号", None, "乳山市人民政府"),
        (YIWU, None, "11330782002609303G/2021-410122", "义乌市教育局"),
    ],
)
def test_the_facts_of_the_samples_stand_where_their_spans_say(
    samples: dict[str, Ingested], stem: str, number: str | None, index_number: str | None, issuer: str
) -> None:
    document = samples[stem].document
    facts = (document.metadata.number, document.metadata.index_number, document.metadata.issuer)
    assert [fact and fact.value for fact in facts] == [number, index_number, issuer]
    for fact in facts:
        assert fact is None or document.text[fact.start : fact.end] == fact.value


@pytest.mark.parametrize(
    ("stem", "dates"),
    [
        (HAICANG, [("公文生成日期", "2023-03-02")]),
        (ZHOUSHAN, [("生成日期", "2023-03-02"), ("发布日期", "2023-03-02")]),
        (RUSHAN, [("成文日期", "2021-12-01"), ("公开发布日期", "2021-12-01")]),
        (YIWU, [("成文日期", "2021-01-17")]),
    ],
)
def test_the_labelled_dates_of_the_samples(
    samples: dict[str, Ingested], stem: str, dates: list[tuple[str, str]]
) -> None:
    document = samples[stem].document
    assert [(d.label, d.value) for d in document.metadata.dates][: len(dates)] == dates
    for date in document.metadata.dates:
        assert document.text[date.start : date.end] == date.value
        assert date.label in document.text[max(0, date.start - 20) : date.start]


@pytest.mark.parametrize(
    ("stem", "year", "place", "printed"),
    [
        (HAICANG, 2023, "海沧区", "厦门市海沧区"),
        (ZHOUSHAN, 2023, "舟山市", "舟山市"),
        (RUSHAN, 2021, "乳山市", "乳山市"),
        (YIWU, 2021, "义乌市", "义乌市"),
    ],
)
def test_the_year_and_the_place_of_the_samples(
    samples: dict[str, Ingested], stem: str, year: int, place: str, printed: str
) -> None:
    document = samples[stem].document
    assert (document.metadata.year, document.metadata.years) == (year, (year,))
    first = document.metadata.places[0]
    assert (first.value, document.text[first.start : first.end]) == (place, printed)


def test_what_a_document_does_not_state_is_absent() -> None:
    title, metadata = read("会议记录\n大家讨论了有关事项。\n", "会议记录.txt")
    assert title == "会议记录"
    assert metadata == Metadata()


def test_the_annex_that_a_notice_prints_gives_the_title() -> None:
    text = "关于印发工作要点的通知\n现将《2024年某区教育工作要点》印发给你们。\n\n2024年某区教育工作要点\n一、目标\n"
    assert read(text)[0] == "2024年某区教育工作要点"


def test_a_title_over_two_lines_is_joined() -> None:
    text = "某某市人民政府关于\n进一步加强校车安全管理的通知\n各县人民政府：\n"
    assert read(text)[0] == "某某市人民政府关于进一步加强校车安全管理的通知"


def test_a_document_number_may_stand_alone_below_the_title() -> None:
    text = "乳山市人民政府关于加强管理的意见\n    乳政发〔2021〕6号\n各镇人民政府：\n依据国发〔2016〕1号文件。\n"
    number = read(text)[1].number
    assert number is not None
    assert (number.value, text[number.start : number.end]) == ("乳政发〔2021〕6号", "乳政发〔2021〕6号")


def test_a_number_cited_in_a_sentence_is_not_the_documents_own() -> None:
    assert read("关于加强管理的意见\n各镇：\n依据国发〔2016〕1号文件精神，提出如下意见。\n")[1].number is None


def test_a_label_without_a_value_takes_none_from_the_next_label() -> None:
    metadata = read("索引号：\n发布机构：\n成文日期：2021-01-17\n关于加强管理的通知\n")[1]
    assert (metadata.index_number, metadata.issuer) == (None, None)
    assert [d.value for d in metadata.dates] == ["2021-01-17"]


def test_a_value_may_stand_on_the_line_below_its_label() -> None:
    text = "发布机构:\n\n    义乌市教育局\n\n成文日期:\n\n    二〇二一年一月十七日\n\n关于加强管理的通知\n"
    metadata = read(text)[1]
    assert metadata.issuer == Field("义乌市教育局", text.index("义乌"), text.index("局") + 1)
    ((label, value, printed),) = [(d.label, d.value, text[d.start : d.end]) for d in metadata.dates]
    assert (label, value, printed) == ("成文日期", "2021-01-17", "二〇二一年一月十七日")


def test_a_plan_for_a_period_speaks_for_each_of_its_years() -> None:
    text = "某区学前教育发展行动计划（2021-2025年）\n发布日期：2021-03-01\n各学校要落实。\n"
    metadata = read(text)[1]
    assert metadata.year == 2021
    assert metadata.years == (2021, 2022, 2023, 2024, 2025)


def test_a_year_in_the_title_alone_is_no_proof() -> None:
    text = "2022市教育局工作报告\n发布日期：2013-02-20\n2013年是关键一年，2013年要实现目标。\n"
    assert read(text)[1].year == 2013


def test_places_come_from_title_and_issuer_the_most_particular_first() -> None:
    text = "福建省教育厅厦门市教育局关于做好海沧区招生工作的通知\n福州市同步开展。福州市同步开展。福州市同步开展。\n"
    places = read(text)[1].places
    assert [p.value for p in places] == ["海沧区", "福建省", "厦门市"]
    assert [p.parents for p in places] == [("厦门市", "福建省"), (), ("福建省",)]


def test_without_a_place_in_the_title_the_text_has_to_name_one_often() -> None:
    title, sentence = "关于加强管理的通知\n", "宁波市要落实。"
    assert read(title + sentence)[1].places == ()
    assert [p.value for p in read(title + sentence * 3)[1].places] == ["宁波市"]


def test_a_title_over_three_lines_is_one_title() -> None:
    text = (
        "国务院办公厅关于全面推行\n行政执法公示制度执法全过程记录制度\n重大执法决定法制审核制度的指导意见\n"
        "国办发〔2018〕118号\n各省、自治区、直辖市人民政府：\n行政执法是重要方式。\n"
    )
    title, metadata = read(text)
    assert title == "国务院办公厅关于全面推行行政执法公示制度执法全过程记录制度重大执法决定法制审核制度的指导意见"
    assert metadata.number is not None and metadata.number.value == "国办发〔2018〕118号"


def test_a_signature_is_no_part_of_a_title() -> None:
    text = "附件已经印发。\n市人民政府办公室\n2019年1月1日\n（此件公开发布）\n药品集中采购试点方案\n一、要求\n落实。\n"
    assert read(text)[0] == "药品集中采购试点方案"


def test_the_signature_gives_date_and_issuer_where_no_label_does() -> None:
    text = "关于做好招生工作的通知\n各学校：\n请认真落实。\n海沧区教育局\n二〇二三年三月二日\n"
    _, metadata = read(text)
    assert metadata.issuer is not None and metadata.issuer.value == "海沧区教育局"
    (date,) = metadata.dates
    assert (date.label, date.value, text[date.start : date.end]) == ("成文日期", "2023-03-02", "二〇二三年三月二日")


def test_the_dates_of_a_law_are_its_passing_and_its_coming_into_force() -> None:
    text = (
        "# 山体保护条例\n\n2021年8月26日 三门峡市第七届人民代表大会常务委员会第三十六次会议通过\n\n"
        "第一条 为了保护山体。\n\n第二条 本条例自2021年12月1日起施行。自2010年1月1日起施行的《山体管理办法》同时废止。\n"
    )
    _, metadata = read(text)
    assert [(d.label, d.value) for d in metadata.dates] == [("通过日期", "2021-08-26"), ("施行日期", "2021-12-01")]
    assert [field.value for field in metadata.repeals] == ["山体管理办法"]
    assert all(text[field.start : field.end] == field.value for field in metadata.repeals)


@pytest.mark.parametrize(
    ("text", "validity"),
    [
        ("招生办法\n有效性：已废止\n第一条 为了规范招生。\n", "已废止"),
        ("厦门市招生办法（已失效）\n第一条 为了规范招生。\n", "已失效"),
        ("【本办法已于2020年1月1日废止】\n招生办法\n第一条 为了规范招生。\n", "已于2020年1月1日废止"),
        ("招生办法\n第一条 修改和废止有碍发展的文件。\n", None),
    ],
)
def test_marks_of_repeal_are_read(text: str, validity: str | None) -> None:
    field = read(text)[1].validity
    assert (field and field.value) == validity
    assert field is None or text[field.start : field.end] == field.value


def test_the_year_of_writing_outweighs_a_far_year_in_the_title() -> None:
    text = "关于同意申办2011年运动会的复函\n国办函〔2004〕88号\n你市申办2011年运动会的请示收悉。\n"
    assert read(text)[1].year == 2004
    assert read("关于2020年工作总结的通知\n某政发〔2021〕1号\n2020年完成各项任务。\n")[1].year == 2020


def test_the_own_number_gives_the_year_and_a_cited_one_does_not() -> None:
    text = "关于加强管理的通知\n某教发〔2022〕5号\n各校：\n2008年以来，依据国发〔2016〕1号文件落实。\n"
    assert read(text)[1].year == 2022
    cited = (
        "突发事件应急预案\n本预案自发布之日起施行。2018年3月1日印发的《突发事件预案》（某政发〔2018〕6号）同时废止。\n"
    )
    assert read(cited)[1].year is None


def test_coming_into_force_gives_the_year_for_want_of_anything_else() -> None:
    assert read("产品质量条例\n第一条 为了管理。\n第二条 本条例自2012年9月1日起施行。\n")[1].year == 2012


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("专利条例\n发文字号：\n国令第706号\n成文日期：2018年11月6日\n第一条 甲。\n", "国令第706号"),
        ("县政府常务会议纪要\n〔2023〕第9号\n会议议定如下事项。\n", "〔2023〕第9号"),
    ],
)
def test_numbers_of_orders_and_minutes_are_numbers(text: str, value: str) -> None:
    number = read(text)[1].number
    assert number is not None
    assert (number.value, text[number.start : number.end]) == (value, value)


@pytest.mark.parametrize(
    ("text", "issuer"),
    [
        ("清河县教育局关于做好招生工作的通知\n各校：\n请落实。\n", "清河县教育局"),
        ("清河县教育局文件\n关于做好招生工作的通知\n各校：\n请落实。\n", "清河县教育局"),
        ("关于加强管理的通知\n省教育厅关于招生的规定适用。\n", None),
    ],
)
def test_title_or_red_head_name_the_issuer_where_nothing_else_does(text: str, issuer: str | None) -> None:
    field = read(text)[1].issuer
    assert (field and field.value) == issuer
    assert field is None or text[field.start : field.end] == issuer


def test_the_signature_may_stand_before_long_annexes() -> None:
    text = (
        "关于做好招生工作的通知\n各校：\n请落实。\n　　海沧区教育局\n　　2023年3月2日\n附件\n"
        + "第一小学招收六个班。\n" * 300
    )
    _, metadata = read(text + "统计时间\n2022年9月1日\n")
    assert metadata.issuer is not None and metadata.issuer.value == "海沧区教育局"
    assert [(d.label, d.value) for d in metadata.dates] == [("成文日期", "2023-03-02")]


def test_passing_and_coming_into_force_may_share_a_line() -> None:
    text = "# 若干规定\n（2015年4月13日审判委员会第1647次会议通过，自2015年5月1日起施行）\n第一条 甲。\n"
    assert [(d.label, d.value) for d in read(text)[1].dates] == [("通过日期", "2015-04-13"), ("施行日期", "2015-05-01")]


def test_the_day_of_a_report_may_stand_behind_its_meeting() -> None:
    text = "政府工作报告\n第十二届全国人大二次会议，2014年3月5日\n各位代表：\n现在报告工作。\n"
    assert [(d.label, d.value) for d in read(text)[1].dates] == [("报告日期", "2014-03-05")]


def test_a_title_printed_with_blanks_is_closed_up() -> None:
    text = "国务院办公厅关于印发\n国 家 粮 食 应 急 预 案 的 函\n各省：\n执行。\n"
    assert read(text)[0] == "国务院办公厅关于印发国家粮食应急预案的函"


@pytest.mark.parametrize(
    "title", ["突发事件总体应急预案", "某局2023年部门预算", "招生办法政策解读", "审理案件指引", "2024年任务清单"]
)
def test_titles_of_rarer_kinds(title: str) -> None:
    assert read(f"{title}\n一、要求\n认真落实。\n")[0] == title


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("清河县人民医院心内科护理排班表（2024年9月2日—9月8日）\n日期 | 星期 | 白班", "清河县人民医院心内科护理排班表（2024年9月2日—9月8日）"),
        ("清河县第二人民医院\n产科病区入院须知\n\n准妈妈及家属：", "清河县第二人民医院 产科病区入院须知"),
        ("清河县中级人民法院\n民　事　判　决　书\n（2023）清01民终38号", "清河县中级人民法院 民事判决书"),
        ("电梯维护保养季度记录\n（3号楼1号乘客电梯，2023年第三季度）\n\n一、基本情况", "电梯维护保养季度记录（3号楼1号乘客电梯，2023年第三季度）"),
        ("附件2\n\n员工登记表", "员工登记表"),
        ("冷库库存与发货表 | 2024年5月 | 单位：箱\n货号 | 品名", "冷库库存与发货表"),
        ("清河县2024年《政府工作报告》任务分解表（清政办〔2024〕3号），2024年1月22日", "清河县2024年《政府工作报告》任务分解表（清政办〔2024〕3号）"),
        ("学院校历及考试安排\n\n老生报到：\t8月31日\n新生报到：\t9月7日\n甲\n乙\n丙\n丁\n戊\n己\n几点说明", "学院校历及考试安排"),
    ],
)  # fmt: skip
def test_what_opens_a_text_is_its_title_where_the_file_has_no_chinese_name(head: str, title: str) -> None:
    assert read(f"{head}\n认真落实。\n", "doc_2024.txt")[0] == title


@pytest.mark.parametrize(
    "head",
    [
        "项目编码：110200001 | 项目名称：诊察费",
        "为了加强管理，制定本办法。",
        "各位代表：",
        "2024-05-13",
        "2024年3月1日",
        "目　录",
        "各部门、各单位",
    ],
)
def test_no_value_and_no_sentence_is_a_title(head: str) -> None:
    assert read(f"{head}\n认真落实。\n", "doc_2024.txt")[0] == "doc_2024"


def test_a_title_farther_down_stands_before_a_banner() -> None:
    lines = [
        "政府信息公开",
        "首页",
        "机构",
        "政策",
        "服务",
        "互动",
        "数据",
        "专题",
        "义乌市教育局2021年重点工作计划",
        "一、要求",
    ]
    assert read("\n".join(lines) + "\n认真落实。\n", "001_8d0b.txt")[0] == "义乌市教育局2021年重点工作计划"


def test_a_chinese_name_of_the_file_stands_before_what_opens_the_text() -> None:
    assert read("第一小学\n认真落实。\n", "学位表.txt")[0] == "学位表"


@pytest.mark.parametrize(
    ("head", "title"),
    [
        ("清河街道社区卫生服务中心\n关于流感疫苗接种的通知", "清河街道社区卫生服务中心关于流感疫苗接种的通知"),
        ("清河市交通运输局文件\n清交发〔2023〕6号\n\n关于工作分工的通知", "清河市交通运输局关于工作分工的通知"),
    ],
)
def test_a_title_that_does_not_say_whose_it_is_begins_with_the_body_above_it(head: str, title: str) -> None:
    assert read(f"{head}\n各科室：\n认真落实。\n")[0] == title


@pytest.mark.parametrize("above", ["主送机关市政府", "全体职工大会"])
def test_who_is_addressed_and_a_meeting_are_no_body_that_issues(above: str) -> None:
    assert read(f"{above}\n关于放假的通知\n各科室：\n认真落实。\n")[0] == "关于放假的通知"


def test_a_short_name_is_the_greater_of_its_places() -> None:
    text = "关于在海南开展试点的决定\n在海南、西安、河北试点。\n"
    assert [p.value for p in read(text)[1].places] == ["海南省"]


def test_the_decision_that_amended_a_repealed_document_is_not_repealed() -> None:
    text = (
        "统计条例\n第一条 甲。\n第二条 本条例自2021年1月1日起施行。1994年通过、根据1997年会议《关于修改〈统计管理条例〉的决定》"
        "第一次修正的《统计管理条例》同时废止。\n"
    )
    assert [field.value for field in read(text)[1].repeals] == ["统计管理条例"]


@pytest.mark.parametrize("plan", ["“十四五”规划", "第十四个五年规划"])
def test_a_plan_with_a_far_goal_speaks_for_its_five_years_and_for_the_goal(plan: str) -> None:
    text = f"某县{plan}和二〇三五年远景目标纲要\n（2021年2月6日某县人民代表大会通过）\n第一篇 发展基础\n"
    metadata = read(text)[1]
    assert (metadata.year, metadata.years) == (2021, (2021, 2022, 2023, 2024, 2025, 2035))


def test_a_label_may_be_spaced_out() -> None:
    _, metadata = read("文　　号：云政办发〔2023〕9号\n索　引　号：008/2023-45\n关于做好工作的通知\n各校：\n请落实。\n")
    assert metadata.number is not None and metadata.number.value == "云政办发〔2023〕9号"
    assert metadata.index_number is not None and metadata.index_number.value == "008/2023-45"
