"""What was written stands in the file as text, whatever it looks like."""

import io
import re

import pytest
from docx import Document
from markdown_it import MarkdownIt

from server.export import markdown, word
from server.ledger.conversations import CANCELLED, Answered, Conversation, Turn
from server.ledger.quoting import Quote

NASTY = [
    "# 标题 <script>alert(1)</script> & *强调* _下划_ `码` [链接](http://x) ![图](x)",
    "1. 列表 2) 项", "- 横线", "+ 加号", "= 等号", "> 引用", "| 表 | 格 |", "~~删~~ $x$ \\ 反斜杠", "12.5%的占比",
]  # fmt: skip


def _turn(question: str, answered: Answered) -> Turn:
    return Turn("1" * 32, question, 0.0, answered, ())


def _quote(number: int, text: str) -> Quote:
    return {
        "number": number, "document_id": "d1", "title": text, "headings": [text], "start": 3, "end": 9, "quote": text,
    }  # fmt: skip


def _conversation(title: str) -> Conversation:
    return Conversation("0" * 32, title, 0.0, 0.0, 1)


def _plain(rendered: str) -> str:
    text = re.sub(r"<[^>]+>", "", rendered)
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        text = text.replace(entity, character)
    return text


@pytest.mark.parametrize("text", NASTY)
def test_markdown_shows_every_text_as_it_is(text: str) -> None:
    answered = Answered("answered", None, f"{text}[1]。\n{text}", [_quote(1, text), _quote(2, text)])
    rendered = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"]).render(
        markdown(_conversation(text), [_turn(text, answered)])
    )  # fmt: skip
    assert set(re.findall(r"<(\w+)", rendered)) == {"h1", "h2", "p", "ol", "li"}
    shown = _plain(rendered)
    assert shown.count(text) == 4 + 2 * 3
    assert rendered.count("<li>") == 2 and rendered.count("<h2>") == 1


def test_word_holds_headings_answers_and_numbered_quotes() -> None:
    text = f"{NASTY[0]}\x00\x01\ufffe"
    answered = Answered("answered", None, "六个[1]。", [_quote(1, text), _quote(2, "原\n文")])
    file = word(_conversation("对话\x07"), [_turn(text, answered), _turn("停了的", CANCELLED)])
    paragraphs = [(p.style.name, p.text) for p in Document(io.BytesIO(file)).paragraphs]
    assert paragraphs[0] == ("Title", "对话")
    assert ("Heading 1", f"1. {NASTY[0]}") in paragraphs and ("Heading 1", "2. 停了的") in paragraphs
    assert ("Normal", "六个[1]。") in paragraphs and ("Normal", "（没有答完就停止了）") in paragraphs
    told = [shown for _, shown in paragraphs]
    assert f"[1] 《{NASTY[0]}》 › {NASTY[0]}：“{NASTY[0]}”（文档 d1，第 3–9 字）" in told
    assert "[2] 《原 文》 › 原 文：“原 文”（文档 d1，第 3–9 字）" in told


def test_a_conversation_without_title_and_turns_is_a_file_too() -> None:
    assert markdown(_conversation(""), []).startswith("# 没有标题的对话\n")
    assert Document(io.BytesIO(word(_conversation(""), []))).paragraphs[0].text == "没有标题的对话"
