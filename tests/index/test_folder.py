"""Walking folders: links, names and ignore files as they are found on real disks."""

import os
from pathlib import Path

from index.folder import walk


def write(path: Path, content: bytes = b"text") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def names(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in walk([folder])]


def test_links_to_files_are_followed_and_links_to_folders_that_lead_in_circles_are_not(tmp_path: Path) -> None:
    write(tmp_path / "a.txt")
    (tmp_path / "b.txt").symlink_to(tmp_path / "a.txt")
    (tmp_path / "nowhere.txt").symlink_to(tmp_path / "gone.txt")
    (tmp_path / "self.txt").symlink_to(tmp_path / "self.txt")
    (tmp_path / "circle").symlink_to(tmp_path)
    assert names(tmp_path) == ["a.txt", "b.txt"]


def test_a_folder_that_is_named_like_a_file_is_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "x.txt" / "y.txt")
    assert names(tmp_path) == ["x.txt/y.txt"]


def test_a_left_out_folder_leaves_out_all_below_it(tmp_path: Path) -> None:
    write(tmp_path / ".youjuignore", "旧版\n".encode())
    for name in ("旧版/一/a.txt", "新版/一/a.txt", ".git/b.txt"):
        write(tmp_path / name)
    assert names(tmp_path) == ["新版/一/a.txt"]


def test_an_ignore_file_may_be_written_by_windows_and_counts_only_at_the_top(tmp_path: Path) -> None:
    write(tmp_path / ".youjuignore", "草稿*\r\n".encode("gb18030"))
    write(tmp_path / "子" / ".youjuignore", b"*")
    for name in ("草稿.txt", "子/终稿.txt"):
        write(tmp_path / name)
    assert names(tmp_path) == ["子/终稿.txt"]


def test_names_in_other_encodings_and_long_names_are_found(tmp_path: Path) -> None:
    long = "长" * 80 + ".txt"
    write(tmp_path / long)
    strange = os.fsencode(tmp_path) + b"/" + "会议纪要.txt".encode("gbk")
    with open(strange, "wb") as file:
        file.write(b"text")
    assert set(walk([tmp_path])) == {tmp_path / long, Path(os.fsdecode(strange))}
    assert list(walk([tmp_path / ("长" * 200)])) == [tmp_path / ("长" * 200)], "reading it says what is wrong"


# -- links that lead out -----------------------------------------------------------------------------------------------


def test_links_that_lead_out_of_the_folder_are_not_followed_and_are_told(tmp_path: Path) -> None:
    shared, private = tmp_path / "shared", tmp_path / "private"
    write(shared / "a.txt")
    secret = write(private / "secret.txt")
    (shared / "file.txt").symlink_to(secret)
    (shared / "up.txt").symlink_to("../private/secret.txt")
    (shared / "folder").symlink_to(private)
    (shared / "子").mkdir()
    (shared / "子" / "link.txt").symlink_to(shared / "file.txt")
    (shared / "下").symlink_to(tmp_path)
    left: list[Path] = []
    assert list(walk([shared], None, left.append)) == [shared / "a.txt"]
    assert left == sorted(shared / name for name in ("file.txt", "up.txt", "folder", "下", "子/link.txt"))
    assert names(shared) == ["a.txt"]


def test_a_folder_beside_that_has_the_same_beginning_is_outside(tmp_path: Path) -> None:
    secret = write(tmp_path / "shared-private" / "secret.txt")
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "a.txt").symlink_to(secret)
    assert names(tmp_path / "shared") == []


def test_a_link_that_is_named_itself_is_followed(tmp_path: Path) -> None:
    real = tmp_path / "real"
    write(real / "子" / "a.txt")
    (real / "b.txt").symlink_to(real / "子" / "a.txt")
    (tmp_path / "folder").symlink_to(real)
    (tmp_path / "file.txt").symlink_to(real / "子" / "a.txt")
    assert names(tmp_path / "folder") == ["b.txt", "子/a.txt"]
    assert list(walk([tmp_path / "file.txt"])) == [tmp_path / "file.txt"]
