"""The page on a phone, in the dark, by keyboard alone, and in English."""

from typing import Any

import pytest

from tests.ui.visiting import ASKED, REFUSED, Site, Visits, ask, documents, overflow, picture, turn, view

pytestmark = pytest.mark.page
PHONE: dict[str, Any] = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
INK = "getComputedStyle(document.body).color"
PAPER = "getComputedStyle(document.body).backgroundColor"


def test_everything_fits_a_phone(site: Site, visits: Visits) -> None:
    page = visits.open(site.address, **PHONE)
    page.wait_for_selector(".yj-welcome")
    assert overflow(page) <= 0
    picture(page, "phone-welcome")
    done = ask(page, ASKED)
    assert overflow(page) <= 0
    picture(page, "phone-answer")
    page.click(f"{done} .yj-answer a.yj-mark")
    page.wait_for_selector("#yj-passage mark.yj-cited")
    box = page.locator("#yj-passage mark.yj-cited").bounding_box()
    assert box is not None and 0 <= box["y"] < 740
    picture(page, "phone-passage")
    page.click("#yj-passage .yj-close")
    documents(page)
    assert overflow(page) <= 0
    picture(page, "phone-documents")
    page.locator(".yj-doc-row").first.click()
    page.wait_for_selector("#yj-documents-sheet")
    assert overflow(page) <= 0 and not page.locator("#yj-documents-list").is_visible()
    picture(page, "phone-sheet")
    page.click("#yj-documents-sheet [data-do=leave]")
    view(page, "overview")
    page.wait_for_selector("#yj-overview")
    assert overflow(page) <= 0
    picture(page, "phone-overview", whole=True)


def test_the_page_follows_the_system_into_the_dark_and_can_be_switched(site: Site, visits: Visits) -> None:
    page = visits.open(site.address, color_scheme="dark")
    page.wait_for_selector(".yj-welcome")
    dark = page.evaluate(PAPER), page.evaluate(INK)
    ask(page, ASKED)
    ask(page, REFUSED, 2)
    picture(page, "dark-answer")
    documents(page)
    picture(page, "dark-documents")
    view(page, "overview")
    page.wait_for_selector("#yj-overview")
    picture(page, "dark-overview", whole=True)
    page.click("#yj-theme")
    assert (page.evaluate(PAPER), page.evaluate(INK)) != dark
    page.reload()
    page.wait_for_selector("#yj-box textarea")
    assert page.evaluate(PAPER) != dark[0]


def test_a_question_is_asked_read_and_left_by_keyboard_alone(site: Site, visits: Visits) -> None:
    page = visits.open(site.address)
    page.wait_for_function("document.activeElement.matches('#yj-box textarea')")
    page.keyboard.type(ASKED)
    page.keyboard.press("Enter")
    done = turn(page, 1)
    page.locator(f"{done} .yj-answer a.yj-mark").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('mark.yj-cited')")
    page.keyboard.press("Escape")
    page.wait_for_function("document.activeElement.matches('a.yj-mark')")
    page.keyboard.press("/")
    page.wait_for_function("document.activeElement.matches('#yj-box textarea')")
    page.locator("#yj-views [role=tab]").first.focus()
    for key in ("ArrowRight", "Tab"):  # whichever way the tabs are walked
        if page.evaluate("document.activeElement.matches('[role=tab]:not([aria-selected=true])')"):
            break
        page.keyboard.press(key)
    page.keyboard.press("Enter")
    page.wait_for_selector("#yj-documents-list")
    page.focus("#yj-documents-q")
    for _ in range(6):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.matches('.yj-doc-row')")
    assert page.evaluate("getComputedStyle(document.activeElement).outlineStyle") == "solid"
    page.keyboard.press("Enter")
    page.wait_for_function("document.activeElement.matches('#yj-sheet-title')")
    picture(page, "keyboard-sheet")


def test_the_page_speaks_english_at_its_own_address(site: Site, visits: Visits) -> None:
    page = visits.open(site.address, "/en/", locale="en-GB")
    page.wait_for_selector(".yj-welcome")
    assert page.get_attribute("html", "lang") == "en"
    assert page.locator("#yj-views [role=tab]").all_inner_texts() == ["Ask", "Documents", "Overview"]
    documents(page)
    assert "4 documents" in page.inner_text("#yj-view-documents")
    picture(page, "english-documents")
    view(page, "overview")
    page.wait_for_selector("#yj-overview")
    picture(page, "english-overview", whole=True)
