"""Bytes of text files: encodings that are read, and what is refused."""

import io
import zipfile
from pathlib import Path

import pytest

from ingest.errors import EmptyFile, UnknownEncoding
from ingest.readers.builder import File
from ingest.readers.text import decode, read

TEXT = "关于印发《海沧区教育工作要点》的通知\r\n一、总体要求\n新增学位８２８０个，占比95％。\t𠮷\n"
PATH = Path("通知.txt")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
def test_the_usual_encodings_give_the_same_text(encoding: str) -> None:
    assert decode(TEXT.encode(encoding), PATH) == TEXT


def test_utf16_in_either_byte_order_is_read_by_its_mark() -> None:
    assert decode(b"\xff\xfe" + TEXT.encode("utf-16-le"), PATH) == TEXT
    assert decode(b"\xfe\xff" + TEXT.encode("utf-16-be"), PATH) == TEXT


def test_newlines_are_kept_as_they_are() -> None:
    assert decode("一\r\n二\n三\r四".encode(), PATH) == "一\r\n二\n三\r四"


def _zip() -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("word/document.xml", TEXT)
    return archive.getvalue()


BINARY = {
    "a zip file, as .docx is one": _zip(),
    "a picture": b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x10\x00\x00\x00\x10\x08\x06\x00\x00\x00" * 4,
    "UTF-16 without a mark": "plain words".encode("utf-16-le"),
    "UTF-16 cut in the middle of a character": "甲乙".encode("utf-16")[:-1],
    "an old Word file": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 64,
}


@pytest.mark.parametrize("content", BINARY.values(), ids=BINARY)
def test_what_is_no_text_is_refused_with_a_cure(content: bytes) -> None:
    with pytest.raises(UnknownEncoding, match=r"通知\.txt.*请另存为 UTF-8"):
        decode(content, PATH)


SIMPLE = "各区人民政府，市直各委、办、局：现将《教育工作要点》印发给你们，请认真贯彻执行。"
TRADITIONAL = "各區人民政府，市直各委、辦、局：現將《教育工作要點》印發給你們，請認真貫徹執行。"


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_chinese_in_utf16_needs_no_mark(encoding: str) -> None:
    assert decode(SIMPLE.encode(encoding), PATH) == SIMPLE


@pytest.mark.parametrize("length", [4, 8, 16, 39])
def test_gb18030_and_big5_are_told_apart(length: int) -> None:
    assert decode(SIMPLE[:length].encode("gb18030"), PATH) == SIMPLE[:length]
    assert decode(TRADITIONAL[:length].encode("gb18030"), PATH) == TRADITIONAL[:length]
    assert decode(TRADITIONAL[:length].encode("big5hkscs"), PATH) == TRADITIONAL[:length]


@pytest.mark.parametrize("encoding", ["utf-8", "gb18030"])
def test_a_file_cut_in_the_middle_of_a_character_keeps_its_encoding(encoding: str) -> None:
    text = decode((SIMPLE * 5).encode(encoding)[:-1], PATH)
    assert text.rstrip("\ufffd") == (SIMPLE * 5)[:-1]


def test_a_few_broken_bytes_are_reported_not_guessed() -> None:
    content = (SIMPLE * 100).encode()
    got = read(File(PATH, content[:300] + b"\xff" + content[300:]))
    assert got.text.replace("\ufffd", "") == SIMPLE * 100
    assert got.gaps == ("有 1 处字节损坏，无法识别，已用 \ufffd 代替",)


def test_another_script_is_refused_rather_than_misread() -> None:
    with pytest.raises(UnknownEncoding):
        decode(("ひらがなとカタカナの文章です。" * 5).encode("shift_jis"), PATH)


def test_the_text_of_a_file_is_kept_exactly_and_its_tables_are_rows() -> None:
    text = "\ufeff\r\n| 学校 | 学位 |\r\n|---|---|\r\n| 一小 | 1080 |\r\n"
    got = read(File(PATH, text.encode()))
    assert got.text == text[1:]
    assert [(got.text[row.start : row.end], row.reading) for row in got.rows] == [
        ("| 一小 | 1080 |", "学校：一小 | 学位：1080")
    ]


def test_a_file_of_blanks_is_empty() -> None:
    with pytest.raises(EmptyFile):
        read(File(PATH, b" \n\t"))
