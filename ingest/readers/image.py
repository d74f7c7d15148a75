"""Images of print, page by page where a file has several (TIFF): recognised, then read like a scanned PDF.

Covered: ruled tables of straight scans; a table without rules becomes lines with its cells joined by tabs.
"""

import warnings

from ingest.errors import Damaged, EmptyFile, NoText
from ingest.readers.builder import Extracted, File, TextBuilder
from ingest.readers.layout import Page
from ingest.readers.ocr import recognise
from ingest.readers.pages import write_pages
from ingest.readers.raster import open_picture

MOST_PIXELS = 150_000_000
"""Half a gigabyte in memory: an A0 sheet at 300 dots per inch."""


def read(file: File) -> Extracted:
    """The text on an image file."""
    from PIL import Image, UnidentifiedImageError

    if not file.content:
        raise EmptyFile(file.path)
    out = TextBuilder()
    pages: list[Page] = []
    try:
        with warnings.catch_warnings():
            # The size is checked below, against what is read into memory.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            image = open_picture(file.content)
        # An animation says on every frame what it says on the first; pages are what TIFF has several of.
        count = getattr(image, "n_frames", 1) if image.format == "TIFF" else 1
        for number in range(count):
            image.seek(number)
            if image.width * image.height > MOST_PIXELS:
                raise Damaged(file.path, f"图像过大：{image.width} × {image.height}")
            found = recognise(image)
            if found.unsure:
                out.gap(f"第 {number + 1} 页有约 {found.dropped:.0%} 的文字识别不清，没有收入")
            elif not found.prints:
                out.gap(f"第 {number + 1} 页没有识别出文字")
            pages.append(found.page())
            file.progress((number + 1) / count)
    except (UnidentifiedImageError, OSError, SyntaxError, EOFError, Image.DecompressionBombError) as fault:
        # Pillow's decoders report a broken file by any of these.
        raise Damaged(file.path, "图像无法解码") from fault
    extracted = write_pages(pages, out)
    if not extracted.text.strip():
        raise NoText(file.path, "图像上没有识别出文字")
    return extracted
