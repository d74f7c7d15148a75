"""Answers become HTML in which nothing that people or documents wrote is markup."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from ui.render import Turn, conversation, overview, passage_of

HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "\"><svg onload=alert('x')>",
    "</p></section></div><iframe src=//evil.example>",
    "![图](https://evil.example/x.png)",
    "[点这里](javascript:alert(1))",
    "&lt;b&gt; &amp; <!-- -->",
]
OURS = {
    "div",
    "section",
    "p",
    "a",
    "article",
    "header",
    "span",
    "cite",
    "mark",
    "details",
    "summary",
    "ul",
    "li",
    "h2",
    "code",
}


class _Reader(HTMLParser):
    """What a browser would make of the page: elements with their attributes, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def classes(self) -> list[str]:
        return [c for _, attributes in self.elements for c in (attributes.get("class") or "").split()]


def _cited(text: str = "计划竣工项目6个", number: int = 1, start: int = 100) -> dict[str, Any]:
    return {
        "number": number,
        "document_id": "0123456789abcdef",
        "title": text,
        "headings": [text, "11.项目建设"],
        "start": start,
        "end": start + len(text),
        "quote": text,
    }


def _final(**changed: Any) -> dict[str, Any]:
    return {
        "status": "answered",
        "answer": "计划竣工6个项目[1]。",
        "citations": [_cited()],
        "evidence": [_cited(), _cited("新增学位8280个", 2, 200)],
        "reason": None,
        "timings": {"retrieve_ms": 20.0, "first_token_ms": 900.0, "total_ms": 2140.0},
    } | changed


def _refused(reason: str = "wrong_year") -> dict[str, Any]:
    return _final(status="not_found", answer="资料中没有2024年的相关内容。", citations=[], reason=reason)


def _show(final: dict[str, Any], question: str = "计划竣工几个项目") -> str:
    passages = [("前文", c["quote"], "后文") for c in final["citations"]]
    return conversation([Turn(question, final=final, passages=passages)])


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_anywhere_is_shown_and_is_no_markup(hostile: str) -> None:
    final = _final(answer=f"{hostile}[1]。", citations=[_cited(hostile)], evidence=[_cited(hostile, 2, 300)])
    done = Turn(hostile, final=final, passages=[(hostile, hostile, hostile)])
    going = Turn(hostile, step=hostile, sentences=[hostile], evidence=[_cited(hostile)])
    broken = Turn(hostile, failure=hostile)
    listed = {"total": 1, "documents": [{"name": hostile, "title": hostile}]}
    for html in (conversation([done, going, broken]), overview(listed)):
        page = _Reader(html)
        assert {tag for tag, _ in page.elements} <= OURS
        attributes = [item for _, found in page.elements for item in found.items()]
        assert not [name for name, _ in attributes if name.startswith("on") or name in ("src", "style")]
        assert all(re.fullmatch(r"#yj-\d+-\d+", value or "") for name, value in attributes if name == "href")
        assert hostile in page.text
    assert [a["title"] for tag, a in _Reader(overview(listed)).elements if tag == "li"] == [hostile]


def test_marks_link_to_the_citations_of_their_own_turn() -> None:
    two = _final(answer="竣工6个[1]。新增8280个[2]。", citations=[_cited(), _cited("新增学位8280个", 2, 200)])
    turns = [Turn("一", final=two, passages=[("", "甲", ""), ("", "乙", "")])] * 2
    page = _Reader(conversation(turns))
    links = [a["href"] for tag, a in page.elements if tag == "a"]
    targets = [f"#{a['id']}" for tag, a in page.elements if tag == "article"]
    assert links == targets == ["#yj-0-1", "#yj-0-2", "#yj-1-1", "#yj-1-2"]


def test_the_quoted_words_are_highlighted_between_what_stands_around_them() -> None:
    html = _show(_final())
    assert "前文<mark>计划竣工项目6个</mark>后文" in html
    assert "计划竣工项目6个 › 11.项目建设" in html


def test_evidence_that_is_cited_is_not_listed_again() -> None:
    page = _show(_final())
    assert page.count("新增学位8280个") == 3  # title, heading and quote of one card
    assert "其他相关段落（1）" in page


def test_a_refusal_looks_different_from_an_answer_and_opens_the_nearest_passages() -> None:
    answered, refused = _Reader(_show(_final())), _Reader(_show(_refused()))
    assert "yj-nothing" in refused.classes() and "yj-badge" in refused.classes()
    assert "yj-nothing" not in answered.classes() and "yj-badge" not in answered.classes()
    assert [("open" in a) for tag, a in refused.elements if tag == "details"] == [True]
    assert [("open" in a) for tag, a in answered.elements if tag == "details"] == [False]
    assert "资料中没有" in refused.text


def test_a_greeting_is_no_refusal() -> None:
    final = _refused("smalltalk") | {"answer": "您好！", "evidence": []}
    assert "yj-nothing" not in _Reader(_show(final)).classes()


def test_while_an_answer_is_under_way_its_sentences_and_passages_are_shown() -> None:
    html = conversation([Turn("问", evidence=[_cited()])])
    assert "正在检索…" in html and "找到的段落（1）" in html
    html = conversation([Turn("问", sentences=["竣工6个[1]。", "新增8280个[2]。"])])
    assert "竣工6个" in html and "新增8280个" in html
    assert conversation([]) == '<div class="yj-talk" aria-live="polite"></div>'


def test_a_failure_is_shown_in_place_of_an_answer() -> None:
    page = _Reader(conversation([Turn("问", failure="连不上服务。")]))
    assert "yj-failure" in page.classes()
    assert "连不上服务。" in page.text


def test_a_passage_is_cut_around_its_citation() -> None:
    document = "零一二三四五六七八九"
    assert passage_of({"start": 4, "end": 6}, document[2:9], 2) == ("二三", "四五", "六七八")
    assert passage_of({"start": 0, "end": 2}, document[:4], 0) == ("", "零一", "二三")
    assert passage_of({"start": 3, "end": 5}, "甲\n \n\n乙丙\n\n丁", 1)[0] == "甲\n"


def test_the_overview_counts_the_documents_or_says_how_to_add_some() -> None:
    documents = [{"name": "a.txt", "title": "甲"}, {"name": "b.txt", "title": "乙"}]
    assert "80 份" in overview({"total": 80, "documents": documents})
    assert "youju add" in overview({"total": 0, "documents": []})
