"""A PDF of one line whose font is named and not embedded, written by hand: every character is an object of its own."""

CODE_OF_FIRST = 0x1000
"""With Identity-H codes are the unknown font's glyph numbers; ToUnicode alone tells what they mean."""


def referring_pdf(
    text: str, encoding: str = "Identity-H", ordering: str = "Identity", symbolic: bool = False, font: str = "SimSun"
) -> bytes:
    """`encoding` is the font's CMap, `ordering` its character collection; codes are UTF-16 but for Identity-H."""
    characters = sorted(set(text))
    codes = {c: CODE_OF_FIRST + i if encoding == "Identity-H" else ord(c) for i, c in enumerate(characters)}
    shown = "".join(f"BT /F1 14 Tf {72 + 14 * i} 700 Td <{codes[c]:04X}> Tj ET\n" for i, c in enumerate(text))
    mapped = "".join(f"<{codes[c]:04X}> <{c.encode('utf-16-be').hex()}>\n" for c in characters)
    to_unicode = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /X def\n"
        "1 begincodespacerange <0000> <FFFF> endcodespacerange\n"
        f"{len(characters)} beginbfchar\n{mapped}endbfchar endcmap end end"
    )
    named = "/ToUnicode 8 0 R" if encoding == "Identity-H" else ""
    return _file(
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        f"<</Length {len(shown)}>>stream\n{shown}\nendstream",
        f"<</Type/Font/Subtype/Type0/BaseFont/{font}/Encoding/{encoding}/DescendantFonts[6 0 R]{named}>>",
        f"<</Type/Font/Subtype/CIDFontType2/BaseFont/{font}/FontDescriptor 7 0 R/DW 1000"
        f"/CIDSystemInfo<</Registry(Adobe)/Ordering({ordering})/Supplement 0>>>>",
        f"<</Type/FontDescriptor/FontName/{font}/Flags {4 if symbolic else 32}/FontBBox[0 -200 1000 900]/ItalicAngle 0"
        "/Ascent 880/Descent -120/CapHeight 700/StemV 80>>",
        f"<</Length {len(to_unicode)}>>stream\n{to_unicode}\nendstream",
    )


def _file(*objects: str) -> bytes:
    """The objects, numbered from 1, with their table of offsets."""
    out, offsets = b"%PDF-1.5\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n".encode("latin-1")
    table = "".join(f"{offset:010d} 00000 n \n" for offset in offsets)
    size = len(objects) + 1
    end = (
        f"xref\n0 {size}\n0000000000 65535 f \n{table}trailer<</Size {size}/Root 1 0 R>>\nstartxref\n{len(out)}\n%%EOF"
    )
    return out + end.encode("latin-1")
