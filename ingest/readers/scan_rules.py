"""Ruled tables on images: long straight strokes of ink, and print that reaches over them taken apart.

Covered: scans that lie straight, within half a degree (`ingest.readers.ocr` turns others so). Not covered: bent sheets,
rules of dots.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ingest.readers.grids import Segment, rules
from ingest.readers.layout import Piece, wide

if TYPE_CHECKING:
    from PIL.Image import Image

LONGEST_SIDE = 2600
THICKEST = 0.006
"""Of the image's longer side: what is thicker is a bar or a picture."""


def drawn_rules(image: "Image") -> list[Segment]:
    """Level and upright rules, in pixels of the image."""
    import cv2
    import numpy as np

    scale = min(1.0, LONGEST_SIDE / max(image.size))
    small = image.convert("L").resize((max(1, round(image.width * scale)), max(1, round(image.height * scale))))
    grey = np.asarray(small)
    ink = cv2.adaptiveThreshold(grey, 255, cv2.ADAPTIVE_THRESH_MEAN_C, cv2.THRESH_BINARY_INV, 25, 12)
    # No stroke of a character is so long, but a cell's edge is.
    shortest = max(24, max(small.size) // 40)
    thickest = max(4.0, THICKEST * max(small.size))
    found: list[Segment] = []
    for shape in ((shortest, 1), (1, shortest)):
        strokes = cv2.morphologyEx(ink, cv2.MORPH_OPEN, cv2.getStructuringElement(cv2.MORPH_RECT, shape))
        _, _, boxes, _ = cv2.connectedComponentsWithStats(strokes, connectivity=8)
        for left, top, width, height, _ in boxes[1:].tolist():
            x, y = (left + width / 2) / scale, (top + height / 2) / scale
            if shape[0] > 1 and height <= thickest:
                found.append((left / scale, y, (left + width) / scale, y))
            elif shape[1] > 1 and width <= thickest:
                found.append((x, top / scale, x, (top + height) / scale))
    return found


def divided(pieces: Sequence[Piece], segments: Sequence[Segment]) -> list[Piece]:
    """The pieces, those across an upright rule divided there: recognition reads over thin rules."""
    _, upright = rules(segments)
    found: list[Piece] = []
    for piece in pieces:
        # A rule is longer than the print beside it is high; the long strokes of characters (本, 丨) are not.
        longest = 1.5 * (piece.bottom - piece.top)
        reaching = (r for r in upright if r.first <= piece.middle <= r.last and r.last - r.first > longest)
        inside = (piece.left + 0.4 * piece.size, piece.right - 0.4 * piece.size)
        found += _cut(piece, sorted(rule.at for rule in reaching if inside[0] < rule.at < inside[1]))
    return found


def _cut(piece: Piece, cuts: list[float]) -> list[Piece]:
    """The piece divided between the characters nearest to the cuts."""
    if not cuts:
        return [piece]
    widths = [1.0 if wide(c) else 0.55 for c in piece.text]
    unit = (piece.right - piece.left) / sum(widths)
    parts: list[Piece] = []
    text, start, at = "", piece.left, piece.left
    for character, width in zip(piece.text, widths, strict=True):
        if cuts and at + 0.5 * width * unit > cuts[0]:
            parts.append(Piece(text, start, piece.top, min(at, cuts[0]), piece.bottom, piece.size))
            text, start = "", max(at, cuts[0])
            cuts = [cut for cut in cuts if cut > start]
        text, at = text + character, at + width * unit
    parts.append(Piece(text, start, piece.top, max(start, piece.right), piece.bottom, piece.size))
    return [part for part in parts if part.text.strip()]
