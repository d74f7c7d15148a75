"""What an installation keeps is for its owner alone, whatever the umask of whoever starts it and whatever was there before."""

import os
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from server.private import tighten
from tests.conftest import ROOT, SAMPLES
from tests.server.other_user import AS_ROOT, STRANGER

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no modes")
HAICANG = SAMPLES / "2023年海沧区教育工作要点.txt"
PATIENCE = 300


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def _open_to_others(folder: Path) -> list[str]:
    """What lies below `folder`, and the folder itself, with rights for others."""
    return [str(path) for path in [folder, *folder.rglob("*")] if _mode(path) & 0o077]


def _environment(data: Path, models: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("YOUJU_")}
    return clean | {"YOUJU_DATA": str(data), "YOUJU_MODELS": str(models), "PYTHONPATH": str(ROOT)}


def test_commands_and_the_server_write_for_their_user_alone(tmp_path: Path, models_folder: Path) -> None:
    data, environment = tmp_path / "new" / "data", _environment(tmp_path / "new" / "data", models_folder)
    command = [sys.executable, "-m", "server.cli"]
    for arguments in (["add", str(HAICANG)], ["backup", str(tmp_path / "new" / "b" / "backup.db")],
                      ["feedback", "export", str(tmp_path / "new" / "feedback.jsonl")]):  # fmt: skip
        done = subprocess.run(
            [*command, *arguments],
            cwd=tmp_path,
            env=environment,
            umask=0,
            capture_output=True,
            encoding="utf-8",
            check=False,
        )
        assert done.returncode == 0, done.stderr
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        [*command, "serve", "--port", str(port)], cwd=tmp_path, env=environment, umask=0, stderr=subprocess.DEVNULL
    )
    try:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client:
            _until(lambda: _status(client, "/api/ready") == 200)
            files = {"files": ("甲.txt", "甲区教育局2023年工作要点\n\n2023年计划竣工项目6个。\n".encode())}
            job = client.post("/api/documents", files=files).headers["Location"]
            _until(lambda: client.get(job).json()["state"] == "done")
    finally:
        server.terminate()
        server.wait(PATIENCE)
    assert (data / "youju.db.uploads").is_dir() and (data / "youju.db.ledger").is_file()
    assert (tmp_path / "new" / "b" / "backup.db").is_file() and (tmp_path / "new" / "feedback.jsonl").is_file()
    assert _open_to_others(tmp_path / "new") == []


def _status(client: httpx.Client, path: str) -> int:
    try:
        return client.get(path).status_code
    except httpx.TransportError:
        return 0


def _until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.1)


@pytest.fixture
def wide(tmp_path: Path) -> Path:
    """A data folder as an earlier version made it."""
    data = tmp_path / "data"
    (data / "youju.db.uploads" / "job").mkdir(parents=True)
    for name in ("youju.db", "youju.db.ledger"):
        (data / name).write_bytes(b"x")
        (data / name).chmod(0o644)
    for folder in (data, data / "youju.db.uploads"):
        folder.chmod(0o755)
    return data


def test_a_wider_data_folder_is_tightened(wide: Path) -> None:
    assert tighten(wide) == []
    assert [_mode(path) for path in (wide, wide / "youju.db", wide / "youju.db.ledger", wide / "youju.db.uploads")] == [
        0o700, 0o600, 0o600, 0o700,
    ]  # fmt: skip
    assert tighten(wide) == []


def test_a_command_tightens_the_data_folder_it_opens(wide: Path, tmp_path: Path, models_folder: Path) -> None:
    for name in ("youju.db", "youju.db.ledger"):
        (wide / name).unlink()
    done = subprocess.run(
        [sys.executable, "-m", "server.cli", "keys", "list"], cwd=tmp_path, env=_environment(wide, models_folder),
        capture_output=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert _open_to_others(wide) == [str(wide / "youju.db.uploads" / "job")], "it lies in a folder that is closed"


def test_a_folder_with_other_things_keeps_its_rights_and_ours_are_tightened(wide: Path) -> None:
    (wide / "notes.txt").write_text("x", encoding="utf-8")
    (wide / "notes.txt").chmod(0o644)
    assert tighten(wide) == []
    assert (_mode(wide), _mode(wide / "notes.txt"), _mode(wide / "youju.db")) == (0o755, 0o644, 0o600)
    wide.chmod(0o777)
    (told,) = tighten(wide)
    assert str(wide) in told and "chmod go-w" in told
    assert _mode(wide) == 0o777


def test_a_link_is_not_followed(wide: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_text("x", encoding="utf-8")
    elsewhere.chmod(0o644)
    (wide / "youju.db.link").symlink_to(elsewhere)
    tighten(wide)
    assert _mode(elsewhere) == 0o644


@pytest.mark.skipif(not AS_ROOT, reason="only root can give a file away")
def test_what_belongs_to_the_service_another_user_leaves_as_it_is(wide: Path) -> None:
    """Root may look into the data of a service that shares its folder with a group."""
    os.chown(wide / "youju.db", STRANGER, STRANGER)
    tighten(wide)
    assert (_mode(wide), _mode(wide / "youju.db")) == (0o755, 0o644)


def test_a_folder_that_is_not_there_yet_is_no_matter(tmp_path: Path) -> None:
    assert tighten(tmp_path / "absent") == []
