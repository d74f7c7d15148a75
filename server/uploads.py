"""Uploaded files on the disk: names from clients made harmless, one folder a file, and what nobody needs any more.

`youju.db.uploads/<job>/<number>/<name>`, so that two files of one name do not meet. Not covered: receiving them
(`server.api.receiving`), indexing them (`server.jobs`).
"""

import os
import re
import shutil
import time
import unicodedata
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from index.store import Store
from ingest.formats import is_archive

UPLOADS = "youju.db.uploads"
"""Begins as the database does: folders that are indexed leave it out."""
UNNAMED = "未命名"
MOST_BYTES, MOST_CHARACTERS, LONGEST_SUFFIX = 200, 120, 12
"""Of a name: Linux allows 255 bytes, Windows 260 characters of a whole path."""
LONGEST_SHOWN = 500
LONGEST_GIVEN = 4096
"""Characters of a client's name for a file that are read, from its end; a path on Linux has no more bytes."""
INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"})
"""Unicode categories: control characters, marks of direction and width, halves of characters, line separators."""
FORBIDDEN = str.maketrans('<>:"|?*', "＜＞：＂｜？＊")
"""What Windows allows in no name, as what looks the same."""
DRIVE = re.compile(r"[A-Za-z]:")
RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|(com|lpt)[0-9¹²³])\s*(\.|$)", re.IGNORECASE)
"""Names of devices on Windows, whatever ending they have."""
ABANDONED_SECONDS = 24 * 3600
"""Age from which a folder that no job knows is no upload that is just coming in."""


def shown_name(name: str) -> str:
    """What a client calls a file, without anything that misleads: `C:\\资料\\..\\a?.txt` is `资料/a？.txt`."""
    parts = re.split(r"[/\\]", name[-LONGEST_GIVEN:])
    if len(parts) > 1 and DRIVE.fullmatch(parts[0]):
        parts = parts[1:]
    *folders, last = parts
    kept = [safe for folder in folders if (safe := _safe(folder))] + [_safe(last) or UNNAMED]
    while len("/".join(kept)) > LONGEST_SHOWN:
        kept = kept[1:]
    return "/".join(kept)


def file_name(shown: str) -> str:
    """The name under which it lies on the disk: the last part of `shown_name`."""
    return shown.rpartition("/")[2]


def _safe(part: str) -> str:
    """One part of a name that every file system takes; empty where nothing is left of it."""
    visible = "".join(c for c in part if unicodedata.category(c) not in INVISIBLE)
    name = unicodedata.normalize("NFC", visible).translate(FORBIDDEN).strip(" .\u3000")
    if RESERVED.match(name):
        name = "_" + name
    return _shortened(name)


def _shortened(name: str) -> str:
    """The beginning and the ending, within the limits."""
    stem, suffix = os.path.splitext(name)
    if len(suffix) > LONGEST_SUFFIX:
        stem, suffix = name, ""
    stem = stem[: MOST_CHARACTERS - len(suffix)]
    room = MOST_BYTES - len(suffix.encode())
    return stem.encode()[:room].decode("utf-8", "ignore").rstrip(" .") + suffix


class Uploads:
    """The folder of uploaded files."""

    def __init__(self, data: Path) -> None:
        self.folder = data.absolute() / UPLOADS

    def place(self, job: str, number: int, name: str) -> Path:
        """Where a job's file lies; `name` is a `file_name`."""
        return self.folder / job / str(number) / name

    def file_of(self, path: Path) -> Path | None:
        """The uploaded file that `path` is, or that it is a member of; None for a path elsewhere."""
        if not path.is_relative_to(self.folder):
            return None
        parts = path.relative_to(self.folder).parts
        return self.folder.joinpath(*parts[:3]) if len(parts) >= 3 else None

    def release(self, store: Store, path: Path) -> None:
        """Delete the uploaded file that `path` is or belongs to, unless a document of the index still stands in it."""
        file = self.file_of(path)
        if file is None or in_use(store, file):
            return
        if is_archive(file):
            store.forget_failures(store.paths_under(str(file)))
        else:
            store.forget_failure(str(file))
        self._delete(file.parent)

    def drop(self, job: str) -> None:
        """Delete all of a job's files."""
        shutil.rmtree(self.folder / job, ignore_errors=True)

    def sweep(self, store: Store, known: Callable[[str, int], bool | None]) -> None:
        """Delete what no document and no job needs: `known` tells whether a job's file is still to be indexed, None
        where there is no such file. A folder that no job knows may be an upload that is just coming in."""
        for job in _folders(self.folder):
            for place in _folders(job):
                number = int(place.name) if place.name.isdecimal() else 0
                awaited = known(job.name, number)
                if awaited or (awaited is None and time.time() - place.stat().st_mtime < ABANDONED_SECONDS):
                    continue
                for file in place.iterdir():
                    self.release(store, file)
            with suppress(OSError):
                job.rmdir()

    def set_aside(self, store: Store, known: Callable[[str, int], bool | None]) -> Path | None:
        """Move what no document and no job needs out of the reach of `sweep`, instead of deleting it; where to.

        For an index that was restored from a backup: what was uploaded since is nowhere else.
        """
        aside = self.folder.with_name(f"{UPLOADS}-{time.strftime('%Y%m%d-%H%M%S')}")
        for file in sorted(self.folder.glob("*/*/*")):
            job, number = file.parts[-3], file.parts[-2]
            if in_use(store, file) or not number.isdecimal() or known(job, int(number)):
                continue
            kept = aside / file.relative_to(self.folder)
            kept.parent.mkdir(parents=True, exist_ok=True)
            file.rename(kept)
        return aside if aside.is_dir() else None

    def _delete(self, place: Path) -> None:
        shutil.rmtree(place, ignore_errors=True)
        with suppress(OSError):  # another file of the job is still there
            place.parent.rmdir()


def in_use(store: Store, file: Path) -> bool:
    """Whether the index holds a document under this path, or inside it where it is an archive."""
    if not is_archive(file):
        return store.document_id_at(str(file)) is not None
    return any(store.document_id_at(path) is not None for path in store.paths_under(str(file)))


def _folders(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []
