"""Write one folder for a machine that never sees a network: project, wheels, models and an installer.

Run by `make bundle` with the project's own environment, on the kind of system that the bundle is for.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PORTABLE_CACHE = ROOT / ".portable"
SETUPTOOLS = "setuptools==84.2.1"
PORTABLE = (
    "-DGGML_NATIVE=OFF -DGGML_AVX512=OFF -DGGML_AVX512_VBMI=OFF -DGGML_AVX512_VNNI=OFF -DGGML_AVX512_BF16=OFF"
    " -DGGML_AVX_VNNI=OFF"
)
"""AVX2, FMA and F16C: every x86-64 laptop since about 2015. Stands behind this machine's flags and overrides them."""
LEFT_OUT = {".git", ".venv", ".portable", "dist", "models", "__pycache__", "start.safetensors"}


def main(target: Path) -> None:
    """Build `target` from scratch."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    say("[1/4] 复制项目")
    copy_project(target)
    say("[2/4] 收集 wheel")
    collect_wheels(target / "wheels")
    say("[3/4] 编译通用版 llama-cpp-python（首次 3-6 分钟）")
    portable_wheel(target / "wheels-portable")
    say("[4/4] 复制模型")
    copy_models(target / "models")
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    say(f"完成：{target}（{size / 1e9:.1f} GB）。把整个文件夹带到目标机器，运行 python3 install.py。")


def say(text: str) -> None:
    sys.stderr.write(text + "\n")


def copy_project(target: Path) -> None:
    """What git tracks, or outside a checkout everything but what is made here."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode == 0:
        names = [name for name in listed.stdout.decode("utf-8").split("\0") if name]
    else:
        files = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        names = [str(name) for name in files if not LEFT_OUT & set(name.parts)]
    for name in names:
        place = target / name
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / name, place)
    shutil.copyfile(ROOT / "bundle" / "install.py", target / "install.py")


def pip(*arguments: str, environment: dict[str, str] | None = None) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    subprocess.run(command, cwd=ROOT, check=True, env=os.environ | (environment or {}))


def collect_wheels(folder: Path) -> None:
    """Every dependency as a wheel; llama-cpp-python's was compiled for this machine and comes from pip's cache."""
    pip("wheel", "--quiet", "--wheel-dir", str(folder), "-c", "constraints.txt", SETUPTOOLS, ".")
    for own in folder.glob("youju-*.whl"):
        own.unlink()


def portable_wheel(folder: Path) -> None:
    """llama-cpp-python for any processor of this architecture; compiled once and kept."""
    wheels = sorted(PORTABLE_CACHE.glob("*.whl"))
    if not wheels:
        flags = f"{os.environ.get('CMAKE_ARGS', '')} {PORTABLE}".strip()
        requirement = next(
            line
            for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").split()
            if line.startswith("llama-cpp")
        )
        pip(
            "wheel", "--quiet", "--no-deps", "--no-cache-dir", "--no-binary", "llama-cpp-python",
            "--wheel-dir", str(PORTABLE_CACHE), requirement, environment={"CMAKE_ARGS": flags},
        )  # fmt: skip
        wheels = sorted(PORTABLE_CACHE.glob("*.whl"))
    folder.mkdir()
    shutil.copy(wheels[-1], folder)


def copy_models(folder: Path) -> None:
    source = Path(os.environ.get("YOUJU_MODELS", ROOT / "models"))
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns(".download"))


if __name__ == "__main__":
    main(Path(sys.argv[1]).absolute())
