"""The bundle installs and answers where there is no network at all."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT

BUNDLE = ROOT / "dist" / "youju"
NO_NETWORK = ["unshare", "--user", "--map-root-user", "--net"]


def _link(source: str, target: str) -> None:
    """A second name for the file where the disk allows it: the bundle is 2 GB."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


@pytest.mark.bundle
@pytest.mark.timeout(1800)
@pytest.mark.skipif(sys.platform != "linux" or shutil.which("unshare") is None, reason="needs Linux network namespaces")
def test_the_bundle_installs_and_answers_without_a_network(tmp_path: Path) -> None:
    """In a network namespace without even loopback: what works here works on a laptop with its radio off."""
    folder = tmp_path / "youju"
    shutil.copytree(BUNDLE, folder, copy_function=_link)
    kept = ("PATH", "LANG", "LC_ALL", "TMPDIR")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    environment |= {"HOME": str(tmp_path), "YOUJU_DATA": str(tmp_path / "data"), "PIP_CONFIG_FILE": os.devnull}

    def run(*command: str) -> str:
        whole = [*NO_NETWORK, *command]
        done = subprocess.run(whole, cwd=tmp_path, env=environment, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    python = getattr(sys, "_base_executable", sys.executable)
    run(python, str(folder / "install.py"))
    answer = json.loads(run(str(folder / ".venv" / "bin" / "youju"), "ask", "海沧2023年计划竣工几个项目", "--json"))
    assert answer["status"] == "answered"
    assert "6个" in answer["answer"]
