"""XML: feeds, Office 2003, other files, and what is refused."""

from pathlib import Path

import pytest

from ingest.errors import Damaged, NoText
from ingest.readers import xml
from ingest.readers.builder import Extracted, File


def read(text: str | bytes) -> Extracted:
    return xml.read(File(Path("文.xml"), text.encode() if isinstance(text, str) else text))


FEED = """<?xml version="1.0" encoding="gb2312"?><rss><channel><title>政务动态</title><link>http://x</link><ttl>60</ttl>
<item><title>一号通知</title><link>http://x/1</link><description>&lt;p&gt;第一段&lt;/p&gt;&lt;p&gt;第二段&amp;nbsp;完&lt;/p&gt;</description></item>
<item><title><![CDATA[二号通知]]></title><description>纯文字</description></item></channel></rss>"""


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "utf-8-sig"])
def test_the_items_of_a_feed_stand_under_their_titles(encoding: str) -> None:
    got = read(FEED.encode(encoding))
    assert got.text == "政务动态\n60\n一号通知\n第一段\n第二段 完\n二号通知\n纯文字\n"
    assert [got.text[h.start : h.end] for h in got.headings] == ["一号通知", "二号通知"]
    assert got.title == "政务动态"


def test_a_big5_feed_is_read_in_its_encoding() -> None:
    text = "<?xml version='1.0' encoding='big5'?><a><b>關於印發教育工作要點的通知</b></a>"
    assert read(text.encode("big5")).text == "關於印發教育工作要點的通知\n"


def test_elements_are_lines_in_order() -> None:
    assert (
        read("<通知><标题>一</标题><正文>甲<b>乙</b>丙</正文><节 名='第二节'><句>丁</句></节></通知>").text
        == "一\n甲乙丙\n第二节\n丁\n"
    )


def test_excel_2003_rows_read_with_their_headers() -> None:
    text = """<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet" xmlns:ss="urn:schemas-microsoft-com:office:spreadsheet">
    <Styles><Style ss:ID="s1"><NumberFormat ss:Format="0%"/></Style></Styles><Worksheet ss:Name="学位"><Table>
    <Row><Cell ss:MergeAcross="2"><Data ss:Type="String">学位表</Data></Cell></Row>
    <Row><Cell><Data ss:Type="String">学校</Data></Cell><Cell><Data ss:Type="String">占比</Data></Cell><Cell><Data ss:Type="String">时间</Data></Cell></Row>
    <Row ss:Index="3"><Cell><Data ss:Type="String">一小</Data></Cell><Cell ss:StyleID="s1"><Data ss:Type="Number">0.85</Data></Cell>
    <Cell ss:Index="3"><Data ss:Type="DateTime">2023-03-02T00:00:00.000</Data></Cell></Row></Table></Worksheet></Workbook>"""
    assert read(text).text == "学位\n学位表\n学校：一小 | 占比：85% | 时间：2023-03-02\n"


def test_word_2003_paragraphs_and_tables_are_read() -> None:
    cell = "<w:tc><w:p><w:r><w:t>{}</w:t></w:r></w:p></w:tc>"
    rows = "".join(f"<w:tr>{cell.format(a)}{cell.format(b)}</w:tr>" for a, b in [("学校", "学位"), ("一小", "5")])
    text = f"<w:wordDocument xmlns:w='w'><w:body><w:p><w:r><w:t>通</w:t></w:r><w:r><w:t>知</w:t></w:r></w:p><w:tbl>{rows}</w:tbl></w:body></w:wordDocument>"
    assert read(text).text == "通知\n学校：一小 | 学位：5\n"


def test_a_web_page_in_xml_is_a_web_page() -> None:
    assert read("<?xml version='1.0'?><!DOCTYPE html><html><body><h1>通知</h1></body></html>").headings[0].level == 1


def test_what_is_not_well_formed_is_read_with_a_gap() -> None:
    got = read("<a><b>甲&nbsp;乙</b><c>丙 & 丁</c></a>")
    assert "甲 乙" in got.text.replace("\xa0", " ")
    assert got.gaps


BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "甲"><!ENTITY c "&b;&b;">]><a>&c;</a>'


@pytest.mark.parametrize("text", [BOMB, BOMB.replace('"甲"', 'SYSTEM "file:///etc/passwd"'), "不是 XML"])
def test_entities_and_other_files_are_refused(text: str) -> None:
    with pytest.raises(Damaged, match=r"文\.xml"):
        read(text)


def test_xml_without_text_says_so() -> None:
    with pytest.raises(NoText):
        read("<a><b/></a>")
