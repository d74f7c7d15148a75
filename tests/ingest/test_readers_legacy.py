"""Old binary files: their text, their passwords, and telling files apart by content.

The files are written here byte by byte: a compound file with the few streams and tables that carry the text.
"""

import io
import struct
import zipfile
from pathlib import Path

import pytest

from ingest.errors import Damaged, Encrypted, NoText
from ingest.readers import legacy, libreoffice, powerpoint97, word97
from ingest.readers.builder import Extracted, File

SECTOR = 512
FREE, END, FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
CHINESE = 0x0804


def compound(streams: dict[str, bytes]) -> bytes:
    """A compound file; streams are padded to 4,096 bytes, below which they would need a second way of storing."""
    names = sorted(streams, key=lambda name: (len(name), name.upper()))
    table: list[int] = []
    stored = b""
    entries = [_entry("Root Entry", 5, child=1, start=END, size=0)]
    for index, name in enumerate(names, 1):
        content = streams[name]
        content = content.ljust(max(4096, -(-len(content) // SECTOR) * SECTOR), b"\0")
        first = len(table)
        table += [*range(first + 1, first + len(content) // SECTOR), END]
        stored += content
        entries.append(_entry(name, 2, right=index + 1 if index < len(names) else FREE, start=first, size=len(content)))
    directory = b"".join(entries)
    directory += _entry("", 0) * (-len(entries) % 4)
    first_directory = len(table)
    sectors = len(directory) // SECTOR
    table += [*range(first_directory + 1, first_directory + sectors), END]
    first_table = len(table)
    tables = -(-(first_table + 2) // 128)
    table += [FAT] * tables
    table += [FREE] * (128 * tables - len(table))
    header = legacy.OLE + b"\0" * 16 + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIII", 0, tables, first_directory, 0, 4096, END, 0, END, 0)
    header += b"".join(struct.pack("<I", first_table + i if i < tables else FREE) for i in range(109))
    return header + stored + directory + struct.pack(f"<{len(table)}I", *table)


def _entry(name: str, kind: int, right: int = FREE, child: int = FREE, start: int = 0, size: int = 0) -> bytes:
    encoded = (name + "\0").encode("utf-16-le") if name else b""
    head = encoded.ljust(64, b"\0") + struct.pack("<HBBIII", len(encoded), kind, 1, FREE, right, child)
    return head + b"\0" * 36 + struct.pack("<IQ", start, size)


def doc(main: str, notes: str = "", headers: str = "", flags: int = 0, narrow: bytes = b"") -> bytes:
    """A Word file of one or two pieces: `narrow` in eight bits a character, then the text in sixteen."""
    wide = (main + notes + headers).encode("utf-16-le")
    fib = bytearray(0x600)
    struct.pack_into("<HHHHHH", fib, 0, 0xA5EC, 193, 0, CHINESE, 0, flags)
    struct.pack_into("<H", fib, 32, 14)
    struct.pack_into("<H", fib, 62, 22)
    struct.pack_into("<iii", fib, word97.LENGTHS, len(narrow) + len(main), len(notes), len(headers))
    struct.pack_into("<H", fib, 152, 93)
    ends = [0, *([len(narrow)] if narrow else []), len(narrow) + len(wide) // 2]
    places = [0x40000000 | 0x600 * 2] if narrow else []
    places.append(0x600 + len(narrow))
    pieces = struct.pack(f"<{len(ends)}I", *ends) + b"".join(struct.pack("<HIH", 0, place, 0) for place in places)
    clx = b"\2" + struct.pack("<I", len(pieces)) + pieces
    struct.pack_into("<II", fib, word97.CLX, 0, len(clx))
    return compound({"WordDocument": bytes(fib) + narrow + wide, "0Table": clx})


def word_95(text: str) -> bytes:
    content = text.encode("gbk")
    fib = bytearray(0x300)
    struct.pack_into("<HHHHHH", fib, 0, 0xA5DC, 104, 0, CHINESE, 0, 0)
    struct.pack_into("<II", fib, 0x18, 0x300, 0x300 + len(content))
    struct.pack_into("<i", fib, word97.LENGTHS_WORD_95, len(content))
    return compound({"WordDocument": bytes(fib) + content})


def record(kind: int, content: bytes, container: bool = True, instance: int = 0) -> bytes:
    return struct.pack("<HHI", instance << 4 | (0xF if container else 0), kind, len(content)) + content


def text_atoms(kind: int, text: str) -> bytes:
    header = record(powerpoint97.TEXT_HEADER, struct.pack("<I", kind), False)
    return header + record(powerpoint97.TEXT_CHARS, text.encode("utf-16-le"), False)


def ppt(*slides: tuple[str, str, str], token: bytes = b"\x5f\xc0\x91\xe3") -> bytes:
    """A PowerPoint file: of each slide its title (in the outline), a text box and its notes."""
    content = b""
    places: dict[int, int] = {}
    lists = {0: b"", 2: b""}
    for number, (title, body, note) in enumerate(slides):
        shown = record(powerpoint97.OUTLINE_REFERENCE, struct.pack("<I", 0), False)
        drawing = record(powerpoint97.TEXT_BOX, shown) + record(powerpoint97.TEXT_BOX, text_atoms(4, body))
        places[2 + 2 * number] = len(content)
        content += record(0x03EE, record(0x03EF, b"\0" * 24, False) + record(0x040C, record(0xF002, drawing)))
        places[3 + 2 * number] = len(content)
        owner = record(powerpoint97.NOTES_ATOM, struct.pack("<II", 256 + number, 0), False)
        content += record(powerpoint97.NOTES, owner + record(powerpoint97.TEXT_BOX, text_atoms(2, note)))
        for kind, offset in ((0, 2), (2, 3)):
            persist = struct.pack("<IIiII", offset + 2 * number, 0, 0, 256 + number, 0)
            lists[kind] += record(powerpoint97.SLIDE_PERSIST, persist, False)
        lists[0] += text_atoms(0, title)
    places[1] = len(content)
    content += record(0x03E8, b"".join(record(powerpoint97.SLIDE_LIST, lists[kind], instance=kind) for kind in (0, 2)))
    directory = len(content)
    ordered = [places[key] for key in sorted(places)]
    table = struct.pack("<I", len(ordered) << 20 | 1) + struct.pack(f"<{len(ordered)}I", *ordered)
    content += record(powerpoint97.PERSIST_DIRECTORY, table, False)
    edit = len(content)
    content += record(powerpoint97.USER_EDIT, struct.pack("<IIIIIII", 0, 0, 0, directory, 1, 9, 0), False)
    user = (
        struct.pack("<HHI", 0, 0x0FF6, 24) + struct.pack("<I4sIHHBBH", 20, token, edit, 0, 0x03F4, 3, 0, 0) + b"\0" * 4
    )
    return compound({"PowerPoint Document": content, "Current User": user})


def read(content: bytes, name: str = "旧文件.doc") -> Extracted:
    return legacy.read(File(Path(name), content))


def test_paragraphs_tables_and_field_results_are_read_and_instructions_are_not() -> None:
    extracted = read(doc("关于印发要点的通知\r见\x13 REF a \x14附件1\x15。\r第一小学\x071080\x07\x07\x0c第二页\r"))
    assert extracted.text.splitlines() == ["关于印发要点的通知", "见附件1。", "第一小学 1080", "第二页"]


def test_notes_are_kept_and_page_headers_are_noise_where_only_text_can_be_read() -> None:
    extracted = read(doc("正文\x02\r", "\x02 万元\r", "某某市教育局\r某某市教育局\r"))
    assert extracted.text.splitlines() == ["正文", "万元", "某某市教育局"]
    assert [extracted.text[n.start : n.end].strip() for n in extracted.noise] == ["某某市教育局"]
    assert any("另存为" in gap for gap in extracted.gaps)


def test_eight_bit_pieces_are_read_in_chinese_and_do_not_shift_what_follows() -> None:
    found = read(doc("后面的正文\r", "万元\r", narrow="中文标题 2023\r".encode("gbk")), "通知.wps")
    assert found.text.splitlines()[:2] == ["中文标题 2023", "后面的正文"]
    assert "Résumé" in read(doc("正文\r", narrow="Résumé\r".encode("cp1252"))).text


def test_word_95_files_are_read() -> None:
    assert read(word_95("义务教育\r第二段\r")).text.splitlines() == ["义务教育", "第二段"]


def test_rich_text_is_read_with_its_tables() -> None:
    title = "".join(f"\\'{byte:02x}" for byte in "工作要点".encode("gbk"))
    table = r"\trowd\cellx100\cellx200\intbl \u23398?\u26657?\cell \u20154?\u25968?\cell\row \trowd\intbl A\cell 1080\cell\row "
    extracted = read((r"{\rtf1\ansi\ansicpg936 " + title + r"\par " + table + "}").encode("ascii"), "要点.rtf")
    assert extracted.text.splitlines() == ["工作要点", "学校：A | 人数：1080"]


def test_slides_come_in_order_with_titles_as_headings_and_notes_behind() -> None:
    extracted = read(ppt(("工作汇报", "内容一", "说明"), ("下一步", "内容二", "再说明")), "汇报.ppt")
    assert [extracted.text[h.start : h.end] for h in extracted.headings] == ["工作汇报", "下一步"]
    assert extracted.text.splitlines() == ["工作汇报", "内容一", "备注：说明", "下一步", "内容二", "备注：再说明"]


@pytest.mark.parametrize(
    "content",
    [
        compound({"EncryptedPackage": b"x", "EncryptionInfo": b"x"}),
        doc("正文\r", flags=0x0100),
        ppt(("甲", "乙", "丙"), token=powerpoint97.ENCRYPTED_TOKEN),
    ],
    ids=["docx", "doc", "ppt"],
)
def test_files_with_a_password_are_said_to_have_one(content: bytes) -> None:
    with pytest.raises(Encrypted, match="去掉密码"):
        read(content)


def test_files_without_text_and_other_compound_files_are_refused_with_a_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(libreoffice, "PROGRAMS", ())
    with pytest.raises(NoText):
        read(doc("\r"))
    with pytest.raises(Damaged, match=r"另存为 \.docx"):
        read(compound({"CONTENTS": b"x"}), "很旧.wps")
    with pytest.raises(Damaged):
        read(b"plain text")
    with pytest.raises(Damaged):
        read(doc("正文\r")[:700])


def test_libreoffice_is_asked_where_nothing_else_reads_and_may_fail(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    program = tmp_path / "office"
    program.write_text(
        '#!/bin/sh\nwhile [ "$1" != --outdir ]; do shift; done\nmkdir "$2"\ncp "$3" "$2/source.docx"\n',
        encoding="utf-8",
    )
    program.chmod(0o755)
    monkeypatch.setattr(libreoffice, "PROGRAMS", (str(program),))
    assert libreoffice.LocalOffice().convert(b"content", ".wps", "docx") == b"content"
    program.write_text("#!/bin/sh\nexit 1\n", encoding="utf-8")
    assert libreoffice.LocalOffice().convert(b"content", ".wps", "docx") is None


def archive(*names: str) -> bytes:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as file:
        for name in names:
            file.writestr(name, "x")
    return stored.getvalue()


@pytest.mark.parametrize(
    ("content", "suffix"),
    [
        (doc("正文\r"), ".doc"), (ppt(), ".ppt"), (compound({"Workbook": b"x"}), ".xls"), (doc("正文\r")[:-600], ".doc"),
        (compound({"EncryptedPackage": b"x"}), ".doc"), (compound({"CONTENTS": b"x"}), ""),
        (archive("[Content_Types].xml", "word/document.xml"), ".docx"), (archive("OFD.xml", "Doc_0/a.xml"), ".ofd"),
        (archive("[Content_Types].xml", "xl/workbook.xml"), ".xlsx"), (archive("word/a.txt"), ".zip"),
        (archive("[Content_Types].xml", "ppt/presentation.xml"), ".pptx"), (b"%PDF-1.7\n", ".pdf"),
        (b"\n\n%PDF-1.4", ".pdf"), (b"{\\rtf1\\ansi", ".rtf"), (b"<html xmlns:w='urn'><body>", ".html"),
        (b"\xef\xbb\xbf<!DOCTYPE html>", ".html"), (b"MIME-Version: 1.0\nContent-Type: multipart/related", ".mht"),
        ("一、总则".encode(), ""), (b"", ""),
    ],
)  # fmt: skip
def test_files_are_told_apart_by_their_content(content: bytes, suffix: str) -> None:
    assert legacy.sniff(content) == suffix
