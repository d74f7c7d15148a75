"""The page of the documentation works under its content security policy and loads nothing from elsewhere."""

import re

from fastapi.testclient import TestClient


def test_the_page_loads_only_what_this_server_has(client: TestClient) -> None:
    page = client.get("/api/docs")
    assert page.headers["content-type"].startswith("text/html")
    loaded = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(loaded) >= 4
    for name in loaded:
        if not name.startswith("data:"):
            assert "//" not in name
            assert client.get(f"/api/{name}").status_code == 200, name


def test_the_page_holds_no_script_of_its_own(client: TestClient) -> None:
    page = client.get("/api/docs")
    assert re.findall(r"<script[^>]*>([^<]*)</script>", page.text) == ["", "", ""][: page.text.count("<script")]
    policy = page.headers["content-security-policy"]
    script = next(part for part in policy.split("; ") if part.startswith("script-src"))
    assert script == "script-src 'self'"


def test_a_file_that_is_not_there_is_refused(client: TestClient) -> None:
    for name in ("swagger-ui.js", "..%2Fredoc%2Fredoc.standalone.js", "LICENSE"):
        assert client.get(f"/api/docs/{name}").status_code in {404, 422}


def test_scripts_have_their_types(client: TestClient) -> None:
    assert client.get("/api/docs/start.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/api/docs/swagger-ui-bundle.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/api/docs/swagger-ui.css").headers["content-type"].startswith("text/css")
