"""Tables as text: delimiters, quotes, encodings."""

from pathlib import Path

import pytest

from ingest.errors import EmptyFile
from ingest.readers import delimited
from ingest.readers.builder import Extracted, File


def read(text: str | bytes, name: str = "表.csv") -> Extracted:
    return delimited.read(File(Path(name), text.encode() if isinstance(text, str) else text))


@pytest.mark.parametrize("delimiter", [",", "\t", ";", "|", "，"])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030", "utf-16"])
def test_delimiter_and_encoding_are_found(delimiter: str, encoding: str) -> None:
    rows = [["学校", "学位"], ["第一小学", "1080"], ["第二小学", "900"]]
    text = "\r\n".join(delimiter.join(row) for row in rows)
    assert read(text.encode(encoding)).text == "学校：第一小学 | 学位：1080\n学校：第二小学 | 学位：900\n"


def test_quoted_cells_hold_delimiters_quotes_and_line_breaks() -> None:
    got = read('学校,说明\n一小,"扩建,新增""学位""\n二期"\n')
    assert got.text == '学校：一小 | 说明：扩建,新增"学位" 二期\n'


def test_a_quote_that_never_closes_swallows_nothing() -> None:
    lines = "".join(f"第{i}小学,{i}\n" for i in range(400))
    got = read('学校,学位\n"一小,5\n' + lines)
    assert len(got.rows) == 401


def test_rows_may_have_fewer_and_more_cells_than_the_header() -> None:
    got = read("学校,学位,备注\n一小,5\n二小,6,新建,多\n")
    assert got.text == "学校：一小 | 学位：5\n学校：二小 | 学位：6 | 备注：新建 | 多\n"


def test_two_tables_in_one_file_have_their_own_headers() -> None:
    assert read("学校,学位\n一小,5\n,\n,\n姓名,年龄\n张三,40\n").text == "学校：一小 | 学位：5\n姓名：张三 | 年龄：40\n"


def test_an_empty_file_is_an_error() -> None:
    with pytest.raises(EmptyFile):
        read("\n \n")


def test_a_long_file_says_what_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(delimited, "MOST_ROWS", 2)
    assert "只读了前 2 行" in read("学校,学位\n一小,5\n二小,6\n").gaps[0]
