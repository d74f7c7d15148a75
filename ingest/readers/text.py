"""Plain text and Markdown: bytes -> str. UTF-8, UTF-16, GB18030 and Big5, told apart by which one reads plausibly.

Not covered: other scripts' encodings (Shift-JIS, EUC-KR), and text that is not Chinese in an encoding of Windows.
"""

import re
from functools import cache
from pathlib import Path

from ingest.errors import EmptyFile, UnknownEncoding
from ingest.readers.builder import Extracted, File
from ingest.text_tables import find_text_tables

BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
# SQLite's text functions end at U+0000, and no text holds one.
CONTROLS = re.compile(r"[\x01-\x08\x0e-\x19\x1c-\x1f]")
MOST_CONTROLS = 0.001
MOST_BROKEN = 0.001
SAMPLE = 64 * 1024
LEAST_PLAUSIBLE = 0.62
"""Share of common characters: over 0.99 in the 37 real files, 0.41 to 0.61 where they are read in the wrong encoding."""
FEW = 20
"""So few characters beyond ASCII prove nothing against an encoding."""
BEYOND_ASCII = re.compile(r"[^\x00-\x7f]")
DECLARED_AS = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030", "x-gbk": "gb18030", "gb_2312-80": "gb18030", "cp936": "gb18030",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs", "x-x-big5": "big5hkscs", "cp950": "big5hkscs", "utf8": "utf-8", "utf-8": "utf-8",
}  # fmt: skip


def read(file: File) -> Extracted:
    """The text exactly as it is in the file: offsets count the original's characters."""
    text = decode(file.content, file.path)
    if not text.strip():
        raise EmptyFile(file.path)
    return Extracted(text, rows=find_text_tables(text), gaps=broken(text))


def broken(text: str) -> tuple[str, ...]:
    """The gap that `decode` left where bytes could not be read."""
    count = text.count("\ufffd")
    return (f"有 {count} 处字节损坏，无法识别，已用 \ufffd 代替",) if count else ()


def decode(content: bytes, path: Path) -> str:
    """The text of `content`, newlines kept as they are; raises UnknownEncoding for anything but text."""
    for mark, encoding in BOMS:
        if content.startswith(mark):
            marked = _strictly(content, encoding)
            if marked is None and encoding == "utf-8-sig":
                marked = _mended(content[len(mark) :], "utf-8")
            return _checked(marked, path)
    text = _strictly(content, "utf-8")
    if text is not None and "\x00" not in text:
        return _checked(text, path)
    if b"\x00" in content:
        return _checked(_unmarked_utf16(content), path)
    mended = None if text is not None else _mended(content, "utf-8")
    return _checked(mended or _chinese(content) or _unmarked_utf16(content), path)


def decode_declared(content: bytes, declared: str | None, path: Path) -> str:
    """As `decode`, for a file that names its encoding: believed where the bytes bear it out."""
    name = DECLARED_AS.get((declared or "").strip().lower(), (declared or "").strip().lower())
    marked = any(content.startswith(mark) for mark, _ in BOMS)
    if not marked and name and _strictly(content, "utf-8") is None and "16" not in name:
        text = _strictly(content, name) if name in DECLARED_AS.values() else None
        if text is not None and plausibility(text) >= 0.6 and "\x00" not in text:
            return _checked(text, path)
        try:
            return decode(content, path)
        except UnknownEncoding:
            text = _strictly(content, name)  # a foreign page
            if text is None or "\x00" in text:
                raise
            return _checked(text, path)
    return decode(content, path)


def plausibility(text: str) -> float:
    """The share of everyday characters among those beyond ASCII; 1 where there are too few to judge."""
    characters = BEYOND_ASCII.findall(text[:SAMPLE]) or BEYOND_ASCII.findall(text)
    if not characters:
        return 1.0
    common = _common()
    return sum(character in common for character in characters) / len(characters)


@cache
def _common() -> frozenset[str]:
    """Level 1 of GB 2312 and of Big5, and the punctuation of both."""
    gb = bytes(b for row in (*range(0xA1, 0xAA), *range(0xB0, 0xD8)) for cell in range(0xA1, 0xFF) for b in (row, cell))
    trails = (*range(0x40, 0x7F), *range(0xA1, 0xFF))
    big5 = b"".join(bytes((row, cell)) for row in (0xA1, 0xA2, *range(0xA4, 0xC7)) for cell in trails)
    symbols = "·—‘’“”…　〔〕《》【】、。！，：；？（）％\ufeff\xa0"
    return frozenset(gb.decode("gb18030", "ignore") + big5.decode("big5", "ignore") + symbols) - {"\ufffd"}


def _strictly(content: bytes, encoding: str) -> str | None:
    try:
        return content.decode(encoding)
    except (UnicodeError, LookupError):
        return None


def _mended(content: bytes, encoding: str) -> str | None:
    """`content` with its few broken bytes replaced; a file that is cut in the middle of a character is one of these."""
    text = content.decode(encoding, "replace")
    faults = text.rstrip("\ufffd").count("\ufffd")
    whole = len(BEYOND_ASCII.findall(text)) - text.count("\ufffd")
    cut = len(text) - len(text.rstrip("\ufffd"))
    if cut > 3 or whole < 2 or faults > len(text) * MOST_BROKEN or faults * 100 > whole:
        return None
    return text


def _unmarked_utf16(content: bytes) -> str | None:
    """UTF-16 without its mark, where it is Chinese: Latin text alone could as well be a binary file."""
    if len(content) % 2:
        return None
    for encoding in ("utf-16-le", "utf-16-be"):
        text = _strictly(content, encoding)
        if text and "\x00" not in text and BEYOND_ASCII.search(text) and plausibility(text) >= 0.8:
            return text
    return None


def _chinese(content: bytes) -> str | None:
    """GB18030 decodes nearly any bytes, so Big5 is tried as well and the more plausible reading taken."""
    readings = []
    for encoding in ("gb18030", "big5hkscs"):
        text = _strictly(content, encoding)
        text = _mended(content, encoding) if text is None else text
        if text is None:
            continue
        score = plausibility(text)
        if score > 0.9:
            return text
        readings.append((score, text))
    if not readings:
        return None
    score, text = max(readings, key=lambda reading: reading[0])
    return text if score >= LEAST_PLAUSIBLE or len(BEYOND_ASCII.findall(text)) < FEW else None


def _checked(text: str | None, path: Path) -> str:
    if text is None or "\x00" in text or len(CONTROLS.findall(text)) > len(text) * MOST_CONTROLS:
        raise UnknownEncoding(path)
    return text
