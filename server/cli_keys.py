"""`youju keys`: make, list and revoke access keys, and read the audit log; a running server sees it at once."""

from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Annotated

import typer

from server.caller import Role
from server.cli_common import Json, Opens, installation_of, over, print_json, say
from server.ledger import audit, keys
from server.ledger.keys import Key
from server.ledger.ledger import Ledger

OPENED = "这是第一个密钥：从现在起，网页和接口都要有密钥才能用（youju 命令不受影响）；此前在本机存的对话要等密钥全部作废后才看得到。"
CLOSED = (
    "现在没有有效的密钥：本机的服务对本机不再要密钥；绑定其他地址的服务谁也不能用。换密钥时请先发新的，再作废旧的。"
)
Name = Annotated[str, typer.Argument(help="名称，例如使用者或程序的名字")]


def commands(installation: Opens) -> typer.Typer:
    """The commands over the ledger of `installation`."""
    app = typer.Typer(no_args_is_help=True, help="访问密钥和审计记录。", context_settings=over(installation))
    app.command("add")(add_key)
    app.command("list")(list_keys)
    app.command("revoke")(revoke_key)
    app.command("audit")(show_audit)
    return app


@contextmanager
def _ledger(context: typer.Context) -> Generator[Ledger]:
    from server.runtime import open_ledger

    ledger = open_ledger(installation_of(context))
    try:
        yield ledger
    finally:
        ledger.close()


def add_key(
    context: typer.Context,
    name: Name,
    role: Annotated[Role, typer.Option(help="read 提问和阅读，write 还能增删文档，admin 还能查看审计记录")],
) -> None:
    """发一个密钥；它只显示这一次，单独一行在标准输出。"""
    with _ledger(context) as ledger:
        first = not keys.exist(ledger)
        secret = keys.add(ledger, name, role)
    say(f"密钥 {name}（{role}）只显示这一次，请马上保存：")
    typer.echo(secret)
    if first:
        say(OPENED)


def list_keys(context: typer.Context, as_json: Json = False) -> None:
    """列出密钥；密钥本身没有保存，无法再显示。"""
    with _ledger(context) as ledger:
        known = keys.every(ledger)
    if as_json:
        print_json({"keys": [_as_json(key) for key in known]})
        return
    for key in known:
        state = f"{_time(key.revoked)} 作废" if key.revoked is not None else f"最近使用 {_time(key.used)}"
        typer.echo(f"{key.name}  {key.role:<5}  {_time(key.created)} 发放  {state}")
    if not known:
        say("还没有密钥。请用 youju keys add 名称 --role read 发一个。")


def revoke_key(context: typer.Context, name: Name) -> None:
    """作废一个密钥；用它登录的会话同时结束，它的对话一并删除。"""
    with _ledger(context) as ledger:
        keys.revoke(ledger, name)
        left = keys.exist(ledger)
    say(f"密钥 {name} 已作废。" + ("" if left else CLOSED))


def show_audit(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1, max=100_000, help="最多多少条")] = 100,
    offset: Annotated[int, typer.Option(min=0, help="跳过最新的多少条")] = 0,
    as_json: Json = False,
) -> None:
    """审计记录：谁经接口和网页增删了什么，发放和作废的密钥，登录失败的次数；最新的在前。"""
    with _ledger(context) as ledger:
        entries, total = audit.entries(ledger, limit, offset), audit.count(ledger)
    if as_json:
        from server.api.access_schemas import audit_entry_out

        print_json({"entries": [audit_entry_out(entry).model_dump() for entry in entries], "total": total})
        return
    for entry in entries:
        line = f"{_time(entry.at)}  {entry.name or '-'}  {entry.action}  {entry.subject}  {entry.detail}"
        typer.echo(line.rstrip())
    say(f"共 {total} 条。")


def _as_json(key: Key) -> dict[str, str | None]:
    times = {"created": key.created, "used": key.used, "revoked": key.revoked}
    return {"id": key.id, "name": key.name, "role": key.role} | {
        name: None if at is None else datetime.fromtimestamp(at, UTC).isoformat(timespec="seconds")
        for name, at in times.items()
    }


def _time(at: float | None) -> str:
    return "从未" if at is None else f"{datetime.fromtimestamp(at):%Y-%m-%d %H:%M}"
