"""/api/conversations: saved conversations, which belong to the key of the caller.

Turns are written by POST /api/ask (`server.api.recording`).
"""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response

from server import export
from server.api.access import Reader
from server.api.conversation_schemas import (
    ConversationIn,
    ConversationOut,
    ConversationPatch,
    ConversationsOut,
    SavedConversationOut,
    conversation_out,
    saved_conversation_out,
)
from server.api.problems import problems
from server.api.saved import Saved
from server.api.schemas import Id
from server.ledger.conversations import Conversations

router = APIRouter(prefix="/api/conversations", tags=["对话"])
ONE = problems(404, 422)
Format = Literal["md", "docx", "json"]
MEDIA: dict[Format, str] = {
    "md": "text/markdown",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "json": "application/json",
}
EXPORTED: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "文件",
        "content": {
            MEDIA["md"]: {
                "schema": {"type": "string"},
                "example": "# 海沧的学校建设\n\n## 1\\. 海沧2023年计划竣工几个项目\n",
            },
            MEDIA["docx"]: {"schema": {"type": "string", "format": "binary"}},
        },
    }
}


def get_saved(request: Request) -> Saved:
    saved: Saved = request.app.state.youju.saved
    return saved


def get_settled(request: Request) -> Saved:
    """Before quotes are shown: those of documents that are gone are blanked. Raises NotReady."""
    saved = get_saved(request)
    saved.look()
    return saved


def get_conversations(saved: Annotated[Saved, Depends(get_saved)]) -> Conversations:
    return saved.recorder.conversations


def get_settled_conversations(saved: Annotated[Saved, Depends(get_settled)]) -> Conversations:
    return saved.recorder.conversations


Kept = Annotated[Conversations, Depends(get_conversations)]
Shown = Annotated[Conversations, Depends(get_settled_conversations)]
ConversationId = Annotated[Id, Path(description="对话的编号")]


@router.post("", status_code=201, response_model=ConversationOut, summary="新建对话", responses=problems(409))
def create_conversation(
    caller: Reader, kept: Kept, response: Response, body: Annotated[ConversationIn | None, Body()] = None
) -> ConversationOut:
    """An empty conversation; ask into it with `conversation` of POST /api/ask."""
    conversation = kept.start(caller.key, (body.title or "") if body else "")
    response.headers["Location"] = f"/api/conversations/{conversation.id}"
    return conversation_out(conversation)


@router.get("", response_model=ConversationsOut, summary="对话列表")
def list_conversations(
    caller: Reader,
    kept: Shown,
    limit: Annotated[int, Query(ge=1, le=1000, description="最多给多少个")] = 50,
    offset: Annotated[int, Query(ge=0, le=2**53, description="跳过最近的多少个")] = 0,
) -> ConversationsOut:
    """Those of the caller's key, the last used first."""
    found = kept.of(caller.key, limit, offset)
    return ConversationsOut(conversations=[conversation_out(c) for c in found], total=kept.count(caller.key))


@router.delete("", status_code=204, summary="删除全部对话")
def delete_conversations(caller: Reader, kept: Kept) -> None:
    """All conversations of the caller's key, and their bytes."""
    kept.delete_all(caller.key)


@router.get("/{conversation_id}", response_model=SavedConversationOut, summary="一个对话和它的问答", responses=ONE)
def show_conversation(conversation_id: ConversationId, caller: Reader, kept: Shown) -> SavedConversationOut:
    return saved_conversation_out(kept.one(caller.key, conversation_id), kept.turns(conversation_id))


@router.patch("/{conversation_id}", response_model=ConversationOut, summary="给对话改标题", responses=ONE)
def rename_conversation(
    conversation_id: ConversationId, body: ConversationPatch, caller: Reader, kept: Kept
) -> ConversationOut:
    kept.rename(caller.key, conversation_id, body.title)
    return conversation_out(kept.one(caller.key, conversation_id))


@router.delete("/{conversation_id}", status_code=204, summary="删除一个对话", responses=ONE)
def delete_conversation(conversation_id: ConversationId, caller: Reader, kept: Kept) -> None:
    """The conversation and its bytes; feedback that was given on it stays."""
    kept.delete(caller.key, conversation_id)


@router.get(
    "/{conversation_id}/export", response_model=SavedConversationOut, summary="导出一个对话", responses=ONE | EXPORTED
)
def export_conversation(
    conversation_id: ConversationId,
    caller: Reader,
    kept: Shown,
    format: Annotated[Format, Query(description="md 为 Markdown，docx 为 Word 文档，json 与查看对话时相同")] = "md",
) -> Response:
    """A file to save, with the citations of each answer as a numbered list."""
    conversation, turns = kept.one(caller.key, conversation_id), kept.turns(conversation_id)
    match format:
        case "md":
            content = export.markdown(conversation, turns).encode()
        case "docx":
            content = export.word(conversation, turns)
        case "json":
            content = saved_conversation_out(conversation, turns).model_dump_json(indent=2).encode()
    name = f"youju-{conversation.id[:8]}.{format}"
    return Response(
        content, media_type=MEDIA[format], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )
