"""Archives: names, nested archives, limits, and members that fail alone."""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from ingest.errors import ArchiveBomb, Damaged, Encrypted
from ingest.readers import archive
from ingest.readers.archive import Member, members, safe_name

PATH = Path("资料.zip")


def zipped(*files: tuple[str | bytes, bytes]) -> bytes:
    """A zip; names given as bytes are written as they are, without the UTF-8 mark."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in files:
            if isinstance(name, str):
                file.writestr(name, data)
            else:
                file.writestr("x" * len(name), data)
    raw = content.getvalue()
    for name, _ in files:
        if isinstance(name, bytes):
            raw = raw.replace(b"x" * len(name), name)
    return raw


def read(content: bytes) -> list[Member]:
    return list(members(PATH, content))


NAME = "审计文件/2021年自动巡检需求文档.doc"


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8", "big5hkscs"])
def test_unmarked_names_are_read_in_their_encoding(encoding: str) -> None:
    name = "關於印發教育工作要點的通知.txt" if encoding == "big5hkscs" else NAME
    assert read(zipped((name.encode(encoding), b"1"))) == [Member(name, b"1")]


def test_marked_names_and_foreign_names_are_read() -> None:
    assert [m.name for m in read(zipped((NAME, b"1"), ("plain.txt", b"2"), (b"caf\x82.txt", b"3")))] == [
        NAME,
        "plain.txt",
        "café.txt",
    ]


def test_the_unicode_path_field_wins() -> None:
    info = zipfile.ZipInfo("a.txt")
    name = "通知.txt".encode()
    info.extra = struct.pack("<HHBI", 0x7075, 5 + len(name), 1, 0) + name
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        file.writestr(info, b"1")
    assert read(content.getvalue()) == [Member("通知.txt", b"1")]


def test_folders_and_litter_are_left_out() -> None:
    litter = [(name, b"1") for name in ("a/", "__MACOSX/a.txt", "a/.DS_Store", "Thumbs.db", "~$通知.docx", "._a.txt")]
    assert read(zipped(*litter, ("a/b.txt", b"2"))) == [Member("a/b.txt", b"2")]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("../../etc/passwd", "etc/passwd"),
        ("/root/a", "root/a"),
        ("C:\\a\\..\\b.txt", "a/b.txt"),
        ("//x/y", "x/y"),
        ("..", ""),
    ],
)
def test_names_never_leave_the_archive(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_zips_inside_are_opened_two_deep() -> None:
    third = zipped(("深.txt", b"3"))
    second = zipped(("三.zip", third), ("中.txt", b"2"))
    assert read(zipped(("二.zip", second), ("坏.zip", b"PK")))[:2] == [
        Member("二.zip/三.zip", third),
        Member("二.zip/中.txt", b"2"),
    ]


def test_a_damaged_member_fails_alone() -> None:
    content = bytearray(zipped(("a.txt", b"1" * 500), ("b.txt", b"2")))
    content[content.index(b"a.txt") + 5] ^= 0xFF
    first, second = read(bytes(content))
    assert isinstance(first.content, Damaged)
    assert second == Member("b.txt", b"2")


def test_a_member_with_a_password_fails_alone() -> None:
    content = bytearray(zipped(("a.txt", b"1"), ("b.txt", b"2")))
    place = content.index(b"PK\x01\x02")
    content[place + 8] |= 1
    first, second = read(bytes(content))
    assert isinstance(first.content, Encrypted)
    assert second == Member("b.txt", b"2")


def test_an_archive_that_is_none_is_an_error() -> None:
    with pytest.raises(Damaged):
        read(b"PK\x03\x04 and no more")


def test_a_member_that_swells_too_much_stops_the_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "RATIO_FROM", 1 << 20)
    with pytest.raises(ArchiveBomb, match="压缩比"):
        read(zipped(("a.txt", b"0" * (3 << 20))))


@pytest.mark.parametrize(
    ("limit", "said"), [("MOST_MEMBERS", "个文件"), ("LARGEST_MEMBER", "超过"), ("LARGEST_TOTAL", "总计")]
)
def test_limits_stop_the_archive(monkeypatch: pytest.MonkeyPatch, limit: str, said: str) -> None:
    monkeypatch.setattr(archive, limit, 1)
    with pytest.raises(ArchiveBomb, match=said):
        read(zipped(("a.txt", b"12"), ("b.txt", b"3")))
