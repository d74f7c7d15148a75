"""`youju check`, `backup` and `restore`: the index kept sound (`server.upkeep`)."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from server.cli_common import FAILED, Json, Opens, installation_of, over, print_json, say
from server.platform import give_way

PRUNED = "按保留期限删除了 {jobs} 个任务、{audit} 条审计、{statistics} 条提问记录、{conversations} 个对话。"


def add_commands(app: typer.Typer, installation: Opens) -> None:
    """Add the commands over the index of `installation` to `app`."""
    settings = over(installation)
    app.command("check", context_settings=settings)(check)
    app.command("backup", context_settings=settings)(backup)
    app.command("restore", context_settings=settings)(restore)


def check(
    context: typer.Context,
    repair: Annotated[bool, typer.Option("--repair", help="修复发现的问题")] = False,
    as_json: Json = False,
) -> None:
    """检查原文、位置、向量和词语索引是否一致，读取文件的进程怎样隔离；修复时也删除过了保留期限的记录。"""
    from server import upkeep
    from server.runtime import open_library

    installation = installation_of(context)
    library = open_library(installation)
    pruned = None
    if repair:
        give_way()
        pruned = upkeep.tidy(installation)
    checked = upkeep.check(library, repair)
    confinement = upkeep.confinement(library)
    library.close()
    if as_json:
        more = {} if pruned is None else {"pruned": asdict(pruned)}
        print_json(checked.as_json() | {"confinement": confinement.as_json()} | more)
    else:
        if pruned is not None and pruned.total:
            say(PRUNED.format(**asdict(pruned)))
        for line in checked.lines():
            typer.echo(line)
        say(checked.text())
        say(confinement.text())
    if checked.faults:
        raise SystemExit(FAILED)


def backup(context: typer.Context, file: Annotated[Path, typer.Argument(help="备份文件，例如 youju-备份.db")]) -> None:
    """备份整个索引；服务运行时也可以。"""
    from server import upkeep
    from server.runtime import open_store

    say(upkeep.save(open_store(installation_of(context)), file))


def restore(context: typer.Context, file: Annotated[Path, typer.Argument(help="youju backup 做的备份文件")]) -> None:
    """用备份代替现在的索引；先检查备份，换好之前原来的一直在。"""
    from server import upkeep

    say(upkeep.put_back(file, installation_of(context)))
