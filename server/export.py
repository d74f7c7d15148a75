"""A conversation as a file: Markdown or Word, with the citations of each answer as a numbered list.

What people and documents wrote is text here and no markup, whatever characters it has. Not covered: JSON, which is the
API's own (`server.api.conversation_schemas`).
"""

import io
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from docx import Document
from docx.shared import Cm

from server.ledger.conversations import Conversation, Turn
from server.ledger.quoting import Quote

UNTITLED = "没有标题的对话"
CANCELLED = "（没有答完就停止了）"
INLINE = re.compile(r"([\\`*_{}\[\]<>&#|~$!])")
BLOCK = re.compile(r"^([-+=]|\d+(?=[.)]))")
"""What would begin a list or underline a heading."""
NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def markdown(conversation: Conversation, turns: Sequence[Turn]) -> str:
    """CommonMark; every text stands as it is shown, marked characters are escaped."""
    blocks = [f"# {_escaped(conversation.title or UNTITLED)}", _escaped(_note(conversation, turns))]
    for number, turn in enumerate(turns, 1):
        blocks.append(f"## {number}\\. {_escaped(turn.question)}")
        blocks += [_escaped(line) for line in _lines(turn.answered.answer or CANCELLED)]
        cited = [f"{quote['number']}. {_escaped(_cited(quote))}" for quote in turn.answered.citations]
        blocks += ["\n".join(cited)] if cited else []
    return "\n\n".join(blocks) + "\n"


def word(conversation: Conversation, turns: Sequence[Turn]) -> bytes:
    """A .docx file."""
    document = Document()
    title = _clean(conversation.title or UNTITLED)
    document.core_properties.author, document.core_properties.title = "有据", title[:255]
    document.core_properties.created = datetime.now(UTC)
    document.add_heading(title, 0)
    document.add_paragraph(_clean(_note(conversation, turns)))
    for number, turn in enumerate(turns, 1):
        document.add_heading(_clean(f"{number}. {_one_line(turn.question)}"), 1)
        for line in _lines(turn.answered.answer or CANCELLED):
            document.add_paragraph(_clean(line))
        for quote in turn.answered.citations:
            # The number of the mark, as text: Word's own would count on from answer to answer.
            item = document.add_paragraph(_clean(f"[{quote['number']}] {_cited(quote)}"))
            item.paragraph_format.left_indent, item.paragraph_format.first_line_indent = Cm(1), Cm(-1)
    file = io.BytesIO()
    document.save(file)
    return file.getvalue()


def _note(conversation: Conversation, turns: Sequence[Turn]) -> str:
    day = datetime.fromtimestamp(conversation.created_at).strftime("%Y-%m-%d")
    return f"{day} 开始的对话，{len(turns)} 个问题。由有据导出；引文的位置以原文的字数计。"


def _cited(quote: Quote) -> str:
    place = "".join(f" › {_one_line(heading)}" for heading in quote["headings"])
    return (
        f"《{_one_line(quote['title'])}》{place}：“{_one_line(quote['quote'])}”"
        f"（文档 {quote['document_id']}，第 {quote['start']}–{quote['end']} 字）"
    )


def _lines(text: str) -> Iterator[str]:
    return (line.strip() for line in text.splitlines() if line.strip())


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _escaped(text: str) -> str:
    """`text` as Markdown that shows it; in one line."""
    line = INLINE.sub(r"\\\1", _one_line(_clean(text)))
    return BLOCK.sub(lambda begin: begin[1] + "\\" if begin[1].isdigit() else "\\" + begin[1], line)


def _clean(text: str) -> str:
    """Without characters that no XML can hold."""
    return NOT_XML.sub("", text)
