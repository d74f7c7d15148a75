"""`youju add`, `sync`, `list`, `show` and `remove`: the documents of the index."""

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from server.cli_common import (
    FAILED,
    SOME_FAILED,
    WRONG_USAGE,
    Json,
    Opens,
    fail,
    installation_of,
    over,
    print_json,
    say,
)
from server.errors import FolderIsGone
from server.installation import Installation
from server.platform import give_way

if TYPE_CHECKING:
    from index.library import Library
    from server.indexing import Report

Retry = Annotated[bool, typer.Option("--retry", help="以前读不了的文件也再试一次")]


def add_commands(app: typer.Typer, installation: Opens) -> None:
    """Add the commands over the documents of `installation` to `app`."""
    settings = over(installation)
    app.command("add", context_settings=settings)(add)
    app.command("sync", context_settings=settings)(sync)
    app.command("list", context_settings=settings)(list_documents)
    app.command("show", context_settings=settings)(show)
    app.command("remove", context_settings=settings)(remove)


def add(
    context: typer.Context,
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹")],
    retry: Retry = False,
    as_json: Json = False,
) -> None:
    """添加文件或文件夹；没有变化的文件会跳过。"""
    from server.indexing import Report, collect, take
    from server.runtime import open_library

    installation = installation_of(context)
    give_way()
    paths = [Path(os.path.abspath(path)) for path in paths]
    missing = [path for path in paths if not os.path.exists(path)]
    report = Report(named=paths, missing=missing)
    files = collect((path for path in paths if os.path.exists(path)), report)
    if missing and len(missing) == len(paths):
        fail("\n".join(f"{path}：没有这个文件或文件夹。请检查路径。" for path in missing))
    if not files and not report.outcomes:
        fail(f"{'、'.join(map(str, paths))} 里没有文件。请检查路径。")
    library = open_library(installation)
    take(library, files, report, retry)
    _settle(installation, library)
    library.close()
    _finish(report, as_json)


def sync(
    context: typer.Context,
    folder: Annotated[Path, typer.Argument(help="文件夹")],
    watch: Annotated[bool, typer.Option("--watch", help="一直看着这个文件夹，有变化就更新；Ctrl-C 结束")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="文件夹空了也照样移除索引里的文档")] = False,
    retry: Retry = False,
    as_json: Json = False,
) -> None:
    """让索引与文件夹一致：添加、更新，并移除已经不在的文件。"""
    from server.indexing import follow, synchronise
    from server.runtime import open_library

    installation = installation_of(context)
    give_way()
    folder = Path(os.path.abspath(folder))
    if not folder.is_dir():
        raise FolderIsGone(folder)
    if watch and as_json:
        fail("--watch 与 --json 不能一起用：前者不会结束。", WRONG_USAGE)
    library = open_library(installation)
    if not watch:
        report = synchronise(library, folder, empty, retry)
        _settle(installation, library)
        library.close()
        _finish(report, as_json)
        return
    for count, report in enumerate(follow(library, folder, empty, retry)):
        _settle(installation, library)
        say(report.text())
        if not count:
            say(f"正在看着 {folder}，Ctrl-C 结束。")


def _settle(installation: Installation, library: "Library") -> None:
    """Saved conversations no longer quote what has left the index."""
    from server import upkeep

    if not upkeep.settle(installation, library.store):
        say(f"已清除保存的对话里的引文{upkeep.NOT_YET}。")


def _finish(report: "Report", as_json: bool) -> None:
    if as_json:
        print_json(report.as_json())
    else:
        say(report.text())
    if report.failures:
        raise SystemExit(SOME_FAILED if report.succeeded else FAILED)


def list_documents(
    context: typer.Context,
    limit: Annotated[int, typer.Option(min=1)] = 100,
    offset: Annotated[int, typer.Option(min=0)] = 0,
    failed: Annotated[bool, typer.Option("--failed", help="改为列出没有读成的文件和原因")] = False,
    as_json: Json = False,
) -> None:
    """列出文档。"""
    from server.api.schemas import document_out, failure_out
    from server.indexing import failure_line
    from server.runtime import open_store

    store = open_store(installation_of(context))
    if failed:
        failures = store.failures()
        if as_json:
            print_json({"failures": [failure_out(f).model_dump() for f in failures], "total": len(failures)})
            return
        for failure in failures:
            typer.echo(f"[{failure.reason}] {failure_line(Path(failure.path), failure.message)}")
        say(f"共 {len(failures)} 个文件没有读成。" if failures else "所有文件都读成了。")
        return
    rows = store.documents(limit, offset)
    if as_json:
        print_json({
            "documents": [document_out(r, Path(r.path).name).model_dump() for r in rows],
            "total": store.count(),
        })
        return
    for row in rows:
        typer.echo(f"{row.id}  {row.characters:>8,} 字  {row.chunks:>5} 段  {row.title}")
    say(f"共 {store.count()} 份" if store.count() else "还没有文档。请用 youju add 文件夹 添加。")


def show(
    context: typer.Context,
    document_id: Annotated[str, typer.Argument(help="文档编号，见 youju list")],
    as_json: Json = False,
) -> None:
    """显示一份文档的信息和大纲。"""
    from server.api.schemas import document_out
    from server.runtime import open_store

    store = open_store(installation_of(context))
    row = store.document_row(document_id)
    chunks = store.document_chunks(document_id)
    outline = list(dict.fromkeys(chunk.headings for chunk in chunks if chunk.headings))
    if as_json:
        print_json(document_out(row, Path(row.path).name).model_dump() | {"outline": [list(h) for h in outline]})
        return
    metadata = row.metadata
    facts: list[tuple[str, object]] = [("标题", row.title), ("文件", row.path), ("字数", f"{row.characters:,}")]
    facts += [("年份", metadata.year)]
    fields = {"文号": metadata.number, "索引号": metadata.index_number, "发布机构": metadata.issuer}
    facts += [(name, field.value) for name, field in fields.items() if field is not None]
    for name, value in facts:
        if value:
            typer.echo(f"{name}：{value}")
    for date in metadata.dates:
        typer.echo(f"{date.label}：{date.value}")
    if metadata.validity is not None:
        typer.echo(f"效力：{metadata.validity.value}")
    for place in metadata.places:
        typer.echo(f"地区：{place.value}（{'，'.join(place.parents)}）" if place.parents else f"地区：{place.value}")
    for repealed in metadata.repeals:
        typer.echo(f"废止：《{repealed.value}》")
    for gap in store.document(document_id).gaps:
        typer.echo(f"未读出：{gap}")
    for headings in outline:
        typer.echo("  " * len(headings) + headings[-1])


def remove(
    context: typer.Context, documents: Annotated[list[str], typer.Argument(help="文档编号，见 youju list")]
) -> None:
    """删除文档（只从索引里，不动原文件）。"""
    from server import upkeep

    for told in upkeep.remove(installation_of(context), documents):
        say(told)
