"""The cache file: whole and unchanged, or not believed."""

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from index import vectors_file
from index.errors import BadVectorFile
from index.vectors_file import Block, Stamp
from tests.index.conftest import unit_vectors

STAMP = Stamp("一个数据库", 7, "某模型 int8", 8)


def blocks() -> list[Block]:
    return [(np.arange(i * 5, i * 5 + 5), unit_vectors(i, 5, 8).astype(np.float16)) for i in range(3)]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "youju.db.vectors"
    vectors_file.write(path, STAMP, iter(blocks()))
    return path


def test_what_was_written_is_read(file: Path) -> None:
    assert vectors_file.read_stamp(file) == STAMP
    for (rows, vectors), (expected_rows, expected) in zip(vectors_file.read(file), blocks(), strict=True):
        assert np.array_equal(rows, expected_rows) and np.array_equal(vectors, expected)


def test_no_vectors_are_a_file_too(file: Path) -> None:
    vectors_file.write(file, STAMP, iter(()))
    assert list(vectors_file.read(file)) == []


def test_a_file_cut_anywhere_is_refused(file: Path) -> None:
    content = file.read_bytes()
    for length in range(len(content)):
        file.write_bytes(content[:length])
        with pytest.raises(BadVectorFile):
            list(vectors_file.read(file))


def test_a_changed_byte_anywhere_is_refused(file: Path) -> None:
    content = file.read_bytes()
    for place in range(len(content)):
        file.write_bytes(content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        with pytest.raises(BadVectorFile):
            list(vectors_file.read(file))


def test_bytes_behind_the_end_are_refused(file: Path) -> None:
    file.write_bytes(file.read_bytes() + b"x")
    with pytest.raises(BadVectorFile, match="校验和"):
        list(vectors_file.read(file))


@pytest.mark.parametrize(
    "content", [b"", b"\n", vectors_file.FORMAT, vectors_file.FORMAT + b"{}\n", b"SQLite format 3"]
)
def test_another_file_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(BadVectorFile, match="什么也不用做"):
        vectors_file.read_stamp(file)


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(file: Path) -> None:
    before = file.read_bytes()

    def full() -> Iterator[Block]:
        yield blocks()[0]
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        vectors_file.write(file, STAMP, full())
    assert file.read_bytes() == before and list(file.parent.iterdir()) == [file]


def test_what_a_killed_process_left_goes_with_the_next_write(file: Path) -> None:
    old, young = (file.with_name(f"{file.name}.{name}.tmp") for name in ("old", "young"))
    for left in (old, young):
        left.write_bytes(b"half")
    os.utime(old, (1, 1))
    vectors_file.write(file, STAMP, iter(blocks()))
    assert not old.exists() and young.exists(), "another process may be writing the young one"
