"""The old formats of Word, WPS and PowerPoint (.doc, .wps, .ppt, .rtf), and telling files apart by their content.

They are converted to .docx and .pptx (doc2docx, ppt2pptx: pure Python) and read as such, which gives headings,
numbering and tables. The text is checked against what the file's own tables of text say: a conversion that fails or
loses text is replaced by LibreOffice's where it is installed, else by the plain text. Not covered: Works and DOS files.
"""

import io
import re
import struct
import tempfile
import zipfile
from collections.abc import Callable
from itertools import groupby
from pathlib import Path
from typing import Any

from ingest.errors import Damaged, Encrypted, NoText
from ingest.readers import powerpoint97, slides, word, word97
from ingest.readers.builder import Extracted, File, TextBuilder
from ingest.readers.libreoffice import UNCONFINED

RTF = b"{\\rtf"
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP = (b"PK\x03\x04", b"PK\x05\x06")
ENCRYPTED = ("EncryptedPackage", "EncryptionInfo")
STREAMS = (
    (ENCRYPTED[0], ".doc"), ("WordDocument", ".doc"), ("PowerPoint Document", ".ppt"), ("Workbook", ".xls"),
    ("Book", ".xls"),
)  # fmt: skip
PARTS = (
    ("word/", ".docx"), ("ppt/", ".pptx"), ("xl/workbook.bin", ".xlsb"), ("xl/", ".xlsx"), ("ofd.xml", ".ofd")
)  # fmt: skip
MARKS = (
    (b"%PDF", ".pdf"), (RTF, ".rtf"), (b"\x89PNG", ".png"), (b"\xff\xd8\xff", ".jpg"), (b"GIF8", ".gif"),
    (b"II*\0", ".tif"), (b"MM\0*", ".tif"), (b"Rar!", ".rar"), (b"7z\xbc\xaf", ".7z"),
)  # fmt: skip
HTML = re.compile(
    rb"(?i)\A(?:\xef\xbb\xbf)?\s*+(?:<\?xml[^>]*+>\s*+)?(?:<!--(?:(?!-->).)*+-->\s*+)*+<(?:!doctype\s+html|html|head|body)\b",
    re.S,
)
MHTML = re.compile(rb"(?is)\A\s*+(?:[\w-]++:[^\n]*+\n\s*+)*?mime-version:")
OTHERS = {b"mimetypeapplication/vnd.oasis.opendocument.text": ".odt"}
LEAST_SHARE = 0.98
HAN = re.compile(r"[\u3400-\u9fff]")
ONLY_TEXT = "只读出了文字，标题、自动编号和表格可能不全；用 Word 或 WPS 另存为新格式后再添加，可以读得更好"
OLD_FORMAT = "不是 Word 97 以后的格式，请用 WPS 或 Word 打开后另存为 .docx"


def sniff(content: bytes) -> str:
    """The suffix that a file's content calls for, whatever its name; empty where the content does not tell.

    An Office file with a password is `.doc` whatever it holds: reading it raises Encrypted.

    >>> sniff(b"%PDF-1.7"), sniff(b"<html><body>"), sniff("一、总则".encode())
    ('.pdf', '.html', '')
    """
    if content.startswith(OLE):
        return _ole_suffix(content)
    if content.startswith(ZIP):
        return _zip_suffix(content)
    for mark, suffix in MARKS:
        if content.startswith(mark):
            return suffix
    if b"%PDF-" in content[:1024]:
        return ".pdf"
    if HTML.match(content[:8192]):
        return ".html"
    return ".mht" if MHTML.match(content[:2048]) else ""


def _ole_suffix(content: bytes) -> str:
    try:
        with _open(content) as ole:
            return next((suffix for name, suffix in STREAMS if ole.exists(name)), "")
    except (OSError, struct.error, IndexError, ValueError):
        # A cut file: its directory may still stand there.
        return next((suffix for name, suffix in STREAMS if name.encode("utf-16-le") in content), "")


def _zip_suffix(content: bytes) -> str:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = [name.replace("\\", "/").lower() for name in archive.namelist()]
    except (zipfile.BadZipFile, NotImplementedError, ValueError):
        names = [name.decode("ascii") for name in (b"word/", b"ppt/", b"xl/") if name in content[:65536]]
        return next((suffix for part, suffix in PARTS if part in names), ".zip")
    if content[30:].startswith(tuple(OTHERS)):
        return next(suffix for mark, suffix in OTHERS.items() if content[30:].startswith(mark))
    is_package = "[content_types].xml" in names
    for part, suffix in PARTS:
        if any(name.startswith(part) for name in names) and (is_package or suffix == ".ofd"):
            return suffix
    return ".zip"


def read(file: File) -> Extracted:
    """Read a .doc, .wps, .ppt or .rtf; raises Damaged, Encrypted, TooLarge or NoText."""
    if file.content.startswith(RTF):
        return _rtf(file)
    if not file.content.startswith(OLE):
        raise Damaged(file.path, "里面不是 Word、WPS 或 PowerPoint 97 以后的文件")
    try:
        ole = _open(file.content)
    except (OSError, struct.error, IndexError, ValueError) as error:
        raise Damaged(file.path, "文件的内部结构不完整") from error
    with ole:
        if any(ole.exists(name) for name in ENCRYPTED):
            raise Encrypted(file.path)
        if ole.exists("WordDocument"):
            return _word(file, ole)
        if ole.exists("PowerPoint Document"):
            return _slides(file, ole)
    return _by_libreoffice(file, "docx", word.read, OLD_FORMAT)


def _rtf(file: File) -> Extracted:
    """Rich text: paragraphs and tables; notes, page headers and pictures are not read."""
    from striprtf.striprtf import rtf_to_text

    try:
        text = rtf_to_text(file.content.decode("latin-1"), errors="replace")
    except (ValueError, LookupError) as error:
        raise Damaged(file.path, "RTF 结构不完整") from error
    out = TextBuilder()
    for is_row, lines in groupby(text.split("\n"), lambda line: line.endswith("|")):
        if is_row:
            out.table([line.removesuffix("|").split("|") for line in lines])
        else:
            out.lines("\n".join(lines))
    return _plain(file, out)


def _start(file: File, ole: Any, stream: str) -> bytes:
    """The first bytes of a stream, which say whether there is a password; raises Damaged."""
    try:
        return bytes(ole.openstream(stream).read(0x40))
    except (OSError, ValueError) as error:
        raise Damaged(file.path, "文件的内部结构不完整") from error


def _open(content: bytes) -> Any:
    import olefile

    return olefile.OleFileIO(io.BytesIO(content))


def _word(file: File, ole: Any) -> Extracted:
    if word97.is_encrypted(_start(file, ole, "WordDocument")):
        raise Encrypted(file.path)
    try:
        stories = word97.read_stories(ole)
    except word97.NotWord as error:
        return _by_libreoffice(file, "docx", word.read, str(error))
    converted = _converted(file, word.read, _doc_to_docx, stories.body)
    if converted is not None:
        return converted
    out = TextBuilder()
    out.lines(stories.body)
    for line in dict.fromkeys(stories.texts.get("headers", "").split("\n")):
        if re.search(r"[^\W\d]", line):
            out.noise(line)
    return _plain(file, out)


def _slides(file: File, ole: Any) -> Extracted:
    if powerpoint97.is_encrypted(_start(file, ole, "Current User")):
        raise Encrypted(file.path)
    try:
        found = powerpoint97.read_slides(ole)
    except powerpoint97.NotSlides as error:
        return _by_libreoffice(file, "pptx", slides.read, str(error))
    text = "\n".join("\n".join([one.title, *one.texts, *one.notes]) for one in found)
    titles = [one.title for one in found]
    converted = _converted(file, lambda other: slides.read(other, titles), _ppt_to_pptx, text)
    if converted is not None:
        return converted
    out = TextBuilder()
    for one in found:
        out.heading(one.title, 1)
        for part in one.texts:
            out.lines(part)
        for note in "\n".join(one.notes).splitlines():
            out.line(f"备注：{note}")
    return _plain(file, out)


def _converted(
    file: File, reader: Callable[[File], Extracted], convert: Callable[[bytes], bytes | None], text: str
) -> Extracted | None:
    """What a conversion gives, ours first; None where none keeps the text."""
    suffix = "pptx" if convert is _ppt_to_pptx else "docx"
    wanted = len(HAN.findall(text))
    for attempt in (convert, lambda content: file.office.convert(content, "." + suffix[:3], suffix)):
        content = attempt(file.content)
        if content is None:
            continue
        try:
            extracted = reader(File(file.path, content, file.progress, file.office))
        except Damaged:
            continue
        except NoText:
            if text.strip():
                continue
            raise
        if len(HAN.findall(extracted.text)) >= wanted * LEAST_SHARE:
            return extracted
    return None


def _plain(file: File, out: TextBuilder) -> Extracted:
    extracted = out.build()
    if not extracted.text:
        raise NoText(file.path, "正文是空的")
    out.gap(ONLY_TEXT)
    if file.office.unconfined:
        out.gap(UNCONFINED)
    return out.build()


def _doc_to_docx(content: bytes) -> bytes | None:
    from doc2docx import convert
    from doc2docx.errors import Doc2DocxError

    return _by_files(content, convert, ".doc", ".docx", Doc2DocxError)


def _ppt_to_pptx(content: bytes) -> bytes | None:
    from ppt2pptx import convert
    from ppt2pptx.errors import Ppt2PptxError

    return _by_files(content, convert, ".ppt", ".pptx", Ppt2PptxError)


def _by_files(content: bytes, convert: Any, old: str, new: str, error: type[Exception]) -> bytes | None:
    """Run a converter that works on files; None for what it does not read."""
    with tempfile.TemporaryDirectory() as folder:
        source, target = Path(folder, "source" + old), Path(folder, "source" + new)
        source.write_bytes(content)
        try:
            convert(source, target)
        except (error, struct.error, ValueError, LookupError, ArithmeticError, OSError, RecursionError):
            # What young parsers raise over a damaged file besides their own errors.
            return None
        return target.read_bytes()


def _by_libreoffice(file: File, target: str, reader: Callable[[File], Extracted], fault: str) -> Extracted:
    content = file.office.convert(file.content, ".wps" if target == "docx" else ".ppt", target)
    if content is None:
        raise Damaged(file.path, f"{fault}；{UNCONFINED}" if file.office.unconfined else fault)
    return reader(File(file.path, content, file.progress, file.office))
