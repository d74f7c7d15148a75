"""Documents on the page: added, watched, found, read, replaced, deleted; and what a reader may not do."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page

from server.ledger import keys
from server.ledger.ledger import Ledger
from server.runtime import LEDGER
from tests.rendered.document import NUMBER, TITLE
from tests.rendered.writers import write_docx, write_scan
from tests.server.api.library import text_of
from tests.ui.visiting import PATIENCE, Site, Visits, documents, drop, picture, titles, upload, view

pytestmark = pytest.mark.page
Start = Callable[[], Site]


def _texts(folder: Path, *names: str) -> list[Path]:
    folder.mkdir(exist_ok=True)
    for name in names:
        (folder / f"{name}.txt").write_bytes(text_of(name))
    return [folder / f"{name}.txt" for name in names]


def _narrow(page: Page, words: str, count: int) -> None:
    page.fill("#yj-documents-q", words)
    page.wait_for_function(f"document.querySelectorAll('.yj-doc-row').length === {count}")


def test_an_empty_library_says_what_to_do(new_site: Start, visits: Visits) -> None:
    page = visits.open(new_site().address)
    page.click(".yj-welcome [data-view=documents]")
    page.wait_for_selector("#yj-view-documents .yj-empty")
    assert "拖" in page.inner_text("#yj-view-documents .yj-empty")
    picture(page, "documents-empty")


def test_a_word_file_and_a_scan_are_read_and_what_was_understood_is_shown(
    new_site: Start, visits: Visits, tmp_path: Path
) -> None:
    write_docx(tmp_path / "要点.docx")
    write_scan(tmp_path / "扫描件.pdf")
    page = visits.open(new_site().address)
    documents(page)
    upload(page, tmp_path / "要点.docx", tmp_path / "扫描件.pdf")
    assert page.locator(".yj-line-other .yj-job-state").all_inner_texts() == ["新增", "新增"]
    page.wait_for_function("document.querySelectorAll('.yj-doc-row').length === 2")
    picture(page, "documents-added")
    page.click(".yj-doc-row:has-text('要点.docx')")
    page.wait_for_selector("#yj-documents-sheet")
    sheet = page.inner_text("#yj-documents-sheet")
    assert all(fact in sheet for fact in (TITLE, NUMBER, "2023", "东湖区", "一、加快学校建设"))
    picture(page, "documents-sheet")
    page.click("#yj-documents-sheet .yj-doc-outline button >> text=二、加强教师队伍")
    page.wait_for_selector("#yj-documents-passage .yj-read")
    assert "公开招聘教师186名" in page.inner_text("#yj-documents-passage")
    picture(page, "documents-read")


def test_each_file_that_fails_says_why(new_site: Start, visits: Visits, tmp_path: Path) -> None:
    (tmp_path / "空.docx").write_bytes(b"")
    (tmp_path / "程序.exe").write_bytes(b"MZ")
    page = visits.open(new_site().address)
    documents(page)
    upload(page, *_texts(tmp_path / "好", "甲市"), tmp_path / "空.docx", tmp_path / "程序.exe")
    failed = page.locator(".yj-line-failed")
    assert failed.count() == 2 and page.locator(".yj-line-other").count() == 1
    assert all(reason.strip() for reason in failed.locator(".yj-job-why").all_inner_texts())
    picture(page, "documents-failed")


def test_a_folder_comes_in_with_its_subfolders(new_site: Start, visits: Visits, tmp_path: Path) -> None:
    _texts(tmp_path / "资料", "甲市")
    _texts(tmp_path / "资料" / "子", "乙县")
    (tmp_path / "资料" / ".DS_Store").write_bytes(b"x")
    page = visits.open(new_site().address)
    documents(page)
    page.set_input_files("#yj-documents-folder", tmp_path / "资料")
    page.wait_for_function("document.querySelectorAll('.yj-doc-row').length === 2", timeout=PATIENCE)
    assert sorted(page.locator(".yj-job-file").all_inner_texts()) == ["资料/子/乙县.txt", "资料/甲市.txt"]


def test_the_list_is_searched_narrowed_turned_and_cleared(new_site: Start, visits: Visits, tmp_path: Path) -> None:
    names = [f"第{number:02}中学" for number in range(51)]
    page = visits.open(new_site().address)
    documents(page)
    upload(page, *_texts(tmp_path / "多", *names), *_texts(tmp_path / "一", "海沧区"))
    page.wait_for_function("document.querySelectorAll('.yj-doc-row').length === 50")
    page.click(".yj-doc-pages [data-page='2']")
    page.wait_for_function("document.querySelectorAll('.yj-doc-row').length === 2")
    _narrow(page, "海沧", 1)
    assert titles(page) == ["海沧区教育局2023年工作要点"]
    picture(page, "documents-found")
    page.fill("#yj-documents-q", "没有这个词")
    page.wait_for_selector("#yj-view-documents .yj-empty")
    page.click("#yj-view-documents [data-do=clear]")
    page.wait_for_function("document.querySelectorAll('.yj-doc-row').length === 50")
    assert page.input_value("#yj-documents-q") == ""
    page.select_option("#yj-documents-place", "海沧区")
    page.wait_for_function("document.querySelectorAll('.yj-doc-row').length === 1")


def test_a_document_is_replaced_and_deleted_after_a_question(new_site: Start, visits: Visits, tmp_path: Path) -> None:
    page = visits.open(new_site().address)
    documents(page)
    upload(page, *_texts(tmp_path / "旧", "甲市", "乙县"))
    (tmp_path / "新.txt").write_bytes(text_of("甲市", 9))
    page.click(".yj-doc-row:has-text('甲市')")
    page.click("[data-replaces]")
    page.set_input_files("dialog input[type=file]", tmp_path / "新.txt")
    picture(page, "documents-replace")
    page.click("dialog button[value=yes]")
    page.wait_for_selector(".yj-doc-row:has-text('新.txt')", timeout=PATIENCE)
    page.click(".yj-doc-row:has-text('乙县')")
    page.wait_for_selector("#yj-documents-sheet h2:has-text('乙县')")
    page.click("#yj-documents-sheet [data-do=remove]")
    picture(page, "documents-delete")
    page.click("dialog [data-leave]")
    assert len(titles(page)) == 2
    page.click("#yj-documents-sheet [data-do=remove]")
    page.click("dialog button[value=yes]")
    page.wait_for_selector(".yj-doc-done")
    assert titles(page) == ["甲市教育局2023年工作要点"]


def test_a_reader_sees_documents_and_cannot_change_them(new_site: Start, visits: Visits, tmp_path: Path) -> None:
    site = new_site()
    page = visits.open(site.address)
    documents(page)
    upload(page, *_texts(tmp_path / "一", "甲市"))
    ledger = Ledger(site.data / LEDGER)
    secret = keys.add(ledger, "张三", "read")
    ledger.close()
    page = visits.login(site.address, secret)
    documents(page)
    page.click(".yj-doc-row")
    page.wait_for_selector("#yj-documents-sheet")
    assert page.locator("#yj-documents-drop, [data-do=remove], [data-replaces]").count() == 0
    assert "只能查看" in page.inner_text("#yj-documents-intake")
    picture(page, "documents-reader")
    view(page, "overview")
    page.wait_for_selector("#yj-overview")


def test_files_and_whole_folders_are_dropped_on_the_page(new_site: Start, visits: Visits, tmp_path: Path) -> None:
    folder = tmp_path / "资料"
    _texts(folder, "教育", ".编辑器")
    _texts(folder / "内部", "水利")
    (alone,) = _texts(tmp_path / "别处", "桥梁")
    page = visits.open(new_site().address)
    documents(page)
    drop(page, "#yj-documents-drop", folder, alone)
    page.wait_for_selector(".yj-job .yj-job-lines")
    page.wait_for_function("document.querySelectorAll('.yj-doc-row').length === 3", timeout=PATIENCE)
    assert sorted(page.locator(".yj-job-file").all_inner_texts()) == ["桥梁.txt", "资料/内部/水利.txt", "资料/教育.txt"]
    assert page.locator(".yj-over").count() == 0
