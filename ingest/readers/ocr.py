"""Print on images: RapidOCR with the models in its own package, on this machine's processor.

Covered: pages that lie on their side or head or a little crooked, long screenshots (read in strips), print in several
sizes. Nothing is downloaded: every model is named by its path. Not covered: handwriting, formulas.
"""

import math
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any

from ingest.onnx import load_onnxruntime
from ingest.readers.grids import Segment, find_tables
from ingest.readers.layout import Page, Piece, reading_order, wide
from ingest.readers.scan_rules import divided, drawn_rules

if TYPE_CHECKING:
    from PIL.Image import Image

THREADS = 2
LEAST_SCORE = 0.5
LONGEST_SIDE = 2000
"""Pixels; larger images are made smaller, which bounds the memory (0.8 GB with 1,400 x 2,000)."""
LONG = 2.5
"""An image so many times higher than wide is a long screenshot: made smaller it could not be read."""
UPSIDE_DOWN = 0.8
"""The mean score below which the page may stand on its head; upright print has 0.9 and more."""
MANY_DROPPED = 0.2
PADDING = 0.15
SHEET = 842
LEAST_SLOPES = 3
LEAST_SKEW, MOST_SKEW = 0.2, 6.0
"""Degrees by which a sheet lies crooked: less does no harm, more is told too unsurely by the boxes."""
MODELS = {
    "Det": "PP-OCRv6_det_small.onnx", "Rec": "PP-OCRv6_rec_small.onnx", "Cls": "ch_ppocr_mobile_v2.0_cls_mobile.onnx"
}  # fmt: skip


@dataclass(frozen=True)
class Print:
    """A recognised stretch of print; the box in pixels of the image as it was turned."""

    text: str
    left: float
    top: float
    right: float
    bottom: float
    score: float
    slope: float = 0.0
    """How far it goes down on its way right, as a share of its length."""


@dataclass(frozen=True)
class Recognised:
    """What an image says; `dropped` is the share of its characters that could not be told surely enough."""

    width: int
    height: int
    prints: tuple[Print, ...]
    dropped: float
    segments: tuple[Segment, ...] = ()
    """The straight rules, in pixels."""

    def page(self) -> Page:
        # In points of a sheet of A4, as the other readers have it.
        unit = SHEET / max(self.width, self.height, 1)
        pieces = []
        for p in self.prints:
            # The detector's boxes reach beyond their print; unmended they would close the gaps between a row's cells.
            edge = min(PADDING * (p.bottom - p.top), (p.right - p.left) / 4)
            left, right = unit * (p.left + edge), unit * (p.right - edge)
            pieces.append(Piece(p.text, left, unit * p.top, right, unit * p.bottom, unit * _em(p)))
        segments = [(x0 * unit, y0 * unit, x1 * unit, y1 * unit) for x0, y0, x1, y1 in self.segments]
        tables, rest = find_tables(segments, divided(pieces, segments), least_rows=2)
        return Page(self.width * unit, self.height * unit, rest, tables, rough=True)

    @property
    def unsure(self) -> bool:
        return self.dropped > MANY_DROPPED


def image_lines(image: "Image", threads: int = THREADS) -> list[str]:
    """The lines of print on an image in reading order."""
    return [line.text for line in reading_order(recognise(image, threads).page())]


def recognise(image: "Image", threads: int = THREADS) -> Recognised:
    """All print on an image, whichever way up it is."""
    from PIL import Image as images
    from PIL import ImageOps

    upright = ImageOps.exif_transpose(image) or image
    if upright.mode in ("RGBA", "LA", "PA") or "transparency" in upright.info:
        # Transparent print on nothing would come out black on black.
        upright = upright.convert("RGBA")
        ground = images.new("RGBA", upright.size, "white")
        upright = images.alpha_composite(ground, upright)
    upright = upright.convert("RGB")
    found = _read(upright, threads)
    turns: tuple[int, ...] = ()
    if _lies_on_its_side(found):
        turns = (90, 270)
    elif found and _score(found) < UPSIDE_DOWN:
        turns = (180,)
    best, shown = found, upright
    for turn in turns:
        turned = upright.rotate(turn, expand=True)
        other = _read(turned, threads)
        # Every box on its side is turned before it is read, so a page on its side may score as well as an upright one.
        if _score(other) > _score(best) - (0.03 if best is found and turn != 180 else 0):
            best, shown = other, turned
    return _sure(best, shown)


def _sure(found: list[Print], image: "Image") -> Recognised:
    found, image = _straightened(found, image)
    kept = tuple(p for p in found if p.score >= LEAST_SCORE)
    all_characters = sum(len(p.text) for p in found)
    dropped = 1 - sum(len(p.text) for p in kept) / all_characters if all_characters else 0.0
    return Recognised(image.width, image.height, kept, dropped, tuple(drawn_rules(image)) if kept else ())


def _straightened(found: list[Print], image: "Image") -> "tuple[list[Print], Image]":
    """Print and image as if the sheet had lain straight on the scanner: rules are looked for level and upright."""
    from PIL import Image as images

    slopes = [p.slope for p in found if p.right - p.left > 2.5 * (p.bottom - p.top)]
    angle = math.atan(median(slopes)) if len(slopes) >= LEAST_SLOPES else 0.0
    if not LEAST_SKEW <= abs(math.degrees(angle)) <= MOST_SKEW:
        return found, image
    straight = []
    for p in found:
        x, y = (p.left + p.right - image.width) / 2, (p.top + p.bottom - image.height) / 2
        right = x * math.cos(angle) + y * math.sin(angle) - x
        down = y * math.cos(angle) - x * math.sin(angle) - y
        straight.append(
            replace(p, left=p.left + right, right=p.right + right, top=p.top + down, bottom=p.bottom + down)
        )
    return straight, image.rotate(math.degrees(angle), resample=images.Resampling.BICUBIC, fillcolor="white")


def _read(image: "Image", threads: int) -> list[Print]:
    """One pass over the image as it stands, in strips where it is long."""
    if image.height <= LONG * image.width or image.height <= LONGEST_SIDE:
        return _pass(image, threads)
    found: list[Print] = []
    for top, bottom in _strips(image):
        strip = _pass(image.crop((0, top, image.width, bottom)), threads)
        found += [replace(p, top=p.top + top, bottom=p.bottom + top) for p in strip]
    return found


def _strips(image: "Image") -> list[tuple[int, int]]:
    """Cuts about every `2 x width`, each through the emptiest row of pixels near there."""
    import numpy as np

    ink = np.asarray(image.convert("L"), dtype=np.float32).std(axis=1)
    step = min(2 * image.width, LONGEST_SIDE)
    cuts = [0]
    while image.height - cuts[-1] > 1.25 * step:
        near = cuts[-1] + int(0.75 * step)
        cuts.append(near + int(np.argmin(ink[near : near + step // 2])))
    cuts.append(image.height)
    return list(pairwise(cuts))


def _pass(image: "Image", threads: int) -> list[Print]:
    import numpy as np

    if min(image.size) < 4:
        return []
    pixels = np.ascontiguousarray(np.asarray(image)[:, :, ::-1])
    # The classifier turns single boxes by 180 degrees and leaves the page as it is: the order would be the reverse.
    result = _engine(threads)(pixels, use_cls=False, text_score=0.0)
    if result.boxes is None or result.txts is None:
        return []
    found = []
    for box, text, score in zip(result.boxes.tolist(), result.txts, result.scores, strict=True):
        (x0, y0), (x1, y1), (x2, y2), (x3, y3) = box
        left, right = (x0 + x3) / 2, (x1 + x2) / 2
        top, bottom = (y0 + y1) / 2, (y2 + y3) / 2
        if text.strip():
            slope = ((y1 - y0) + (y2 - y3)) / 2 / max(abs(right - left), 1.0)
            found.append(
                Print(text, min(left, right), min(top, bottom), max(left, right), max(top, bottom), score, slope)
            )
    return found


@lru_cache(maxsize=1)
def _engine(threads: int) -> Any:
    """The one engine of this process."""
    load_onnxruntime()
    import rapidocr

    models = Path(rapidocr.__file__).parent / "models"
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": LONGEST_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            # A model named by its path is only opened; one left to RapidOCR would be fetched where it is missing.
            **{f"{part}.model_path": str(models / name) for part, name in MODELS.items()},
        }
    )


def _lies_on_its_side(found: list[Print]) -> bool:
    """Whether most print runs down: told by the boxes, for what stands on its head is read as a letter or two."""
    runs = [(p.right - p.left, p.bottom - p.top) for p in found]
    down = sum(height for width, height in runs if height > 2 * width)
    return down > 0.6 * sum(max(run) for run in runs if max(run) > 2 * min(run))


def _score(found: list[Print]) -> float:
    characters = sum(len(p.text) for p in found)
    return sum(p.score * len(p.text) for p in found) / characters if characters else 0.0


def _em(found: Print) -> float:
    """The width of a Chinese character; boxes are higher than their print, so width tells more where there is some."""
    height = found.bottom - found.top
    units = sum(1.0 if wide(c) else 0.55 for c in found.text)
    return min(height, (found.right - found.left) / units) if units >= 4 else 0.8 * height
