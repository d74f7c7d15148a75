"""`youju models`: fetch, list and verify what models.txt names (`server.models`)."""

import sys
from collections.abc import Generator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, Any

import typer

from server.cli_common import Json, Opens, installation_of, over, print_json, say
from server.installation import Installation

if TYPE_CHECKING:
    from server.models import Model, ModelFolder


def commands(installation: Opens) -> typer.Typer:
    """The commands over the models of `installation`."""
    app = typer.Typer(no_args_is_help=True, help="获取和校验模型。", context_settings=over(installation))
    app.command("pull")(pull_models)
    app.command("list")(list_models)
    app.command("verify")(verify_models)
    return app


def pull_models(
    context: typer.Context,
    names: Annotated[list[str] | None, typer.Argument(help="名称或用途，默认为 embedding 和 llm")] = None,
) -> None:
    """下载模型、核对 SHA-256 并放好；已有的不再下载。"""
    folder, chosen = _models(installation_of(context), names)
    for model in chosen:
        with _model_bar() as report:
            path = folder.pull(model, report)
        say(f"{model.name}：就绪（{path}）")


def list_models(context: typer.Context, as_json: Json = False) -> None:
    """列出 models.txt 里的模型。"""
    from server.models import ModelFolder, read_list

    installation = installation_of(context)
    folder = ModelFolder(installation.models)
    rows = [
        {"role": m.role, "name": m.name, "licence": m.licence, "bytes": m.size, "sha256": m.sha256,
         "present": folder.is_present(m), "path": str(folder.path(m))}
        for m in read_list(installation.model_list)
    ]  # fmt: skip
    if as_json:
        print_json({"models": rows})
        return
    for row in rows:
        typer.echo(
            f"{'✓' if row['present'] else '·'} {row['role']:<10} {row['name']:<36} {row['licence']:<11} {row['bytes']:>13,} 字节"
        )


def verify_models(
    context: typer.Context, names: Annotated[list[str] | None, typer.Argument(help="名称或用途")] = None
) -> None:
    """重新计算已有模型的 SHA-256 并核对。"""
    folder, chosen = _models(installation_of(context), names)
    for model in chosen:
        with _model_bar() as report:
            folder.verify(model, report)
        say(f"{model.name}：" + ("校验无误" if model.pinned else "在，但 models.txt 没有给出 SHA-256，无从核对"))


def _models(installation: Installation, names: list[str] | None) -> tuple["ModelFolder", list["Model"]]:
    """The models named, by name or role; the default ones where none is."""
    from server.errors import UnknownModel
    from server.models import DEFAULT_ROLES, ModelFolder, active, read_list

    known = read_list(installation.model_list)
    if not names:
        return ModelFolder(installation.models), [active(known, role) for role in DEFAULT_ROLES]
    chosen = []
    for name in names:
        matches = [m for m in known if name in (m.name, m.role)]
        if not matches:
            raise UnknownModel(name, [m.name for m in known])
        chosen.append(matches[0])
    return ModelFolder(installation.models), chosen


@contextmanager
def _model_bar() -> Generator[Any]:
    """A progress bar that starts anew with every step that a model reports."""
    from tqdm import tqdm

    current: dict[str, Any] = {"name": None, "bar": None}

    def report(name: str, done: int, total: int) -> None:
        if name != current["name"]:
            if current["bar"] is not None:
                current["bar"].close()
            large = total > 1000
            current["bar"] = tqdm(
                total=total, desc=name, unit="B" if large else "步", unit_scale=large, file=sys.stderr, disable=None
            )
            current["name"] = name
            if not sys.stderr.isatty():
                say(f"{name} …")
        current["bar"].update(done - current["bar"].n)

    try:
        yield report
    finally:
        if current["bar"] is not None:
            current["bar"].close()
