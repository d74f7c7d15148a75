"""Conversion by LibreOffice where it is installed: the way out for old formats that nothing else here reads.

Its profile and files live in a temporary folder, so that a running LibreOffice of the user is not touched. Not covered:
installing it; without it `convert` gives None.
"""

import shutil
import subprocess
import tempfile
from pathlib import Path

PROGRAMS = ("soffice", "libreoffice")
SECONDS = 90


def installed() -> str | None:
    """The program's path, None where it is absent."""
    return next((found for name in PROGRAMS if (found := shutil.which(name))), None)


def convert(content: bytes, suffix: str, target: str) -> bytes | None:
    """The file as `target` (`docx`, `pptx`), None where LibreOffice is absent, fails or takes too long."""
    program = installed()
    if program is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder, "source" + suffix)
        source.write_bytes(content)
        command = [program, "--headless", "--norestore", f"-env:UserInstallation={Path(folder, 'profile').as_uri()}"]
        command += ["--convert-to", target, "--outdir", str(Path(folder, "out")), str(source)]
        try:
            subprocess.run(
                command, check=True, timeout=SECONDS, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )  # fmt: skip
        except (subprocess.SubprocessError, OSError):
            return None
        converted = Path(folder, "out", "source." + target)
        return converted.read_bytes() if converted.is_file() else None
