"""Changes in a folder that last through a power cut."""

import os
import sys
from pathlib import Path


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` durable; Windows does so by itself."""
    if sys.platform == "win32":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
