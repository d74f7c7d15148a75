"""Print the outlines that ingest finds: `python -m evals.outlines PATH…`, a heading a line, indented by its level."""

import argparse
import sys
from pathlib import Path

from ingest.read import read_document


def outline(path: Path) -> list[str]:
    """The headings of a document in order, each once under its path."""
    lines: list[str] = []
    before: tuple[str, ...] = ()
    for section in read_document(path).sections:
        for level, heading in enumerate(section.headings):
            if section.headings[: level + 1] != before[: level + 1]:
                lines.append("  " * level + heading)
        before = section.headings
    return lines


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", type=Path, nargs="+")
    for path in parser.parse_args().paths:
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            sys.stdout.write(f"== {file.name}\n" + "".join(f"{line}\n" for line in outline(file)))


if __name__ == "__main__":
    main()
