"""Conversion by LibreOffice where it is installed: the way out for old formats that nothing else here reads.

It runs without network, its files in a temporary folder of its own (`ingest.sandbox.office`), links and macros switched
off; a running LibreOffice of the user is not touched. Where a system cannot take its network away it is not run. Not
covered: installing it.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from ingest.limits import LIMITS
from ingest.sandbox import office, seccomp
from ingest.sandbox.confinement import MEGABYTE, environment

PROGRAMS = ("soffice", "libreoffice")
SECONDS = 90.0
WATCH_SECONDS = 0.1
LARGEST = 256 << 20
ROOT = Path(__file__).parent.parent.parent
UNCONFINED = "装有 LibreOffice，但这个系统无法断开它的网络，没有用它转换"
PROFILE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry" xmlns:xs="http://www.w3.org/2001/XMLSchema">
{items}</oor:items>
"""
ITEM = '<item oor:path="/org.openoffice.Office.{path}"><prop oor:name="{name}"><value>{value}</value></prop></item>\n'
SETTINGS = (
    ("Common/Security/Scripting", "BlockUntrustedRefererLinks", "true"),
    ("Common/Security/Scripting", "DisableActiveContent", "true"),
    ("Common/Security/Scripting", "DisableMacrosExecution", "true"),
    ("Common/Security/Scripting", "MacroSecurityLevel", "3"),
    ("Writer/Content/Update", "Link", "0"),
    ("Calc/Content/Update", "Link", "1"),
)
"""Nothing is fetched for links and nothing in a document is run: 0 is never in Writer, 1 is never in Calc, 3 the highest."""


class Office(Protocol):
    """What readers ask for conversions; `unconfined` says that one was refused for want of a sandbox."""

    unconfined: bool

    def convert(self, content: bytes, suffix: str, target: str) -> bytes | None:
        """The file as `target` (`docx`, `pptx`), None where LibreOffice is absent, fails or may not be run."""
        ...


class LocalOffice:
    """LibreOffice started by this process."""

    def __init__(self, megabytes: int = LIMITS.megabytes, wanted: Callable[[], bool] = lambda: True) -> None:
        """`megabytes` of memory for it and what it starts; it is stopped when it is no longer `wanted`."""
        self.unconfined = False
        self._megabytes = megabytes
        self._wanted = wanted

    def convert(self, content: bytes, suffix: str, target: str) -> bytes | None:
        program = installed()
        self.unconfined = program is not None and not seccomp.available()
        if program is None or self.unconfined:
            return None
        with tempfile.TemporaryDirectory(prefix="youju-office-") as name:
            folder = Path(name)
            (folder / ("source" + suffix)).write_bytes(content)
            _write_profile(folder / "profile")
            profile = (folder / "profile").as_uri()
            command = [sys.executable, "-P", "-m", "ingest.sandbox.office", str(self._megabytes), str(SECONDS)]
            command += [
                program,
                f"-env:UserInstallation={profile}",
                "--headless",
                "--norestore",
                "--convert-to",
                target,
            ]
            command += ["--outdir", str(folder / "out"), str(folder / ("source" + suffix))]
            end = time.monotonic() + SECONDS
            try:
                # The first start fills the profile, and starts itself again, which fails: it may not remove its socket.
                if not self._run(command, folder, end):
                    _remove_socket(profile)
                    self._run(command, folder, end)
            finally:
                _remove_socket(profile)
            return _result(folder / "out", "source." + target)

    def _run(self, command: list[str], folder: Path, end: float) -> bool:
        """Whether it ended well before `end`, within its memory and while it was wanted."""
        # Not at the top: the confined reader imports this module and never comes here.
        from ingest.sandbox.processes import kill, resident

        surroundings = environment(folder) | {"PYTHONPATH": str(ROOT), "PATH": "/usr/local/bin:/usr/bin:/bin"}
        try:
            process = subprocess.Popen(
                command, cwd=folder, env=surroundings, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL, start_new_session=True,
            )  # fmt: skip
        except OSError:
            return False
        try:
            while time.monotonic() < end and self._wanted() and resident(process.pid) <= self._megabytes * MEGABYTE:
                with suppress(subprocess.TimeoutExpired):
                    return process.wait(WATCH_SECONDS) == 0
            return False
        finally:
            kill(process)


def installed() -> str | None:
    """The program's path, None where it is absent."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def usable() -> bool:
    """Whether a conversion could be tried."""
    return installed() is not None and seccomp.available()


def _write_profile(folder: Path) -> None:
    (folder / "user").mkdir(parents=True)
    items = "".join(ITEM.format(path=path, name=name, value=value) for path, name, value in SETTINGS)
    (folder / "user" / "registrymodifications.xcu").write_text(PROFILE.format(items=items), encoding="utf-8")


def _remove_socket(profile: str) -> None:
    """Remove the socket that LibreOffice makes for a profile (a URL), where it may make files but not remove them."""
    digest = hashlib.md5(profile.encode("utf-16-le"), usedforsecurity=False).digest()
    name = f"OSL_PIPE_{os.getuid()}_SingleOfficeIPC_{''.join(f'{byte:x}' for byte in digest)}"
    for folder in office.SOCKETS:
        (folder / name).unlink(missing_ok=True)


def _result(folder: Path, name: str) -> bytes | None:
    """The converted file: a plain file, for a link that the program left there would lead out of the folder."""
    path = folder / name
    plain = not folder.is_symlink() and not path.is_symlink() and path.is_file()
    return path.read_bytes() if plain and path.stat().st_size <= LARGEST else None
