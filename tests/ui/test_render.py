"""Questions, answers and passages become HTML in which nothing that people or documents wrote is markup."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from ui.asking import ignored
from ui.filtering import is_year
from ui.marked import plain, shown
from ui.remembering import held
from ui.render import conversation, copied, turn_of
from ui.render_reading import Reading, marked_text, passage, path_to, section_at
from ui.render_side import banner, chips, choices, dialogs, history, welcome
from ui.talk import Chosen, Ignored, Talk, Turn, saved_talk
from ui.words import Words

ZH, EN = Words("zh"), Words("en")
HOSTILE = [
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "\"><svg onload=alert('x')>",
    "</p></section></div><iframe src=//evil.example>",
    "![图](https://evil.example/x.png)",
    "[点这里](javascript:alert(1))",
    "&lt;b&gt; &amp; <!-- -->",
    "' data-do='delete' x='",
]


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

    def skeleton(self) -> list[tuple[str, tuple[str, ...]]]:
        return [(tag, tuple(attributes)) for tag, attributes in self.elements]

    def of(self, name: str) -> list[dict[str, str | None]]:
        return [attributes for _, attributes in self.elements if name in (attributes.get("class") or "").split()]


def _cited(text: str = "计划竣工项目6个", number: int = 1, start: int = 100) -> dict[str, Any]:
    return {
        "number": number, "document_id": "d1", "title": text, "headings": [text], "start": start,
        "end": start + len(text), "quote": text,
    }  # fmt: skip


def _final(
    text: str, status: str = "answered", reason: str | None = None, *citations: dict[str, Any]
) -> dict[str, Any]:
    return {
        "status": status, "answer": text, "reason": reason, "citations": list(citations),
        "evidence": [{**_cited(), "score": 1.0}], "timings": {"total_ms": 1234.0}, "turn": "a" * 32,
    }  # fmt: skip


def _turn(question: str = "几个项目", **more: Any) -> Turn:
    return Turn(question, 1, **more)


def _ended(final: dict[str, Any], question: str = "几个项目") -> Turn:
    turn = _turn(question)
    turn.take("evidence", {"evidence": final["evidence"], "understood": {"years": [2023], "places": ["海沧"]}})
    turn.take("final", final)
    return turn


def _document(text: str = "要点") -> dict[str, Any]:
    outline = [
        {"heading": text, "level": 1, "start": 0},
        {"heading": "（一）学校", "level": 2, "start": 50},
        {"heading": "二、教师", "level": 1, "start": 200},
    ]
    return {
        "id": "d1",
        "title": text,
        "name": text,
        "has_file": True,
        "viewable": True,
        "outline": outline,
        "gaps": [text],
    }


def _everything(text: str) -> str:
    """All that shows text of people or documents, with `text` in each place."""
    running, waiting = _turn(text), _turn(text)
    running.take("evidence", {"evidence": [_cited(text)], "understood": {"years": [2023], "places": [text]}})
    running.take("delta", {"text": text + "[1]"})
    waiting.fail(text)
    refused = _final(text, "not_found", "no_match")
    answered = _final(text + "[1]", "answered", None, _cited(text))
    turns = [running, waiting, _ended(refused, text), _ended(answered, text), _turn(text, ignored=Ignored((), (text,)))]
    one = {"id": text, "title": text}
    chosen = Chosen().plus("documents", text, text).plus("places", text, text)
    return "".join((
        conversation(turns, ZH), history([one], text, ZH), chips(chosen, ZH), welcome(3, [text], ZH),
        choices({"documents": [(text, text, 2)]}, ZH),
        passage(Reading(_document(text), text, 0, len(text), (0, 2), 0), ZH),
    ))  # fmt: skip


@pytest.mark.parametrize("hostile", HOSTILE)
def test_no_text_becomes_markup_wherever_it_is_shown(hostile: str) -> None:
    harmless = re.sub(r"\S", "文", hostile)
    page, same = _Reader(_everything(hostile)), _Reader(_everything(harmless))
    assert page.skeleton() == same.skeleton()
    assert hostile.split()[0] in page.text


def test_marks_that_turn_text_around_are_named_instead_of_obeyed() -> None:
    html = _everything("\u202e个6目项\u0007")
    assert "\u202e" not in re.sub(r'"[^"]*"', "", html) and "\u0007" not in re.sub(r'"[^"]*"', "", html)
    assert "U+202E" in _Reader(html).text
    for name in ("title", "aria-label", "data-title"):
        assert not [value for _, found in _Reader(html).elements if "\u202e" in (value := found.get(name) or "")], name


@pytest.mark.parametrize("character", "\u0085\u00ad\u200b\u2028\u2060\ufeff\ufffb\u061c")
def test_every_character_that_shows_nothing_is_named(character: str) -> None:
    named = f"U+{ord(character):04X}"
    assert plain(f"a{character}b") == f"a{named}b"
    assert shown(f"a{character}b") == f'a<span class="yj-control">{named}</span>b'


def test_while_an_answer_is_made_its_step_and_evidence_are_shown() -> None:
    turn = _turn()
    assert "正在查找原文" in turn_of(turn, ZH) and 'aria-busy="true"' in turn_of(turn, ZH)
    turn.take("evidence", {"evidence": [_cited("第一段")]})
    assert "正在作答" in turn_of(turn, ZH) and "第一段" in turn_of(turn, ZH)
    turn.take("queue", {"ahead": 3})
    assert "前面还有 3 个问题" in turn_of(turn, ZH) and "3 ahead" in turn_of(turn, EN)
    turn.take("queue", {"ahead": 0})
    turn.take("delta", {"text": "竣工6个[1]。"})
    html = turn_of(turn, ZH)
    assert "已有 1 句通过核对" in html and html.index("竣工6个") < html.index("第一段")
    turn.take("final", _final("竣工6个[1]。", "answered", None, _cited()))
    assert 'aria-busy="false"' in turn_of(turn, ZH) and "data-running" not in turn_of(turn, ZH)


def test_every_mark_opens_what_it_cites() -> None:
    page = _Reader(
        turn_of(_ended(_final("6个[1]，8个[2]，又[3]。", "answered", None, _cited(), _cited("8个", 2, 7))), ZH)
    )
    first, second, none = page.of("yj-mark")
    assert (first["data-do"], first["data-document"], first["data-start"], first["data-end"]) == (
        "read",
        "d1",
        "100",
        "108",
    )
    assert (second["href"], second["data-start"]) == ("#yj-1-2", "7")
    assert none.keys() == {"class"}
    assert [attributes["id"] for tag, attributes in page.elements if tag == "li" and attributes.get("id")] == [
        "yj-1-1",
        "yj-1-2",
    ]


def test_a_refusal_looks_different_and_offers_passages_and_other_questions() -> None:
    final = _final("资料中只有2022年、2023年的相关内容，没有2024年的。", "not_found", "wrong_year")
    page = _Reader(turn_of(_ended(final, "海沧2024年几个项目"), ZH))
    assert page.of("yj-missing") and not page.of("yj-answer") and page.of("yj-card")
    assert [chip["data-question"] for chip in page.of("yj-ask-chip")][:2] == [
        "海沧2022年几个项目",
        "海沧2023年几个项目",
    ]


def test_what_was_understood_can_be_dropped_one_by_one() -> None:
    page = _Reader(turn_of(_ended(_final("6个[1]", "answered", None, _cited())), ZH))
    assert [drop["data-ignored"] for drop in page.of("yj-drop")] == [
        '{"years": [2023], "places": []}', '{"years": [], "places": ["海沧"]}',
    ]  # fmt: skip


def test_a_stopped_answer_shows_no_sentence_and_can_be_asked_again() -> None:
    turn = _turn()
    turn.take("evidence", {"evidence": [_cited("第一段")]})
    turn.take("delta", {"text": "竣工6个[1]。"})
    turn.stop()
    html = turn_of(turn, ZH)
    assert "已停止" in html and "第一段" in html and 'data-question="几个项目"' in html


def test_asking_again_leaves_out_what_the_visitor_has_removed() -> None:
    turn = _turn(ignored=Ignored((2024,), ("海沧",)))
    turn.fail("正忙")
    (again,) = _Reader(turn_of(turn, ZH)).of("yj-button")
    assert again["data-ignored"] == '{"years": [2024], "places": ["海沧"]}'
    assert ignored(again["data-ignored"] or "") == turn.ignored
    assert ignored('{"years": [1e999], "places": []}') == Ignored()


def test_the_address_is_told_to_the_browser_only_where_it_is_known() -> None:
    assert 'data-current=""' in history([], "", ZH) and 'data-current="t"' in history([], "t", ZH)
    assert "data-current" not in history([], None, ZH)
    assert (held(Talk("t"), ""), held(Talk(), ""), held(Talk(), "t")) == ("t", "", None)


def test_a_year_is_a_short_number() -> None:
    assert is_year("2024") and not is_year("9" * 5000) and not is_year("二〇二四") and not is_year("")


def test_an_answer_is_copied_with_its_sources() -> None:
    assert copied(_ended(_final("6个[1]。", "answered", None, _cited("竣工\n6个")))) == (
        "6个[1]。\n\n[1] 《竣工 6个》 › 竣工 6个：“竣工 6个”"
    )


def test_a_saved_conversation_is_shown_as_it_was() -> None:
    kept = {"removed": [], "understood": {"years": [2023], "places": ["海沧"]}}
    answered = _final("6个[1]。", "answered", None, _cited()) | {"id": "b" * 32, "question": "几个"} | kept
    cancelled = {"id": "c" * 32, "question": "几时", "status": "cancelled", "answer": ""} | kept
    gone = answered | {"removed": ["d1"], "answer": "文档已被删除"}
    talk = saved_talk({"id": "t", "title": "题", "turns": [answered, cancelled, gone]})
    html = conversation(talk.turns, ZH)
    assert ("已停止" in html, "引用的文档已被删除" in html, talk.turns[0].id) == (True, True, "b" * 32)
    assert html.count('aria-busy="false"') == 3
    assert html.count('<li class="yj-chip">2023年') == html.count('<li class="yj-chip">海沧') == 3


def test_cited_words_are_marked_to_the_character() -> None:
    reading = Reading(_document(), "前文竣工6个后文", 100, 300, (102, 106), 102)
    assert marked_text(reading) == '前文<mark class="yj-cited" tabindex="-1">竣工6个</mark>后文'
    beyond = Reading(_document(), "前文", 100, 300, (102, 106), 102)
    assert re.sub(r"<[^>]+>", "", marked_text(beyond)) == "前文"


def test_a_passage_tells_where_it_stands() -> None:
    outline = _document()["outline"]
    assert [section_at(outline, place) for place in (0, 60, 500)] == [0, 1, 2]
    assert (path_to(outline, 1), path_to(outline, 2), path_to([], -1)) == (["要点", "（一）学校"], ["二、教师"], [])
    page = _Reader(passage(Reading(_document(), "字" * 20, 60, 300, (62, 66), 62), ZH))
    current = [attributes for _, attributes in page.elements if attributes.get("aria-current")]
    assert [attributes["data-start"] for attributes in current] == ["50"]
    assert [(more["data-from"], more["data-to"]) for more in page.of("yj-more")] == [("0", "80"), ("60", "1580")]
    links = {a["href"]: a for tag, a in page.elements if tag == "a"}
    assert list(links) == ["/api/documents/d1/file?inline=true", "/api/documents/d1/file"]
    assert [(a.get("target"), "download" in a) for a in links.values()] == [("_blank", False), (None, True)]
    closed = _Reader(passage(Reading(_document() | {"viewable": False}, "字", 60, 61, None, 60), ZH))
    assert [a["href"] for tag, a in closed.elements if tag == "a"] == ["/api/documents/d1/file"]


def test_without_documents_the_first_screen_leads_to_adding_them() -> None:
    assert 'data-view="documents"' in welcome(0, [], ZH)
    assert "4 份" in welcome(4, ["几个？"], ZH) and 'data-question="几个？"' in welcome(4, ["几个？"], ZH)


@pytest.mark.parametrize("words", [ZH, EN])
def test_no_word_of_the_page_is_missing(words: Words) -> None:
    html = banner(words) + dialogs(words) + welcome(0, [], words)
    assert "{" not in re.sub(r"<svg.*?</svg>", "", html)
