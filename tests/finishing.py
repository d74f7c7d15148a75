"""Runs code that must not hang in a process of its own, which can be ended where a thread could not."""

import subprocess
import sys

from tests.conftest import ROOT

PATIENCE = 300
"""Seconds; only against waiting forever."""


def printed(script: str) -> str:
    """What `script` prints; raises TimeoutExpired where it does not end, CalledProcessError where it fails."""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, encoding="utf-8", check=True, timeout=PATIENCE
    )
    return done.stdout.strip()
