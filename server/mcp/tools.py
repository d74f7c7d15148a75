"""The tools that agents get: what each takes, what it gives and how it reads.

Covered: names, Chinese descriptions, exact schemas, structured results and the same as text. Not covered: the protocol
(`server.mcp.server`), how the API is reached (`server.mcp.api`).
"""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from server.api.document_schemas import HeadingOut
from server.api.schemas import AnswerOut, DocumentId, DocumentOut, Name, Restricted, SearchOut, Strict
from server.api.sources import source_list
from server.mcp.api import Api

MOST_CHARACTERS = 50_000
USUAL_CHARACTERS = 8_000
NEAREST = 3
POSITION = 2**53

Result = tuple[BaseModel, str]
"""What a tool gives, once structured and once as text."""


class Arguments(Strict):
    """Takes no `"1"` for a number."""

    model_config = ConfigDict(strict=True)


class AskArguments(Restricted, Arguments):
    question: str = Field(
        min_length=1, max_length=2000, description="完整的问题，不要依赖前文", examples=["海沧2023年计划竣工几个项目"]
    )


class SearchArguments(Restricted, Arguments):
    question: str = Field(min_length=1, max_length=2000, description="问题或词语", examples=["学校项目建设"])
    limit: int = Field(default=8, ge=1, le=50, description="最多几段")


class ReadArguments(Arguments):
    document_id: DocumentId = Field(description="文档编号，来自 ask、search 或 list_documents")
    start: int = Field(default=0, ge=0, le=POSITION, description="从第几个字开始（从 0 数）")
    characters: int = Field(default=USUAL_CHARACTERS, ge=1, le=MOST_CHARACTERS, description="最多读几个字")


class ListArguments(Arguments):
    query: str = Field(default="", max_length=200, description="标题、文号或文件名里有这些字的；空着列出全部")
    years: list[Annotated[int, Field(ge=0, le=9999)]] | None = Field(
        default=None, max_length=50, description="涉及这些年份的"
    )
    places: list[Name] | None = Field(default=None, max_length=50, description="这些地方（含下级）的")
    issuers: list[Name] | None = Field(default=None, max_length=50, description="这些单位发布的，写名称的一部分即可")
    types: list[Name] | None = Field(default=None, max_length=50, description="这些格式的，如 pdf")
    limit: int = Field(default=50, ge=1, le=200, description="最多几份")
    offset: int = Field(default=0, ge=0, le=POSITION, description="跳过前几份")


class ReadOut(BaseModel):
    document_id: str
    title: str
    text: str = Field(description="原文的 [start, end)，一字不差")
    start: int
    end: int
    length: int = Field(description="全文的字数")
    outline: list[HeadingOut] = Field(description="大纲：标题和位置")


class ListedOut(BaseModel):
    id: str
    title: str
    name: str = Field(description="文件名")
    characters: int
    year: int | None
    number: str | None = Field(description="文号")
    issuer: str | None = Field(description="发布机构")


class ListOut(BaseModel):
    documents: list[ListedOut]
    total: int = Field(description="符合条件的总份数")


@dataclass(frozen=True)
class Tool:
    """`run` takes what `arguments` has checked and raises ApiRefused."""

    name: str
    title: str
    description: str
    arguments: type[Arguments]
    result: type[BaseModel]
    run: Callable[[Api, Any], Awaitable[Result]]


async def ask(api: Api, wanted: AskArguments) -> Result:
    answer = AnswerOut.model_validate(await api.post("/api/ask", wanted.model_dump(exclude_none=True)))
    if answer.status == "answered":
        return answer, answer.answer + source_list(answer.citations)
    nearest = source_list(answer.evidence[:NEAREST])
    return answer, answer.answer + (f"\n\n最接近的段落（不是回答）：{nearest}" if nearest else "")


async def search(api: Api, wanted: SearchArguments) -> Result:
    found = SearchOut.model_validate(await api.post("/api/search", wanted.model_dump(exclude_none=True)))
    told = [
        f"{n}. 《{hit.title}》{' > '.join(hit.headings)}\n"
        f"文档 {hit.document_id}，第 {hit.start}–{hit.end} 字：\n{hit.text.strip()}"
        for n, hit in enumerate(found.hits, 1)
    ]
    return found, "\n\n".join(told) or "没有找到。请换一种说法，或放宽条件。"


async def read_document(api: Api, wanted: ReadArguments) -> Result:
    path = f"/api/documents/{wanted.document_id}"
    about = await api.get(path)
    span = {"start": wanted.start, "end": min(wanted.start + wanted.characters, POSITION)}
    text = await api.get(f"{path}/text", span)
    read = ReadOut(document_id=wanted.document_id, title=about["title"], outline=about["outline"], **text)
    more = f"；后面还有，可从 start={read.end} 接着读" if read.end < read.length else ""
    told = f"《{read.title}》第 {read.start}–{read.end} 字，全文 {read.length} 字{more}。\n\n{read.text}"
    return read, told


async def list_documents(api: Api, wanted: ListArguments) -> Result:
    parameters = {
        "q": wanted.query, "year": wanted.years, "place": wanted.places, "issuer": wanted.issuers, "type": wanted.types,
        "limit": wanted.limit, "offset": wanted.offset,
    }  # fmt: skip
    found = await api.get("/api/documents", parameters)
    documents = [_listed(DocumentOut.model_validate(document)) for document in found["documents"]]
    listed = ListOut(documents=documents, total=found["total"])
    lines = [f"{document.id} 《{document.title}》{_facts(document)}" for document in documents]
    return listed, "\n".join([f"共 {listed.total} 份，这里是 {len(lines)} 份。", *lines])


def _listed(document: DocumentOut) -> ListedOut:
    known = document.metadata
    number, issuer = known.get("number"), known.get("issuer")
    return ListedOut(
        id=document.id, title=document.title, name=document.name, characters=document.characters,
        year=known.get("year"), number=number and number["value"], issuer=issuer and issuer["value"],
    )  # fmt: skip


def _facts(document: ListedOut) -> str:
    known: Sequence[object] = (document.number, document.issuer, f"{document.characters} 字")
    return "，".join(str(fact) for fact in known if fact)


TOOLS = (
    Tool(
        "ask",
        "提问",
        "就已添加的中文资料提问，得到引用原文（概括时逐句核对过）、带 [n] 出处的回答。问数字、时间、规定、名单都可以，也能比较几个地方或年份。"
        "资料里没有时 status 为 not_found，并说明缺什么：这时不要自己补上答案。引用时请连同出处一起给出。",
        AskArguments,
        AnswerOut,
        ask,
    ),
    Tool(
        "search",
        "检索",
        "找出资料中最接近的段落，不作回答。要自己通读、汇总多份资料，或 ask 没有答案时使用。",
        SearchArguments,
        SearchOut,
        search,
    ),
    Tool(
        "read_document",
        "读文档",
        "按位置读一份文档的原文，一字不差，附大纲。长文请分段读：从返回的 end 接着读。",
        ReadArguments,
        ReadOut,
        read_document,
    ),
    Tool(
        "list_documents",
        "列出文档",
        "列出有哪些资料：编号、标题、文号、发布机构和年份，可按年份、地方、发布机构和格式筛选。",
        ListArguments,
        ListOut,
        list_documents,
    ),
)
