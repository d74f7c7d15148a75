"""Pictures are told by their content, and only by the decoders that are listed: no program is started for one."""

import io
import os
from pathlib import Path

import pytest

from ingest.errors import Damaged
from ingest.readers import image
from ingest.readers.builder import File
from ingest.readers.pictures import Pictures
from ingest.readers.raster import FORMATS, open_picture

POSTSCRIPT = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 400 300\n%%EndComments\n(x) show\nshowpage\n%%EOF\n"


@pytest.fixture
def ghostscript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What is there once a `gs` on the PATH was started."""
    from PIL import EpsImagePlugin

    started = tmp_path / "started"
    for name in ("gs", "gswin64c"):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\ntouch {started}\n", encoding="utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    monkeypatch.setattr(EpsImagePlugin, "gs_binary", None)
    return started


def test_postscript_that_is_named_a_picture_is_refused_and_no_program_is_started(ghostscript: Path) -> None:
    with pytest.raises(Damaged, match="图像无法解码"):
        image.read(File(Path("a.png"), POSTSCRIPT))
    assert Pictures().lines(POSTSCRIPT) == []
    assert not ghostscript.exists()


@pytest.mark.parametrize("kind", FORMATS)
def test_each_listed_format_is_opened(kind: str) -> None:
    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(out, kind)
    assert open_picture(out.getvalue()).size == (8, 8)


@pytest.mark.parametrize("kind", ["PPM", "ICNS", "TGA", "JPEG2000", "PCX", "SGI"])
def test_no_other_format_is_tried(kind: str) -> None:
    from PIL import Image, UnidentifiedImageError

    out = io.BytesIO()
    Image.new("RGB", (16, 16), "white").save(out, kind)
    with pytest.raises(UnidentifiedImageError):
        open_picture(out.getvalue())
