"""Install youju from its bundle without a network, index the samples and ask one question as proof.

Needs only Python 3.11 or newer with venv. Run it again at any time: it repairs what is missing.
"""

import os
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent
QUESTION = "海沧2023年计划竣工几个项目"
WINDOWS = os.name == "nt"
BIN = ROOT / ".venv" / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
YOUJU = BIN / ("youju.exe" if WINDOWS else "youju")
# Processes that met an instruction which the processor does not have: SIGILL, and its name on Windows.
ILLEGAL_INSTRUCTION = (-4, 132, 0xC000001D)


def say(text: str) -> None:
    sys.stderr.write(text + "\n")


def pip(*arguments: str) -> None:
    subprocess.run(
        [PYTHON, "-m", "pip", "install", "--quiet", "--no-index", "--disable-pip-version-check", *arguments], check=True
    )


def install() -> None:
    wheels = str(ROOT / "wheels")
    if not PYTHON.exists():
        say("[1/4] 建立环境")
        venv.create(ROOT / ".venv", with_pip=True)
    say("[2/4] 安装依赖")
    pinned = ("--find-links", wheels, "-c", str(ROOT / "constraints.txt"))
    # A new environment brings an older setuptools, which does not know this pyproject.toml.
    pip(*pinned, "--upgrade", "setuptools")
    pip(*pinned, "--no-build-isolation", "-e", str(ROOT))
    say("[3/4] 索引样例")
    subprocess.run([YOUJU, "add", str(ROOT / "samples")], check=True)
    say("[4/4] 试问一题")
    if ask() in ILLEGAL_INSTRUCTION:
        say("这台机器的处理器较旧，改装通用版 llama-cpp-python")
        pip("--force-reinstall", "--no-deps", *(str(w) for w in (ROOT / "wheels-portable").glob("*.whl")))
        if ask() != 0:
            raise SystemExit("试问失败。请把上面的信息告诉提供安装包的人。")


def ask() -> int:
    done = subprocess.run([YOUJU, "ask", QUESTION], check=False)
    if done.returncode not in (0, *ILLEGAL_INSTRUCTION):
        raise SystemExit(f"试问失败（返回码 {done.returncode}）。请把上面的信息告诉提供安装包的人。")
    return done.returncode


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # ruff: ignore[outdated-version-block]  runs on whatever Python the laptop has
        raise SystemExit(f"需要 Python 3.11 或更新的版本，现在是 {sys.version.split()[0]}。")
    install()
    say(f"安装完成。启动网页：{YOUJU} serve")
