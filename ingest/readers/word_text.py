"""The text of one Word paragraph as it is shown, and the objects that are anchored in it.

Covered: runs, revisions (inserted text is shown, deleted text is not), hyperlinks, content controls, fields (their
results only; enclosed characters and check boxes, which have none, are made), ruby, formulas as plain characters,
symbols of the Wingdings fonts, hidden text (left out). Not covered: reading the objects (`word`).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from ingest.readers.numbering import format_number
from ingest.readers.ooxml import MC, A, R, W

V = "{urn:schemas-microsoft-com:vml}"
OFFICE = "{urn:schemas-microsoft-com:office:office}"
M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
CHART = "{http://schemas.openxmlformats.org/drawingml/2006/chart}chart"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
NOT_SHOWN = {W + name for name in ("del", "moveFrom", "pPr", "rPr", "instrText", "delText", "delInstrText", "rt")}
WHITE_SPACE = re.compile(r"[\r\n]+")
ENCLOSED = re.compile(r"(?i)\\o\s*+(?:\\a[clr]\s*+)?\(\s*+[○〇◯]\s*+[,，]\s*+(.{1,4}?)\s*+\)")
CONTENTS_FIELD = re.compile(r"(?i)\s*TOC\b")
SYMBOLS = {
    "Wingdings": dict(zip(b"\xfe\xfd\xfc\xfb\xa8\x6f\x6e\x6c\x77\x75\xd8\xe0", "☑☒✓✗□□■●◆◆➢→", strict=True)),
    "Wingdings 2": dict(zip(b"\x52\x53\x54\x50\x4f\xa3\x2a\x30", "☑☒☒✓✗□□□", strict=True)),
}
FORMULAS = {
    "f": "{num}/{den}", "sSup": "{e}^{sup}", "sSub": "{e}_{sub}", "sSubSup": "{e}_{sub}^{sup}", "rad": "√{e}"
}  # fmt: skip
OTHER_SYMBOL = "•"


@dataclass
class Inline:
    """A paragraph's text, line breaks as `\\n`, and its objects: kind and the element or relationship id of each."""

    text: list[str] = field(default_factory=list)
    objects: list[tuple[str, Any]] = field(default_factory=list)
    in_contents: bool = False


@dataclass
class _Field:
    instruction: str = ""
    shown: bool = False


@dataclass
class TextReader:
    """Reads paragraphs one after the other: fields and notes go on from one to the next."""

    notes: list[tuple[str, str]] = field(default_factory=list)
    """The references to notes in their order: `footnote` or `endnote`, and the id."""
    _fields: list[_Field] = field(default_factory=list)

    def read(self, paragraph: Any) -> Inline:
        inline = Inline(in_contents=self._in_contents())
        self._walk(paragraph, inline)
        inline.in_contents = inline.in_contents or self._in_contents()
        # A field's instruction ends in its paragraph; one that does not would hide the rest of the document.
        self._fields = [one for one in self._fields if one.shown]
        return inline

    def _in_contents(self) -> bool:
        return any(CONTENTS_FIELD.match(one.instruction) for one in self._fields)

    def _walk(self, element: Any, inline: Inline) -> None:
        for child in element:
            tag = child.tag
            if tag == W + "r":
                if not _is_hidden(child):
                    self._run(child, inline)
            elif tag in {M + "oMath", M + "oMathPara"}:
                self._add(formula(child), inline)
            elif tag == MC + "AlternateContent":
                self._walk(chosen(child), inline)
            elif tag not in NOT_SHOWN:
                self._walk(child, inline)

    def _run(self, run: Any, inline: Inline) -> None:
        font = _symbol_font(run)
        for child in run:
            tag = child.tag
            if tag == W + "t":
                text = WHITE_SPACE.sub(" ", str(child.text or ""))
                self._add("".join(_symbol(font, ord(c)) for c in text) if font else text, inline)
            elif tag in {W + "tab", W + "ptab"}:
                self._add("\t", inline)
            elif tag in {W + "br", W + "cr"}:
                self._add("\n", inline)
            elif tag == W + "noBreakHyphen":
                self._add("-", inline)
            elif tag == W + "sym":
                code = str(child.get(W + "char") or "")
                if re.fullmatch(r"[0-9A-Fa-f]{1,4}", code):
                    self._add(_symbol(str(child.get(W + "font") or ""), int(code, 16)), inline)
            elif tag == W + "fldChar":
                self._field(child, inline)
            elif tag == W + "instrText":
                if self._fields:
                    self._fields[-1].instruction += str(child.text or "")
            elif tag in {W + "footnoteReference", W + "endnoteReference"}:
                self.notes.append((tag[len(W) :].removesuffix("Reference"), str(child.get(W + "id"))))
            elif tag == MC + "AlternateContent":
                self._run(chosen(child), inline)
            elif tag in {W + "drawing", W + "pict", W + "object"}:
                inline.objects.extend(_objects(child, tag == W + "object"))
            elif tag == W + "ruby":
                self._walk(child, inline)

    def _add(self, text: str, inline: Inline) -> None:
        if all(one.shown for one in self._fields):
            # What a conversion puts for a mark without a meaning of its own.
            inline.text.append(text.replace("\ufffc", " "))

    def _field(self, mark: Any, inline: Inline) -> None:
        kind = mark.get(W + "fldCharType")
        if kind == "begin":
            box = mark.find(f"{W}ffData/{W}checkBox")
            if box is not None:
                self._add(_check_box(box), inline)
            self._fields.append(_Field())
        elif kind == "separate" and self._fields:
            self._fields[-1].shown = True
        elif kind == "end" and self._fields:
            ended = self._fields.pop()
            enclosed = None if ended.shown else ENCLOSED.search(ended.instruction)
            if enclosed:
                number = enclosed[1]
                self._add(format_number(int(number), "decimalEnclosedCircle") if number.isdecimal() else number, inline)


def formula(element: Any) -> str:
    """A formula in one line: `(a+b)/2`, `x^2`, `√(n)`."""
    name = str(element.tag).removeprefix(M)
    if name == "t":
        return str(element.text or "")
    parts = {str(child.tag).removeprefix(M): formula(child) for child in element} if name in FORMULAS else {}
    if parts:
        values = {key: parts.get(key, "") for key in ("num", "den", "e", "sub", "sup")}
        bracketed = {key: f"({v})" if len(v) > 1 and not v.isalnum() else v for key, v in values.items()}
        return FORMULAS[name].format(**bracketed)
    return "".join(formula(child) for child in element if isinstance(child.tag, str))


def joined(lines: list[str]) -> str:
    """The lines of one heading: a blank only where Latin words would run together."""
    text = ""
    for line in (line.strip() for line in lines):
        text += (" " if text and text[-1].isascii() and line[:1].isascii() else "") + line
    return text


def chosen(alternatives: Any) -> Any:
    """The content that is shown of an `mc:AlternateContent`: its fallback says the same again for old programs."""
    choice = alternatives.find(f"{MC}Choice")
    if choice is None:
        choice = alternatives.find(f"{MC}Fallback")
    return () if choice is None else choice


def is_on(element: Any | None) -> bool:
    """Whether a switch such as `w:vanish` is there and not switched off."""
    return element is not None and element.get(W + "val", "1") not in {"0", "false", "off", "none"}


def _is_hidden(run: Any) -> bool:
    return is_on(run.find(f"{W}rPr/{W}vanish"))


def _symbol_font(run: Any) -> str:
    fonts = run.find(f"{W}rPr/{W}rFonts")
    name = "" if fonts is None else str(fonts.get(W + "ascii") or "")
    return name if name.startswith("Wingdings") else ""


def _symbol(font: str, code: int) -> str:
    private = 0xF000 <= code <= 0xF0FF
    if not font.startswith("Wingdings"):
        return "" if private else chr(code)
    if not private and not 0x20 < code < 0x100:
        return chr(code)
    return SYMBOLS.get(font, {}).get(code & 0xFF, OTHER_SYMBOL)


def _check_box(box: Any) -> str:
    checked = box.find(f"{W}checked")
    return "☑" if is_on(box.find(f"{W}default") if checked is None else checked) else "□"


def _objects(element: Any, embedded: bool) -> Iterator[tuple[str, Any]]:
    """The objects under a drawing in the file's order; the picture of an embedded object shows what it holds."""
    for child in element:
        tag = child.tag
        if tag == W + "txbxContent":
            yield "box", child
        elif tag == MC + "AlternateContent":
            yield from _objects(chosen(child), embedded)
        elif tag == A + "blip" and not embedded:
            yield "picture", str(child.get(R + "embed") or "")
        elif tag == V + "imagedata" and not embedded:
            yield "picture", str(child.get(R + "id") or "")
        elif tag == V + "textpath":
            yield "words", str(child.get("string") or "")
        elif tag == CHART:
            yield "chart", str(child.get(R + "id") or "")
        elif tag == DIAGRAM:
            yield "diagram", str(child.get(R + "dm") or "")
        elif tag == OFFICE + "OLEObject":
            yield "object", str(child.get("ProgID") or "")
        else:
            yield from _objects(child, embedded)
