"""Reading in a child process: bombs, endless files and crashes cost themselves, and the next file is read."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
import zipfile
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from ingest.confined import Confined
from ingest.errors import (
    ArchiveBomb,
    Crashed,
    Damaged,
    EmptyFile,
    IngestError,
    NoText,
    TimedOut,
    TooMuchMemory,
    UnsupportedFormat,
)
from ingest.limits import LIMITS, Limits
from ingest.readers import archive
from tests.conftest import ROOT
from tests.waiting import ends

pytestmark = pytest.mark.slow
TEXT = "海沧区2023年工作要点\n一、学校建设\n计划竣工项目6个。\n".encode()
LONG = "厦门市海沧区第一小学2023年3月2日计划竣工项目6个，新增学位1080个。\n".encode() * 300_000
"""20 MB, which take longer to divide than any second."""
PATIENCE = 60
"""Seconds; only against waiting forever."""


@pytest.fixture
def confined() -> Iterator[Confined]:
    opened = Confined()
    yield opened
    opened.close()


def reads_on(confined: Confined) -> bool:
    confined.limits = LIMITS
    return confined.read(Path("好.txt"), TEXT).document.title == "海沧区2023年工作要点"


def zipped(**files: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in files.items():
            file.writestr(name, content)
    return out.getvalue()


def eventually(true: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + PATIENCE
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def children() -> list[psutil.Process]:
    """The reading processes that the test started."""
    return [
        child for child in psutil.Process().children() if child not in OTHERS and "ingest.worker" in child.cmdline()
    ]


OTHERS: list[psutil.Process] = []


@pytest.fixture(autouse=True)
def _others() -> None:
    """Reading processes that other tests' fixtures keep."""
    OTHERS[:] = psutil.Process().children()


# -- what a file may do --------------------------------------------------------------------------------------------


def test_a_zip_that_unpacks_to_a_thousand_times_its_size_is_stopped(confined: Confined) -> None:
    bomb = zipped(**{"a.txt": TEXT, "弹.txt": bytes(archive.LARGEST_MEMBER)})
    found = confined.members(Path("弹.zip"), bomb)
    assert next(found).name == "a.txt"
    with pytest.raises(ArchiveBomb, match="压缩包解开后过大"):
        list(found)
    assert reads_on(confined)


def test_a_zip_whose_header_lies_about_its_sizes_is_stopped(confined: Confined) -> None:
    size = archive.LARGEST_MEMBER
    honest = zipped(**{"弹.txt": bytes(size)})
    with suppress(IngestError):  # as damaged or as a bomb; what counts is that memory does not fill
        members = list(confined.members(Path("弹.zip"), honest.replace(size.to_bytes(4, "little"), b"\x01\0\0\0")))
        assert all(isinstance(member.content, IngestError) for member in members)
    assert reads_on(confined)


def test_zips_in_zips_are_opened_once_and_no_deeper(confined: Confined) -> None:
    content = zipped(**{"底.txt": TEXT})
    for _ in range(5):
        content = zipped(**{"内.zip": content})
    members = list(confined.members(Path("外.zip"), content))
    assert [member.name for member in members] == ["内.zip/内.zip"]
    (inner,) = members
    assert isinstance(inner.content, bytes)
    with pytest.raises(UnsupportedFormat):
        confined.read(Path(inner.name), inner.content)


def test_a_zip_that_holds_itself_many_times_ends(confined: Confined) -> None:
    inner = zipped(**{f"{i}.txt": TEXT for i in range(2000)})
    content = zipped(**{f"{i}.zip": inner for i in range(8)})
    with pytest.raises(ArchiveBomb, match="10,000 个文件"):
        list(confined.members(Path("多.zip"), content))
    assert reads_on(confined)


def laughs(levels: int = 12) -> str:
    entities = "".join(f'<!ENTITY e{i} "{f"&e{i - 1};" * 20}">' for i in range(1, levels))
    return f'<?xml version="1.0"?><!DOCTYPE r [<!ENTITY e0 "哈哈哈哈">{entities}]>'


def test_entities_that_multiply_expand_to_nothing_large(confined: Confined) -> None:
    bomb = f"{laughs()}<r><t>&e11;</t></r>".encode()
    with pytest.raises(IngestError) as caught:
        text = confined.read(Path("弹.xml"), bomb).document.text
        assert len(text) < 10_000
        raise EmptyFile(Path("弹.xml"))  # read without its entities is as good as refused
    assert "弹.xml：" in str(caught.value)
    assert reads_on(confined)


def test_entities_in_a_docx_expand_to_nothing_large(confined: Confined) -> None:
    w = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
    body = f'<w:document xmlns:w="{w}"><w:body><w:p><w:r><w:t>&e11;</w:t></w:r></w:p></w:body></w:document>'
    office = "http://schemas.openxmlformats.org"
    content = zipped(**{
        "[Content_Types].xml": (
            f'<Types xmlns="{office}/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
            '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            '<Override PartName="/word/document.xml" ContentType='
            '"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>'
        ).encode(),
        "_rels/.rels": (
            f'<Relationships xmlns="{office}/package/2006/relationships"><Relationship Id="r" '
            f'Type="{office}/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/>'
            "</Relationships>"
        ).encode(),
        "word/document.xml": (laughs() + body).encode(),
    })
    with pytest.raises(IngestError) as caught:
        confined.read(Path("弹.docx"), content)
    assert "弹.docx：" in str(caught.value)
    assert reads_on(confined)


def test_elements_nested_thousands_deep_are_an_error_or_text(confined: Confined) -> None:
    cases = (("深.xml", "<a>", "</a>", 100_000), ("深.html", "<div>", "</div>", 10_000))
    tables = ("表.html", "<table><tr><td>", "</td></tr></table>", 5_000)
    for name, opening, closing, depth in (*cases, tables):
        content = (opening * depth + "深处的文字。" + closing * depth).encode()
        with suppress(Damaged, NoText):
            assert "深处的文字" in confined.read(Path(name), content).document.text
    assert reads_on(confined)


HOSTILE = {
    "numerals": "一" * 100_000,
    "dots": "." * 100_000,
    "leaders of a contents": "目录\n" + "甲…" * 50_000 + "…" * 50_000,
    "blanks behind a title": "# 甲" + " " * 100_000 + "乙",
    "blanks in the first line": "甲" + " " * 2900 + "乙\n",
    "自 and blanks": "自" + " " * 100_000,
    "brackets behind 字号": "字号" + "[]" * 5000 + "x",
    "bars behind 首页": "设为首页" + "|" * 5000 + " b",
    "one item a thousand times": "1.甲。" * 25_000,
    "two lists in turn": "一、甲。\n1.乙。\n" * 8000,
    "a chapter of five thousand digits": "第" + "9" * 5000 + "章 总则\n",
    "a short contents without end": "目录\n" * 30_000,
    "pages of a sharing site": "".join(f"{i}、{'甲' * 150}\n" for i in range(1, 2000)),
    "tabs": "\t" * 100_000 + "甲",
    "a row wider than the table is long": "甲\t" * 20_000 + "\n" + "乙\t丙\n" * 20_000,
    "names that are opened and never closed": "《" * 100_000,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_text_that_was_made_to_take_long_is_read(confined: Confined, text: str) -> None:
    """Most of these once took time that grew with the square of their length, or worse."""
    assert confined.read(Path("文.txt"), text.encode()).document.text == text


COMMENTS = b"<!---->" * 5000 + b"x"
"""Could be grouped in 2**5000 ways."""
UNCLOSED = b"<r><t>" + b"&lt;a" * 300_000 + b"</t></r>"


@pytest.mark.parametrize(
    ("name", "content"),
    [(f"注.{suffix}", COMMENTS) for suffix in ("doc", "pdf", "xml", "html")] + [("开.xml", UNCLOSED)],
)
def test_markup_that_was_made_to_take_long_is_read_or_refused(confined: Confined, name: str, content: bytes) -> None:
    """A reader that hangs is given up after LIMITS.idle_seconds; these end long before."""
    try:
        confined.read(Path(name), content)
    except IngestError as error:
        assert not isinstance(error, (TimedOut, Crashed))
    assert reads_on(confined)


def png(width: int, height: int) -> bytes:
    def part(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    header = width.to_bytes(4, "big") + height.to_bytes(4, "big") + bytes((8, 0, 0, 0, 0))
    pixels = zlib.compress(bytes(1_000_000))
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", header) + part(b"IDAT", pixels) + part(b"IEND", b"")


def test_a_picture_that_says_it_has_four_thousand_million_pixels_is_an_error(confined: Confined) -> None:
    with pytest.raises(IngestError) as caught:
        confined.read(Path("大.png"), png(65_000, 65_000))
    assert "大.png：" in str(caught.value)
    assert reads_on(confined)


def test_a_file_without_progress_is_given_up(confined: Confined) -> None:
    confined.limits = Limits(idle_seconds=1)
    with pytest.raises(TimedOut, match=r"长\.txt：读取超过 1 秒.*请拆分文件"):
        confined.read(Path("长.txt"), LONG)
    assert children() == []
    assert reads_on(confined)


def test_a_file_that_takes_too_much_memory_is_given_up(confined: Confined) -> None:
    assert reads_on(confined)  # what the readers themselves take is known only once they are loaded
    (child,) = children()
    confined.limits = Limits(megabytes=child.memory_info().rss // 2**20 + 150)
    with pytest.raises(TooMuchMemory, match=r"长\.txt：读取需要的内存超过 .* MB"):
        confined.read(Path("长.txt"), LONG)
    assert children() == []
    assert reads_on(confined)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV])
def test_a_reader_that_dies_is_an_error_of_its_file_only(confined: Confined, number: signal.Signals) -> None:
    assert reads_on(confined)
    (child,) = children()
    before = child.memory_info().rss

    def strike() -> None:
        assert eventually(lambda: child.memory_info().rss > before + 2 * len(LONG)), "it never began"
        child.send_signal(number)

    striking = threading.Thread(target=strike)
    striking.start()
    with pytest.raises(Crashed, match=rf"长\.txt：读取程序出错（信号 {number.value}）"):
        confined.read(Path("长.txt"), LONG)
    ends(striking)
    assert reads_on(confined)


def test_a_reader_that_dies_between_two_files_costs_neither(confined: Confined) -> None:
    assert reads_on(confined)
    (child,) = children()
    child.kill()
    assert reads_on(confined)


def test_faults_of_libraries_are_errors_with_a_sentence_and_the_child_lives_on(confined: Confined) -> None:
    assert reads_on(confined)
    before = [child.pid for child in children()]
    broken = zipped(**{"word/document.xml": b"<w:document", "[Content_Types].xml": b"<"})
    cases = {
        "坏.docx": broken,
        "坏.pdf": b"%PDF-1.7 \xff",
        "坏.xlsx": b"PK\x03\x04" * 9,
        "坏.doc": b"\xd0\xcf\x11\xe0" * 99,
    }
    for name, content in cases.items():
        with pytest.raises(IngestError) as caught:
            confined.read(Path(name), content)
        assert str(caught.value).startswith(f"{name}：") and str(caught.value).endswith("。")
        assert not isinstance(caught.value, Crashed), name
    with pytest.raises(Damaged):
        list(confined.members(Path("坏.zip"), b"PK\x03\x04 cut off"))
    assert [child.pid for child in children()] == before


def test_what_is_printed_while_reading_stays_out_of_the_replies(tmp_path: Path) -> None:
    """`sitecustomize` prints at every import in the child, as a library might."""
    (tmp_path / "sitecustomize.py").write_text(
        "import builtins, os, sys\nreal = builtins.__import__\n"
        "def loud(name, *rest, **named):\n"
        "    if name.startswith('selectolax'):\n"
        "        print('loud'); os.write(1, b'loud')\n"
        "    return real(name, *rest, **named)\n"
        "builtins.__import__ = loud\n",
        encoding="utf-8",
    )
    script = (
        "from pathlib import Path\nfrom ingest.confined import Confined\nopened = Confined()\n"
        "page = opened.read(Path('a.html'), '<p>网页里的文字。</p>'.encode())\n"
        "print('网页里的文字' in page.document.text)\nopened.close()\n"
    )
    done = run(script, tmp_path, PYTHONPATH=os.pathsep.join((str(ROOT), str(tmp_path))))
    assert done.stdout.endswith("True\n"), done.stderr


def test_a_child_that_answers_nonsense_is_an_error_and_no_endless_wait(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import os, sys\n'-P' in sys.orig_argv and os.write(1, b'loud' * 99)\n", encoding="utf-8"
    )
    script = (
        "from pathlib import Path\nfrom ingest.confined import Confined\n"
        "try:\n    Confined().read(Path('a.txt'), b'text')\nexcept Exception as error:\n    print(type(error).__name__)\n"
    )
    assert run(script, tmp_path, PYTHONPATH=os.pathsep.join((str(ROOT), str(tmp_path)))).stdout == "Crashed\n"


def run(script: str, folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", script], cwd=folder, env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True, encoding="utf-8", check=False, timeout=PATIENCE,
    )  # fmt: skip


def test_no_module_is_taken_from_the_folder_that_the_user_stands_in(tmp_path: Path) -> None:
    for name in ("pickle", "lxml", "selectolax", "signal"):
        (tmp_path / f"{name}.py").write_text("open('taken', 'w').close()\n", encoding="utf-8")
    script = (
        "import sys; sys.path.remove('')\n"
        "from pathlib import Path\nfrom ingest.confined import Confined\nopened = Confined()\n"
        "opened.read(Path('a.html'), '<p>网页里的文字。</p>'.encode())\nopened.close()\n"
    )
    done = run(script, tmp_path)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "taken").exists()


# -- threads and ends ----------------------------------------------------------------------------------------------


def test_threads_take_turns_and_each_gets_its_own_document(confined: Confined) -> None:
    found: dict[int, str] = {}

    def read(i: int) -> None:
        found[i] = confined.read(Path(f"{i}.txt"), f"第{i}号文件的内容。\n".encode() * 50).document.text[:8]

    threads = [threading.Thread(target=read, args=(i,)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    assert found == {i: f"第{i}号文件的内容。"[:8] for i in range(8)}


def test_progress_is_told_as_shares_that_grow(confined: Confined) -> None:
    told: list[float] = []
    confined.read(Path("a.txt"), TEXT, told.append)
    assert told == sorted(told) and all(0 <= share <= 1 for share in told)


def test_an_archive_that_is_left_halfway_leaves_nothing_behind(confined: Confined) -> None:
    before = threading.active_count()
    content = zipped(**{f"{i}.txt": os.urandom(1 << 20) for i in range(8)})
    found = confined.members(Path("a.zip"), content)
    next(found)
    assert isinstance(found, Generator)
    found.close()
    assert children() == []
    assert threading.active_count() == before
    assert reads_on(confined)


def test_closing_leaves_no_process_and_ends_what_another_thread_waits_for() -> None:
    opened = Confined()
    assert reads_on(opened)
    (child,) = children()
    caught: list[BaseException] = []

    def read() -> None:
        try:
            opened.read(Path("长.txt"), LONG)
        except IngestError as error:
            caught.append(error)

    waiting = threading.Thread(target=read)
    waiting.start()
    time.sleep(0.5)
    opened.close()
    waiting.join(PATIENCE)
    assert [type(error) for error in caught] == [Crashed]
    assert not child.is_running()
    assert children() == []
    opened.close()


def test_the_child_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    script = (
        "import sys\nfrom pathlib import Path\nfrom ingest.confined import Confined\n"
        "sys.stdout.write('ready\\n'); sys.stdout.flush()\n"
        "Confined().read(Path('长.txt'), '厦门市海沧区2023年3月2日新增学位1080个。\\n'.encode() * 400_000)\n"
    )
    parent = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
    )
    try:
        assert parent.stdout is not None and parent.stdout.readline() == b"ready\n"
        known = psutil.Process(parent.pid)
        assert eventually(
            lambda: any("ingest.worker" in c.cmdline() and c.cpu_times().user > 0.8 for c in known.children())
        )
        (child,) = known.children()
    finally:
        parent.kill()
        parent.wait()
        assert parent.stdout is not None
        parent.stdout.close()
    assert eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)
