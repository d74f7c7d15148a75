"""The page behind a key: logging in, asking under the content security policy, logging out."""

from urllib.parse import urlencode

import pytest

from server.ledger import keys
from server.ledger.ledger import Ledger
from server.runtime import LEDGER
from tests.ui.visiting import ASKED, Site, Visits, ask, picture

pytestmark = pytest.mark.page


def test_a_visitor_logs_in_asks_and_logs_out(site: Site, visits: Visits) -> None:
    ledger = Ledger(site.data / LEDGER)
    secret = keys.add(ledger, "张三", "read")
    ledger.close()
    page = visits.open(site.address)
    assert page.url == f"{site.address}/login"
    picture(page, "login")
    page.fill("#key", "yj_wrong")
    page.click("#in button")
    page.get_by_text("这个密钥不对").wait_for()
    page.fill("#key", secret)
    page.click("#in button")
    page.wait_for_selector("#yj-history nav", state="attached")
    assert "6个" in page.inner_text(f"{ask(page, ASKED)} .yj-answer")
    assert "密钥：张三" in page.inner_text(".yj-visitor")
    (cookie,) = page.context.cookies()
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
    page.click(".yj-visitor a")
    page.get_by_text("已用密钥“张三”登录").wait_for()
    page.click("#out button")
    page.locator("#in").wait_for()
    page.goto(site.address)
    assert page.url == f"{site.address}/login"


def test_after_the_login_a_visitor_goes_on_to_where_they_were_going_but_to_no_other_place(
    site: Site, visits: Visits
) -> None:
    ledger = Ledger(site.data / LEDGER)
    secret = keys.add(ledger, "John", "read")
    ledger.close()
    page = visits.open(site.address, "/en/?view=documents")
    assert page.url.startswith(f"{site.address}/login?next=")
    picture(page, "login-english")
    assert "Log in" in page.inner_text("#in button")
    page.fill("#key", secret)
    page.click("#in button")
    page.wait_for_url(f"{site.address}/en/?view=documents")
    for foreign in (
        "https://evil.test/",
        "//evil.test/",
        "javascript:alert(1)",
        "https://[",
        "\\\\evil.test",
        f"{site.address}.evil.test/",
    ):
        page.goto(f"{site.address}/login?{urlencode({'next': foreign})}")
        page.locator("#out").wait_for()
        assert page.get_attribute("#back", "href") == f"{site.address}/"
