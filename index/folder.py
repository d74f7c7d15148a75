"""Walk folders: which files below them are meant to be indexed.

Links to folders are not followed: they may lead in circles. Links to files are, where the file lies in the same folder:
whoever may write into a shared folder could otherwise have any file read that this program may read.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from fnmatch import fnmatch
from pathlib import Path

IGNORE_FILE = ".youjuignore"
# What programs (this one too) leave beside documents, never meant to be read.
LEFT_BEHIND = ("~$*", "*.tmp", "thumbs.db", "desktop.ini", "__macosx", "youju.db*")


def walk(
    paths: Iterable[Path],
    unreadable: Callable[[OSError], None] | None = None,
    outside: Callable[[Path], None] | None = None,
) -> Iterator[Path]:
    """Files named, and all files below folders named, those of unknown formats included so that they are reported.

    Left out are hidden files, what office programs leave behind, and what matches a line of the folder's
    .youjuignore (`*` and `?` stand for anything). `unreadable` is told the folders that cannot be looked into, `outside` the links
    below a folder that lead out of it. A link that is named itself is followed.
    """
    for path in paths:
        if not os.path.isdir(path):
            yield path
            continue
        left: list[Path] = []
        yield from sorted(_files(path, _ignored(path), unreadable, left))
        if outside is not None:
            for link in sorted(left):
                outside(link)


def leads_out(path: Path, folder: Path) -> bool:
    """Whether a path below `folder` is a link, or goes through one, to something outside of it."""
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder))


def _files(
    folder: Path, ignored: list[str], unreadable: Callable[[OSError], None] | None, outside: list[Path]
) -> Iterator[Path]:
    """`outside` collects the links that lead out."""
    for here, folders, files in os.walk(folder, onerror=unreadable):
        folders[:] = [name for name in folders if not _is_left_out(name, ignored)]
        for path in [Path(here, name) for name in folders]:
            if leads_out(path, folder):
                outside.append(path)
                folders.remove(path.name)
        for name in files:
            path = Path(here, name)
            if _is_left_out(name, ignored) or not os.path.isfile(path):
                continue
            if path.is_symlink() and leads_out(path, folder):
                outside.append(path)
            else:
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
