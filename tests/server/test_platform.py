"""A process that gives way ranks below the others, and so do those that it starts."""

import subprocess
import sys

from tests.conftest import ROOT

RANK = "import psutil; print(int(psutil.Process().nice()))"
GIVES_WAY = f"""
import subprocess, sys
from server.platform import give_way
give_way()
{RANK}
subprocess.run([sys.executable, "-c", {RANK!r}], check=True)
"""


def test_who_gives_way_ranks_last_and_so_do_its_children() -> None:
    last = "64" if sys.platform == "win32" else "19"
    done = subprocess.run(
        [sys.executable, "-u", "-c", GIVES_WAY], cwd=ROOT, capture_output=True, encoding="utf-8", check=True
    )
    assert done.stdout.split() == [last, last]
