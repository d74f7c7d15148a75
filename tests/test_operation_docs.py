"""docs/operation.md tells every setting, metric and check, and its units are units that systemd understands."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import get_args

import pytest

from server.api.metrics import FAMILIES
from server.api.readiness import Name
from server.settings import Settings
from tests.conftest import ROOT

DOCS = ROOT / "docs"
UNITS = ("youju.service", "youju-backup.service", "youju-backup.timer")


def _rows(heading: str) -> dict[str, list[str]]:
    """The first column of the tables under a heading, without its backquotes, and the other columns."""
    text = (DOCS / "operation.md").read_text(encoding="utf-8")
    section = re.search(rf"^## {heading}$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section is not None
    rows = [[cell.strip() for cell in row.strip("|").split("|")] for row in re.findall(r"^\| .*\|$", section[1], re.M)]
    return {row[0].strip("`"): row[1:] for row in rows if row[0].startswith("`")}


def test_every_setting_stands_in_the_table_as_the_code_tells_it() -> None:
    rows = _rows("设置")
    assert list(rows) == list(Settings.model_fields)
    for name, field in Settings.model_fields.items():
        assert rows[name][1] == field.description, name
        if isinstance(field.default, int | str) and name not in ("data", "models"):
            default = str(field.default)
            assert rows[name][0].strip("`") == (default.lower() if isinstance(field.default, bool) else default), name


def test_every_metric_stands_in_the_table_as_the_code_tells_it() -> None:
    rows = _rows("指标")
    assert {name: tuple(row) for name, row in rows.items()} == {
        name: (kind, labels or "—", meaning) for name, (kind, labels, meaning) in FAMILIES.items()
    }


def test_every_check_of_readiness_is_explained() -> None:
    assert set(get_args(Name)) <= set(_rows("探针"))


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="needs systemd")
def test_systemd_understands_the_units(tmp_path: Path) -> None:
    for unit in UNITS:
        text = (DOCS / unit).read_text(encoding="utf-8")
        (tmp_path / unit).write_text(text.replace("/opt/youju/.venv/bin/youju", "/bin/true"), encoding="utf-8")
    command = ["systemd-analyze", "verify", *(str(tmp_path / unit) for unit in UNITS)]
    done = subprocess.run(command, capture_output=True, encoding="utf-8", check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_start_script_of_windows_has_its_line_ends_and_starts_the_server() -> None:
    script = (DOCS / "youju.cmd").read_bytes()
    assert script.count(b"\n") == script.count(b"\r\n")
    assert b'youju.exe" serve' in script
    assert script.index(b"chcp 65001") < script.index("启动有据".encode())
