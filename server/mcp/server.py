"""The Model Context Protocol over the tools: a server of the official SDK that any transport can serve.

Covered: tools with checked arguments, errors as tool errors by a sentence, documents as resources.
Not covered: prompts, sampling, notifications about changed lists; who may call (`server.api.routes.mcp`, `server.cli_mcp`).
"""

from collections.abc import Callable, Mapping
from typing import Any

from mcp.server import Server
from mcp.server.context import ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourcesResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    ResourceTemplate,
    TextContent,
    TextResourceContents,
    Tool,
    ToolAnnotations,
)
from pydantic import TypeAdapter, ValidationError

from ingest.bilingual import Text
from server.api.faults import faults_of
from server.api.language import language
from server.api.problems import invalid
from server.api.schemas import DocumentId
from server.mcp import tools
from server.mcp.api import Api, ApiRefused
from server.version import VERSION

NAME, TITLE = "youju", "有据"
INSTRUCTIONS = (
    "有据：对一批中文资料（多为公文）提问。先用 ask；它的每句话都有出处，资料里没有的会直说，请如实转告，不要补充。"
    "需要更多上下文时用 search 和 read_document。"
)
DOCUMENTS = "youju://documents/"
PAGE = 100
PROBLEM = "youju/problem"
"""The key of a tool error's `_meta` under which the API's problem stands."""
UNKNOWN_TOOL = Text("没有名为 {name} 的工具。可用的有：{known}。", "There is no tool named {name}. There are: {known}.")
BAD_CURSOR = Text(
    "cursor 不可用：请原样传回上一页的 nextCursor，或从头列起。",
    "The cursor cannot be used: send back the last page's nextCursor as it was, or begin again without one.",
)
UNKNOWN_RESOURCE = Text(
    "没有这个资源，地址应为 youju://documents/文档编号。",
    "There is no such resource; an address is youju://documents/ and a document's id.",
)
TEXT = "text/plain"

Context = ServerRequestContext[Any, Any]
Reach = Callable[[Context], Api]
"""The API as whoever sent a request may use it."""


def build(reach: Reach) -> Server[Any]:
    """A server whose tools call the API that `reach` gives."""
    asked = _Handlers(reach)
    return Server(
        NAME,
        version=VERSION,
        title=TITLE,
        instructions=INSTRUCTIONS,
        get_tool_input_schema=asked.input_schema,
        on_list_tools=asked.list_tools,
        on_call_tool=asked.call_tool,
        on_list_resources=asked.list_resources,
        on_list_resource_templates=asked.list_templates,
        on_read_resource=asked.read_resource,
    )


class _Handlers:
    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._tools = {tool.name: tool for tool in tools.TOOLS}

    def input_schema(self, name: str) -> dict[str, Any] | None:
        tool = self._tools.get(name)
        return tool.arguments.model_json_schema() if tool is not None else None

    async def list_tools(self, _: Context, params: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=[_described(tool) for tool in self._tools.values()])

    async def call_tool(self, context: Context, params: CallToolRequestParams) -> CallToolResult:
        tool = self._tools.get(params.name)
        if tool is None:
            raise _invalid_params("unknown_tool", UNKNOWN_TOOL, name=params.name, known=", ".join(self._tools))
        try:
            wanted = tool.arguments.model_validate(params.arguments or {})
        except ValidationError as error:
            faults = [{**fault, "loc": ("arguments", *fault["loc"])} for fault in error.errors()]
            problem = invalid(faults_of(faults))
            return _failed(problem.detail, problem.model_dump())
        try:
            result, told = await tool.run(self._reach(context), wanted)
        except ApiRefused as error:
            return _failed(str(error), error.problem or {"code": error.code})
        return CallToolResult(
            content=[TextContent(type="text", text=told)], structured_content=result.model_dump(mode="json")
        )

    async def list_resources(self, context: Context, params: PaginatedRequestParams | None) -> ListResourcesResult:
        cursor = params.cursor if params is not None and params.cursor is not None else "0"
        if not cursor.isdecimal() or len(cursor) > 15:
            raise _invalid_params("bad_cursor", BAD_CURSOR)
        offset = int(cursor)
        found = await self._get(context, "/api/documents", {"limit": PAGE, "offset": offset})
        listed = found["documents"]
        after = offset + len(listed)
        return ListResourcesResult(
            resources=[
                Resource(uri=DOCUMENTS + d["id"], name=d["name"], title=d["title"], mime_type=TEXT) for d in listed
            ],
            next_cursor=str(after) if listed and after < found["total"] else None,
        )

    async def list_templates(self, _: Context, params: PaginatedRequestParams | None) -> ListResourceTemplatesResult:
        whole = ResourceTemplate(
            uri_template=DOCUMENTS + "{document_id}",
            name="document",
            title="一份文档的全文",
            description="文档编号来自 ask、search 或 list_documents",
            mime_type=TEXT,
        )
        return ListResourceTemplatesResult(resource_templates=[whole])

    async def read_resource(self, context: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        document_id = params.uri.removeprefix(DOCUMENTS)
        try:
            TypeAdapter(DocumentId).validate_python(document_id)
        except ValidationError as error:
            raise _invalid_params("unknown_resource", UNKNOWN_RESOURCE, {"uri": params.uri}) from error
        found = await self._get(context, f"/api/documents/{document_id}/text")
        return ReadResourceResult(contents=[TextResourceContents(uri=params.uri, mime_type=TEXT, text=found["text"])])

    async def _get(self, context: Context, path: str, parameters: dict[str, Any] | None = None) -> dict[str, Any]:
        try:
            return await self._reach(context).get(path, parameters)
        except ApiRefused as error:
            raise MCPError(INVALID_PARAMS, str(error), {"code": error.code}) from error


def _described(tool: tools.Tool) -> Tool:
    return Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.arguments.model_json_schema(),
        output_schema=tool.result.model_json_schema(mode="serialization"),
        annotations=ToolAnnotations(title=tool.title, read_only_hint=True, idempotent_hint=True, open_world_hint=False),
    )


def _failed(sentence: str, problem: Mapping[str, Any]) -> CallToolResult:
    """A tool error; not as structured content, which some clients hold against the schema of the tool's result."""
    return CallToolResult(
        content=[TextContent(type="text", text=sentence)], is_error=True, _meta={PROBLEM: dict(problem)}
    )


def _invalid_params(code: str, sentence: Text, more: Mapping[str, Any] | None = None, **fields: str) -> MCPError:
    told = sentence.told(language()).format(**fields)
    return MCPError(INVALID_PARAMS, told, {"code": code, **(more or {})})
