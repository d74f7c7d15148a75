"""Hold the text read from re-encoded web pages against the same documents as plain text, white space apart.

`python -m evals.pages PAGES TEXTS` prints each page that differs and where. The texts were made by cutting everything
between < and > out of the pages, which leaves the end of a comment that holds tags (`-->`): no text of the page, so it
is compared both with and without.
"""

import argparse
import re
import sys
from pathlib import Path

from ingest.formats import READERS
from ingest.readers.builder import File

RESIDUE = "-->"


def plain(text: str) -> str:
    return re.sub(r"\s+", "", text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pages", type=Path)
    parser.add_argument("texts", type=Path)
    arguments = parser.parse_args()
    known = [plain(path.read_text(encoding="utf-8")) for path in sorted(arguments.texts.glob("*.txt"))]
    strict = without = total = 0
    for path in sorted(arguments.pages.glob("*.htm*")):
        read = plain(READERS[path.suffix](File(path, path.read_bytes())).text)
        total += 1
        strict += read in known
        same = read.replace(RESIDUE, "") in [text.replace(RESIDUE, "") for text in known]
        without += same
        if not same:
            sys.stdout.write(f"{path.name}: no text is the same\n")
    sys.stdout.write(f"{total} pages: {strict} equal, {without} equal but for the residue {RESIDUE}\n")


if __name__ == "__main__":
    main()
