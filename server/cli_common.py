"""What the commands of `youju` have in common: where they print, how they end, and which installation they work on.

Not covered: the commands themselves (`server.cli` and the `cli_` modules) and progress bars (`server.bars`).
"""

import json
from collections.abc import Callable
from typing import Annotated, Any, NoReturn

import typer

from server.installation import Installation

FAILED, WRONG_USAGE, SOME_FAILED, INTERRUPTED = 1, 2, 3, 130
Json = Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")]
Opens = Callable[[], Installation]


def over(installation: Opens) -> dict[str, Any]:
    """The `context_settings` of a typer app or command whose functions ask `installation_of`."""
    return {"obj": installation}


def installation_of(context: typer.Context) -> Installation:
    """Called inside a command, never before: a bad setting must not keep `--help` from being shown."""
    installation: Opens = context.obj
    return installation()


def fail(sentence: str, code: int = FAILED) -> NoReturn:
    say(sentence)
    raise SystemExit(code)


def say(text: str) -> None:
    """To the person, not into a pipe."""
    typer.echo(text, err=True)


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))
