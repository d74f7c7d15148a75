"""Write the table of error codes into docs/api.md: `python -m evals.codes`; `tests/server/api/test_codes.py` compares.

The table comes from the exception classes: what they are called over HTTP, their status, and what their sentences say.
"""

import re
import string
import sys
from pathlib import Path

import server.api.app  # ruff: ignore[unused-import]  imports every module that defines errors of the API
from index.errors import IndexingError
from server.errors import CommandError, ServerError

FILE = Path(__file__).parent.parent / "docs" / "api.md"
BETWEEN = re.compile(r"(<!-- codes: .*? -->\n).*?(<!-- /codes -->)", re.DOTALL)
Kind = type[ServerError] | type[IndexingError]


def kinds() -> list[Kind]:
    """Every error that the API can tell, by status and code; bases without a sentence are none."""
    found: list[Kind] = [*_below(ServerError), *_below(IndexingError)]
    told = [kind for kind in found if kind.zh and not issubclass(kind, CommandError)]
    return sorted(told, key=lambda kind: (kind.status, kind.code))


def _below(base: Kind) -> list[Kind]:
    return [kind for child in base.__subclasses__() for kind in (child, *_below(child))]


def table() -> str:
    """The codes as a Markdown table."""
    lines = ["| `code` | 状态码 | 含义 | 说明和办法 |", "|---|---|---|---|"]
    for kind in kinds():
        pieces = string.Formatter().parse(kind.zh)
        told = "".join(text + ("…" if field else "") for text, field, _, _ in pieces).replace("|", "\\|")
        lines.append(f"| `{kind.code}` | {kind.status} | {kind.title} | {told} |")
    return "\n".join(lines) + "\n"


def documented(page: str) -> str:
    """`page` with the table as it should be."""
    return BETWEEN.sub(lambda found: found[1] + table() + found[2], page)


def main() -> int:
    FILE.write_text(documented(FILE.read_text(encoding="utf-8")), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
