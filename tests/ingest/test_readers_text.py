"""Bytes of text files: encodings that are read, and what is refused."""

import io
import zipfile
from pathlib import Path

import pytest

from ingest.errors import UnknownEncoding
from ingest.readers.text import decode

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
