"""OFD (GB/T 33190): the text objects of every page in their places, templates and annotations included.

Covered: several documents in one package, groups and composite objects, names with or without any namespace, paths in
any case, recognition of pages that are images. Not covered: files inside the file (named in a gap), rules of tables
drawn as pictures, images in JBIG2.
"""

import io
import posixpath
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from ingest.errors import Damaged, EmptyFile, Encrypted, NoText
from ingest.readers.builder import Extracted, File, TextBuilder
from ingest.readers.grids import find_tables
from ingest.readers.layout import HAN, Page
from ingest.readers.ofd_page import Drawing, Matrix, child, children, numbers
from ingest.readers.pages import write_pages
from ingest.readers.raster import open_picture

POINT = 72 / 25.4
LARGEST_PART = 64 << 20
DEFAULT_SIZE = (0.0, 0.0, 210.0, 297.0)


def read(file: File) -> Extracted:
    """The text of an OFD package."""
    if not file.content:
        raise EmptyFile(file.path)
    out = TextBuilder()
    try:
        package = _Package(zipfile.ZipFile(io.BytesIO(file.content)), out)
    except zipfile.BadZipFile as fault:
        raise Damaged(file.path, "不是 OFD 包") from fault
    if package.has("Encryptions.xml") or any(info.flag_bits & 1 for info in package.zip.infolist()):
        raise Encrypted(file.path)
    root = package.xml("OFD.xml", "")
    if root is None:
        raise Damaged(file.path, "包里没有 OFD.xml，或无法解析")
    pages: list[Page] = []
    title = ""
    for body in children(root, "DocBody"):
        place = package.find(_text(child(body, "DocRoot")), "")
        document = package.xml(place, "") if place else None
        if document is None:
            out.gap("一个文档的 Document.xml 缺失或无法解析")
            continue
        title = title or _text(child(child(body, "DocInfo"), "Title"))
        pages += _Document(package, place, document).pages(file)
    extracted = write_pages(pages, out)
    if not extracted.text.strip():
        drawn = "只有矢量图形或签章" if pages else "没有页面"
        raise NoText(file.path, f"共 {len(pages)} 页，{drawn}，没有文字对象")
    return replace(extracted, title=extracted.title or _stated(title, extracted.text))


def _stated(title: str, text: str) -> str:
    """The title among the file's properties, where the document has it too: it may be 未命名 or a file's name."""
    return title if HAN.search(title) and "".join(title.split()) in "".join(text.split()) else ""


def _text(element: Any) -> str:
    return (element.text or "").strip() if element is not None else ""


@dataclass
class _Package:
    """The parts of the package; a path may be absolute, relative, or written in another case than the part's name."""

    zip: zipfile.ZipFile
    out: TextBuilder
    _names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._names = {self._key(name): name for name in self.zip.namelist()}

    @staticmethod
    def _key(name: str) -> str:
        return posixpath.normpath(name.replace("\\", "/").lstrip("/")).lower()

    def has(self, name: str) -> bool:
        return any(key.rsplit("/", 1)[-1] == name.lower() for key in self._names)

    def find(self, name: str, base: str) -> str:
        """The part's own name, empty where there is none; `base` is the part that refers to it."""
        if not name.strip():
            return ""
        name = name.strip()
        tries = [name] if name.startswith("/") else [posixpath.join(posixpath.dirname(base), name), name]
        return next((self._names[self._key(t)] for t in tries if self._key(t) in self._names), "")

    def read(self, name: str) -> bytes:
        """A part's bytes, empty where it is damaged or larger than any honest one."""
        try:
            with self.zip.open(name) as part:
                content = part.read(LARGEST_PART + 1)
        except (KeyError, zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError):
            return b""
        return content if len(content) <= LARGEST_PART else b""

    def xml(self, name: str, base: str) -> Any:
        """A part's root element, None where it is missing or no XML."""
        from lxml import etree

        found = self.find(name, base)
        if not found:
            return None
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=True)
        try:
            return etree.fromstring(self.read(found).lstrip(b"\xef\xbb\xbf \r\n"), parser)
        except (etree.XMLSyntaxError, ValueError):
            return None


@dataclass
class _Document:
    """One document of the package: its pages, and what they share."""

    package: _Package
    place: str
    root: Any
    templates: dict[str, Any] = field(default_factory=dict)
    media: dict[str, str] = field(default_factory=dict)
    units: dict[str, Any] = field(default_factory=dict)
    annotations: dict[str, list[Any]] = field(default_factory=dict)

    def pages(self, file: File) -> Iterator[Page]:
        common = child(self.root, "CommonData")
        for template in children(common, "TemplatePage"):
            self.templates[template.get("ID", "")] = self.package.xml(template.get("BaseLoc", ""), self.place)
        for kind in ("PublicRes", "DocumentRes"):
            for reference in children(common, kind):
                self._load_resources(_text(reference), self.place)
        self._load_annotations()
        if self.package.find(_text(child(self.root, "Attachments")), self.place):
            self._name_attachments()
        size = _box(child(common, "PageArea")) or DEFAULT_SIZE
        references = list(children(child(self.root, "Pages"), "Page"))
        for number, reference in enumerate(references):
            yield self._page(reference, size, number + 1)
            file.progress((number + 1) / len(references))

    def _page(self, reference: Any, size: tuple[float, ...], number: int) -> Page:
        place = self.package.find(reference.get("BaseLoc", ""), self.place)
        root = self.package.xml(place, "") if place else None
        if root is None:
            self.package.out.gap(f"第 {number} 页缺失或无法解析")
            return Page(0, 0, ())
        for resources in children(root, "PageRes"):
            self._load_resources(_text(resources), place)
        left, top, width, height = _box(child(root, "Area")) or size
        drawing = Drawing(self.units)
        # In points, as PDF has it: what counts as near is told in points.
        start = Matrix(a=POINT, d=POINT, e=-left * POINT, f=-top * POINT)
        for used in children(root, "Template"):
            template = self.templates.get(used.get("TemplateID", ""))
            if template is not None:
                drawing.draw(child(template, "Content"), start)
        drawing.draw(child(root, "Content"), start)
        for annotation in self.annotations.get(reference.get("ID", ""), []):
            appearance = child(annotation, "Appearance")
            if appearance is not None and annotation.get("Visible", "true") != "false":
                box = numbers(appearance.get("Boundary"), 4) or (0.0, 0.0, 0.0, 0.0)
                drawing.draw(appearance, start.inside(Matrix(e=box[0], f=box[1])))
        if not drawing.pieces and drawing.images:
            return self._recognised(drawing, number)
        tables, rest = find_tables(drawing.segments, drawing.pieces)
        return Page(width * POINT, height * POINT, rest, tables, slanted=drawing.slanted)

    def _recognised(self, drawing: Drawing, number: int) -> Page:
        """A page without text: its largest image is read."""
        from PIL import Image, UnidentifiedImageError

        from ingest.readers.ocr import recognise

        for resource in sorted(drawing.images, key=lambda i: -i[1]):
            content = self.package.read(self.media.get(resource[0], ""))
            try:
                found = recognise(open_picture(content))
            except (UnidentifiedImageError, OSError, SyntaxError, Image.DecompressionBombError):
                self.package.out.gap(f"第 {number} 页的图像无法解码，没有识别")
                continue
            if found.unsure:
                self.package.out.gap(f"第 {number} 页有约 {found.dropped:.0%} 的文字识别不清，没有收入")
            if found.prints:
                return found.page()
        self.package.out.gap(f"第 {number} 页没有识别出文字")
        return Page(0, 0, ())

    def _load_resources(self, name: str, base: str) -> None:
        place = self.package.find(name, base)
        root = self.package.xml(place, "") if place else None
        if root is None:
            return
        folder = posixpath.join(posixpath.dirname(place), root.get("BaseLoc", ""))
        for media in children(child(root, "MultiMedias"), "MultiMedia"):
            wanted = _text(child(media, "MediaFile"))
            found = self.package.find(posixpath.join(folder, wanted), "") or self.package.find(wanted, place)
            self.media[media.get("ID", "")] = found
        for unit in children(child(root, "CompositeGraphicUnits"), "CompositeGraphicUnit"):
            self.units[unit.get("ID", "")] = unit

    def _load_annotations(self) -> None:
        place = self.package.find(_text(child(self.root, "Annotations")), self.place)
        for page in children(self.package.xml(place, "") if place else None, "Page"):
            root = self.package.xml(_text(child(page, "FileLoc")), place)
            self.annotations.setdefault(page.get("PageID", ""), []).extend(children(root, "Annot"))

    def _name_attachments(self) -> None:
        root = self.package.xml(_text(child(self.root, "Attachments")), self.place)
        names = [a.get("Name", "") for a in children(root, "Attachment")]
        if names:
            self.package.out.gap(f"附件没有读取：{'、'.join(name or '未命名' for name in names)}")


def _box(area: Any) -> tuple[float, ...] | None:
    box = numbers(_text(child(area, "PhysicalBox")), 4)
    return box if box is not None and box[2] > 0 and box[3] > 0 else None
