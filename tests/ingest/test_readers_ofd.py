"""OFD packages written by hand, read back."""

import io
import zipfile
from pathlib import Path

import pytest

from ingest.errors import Damaged, EmptyFile, Encrypted, NoText
from ingest.readers import ofd
from ingest.readers.builder import Extracted, File
from tests.ingest.printed_lines import ARTICLE, TITLE, encoded, page

NAMESPACE = 'xmlns:ofd="http://www.ofdspec.org/2016"'
ROOT = f"""<?xml version="1.0" encoding="UTF-8"?><ofd:OFD {NAMESPACE}><ofd:DocBody><ofd:DocInfo>
<ofd:Title>测试文件</ofd:Title></ofd:DocInfo><ofd:DocRoot>Doc_0/Document.xml</ofd:DocRoot></ofd:DocBody></ofd:OFD>"""


def document(more: str = "", common: str = "", pages: int = 1) -> str:
    references = "".join(f'<ofd:Page ID="{i + 1}" BaseLoc="Pages/Page_{i}/Content.xml"/>' for i in range(pages))
    return f"""<ofd:Document {NAMESPACE}><ofd:CommonData><ofd:PageArea><ofd:PhysicalBox>0 0 210 297</ofd:PhysicalBox>
</ofd:PageArea>{common}</ofd:CommonData><ofd:Pages>{references}</ofd:Pages>{more}</ofd:Document>"""


def text(said: str, left: float, top: float, size: float = 4, extra: str = "") -> str:
    steps = " ".join([str(size)] * (len(said) - 1))
    return f"""<ofd:TextObject ID="9" Boundary="{left} {top} 150 {size + 1}" Font="1" Size="{size}" {extra}>
<ofd:TextCode X="0" Y="{size}" DeltaX="{steps}">{said}</ofd:TextCode></ofd:TextObject>"""


def content(objects: str, before: str = "") -> str:
    return (
        f'<ofd:Page {NAMESPACE}>{before}<ofd:Content><ofd:Layer ID="2">{objects}</ofd:Layer></ofd:Content></ofd:Page>'
    )


def package(parts: dict[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return buffer.getvalue()


def simple(objects: str, more: str = "", common: str = "", **more_parts: str | bytes) -> bytes:
    parts: dict[str, str | bytes] = {
        "OFD.xml": ROOT,
        "Doc_0/Document.xml": document(more, common),
        "Doc_0/Pages/Page_0/Content.xml": content(objects),
    }
    return package(parts | more_parts)


def read(packed: bytes) -> Extracted:
    return ofd.read(File(Path("a.ofd"), packed))


def lines(packed: bytes) -> list[str]:
    return read(packed).text.splitlines()


def test_text_objects_are_read_from_top_to_bottom_however_they_are_ordered() -> None:
    assert lines(simple(text("二、主要任务", 30, 60) + text("一、总体要求", 30, 40))) == [
        "一、总体要求",
        "二、主要任务",
    ]


def test_a_label_in_the_template_and_its_value_on_the_page_are_one_line() -> None:
    parts: dict[str, str | bytes] = {
        "OFD.xml": ROOT,
        "Doc_0/Document.xml": document(common='<ofd:TemplatePage ID="7" BaseLoc="Tpls/Tpl_0/Content.xml"/>'),
        "Doc_0/Tpls/Tpl_0/Content.xml": content(text("发票号码：", 30, 20)),
        "Doc_0/Pages/Page_0/Content.xml": content(text("99999951", 80, 20), '<ofd:Template TemplateID="7"/>'),
    }
    assert lines(package(parts)) == ["发票号码：\t99999951"]


def test_groups_composites_and_matrices_place_their_text() -> None:
    composite = f"""<ofd:Res {NAMESPACE}><ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="5" Width="100" Height="20">
<ofd:Content>{text("在复合对象里", 0, 0)}</ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits></ofd:Res>"""
    objects = (
        f'<ofd:PageBlock ID="3">{text("在组里", 30, 80)}</ofd:PageBlock>'
        '<ofd:CompositeObject ID="4" ResourceID="5" Boundary="30 40 100 20"/>'
        + text("放大一倍", 30, 120, 4, 'CTM="2 0 0 2 0 0"')
    )
    packed = simple(
        objects, common="<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>", **{"Doc_0/DocumentRes.xml": composite}
    )
    assert lines(packed) == ["在复合对象里", "在组里", "放大一倍"]


def test_repeated_distances_between_letters_are_counted_out() -> None:
    objects = """<ofd:TextObject ID="9" Boundary="30 30 150 5" Font="1" Size="4"><ofd:TextCode X="0" Y="4" DeltaX="g 5 4 30 g 2 4">
关于测试文件甲乙丙</ofd:TextCode></ofd:TextObject>""".replace("\n", "")
    assert lines(simple(objects)) == ["关于测试文件\t甲乙丙"]


@pytest.mark.parametrize("prefix, declared", [("ofd:", 'xmlns:ofd="http://example.org/other"'), ("", ""), ("ofd:", "")])
def test_wrong_or_missing_namespaces_do_not_matter(prefix: str, declared: str) -> None:
    def other(xml: str) -> str:
        return (
            xml.replace(NAMESPACE, declared).replace("ofd:", prefix)
            if prefix == ""
            else xml.replace(NAMESPACE, declared)
        )

    packed = package(
        {
            "OFD.xml": other(ROOT), "Doc_0/Document.xml": other(document()),
            "Doc_0/Pages/Page_0/Content.xml": other(content(text("一、总体要求", 30, 40))),
        }
    )  # fmt: skip
    assert lines(packed) == ["一、总体要求"]


def test_paths_may_be_absolute_chinese_or_in_another_case() -> None:
    root = ROOT.replace("Doc_0/Document.xml", "/文档/document.XML")
    pages = document().replace("Pages/Page_0/Content.xml", "/文档/正文/Content.xml")
    packed = package({
        "ofd.xml": root,
        "文档/Document.xml": pages,
        "文档/正文/content.xml": content(text("一、总体要求", 30, 40)),
    })
    assert lines(packed) == ["一、总体要求"]


def test_several_documents_in_one_package_are_all_read() -> None:
    second = ROOT.split("<ofd:DocBody>", 1)[1].replace("Doc_0", "Doc_1")
    packed = package(
        {
            "OFD.xml": ROOT.split("</ofd:OFD>")[0] + "<ofd:DocBody>" + second,
            "Doc_0/Document.xml": document(), "Doc_1/Document.xml": document(),
            "Doc_0/Pages/Page_0/Content.xml": content(text("甲文件", 30, 40)),
            "Doc_1/Pages/Page_0/Content.xml": content(text("乙文件", 30, 40)),
        }
    )  # fmt: skip
    assert lines(packed) == ["甲文件", "乙文件"]


def test_rules_make_a_table() -> None:
    rules = "".join(
        f'<ofd:PathObject ID="8" Boundary="20 {y} 120 0.3"><ofd:AbbreviatedData>M 0 0 L 120 0</ofd:AbbreviatedData></ofd:PathObject>'
        for y in (40, 50, 60)
    ) + "".join(
        f'<ofd:PathObject ID="8" Boundary="{x} 40 0.3 20"><ofd:AbbreviatedData>M 0 0 L 0 20</ofd:AbbreviatedData></ofd:PathObject>'
        for x in (20, 80, 140)
    )
    cells = text("学校名称", 22, 42) + text("学位数量", 82, 42) + text("第一小学", 22, 52) + text("一千", 82, 52)
    assert lines(simple(rules + cells)) == ["学校名称：第一小学 | 学位数量：一千"]


def test_annotations_are_read_and_watermarks_are_noise() -> None:
    slanted = text("内部资料", 50, 50, 8, 'CTM="0.707 0.707 -0.707 0.707 0 0"')
    notes = f"""<ofd:PageAnnot {NAMESPACE}><ofd:Annot Type="Stamp" ID="3"><ofd:Appearance Boundary="30 100 100 20">
{text("同意。张三", 0, 0)}</ofd:Appearance></ofd:Annot><ofd:Annot Type="Watermark" ID="4"><ofd:Appearance Boundary="0 0 210 297">
{slanted}</ofd:Appearance></ofd:Annot></ofd:PageAnnot>"""
    listed = f'<ofd:Annotations {NAMESPACE}><ofd:Page PageID="1"><ofd:FileLoc>A.xml</ofd:FileLoc></ofd:Page></ofd:Annotations>'
    packed = simple(
        text("一、总体要求", 30, 40), "<ofd:Annotations>Annots/List.xml</ofd:Annotations>",
        **{"Doc_0/Annots/List.xml": listed, "Doc_0/Annots/A.xml": notes},
    )  # fmt: skip
    assert lines(packed) == ["一、总体要求", "同意。张三", "内部资料"]
    extracted = read(packed)
    assert [extracted.text[n.start : n.end].strip() for n in extracted.noise] == ["内部资料"]


@pytest.mark.slow
def test_a_page_that_is_an_image_is_recognised_and_one_that_cannot_be_decoded_is_a_gap() -> None:
    resources = f"""<ofd:Res {NAMESPACE} BaseLoc="Res"><ofd:MultiMedias><ofd:MultiMedia ID="6" Type="Image">
<ofd:MediaFile>scan.png</ofd:MediaFile></ofd:MultiMedia></ofd:MultiMedias></ofd:Res>"""
    shown = '<ofd:ImageObject ID="3" ResourceID="6" Boundary="0 0 210 297"/>'
    common = "<ofd:DocumentRes>DocumentRes.xml</ofd:DocumentRes>"
    scan = encoded(page((TITLE, 200, 40), (ARTICLE, 80, 260)))
    parts: dict[str, str | bytes] = {"Doc_0/DocumentRes.xml": resources, "Doc_0/Res/scan.png": scan}
    assert read(simple(shown, "", common, **parts)).text.splitlines() == [TITLE, ARTICLE]
    packed = package(
        {
            "OFD.xml": ROOT, "Doc_0/Document.xml": document(common=common, pages=2), "Doc_0/DocumentRes.xml": resources,
            "Doc_0/Res/scan.png": b"JBIG2", "Doc_0/Pages/Page_0/Content.xml": content(shown),
            "Doc_0/Pages/Page_1/Content.xml": content(text("一、总体要求", 30, 40)),
        }
    )  # fmt: skip
    got = read(packed)
    assert got.text == "一、总体要求\n"
    assert got.gaps[0] == "第 1 页的图像无法解码，没有识别"


def test_attachments_are_named_as_not_read() -> None:
    listed = f'<ofd:Attachments {NAMESPACE}><ofd:Attachment Name="名单.xlsx"/></ofd:Attachments>'
    packed = simple(
        text("正文", 30, 40), "<ofd:Attachments>Attachs.xml</ofd:Attachments>", **{"Doc_0/Attachs.xml": listed}
    )
    assert read(packed).gaps == ("附件没有读取：名单.xlsx",)


def test_the_title_among_the_properties_counts_where_the_text_has_it() -> None:
    assert read(simple(text("测试文件", 30, 40) + text("正文", 30, 60))).title == "测试文件"
    assert read(simple(text("正文", 30, 60))).title == ""


def test_a_missing_page_is_a_gap() -> None:
    packed = package({
        "OFD.xml": ROOT,
        "Doc_0/Document.xml": document(pages=2),
        "Doc_0/Pages/Page_0/Content.xml": content(text("正文", 30, 40)),
    })
    assert read(packed).gaps == ("第 2 页缺失或无法解析",)


def test_drawings_alone_are_no_text() -> None:
    drawn = '<ofd:PathObject ID="3" Boundary="0 0 70 30"><ofd:AbbreviatedData>M 0 0 L 70 0 C</ofd:AbbreviatedData></ofd:PathObject>'
    with pytest.raises(NoText, match="共 1 页，只有矢量图形或签章"):
        read(simple(drawn))


def test_an_encrypted_package_says_so() -> None:
    with pytest.raises(Encrypted):
        read(package({"OFD.xml": ROOT, "Doc_0/Document.xml": document(), "Encryptions.xml": "<a/>"}))


def test_entities_are_not_expanded() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY x "哈哈"><!ENTITY y "&x;&x;">]>' + content(text("正文", 30, 40) + text("&y;", 30, 60))
    packed = package({"OFD.xml": ROOT, "Doc_0/Document.xml": document(), "Doc_0/Pages/Page_0/Content.xml": bomb})
    assert "哈哈" not in read(packed).text


@pytest.mark.slow
def test_a_composite_that_contains_itself_comes_to_an_end() -> None:
    itself = f"""<ofd:Res {NAMESPACE}><ofd:CompositeGraphicUnits><ofd:CompositeGraphicUnit ID="5"><ofd:Content>
<ofd:CompositeObject ID="4" ResourceID="5" Boundary="0 0 1 1"/><ofd:CompositeObject ID="4" ResourceID="5" Boundary="0 0 1 1"/>
</ofd:Content></ofd:CompositeGraphicUnit></ofd:CompositeGraphicUnits></ofd:Res>"""
    shown = '<ofd:CompositeObject ID="4" ResourceID="5" Boundary="30 40 100 20"/>' + text("正文", 30, 40)
    common = "<ofd:DocumentRes>R.xml</ofd:DocumentRes>"
    with_end = simple(text("正文", 30, 40) + shown, common=common, **{"Doc_0/R.xml": itself})
    assert lines(with_end)[0] == "正文"


@pytest.mark.parametrize("broken", [b"no package", package({"a.txt": "1"}), package({"OFD.xml": "<"})])
def test_a_broken_package_is_damaged(broken: bytes) -> None:
    with pytest.raises(Damaged):
        read(broken)


def test_an_empty_file_is_empty() -> None:
    with pytest.raises(EmptyFile):
        read(b"")
