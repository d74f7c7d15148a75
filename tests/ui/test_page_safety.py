"""A hostile document does nothing, Gradio's own routes are closed, and axe-core finds no serious fault of ours."""

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.ui.visiting import ASKED, Site, Visits, ask, axe, documents, overflow, picture, upload, view

pytestmark = pytest.mark.page
HOSTILE = """<script>document.title='run'</script>西湖区2023年教育工作要点
<img src="https://evil.example/x.png" onerror="document.title='run'">
![图](https://evil.example/y.png) [点这里](javascript:document.title='run')
一、<svg onload=document.title='run'>学校建设
2023年计划竣工项目9个\u202e，gnp.exe\u202c。<iframe src="//evil.example"></iframe>
"""
CLOSED = (
    "upload", "file=/etc/passwd", "file/etc/passwd", "proxy=https://evil.example/", "info", "openapi.json",
    "call/predict", "stream/x", "component_server", "process_recording", "vibe-code", "user", "token", "app_id",
    "upload_progress", "runs", "monitoring", "deep_link",
)  # fmt: skip


def test_a_hostile_document_is_shown_and_never_run(
    new_site: Callable[[], Site], visits: Visits, tmp_path: Path
) -> None:
    site = new_site()
    (tmp_path / "<img src=x onerror=alert(1)>.txt").write_text(HOSTILE + "长" * 10_000, encoding="utf-8")
    page = visits.open(site.address)
    title = page.title()
    documents(page)
    upload(page, tmp_path / "<img src=x onerror=alert(1)>.txt")
    page.wait_for_selector(".yj-doc-row")
    page.click(".yj-doc-row")
    page.wait_for_selector("#yj-documents-sheet")
    page.click("#yj-documents-sheet [data-do=read]")
    page.wait_for_selector("#yj-documents-passage .yj-text")
    shown = page.inner_text("#yj-documents-passage .yj-text")
    assert "<script>" in shown and "https://evil.example/y.png" in shown and "U+202E" in shown
    assert overflow(page) <= 0
    picture(page, "hostile-document")
    view(page, "ask")
    done = ask(page, "西湖区2023年计划竣工几个项目<script>document.title='run'</script>")
    page.locator(f"{done} .yj-card").first.click()
    page.wait_for_selector("#yj-passage .yj-read")
    assert page.title() == title and overflow(page) <= 0
    assert page.locator("iframe, .html-container script, .html-container img").count() == 0
    picture(page, "hostile-answer")


@pytest.mark.parametrize("start", ["/", "/en/"])
def test_of_gradio_only_what_the_page_needs_can_be_reached(site: Site, start: str) -> None:
    with httpx.Client(base_url=site.address, trust_env=False) as client:
        for path in CLOSED:
            for method in ("GET", "POST"):
                response = client.request(method, f"{start}gradio_api/{path}")
                assert response.status_code in (403, 404, 405), (method, path, response.status_code)
        config = client.get(f"{start}config").json()
        assert [one["api_name"] for one in config["dependencies"] if one["api_visibility"] == "public"] == []
        page = client.get(start)
    policy = page.headers["content-security-policy"]
    assert "default-src 'self'" in policy and "http:" not in policy and "https:" not in policy and "*" not in policy
    assert "gradio.app" not in page.text.replace("gradio-app", "") and 'lang="' in page.text


def test_axe_finds_no_serious_fault_in_our_own_components(site: Site, visits: Visits) -> None:
    faults = []
    for scheme in ("light", "dark"):
        page = visits.open(site.address, color_scheme=scheme)
        page.wait_for_selector(".yj-welcome")
        faults += axe(page, f"welcome-{scheme}")
        page.click(f"{ask(page, ASKED)} .yj-answer a.yj-mark")
        page.wait_for_selector("#yj-passage .yj-read")
        ask(page, "海沧2024年计划竣工几个项目", 2)
        faults += axe(page, f"ask-{scheme}")
        documents(page)
        page.locator(".yj-doc-row").first.click()
        page.wait_for_selector("#yj-documents-sheet")
        faults += axe(page, f"documents-{scheme}")
        page.click("#yj-documents-sheet [data-do=remove]")
        faults += axe(page, f"dialog-{scheme}")
        page.keyboard.press("Escape")
        view(page, "overview")
        page.wait_for_selector("#yj-overview")
        faults += axe(page, f"overview-{scheme}")
    assert faults == []
