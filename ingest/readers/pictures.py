"""Pictures inside word-processor files and slides: which of them are read by OCR, and what is said of the others.

Not covered: the recognition itself (`ocr`), vector pictures (EMF, WMF), pages of PDFs.
"""

import hashlib
from dataclasses import dataclass, field

from ingest.readers.ocr import image_lines
from ingest.readers.raster import open_picture

NARROWEST = 200
LOWEST = 50
LARGE = 400 * 300
MOST_PIXELS = 80_000_000


@dataclass
class Pictures:
    """Reads each distinct picture of one file once; `unread` are the numbers of large ones that gave no text."""

    unread: list[int] = field(default_factory=list)
    _seen: set[bytes] = field(default_factory=set)
    _count: int = 0

    def lines(self, content: bytes | None) -> list[str]:
        """The lines of text in a picture, none where it is small, a vector picture or shown before."""
        from PIL import Image, UnidentifiedImageError

        if not content:
            return []
        digest = hashlib.sha256(content).digest()
        if digest in self._seen:
            return []
        self._seen.add(digest)
        self._count += 1
        try:
            image = open_picture(content)
            width, height = image.size
            if width < NARROWEST or height < LOWEST or width * height > MOST_PIXELS:
                return []
            image.load()
        except (UnidentifiedImageError, OSError, SyntaxError, ValueError, Image.DecompressionBombError):
            # A picture that nobody can show is not part of the text.
            return []
        found = [line for line in image_lines(image) if line.strip()]
        if not found and width * height >= LARGE:
            self.unread.append(self._count)
        return found

    def gaps(self) -> list[str]:
        return [f"第 {number} 幅图片没有识别出文字" for number in self.unread]
