"""Questions that are offered come from what the documents have."""

import pytest

from ui.rephrase import about, examples, rephrasings, subject_of


@pytest.mark.parametrize(
    ("heading", "subject"),
    [
        ("（一）加快学校建设。", "加快学校建设"), ("11.加快新一轮学校项目建设", "加快新一轮学校项目建设"), ("第一章 总则", ""),
        ("第二章 学生资助", "学生资助"), ("附件1", ""), ("坚持以人民为中心，办好人民满意的教育", ""), ("", ""), ("一、", ""),
    ],
)  # fmt: skip
def test_a_heading_tells_its_subject_without_its_number(heading: str, subject: str) -> None:
    assert subject_of(heading) == subject


def test_examples_are_taken_from_every_document_in_turn() -> None:
    one = {"title": "甲计划", "outline": [{"heading": "一、学校建设"}, {"heading": "二、教师招聘"}]}
    two = {"title": "乙计划", "outline": [{"heading": "总则"}, {"heading": "三、资助学生"}]}
    assert examples([one, two], 3) == [
        "《甲计划》中，学校建设方面有哪些内容？", "《乙计划》中，资助学生方面有哪些内容？", "《甲计划》中，教师招聘方面有哪些内容？",
    ]  # fmt: skip
    assert examples([{"title": "丙", "outline": []}], 3) == []


def test_a_title_that_fills_a_line_makes_no_question() -> None:
    assert about("很长的标题" * 10, "学校建设") == ""


def test_a_refusal_for_a_place_offers_the_places_that_there_are() -> None:
    final = {"answer": "资料中只有海沧区、舟山市的相关内容，没有厦门的。", "reason": "wrong_place", "evidence": []}
    assert rephrasings("厦门几个项目", final, {"places": ["厦门"]}) == ["海沧区几个项目", "舟山市几个项目"]


def test_another_refusal_offers_what_stands_nearest() -> None:
    near = {"title": "要点", "headings": ["一、工作", "（一）学校建设"]}
    final = {"answer": "资料中没有。", "reason": "unsupported", "evidence": [near, near]}
    assert rephrasings("食堂几个", final, {}) == ["《要点》中，学校建设方面有哪些内容？"]
