"""Draw `scan.png`: `python -m tests.rendered.scan FONT.ttc`. Needed only when the document's text changes."""

import sys

from PIL import Image, ImageDraw, ImageFont

from tests.rendered.document import NUMBER, SIGNATURE, TITLE, lines
from tests.rendered.writers import SCAN

WIDTH, HEIGHT, LEFT, PITCH = 1240, 1754, 160, 58


def main() -> None:
    page = Image.new("L", (WIDTH, HEIGHT), 255)
    draw = ImageDraw.Draw(page)
    body, head = ImageFont.truetype(sys.argv[1], 32), ImageFont.truetype(sys.argv[1], 44)
    draw.text((WIDTH / 2, 140), TITLE, 0, head, anchor="mm")
    draw.text((WIDTH / 2, 220), NUMBER, 0, body, anchor="mm")
    y = 300
    for line in lines()[2:]:
        shown, left = (line, 760) if line in SIGNATURE else ("\u3000\u3000" + line, LEFT)
        while shown:
            fitting = next(n for n in range(len(shown), 0, -1) if draw.textlength(shown[:n], body) <= WIDTH - 2 * LEFT)
            draw.text((left, y), shown[:fitting], 0, body)
            shown = shown[fitting:]
            y += PITCH
    page.convert("1").save(SCAN, optimize=True)


if __name__ == "__main__":
    main()
