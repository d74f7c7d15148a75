"""Every setting, command and endpoint is in both READMEs."""

from pathlib import Path

import pytest
import typer.main

from server.api.app import create_app
from server.cli import app
from server.settings import Settings
from tests.conftest import ROOT

READMES = ("README.md", "README.zh-CN.md")


def _readme(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", READMES)
def test_every_setting_is_documented(name: str) -> None:
    assert [key for key in Settings.model_fields if f"`{key}`" not in _readme(name)] == []


@pytest.mark.parametrize("name", READMES)
def test_every_command_is_documented(name: str) -> None:
    commands = typer.main.get_command(app)
    names = []
    for command, inner in commands.commands.items():  # type: ignore[attr-defined]
        names += [f"{command} {sub}" for sub in inner.commands] if hasattr(inner, "commands") else [command]
    assert [command for command in names if f"`youju {command}" not in _readme(name)] == []


@pytest.mark.parametrize("name", READMES)
def test_every_endpoint_is_documented(name: str, tmp_path: Path) -> None:
    app = create_app(Settings(data=tmp_path))
    paths = app.openapi()["paths"]
    app.state.youju.close()
    assert [path for path in paths if path not in _readme(name)] == []


def test_both_readmes_have_the_same_sections() -> None:
    counts = {name: _readme(name).count("\n## ") for name in READMES}
    assert len(set(counts.values())) == 1
