"""Read every file of a folder in the limited child process and hold what was found against a manifest's counts.

`python -m evals.files FOLDER` prints a line a file and a table a format: files read, Han characters found and counted,
seconds. A manifest is `MANIFEST.jsonl` with `file` and `han` (or `han_first10` for the first ten pages of a PDF).
"""

import argparse
import json
import re
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path

from ingest.confined import Confined
from ingest.errors import IngestError
from ingest.formats import is_archive
from ingest.read import Ingested, read_bytes

HAN = re.compile(r"[\u3400-\u9fff\U00020000-\U0003ffff]")


@dataclass(frozen=True)
class Row:
    """One file; `counted` is the manifest's, None where it has none, `said` the reason where it was not read."""

    name: str
    kind: str
    found: int
    counted: int | None
    seconds: float
    said: str
    gaps: int


def read_all(folder: Path) -> list[Row]:
    """Every file below `folder`, manifest and README aside."""
    manifest = folder / "MANIFEST.jsonl"
    lines = manifest.read_text(encoding="utf-8").splitlines() if manifest.is_file() else []
    counts = {entry["file"]: entry.get("han", entry.get("han_first10")) for entry in map(json.loads, lines)}
    reader, unpacker = Confined(), Confined()
    rows = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file() and p.parent != folder):
        started = time.perf_counter()
        found, said, gaps = _read(reader, unpacker, path)
        name = path.relative_to(folder).as_posix()
        seconds = time.perf_counter() - started
        rows.append(Row(name, path.suffix.lower(), found, counts.get(name), seconds, said, gaps))
        sys.stdout.write(f"{name}\t{found}\t{counts.get(name)}\t{seconds:.2f} s\t{said}\n")
        sys.stdout.flush()
    reader.close()
    unpacker.close()
    return rows


def _read(reader: Confined, unpacker: Confined, path: Path) -> tuple[int, str, int]:
    try:
        content = read_bytes(path)
        if not is_archive(path):
            return _count(reader.read(path, content))
        found, gaps, said = 0, 0, []
        for member in unpacker.members(path, content):
            inner = path / member.name
            try:
                if isinstance(member.content, IngestError):
                    raise member.content
                han, _, inner_gaps = _count(reader.read(inner, member.content))
                found, gaps = found + han, gaps + inner_gaps
            except IngestError as error:
                said.append(f"[{error.reason}] {error}")
    except IngestError as error:
        return 0, f"[{error.reason}] {error}", 0
    return found, "；".join(said), gaps


def _count(ingested: Ingested) -> tuple[int, str, int]:
    document = ingested.document
    return len(HAN.findall(document.text)), " ".join(document.gaps), len(document.gaps)


def table(rows: list[Row]) -> str:
    """The summary of each format, as Markdown."""
    kinds: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        kinds[row.kind].append(row)
    lines = [
        "| format | files | read | not read, why | Han found | Han counted (same files) | slowest |",
        "|---|---|---|---|---|---|---|",
    ]
    for kind, members in sorted(kinds.items()):
        failed = Counter(m.said[1 : m.said.index("]")] for m in members if m.said.startswith("["))
        compared = [m for m in members if m.counted is not None]
        why = ", ".join(f"{code} {count}" for code, count in failed.items()) or "-"
        lines.append(
            f"| {kind} | {len(members)} | {len(members) - failed.total()} | {why} | {sum(m.found for m in members):,}"
            f" | {sum(m.found for m in compared):,} of {sum(m.counted or 0 for m in compared):,} | {max(m.seconds for m in members):.1f} s |"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    rows = read_all(parser.parse_args().folder)
    sys.stdout.write(table(rows) + "\n")


if __name__ == "__main__":
    main()
