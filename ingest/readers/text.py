"""Plain text and Markdown: bytes -> str, UTF-8 first, then GB18030."""

from pathlib import Path

from ingest.errors import UnknownEncoding

BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
BINARY = {chr(c) for c in range(32)} - set("\t\n\r\f\v\x1a\x1b\x0b\x0c") | {"\x00"}
MOST_CONTROLS = 0.001


def decode(content: bytes, path: Path) -> str:
    """The text of `content`, newlines kept as they are; raises UnknownEncoding for anything but text."""
    encodings = [name for mark, name in BOMS if content.startswith(mark)] or ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        # SQLite's text functions end at U+0000, and no text holds one.
        if "\x00" not in text and sum(character in BINARY for character in text) <= len(text) * MOST_CONTROLS:
            return text
    raise UnknownEncoding(path)
