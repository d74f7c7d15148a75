"""`youju feedback`: what people said of answers, as a file of cases for `youju eval`."""

import json
from pathlib import Path
from typing import Annotated

import typer

from server.cli_common import Opens, installation_of, over, say
from server.saved_errors import CannotWrite


def commands(installation: Opens) -> typer.Typer:
    """The commands over the ledger of `installation`."""
    app = typer.Typer(no_args_is_help=True, help="对回答的反馈。", context_settings=over(installation))
    app.callback()(feedback)
    app.command("export")(export_feedback)
    return app


def feedback() -> None:
    """对回答的反馈。"""


def export_feedback(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="要写的 JSON Lines 文件，youju eval 可以直接用")],
) -> None:
    """把反馈写成评测题：答对的、该拒答的，和写明了应当怎样答的。"""
    from server import upkeep
    from server.ledger.feedback import cases
    from server.runtime import open_ledger, open_store

    installation = installation_of(context)
    store = open_store(installation)
    upkeep.settle(installation, store)
    ledger = open_ledger(installation)
    lines = [json.dumps(case, ensure_ascii=False) + "\n" for case in cases(ledger, store)]
    ledger.close()
    store.close()
    try:
        file.write_text("".join(lines), encoding="utf-8")
    except OSError as error:
        raise CannotWrite(file, error.strerror or str(error)) from error
    say(f"已写 {len(lines)} 题到 {file}。" + ("" if lines else "还没有能作评测题的反馈。"))
