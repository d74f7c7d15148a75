"""GET /api/documents: the list, one document, its text by range, its original file; and DELETE."""

from pathlib import PurePath
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from index.catalogue import Sort, Wanted
from index.filters import Filters
from server.api.access import Reader, Writer
from server.api.document_schemas import DocumentDetailOut, document_detail_out
from server.api.problems import problems
from server.api.routes.asking import Answers
from server.api.schemas import DocumentsOut, FailuresOut, Name, TextOut, document_out, failure_out
from server.api.sending import FILE_CONTENT, send_original, tagged
from server.ledger import audit
from server.removal import remove_document
from server.uploads import Uploads

router = APIRouter(prefix="/api/documents", tags=["文档"])
Responses = dict[int | str, dict[str, Any]]
TAG = {"ETag": {"description": "内容的标记，可用于 If-None-Match", "schema": {"type": "string"}}}
UNCHANGED: Responses = {304: {"description": "没有变化（If-None-Match）", "headers": TAG}}
TAGGED: Responses = {200: {"headers": TAG}, **UNCHANGED, **problems(404)}
SENT = {
    "headers": {
        **TAG,
        "Content-Disposition": {
            "description": "attachment 或 inline，和文件名（RFC 6266）",
            "schema": {"type": "string"},
        },
        "Accept-Ranges": {"description": "恒为 bytes", "schema": {"type": "string"}},
    },
    "content": FILE_CONTENT,
}
FILE: Responses = {
    200: {"description": "整个文件", **SENT},
    206: {"description": "请求的一段（Range）", **SENT},
    **UNCHANGED,
    **problems(404, 409, 416, 503),
}
Year = Annotated[int, Field(ge=0, le=9999)]
Values = Annotated[list[Name] | None, Query(max_length=50)]


@router.get("", summary="文档列表")
def list_documents(
    answerer: Answers,
    caller: Reader,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
    offset: Annotated[int, Query(ge=0, le=2**53)] = 0,
    q: Annotated[str, Query(max_length=200, description="标题、文号或文件名里有这些字")] = "",
    year: Annotated[list[Year] | None, Query(max_length=50, description="涉及这些年份的")] = None,
    place: Annotated[Values, Query(description="这些地方（含下级）的")] = None,
    issuer: Annotated[Values, Query(description="这些单位发布的，写名称的一部分即可")] = None,
    type: Annotated[Values, Query(description="这些格式的，如 pdf")] = None,
    sort: Annotated[Sort, Query(description="按标题、添加时间或年份排列，前面有 - 时倒过来")] = "title",
) -> DocumentsOut:
    searcher = answerer.searcher
    among = searcher.shelf.documents(Filters(None, year, place, issuer, type))
    wanted = Wanted(q.strip(), among, sort)
    rows = searcher.store.documents(limit, offset, wanted)
    documents = [document_out(row, PurePath(row.path).name) for row in rows]
    return DocumentsOut(documents=documents, total=searcher.store.count(wanted))


@router.get("/failures", summary="没有读成的文件和原因")
def list_failures(answerer: Answers, caller: Reader) -> FailuresOut:
    """`path` is the file's whole path for an admin, else its name: where the server keeps its files is its own affair."""
    failures = [failure_out(failure) for failure in answerer.searcher.store.failures()]
    if not caller.may("admin"):
        failures = [failure.model_copy(update={"path": PurePath(failure.path).name}) for failure in failures]
    return FailuresOut(failures=failures, total=len(failures))


@router.get("/{document_id}", response_model=DocumentDetailOut, summary="一份文档", responses=TAGGED)
def show_document(document_id: str, request: Request, answerer: Answers, caller: Reader) -> Response:
    store = answerer.searcher.store
    row = store.document_row(document_id)
    shown = document_detail_out(row, PurePath(row.path).name, store.document_chunks(document_id))
    return tagged(shown, row.sha256, request.headers)


@router.get("/{document_id}/text", response_model=TextOut, summary="文档的一段原文", responses=TAGGED)
def read_text(
    document_id: str,
    request: Request,
    answerer: Answers,
    caller: Reader,
    start: Annotated[int, Query(ge=0, le=2**53)] = 0,
    end: Annotated[int | None, Query(ge=0, le=2**53)] = None,
) -> Response:
    """`text[start:end]` in Unicode code points, the end exclusive; clipped to the document."""
    document = answerer.searcher.store.document(document_id)
    text = document.text
    last = min(len(text) if end is None else end, len(text))
    first = min(start, last)
    shown = TextOut(text=text[first:last], start=first, end=last, length=len(text))
    return tagged(shown, document.sha256, request.headers)


@router.get("/{document_id}/file", response_class=Response, summary="原来的文件", responses=FILE)
def send_file(
    document_id: str,
    request: Request,
    answerer: Answers,
    caller: Reader,
    inline: Annotated[bool, Query(description="浏览器能直接打开的（见 viewable），就打开而不是保存")] = False,
) -> Response:
    """The bytes that the document was read from, for saving; a Range is answered in part. With `inline` a file that
    browsers show (PDF, pictures, plain text) comes to be shown.

    404 where the file is gone, 409 where it is no longer the one that was read.
    """
    row = answerer.searcher.store.document_row(document_id)
    return send_original(row, request.headers, request.app.state.youju.installation.limits, inline)


@router.delete("/{document_id}", status_code=204, summary="删除文档", responses=problems(404))
def remove(document_id: str, request: Request, answerer: Answers, caller: Writer) -> Response:
    """It answers no more from now on, and saved answers no longer quote it. An uploaded file is deleted too; files
    that were added from a folder are left alone."""
    state, searcher = request.app.state.youju, answerer.searcher
    row = searcher.store.document_row(document_id)
    # Told first: where that fails nothing has happened yet.
    audit.record(state.ledger, caller, "document.remove", document_id, PurePath(row.path).name)
    remove_document(searcher.store, state.ledger, Uploads(state.installation.data), document_id)
    searcher.vectors.forget(searcher.store)
    return Response(status_code=204)
