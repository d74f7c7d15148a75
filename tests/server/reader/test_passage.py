"""What the reader is given to read: sentences that are places in the document, below what says of whom they speak."""

from pathlib import Path

from ingest.document import Span
from ingest.read import Ingested, read_document
from server.reader.passage import passage_of
from tests.conftest import SAMPLES

HAICANG = next(SAMPLES.glob("*海沧*"))


def _ingested(tmp_path: Path, name: str, text: str) -> Ingested:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return read_document(path)


def test_every_piece_is_a_place_in_its_document_and_together_they_are_the_chunk() -> None:
    ingested = read_document(HAICANG)
    for chunk in ingested.chunks:
        passage = passage_of(ingested.document, chunk)
        assert passage.pieces
        for piece in passage.pieces:
            assert chunk.start <= piece.span.start < piece.span.end <= chunk.end
            read = passage.text[piece.start : piece.end]
            printed = ingested.document.text[piece.span.start : piece.span.end]
            assert read.replace(" ", "") == "".join(printed.split())


def test_the_context_tells_title_year_and_headings(tmp_path: Path) -> None:
    text = "关于做好招生工作的通知\n\n2024年3月1日\n\n一、招生范围\n\n凡年满六周岁的儿童均可报名。\n"
    ingested = _ingested(tmp_path, "通知.txt", text)
    chunk = next(chunk for chunk in ingested.chunks if "六周岁" in chunk.text)
    context = passage_of(ingested.document, chunk, "下列儿童可以报名：").context
    assert "关于做好招生工作的通知（2024年）" in context
    assert "一、招生范围" in context
    assert context.endswith("下列儿童可以报名：")


def test_the_context_does_not_tell_the_title_twice(tmp_path: Path) -> None:
    ingested = _ingested(tmp_path, "须知.md", "# 参观须知\n\n## 一、开放时间\n\n每天九时开馆。\n")
    chunk = next(chunk for chunk in ingested.chunks if "九时" in chunk.text)
    assert passage_of(ingested.document, chunk).context == "参观须知›一、开放时间"


def test_rows_of_a_table_are_read_behind_their_headers(tmp_path: Path) -> None:
    ingested = _ingested(tmp_path, "学位.csv", "学校,学位\n第一小学,1080\n第二小学,960\n")
    chunk = ingested.chunks[0]
    passage = passage_of(ingested.document, chunk)
    row = next(piece for piece in passage.pieces if "1080" in passage.text[piece.start : piece.end])
    assert passage.text[row.start : row.end] == "学校：第一小学 | 学位：1080"
    assert isinstance(row.span, Span)
