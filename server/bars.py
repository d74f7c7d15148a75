"""Progress bars on stderr: what is done, how fast, and how long it still takes."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any


@contextmanager
def bar(total: int, label: str, unit: str) -> Generator[Any]:
    """A tqdm bar; nothing is shown where stderr is no terminal."""
    from tqdm import tqdm

    with tqdm(total=total, desc=label, unit=unit, unit_scale=True, file=sys.stderr, disable=None) as progress:
        yield progress
