"""Who may import whom: the table of the rooms, read from the syntax trees, imports inside functions included."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ROOMS = ("ingest", "index", "server", "ui", "evals", "tests")
MAY_IMPORT = {
    "ingest": set(),
    "index": {"ingest"},
    "server": {"index", "ingest"},
    "ui": set(),
    "evals": {"ingest", "index", "server"},
}
COMPOSITION_ROOTS = {"server/cli.py", "server/api/app.py"}
NETWORK = {"requests", "urllib.request", "http.client", "huggingface_hub", "aiohttp", "ftplib"}


def _imports(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _modules(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_the_rooms_that_the_table_allows(room: str) -> None:
    allowed = MAY_IMPORT[room] | {room}
    for path in _modules(room):
        name = path.relative_to(ROOT).as_posix()
        rooms = {imported.split(".")[0] for imported in _imports(path)} & set(ROOMS)
        extra = {"ui"} if name == "server/cli.py" else set()
        assert rooms <= allowed | extra, name


def test_only_the_composition_roots_know_the_settings() -> None:
    for room in MAY_IMPORT:
        for path in _modules(room):
            name = path.relative_to(ROOT).as_posix()
            if name not in COMPOSITION_ROOTS and room != "evals":
                assert "server.settings" not in _imports(path), name


def test_only_the_llm_package_imports_llama_cpp() -> None:
    for room in MAY_IMPORT:
        for path in _modules(room):
            if any(imported.split(".")[0] == "llama_cpp" for imported in _imports(path)):
                assert path.is_relative_to(ROOT / "server" / "llm")


def test_only_models_py_uses_the_network_and_youju_mcp_for_a_server_that_the_user_names() -> None:
    for room in ("ingest", "index", "server"):
        for path in _modules(room):
            if path.relative_to(ROOT).as_posix() not in ("server/models.py", "server/mcp/remote.py"):
                assert not _imports(path) & (NETWORK | {"httpx"}), path


def test_nothing_is_printed_outside_the_command_line() -> None:
    for room in ("ingest", "index", "server", "ui"):
        for path in _modules(room):
            calls = (
                node for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)
            )
            assert not any(isinstance(c.func, ast.Name) and c.func.id == "print" for c in calls), path
