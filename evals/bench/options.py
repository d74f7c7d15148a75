"""What every bench can be told: the questions, the documents, and the data folder of the index."""

import argparse
from pathlib import Path

from server.settings import ROOT


def parser(bench: str, description: str | None) -> argparse.ArgumentParser:
    """By default the project's own questions over its samples; `--documents` without any takes the index as it is."""
    options = argparse.ArgumentParser(prog=bench, description=description)
    options.add_argument("--questions", type=Path, nargs="+", default=[ROOT / "evals" / "cases" / "samples.jsonl"])
    options.add_argument(
        "--documents", nargs="*", default=[str(ROOT / "samples")], help="files, folders, or FOLDER:200"
    )
    options.add_argument("--name", default="samples", help="the data folder below dist/evals, which may be copied")
    return options
