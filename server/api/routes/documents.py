"""GET /api/documents: the list, one document, and its text by range."""

from pathlib import PurePath
from typing import Annotated

from fastapi import APIRouter, Query

from server.api.problems import PROBLEMS
from server.api.routes.asking import Answers
from server.api.schemas import DocumentOut, DocumentsOut, FailuresOut, TextOut, document_out, failure_out

router = APIRouter(prefix="/api/documents", tags=["文档"], responses=PROBLEMS)


@router.get("", response_model=DocumentsOut, summary="文档列表")
def list_documents(
    answerer: Answers,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
) -> DocumentsOut:
    store = answerer.searcher.store
    rows = store.documents(limit, offset)
    return DocumentsOut(documents=[document_out(row, PurePath(row.path).name) for row in rows], total=store.count())


@router.get("/failures", response_model=FailuresOut, summary="没有读成的文件和原因")
def list_failures(answerer: Answers) -> FailuresOut:
    failures = [failure_out(failure) for failure in answerer.searcher.store.failures()]
    return FailuresOut(failures=failures, total=len(failures))


@router.get("/{document_id}", response_model=DocumentOut, summary="一份文档")
def show_document(document_id: str, answerer: Answers) -> DocumentOut:
    row = answerer.searcher.store.document_row(document_id)
    return document_out(row, PurePath(row.path).name)


@router.get("/{document_id}/text", response_model=TextOut, summary="文档的一段原文")
def read_text(
    document_id: str,
    answerer: Answers,
    start: Annotated[int, Query(ge=0, le=2**53)] = 0,
    end: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> TextOut:
    """`text[start:end]` in Unicode code points, the end exclusive; clipped to the document."""
    text = answerer.searcher.store.document(document_id).text
    last = min(len(text) if end is None else end, len(text))
    first = min(start, last)
    return TextOut(text=text[first:last], start=first, end=last, length=len(text))
