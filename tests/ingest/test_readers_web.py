"""Web pages: encoding, title, blocks, tables, navigation."""

from pathlib import Path

import pytest

from ingest.errors import NoText
from ingest.readers import web
from ingest.readers.builder import Extracted, File


def read(html: str | bytes, name: str = "页.html") -> Extracted:
    return web.read(File(Path(name), html.encode() if isinstance(html, str) else html))


PAGE = "<html><head>{}<title>关于教育工作的通知</title></head><body><p>各区人民政府：<p>现印发给你们。</body></html>"
TEXT = "关于教育工作的通知\n各区人民政府：\n现印发给你们。\n"
DECLARED = {
    "true": ("gb18030", '<meta charset="gb2312">'),
    "old style": ("gb18030", '<meta http-equiv="Content-Type" content="text/html; charset=gbk">'),
    "none": ("gb18030", ""),
    "wrong: UTF-8 over GBK": ("gb18030", '<meta charset="utf-8">'),
    "wrong: GBK over UTF-8": ("utf-8", '<meta charset="gbk">'),
    "wrong: Latin over GBK": ("gb18030", '<meta charset="iso-8859-1">'),
    "a mark": ("utf-8-sig", '<meta charset="gbk">'),
    "UTF-16": ("utf-16", '<meta charset="utf-16">'),
    "unknown": ("utf-8", '<meta charset="x-none">'),
}


@pytest.mark.parametrize(("encoding", "meta"), DECLARED.values(), ids=DECLARED)
def test_pages_are_read_in_their_true_encoding(encoding: str, meta: str) -> None:
    assert read(PAGE.format(meta).encode(encoding)).text == TEXT


def test_blocks_end_lines_and_inline_elements_do_not() -> None:
    got = read("<div>一<b>总</b>则<br>第<i>一</i>条<div>甲</div>乙</div><ul><li>丙<li>丁</ul>")
    assert got.text == "一总则\n第一条\n甲\n乙\n丙\n丁\n"


def test_scripts_styles_and_comments_are_left_out_and_entities_decoded() -> None:
    assert (
        read("<style>a{}</style><p>甲&amp;乙&nbsp;&#20013;<!-- 暗 --><script>x</script><noscript>y</noscript>").text
        == "甲&乙 中\n"
    )


def test_headings_have_their_level() -> None:
    got = read("<h1>一、总则</h1><p>文</p><h3><span>（一）</span>目标</h3>")
    assert [(got.text[h.start : h.end], h.level) for h in got.headings] == [("一、总则", 1), ("（一）目标", 3)]


@pytest.mark.parametrize("body", ["<h1>通知</h1>", "<p>通 知</p>", "<nav>首页</nav><p>长长的正文一段</p><h2>通知</h2>"])
@pytest.mark.parametrize("title", ["通知", "通知_某市人民政府网"])
def test_a_title_that_the_page_says_is_not_said_twice(body: str, title: str) -> None:
    got = read(f"<title>{title}</title>{body}<p>正文很长很长很长很长。</p>")
    assert got.text.replace(" ", "").count("通知") == 1
    assert got.title == title


def test_a_title_that_says_nothing_is_left_out() -> None:
    assert read("<title>无标题文档</title><p>正文").text == "正文\n"


NOISE = ["<nav>首页</nav>", "<footer>版权</footer>", "<header>某网</header>", '<div class="breadcrumb">位置</div>', '<div id="share">分享</div>', '<div style="display: none">暗</div>', "<p hidden>暗</p>"]  # fmt: skip


@pytest.mark.parametrize("noise", NOISE)
def test_navigation_and_hidden_parts_are_kept_as_noise(noise: str) -> None:
    got = read(f"<p>正文的第一段话。</p>{noise}<p>正文的第二段话。</p>")
    (span,) = got.noise
    assert got.text[: span.start] + got.text[span.end :] == "正文的第一段话。正文的第二段话。\n"
    assert read("<div class=menu><p>全文都在这里</p></div>").noise == ()


TABLE = (
    "<table><tr><th>地区<th colspan=2>学生<tr><td>海沧<td>1<td>2<tr><td rowspan=2>集美<td>3<td>4<tr><td>5<td>6</table>"
)


def test_table_rows_keep_their_text_and_read_with_headers() -> None:
    got = read(TABLE)
    assert got.text == "地区\t学生\n海沧\t1\t2\n集美\t3\t4\n5\t6\n"
    assert [got.text[row.start : row.end] for row in got.rows] == ["海沧\t1\t2", "集美\t3\t4", "5\t6"]
    assert got.rows[2].reading == "地区：集美 | 学生：5 | 学生：6"


def test_a_form_reads_as_one() -> None:
    page = "<table><tr><td><b>索 引 号：</b><td>000014349<td>发文机关：<td>国务院<tr><td>标　　题：<td colspan=3>通知</table>"
    assert [row.reading for row in read(page).rows] == ["索引号：000014349 | 发文机关：国务院", "标题：通知"]


def test_tables_that_lay_out_a_page_are_blocks() -> None:
    got = read(f"<table><tr><td><p>甲</p><p>乙</p></td></tr><tr><td>{TABLE}</td></tr></table>")
    assert got.text.startswith("甲\n乙\n地区\t学生\n")
    assert len(got.rows) == 3


def test_numbers_of_a_list_are_shown_unless_written() -> None:
    assert read("<ol start=3><li>甲<li>乙</ol><ol><li>1. 丙<li>（二）丁</ol>").text == "3. 甲\n4. 乙\n1. 丙\n（二）丁\n"


def test_deep_nesting_and_huge_spans_end() -> None:
    assert "甲" in read("<div>" * 5000 + "甲").text
    assert "乙" in read("<table>" + "<tr><td colspan=99999 rowspan=99999>甲<td>乙" * 60 + "</table>").text


@pytest.mark.parametrize(
    "page", ["<frameset><frame src=a.htm></frameset>", "<meta http-equiv=refresh content=0>", "<body></body>"]
)
def test_a_page_without_text_says_so(page: str) -> None:
    with pytest.raises(NoText, match=r"页\.html"):
        read(page)


def test_a_saved_page_is_read_from_its_first_part() -> None:
    head = b"MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=b\r\n\r\n--b\r\nContent-Type: text/html; charset=gb2312\r\n"
    body = b"Content-Transfer-Encoding: 8bit\r\n\r\n" + PAGE.format("").encode("gb18030") + b"\r\n--b--\r\n"
    assert read(head + body, "页.mht").text == TEXT


def test_a_heading_over_two_lines_is_one() -> None:
    got = read("<h1>关于印发2023年<br/>\n重点民生实事的通知</h1><p>各单位：<br>现印发。</p>")
    assert got.text == "关于印发2023年重点民生实事的通知\n各单位：\n现印发。\n"
    assert [got.text[h.start : h.end] for h in got.headings] == ["关于印发2023年重点民生实事的通知"]
