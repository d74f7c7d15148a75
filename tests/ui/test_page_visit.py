"""A whole visit: documents come in, are asked about, are deleted; and the server is started again in between."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import SAMPLES
from tests.rendered.document import TITLE
from tests.rendered.writers import write_docx, write_scan
from tests.stubs import DOUBTFUL
from tests.ui.visiting import (
    ASKED,
    PATIENCE,
    REFUSED,
    Site,
    Visits,
    ask,
    documents,
    picture,
    titles,
    turn,
    upload,
    view,
)

pytestmark = pytest.mark.page
HERE = "东湖区2023年计划竣工几个项目"


def test_a_whole_visit(new_site: Callable[[], Site], visits: Visits, tmp_path: Path) -> None:
    site = new_site()
    write_docx(tmp_path / "要点.docx")
    write_scan(tmp_path / "扫描件.pdf")
    page = visits.open(site.address)
    documents(page)
    upload(page, tmp_path / "要点.docx", tmp_path / "扫描件.pdf", SAMPLES / "2023年海沧区教育工作要点.txt")
    page.wait_for_function("document.querySelectorAll('.yj-doc-row').length === 3")

    view(page, "ask")
    with pytest.MonkeyPatch.context() as doubt:
        doubt.setattr("server.answer.quoting.judge", lambda: DOUBTFUL)
        site.model.pace = 2.0
        page.fill("#yj-box textarea", ASKED)
        page.press("#yj-box textarea", "Enter")
        page.wait_for_selector("#yj-turn-1[data-running] .yj-card")
        assert page.locator("#yj-turn-1 .yj-answer").count() == 0
        page.click(f"{turn(page, 1)} .yj-answer a.yj-mark")
        page.wait_for_selector("#yj-passage mark.yj-cited")
        assert "计划竣工项目6个" in page.inner_text("#yj-passage mark.yj-cited")

        site.model.pace = PATIENCE / 1000
        page.fill("#yj-box textarea", "请详细说明海沧2023年计划竣工几个项目")
        page.press("#yj-box textarea", "Enter")
        page.wait_for_selector("#yj-turn-2[data-running] .yj-card")
        page.click("#yj-stop")
        assert "已停止" in page.inner_text(turn(page, 2))
    site.model.pace = 0.0
    assert page.inner_text(f"{ask(page, REFUSED, 3)} .yj-badge") == "资料中没有"
    assert "7个" in page.inner_text(f"{ask(page, HERE, 4)} .yj-answer")

    site.stop()
    site.start()
    assert "186" in page.inner_text(f"{ask(page, '东湖区2023年招聘多少教师', 5)} .yj-answer")
    picture(page, "visit-after-restart")

    documents(page)
    page.fill("#yj-documents-q", "东湖")
    page.wait_for_function("document.querySelectorAll('.yj-doc-row').length === 2")
    for left in (1, 0):
        page.locator(".yj-doc-row").first.click()
        page.click(f"#yj-documents-sheet:has-text('{TITLE}') [data-do=remove]")
        page.click("dialog button[value=yes]")
        page.wait_for_function(f"document.querySelectorAll('.yj-doc-row').length === {left}")
        page.wait_for_selector("#yj-documents-sheet", state="detached")
    assert titles(page) == []
    view(page, "ask")
    done = ask(page, HERE, 6)
    assert page.locator(f"{done} .yj-missing").count() == 1
    assert TITLE not in page.inner_text(done)
    picture(page, "visit-after-deletion")
