"""Office Open XML packages (.docx, .pptx): parts, relationships and properties out of the zip file.

Damaged XML is read as far as it goes and said so; parts that unpack to more than memory should hold are refused.
Not covered: what the parts mean (`word`, `slides`, `drawing`).
"""

import io
import posixpath
import re
import zipfile
import zlib
from pathlib import Path
from typing import Any

from ingest.errors import Damaged, Encrypted, TooLarge

LARGEST_PART = 256 * 1024 * 1024
LARGEST_PACKAGE = 1024 * 1024 * 1024
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
OFFICE = "/officeDocument"
# ISO 29500 strict files use other names for the same vocabulary.
STRICT = (
    (b"http://purl.oclc.org/ooxml/wordprocessingml/main", W[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/drawingml/", b"http://schemas.openxmlformats.org/drawingml/2006/"),
    (b"http://purl.oclc.org/ooxml/officeDocument/relationships", R[1:-1].encode()),
    (b"http://purl.oclc.org/ooxml/officeDocument/math", b"http://schemas.openxmlformats.org/officeDocument/2006/math"),
)
# Titles that programs write by themselves, and names of files that were never titles.
DEFAULT_TITLE = re.compile(
    r"(?i)(?:microsoft\s*)?(?:office\s*)?(?:word|powerpoint)\s*(?:文档|演示文稿|presentation|document)?(?:\s*-.*)?|(?:powerpoint|演示文稿).*"
    r"|(?:新建|空白|未命名|无标题|untitled|document|文档|幻灯片|slide|没有幻灯片标题|no slide title|标题|title|目录|正文)\s*\d*.*"
)


class Package:
    """The parts of one file by their names.

    Raises Damaged for what is no zip file, Encrypted for a zip with a password, TooLarge for one that unpacks to more
    than `LARGEST_PACKAGE`.
    """

    def __init__(self, content: bytes, path: Path) -> None:
        self.path = path
        self.repaired = False
        try:
            self._zip = zipfile.ZipFile(io.BytesIO(content))
        except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
            raise Damaged(path, "压缩结构不完整") from error
        infos = self._zip.infolist()
        size = sum(info.file_size for info in infos)
        if size > LARGEST_PACKAGE:
            raise TooLarge(path, size, LARGEST_PACKAGE)
        if any(info.flag_bits & 1 for info in infos):
            raise Encrypted(path)
        # Some producers write names with a backslash or in another case than the relationships.
        self._names = {info.filename.replace("\\", "/").lstrip("/").lower(): info for info in infos}

    def read(self, name: str) -> bytes | None:
        """The bytes of a part, None where it is absent; raises Damaged where it cannot be unpacked."""
        info = self._names.get(name.lower())
        if info is None:
            return None
        if info.file_size > LARGEST_PART:
            raise TooLarge(self.path, info.file_size, LARGEST_PART)
        try:
            return self._zip.read(info)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError) as error:
            raise Damaged(self.path, f"{name} 无法解压") from error

    def xml(self, name: str) -> Any | None:
        """The root element of a part; what is not well formed is read as far as it goes and sets `repaired`."""
        from lxml import etree

        content = self.read(name)
        if not content:
            return None
        for strict, transitional in STRICT:
            content = content.replace(strict, transitional)
        options = {"resolve_entities": False, "no_network": True, "remove_comments": True, "remove_pis": True}
        try:
            return etree.fromstring(content, etree.XMLParser(**options))
        except etree.XMLSyntaxError:
            self.repaired = True
        try:
            return etree.fromstring(content, etree.XMLParser(recover=True, **options))
        except etree.XMLSyntaxError as error:
            raise Damaged(self.path, f"{name} 不是有效的 XML") from error

    def relations(self, part: str) -> dict[str, tuple[str, str]]:
        """Relationship id -> (type, name of the part) of the parts that `part` refers to, in the file's order."""
        folder, base = posixpath.split(part)
        root = self.xml(posixpath.join(folder, "_rels", base + ".rels"))
        found: dict[str, tuple[str, str]] = {}
        for relation in () if root is None else root:
            if relation.get("TargetMode") == "External":
                continue
            target = str(relation.get("Target") or "")
            name = target.lstrip("/") if target.startswith("/") else posixpath.normpath(posixpath.join(folder, target))
            found[str(relation.get("Id"))] = (str(relation.get("Type")), name)
        return found

    def mended(self) -> bytes:
        """The package without what libraries stumble over: relationships to parts that it lacks, slide shows' type."""
        from lxml import etree

        stored = io.BytesIO()
        with zipfile.ZipFile(stored, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, info in self._names.items():
                content = self.read(name) or b""
                if name.endswith(".rels"):
                    folder, base = posixpath.split(name)
                    part = posixpath.join(posixpath.dirname(folder), base.removesuffix(".rels"))
                    broken = {key for key, (_, to) in self.relations(part).items() if to.lower() not in self._names}
                    root = self.xml(name)
                    if root is not None:
                        for relation in [one for one in root if one.get("Id") in broken]:
                            root.remove(relation)
                        content = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
                if name == "[content_types].xml":
                    content = content.replace(b"slideshow.main+xml", b"presentation.main+xml")
                archive.writestr(info.filename, content)
        return stored.getvalue()

    def main_part(self) -> str:
        """The part that is the document itself, empty where the package names none."""
        for kind, name in self.relations("").values():
            if kind.endswith(OFFICE) and name.lower() in self._names:
                return name
        return "word/document.xml" if "word/document.xml" in self._names else ""

    def core_title(self) -> str:
        """The title in the file's properties, empty where a program wrote it by itself."""
        root = self.xml("docProps/core.xml")
        title = "" if root is None else " ".join((root.findtext("{*}title") or "").split())
        return "" if DEFAULT_TITLE.fullmatch(title) else title
