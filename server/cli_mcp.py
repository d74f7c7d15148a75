"""`youju mcp`: the Model Context Protocol over standard input and output."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from fastapi import FastAPI

Url = Annotated[str | None, typer.Option("--url", help="改用已在运行的服务，如 http://127.0.0.1:7860，不再另开模型")]
Key = Annotated[str | None, typer.Option("--key", envvar="YOUJU_KEY", help="那个服务的访问密钥；也可放在环境变量里")]


def add_command(app: typer.Typer, application: Callable[[], "FastAPI"]) -> None:
    """Add `mcp` to `app`; `application` makes what answers where no server is named."""

    @app.command("mcp")
    def serve_mcp(url: Url = None, key: Key = None) -> None:
        """供智能体使用：在标准输入输出上提供 ask、search、read_document、list_documents（MCP）。"""
        from server.mcp.stdio import serve_own, serve_remote

        if url is not None:
            serve_remote(url, key)
        else:
            serve_own(application())
