"""Sections: the outlines of the samples, and each way in which official documents head their text."""

import re
from itertools import pairwise

from ingest.clean import find_noise
from ingest.document import Layout, Row, StyledHeading
from ingest.read import Ingested
from ingest.sections import HEADER_HEADING, find_sections
from tests.ingest.conftest import HAICANG, RUSHAN, YIWU, ZHOUSHAN

Path = tuple[str, ...]


def paths(text: str) -> list[Path]:
    """Heading paths in order, without the text before the first heading."""
    return [s.headings for s in find_sections("d", text, find_noise(text), 0) if s.headings]


def first_level(sample: Ingested) -> list[str]:
    return list(dict.fromkeys(s.headings[0] for s in sample.sections if s.headings and s.headings[0] != HEADER_HEADING))


def items(sample: Ingested, above: str) -> list[int]:
    """Arabic numbers of the innermost headings below a first-level heading that begins with `above`."""
    below = [s.headings[-1] for s in sample.sections if len(s.headings) > 1 and s.headings[0].startswith(above)]
    return [int(match[1]) for heading in below if (match := re.match(r"(\d+)\.", heading))]


def test_the_outline_of_haicang(samples: dict[str, Ingested]) -> None:
    sample = samples[HAICANG]
    assert [h[:2] for h in first_level(sample)] == ["一、", "二、", "三、", "四、", "五、", "六、"]
    numbers = {above: items(sample, above) for above in "一二三四五六"}
    assert numbers == {
        "一": [1, 2, 3], "二": [4, 5, 6], "三": [7, 8, 9, 10], "四": [11, 12, 13, 14, 15, 16], "五": [17, 18],
        "六": [19, 20, 21, 22, 23, 24, 25],
    }  # fmt: skip


def test_the_outline_of_zhoushan_counts_anew_under_its_seventh_heading(samples: dict[str, Ingested]) -> None:
    sample = samples[ZHOUSHAN]
    assert [h[:2] for h in first_level(sample)] == ["一、", "二、", "三、", "四、", "五、", "六、", "七、"]
    assert [n for above in "一二三四五六" for n in items(sample, above)] == list(range(1, 26))
    assert items(sample, "七") == list(range(1, 10))


def test_the_outline_of_rushan_has_three_levels(samples: dict[str, Ingested]) -> None:
    sample = samples[RUSHAN]
    assert first_level(sample) == ["一、总体要求", "二、目标任务", "三、重点举措", "四、工作要求"]
    second = dict.fromkeys(s.headings[0][0] + s.headings[1][:3] for s in sample.sections if len(s.headings) > 1)
    below = {"一": "一二", "二": "一二三四五六七八", "三": "一二三四五六", "四": "一二三"}
    assert list(second) == [f"{first}({number})" for first, numbers in below.items() for number in numbers]
    assert items(sample, "三") == list(range(1, 23))
    (item,) = [s for s in sample.sections if s.headings[-1:] == ("13.抓强集团化办学改革",)]
    assert item.headings == ("三、重点举措", "(四)推进改革创新,进一步厚实教育教学内在动能", "13.抓强集团化办学改革")
    assert "打造8个" in sample.document.text[item.start : item.end]


def test_the_outline_of_yiwu_has_run_in_headings_without_numbers(samples: dict[str, Ingested]) -> None:
    sample = samples[YIWU]
    assert [h[:2] for h in first_level(sample)] == ["一、", "二、", "三、", "四、", "五、", "六、"]
    sixth = [s.headings[1] for s in sample.sections if len(s.headings) > 1 and s.headings[0].startswith("六、")]
    assert sixth == [
        "强化教育规范管理",
        "加强教师有偿带生、违规办学处置",
        "有序推进招生考试工作",
        "强化培训机构监管",
        "守好校园安全底线",
    ]


def test_the_sections_of_the_samples_cover_their_texts(samples: dict[str, Ingested]) -> None:
    for sample in samples.values():
        bounds = [(s.start, s.end) for s in sample.sections]
        assert bounds[0][0] == 0 and bounds[-1][1] == len(sample.document.text)
        assert all(a[1] == b[0] for a, b in pairwise(bounds))


def test_the_table_of_facts_is_a_section_of_its_own(samples: dict[str, Ingested]) -> None:
    for sample in samples.values():
        header, after = sample.sections[:2]
        assert header.headings == (HEADER_HEADING,)
        assert "日期" in sample.document.text[header.start : header.end]
        assert after.headings == ()


def test_a_heading_without_text_goes_to_the_section_below_it() -> None:
    text = "一、总体要求\n\n（一）指导思想\n以人民为中心。\n"
    (section,) = find_sections("d", text, (), 0)
    assert section.headings == ("一、总体要求", "（一）指导思想")
    assert (section.start, section.end) == (0, len(text))


def test_a_numbered_heading_may_run_into_its_paragraph() -> None:
    text = "11.加快学校建设。推动项目落地，盯促进度。\n12.强化督导。定期检查。\n"
    assert paths(text) == [("11.加快学校建设",), ("12.强化督导",)]


def test_a_numbered_sentence_without_a_short_lead_is_a_section_without_a_title() -> None:
    long = (
        "各学校要在每学期开学前完成安全检查并将结果上报，发现隐患的要立即整改，整改不到位的不得开学，责任人要作出说明。"
    )
    found = find_sections("d", f"一、要求\n1.{long}\n2.{long}\n", (), 0)
    assert [s.headings for s in found] == [("一、要求",), ("一、要求",)]


def test_a_list_flattened_into_one_line_is_divided_again() -> None:
    text = (
        "为贯彻落实会议精神,制定本计划。一、工作目标1.学前教育毛入园率达到98%以上。2.义务教育巩固率达到99%。"
        "3.高中阶段毛入学率达到97%。二、主要措施1.加大投入。财政优先保障教育支出。2.加强督导。每季度开展一次专项检查。"
    )
    found = find_sections("d", text, (), 0)
    starts = [text[s.start :][:4] for s in found]
    assert starts == ["为贯彻落", "一、工作", "2.义务", "3.高中", "二、主要", "2.加强"]
    assert [s.headings[0] for s in found[1:]] == ["一、工作目标"] * 3 + ["二、主要措施"] * 2


def test_a_number_inside_a_sentence_divides_nothing() -> None:
    text = "会议听取了2.0版平台建设情况，研究了1.5万名教师培训安排，" * 4 + "要求3.5个月内完成。"
    assert paths(text) == []


def test_chapters_and_articles_of_regulations() -> None:
    text = (
        "第一章　总　则\n第一条　为了规范管理，制定本办法。\n第二条　本办法适用于本市。\n"
        "第二章　附　则\n第三条　本办法自2023年1月1日起施行。\n"
    )
    assert paths(text) == [("第一章　总　则", "第一条"), ("第一章　总　则", "第二条"), ("第二章　附　则", "第三条")]


def test_a_cross_reference_is_no_heading() -> None:
    text = (
        "第十一条 申请人应当提交材料。\n按照第十二条规定办理。\n第十二条规定的情形除外。\n第三章规定了程序。\n"
        "第十二条 有下列情形的，不予受理。\n"
    )
    assert paths(text) == [("第十一条",), ("第十二条",)]


def test_an_inserted_article_keeps_its_full_number() -> None:
    assert paths("第二条 甲。\n第二条之一 乙。\n第三条 丙。\n") == [("第二条",), ("第二条之一",), ("第三条",)]


def test_markdown_levels_nest() -> None:
    text = "# 实施方案\n\n## 一、目标\n建成学校。\n\n### 分年度\n逐年推进。\n\n## 二、保障\n落实经费。\n"
    assert paths(text) == [
        ("实施方案", "一、目标"), ("实施方案", "一、目标", "分年度"), ("实施方案", "二、保障"),
    ]  # fmt: skip


def test_numbering_below_its_usual_rank_nests_where_it_stands() -> None:
    text = "1.学校建设\n（一）新建学校\n建成两所。\n（二）改建学校\n改建三所。\n2.队伍建设\n（一）招聘\n招聘百名。\n"
    assert paths(text) == [
        ("1.学校建设", "（一）新建学校"), ("1.学校建设", "（二）改建学校"), ("2.队伍建设", "（一）招聘"),
    ]  # fmt: skip


def test_a_decimal_at_a_line_start_is_no_heading() -> None:
    assert paths("一、目标\n1.5万名学生受益。\n99.5%的学校达标。\n") == [("一、目标",)]


def test_a_page_mark_inside_a_heading_is_left_out_of_it() -> None:
    page = "各学校认真贯彻落实上级部署，扎实推进各项工作。\n" * 12
    marked = ["1、某县总结\n", "一、加强党\n2、建工作\n", "全年发展党员，培训\n3、干部。\n", "二、推进学校建\n4、设\n"]
    text = page.join(marked) + "新建学校两所。\n"
    found = find_sections("d", text, find_noise(text), 0)
    assert [s.headings for s in found if s.headings] == [("一、加强党建工作",), ("二、推进学校建设",)]
    assert found[-1].end == len(text)


def test_full_width_figures_number_as_half_width_ones() -> None:
    assert paths("第１条 为了规范。\n第２条 适用于本市。\n") == [("第１条",), ("第２条",)]
    assert paths("１、目标\n建成。\n２、保障\n落实。\n") == [("１、目标",), ("２、保障",)]


def test_numbering_holds_where_the_styled_level_contradicts_it() -> None:
    text = "# 信访条例\n### 第一章 受理\n## 第一节 一般规定\n第一条 甲。\n### 第二章 附则\n第二条 乙。\n"
    assert paths(text) == [
        ("信访条例", "第一章 受理", "第一节 一般规定", "第一条"), ("信访条例", "第二章 附则", "第二条"),
    ]  # fmt: skip


def test_a_styled_heading_without_a_number_stands_beside_the_numbered_ones_of_its_level() -> None:
    text = "# 条例\n## 第一章 总则\n第一条 甲。\n## 附则\n第二条 乙。\n"
    assert paths(text) == [("条例", "第一章 总则", "第一条"), ("条例", "附则", "第二条")]


def test_headings_of_the_layout_nest_by_their_level() -> None:
    text = "工作方案\n背景\n甲。\n目标\n乙。\n"
    layout = Layout(headings=(StyledHeading(0, 4, 1), StyledHeading(5, 7, 2), StyledHeading(11, 13, 2)))
    found = [s.headings for s in find_sections("d", text, (), 0, layout)]
    assert found == [("工作方案", "背景"), ("工作方案", "目标")]


def test_a_numbered_line_that_the_file_styles_is_a_heading_as_a_whole() -> None:
    text = "一、建设高质量教育体系。办好人民满意的教育\n甲。\n"
    layout = Layout(headings=(StyledHeading(0, 21, 1),))
    (section,) = find_sections("d", text, (), 0, layout)
    assert section.headings == ("一、建设高质量教育体系。办好人民满意的教育",)


def test_decimal_numbering_nests_below_its_whole_number() -> None:
    text = "1. 范围\n1.1 总则\n甲。\n1.2 术语\n乙。\n1.2.1 学位\n丙。\n2. 要求\n丁。\n"
    assert paths(text) == [
        ("1. 范围", "1.1 总则"), ("1. 范围", "1.2 术语"), ("1. 范围", "1.2 术语", "1.2.1 学位"), ("2. 要求",),
    ]  # fmt: skip


def test_a_table_row_is_no_heading() -> None:
    text = "一、建设\n1.第一小学 | 学位：1080\n2.第二小学 | 学位：900\n"
    rows = (Row(5, 21, text[5:21]), Row(22, 37, text[22:37]))
    (section,) = find_sections("d", text, (), 0, Layout(rows=rows))
    assert section.headings == ("一、建设",)


def test_chapters_and_articles_may_touch_their_text() -> None:
    text = "第一章总则\n第一条为了规范管理，制定本办法。\n第二条本办法适用于本市。\n第一条规定的除外。\n第五章“两地”建设\n第三条自公布之日起施行。\n"
    assert paths(text) == [
        ("第一章总则", "第一条"), ("第一章总则", "第二条"), ("第五章“两地”建设", "第三条"),
    ]  # fmt: skip
