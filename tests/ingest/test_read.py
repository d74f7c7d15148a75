"""One file -> one document: identity, the original text, and errors that say what to do."""

import hashlib
from pathlib import Path

import pytest

from ingest.errors import EmptyFile, TooLarge, UnreadableFile, UnsupportedFormat
from ingest.formats import is_supported
from ingest.read import LARGEST_FILE, Ingested, read_document

NOTICE = "关于做好2023年招生工作的通知\n一、时间安排\n4月1日开始报名。\n二、工作要求\n各校要公平公正。\n"


def write(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    return path


def test_the_id_derives_from_the_bytes_and_not_from_the_path(tmp_path: Path) -> None:
    (tmp_path / "子文件夹").mkdir()
    first = read_document(write(tmp_path / "通知.txt", NOTICE))
    second = read_document(write(tmp_path / "子文件夹" / "副本.md", NOTICE))
    assert first.document.id == second.document.id == hashlib.sha256(NOTICE.encode()).hexdigest()[:16]
    assert first.document.path != second.document.path
    assert [chunk.id for chunk in first.chunks] == [chunk.id for chunk in second.chunks]


def test_other_bytes_are_another_document(tmp_path: Path) -> None:
    first = read_document(write(tmp_path / "a.txt", NOTICE))
    second = read_document(write(tmp_path / "b.txt", NOTICE + "\n"))
    assert first.document.id != second.document.id
    assert not {c.id for c in first.chunks} & {c.id for c in second.chunks}


def test_chunk_ids_are_unique_and_survive_reading_again(samples: dict[str, Ingested]) -> None:
    for sample in samples.values():
        ids = [chunk.id for chunk in sample.chunks]
        assert len(set(ids)) == len(ids)
        again = read_document(Path(sample.document.path))
        assert again == sample


def test_the_original_text_is_kept_with_its_noise_and_newlines(tmp_path: Path) -> None:
    text = "当前位置：首页>公开\r\n" + NOTICE + "\r\n相关链接\r\n"
    document = read_document(write(tmp_path / "网页.txt", text)).document
    assert document.text == text
    assert "相关链接" in [document.text[n.start : n.end] for n in document.noise]


@pytest.mark.parametrize("content", [b"", b" \r\n\t\n", b"\xef\xbb\xbf", "\u3000\n".encode()])
def test_a_file_without_text_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "空.txt"
    path.write_bytes(content)
    with pytest.raises(EmptyFile, match=r"空\.txt.*请检查"):
        read_document(path)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match=r"没有\.txt.*请检查"):
        read_document(tmp_path / "没有.txt")


def test_an_unsupported_format_is_refused_with_those_that_are(tmp_path: Path) -> None:
    path = write(tmp_path / "表格.xyz", NOTICE)
    assert not is_supported(path)
    with pytest.raises(UnsupportedFormat, match=r"表格\.xyz.*\.xyz.*\.txt.*请先转换"):
        read_document(path)


def test_a_file_over_the_limit_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "巨大.txt"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(TooLarge, match=r"巨大\.txt.*268,435,456.*请拆分"):
        read_document(path)
