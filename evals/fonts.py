"""Read PDFs on a machine without any font and on one with a Chinese font, and compare what they say.

`python -m evals.fonts PATH…` reads every PDF below the paths twice, each time in a child process whose font folders are
its own (a mount namespace): empty, and with Noto Sans CJK installed. It prints a line a file and exits with 1 where a
file says something else, or PDFium's own text layer is the same in both (then the namespaces hide nothing).
Needs Linux with user namespaces.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.errors import IngestError
from ingest.readers import pdf
from ingest.readers.builder import File

ROOT = Path(__file__).parent.parent
MOUNT = """
for folder in "/usr/share/fonts" "/usr/share/X11" "/usr/local/share"; do
    if [ -d "$folder" ]; then mount -t tmpfs tmpfs "$folder"; fi
done
if [ -n "$1" ]; then mkdir -p /usr/local/share/fonts && cp "$1" /usr/local/share/fonts/; fi
shift
exec "$@"
"""
CHILD = "--child"
PATIENCE_SECONDS = 3600


@dataclass(frozen=True)
class Reading:
    """What the product reads in a PDF, and the text layer as PDFium finds it by itself, with the fonts it finds."""

    text: str
    gaps: tuple[str, ...]
    layer: str


def namespaces_work() -> bool:
    """Whether this user may mount in a namespace of its own here."""
    try:
        command = _in_namespace(None, ["true"])
        return subprocess.run(command, capture_output=True, timeout=60, check=False).returncode == 0
    except FileNotFoundError:  # no unshare: not Linux
        return False


def read_all(paths: Sequence[Path], installed: bool) -> list[Reading]:
    """Each PDF as a child process reads it whose font folders hold a Chinese font, or nothing."""
    from noto_cjk_sans_jp_regular import FONT_PATH

    command = _in_namespace(Path(str(FONT_PATH)) if installed else None, [sys.executable, "-m", "evals.fonts", CHILD])
    asked = json.dumps([str(path.resolve()) for path in paths])
    done = subprocess.run(
        command, input=asked, capture_output=True, encoding="utf-8", timeout=PATIENCE_SECONDS, check=False, cwd=ROOT
    )
    if done.returncode:
        raise RuntimeError(f"the reading process ended with {done.returncode}: {done.stderr[-2000:]}")
    return [Reading(one["text"], tuple(one["gaps"]), one["layer"]) for one in json.loads(done.stdout)]


def _in_namespace(font: Path | None, command: list[str]) -> list[str]:
    return ["unshare", "--map-root-user", "--mount", "sh", "-ec", MOUNT, "sh", str(font or ""), *command]


def _child() -> None:
    """Read what standard input names and print it."""
    paths = [Path(path) for path in json.load(sys.stdin)]
    layers = [_layer(path) for path in paths]  # before the product's own font is in use
    found = []
    for path, layer in zip(paths, layers, strict=True):
        try:
            extracted = pdf.read(File(path, path.read_bytes()))
            found.append({"text": extracted.text, "gaps": extracted.gaps, "layer": layer})
        except IngestError as error:
            found.append({"text": "", "gaps": [str(error)], "layer": layer})
    json.dump(found, sys.stdout)


def _layer(path: Path) -> str:
    """The text layer of all pages; empty where PDFium cannot open the file."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError:
        return ""
    return "\n".join(page.get_textpage().get_text_range() for page in document)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="*", type=Path)
    parser.add_argument(CHILD, action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _child()
        return 0
    paths = [p for top in arguments.paths for p in ([top] if top.is_file() else sorted(top.rglob("*.pdf")))]
    without, with_font = read_all(paths, installed=False), read_all(paths, installed=True)
    differing = 0
    for path, bare, full in zip(paths, without, with_font, strict=True):
        same = (bare.text, bare.gaps) == (full.text, full.gaps)
        differing += not same
        sys.stdout.write(
            f"{path.name}\t{'same' if same else 'DIFFERENT'}\t{len(bare.text)} characters\t{len(bare.gaps)} gaps\t"
            f"PDFium alone: {len(bare.layer)} without, {len(full.layer)} with the font\n"
        )
    hidden = any(bare.layer != full.layer for bare, full in zip(without, with_font, strict=True))
    sys.stdout.write(f"{len(paths)} files, {differing} read differently\n")
    if not hidden:
        sys.stdout.write("PDFium alone reads the same in both: no file here depends on fonts, this proves nothing\n")
    return 1 if differing or not hidden else 0


if __name__ == "__main__":
    sys.exit(main())
