"""Which reader reads which format: by the file's name, and where the content says otherwise, by the content."""

from pathlib import Path

from ingest.errors import UnsupportedFormat
from ingest.readers import delimited, image, legacy, libreoffice, ofd, pdf, sheets, slides, text, web, word, xml
from ingest.readers.builder import File, Reader

READERS: dict[str, Reader] = {
    **dict.fromkeys((".txt", ".text", ".md", ".markdown"), text.read),
    **dict.fromkeys((".html", ".htm", ".xhtml", ".mht", ".mhtml"), web.read),
    **dict.fromkeys((".csv", ".tsv"), delimited.read),
    **dict.fromkeys((".doc", ".wps", ".ppt", ".dps", ".rtf"), legacy.read),
    **dict.fromkeys((".xlsx", ".xlsm", ".xls", ".et", ".ods"), sheets.read),
    **dict.fromkeys((".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp"), image.read),
    **dict.fromkeys((".docx", ".docm"), word.read),
    **dict.fromkeys((".pptx", ".ppsx"), slides.read),
    ".pdf": pdf.read,
    ".ofd": ofd.read,
    ".xml": xml.read,
}
SLOW = frozenset({
    ".pdf", ".ofd", ".docx", ".docm", ".pptx", ".ppsx", ".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".webp",
})  # fmt: skip
VERSION = "1"
"""Of all readers together; counted up when one of them learns something."""
ARCHIVES = frozenset({".zip"})
WRITTEN_AS_TEXT = frozenset({".txt", ".text", ".md", ".markdown", ".csv", ".tsv", ".xml", ".html", ".htm", ".xhtml"})


def supported_suffixes() -> list[str]:
    return sorted({*READERS, *ARCHIVES})


def is_supported(path: Path) -> bool:
    return path.suffix.lower() in READERS or is_archive(path)


def is_archive(path: Path) -> bool:
    return path.suffix.lower() in ARCHIVES


def true_reader(file: File) -> Reader:
    """The reader of what the content is: a web page that is named .doc is read as a web page.

    Text formats have no marks of their own and are taken by their names.
    """
    named = file.path.suffix.lower()
    found = "" if named in WRITTEN_AS_TEXT else legacy.sniff(file.content)
    reader = READERS.get(found) or READERS.get(named)
    if reader is None:
        raise UnsupportedFormat(file.path, supported_suffixes())
    return reader


def is_slow(path: Path) -> bool:
    """Whether reading may take as long as embedding: pages to draw, pictures to recognise."""
    return path.suffix.lower() in SLOW


def reader_version() -> str:
    """Changes when a file that could not be read deserves another try."""
    return VERSION + ("+libreoffice" if libreoffice.usable() else "")
