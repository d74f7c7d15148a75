"""A reader that was taken over gets nothing and costs one file: what it tries fails, and the next file is read."""

import os
import platform
import shutil
import socket
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from ingest.child import remove_left_folders
from ingest.confined import Confined
from ingest.errors import Crashed, IngestError, TimedOut
from ingest.limits import LIMITS, Limits
from ingest.readers import libreoffice
from ingest.sandbox import landlock, seccomp
from ingest.sandbox.confinement import LAYERS
from tests.conftest import ROOT

HOSTILE = Path(__file__).parent / "hostile"
TEXT = "海沧区2023年工作要点\n一、学校建设\n计划竣工项目6个。\n".encode()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not (landlock.version() and seccomp.available()), reason="this system has no Landlock or no seccomp"
    ),
]


@pytest.fixture(scope="module")
def hostile() -> Iterator[Confined]:
    """A child whose text reader does what the file says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(HOSTILE))
        patch.setenv("YOUJU_KEY", "yj-secret")
        patch.setenv("HTTPS_PROXY", "http://proxy.invalid")
        opened = Confined()
        yield opened
        opened.close()


def told(confined: Confined, deed: str) -> str:
    return confined.read(Path("令.txt"), deed.encode()).document.text.strip()


def fails(confined: Confined, deed: str, said: str = "PermissionError") -> None:
    """The file fails with the error that the reader met, and the next one is read."""
    with pytest.raises(Crashed, match=said):
        pytest.fail(told(confined, deed))
    assert confined.read(Path("好.txt"), TEXT).document.title == "海沧区2023年工作要点"


def test_every_layer_takes_effect_here(hostile: Confined) -> None:
    assert hostile.layers() == LAYERS


def test_a_reader_does_what_readers_need(hostile: Confined) -> None:
    assert told(hostile, "work_as_readers_do") == "['own'] True ['own.txt']"
    assert told(hostile, "limits") == "core (0, 0), files (256, 256)"


def test_it_reaches_no_network_and_no_service_of_this_machine(hostile: Confined, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as service:
        port = server.getsockname()[1]
        service.bind(str(tmp_path / "service"))
        service.listen()
        fails(hostile, f"connect {port}")
        fails(hostile, f"send_udp {port}")
        fails(hostile, f"connect_unix {tmp_path / 'service'}")
    fails(hostile, "look_up localhost", "gaierror|PermissionError")


def test_it_starts_no_process(hostile: Confined) -> None:
    fails(hostile, "fork_bomb")
    fails(hostile, f"execute {shutil.which('sh')}")
    fails(hostile, f"spawn {shutil.which('sh')}")


def test_it_reads_and_writes_no_file_but_its_own(hostile: Confined, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("secret", encoding="utf-8")
    for path in ("/etc/passwd", secret, ROOT / "pyproject.toml", "/proc/1/cmdline"):
        fails(hostile, f"read {path}")
    for path in (tmp_path, Path.home(), "/etc", "/proc"):
        fails(hostile, f"list_folder {path}")
    for path in (secret, tmp_path / "new.txt", ROOT / "ingest" / "new.py", Path(tempfile.gettempdir(), "new.txt")):
        fails(hostile, f"write {path}")
    fails(hostile, f"remove {secret}")
    assert secret.read_text(encoding="utf-8") == "secret" and os.listdir(tmp_path) == ["secret.txt"]
    fails(hostile, "fill_disk", "OSError")


def test_what_it_writes_is_gone_with_the_file_and_its_folder_with_the_process() -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(HOSTILE))
        opened = Confined()
        for _ in range(2):
            assert told(opened, "work_as_readers_do").endswith("['own.txt']")
        assert opened.read(Path("好.txt"), TEXT)
        folder = Path(told(opened, "variable TMPDIR"))
        assert folder.is_dir() and list(folder.iterdir()) == []
        opened.close()
        assert not folder.exists()


def test_folders_that_killed_parents_left_are_removed_and_no_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    gone = 1 << 22  # more than any process number
    for name, old in ((f"{gone}-a", True), (f"{gone}-b", False), (f"{os.getpid()}-c", True), (f"{gone}-full", True)):
        folder = tmp_path / f"youju-reader-{name}"
        folder.mkdir()
        if name.endswith("full"):
            (folder / "file").touch()
        os.utime(folder, (0, 0) if old else None)
    remove_left_folders()
    left = sorted(folder.name.rpartition("-")[2] for folder in tmp_path.iterdir())
    assert left == ["b", "c", "full"]


def test_it_knows_no_key_no_proxy_and_no_setting(hostile: Confined) -> None:
    for name in ("YOUJU_KEY", "YOUJU_MODELS", "HTTPS_PROXY", "PATH"):
        fails(hostile, f"variable {name}", "KeyError")
    assert told(hostile, "variable HOME") == told(hostile, "variable TMPDIR") != str(Path.home())


def test_it_touches_no_other_process(hostile: Confined) -> None:
    for deed in ("signal_parent", "trace_parent", "environment_of_parent"):
        fails(hostile, deed)


@pytest.mark.parametrize("name", sorted({**seccomp.KERNEL, **seccomp.OTHER_PROCESSES}))
def test_it_reaches_no_part_of_the_kernel_that_reading_does_not_need(hostile: Confined, name: str) -> None:
    column = seccomp.ARCHITECTURES[platform.machine()][0]
    number = {**seccomp.KERNEL, **seccomp.OTHER_PROCESSES}[name][column]
    if number is None:
        pytest.skip("this processor has no such call")
    fails(hostile, f"system_call {number} -1 -1 -1 -1")


@pytest.mark.parametrize("kind", ["garbage", "length", "pickle", "span", "members", "conversions"])
def test_a_child_that_sends_no_message_costs_one_file(
    hostile: Confined, kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(libreoffice, "PROGRAMS", ())
    fails(hostile, f"raw {kind}", "答复无法识别")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(("kind", "limits"), [("half", Limits(idle_seconds=2)), ("flood", Limits(total_seconds=2))])
def test_a_child_that_never_finishes_a_message_or_sends_them_without_end_costs_one_file(
    hostile: Confined, kind: str, limits: Limits
) -> None:
    assert told(hostile, "limits")
    hostile.limits = limits
    with pytest.raises(TimedOut):
        told(hostile, f"raw {kind}")
    hostile.limits = LIMITS
    assert hostile.read(Path("好.txt"), TEXT)


# -- LibreOffice -------------------------------------------------------------------------------------------------------


def office(folder: Path, script: str) -> str:
    """A program that is called as LibreOffice is; `$out` is the converted file, `$in` the file to convert."""
    program = folder / "soffice"
    head = '#!/bin/bash\nwhile [ "$1" != --outdir ]; do shift; done\nmkdir -p "$2"\nout="$2/source.docx"\nin="$3"\n'
    program.write_text(head + script, encoding="utf-8")
    program.chmod(0o755)
    return str(program)


@pytest.fixture
def convert(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[object]:
    folder = tmp_path / "office"
    folder.mkdir()

    def converted(script: str) -> str | None:
        monkeypatch.setattr(libreoffice, "PROGRAMS", (office(folder, script),))
        content = libreoffice.LocalOffice().convert(b"content", ".doc", "docx")
        return None if content is None else content.decode().strip()

    yield converted


@pytest.mark.skipif(shutil.which("bash") is None, reason="its /dev/tcp is how the program reaches for the network")
class TestOffice:
    def test_it_converts_in_its_folder(self, convert: object) -> None:
        assert callable(convert)
        assert convert('cat "$in" > "$out"; echo more >> "$out"; ls / > /dev/null') == "contentmore"
        assert convert("exit 1") is None

    def test_it_reaches_no_network(self, convert: object) -> None:
        assert callable(convert)
        with socket.create_server(("127.0.0.1", 0)) as server:
            port = server.getsockname()[1]
            for kind in ("tcp", "udp"):
                reach = f'if (exec 3<>/dev/{kind}/127.0.0.1/{port}) 2>/dev/null; then echo reached; else echo none; fi > "$out"'
                assert convert(reach) == "none"

    def test_it_reads_and_writes_nothing_outside(self, convert: object, tmp_path: Path) -> None:
        assert callable(convert)
        (tmp_path / "secret.txt").write_text("secret", encoding="utf-8")
        assert convert(f'cat {tmp_path}/secret.txt > "$out" 2>/dev/null; echo end >> "$out"') == "end"
        assert convert(f'echo x > {tmp_path}/new.txt; echo "end" > "$out"') == "end"
        assert not (tmp_path / "new.txt").exists()
        assert convert(f'ln -s {tmp_path}/secret.txt "$out"') is None

    def test_it_knows_no_key(self, convert: object, monkeypatch: pytest.MonkeyPatch) -> None:
        assert callable(convert)
        monkeypatch.setenv("YOUJU_KEY", "yj-secret")
        assert convert('env > "$out"; echo end >> "$out"').endswith("end")
        assert "secret" not in str(convert('env > "$out"'))

    def test_it_and_all_that_it_started_end_in_time(
        self, convert: object, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        assert callable(convert)
        monkeypatch.setattr(libreoffice, "SECONDS", 2.0)
        mark = f"3{os.getpid()}.5"
        assert convert(f"sleep {mark} & sleep {mark}") is None
        assert not [p for p in psutil.process_iter(["cmdline"]) if mark in (p.info["cmdline"] or [])]

    def test_where_its_network_cannot_be_taken_away_it_is_not_run_and_the_file_says_so(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setattr(libreoffice, "PROGRAMS", (office(tmp_path, f"touch {tmp_path}/run"),))
        monkeypatch.setattr(seccomp, "available", lambda: False)
        own = libreoffice.LocalOffice()
        assert own.convert(b"content", ".doc", "docx") is None and own.unconfined
        assert not libreoffice.usable() and not (tmp_path / "run").exists()

    def test_a_confined_reader_has_its_parent_convert(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
        from tests.ingest.test_readers_legacy import compound
        from tests.rendered.writers import WRITERS

        WRITERS["docx"](tmp_path / "source.docx")
        body = tmp_path / "office"
        body.mkdir()
        shutil.copy(tmp_path / "source.docx", body / "ready.docx")
        opened = Confined()
        try:
            monkeypatch.setattr(libreoffice, "PROGRAMS", (office(body, f'cp {body}/ready.docx "$out"'),))
            read = opened.read(Path("很旧.wps"), compound({"CONTENTS": b"x"}))
            assert read.document.text == opened.read(Path("a.docx"), (body / "ready.docx").read_bytes()).document.text
            monkeypatch.setattr(seccomp, "available", lambda: False)
            with pytest.raises(IngestError, match="LibreOffice，但这个系统无法断开它的网络"):
                opened.read(Path("很旧.wps"), compound({"CONTENTS": b"x"}))
        finally:
            opened.close()
