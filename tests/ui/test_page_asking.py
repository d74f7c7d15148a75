"""Asking on the page, with a model that is slow where that matters."""

import pytest
from playwright.sync_api import Page

from tests.ui.visiting import ASKED, PATIENCE, REFUSED, Site, Visits, ask, picture, turn
from tests.waiting import until

pytestmark = pytest.mark.page
CITED = "计划竣工项目6个,含高中2个、小学1个、幼儿园3个"


@pytest.fixture
def page(site: Site, visits: Visits) -> Page:
    site.model.pace = 0.0
    return visits.open(site.address)


def test_the_first_screen_says_what_can_be_asked(page: Page) -> None:
    page.wait_for_selector(".yj-welcome .yj-example")
    picture(page, "ask-welcome")
    assert "4" in page.inner_text(".yj-welcome")


@pytest.mark.usefixtures("doubtful")
def test_evidence_is_there_before_the_answer_and_the_step_is_told(page: Page, site: Site) -> None:
    site.model.pace = 2.0
    page.fill("#yj-box textarea", ASKED)
    page.press("#yj-box textarea", "Enter")
    page.wait_for_selector("#yj-turn-1[data-running] .yj-card")
    assert page.locator("#yj-turn-1 .yj-answer").count() == 0
    assert page.inner_text("#yj-turn-1 .yj-steps [role=status]")
    picture(page, "ask-evidence")
    done = turn(page, 1)
    assert "6个" in page.inner_text(f"{done} .yj-answer")
    picture(page, "ask-answer")


def test_a_mark_opens_the_passage_with_the_cited_words_highlighted(page: Page, site: Site) -> None:
    done = ask(page, ASKED)
    page.click(f"{done} .yj-answer a.yj-mark")
    page.wait_for_selector("#yj-passage mark.yj-cited")
    assert CITED in page.inner_text("#yj-passage mark.yj-cited")
    assert "2023年海沧区教育工作要点" in page.inner_text("#yj-passage h2")
    assert page.locator("#yj-passage .yj-path li").count() > 0
    assert page.evaluate("document.activeElement.matches('mark.yj-cited')")
    picture(page, "ask-passage")
    page.keyboard.press("Escape")
    page.wait_for_selector("#yj-passage .yj-read", state="detached")


@pytest.mark.usefixtures("doubtful")
def test_stopping_stops_and_the_next_question_is_answered(page: Page, site: Site) -> None:
    site.model.pace = PATIENCE / 1000
    before = len(site.model.checked)
    page.fill("#yj-box textarea", ASKED)
    page.press("#yj-box textarea", "Enter")
    page.wait_for_selector("#yj-turn-1[data-running] .yj-card")
    until(lambda: len(site.model.checked) > before, pause=0.0)
    page.click("#yj-stop")
    done = turn(page, 1)
    assert "已停止" in page.inner_text(done)
    picture(page, "ask-stopped")
    site.model.pace = 0.0
    assert "6个" in page.inner_text(f"{ask(page, ASKED, 2)} .yj-answer")
    cancel = site.model.cancels[before]
    assert cancel is not None and cancel.is_set()


def test_a_refusal_says_what_is_missing_and_what_else_to_do(page: Page) -> None:
    done = ask(page, REFUSED)
    assert page.inner_text(f"{done} .yj-missing .yj-badge") == "资料中没有"
    assert "2024" in page.inner_text(f"{done} .yj-missing")
    assert page.locator(f"{done} .yj-cards .yj-card").count() > 0
    assert page.inner_text(f"{done} .yj-rephrase")
    assert page.locator(f"{done} .yj-answer").count() == 0
    picture(page, "ask-refusal")


def test_a_follow_up_is_understood_from_what_was_asked_before(page: Page, site: Site) -> None:
    ask(page, ASKED)
    done = ask(page, "那能新增多少学位？", 2)
    assert "8280" in page.inner_text(done)
    assert "海沧" in page.inner_text(f"{done} .yj-understood")
    page.wait_for_selector("#yj-history .yj-list li")


def test_a_year_that_was_recognised_can_be_dropped(page: Page) -> None:
    done = ask(page, REFUSED)
    dropped = page.locator(f"{done} .yj-understood .yj-drop").first
    assert "2024" in (dropped.get_attribute("aria-label") or "")
    dropped.click()
    again = turn(page, 2)
    assert "已不按“2024年”理解" in page.inner_text(f"{again} .yj-understood")
    assert page.locator(f"{again} .yj-understood .yj-drop[aria-label*='2024']").count() == 0


def test_a_conversation_is_found_again_after_a_reload(page: Page, site: Site) -> None:
    ask(page, ASKED)
    page.wait_for_function("location.search.includes('c=')")
    page.reload()
    page.wait_for_selector("#yj-past .yj-answer, #yj-live .yj-answer", timeout=PATIENCE)
    assert "6个" in page.inner_text(".yj-answer")


def test_what_was_unfolded_stays_so_and_buttons_say_what_is_open(page: Page, site: Site) -> None:
    done = ask(page, ASKED)
    page.click(f"{done} .yj-folded summary")
    page.click(f"{done} [data-verdict=right]")
    page.wait_for_selector(f"{done} [aria-pressed=true]")
    page.wait_for_selector(f"{done} .yj-folded[open]")
    page.click("#yj-filter")
    page.wait_for_selector("#yj-filter[aria-expanded=true]")
    page.click("#yj-choices [data-do=pick] >> nth=0")
    page.wait_for_selector("#yj-chosen .yj-drop")
    page.wait_for_selector("#yj-filter[aria-expanded=true]")
    page.press("#yj-choices input", "Escape")
    page.wait_for_selector("#yj-filter[aria-expanded=false]")
    assert page.get_attribute(f"{done} .yj-folded", "open") is not None
