"""Opening raster pictures: the only place that hands bytes to Pillow.

Pillow chooses a decoder by the content, whatever the file is called, and some of its decoders start programs
(Ghostscript for PostScript) or are hardly used; only those listed here are tried.
"""

import io
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFile import ImageFile

FORMATS = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "WEBP")


def open_picture(content: bytes) -> "ImageFile":
    """The picture in `content`, not yet decoded; raises PIL.UnidentifiedImageError for what is none of FORMATS."""
    from PIL import Image

    return Image.open(io.BytesIO(content), formats=FORMATS)
