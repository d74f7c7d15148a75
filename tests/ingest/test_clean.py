"""Noise: what sharing sites and web pages put into and around a document."""

from itertools import pairwise

import pytest

from ingest.clean import find_noise
from ingest.document import Span
from ingest.text import sentences, visible

# A sharing site numbers its pages at line starts, wherever the sentence happens to be; a page is some hundred long.
FILLER = "各学校认真贯彻落实上级部署，扎实推进各项工作，教育教学质量稳步提升，人民群众满意度不断提高。" * 6
SHARED = (
    "某县教育局2022年工作总结.doc\n"
    "《某县教育局2022年工作总结.doc》由会员分享,可在线阅读,更多相关内容请在某某网上搜索。\n"
    "1、某县教育局2022年工作总结 一、主要成绩 " + FILLER + "全年新建、改扩建学校\n"
    "2、12所。" + FILLER + "新增学位3600个,培训教师\n"
    "3、800人次,覆盖全部乡镇。 二、存在问题 " + FILLER + "城区学位仍然\n"
    "4、紧张,乡村教师流失较多。\n"
    "配套讲稿：\n如PPT文件的首页显示word图标，表示该PPT已包含配套word讲稿。\n"
    "版权声明：本站所有内容均由会员上传。\n"
)


def noise_of(text: str) -> list[str]:
    return [text[n.start : n.end] for n in find_noise(text)]


def test_page_marks_that_cut_sentences_are_noise() -> None:
    seen = visible(SHARED, Span(0, len(SHARED)), find_noise(SHARED))
    assert "全年新建、改扩建学校12所。" in seen
    assert "新增学位3600个,培训教师800人次,覆盖全部乡镇。" in seen
    assert "城区学位仍然紧张" in seen


def test_the_header_and_trailer_of_a_sharing_site_are_noise() -> None:
    seen = visible(SHARED, Span(0, len(SHARED)), find_noise(SHARED))
    assert "由会员分享" not in seen
    assert "配套讲稿" not in seen and "word图标" not in seen and "版权声明" not in seen
    assert seen.rstrip().endswith("乡村教师流失较多。")


@pytest.mark.parametrize("end", ["。", "；", ";"])
def test_an_ordinary_list_is_no_noise(end: str) -> None:
    items = "".join(f"{i}、{item}{end}\n" for i, item in enumerate(("落实责任", "加强督导", "按时上报", "做好总结"), 1))
    assert noise_of("各校要做到：\n" + items) == []


def test_lists_that_begin_anew_under_each_heading_are_no_noise() -> None:
    lists = "一、材料\n1、申请表\n2、身份证\n二、流程\n1、受理\n2、审核\n3、办结\n"
    assert noise_of(lists) == []


def test_two_numbers_prove_no_page_marks() -> None:
    assert noise_of(f"{FILLER}全年新建学校\n1、12所,{FILLER}新增\n2、学位3600个。\n") == []


def test_a_trailer_word_in_an_ordinary_document_is_no_noise() -> None:
    assert noise_of("一、总则\n免责声明：本指南仅供参考。\n二、附则\n本指南自印发之日起施行。\n") == []


@pytest.mark.parametrize(
    "line",
    [
        "当前位置：首页 > 政务公开",
        "分享:",
        "字号:[大 中 小]",
        "访问次数：",
        "【打印】",
        "点击关闭详细目录信息",
        "相关解读",
    ],
)
def test_navigation_lines_of_web_pages_are_noise(line: str) -> None:
    text = f"  {line}\n关于印发工作要点的通知\n各学校：\n"
    assert noise_of(text) == [line]


def test_a_sentence_that_only_begins_like_navigation_is_kept() -> None:
    assert noise_of("打印机等办公设备由各校自行采购。\n相关文件由办公室负责归档。\n") == []


def test_noise_spans_are_in_order_and_apart() -> None:
    spans = find_noise("分享:\n首页\n" + SHARED)
    assert len(spans) >= 5
    assert all(a.end < b.start for a, b in pairwise(spans))


def shown(text: str) -> str:
    return visible(text, Span(0, len(text)), find_noise(text))


def test_a_table_of_contents_is_noise_and_its_headings_further_down_are_not() -> None:
    text = "实施方案\n目 录\n一、总体要求\n二、主要任务\n一、总体要求\n以人民为中心。\n二、主要任务\n建成学校。\n"
    assert shown(text).split() == ["实施方案", "一、总体要求", "以人民为中心。", "二、主要任务", "建成学校。"]


def test_a_table_of_contents_with_leaders_needs_no_title() -> None:
    text = "工作报告\n一、回顾……………1\n二、任务………3\n三、保障.......12\n一、回顾\n甲。\n"
    assert shown(text).split() == ["工作报告", "一、回顾", "甲。"]


def test_page_numbers_are_noise_and_the_sentence_around_them_is_one() -> None:
    text = (
        "各学校要认真落实立德树人根本任务，全面推进素质\n— 3 —\n教育，建设高质量教育体系。\n第 4 页 共 9 页\n二、任务\n"
    )
    noise = find_noise(text)
    assert shown(text) == "各学校要认真落实立德树人根本任务，全面推进素质教育，建设高质量教育体系。\n\n二、任务\n"
    first = next(iter(sentences(text, 0, len(text), noise)))
    assert text[first.start : first.end].endswith("教育体系。")


def test_a_running_head_beside_page_numbers_goes_with_them() -> None:
    page = "各学校要认真落实立德树人根本任务，全面推进素质教育。\n海沧区教育局文件\n- {} -\n"
    text = "".join(page.format(n) for n in range(1, 5))
    assert "文件" not in shown(text) and "- 2 -" not in shown(text) and "素质教育" in shown(text)


def test_a_quotation_in_markdown_is_no_navigation() -> None:
    assert find_noise("> 引用的文字，\n>> 再引用的文字。\n") == ()
    assert shown("首页 > 政务公开 > 通知公告\n正文。\n").strip() == "正文。"


def test_a_bare_figure_in_a_line_is_no_page_number() -> None:
    assert find_noise("合计\n120\n人数\n35\n") == ()


# As it comes out of a PDF: every line is full, wherever the word is.
WRAPPED = """平安镇2023年工作总结
    2023年，在县委、县政府的坚强领导下，平安镇
党委、政府坚持以习近平新时代中国特色社会主义思想为
指导，团结带领全镇干部群众，圆满完成了各项目标任
务。现将有关工作总结如下：
    一、主要工作
    （一）经济稳步增长。全年完成固定资产投资3.2亿
元，增长12.5%；新增规上企业4家；农民人均可支配收
入达到21560元，增长8.1%。全年实施项目28个，总投
资15.6亿元。
    （二）民生持续改善。新建农村公路35公里，改造
危房120户，新增就业860人。全镇36个村全部通自来
水。
    二、存在问题
    产业基础薄弱，龙头企业少。
"""


def test_line_breaks_inside_the_sentences_of_a_hard_wrapped_text_are_noise() -> None:
    noise = find_noise(WRAPPED)
    found = [visible(WRAPPED, s, noise) for s in sentences(WRAPPED, 0, len(WRAPPED), noise)]
    assert "全年实施项目28个，总投资15.6亿元。" in found
    assert "全镇36个村全部通自来水。" in found
    assert "一、主要工作" in found and "二、存在问题" in found
    assert all(not WRAPPED[n.start : n.end].strip() for n in noise)


def test_a_hard_wrapped_text_without_indents_keeps_its_headings_apart() -> None:
    text = "\n".join(line.strip() for line in WRAPPED.split("\n"))
    seen = shown(text).split("\n")
    assert "一、主要工作" in seen and "二、存在问题" in seen
    assert any(line.startswith("（一）经济稳步增长。") and line.endswith("总投资15.6亿元。") for line in seen)


@pytest.mark.parametrize(
    "line",
    [
        "王小明同志任某某县第{}中学校长试用期一年",
        "某某县某某镇中心小学　二〇二三年　第{}批　合格",
        "2023年第{}季度某某县城区空气质量监测结果通报",
    ],
)
def test_lines_of_a_list_that_are_equally_long_are_kept_apart(line: str) -> None:
    assert find_noise("".join(line.format(n) + "\n" for n in "一二三四五六七八九" * 3)) == ()


def test_a_text_with_whole_paragraphs_is_not_hard_wrapped() -> None:
    assert find_noise(WRAPPED + "全镇上下要认真落实各项工作部署，" * 9 + "确保完成。\n") == ()


def test_rows_of_a_table_that_end_in_a_figure_are_no_table_of_contents() -> None:
    rows = "学校\t学位\n第一小学\t1080\n第二小学\t900\n第三小学\t960\n"
    assert find_noise(f"招生计划\n{rows}去年\n{rows}") == ()


def test_a_table_of_contents_ends_where_the_text_begins_although_its_titles_are_divided_there() -> None:
    text = (
        "部门预算\n目录\n第一部分　部门概况\n一、主要职能\n第二部分　预算说明\n"
        "第一部分\n部门概况\n一、主要职能\n贯彻方针。\n第二部分\n预算说明\n收入增长。\n"
    )
    assert "".join(shown(text).split()) == "部门预算第一部分部门概况一、主要职能贯彻方针。第二部分预算说明收入增长。"


def test_a_sentence_that_stands_before_several_page_numbers_is_no_running_head() -> None:
    page = "公报第四期\n各乡镇要落实责任，确保取得实效。\n- {} -\n"
    seen = shown("".join(page.format(n) for n in range(1, 6)))
    assert seen.count("取得实效。") == 5 and seen.count("公报第四期") == 1 and "- 2 -" not in seen
