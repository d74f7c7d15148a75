"""A server in a process of its own that takes uploads in, for tests that kill it: `python -m tests.server.job_server DATA
MODELS` writes its address to standard output and serves until it is killed."""

import os
import sys
import time
from pathlib import Path

from index.embed import load_embedder
from tests.server.api.library import library_app
from tests.server.serving import served


def main() -> None:
    data, models = Path(sys.argv[1]), Path(sys.argv[2])
    embedder = load_embedder(models / "multilingual-e5-small", threads=1)
    with served(library_app(data, embedder, models)) as address:
        os.write(sys.stdout.fileno(), f"{address}\n".encode())
        while True:
            time.sleep(60)


if __name__ == "__main__":
    main()
