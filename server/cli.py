"""The `youju` command: one of the two composition roots. It puts the commands together and starts the server.

Answers and listings go to stdout (`--json`: one JSON object), everything else to stderr.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 some files failed. Not covered: the commands besides `serve` (the `cli_`
modules).
"""

import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import IndexingError
from server import cli_asking, cli_documents, cli_eval, cli_feedback, cli_keys, cli_mcp, cli_models, cli_upkeep
from server.cli_common import INTERRUPTED, fail, say
from server.errors import ServerError
from server.installation import Installation
from server.settings import load

if TYPE_CHECKING:
    from fastapi import FastAPI


def main() -> None:
    """Run the command; every foreseen error becomes a sentence on stderr and exit code 1."""
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    if sys.argv[1:3] != ["models", "pull"]:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    signal.signal(signal.SIGINT, _interrupted)
    try:
        app()
    except (ServerError, IndexingError) as error:
        fail(str(error))


def _interrupted(_signal: int, _frame: object) -> None:
    # At once: an exception raised here could land in a destructor and be lost. What was not committed is undone
    # when the database is next opened, as after a power cut.
    say("\n已中断。已完成的部分都保存了，再次运行会接着做。")
    sys.stderr.flush()
    os._exit(INTERRUPTED)


def serve(
    host: Annotated[str | None, typer.Option(help="绑定的地址，默认 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="端口，默认 7860")] = None,
) -> None:
    """启动本机服务：网页和 HTTP API。"""
    import uvicorn

    from server.api.app import create_app
    from server.api.guard import own_address, require_loopback, require_port
    from server.ledger import keys
    from server.logs import configure
    from server.runtime import open_ledger
    from server.serving import serve as serve_until_told
    from ui.app import mount

    settings = load()
    host, port = host or settings.host, port or settings.port
    settings = settings.model_copy(update={"host": host, "port": port})
    ledger = open_ledger(settings.installation())
    require_loopback(host, keys.exist(ledger))
    ledger.close()
    require_port(host, port)
    _require_models(settings.installation())
    address = f"http://{'[' + host + ']' if ':' in host else host}:{port}"
    configure(settings.log_level, settings.log_format, settings.log_questions)
    api = create_app(settings)
    state = api.state.youju
    config = uvicorn.Config(
        mount(api, own_address(host, port)), host=host, port=port, log_config=None, access_log=False,
        server_header=False, forwarded_allow_ips=list(settings.proxies),
    )  # fmt: skip
    say(f"网页：{address}    接口：{address}/api/ask    停止：Ctrl-C")
    serve_until_told(config, state, settings.shutdown_seconds)
    say("已停止。")
    if not state.finished.is_set():
        # A model that is still loading ends by no word: the interpreter would take its thread down in the middle.
        sys.stderr.flush()
        os._exit(0)


def _application() -> "FastAPI":
    """The API without a server, for `youju mcp`."""
    from server.api.app import create_app

    settings = load()
    _require_models(settings.installation())
    return create_app(settings)


def _require_models(installation: Installation) -> None:
    from server.models import ModelFolder, active, read_list

    folder, known = ModelFolder(installation.models), read_list(installation.model_list)
    for role in ("embedding", installation.llm_role):
        folder.require(active(known, role))


def _installation() -> Installation:
    return load().installation()


def _commands() -> typer.Typer:
    """Every command, in the order in which `youju --help` lists them."""
    commands = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="有据：对一个文件夹的中文资料提问，每句回答都附原文出处。",
    )
    cli_documents.add_commands(commands, _installation)
    cli_asking.add_commands(commands, _installation)
    commands.command("serve")(serve)
    cli_mcp.add_command(commands, _application)
    cli_eval.add_command(commands, _installation)
    cli_upkeep.add_commands(commands, _installation)
    commands.add_typer(cli_models.commands(_installation), name="models")
    commands.add_typer(cli_keys.commands(_installation), name="keys")
    commands.add_typer(cli_feedback.commands(_installation), name="feedback")
    return commands


app = _commands()

if __name__ == "__main__":
    main()
