"""The one font that PDFium draws with where a PDF does not embed its own, the same on every machine.

PDFium leaves a text object out of the text layer when no font gives its characters a box. Left to itself it looks for
fonts in the system's folders, so what a file says would depend on what is installed. `use_own_font` answers in the
system's place with Noto Sans CJK out of a pinned package, its character map filled up: a character that the font lacks
gets the box □, so that every character has a place. Rendered pages show that box.

Not covered: fonts inside the file, and PDFium's own Latin fonts (the standard fonts of the PDF specification).
"""

import ctypes
import struct
from functools import cache
from typing import Any

FACE = b"Noto Sans CJK JP\0"
HANDLE = 1
"""What PDFium calls the font by; any address but 0."""
STANDARD = frozenset(
    family + style
    for family, styles in {
        "Courier": ("", "-Bold", "-Oblique", "-BoldOblique"),
        "Helvetica": ("", "-Bold", "-Oblique", "-BoldOblique"),
        "Times": ("-Roman", "-Bold", "-Italic", "-BoldItalic"),
    }.items()
    for style in styles
)
"""Latin fonts that PDFium carries in itself, by the names it gives them and their usual substitutes (Arial)."""
BOX = ord("□")
LAST_CHARACTER = 0x10FFFF
UNICODE_FULL = (3, 10)
"""Platform and encoding of a character map for all of Unicode."""
RECORD, GROUP = struct.Struct(">4sLLL"), struct.Struct(">LLL")
RECORDS_AT = 12


@cache
def use_own_font() -> None:
    """Makes PDFium ask here for fonts; once in a process, before the first document is opened."""
    from pypdfium2 import raw

    raw.FPDF_SetSystemFontInfo(_font_info(raw.FPDF_SYSFONTINFO))


@cache
def _font_info(structure: Any) -> Any:
    """PDFium's table of callbacks (fpdf_sysfontinfo.h); the cache keeps it alive as long as the process."""
    kinds = dict(structure._fields_)

    def map_font(
        _this: Any, _weight: int, _italic: int, _charset: int, _pitch: int, face: Any, _exact: Any
    ) -> int | None:
        name = ctypes.cast(face, ctypes.c_char_p).value or b""
        return None if name.decode("latin-1") in STANDARD else HANDLE

    def get_data(_this: Any, _font: Any, table: int, buffer: Any, size: int) -> int:
        return 0 if table else _copy(_font_bytes(), buffer, size)

    def get_name(_this: Any, _font: Any, buffer: Any, size: int) -> int:
        return _copy(FACE, buffer, size)

    return structure(
        1,
        kinds["Release"](lambda _this: None),
        kinds["EnumFonts"](lambda _this, _mapper: None),
        kinds["MapFont"](map_font),
        kinds["GetFont"](lambda _this, _face: None),
        kinds["GetFontData"](get_data),
        kinds["GetFaceName"](get_name),
        kinds["GetFontCharset"](lambda _this, _font: 1),  # the default charset
        kinds["DeleteFont"](lambda _this, _font: None),
    )


def _copy(data: bytes, buffer: Any, size: int) -> int:
    """The size of `data`, which is copied where there is room for it, as PDFium's callbacks do."""
    if buffer and size >= len(data):
        ctypes.memmove(buffer, data, len(data))
    return len(data)


@cache
def _font_bytes() -> bytes:
    from noto_cjk_sans_jp_regular import FONT_PATH

    return fill_character_map(FONT_PATH.read_bytes())


def fill_character_map(font: bytes) -> bytes:
    """An OpenType font whose map has a glyph for every character: what it lacks gets that of BOX.

    The new table (format 13 of the OpenType specification's `cmap`: ranges of characters that share a glyph) is appended
    and the directory's record pointed at it. Raises LookupError where the font has no full Unicode map (format 12).
    """
    (count,) = struct.unpack_from(">H", font, 4)
    places = range(RECORDS_AT, RECORDS_AT + RECORD.size * count, RECORD.size)
    record, (tag, checksum, offset, _) = next(
        (at, found) for at in places if (found := RECORD.unpack_from(font, at))[0] == b"cmap"
    )
    map_table = _filled(_groups(font, offset))
    font += b"\0" * (-len(font) % 4)
    directory = RECORD.pack(tag, checksum, len(font), len(map_table))
    return font[:record] + directory + font[record + RECORD.size :] + map_table


def _groups(font: bytes, cmap: int) -> list[tuple[int, int, int]]:
    """First and last character and first glyph of each run in the map for all of Unicode."""
    (count,) = struct.unpack_from(">H", font, cmap + 2)
    for i in range(count):
        platform, encoding, offset = struct.unpack_from(">HHL", font, cmap + 4 + 8 * i)
        at = cmap + offset
        if (platform, encoding) == UNICODE_FULL and struct.unpack_from(">H", font, at) == (12,):
            (runs,) = struct.unpack_from(">L", font, at + 12)
            return [GROUP.unpack_from(font, at + 16 + GROUP.size * j) for j in range(runs)]
    raise LookupError("the font has no character map of format 12")


def _filled(groups: list[tuple[int, int, int]]) -> bytes:
    """A `cmap` table with one map of format 13 over all of Unicode."""
    box = next(glyph + BOX - first for first, last, glyph in groups if first <= BOX <= last)
    runs: list[tuple[int, int, int]] = []
    free = 0
    for first, last, glyph in groups:
        if first > free:
            runs.append((free, first - 1, box))
        runs += [(character, character, glyph + character - first) for character in range(first, last + 1)]
        free = last + 1
    if free <= LAST_CHARACTER:
        runs.append((free, LAST_CHARACTER, box))
    body = b"".join(GROUP.pack(*run) for run in runs)
    header = struct.pack(">HHHHL", 0, 1, *UNICODE_FULL, 12)
    return header + struct.pack(">HHLLL", 13, 0, 16 + len(body), 0, len(runs)) + body
