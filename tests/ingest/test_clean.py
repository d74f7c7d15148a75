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
