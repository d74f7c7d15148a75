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


def test_a_numbered_sentence_without_a_short_lead_is_known_by_its_number() -> None:
    long = (
        "各学校要在每学期开学前完成安全检查并将结果上报，发现隐患的要立即整改，整改不到位的不得开学，责任人要作出说明。"
    )
    assert paths(f"一、要求\n1.{long}\n2.{long}\n") == [("一、要求", "1."), ("一、要求", "2.")]
    assert paths(f"第六条 下列所得：\n（一）{long}\n（二）{long}\n") == [
        ("第六条",), ("第六条", "（一）"), ("第六条", "（二）"),
    ]  # fmt: skip


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


def outline(text: str) -> list[tuple[Path, str]]:
    """Heading paths with the first characters of each section's last line."""
    found = find_sections("d", text, find_noise(text), 0)
    return [(s.headings, text[s.start : s.end].strip().split("\n")[-1][:6]) for s in found]


def test_the_paragraph_behind_a_list_of_an_article_belongs_to_the_article() -> None:
    text = "第二条 有下列情形之一的，不予受理：\n（一）超过时效的；\n（二）没有被告的。\n前款规定的时效为一年。\n第三条 甲。\n"
    assert paths(text) == [
        ("第二条",), ("第二条", "（一）超过时效的"), ("第二条", "（二）没有被告的"), ("第二条",), ("第三条",),
    ]  # fmt: skip


def test_the_paragraph_behind_a_list_of_lines_belongs_to_the_heading_above_it() -> None:
    text = "二、报名材料\n须提供：\n（1）户口本；\n（2）接种证。\n材料不全的，学校一次告知。\n三、其他\n无。\n"
    assert outline(text)[-2] == (("二、报名材料",), "材料不全的，")


def test_a_list_of_paragraphs_keeps_the_paragraphs_below_its_last_item() -> None:
    text = "一、任务\n（一）建校。\n新建两所。\n（二）招聘。\n招聘百名。\n其中县城六十名。\n"
    assert outline(text)[-1] == (("一、任务", "（二）招聘"), "其中县城六十")


def test_annexes_named_at_the_end_the_signature_and_the_copies_belong_to_no_heading() -> None:
    text = (
        "一、要求\n认真落实。\n附件：1.计划表\n2.流程图\n\n清河县教育局\n2024年5月20日\n（此件公开发布）\n"
        "抄送：县政府办公室。\n"
    )
    assert outline(text) == [(("一、要求",), "认真落实。"), ((), "抄送：县政府")]
    below = "一、要求\n落实。\n附件：\n1.推荐表\n2.汇总表\n某县教育局\n2024年3月1日\n"
    assert outline(below) == [(("一、要求",), "落实。"), ((), "2024年3")]


def test_an_annex_is_outermost_and_counts_anew() -> None:
    text = "一、要求\n落实。\n某县教育局\n2024年3月1日\n附件1\n招生计划表\n第一小学六个班。\n附件2：流程\n一、报名\n甲。\n二、审核\n乙。\n"
    assert [path for path, _ in outline(text)] == [
        ("一、要求",), (), ("附件1 招生计划表",), ("附件2：流程", "一、报名"), ("附件2：流程", "二、审核"),
    ]  # fmt: skip


def test_a_sentence_that_begins_with_annex_is_no_heading() -> None:
    assert paths("一、要求\n附件所列材料，一式三份。\n附近学校就近入学。\n附则另行制定\n") == [("一、要求",)]


def test_rare_and_mixed_ways_of_numbering() -> None:
    text = "一.做法\n㈠投入\n甲。\n㈡师资\n⑴招聘\n乙。\n⑵培训\n丙。\n二 、打算\na.扩大资源。\nb.提升质量。\n三、其他\n一）甲。\n丁。\n二）乙。\n1）丙\n2）丁\n"
    assert paths(text) == [
        ("一.做法", "㈠投入"), ("一.做法", "㈡师资", "⑴招聘"), ("一.做法", "㈡师资", "⑵培训"),
        ("二 、打算", "a.扩大资源"), ("二 、打算", "b.提升质量"), ("三、其他", "一）甲"),
        ("三、其他", "二）乙", "1）丙"), ("三、其他", "二）乙", "2）丁"),
    ]  # fmt: skip


def test_first_and_second_head_their_paragraphs_and_a_reference_to_paragraphs_does_not() -> None:
    text = "二、做法\n第一，加大投入。新建六所。\n第二，配齐师资。招聘百名。\n第一、第二款规定的除外。\n"
    assert paths(text) == [("二、做法", "第一，加大投入"), ("二、做法", "第二，配齐师资")]


def test_each_question_heads_its_answer() -> None:
    text = "二、解答\n问：如何申请入学？\n答：凭居住证申请。\n六月办理。\n问：积分相同怎么办？\n答：按年限。\n"
    assert outline(text) == [
        (("二、解答", "问：如何申请入学？"), "六月办理。"), (("二、解答", "问：积分相同怎么办？"), "答：按年限。"),
    ]  # fmt: skip


def test_a_number_alone_on_its_line_has_its_title_on_the_next() -> None:
    text = "第一章\n总则\n第一条 甲。\n第二章\n第二条 乙。\n"
    assert paths(text) == [("第一章 总则", "第一条"), ("第二章", "第二条")]


def test_decimal_numbering_may_lack_points_and_blanks() -> None:
    text = "1 总则\n1.1编制目的\n甲。\n1.2编制依据\n乙。\n2 体系\n2.1领导\n丙。\n2.2 机构\n丁。\n1.5万人以上转移由指挥部决定。\n3 附则\n戊。\n"
    assert paths(text) == [
        ("1 总则", "1.1编制目的"), ("1 总则", "1.2编制依据"), ("2 体系", "2.1领导"), ("2 体系", "2.2 机构"), ("3 附则",),
    ]  # fmt: skip
    assert paths("1 张三\n2 李四\n") == []


def test_headings_above_articles_stand_outside_them() -> None:
    text = "一、程序规定\n第一条 甲。\n第二条 乙：\n一、丙。\n二、丁。\n二、实体规定\n第三条 戊。\n"
    assert [path[0] for path in paths(text)] == ["一、程序规定"] * 4 + ["二、实体规定"]
    assert paths("## 一、程序\n第一条 甲。\n## 二、附则\n第二条 乙。\n") == [
        ("一、程序", "第一条"),
        ("二、附则", "第二条"),
    ]


def test_a_short_sentence_heads_its_paragraph_only_in_a_series_and_nothing_numbered_stands_below_it() -> None:
    long = "各地区要按照部署要求，细化工作措施，明确责任分工，确保各项任务落到实处，并及时报告进展情况。" * 4
    opened = f"党中央高度重视科技创新。{long}\n一、充分认识意义\n甲。\n二、落实责任\n乙。\n"
    assert paths(opened) == [("一、充分认识意义",), ("二、落实责任",)]
    series = f"一、实施\n坚持党的领导。{long}\n维护国家安全。{long}\n1.组织\n甲。\n"
    assert paths(series) == [("一、实施", "坚持党的领导"), ("一、实施", "维护国家安全"), ("一、实施", "1.组织")]


def test_a_short_line_of_several_items_is_divided() -> None:
    assert paths("二、问题\n1.人才短缺；2.设备老化；3.水平不高。\n") == [
        ("二、问题", "1.人才短缺"), ("二、问题", "2.设备老化"), ("二、问题", "3.水平不高"),
    ]  # fmt: skip


def test_a_dash_begins_an_item_and_the_line_behind_it_belongs_to_the_heading_above() -> None:
    text = "三、打算\n——推进医院迁建。投资三亿元。\n——建设医共体。覆盖十八个乡镇。\n各单位抓好落实。\n"
    assert outline(text) == [
        (("三、打算", "——推进医院迁建"), "——推进医院"), (("三、打算", "——建设医共体"), "——建设医共"),
        (("三、打算",), "各单位抓好落"),
    ]  # fmt: skip
    titled = "——改革取得新突破。\n机构改革完成。\n简政放权推进。\n——民生持续改善。\n收入增长。\n"
    assert outline(titled) == [(("——改革取得新突破",), "简政放权推进"), (("——民生持续改善",), "收入增长。")]
    assert paths("报告\n——2023年3月5日在大会上\n") == []


def test_parts_called_pian_are_outermost() -> None:
    text = "第一篇 新征程\n第一章 基础\n甲。\n第二篇 现代产业\n第二章 工业\n乙。\n"
    assert paths(text) == [("第一篇 新征程", "第一章 基础"), ("第二篇 现代产业", "第二章 工业")]


def test_a_heading_as_long_as_a_page_is_cut_short() -> None:
    text = "# " + "甲" * 500 + "\n正文。\n"
    (section,) = find_sections("d", text, (), 0)
    assert section.headings == ("甲" * 119 + "…",)


def test_a_page_mark_inside_a_flattened_list_counts_as_no_item() -> None:
    filler = "各学校认真贯彻落实上级部署，教育教学质量稳步提升，人民群众满意度不断提高。" * 8
    text = (
        f"1、某县教育局工作总结\n一、工作回顾\n{filler}取得新的成绩,\n2、积累新的经验。{filler}推进项目建设,\n3、深化改革。{filler}二、主要目标"
        "1.学前三年幼儿纯入园率保持在99%以上，义务教育巩固率达到99.9%以上,深化课程改革,\n4、推进普通高中特色建设。"
        " 2.在校研究生达到7000人，高校科研经费总量达5亿元。 3.中高职衔接招生专业点达到80个以上，毕业生就业率达95%以上。"
    )
    noise = find_noise(text)
    assert "\n4、" in [text[n.start : n.end] for n in noise]
    starts = [text[s.start :][:6] for s in find_sections("d", text, noise, 0) if "二、主要目标" in s.headings]
    assert starts == ["二、主要目标", "2.在校研究", "3.中高职衔"]


def test_a_comment_in_a_block_of_code_is_no_heading() -> None:
    text = "# 接口说明\n## 调用\n```bash\n# 先安装\nmake run\n```\n完成后访问网页。\n## 限制\n只读。\n"
    assert paths(text) == [("接口说明", "调用"), ("接口说明", "限制")]
