"""The plain text of Word's binary files (.doc, .wps), read by their piece table: Word 97 to 2003, and Word 6 and 95.

It is what a conversion is checked against and what stands in for one that fails: every character in order, without
styles, numbering and columns of tables. Source: Microsoft's [MS-DOC]. Not covered: decryption.
"""

import re
import struct
from dataclasses import dataclass
from typing import Any

CHINESE = 0x04
"""The primary language in the low ten bits of a language id."""
WORD_97 = 0xA5EC
FLAGS, LANGUAGE = 0x0A, 0x06
ENCRYPTED, TABLE_1 = 0x0100, 0x0200
LENGTHS = 0x4C
"""Where ccpText begins: main text, footnotes, headers, macros, comments, endnotes, text boxes, those of headers."""
LENGTHS_WORD_95 = 0x34
CLX = 0x01A2
STORIES = ("main", "footnotes", "headers", "macros", "comments", "endnotes", "boxes", "header_boxes")
CHARACTERS = {0x0D: "\n", 0x0B: "\n", 0x0C: "\n", 0x0E: "\n", 0x1E: "-", 0xA0: " ", 0x07: "\t", 0x15: None, 0x1F: None}
CHARACTERS |= dict.fromkeys((0, 1, 2, 3, 4, 5, 6, 8, 0x14, 0x13))


class NotWord(Exception):
    """The streams are no Word document; the message says where reading ended."""


@dataclass(frozen=True)
class Stories:
    """The texts of a document by their names in `STORIES`, paragraphs ended by line breaks."""

    texts: dict[str, str]

    @property
    def body(self) -> str:
        return "\n".join(self.texts.get(name, "") for name in ("main", "footnotes", "endnotes", "boxes"))


def is_encrypted(document: bytes) -> bool:
    return len(document) > FLAGS + 2 and bool(_u16(document, FLAGS) & ENCRYPTED)


def read_stories(ole: Any) -> Stories:
    """The texts of an open OLE file with a `WordDocument` stream; raises NotWord."""
    try:
        document = ole.openstream("WordDocument").read()
        if _u16(document, 0) != WORD_97:
            return _stories(_word_95(document), struct.unpack_from("<8i", document, LENGTHS_WORD_95))
        table = ole.openstream("1Table" if _u16(document, FLAGS) & TABLE_1 else "0Table").read()
        start, size = struct.unpack_from("<II", document, CLX)
        text = _pieces(document, _piece_table(table[start : start + size]))
        return _stories(text, struct.unpack_from("<8i", document, LENGTHS))
    except (OSError, struct.error, IndexError, ValueError) as error:
        raise NotWord(str(error)) from error


def _word_95(document: bytes) -> str:
    """Text in one piece of eight-bit characters; counted in bytes."""
    start, end = struct.unpack_from("<II", document, 0x18)
    return _western(document[start:end], _u16(document, LANGUAGE))


def _piece_table(clx: bytes) -> bytes:
    position = 0
    while position < len(clx) and clx[position] == 1:
        position += 3 + _u16(clx, position + 1)
    if position >= len(clx) or clx[position] != 2:
        raise NotWord("没有正文的位置表")
    (size,) = struct.unpack_from("<I", clx, position + 1)
    return clx[position + 5 : position + 5 + size]


def _pieces(document: bytes, table: bytes) -> str:
    count = (len(table) - 4) // 12
    if count < 1:
        raise NotWord("正文的位置表是空的")
    positions = struct.unpack_from(f"<{count + 1}I", table)
    parts: list[str] = []
    for index in range(count):
        length = positions[index + 1] - positions[index]
        (place,) = struct.unpack_from("<I", table, 4 * (count + 1) + 8 * index + 2)
        if place & 0x40000000:
            start = (place & 0x3FFFFFFF) // 2
            # Kept byte by byte until the stories are cut: lengths count characters of the file, and an old WPS
            # stores two bytes of GBK as two of them.
            parts.append(_western(document[start : start + length], _u16(document, LANGUAGE)))
        else:
            parts.append(document[place : place + 2 * length].decode("utf-16-le", "surrogatepass"))
    return "".join(parts)


def _western(content: bytes, language: int) -> str:
    """Eight-bit text: Windows-1252, but GBK where the document is Chinese and pairs of high bytes are what it holds.

    A pair becomes its character and a filler, so that positions still count bytes.
    """
    if language & 0x3FF == CHINESE and re.search(rb"(?:[\xb0-\xf7][\xa1-\xfe]){2}", content):
        return "".join(c if c.isascii() or c == "\ufffd" else c + "\x00" for c in content.decode("gbk", "replace"))
    return content.decode("cp1252", "replace")


def _stories(text: str, lengths: tuple[int, ...]) -> Stories:
    # Lengths count UTF-16 units.
    units = text.encode("utf-16-le", "surrogatepass")
    texts: dict[str, str] = {}
    position = 0
    for name, length in zip(STORIES, lengths, strict=True):
        if length < 0:
            raise NotWord("正文的长度不对")
        story = units[2 * position : 2 * (position + length)].decode("utf-16-le", "replace")
        texts[name] = _shown(story)
        position += length
    return Stories(texts)


def _shown(text: str) -> str:
    """A story as it is shown: results of fields only, a line a paragraph and a row of a table."""
    hidden: list[bool] = []
    shown: list[str] = []
    for character in text:
        if character == "\x13":
            hidden.append(True)
        elif character == "\x14" and hidden:
            hidden[-1] = False
        elif character == "\x15" and hidden:
            hidden.pop()
        elif not any(hidden):
            shown.append(character)
    return "".join(shown).replace("\x07\x07", "\n").translate(CHARACTERS)


def _u16(content: bytes, position: int) -> int:
    return int(struct.unpack_from("<H", content, position)[0])
