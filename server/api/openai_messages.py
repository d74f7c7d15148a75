"""From the messages of a chat to a question with its history, as /v1 takes them from any client.

Covered: contents as text, as parts, or null; which message is asked; what of the history is handed on. The last message
of the user has to be a question. Earlier ones, whatever their client has put there (pictures, long texts, calls of
tools), never make a request fail: what is no text is skipped, and texts are cut. Nothing is ever fetched.
"""

from collections.abc import Iterator, Sequence
from typing import Any

from server.answer.finding import LONGEST_QUESTION, check_question
from server.api.openai_requests import ChatMessage
from server.errors import BadQuestion, ServerError
from server.llm.template import Message

MOST_MESSAGES = 200
"""Before the question; the newest are taken. An answer uses fewer."""
LONGEST_MESSAGE = LONGEST_QUESTION
"""Characters of an earlier message that are handed on."""
COUNTED_CHARACTERS = 20_000
"""Characters of a message whose tokens are counted for `usage`."""
TEXT_PARTS = ("text", "input_text", "output_text", None)


class NoQuestion(ServerError):
    status = 422
    code = "no_question"
    title, title_en = "没有问题", "No question"
    pointer = "/messages"
    zh = "没有 user 消息，也就没有问题。请在最后加上一条 role 为 user 的消息。"
    en = "There is no user message and so no question. Add a message whose role is user at the end."


class NotText(ServerError):
    status = 422
    code = "not_text"
    title, title_en = "只读文字", "Text only"
    zh = "这里只读文字，不看图片、声音和文件。请把文件添加为文档，再用文字提问。"
    en = "Only text is read here, no pictures, sounds or files. Add the file as a document, then ask in words."


class BadContent(ServerError):
    status = 422
    code = "bad_content"
    title, title_en = "消息不可用", "Unusable message"
    zh = "最后一条 user 消息的 content 应为文字，或 {{'type': 'text', 'text': …}} 段落的数组。"
    en = "The content of the last user message should be text, or an array of {{'type': 'text', 'text': …}} parts."


def question_of(messages: Sequence[ChatMessage]) -> tuple[int, str]:
    """Which message is asked, and its text; raises NoQuestion, NotText, BadContent, EmptyQuestion, QuestionTooLong."""
    at = max((i for i, message in enumerate(messages) if message.role == "user"), default=None)
    if at is None:
        raise NoQuestion
    try:
        return at, check_question(_asked(messages[at].content))
    except (NotText, BadContent, BadQuestion) as error:
        error.pointer = f"/messages/{at}/content"
        raise


def history_of(messages: Sequence[ChatMessage], at: int) -> list[Message]:
    """What user and assistant said before the question: the newest messages that hold text, each cut."""
    said = (
        Message(message.role, text[:LONGEST_MESSAGE])
        for message in reversed(messages[:at])
        if message.role in ("user", "assistant") and (text := text_of(message)).strip()
    )
    return [message for _, message in zip(range(MOST_MESSAGES), said, strict=False)][::-1]


def counted(messages: Sequence[ChatMessage]) -> list[str]:
    """The texts whose tokens are the `prompt_tokens`: the newest messages, each cut."""
    return [text_of(message)[:COUNTED_CHARACTERS] for message in messages[-MOST_MESSAGES - 1 :]]


def text_of(message: ChatMessage) -> str:
    """All text of a message; what is no text is skipped."""
    return "\n".join(text for text in _parts(message.content) if text)


def _asked(content: Any) -> str:
    """The text of the question; raises NotText for parts that are no text, BadContent for what is no content."""
    if not isinstance(content, str | list):
        raise BadContent
    texts = list(_parts(content))
    if None in texts:
        is_unreadable = any(isinstance(part, dict) and part.get("type") not in TEXT_PARTS for part in content)
        raise NotText if is_unreadable else BadContent
    return "\n".join(text for text in texts if text)


def _parts(content: Any) -> Iterator[str | None]:
    """The texts of a content, None for a part that is no text."""
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, dict) and part.get("type") in TEXT_PARTS:
            part = part.get("text")
        yield part if isinstance(part, str) else None
