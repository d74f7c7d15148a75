"""Web pages: .html, .htm and saved pages (.mht, .mhtml): encoding, title, and the text of the body.

Not covered: pictures, attachments of a saved page, frames (only the frame set is in the file).
"""

import re

from ingest.errors import NoText
from ingest.readers.builder import Extracted, File
from ingest.readers.text import broken, decode, decode_declared
from ingest.readers.web_page import SPACES, PageBuilder, write_page

DECLARED = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,300}?(?:charset|encoding)\s*=\s*["']?\s*([\w-]{2,20})""", re.IGNORECASE
)
HEAD = 4096
NO_TITLE = re.compile(
    r"(?:无标题(?:文档|页)?|untitled(?: document)?|new page\s*\d*|document|新建网页\s*\d*)", re.IGNORECASE
)
SITE = re.compile(r"\s*[-_|—–]+\s*")


def read(file: File) -> Extracted:
    """The page's visible text, its title first unless the body says it."""
    if file.path.suffix.lower() in {".mht", ".mhtml"} or re.match(
        rb"(?i)(?:mime-version|from|date|subject):", file.content
    ):
        return read_html(_saved_page(file), file)
    return read_html(decode_page(file.content, file), file)


def decode_page(content: bytes, file: File) -> str:
    declared = DECLARED.search(content[:HEAD])
    return decode_declared(content, declared[1].decode("ascii") if declared else None, file.path)


def read_html(html: str, file: File) -> Extracted:
    from selectolax.lexbor import LexborHTMLParser

    page = LexborHTMLParser(html)
    named = page.css_first("title")
    title = SPACES.sub(" ", named.text()).strip() if named is not None else ""
    title = "" if NO_TITLE.fullmatch(title) else title
    body = PageBuilder()
    write_page(html, body)
    if body.is_empty:
        frames = page.css_first("frameset, frame, iframe, meta[http-equiv=refresh]") is not None
        raise NoText(file.path, "框架页或跳转页，正文在别的文件里" if frames else "页面里没有正文")
    for sentence in broken(html):
        body.gap(sentence)
    built = body.build(title)
    if not title or _says(built, title):
        return built
    first = PageBuilder()
    first.line(title)
    write_page(html, first)
    for sentence in broken(html):
        first.gap(sentence)
    return first.build(title)


def _says(page: Extracted, title: str) -> bool:
    """Whether the body's first line or heading is the title, with or without the name of the site behind it."""
    noise = {span.start + 1 for span in page.noise if span.start} | {span.start for span in page.noise}
    firsts = []
    position = 0
    for line in page.text.splitlines(keepends=True):
        if position not in noise:
            firsts.append(line)
            break
        position += len(line)
    firsts += [page.text[heading.start : heading.end] for heading in page.headings[:1]]
    wanted = {"".join(part.split()) for part in (title, SITE.split(title)[0])}
    return any("".join(first.split()) in wanted for first in firsts)


def _saved_page(file: File) -> str:
    """The main page of an MHTML archive: its first HTML part."""
    import email
    from email.message import Message
    from email.policy import compat32

    message = email.message_from_bytes(file.content, policy=compat32)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            content = part.get_payload(decode=True)
            if isinstance(content, bytes) and content.strip():
                charset = part.get_content_charset()
                if DECLARED.search(content[:HEAD]) or charset is None:
                    return decode_page(content, file)
                return decode_declared(content, charset, file.path)
    if isinstance(message, Message) and b"<" in file.content and not message.is_multipart():
        return decode(file.content, file.path)
    raise NoText(file.path, "保存的网页里没有正文部分")
