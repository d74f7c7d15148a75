"""Folders that are followed: what `youju add` and `youju sync` do with them, say of them, and survive."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from index.library import Library
from index.store import Store
from index.vectors import VectorIndex
from server.errors import FolderIsEmpty, FolderIsGone
from server.indexing import Report, collect, synchronise, take
from tests.conftest import ROOT
from tests.stubs import BigramEmbedder

pytestmark = pytest.mark.slow

PATIENCE = 60
"""Seconds; only against waiting forever."""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    embedder = BigramEmbedder()
    opened = Library(Store(tmp_path / "data" / "youju.db"), embedder, VectorIndex(embedder.dimension))
    yield opened
    opened.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "资料"
    made.mkdir()
    return made


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def counts(report: Report) -> dict[str, int]:
    return {name: value for name, value in report.as_json().items() if isinstance(value, int) and value}


def paths(library: Library) -> set[str]:
    return {Path(row.path).name for row in library.store.documents(-1)}


# -- in step with a folder -----------------------------------------------------------------------------------------


def test_a_folder_is_followed_through_additions_changes_renames_and_removals(library: Library, folder: Path) -> None:
    for name in ("一", "二", "三"):
        put(folder / f"{name}.txt", f"文件{name}的内容。\n")
    put(folder / "图.xyz", "?")
    assert counts(synchronise(library, folder)) == {"added": 3, "skipped": 1}
    assert counts(synchronise(library, folder)) == {"unchanged": 3, "skipped": 1}
    put(folder / "一.txt", "新的内容。\n")
    (folder / "二.txt").rename(folder / "子.txt")
    (folder / "三.txt").unlink()
    put(folder / "四.txt", "第四份。\n")
    assert counts(synchronise(library, folder)) == {"added": 1, "updated": 1, "renamed": 1, "removed": 1, "skipped": 1}
    assert paths(library) == {"一.txt", "子.txt", "四.txt"}
    assert library.faults() == []


def test_what_a_folder_asks_to_leave_out_is_removed_from_the_index(library: Library, folder: Path) -> None:
    put(folder / "a.txt", "甲文件。\n")
    put(folder / "草稿.txt", "草稿一份。\n")
    synchronise(library, folder)
    put(folder / ".youjuignore", "草稿*\n")
    assert counts(synchronise(library, folder)) == {"unchanged": 1, "removed": 1}
    assert paths(library) == {"a.txt"}


def test_an_emptied_folder_and_one_that_is_gone_change_nothing(library: Library, folder: Path) -> None:
    file = put(folder / "a.txt", "甲文件。\n")
    synchronise(library, folder)
    file.unlink()
    with pytest.raises(FolderIsEmpty, match=r"磁盘是否已连接.*--empty"):
        synchronise(library, folder)
    folder.rmdir()
    for empty in (False, True):
        with pytest.raises(FolderIsGone, match="索引没有改动"):
            synchronise(library, folder, empty=empty)
    assert paths(library) == {"a.txt"}
    folder.mkdir()
    assert counts(synchronise(library, folder, empty=True)) == {"removed": 1}


def test_a_folder_below_that_cannot_be_opened_keeps_its_documents(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder / "a.txt", "甲文件。\n")
    put(folder / "网络盘" / "b.txt", "乙文件。\n")
    synchronise(library, folder)
    real = os.scandir

    def scandir(path: Any) -> Any:  # a real one needs another user or a broken disk
        if str(path).endswith("网络盘"):
            raise PermissionError(13, "Permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", scandir)
    report = synchronise(library, folder)
    assert counts(report) == {"unchanged": 1, "failed": 1}
    assert "无法打开这个文件夹" in report.text() and "网络盘" in report.text()
    assert paths(library) == {"a.txt", "b.txt"}


def test_an_archive_that_is_locked_for_a_moment_keeps_its_members(library: Library, folder: Path) -> None:
    path = folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("甲.txt", "甲文件。\n")
    put(folder / "b.txt", "乙文件。\n")
    assert counts(synchronise(library, folder)) == {"added": 2}
    assert counts(synchronise(library, folder)) == {"unchanged": 2}
    path.rename(folder.parent / "kept")
    path.symlink_to(folder.parent / "gone.zip")
    files = [path, folder / "b.txt"]
    report = Report()
    take(library, files, report)
    assert counts(report) == {"failed": 1, "unchanged": 1}
    assert paths(library) == {"甲.txt", "b.txt"}
    path.unlink()
    assert counts(synchronise(library, folder)) == {"unchanged": 1, "removed": 1}


def test_a_file_that_goes_between_the_walk_and_the_reading_is_told(library: Library, folder: Path) -> None:
    gone, kept = put(folder / "a.txt", "甲文件。\n"), put(folder / "b.txt", "乙文件。\n")
    report = Report()
    files = collect([folder], report)
    gone.unlink()
    take(library, files, report)
    assert counts(report) == {"added": 1, "failed": 1}
    assert "可能已被移走或删除" in report.text()
    assert counts(synchronise(library, folder)) == {"unchanged": 1}
    assert library.store.failures() == [], "what is gone is no failure any more"
    assert kept.exists()


def test_what_changed_while_it_was_read_is_updated_the_next_time(library: Library, folder: Path) -> None:
    path = put(folder / "a.txt", "第一版的内容。\n")

    def change(_share: float) -> None:
        put(path, "第二版的内容。\n")

    assert library.add(path, change).status == "added"
    assert counts(synchronise(library, folder)) == {"updated": 1}
    assert library.store.document(library.store.documents(1)[0].id).text == "第二版的内容。\n"


def test_a_report_names_each_file_with_a_reason_and_hides_what_a_terminal_would_obey(
    library: Library, folder: Path
) -> None:
    named = put(folder / "图.xyz", "?")
    put(folder / "另.xyz", "?")
    (folder / "坏\x1b[31m.txt").write_bytes(bytes(range(256)))
    report = Report(named=[named], missing=[folder / "没有.txt"])
    take(library, collect([folder], report), report)
    first, *lines = report.text().split("\n")
    assert first == "新增 0，未变 0，更新 0，不支持 1，失败 3"
    assert [line for line in lines if not line.startswith("    ")] == [
        "  编码不明 1 个",
        "  不存在 1 个",
        "  不支持的格式 1 个",
        lines[-1],
    ]
    assert "另.xyz。支持 .bmp" in lines[-1]
    assert all(line.endswith("。") for line in lines if line.startswith("    "))
    assert "\x1b" not in "".join(line.split("：")[0] for line in lines)
    assert not report.succeeded


def test_links_that_lead_out_of_a_folder_are_skipped_with_a_reason_and_leave_the_index(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    secret = put(tmp_path / "别处" / "secret.txt", "密文。\n")
    put(folder / "a.txt", "甲文件。\n")
    link = put(folder / "b.txt", "乙文件。\n")
    synchronise(library, folder)
    link.unlink()
    link.symlink_to(secret)
    report = synchronise(library, folder)
    assert counts(report) == {"unchanged": 1, "removed": 1, "skipped": 1}
    assert report.as_json()["skips"] == [
        {
            "path": str(link),
            "code": "link",
            "reason": "是指向这个文件夹之外的链接，没有读。需要的话请把原件复制进来，或直接写出它的路径来添加。",
        }
    ]
    assert "链接 1" in report.text() and "b.txt" in report.text() and "不支持" not in report.text()
    assert paths(library) == {"a.txt"}
    named = Report(named=[link])
    take(library, collect([link], named), named)
    assert counts(named) == {"added": 1}, "what a person names himself is followed"


def test_a_file_that_becomes_a_link_between_the_walk_and_the_reading_is_not_followed(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    secret = put(tmp_path / "别处" / "secret.txt", "密文。\n")
    file = put(folder / "子" / "a.txt", "甲文件。\n")
    report = Report()
    files = collect([folder], report)
    file.unlink()
    file.parent.rmdir()
    file.parent.symlink_to(secret.parent)
    put(secret.parent / "a.txt", "密文。\n")
    take(library, files, report)
    assert counts(report) == {"skipped": 1}
    assert paths(library) == set()


# -- the command ---------------------------------------------------------------------------------------------------


class Youju:
    """Starts commands on one index with the real model."""

    def __init__(self, data: Path, models: Path) -> None:
        clean = {name: value for name, value in os.environ.items() if not name.startswith("YOUJU_")}
        self.environment = {**clean, "YOUJU_DATA": str(data), "YOUJU_MODELS": str(models), "PYTHONPATH": str(ROOT)}
        self.folder = data.parent

    def start(self, *arguments: str | Path) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "server.cli", *map(str, arguments)], cwd=self.folder, env=self.environment,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8",
        )  # fmt: skip

    def run(self, *arguments: str | Path) -> tuple[int, str, str]:
        with self.start(*arguments) as process:
            out, err = process.communicate(timeout=PATIENCE * 4)
        assert "Traceback" not in out + err, err
        return process.returncode, out, err


@pytest.fixture
def youju(tmp_path: Path, models_folder: Path) -> Youju:
    return Youju(tmp_path / "data", models_folder)


def test_the_command_synchronises_tells_failures_and_has_its_exit_codes(youju: Youju, folder: Path) -> None:
    put(folder / "a.txt", "海沧区2023年计划竣工项目6个。\n")
    code, out, _ = youju.run("sync", folder, "--json")
    assert (code, json.loads(out)["added"]) == (0, 1)
    assert json.loads(youju.run("list", "--failed", "--json")[1]) == {"failures": [], "total": 0}

    put(folder / "空.txt", "")
    code, out, _ = youju.run("sync", folder, "--json")
    assert code == 3
    report = json.loads(out)
    assert (report["unchanged"], report["failed"], report["failures"][0]["code"]) == (1, 1, "empty")
    (failure,) = json.loads(youju.run("list", "--failed", "--json")[1])["failures"]
    assert (Path(failure["path"]).name, failure["code"]) == ("空.txt", "empty")
    assert "[empty]" in youju.run("list", "--failed")[1]

    assert youju.run("add", folder / "空.txt", "--retry")[0] == 1
    code, _, err = youju.run("sync", folder / "没有")
    assert code == 1 and "索引没有改动" in err
    assert youju.run("sync", folder, "--watch", "--json")[0] == 2
    code, _, err = youju.run("add", "长" * 300 + ".txt")
    assert code == 1 and "没有这个文件" in err


def test_what_was_finished_before_a_kill_is_not_done_again(youju: Youju, folder: Path) -> None:
    total = 60
    for i in range(total):
        put(folder / f"{i:03}.txt", f"第{i}号文件的内容。\n一、要求\n计划竣工项目{i}个。\n")
    process = youju.start("add", folder)
    store = youju.folder / "data" / "youju.db"
    finished = wait_for_documents(store, 5)
    process.kill()
    process.communicate(timeout=PATIENCE)
    finished = documents(store)
    assert 0 < finished < total, "killed midway"
    code, out, _ = youju.run("add", folder, "--json")
    report = json.loads(out)
    assert (code, report["added"], report["unchanged"]) == (0, total - finished, finished)
    assert youju.run("check")[0] == 0


def documents(path: Path) -> int:
    store = Store(path)
    try:
        return store.count()
    finally:
        store.close()


def wait_for_documents(path: Path, least: int) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        if path.exists() and documents(path) >= least:
            return least
        time.sleep(0.02)
    raise AssertionError("nothing was added")


def wait_for(stream: IO[str], *expected: str) -> str:
    """Lines up to one that holds all that is expected; the test's runner ends what waits forever."""
    for line in stream:
        if all(part in line for part in expected):
            return line
    raise AssertionError(f"ended without {expected}")


def test_a_watched_folder_is_kept_in_step_until_the_person_stops_it(youju: Youju, folder: Path) -> None:
    put(folder / "a.txt", "海沧区2023年计划竣工项目6个。\n")
    with youju.start("sync", folder, "--watch") as process:
        assert process.stderr is not None
        try:
            wait_for(process.stderr, "正在看着")
            put(folder / "b.txt", "另一份文件，2023年新增学位1080个。\n")
            wait_for(process.stderr, "新增 1")
            put(folder / "b.txt", "改过的文件，2023年新增学位2080个。\n")
            wait_for(process.stderr, "更新 1")
            (folder / "b.txt").unlink()
            wait_for(process.stderr, "移除 1")
            process.send_signal(signal.SIGINT)
            assert "已中断" in process.communicate(timeout=PATIENCE)[1]
            assert process.returncode == 130
        finally:
            process.kill()
    assert documents(youju.folder / "data" / "youju.db") == 1
