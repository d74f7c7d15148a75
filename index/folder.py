"""Walk folders: which files below them are meant to be indexed."""

from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

IGNORE_FILE = ".youjuignore"
# What programs (this one too) leave beside documents, never meant to be read.
LEFT_BEHIND = ("~$*", "*.tmp", "thumbs.db", "desktop.ini", "__macosx", "youju.db*")


def walk(paths: Iterable[Path]) -> Iterator[Path]:
    """Files named, and all files below folders named, those of unknown formats included so that they are reported.

    Left out are hidden files, what office programs leave behind, and what matches a line of the folder's
    .youjuignore (`*` and `?` stand for anything).
    """
    for path in paths:
        if not path.is_dir():
            yield path
            continue
        ignored = _ignored(path)
        for inner in sorted(path.rglob("*")):
            if inner.is_file() and not any(_is_left_out(part, ignored) for part in inner.relative_to(path).parts):
                yield inner


def _is_left_out(part: str, ignored: list[str]) -> bool:
    if part.startswith(".") or any(fnmatch(part.lower(), pattern) for pattern in LEFT_BEHIND):
        return True
    return any(fnmatch(part, pattern) for pattern in ignored)


def _ignored(folder: Path) -> list[str]:
    file = folder / IGNORE_FILE
    if not file.is_file():
        return []
    lines = (line.strip() for line in file.read_text(encoding="utf-8-sig").splitlines())
    return [line for line in lines if line and not line.startswith("#")]
