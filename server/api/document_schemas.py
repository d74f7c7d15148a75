"""What goes over the wire about one document beyond what lists show."""

from pydantic import BaseModel, Field

from index.reading import DocumentRow
from ingest.document import Chunk
from ingest.sections import HEADER_HEADING
from server.api.schemas import DocumentOut, document_out


class HeadingOut(BaseModel):
    heading: str = Field(examples=["一、学校建设"])
    level: int = Field(ge=1, description="1 是最外层")
    start: int = Field(ge=0, description="这一节的文字从原文第几个字开始（从 0 数）")


class DocumentDetailOut(DocumentOut):
    outline: list[HeadingOut] = Field(description="大纲：标题和所在的位置，按原文的顺序")
    paths: int = Field(ge=1, description="同样内容的文件有几个")


def document_detail_out(row: DocumentRow, name: str, chunks: list[Chunk]) -> DocumentDetailOut:
    shown = document_out(row, name)
    return DocumentDetailOut(**shown.model_dump(), outline=outline_of(chunks), paths=len(row.paths))


def outline_of(chunks: list[Chunk]) -> list[HeadingOut]:
    """Each heading once, where its section's text begins, those without text of their own where their first part does.

    `chunks` in the order of the text. The head of a document, which has no heading of its own, is left out.
    """
    seen: set[tuple[str, ...]] = set()
    outline = []
    for chunk in chunks:
        for level in range(1, len(chunk.headings) + 1):
            path = chunk.headings[:level]
            if path not in seen and path != (HEADER_HEADING,):
                seen.add(path)
                outline.append(HeadingOut(heading=path[-1], level=level, start=chunk.start))
    return outline
