"""Chunks: exact offsets, no overlap, nothing lost, for any text."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.chunk import LIMIT, find_chunks
from ingest.clean import find_noise
from ingest.document import Chunk, Layout, Row, Section, StyledHeading
from ingest.metadata import read_metadata
from ingest.read import Ingested
from ingest.sections import find_sections
from ingest.text_tables import find_text_tables

# What official documents, web pages and sharing sites are made of, to be thrown together in any order.
PIECES = [
    "一、", "二、", "（一）", "(二)", "1.", "2.", "1、", "\n1、", "\n2、", "\n3、", "①", "第一章 ", "第二条 ",
    "第十二条规定", "# ", "## ", "。", "；", "，", "、", "”", "）", " ", "\u3000", "\u00a0", "\n", "\r\n", "\n\n",
    "\ufeff", "x", "𠮷", "分享:", "\n相关解读\n", "首页", "《总结》由会员分享,可在线阅读", "\n版权声明:", "工作要点",
    "2023年", "学校建设",
    "推进全面从严治党。", "落实责任", "索引号:X/2023-1\n", "发布机构:市教育局\n", "成文日期:2023-03-02\n",
    "附件1\n", "附件：1.表\n2.图\n", "某县教育局\n", "\n2023年3月2日\n", "——", "问：", "1 总则\n", "1.1术语\n", "1.2定义\n",
    "甲\t乙\n丙\t1\n丁\t2\n", "|校|学位|\n|-|-|\n|一小|108。9|\n", "第一章\n", "第一，", "一）", "目录\n", "甲" * 90, "乙" * (LIMIT + 10),
]  # fmt: skip
TEXTS = st.lists(st.one_of(st.sampled_from(PIECES), st.text(max_size=12)), max_size=40).map("".join)


@pytest.mark.slow
@settings(max_examples=250, deadline=None, derandomize=True)
@given(TEXTS)
def test_any_text_is_divided_without_loss(text: str) -> None:
    noise = find_noise(text)
    _, _, header_end = read_metadata(text, "文件.txt", noise)
    lines = [m.span() for m in re.finditer(r"[^\n]+", text)]
    styled = tuple(StyledHeading(start, end, 1 + start % 3) for start, end in lines[::5])
    rows = find_text_tables(text)
    sections = find_sections("d", text, noise, header_end, Layout(styled, rows))
    chunks = find_chunks(text, sections, noise, rows)

    position = 0
    for section in sections:
        assert section.start == position < section.end
        position = section.end
    assert position == len(text)

    position = 0
    for chunk in chunks:
        assert text[chunk.start : chunk.end] == chunk.text
        assert 0 < len(chunk.text) <= LIMIT
        assert chunk.start >= position
        position = chunk.end
        assert any(s.start <= chunk.start and chunk.end <= s.end and s.headings == chunk.headings for s in sections)

    spans = [*((c.start, c.end) for c in chunks), *((n.start, n.end) for n in noise)]
    covered = {i for start, end in spans for i in range(start, end)}
    assert not [i for i, character in enumerate(text) if i not in covered and not character.isspace()]


def chunks_of(text: str, limit: int = LIMIT) -> list[Chunk]:
    return find_chunks(text, [Section("d", (), 0, len(text))], (), (), limit)


def test_whole_sentences_are_packed_up_to_the_limit() -> None:
    assert [c.text for c in chunks_of("甲乙丙。丁戊己。庚辛。", limit=8)] == ["甲乙丙。丁戊己。", "庚辛。"]


def test_a_sentence_over_the_limit_is_cut_behind_a_comma_of_its_second_half() -> None:
    assert [c.text for c in chunks_of("一，二三四五六，七八九十。", limit=10)] == ["一，二三四五六，", "七八九十。"]


def test_a_sentence_without_a_comma_is_cut_at_the_limit() -> None:
    assert [c.text for c in chunks_of("甲" * 25, limit=10)] == ["甲" * 10, "甲" * 10, "甲" * 5]


def test_no_chunk_crosses_from_one_section_into_the_next() -> None:
    text = "第一段。第二段。"
    sections = [Section("d", ("一、",), 0, 4), Section("d", ("二、",), 4, 8)]
    chunks = find_chunks(text, sections, ())
    assert [(c.headings, c.text) for c in chunks] == [(("一、",), "第一段。"), (("二、",), "第二段。")]


def test_the_chunks_of_the_samples_are_exact_and_end_with_whole_sentences(samples: dict[str, Ingested]) -> None:
    for sample in samples.values():
        text = sample.document.text
        assert all(text[c.start : c.end] == c.text and len(c.text) <= LIMIT for c in sample.chunks)
        body = [c for c in sample.chunks if len(c.headings) >= 2]
        whole = [c for c in body if c.text.endswith(("。", "；", ";", ")", "）"))]
        assert len(body) > 20
        assert len(whole) >= 0.95 * len(body)


def test_the_item_of_the_projects_is_one_chunk_under_its_headings(samples: dict[str, Ingested]) -> None:
    (chunk,) = [c for c in samples["2023年海沧区教育工作要点"].chunks if "计划竣工项目6个" in c.text]
    assert chunk.headings == (
        "四、全面统筹各级各类教育优质协调发展,持续构建区域高质量教育体系",
        "11.加快新一轮学校项目建设提高学位供给能力",
    )
    assert "可新增学位8280个" in chunk.text


def test_a_row_of_a_table_is_cut_only_where_it_is_longer_than_a_chunk() -> None:
    first, second = "项目：甲。乙。 | 学位：1080", "项目：丙；丁 | 学位：900"
    text = f"{first}\n{second}\n"
    rows = (Row(0, len(first), first), Row(len(first) + 1, len(text) - 1, second))
    section = [Section("d", (), 0, len(text))]
    assert [c.text for c in find_chunks(text, section, (), rows, limit=len(first) + 2)] == [first, second]
    pieces = [c.text for c in find_chunks(text, section, (), rows, limit=12)]
    assert max(map(len, pieces)) <= 12 and "".join(pieces).replace(" ", "") == text.replace(" ", "").replace("\n", "")
