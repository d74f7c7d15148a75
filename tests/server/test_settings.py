"""Settings: defaults, then the file, then the environment; what is wrong is named with its cure."""

from pathlib import Path

import pytest

from server.errors import BadSetting
from server.installation import Installation
from server.settings import ROOT, Settings, ignored_file, load


def _file(tmp_path: Path, text: str) -> Path:
    file = tmp_path / "youju.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_without_file_and_variables_the_defaults_hold(tmp_path: Path) -> None:
    settings = load({}, tmp_path)
    assert settings == Settings()
    assert (settings.host, settings.port, settings.llm) == ("127.0.0.1", 7860, "llm")
    assert settings.models == ROOT / "models"
    assert settings.model_list == ROOT / "models.txt"
    assert settings.threads >= 1


def test_the_key_of_programs_is_no_setting(tmp_path: Path) -> None:
    assert load({"YOUJU_KEY": "yj_1"}, tmp_path) == Settings()


def test_the_file_overrides_the_defaults_and_the_environment_the_file(tmp_path: Path) -> None:
    _file(tmp_path, 'port = 8000\nqueue = 3\ndata = "/资料库"\n')
    settings = load({"YOUJU_PORT": "9000", "YOUJU_LLM": "llm-small", "PORT": "1", "YOUJU_QUEUE": ""}, tmp_path)
    assert (settings.port, settings.queue, settings.data, settings.llm) == (9000, 3, Path("/资料库"), "llm-small")


def test_what_the_other_modules_receive_holds_the_settings(tmp_path: Path) -> None:
    settings = load({"YOUJU_DATA": "/d", "YOUJU_MODELS": "/m", "YOUJU_THREADS": "3", "YOUJU_QUEUE": "4"}, tmp_path)
    assert settings.installation() == Installation(Path("/d"), Path("/m"), ROOT / "models.txt", "llm", 3, 4)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("port", "seventy"),
        ("port", "0"),
        ("port", "65536"),
        ("threads", "0"),
        ("llm", "gpt"),
        ("log_level", "loud"),
        ("queue", "-1"),
    ],
)
def test_a_bad_value_names_key_value_and_cure_wherever_it_stands(tmp_path: Path, name: str, value: str) -> None:
    description = str(Settings.model_fields[name].description)
    (tmp_path / "with").mkdir()
    _file(tmp_path / "with", f'{name} = "{value}"\n')
    for environment, root in (({f"YOUJU_{name.upper()}": value}, tmp_path), ({}, tmp_path / "with")):
        with pytest.raises(BadSetting) as caught:
            load(environment, root)
        assert name in str(caught.value)
        assert repr(value) in str(caught.value)
        assert description in str(caught.value)


def test_an_unknown_key_names_itself_and_the_known_ones_wherever_it_stands(tmp_path: Path) -> None:
    (tmp_path / "with").mkdir()
    _file(tmp_path / "with", "prot = 1\n")
    for environment, root in (({"YOUJU_PROT": "1"}, tmp_path), ({}, tmp_path / "with")):
        with pytest.raises(BadSetting, match=r"prot.*没有这个设置.*port"):
            load(environment, root)


@pytest.mark.parametrize("content", [b"port 8000", b"port = ", b"\xff\xfe", b"[llm]\nname = 1\n"])
def test_a_file_that_cannot_be_read_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "youju.toml"
    file.write_bytes(content)
    with pytest.raises(BadSetting, match=r"youju\.toml|llm"):
        load({}, tmp_path)


def test_a_file_in_the_current_folder_is_not_read_and_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, unpacked = tmp_path / "program", tmp_path / "unpacked"
    for folder, port in ((root, 8001), (unpacked, 8002)):
        folder.mkdir()
        _file(folder, f'port = {port}\nmodels = "m"\n')
    monkeypatch.chdir(unpacked)
    assert load({}, root).port == 8001
    assert ignored_file({}, Path.cwd(), root) == unpacked / "youju.toml"
    assert ignored_file({}, root, root) is None
    assert ignored_file({}, tmp_path, root) is None


def test_a_file_that_is_named_is_read_instead_and_its_paths_are_meant_from_where_it_lies(tmp_path: Path) -> None:
    root, elsewhere = tmp_path / "program", tmp_path / "elsewhere"
    for folder in (root, elsewhere):
        folder.mkdir()
    _file(root, "port = 8001\n")
    named = {"YOUJU_CONFIG": str(_file(elsewhere, 'data = "d"\nmodels = "/m"\n'))}
    settings = load(named, root)
    assert (settings.port, settings.data, settings.models) == (7860, elsewhere / "d", Path("/m"))
    assert ignored_file(named, elsewhere, root) is None
    assert ignored_file(named, root, root) == root / "youju.toml"
    with pytest.raises(BadSetting, match=r"YOUJU_CONFIG.*absent\.toml.*没有这个文件"):
        load({"YOUJU_CONFIG": str(tmp_path / "absent.toml")}, root)


def test_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings().port = 1


def test_every_setting_is_described() -> None:
    assert all(field.description for field in Settings.model_fields.values())
