"""The data folder is for its owner alone: what is there with more rights, from an earlier version or copied, is tightened.

Covered: the folder and what lies in it directly; a folder that is closed closes what is below it. Not covered: what is
made from now on, which the umask of `server.cli` and of the worker processes sees to; Windows, whose user folders are
private by themselves.
"""

import os
import stat
import sys
from pathlib import Path

OTHERS = 0o077
OTHERS_WRITE = 0o022
OWN = "youju"
"""What the names of our own files begin with."""


def tighten(data: Path) -> list[str]:
    """Take the rights of group and others away; returns sentences about what a person has to decide.

    Only what belongs to this user is touched. The folder itself is left as it is where other things lie in it too: it
    may be a home folder, or shared on purpose.
    """
    if sys.platform == "win32" or not data.is_dir():
        return []
    only_ours = True
    for entry in os.scandir(data):
        found = entry.stat(follow_symlinks=False)
        is_ours = entry.name.startswith(OWN) and found.st_uid == os.geteuid()
        only_ours = only_ours and is_ours
        if is_ours and not stat.S_ISLNK(found.st_mode) and found.st_mode & OTHERS:
            os.chmod(entry.path, stat.S_IMODE(found.st_mode) & ~OTHERS)
    folder = data.stat()
    if only_ours and folder.st_uid == os.geteuid() and folder.st_mode & OTHERS:
        data.chmod(stat.S_IMODE(folder.st_mode) & ~OTHERS)
    elif folder.st_mode & OTHERS_WRITE:
        return [
            f"注意：别的用户也能写数据文件夹 {data}，能换掉里面的文件。请用 chmod go-w 收回，或用 YOUJU_DATA 换一个文件夹。"
        ]
    return []
