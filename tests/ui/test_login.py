"""The page that asks for a key: it loads nothing, and only its own script and style may run."""

import base64
import hashlib
import re

from fastapi import FastAPI
from fastapi.testclient import TestClient

from ui.login import PATH, add_login, login_page, policy_of
from ui.words import Words

HTML = login_page(Words("zh"))


def test_the_page_is_served_with_a_policy_that_allows_its_own_script_alone() -> None:
    api = FastAPI()
    add_login(api)
    response = TestClient(api).get(PATH)
    assert (response.status_code, response.text) == (200, HTML)
    policy = response.headers["content-security-policy"]
    (script,) = re.findall(r"<script>(.*?)</script>", HTML, re.DOTALL)
    assert f"script-src 'sha256-{base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()}';" in policy
    assert "default-src 'none'" in policy and "unsafe" not in policy
    assert response.headers["cache-control"] == "no-store"


def test_the_page_names_no_other_place_and_has_no_script_in_attributes() -> None:
    assert not re.search(r"https?://|//[a-z]|@import|url\(", HTML)
    assert not re.search(r"\son[a-z]+=|\sstyle=", HTML)
    assert 'lang="zh-CN"' in HTML and "innerHTML" not in HTML


def test_whoever_was_going_to_the_english_page_is_asked_in_english() -> None:
    api = FastAPI()
    add_login(api)
    english = TestClient(api).get(PATH, params={"next": "en/?c=1"})
    assert english.text == login_page(Words("en"))
    assert 'lang="en"' in english.text and "{{" not in english.text
    assert not re.search(r"[\u4e00-\u9fff]", english.text.split("<body>")[1].split("</main>")[0])
    assert english.headers["content-security-policy"] == policy_of(HTML)


def test_another_script_has_another_policy() -> None:
    assert policy_of(HTML) != policy_of(HTML.replace("show();", "show(); show();"))
