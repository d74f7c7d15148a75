"""How fast files are read, divided and described, embedding aside: texts, and a long PDF that is made for it.

`python -m evals.reading --texts FOLDER` reads every text below FOLDER in the child process, as adding does, and
prints megabytes a second; with `--pages 1600` a PDF of so many pages, its seconds and the child's largest memory.
"""

import argparse
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil

from ingest.confined import Confined
from ingest.read import read_bytes

TEXT = (".txt", ".md", ".html", ".htm", ".csv", ".xml")
PARAGRAPH = (
    "各学校要认真贯彻落实党的教育方针，全面推进素质教育，第{}项任务计划竣工项目{}个，新增学位{}个，由区教育局负责。"
)


def texts(folder: Path) -> None:
    """Read all of a folder's texts; megabytes are those of the files."""
    reader = Confined()
    paths = sorted(p for p in folder.rglob("*") if p.suffix.lower() in TEXT)
    reader.read(paths[0], read_bytes(paths[0]))  # the child starts
    size = sum(path.stat().st_size for path in paths)
    started, before = time.perf_counter(), _cpu()
    characters = sum(len(reader.read(path, read_bytes(path)).document.text) for path in paths)
    seconds, used = time.perf_counter() - started, _cpu() - before
    reader.close()
    sys.stdout.write(
        f"{len(paths)} texts, {size / 1e6:.1f} MB, {characters:,} characters: {seconds:.1f} s, {size / 1e6 / seconds:.2f} MB/s;"
        f" processor time {used:.1f} s, {size / 1e6 / used:.2f} MB a second of one core\n"
    )


def _cpu() -> float:
    """Processor seconds of this process and its children."""
    own = psutil.Process()
    return sum(sum(p.cpu_times()[:2]) for p in (own, *own.children(recursive=True)))


def long_pdf(pages: int) -> None:
    """Make a PDF of `pages` pages with running heads, page numbers and tables, and read it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "年鉴.pdf")
        write_pdf(path, pages)
        reader = Confined()
        peak = [0]
        done = threading.Event()
        watcher = threading.Thread(target=_watch, args=(peak, done))
        watcher.start()
        started = time.perf_counter()
        ingested = reader.read(path, read_bytes(path))
        seconds = time.perf_counter() - started
        done.set()
        watcher.join()
        reader.close()
        sys.stdout.write(
            f"PDF of {pages} pages, {path.stat().st_size / 1e6:.1f} MB: {seconds:.1f} s, largest memory of the child"
            f" {peak[0] / 1e6:.0f} MB, {len(ingested.document.text):,} characters, {len(ingested.document.layout.rows)} rows\n"
        )


def _watch(peak: list[int], done: threading.Event) -> None:
    while not done.wait(0.05):
        for child in psutil.Process().children(recursive=True):
            peak[0] = max(peak[0], child.memory_info().rss)


def write_pdf(path: Path, pages: int) -> None:
    """A report with a text layer: numbered headings, paragraphs, a ruled table on every tenth page."""
    from reportlab.lib.pagesizes import A4
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    canvas = Canvas(str(path), pagesize=A4)
    for page in range(1, pages + 1):
        canvas.setFont("STSong-Light", 9)
        canvas.drawString(72, 810, "东湖区统计年鉴")
        canvas.drawCentredString(297, 30, f"- {page} -")
        canvas.setFont("STSong-Light", 12)
        canvas.drawString(72, 770, f"{page}.加快第{page}批项目建设。")
        words = "".join(PARAGRAPH.format(page, page % 9 + 1, i * 10) for i in range(1, 16))
        bottom = 300 if page % 10 == 0 else 60
        for line, y in zip(range(0, len(words), 36), range(750, bottom, -20), strict=False):
            canvas.drawString(72, y, words[line : line + 36])
        if page % 10 == 0:
            for row in range(6):
                canvas.line(72, 260 - 30 * row, 520, 260 - 30 * row)
            for column in range(4):
                canvas.line(72 + column * 448 / 3, 260, 72 + column * 448 / 3, 110)
            for row in range(5):
                cells = (
                    ("学校", "学位", "竣工时间")
                    if row == 0
                    else (f"第{row}小学", str(row * 90), f"20{page % 20 + 10}年")
                )
                for column, cell in enumerate(cells):
                    canvas.drawString(80 + column * 448 / 3, 240 - 30 * row, cell)
        canvas.showPage()
    canvas.save()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path)
    parser.add_argument("--pages", type=int)
    arguments = parser.parse_args()
    if arguments.texts is not None:
        texts(arguments.texts)
    if arguments.pages:
        long_pdf(arguments.pages)


if __name__ == "__main__":
    main()
