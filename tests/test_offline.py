"""After set-up nothing opens an outbound connection: watched by an audit hook in the real command."""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT, SAMPLES

# Python calls the hook before every name look-up and connection, in any thread and any library written in Python.
HOOK = """
import sys
def hook(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto"):
        address = arguments[1] if event in ("socket.connect", "socket.sendto") else arguments[0]
        host = address[0] if isinstance(address, tuple) else address
        if isinstance(host, (str, bytes)) and host not in ("127.0.0.1", "localhost", "::1", None) and not str(host).startswith("/"):
            with open({log!r}, "a", encoding="utf-8") as file:
                file.write(f"{{event}} {{address}}\\n")
sys.addaudithook(hook)
"""


def test_adding_and_asking_open_no_connection(tmp_path: Path, models_folder: Path) -> None:
    log = tmp_path / "connections"
    (tmp_path / "sitecustomize.py").write_text(HOOK.format(log=str(log)), encoding="utf-8")
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)]),
        "YOUJU_DATA": str(tmp_path / "data"),
        "YOUJU_MODELS": str(models_folder),
    }

    def youju(*arguments: str) -> str:
        command = [sys.executable, "-m", "server.cli", *arguments]
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, encoding="utf-8", check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    youju("add", str(SAMPLES))
    answer = json.loads(youju("ask", "海沧2023年计划竣工几个项目", "--json"))
    assert "6个" in answer["answer"]
    assert not log.exists(), log.read_text(encoding="utf-8")
