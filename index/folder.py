"""Walk folders: which files below them are meant to be indexed.

Links to folders are not followed: they may lead in circles.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

IGNORE_FILE = ".youjuignore"
# What programs (this one too) leave beside documents, never meant to be read.
LEFT_BEHIND = ("~$*", "*.tmp", "thumbs.db", "desktop.ini", "__macosx", "youju.db*")


def walk(paths: Iterable[Path], unreadable: Callable[[OSError], None] | None = None) -> Iterator[Path]:
    """Files named, and all files below folders named, those of unknown formats included so that they are reported.

    Left out are hidden files, what office programs leave behind, and what matches a line of the folder's
    .youjuignore (`*` and `?` stand for anything). `unreadable` is told the folders that cannot be looked into.
    """
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        yield from sorted(_files(path, _ignored(path), unreadable))


def _files(folder: Path, ignored: list[str], unreadable: Callable[[OSError], None] | None) -> Iterator[Path]:
    for here, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = [name for name in folders if not _is_left_out(name, ignored)]
        for name in files:
            path = Path(here, name)
            if not _is_left_out(name, ignored) and os.path.isfile(path):
                yield path


def _is_left_out(part: str, ignored: list[str]) -> bool:
    if part.startswith(".") or any(fnmatch(part.lower(), pattern) for pattern in LEFT_BEHIND):
        return True
    return any(fnmatch(part, pattern) for pattern in ignored)


def _ignored(folder: Path) -> list[str]:
    file = folder / IGNORE_FILE
    if not file.is_file():
        return []
    content = file.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")  # as Windows writes it
    lines = (line.strip() for line in text.splitlines())
    return [line for line in lines if line and not line.startswith("#")]
