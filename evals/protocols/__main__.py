"""Run the cases of protocols against a server: `python -m evals.protocols ../shared/cases --url http://127.0.0.1:7860`.

The server has the cases' documents (`youju add`). `youju mcp` is started for each file over the same data folder
(`$YOUJU_DATA`), or, with `--mcp-over-url`, over the server, which spares loading the models each time. One line a check, the
last line is `{"passed", "failed"}`; the exit code is 1 when one failed.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from pathlib import Path

from evals.protocols import hang_ups, mcp_http, mcp_stdio, openai_shapes

PARTS = ("openai", "hang-ups", "mcp-stdio", "mcp-http")
Checked = tuple[str, str]
"""The name of a check and what was wrong; empty where it passed."""


def checks(cases: Path, url: str, parts: list[str], command: list[str]) -> Iterator[Checked]:
    """Every check of `parts`."""
    if "openai" in parts:
        yield from openai_shapes.checks(next(cases.glob("*-openai-request-shapes")), url)
    if "hang-ups" in parts:
        yield from hang_ups.checks(url)
    folder = next(cases.glob("*-mcp-protocol"))
    if "mcp-http" in parts:
        yield from mcp_http.checks(folder, url)
    if "mcp-stdio" in parts:
        yield from mcp_stdio.checks(folder, command)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", type=Path)
    parser.add_argument("--url", default="http://127.0.0.1:7860")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=list(PARTS))
    parser.add_argument(
        "--mcp-over-url", action="store_true", help="youju mcp asks the server instead of loading models"
    )
    arguments = parser.parse_args()
    command = [sys.executable, "-m", "server.cli", "mcp", *(["--url", arguments.url] if arguments.mcp_over_url else [])]
    failed = passed = 0
    for name, fault in checks(arguments.cases, arguments.url, arguments.parts, command):
        failed, passed = failed + bool(fault), passed + (not fault)
        sys.stdout.write(f"{'FAILED' if fault else 'passed'} {name}{': ' + fault if fault else ''}\n")
        sys.stdout.flush()
    sys.stdout.write(json.dumps({"passed": passed, "failed": failed}) + "\n")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
