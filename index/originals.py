"""The files that documents were read from: whether they are there, and what they hold now; members of archives too."""

import os
from pathlib import Path

from ingest.confined import Confined
from ingest.errors import IngestError
from ingest.formats import is_archive
from ingest.read import read_bytes


def is_there(path: Path) -> bool:
    """Whether the file is there; a member of an archive is while the archive is."""
    return os.path.exists(path) or archive_of(path) is not None


def archive_of(path: Path) -> Path | None:
    """The archive that a path leads into; a folder may be named like one."""
    return next((parent for parent in path.parents if is_archive(parent) and os.path.isfile(parent)), None)


def content_of(path: Path, unpacker: Confined) -> bytes | None:
    """The content of a file or of an archive's member; raises the IngestError that says why there is none."""
    archive = archive_of(path)
    if archive is None:
        return read_bytes(path)
    for member in unpacker.members(archive, read_bytes(archive)):
        if archive / member.name == path and not isinstance(member.content, IngestError):
            return member.content
    return None
