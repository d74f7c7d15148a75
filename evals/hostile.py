"""Files that are legal and take a reader very long: scans of many pages, each of which has to be recognised.

A page costs some seconds of OCR and no bytes: all pages of a file show one picture. Used by `evals.bench.fairness` and by
tests of how uploads share the time.
"""

import io
import zipfile
import zlib
from functools import cache

WIDTH, HEIGHT = 1240, 1754
"""A4 at 150 dots an inch."""
LINES = 40


@cache
def _picture() -> bytes:
    """A page of print, a bit a pixel, deflated."""
    from PIL import Image, ImageDraw, ImageFont

    page = Image.new("1", (WIDTH, HEIGHT), 1)
    draw, font = ImageDraw.Draw(page), ImageFont.load_default(28)
    for line in range(LINES):
        draw.text((100, 80 + 40 * line), f"Section {line + 1}: {7919 * (line + 1)} projects, {line} completed", 0, font)
    return zlib.compress(page.tobytes(), 9)


def scan(pages: int, number: int = 0) -> bytes:
    """A PDF of so many pages without a text layer; `number` makes its bytes differ from others'."""
    picture = _picture()
    head = (
        f"<< /Type /XObject /Subtype /Image /Width {WIDTH} /Height {HEIGHT} /BitsPerComponent 1"
        f" /ColorSpace /DeviceGray /Filter /FlateDecode /Length {len(picture)} >>\nstream\n"
    )
    paint = f"q 595 0 0 842 0 0 cm /P Do Q % {number}"
    kids = " ".join(f"{5 + page} 0 R" for page in range(pages))
    sheet = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /XObject << /P 3 0 R >> >> /Contents 4 0 R >>"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {pages} /Kids [{kids}] >>".encode(),
        head.encode() + picture + b"\nendstream",
        f"<< /Length {len(paint)} >>\nstream\n{paint}\nendstream".encode(),
        *[sheet.encode()] * pages,
    ]
    return _pdf(objects)


def _pdf(objects: list[bytes]) -> bytes:
    """The objects, numbered from 1, with their cross-reference table."""
    file = io.BytesIO()
    file.write(b"%PDF-1.4\n")
    places = []
    for number, content in enumerate(objects, 1):
        places.append(file.tell())
        file.write(f"{number} 0 obj\n".encode() + content + b"\nendobj\n")
    start = file.tell()
    file.write(f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode())
    for place in places:
        file.write(f"{place:010} 00000 n \n".encode())
    file.write(f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode())
    return file.getvalue()


def archive(members: int, pages: int) -> bytes:
    """A .zip of so many scans, no two alike."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        for number in range(members):
            file.writestr(f"{number:05}.pdf", scan(pages, number))
    return packed.getvalue()
