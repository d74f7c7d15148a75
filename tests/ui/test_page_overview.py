"""The overview draws what is held and how it was asked."""

import pytest

from tests.ui.visiting import ASKED, REFUSED, Site, Visits, ask, picture, view

pytestmark = pytest.mark.page


def test_documents_and_questions_are_drawn_with_titles_and_tables(site: Site, visits: Visits) -> None:
    page = visits.open(site.address)
    ask(page, ASKED)
    ask(page, REFUSED, 2)
    view(page, "overview")
    page.wait_for_selector("#yj-overview")
    for kind in ("years", "sizes", "places", "issuers", "types", "days", "latency", "topics", "reasons"):
        figure = page.locator(f"#yj-plot-{kind}")
        assert figure.locator("h3").inner_text() and figure.locator("svg[role=img]").get_attribute("aria-label")
        assert figure.locator("svg.yj-drawn").bounding_box() and figure.locator("table tr").count() > 1
    assert [row.split() for row in page.locator("#yj-plot-years tbody tr").all_text_contents()]
    assert REFUSED in page.inner_text("#yj-overview-recent") and ASKED in page.inner_text("#yj-overview-recent")
    assert ASKED not in page.inner_text("#yj-overview-refused")
    picture(page, "overview", whole=True)
    page.select_option("#yj-overview-days", "366")
    page.wait_for_selector("#yj-plot-months")
