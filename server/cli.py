"""The `youju` command: one of the two composition roots. It puts the commands together and starts the server.

Answers and listings go to stdout (`--json`: one JSON object), everything else to stderr.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 some files failed. Not covered: the commands besides `serve` (the `cli_`
modules).
"""

import logging
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from index.errors import IndexingError
from server import cli_asking, cli_documents, cli_eval, cli_feedback, cli_keys, cli_mcp, cli_models, cli_upkeep
from server.cli_common import INTERRUPTED, fail, say
from server.errors import ServerError
from server.installation import Installation
from server.private import tighten
from server.settings import CONFIG, Settings, ignored_file, load

if TYPE_CHECKING:
    from fastapi import FastAPI

UMASK = 0o077
"""What is written is for the user alone."""
STDERR = 2
STOPPED = "已中断。已完成的部分都保存了，再次运行会接着做。"
logger = logging.getLogger("server.cli")


def main() -> None:
    """Run the command; every foreseen error becomes a sentence on stderr and exit code 1."""
    if sys.argv[1:2] != ["models"]:  # models are public, and may be fetched by another user than the one who serves
        os.umask(UMASK)
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
    # when the database is next opened, as after a power cut. Past the buffer, which may be in the middle of a write.
    with suppress(OSError):
        os.write(STDERR, f"\n{STOPPED}\n".encode())
    os._exit(INTERRUPTED)


def serve(
    host: Annotated[str | None, typer.Option(help="绑定的地址，默认 127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="端口，默认 7860")] = None,
    tls_cert: Annotated[Path | None, typer.Option(help="证书文件（PEM）；与 --tls-key 一起给出时用 HTTPS")] = None,
    tls_key: Annotated[Path | None, typer.Option(help="证书的私钥文件（PEM，不加密）")] = None,
) -> None:
    """启动本机服务：网页和 HTTP API。"""
    from server.api.app import create_app
    from server.api.guard import address
    from server.logs import configure
    from server.serving import config_of
    from server.serving import serve as serve_until_told
    from server.tls import require_pair

    told = {"host": host, "port": port, "tls_cert": tls_cert, "tls_key": tls_key}
    settings = _settings()
    settings = settings.model_copy(update={name: value for name, value in told.items() if value is not None})
    configure(settings.log_level, settings.log_format, settings.log_questions)
    secure = require_pair(settings.tls_cert, settings.tls_key)
    _require_address(settings)
    _warn(settings, secure)
    _require_models(settings.installation())
    api = create_app(settings)
    state = api.state.youju
    here = address(settings.host, settings.port, secure)
    say(f"网页：{here}    接口：{here}/api/ask    停止：Ctrl-C")
    config = config_of(
        _with_page(api, settings, secure),
        settings.host,
        settings.port,
        settings.proxies,
        settings.tls_cert,
        settings.tls_key,
    )
    serve_until_told(config, state, settings.shutdown_seconds)
    say("已停止。")
    if not state.finished.is_set():
        # A model that is still loading ends by no word: the interpreter would take its thread down in the middle.
        sys.stderr.flush()
        os._exit(0)


def _settings() -> Settings:
    """The settings; tells of a file that is not read, and keeps the data folder private."""
    settings = load()
    ignored = ignored_file(os.environ, Path.cwd())
    if ignored is not None:
        say(f"没有采用当前文件夹里的 {ignored}：请放到程序的文件夹里，或用 youju --config {ignored.name} 指明。")
    for sentence in tighten(settings.data):
        say(sentence)
    return settings


def _configure(
    config: Annotated[
        Path | None, typer.Option(envvar=CONFIG, help="设置文件；默认是程序文件夹里的 youju.toml")
    ] = None,
) -> None:
    if config is not None:
        os.environ[CONFIG] = str(config)


def _require_address(settings: Settings) -> None:
    """Raises UnsafeAddress or PortInUse where the server must not or cannot listen."""
    from server.api.guard import require_loopback, require_port
    from server.ledger import keys
    from server.runtime import open_ledger

    ledger = open_ledger(settings.installation())
    require_loopback(settings.host, keys.exist(ledger))
    ledger.close()
    require_port(settings.host, settings.port)


def _warn(settings: Settings, secure: bool) -> None:
    """To the person and into the log: keys and documents that cross a network in clear text."""
    from server.api.guard import is_loopback

    has_proxy = not all(is_loopback(name) for name in settings.proxies)
    if secure or has_proxy or is_loopback(settings.host):
        return
    say(
        f"注意：{settings.host} 别的机器也连得上，而连接没有加密，密钥和资料在网络上以明文传送，谁都能截取。\n"
        "请用 --tls-cert 和 --tls-key 给出证书；或放在带 TLS 的反向代理后面，并在设置 proxies 里写明它的地址。"
    )
    logger.warning(
        "serving without TLS on an address that other machines reach", extra={"fields": {"host": settings.host}}
    )


def _with_page(api: "FastAPI", settings: Settings, secure: bool) -> "FastAPI":
    from server.api.guard import own_address
    from server.tls import trusting
    from ui.app import mount

    trusted = trusting(settings.tls_cert) if secure and settings.tls_cert is not None else None
    return mount(api, own_address(settings.host, settings.port, secure), trusted)


def _application() -> "FastAPI":
    """The API without a server, for `youju mcp`."""
    from server.api.app import create_app

    settings = _settings()
    _require_models(settings.installation())
    return create_app(settings)


def _require_models(installation: Installation) -> None:
    from server.models import ModelFolder, active, read_list

    folder, known = ModelFolder(installation.models), read_list(installation.model_list)
    for role in ("embedding", installation.llm_role):
        folder.require(active(known, role))


def _installation() -> Installation:
    return _settings().installation()


def _commands() -> typer.Typer:
    """Every command, in the order in which `youju --help` lists them."""
    commands = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        help="有据：对一个文件夹的中文资料提问，每句回答都附原文出处。",
    )
    commands.callback()(_configure)
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
