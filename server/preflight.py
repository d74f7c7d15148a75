"""Check what set-up needs from the system, before anything is installed; runs on a bare Python.

Covered: Python's version, venv and pip, a C++ compiler and make, disk space. cmake and ninja come from the
package index when they are absent.
"""

import importlib.util
import os
import shutil
import sys
from pathlib import Path

OLDEST_PYTHON = (3, 11)
NEEDED_BYTES = 8_000_000_000
COMPILERS = ("c++", "g++", "clang++")


def faults(folder: Path) -> list[str]:
    """What is missing, each with the way to get it; empty when set-up can begin."""
    found = []
    if sys.version_info < OLDEST_PYTHON:
        version = ".".join(map(str, sys.version_info[:3]))
        found.append(
            f"需要 Python 3.11 或更新的版本，现在是 {version}。Debian/Ubuntu：apt install python3；Windows、macOS：安装官方 Python，"
            "再用 make PYTHON=python3.11 run 指定。"
        )
    for module, package in (("venv", "python3-venv"), ("ensurepip", "python3-venv")):
        if importlib.util.find_spec(module) is None:
            found.append(f"Python 缺少 {module} 模块。Debian/Ubuntu：apt install {package}。")
    if os.name != "nt" and not _compiler():
        found.append(
            "没有 C++ 编译器，无法编译 llama-cpp-python。Debian/Ubuntu：apt install build-essential；"
            "Fedora：dnf install gcc-c++ make；macOS：xcode-select --install。"
        )
    if not (folder / ".venv").is_dir() and shutil.disk_usage(folder).free < NEEDED_BYTES:
        free = shutil.disk_usage(folder).free / 1e9
        found.append(f"{folder} 只剩 {free:.1f} GB，环境和模型需要约 {NEEDED_BYTES / 1e9:.0f} GB。请清理磁盘。")
    return found


def _compiler() -> str | None:
    named = os.environ.get("CXX")
    return next((path for name in ([named] if named else []) + list(COMPILERS) if (path := shutil.which(name))), None)


def main() -> int:
    missing = faults(Path(__file__).parent.parent)
    for fault in missing:
        sys.stderr.write(fault + "\n")
    return 1 if missing else 0


if __name__ == "__main__":
    sys.exit(main())
