"""Names from clients made harmless, and uploaded files that go when nobody needs them."""

import os
from pathlib import Path

import pytest

from index.library import Library
from index.store import Store
from index.vectors import VectorIndex
from server import indexing
from server.uploads import ABANDONED_SECONDS, UNNAMED, UPLOADS, Uploads, file_name, shown_name
from tests.finishing import printed
from tests.stubs import BigramEmbedder

MODEL = BigramEmbedder()
TEXT = "教育工作要点\n一、学校建设\n计划竣工项目5个。\n"


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("要点.txt", "要点.txt"),
        ("资料/2023年/要点 (1).txt", "资料/2023年/要点 (1).txt"),
        ("../../../etc/passwd", "etc/passwd"),
        ("/etc/passwd", "etc/passwd"),
        (r"C:\资料\..\a?.txt", "资料/a？.txt"),
        (r"\\server\share\a.txt", "server/share/a.txt"),
        ("a:b.txt", "a：b.txt"),
        ("x\0y\r\n.txt", "xy.txt"),
        ("\u202egnp.txt\u202c", "gnp.txt"),
        ("要\u200b点\ufeff.txt", "要点.txt"),
        ("\ud800a.txt", "a.txt"),
        ("con.txt", "_con.txt"),
        ("NUL", "_NUL"),
        ("Com1.tar.gz", "_Com1.tar.gz"),
        ("console.txt", "console.txt"),
        ("a.txt. . ", "a.txt"),
        (".htaccess", "htaccess"),
        ("", UNNAMED),
        ("..", UNNAMED),
        ("资料/", f"资料/{UNNAMED}"),
        ("e\u0301.txt", "\u00e9.txt"),
        ('<>:"|?*.txt', "＜＞：＂｜？＊.txt"),
    ],
)
def test_a_name_stays_readable_and_leads_nowhere(name: str, shown: str) -> None:
    assert shown_name(name) == shown


@pytest.mark.parametrize("name", ["字" * 500 + ".docx", "x" * 500 + ".pdf", "a." + "y" * 500, "夹/" * 400 + "a.txt"])
def test_a_long_name_is_cut_and_keeps_its_ending(name: str) -> None:
    stored = file_name(shown_name(name))
    assert 0 < len(stored.encode()) <= 200
    assert len(stored) <= 120
    assert len(shown_name(name)) <= 500
    if len(Path(name).suffix) < 10:
        assert Path(stored).suffix == Path(name).suffix


def test_shown_twice_it_is_the_same() -> None:
    for name in (r"C:\a\con.txt ", "字" * 300 + ".txt", "..\u202e/x?.txt"):
        assert shown_name(shown_name(name)) == shown_name(name)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(Store(tmp_path / "data" / "youju.db"), MODEL, VectorIndex(MODEL.dimension))


@pytest.fixture
def uploads(tmp_path: Path) -> Uploads:
    return Uploads(tmp_path / "data")


def put(uploads: Uploads, job: str, number: int, text: str = TEXT) -> Path:
    path = uploads.place(job, number, "要点.txt")
    path.parent.mkdir(parents=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_goes_when_no_document_stands_in_it(library: Library, uploads: Uploads) -> None:
    kept, gone = put(uploads, "a", 1), put(uploads, "a", 2, "")
    assert [library.add(path).status for path in (kept, gone)] == ["added", "failed"]
    for path in (kept, gone):
        uploads.release(library.store, path)
    assert kept.is_file() and not gone.parent.exists()
    assert library.store.failures() == []
    library.store.forget_path(str(kept))
    uploads.release(library.store, kept)
    assert not (uploads.folder / "a").exists()
    library.close()


def test_a_file_that_was_not_uploaded_stays(library: Library, uploads: Uploads, tmp_path: Path) -> None:
    own = tmp_path / "要点.txt"
    own.write_text(TEXT, encoding="utf-8")
    uploads.release(library.store, own)
    assert own.is_file()
    library.close()


def test_what_a_killed_server_left_is_swept_away(library: Library, uploads: Uploads) -> None:
    waiting, done, ended, coming, old = (put(uploads, job, 1, TEXT + job) for job in ("w", "d", "e", "c", "o"))
    library.add(done)
    os.utime(old.parent, times=(0, old.stat().st_mtime - ABANDONED_SECONDS - 60))
    known = {"w": True, "d": False, "e": False}
    uploads.sweep(library.store, lambda job, _: known.get(job))
    assert [path.exists() for path in (waiting, done, ended, coming, old)] == [True, True, False, True, False]
    library.close()


def test_following_a_folder_that_holds_the_data_leaves_uploads_alone(
    library: Library, uploads: Uploads, tmp_path: Path
) -> None:
    library.add(put(uploads, "a", 1))
    (tmp_path / "别的.txt").write_text("卫生健康通知\n落实各项任务。\n", encoding="utf-8")
    report = indexing.synchronise(library, tmp_path)
    assert [outcome.status for outcome in report.outcomes] == ["added"]
    assert library.store.count() == 2
    assert UPLOADS.startswith("youju.db")
    library.close()


def test_what_a_restored_index_does_not_know_is_set_aside_and_not_swept(tmp_path: Path) -> None:
    store, uploads = Store(tmp_path / "youju.db"), Uploads(tmp_path)
    ended, awaited = (uploads.place("a" * 16, number, "要点.txt") for number in (1, 2))
    for file in (ended, awaited):
        file.parent.mkdir(parents=True)
        file.write_text("只此一份", encoding="utf-8")
    aside = uploads.set_aside(store, lambda _, number: number == 2)
    store.close()
    assert aside is not None and awaited.is_file() and not ended.exists()
    assert [file.read_text(encoding="utf-8") for file in aside.rglob("*.txt")] == ["只此一份"]


def test_a_name_of_a_hundred_thousand_folders_is_shown_by_its_end() -> None:
    script = "from server.uploads import shown_name\nprint(shown_name('a/' * 500_000 + 'b.txt')[-8:])"
    assert printed(script) == "/a/b.txt"
