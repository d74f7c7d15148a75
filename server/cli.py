"""The `youju` command: one of the two composition roots.

Answers and listings go to stdout (`--json`: one JSON object), everything else to stderr.
Exit codes: 0 done, 1 failed, 2 wrong usage, 3 some files failed.
"""

import json
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from index.errors import IndexingError
from server import cli_feedback, cli_keys, cli_mcp
from server.bars import bar
from server.errors import FolderIsGone, ServerError
from server.platform import give_way
from server.settings import Settings, load

if TYPE_CHECKING:
    from fastapi import FastAPI

    from index.library import Library
    from server.evaluate import Result
    from server.indexing import Report
    from server.models import Model, ModelFolder

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="有据：对一个文件夹的中文资料提问，每句回答都附原文出处。",
)
models_app = typer.Typer(no_args_is_help=True, help="获取和校验模型。")
app.add_typer(models_app, name="models")
app.add_typer(cli_keys.commands(lambda: load().installation()), name="keys")
app.add_typer(cli_feedback.commands(lambda: load().installation()), name="feedback")

FAILED, WRONG_USAGE, SOME_FAILED, INTERRUPTED = 1, 2, 3, 130
Json = Annotated[bool, typer.Option("--json", help="在标准输出打印一个 JSON 对象")]


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


def fail(sentence: str, code: int = FAILED) -> NoReturn:
    say(sentence)
    raise SystemExit(code)


def say(text: str) -> None:
    """To the person, not into a pipe."""
    typer.echo(text, err=True)


def print_json(value: Any) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))


# -- models -----------------------------------------------------------------------------------------------------


def _models(settings: Settings, names: list[str] | None) -> tuple["ModelFolder", list["Model"]]:
    """The models named, by name or role; the default ones where none is."""
    from server.errors import UnknownModel
    from server.models import DEFAULT_ROLES, ModelFolder, active, read_list

    known = read_list(settings.model_list)
    if not names:
        return ModelFolder(settings.models), [active(known, role) for role in DEFAULT_ROLES]
    chosen = []
    for name in names:
        matches = [m for m in known if name in (m.name, m.role)]
        if not matches:
            raise UnknownModel(name, [m.name for m in known])
        chosen.append(matches[0])
    return ModelFolder(settings.models), chosen


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


@models_app.command("pull")
def pull_models(
    names: Annotated[list[str] | None, typer.Argument(help="名称或用途，默认为 embedding 和 llm")] = None,
) -> None:
    """下载模型、核对 SHA-256 并放好；已有的不再下载。"""
    settings = load()
    folder, chosen = _models(settings, names)
    for model in chosen:
        with _model_bar() as report:
            path = folder.pull(model, report)
        say(f"{model.name}：就绪（{path}）")


@models_app.command("list")
def list_models(as_json: Json = False) -> None:
    """列出 models.txt 里的模型。"""
    from server.models import read_list

    settings = load()
    folder, _ = _models(settings, None)
    rows = [
        {"role": m.role, "name": m.name, "licence": m.licence, "bytes": m.size, "sha256": m.sha256,
         "present": folder.is_present(m), "path": str(folder.path(m))}
        for m in read_list(settings.model_list)
    ]  # fmt: skip
    if as_json:
        print_json({"models": rows})
        return
    for row in rows:
        typer.echo(
            f"{'✓' if row['present'] else '·'} {row['role']:<10} {row['name']:<36} {row['licence']:<11} {row['bytes']:>13,} 字节"
        )


@models_app.command("verify")
def verify_models(names: Annotated[list[str] | None, typer.Argument(help="名称或用途")] = None) -> None:
    """重新计算已有模型的 SHA-256 并核对。"""
    folder, chosen = _models(load(), names)
    for model in chosen:
        with _model_bar() as report:
            folder.verify(model, report)
        say(f"{model.name}：" + ("校验无误" if model.pinned else "在，但 models.txt 没有给出 SHA-256，无从核对"))


# -- documents --------------------------------------------------------------------------------------------------


Retry = Annotated[bool, typer.Option("--retry", help="以前读不了的文件也再试一次")]


@app.command()
def add(
    paths: Annotated[list[Path], typer.Argument(help="文件或文件夹")], retry: Retry = False, as_json: Json = False
) -> None:
    """添加文件或文件夹；没有变化的文件会跳过。"""
    from server.indexing import Report, collect, take
    from server.runtime import open_library

    settings = load()
    give_way()
    paths = [Path(os.path.abspath(path)) for path in paths]
    missing = [path for path in paths if not os.path.exists(path)]
    report = Report(named=paths, missing=missing)
    files = collect((path for path in paths if os.path.exists(path)), report)
    if missing and len(missing) == len(paths):
        fail("\n".join(f"{path}：没有这个文件或文件夹。请检查路径。" for path in missing))
    if not files and not report.outcomes:
        fail(f"{'、'.join(map(str, paths))} 里没有文件。请检查路径。")
    library = open_library(settings.installation())
    take(library, files, report, retry)
    _settle(settings, library)
    library.close()
    _finish(report, as_json)


@app.command()
def sync(
    folder: Annotated[Path, typer.Argument(help="文件夹")],
    watch: Annotated[bool, typer.Option("--watch", help="一直看着这个文件夹，有变化就更新；Ctrl-C 结束")] = False,
    empty: Annotated[bool, typer.Option("--empty", help="文件夹空了也照样移除索引里的文档")] = False,
    retry: Retry = False,
    as_json: Json = False,
) -> None:
    """让索引与文件夹一致：添加、更新，并移除已经不在的文件。"""
    from server.indexing import follow, synchronise
    from server.runtime import open_library

    settings = load()
    give_way()
    folder = Path(os.path.abspath(folder))
    if not folder.is_dir():
        raise FolderIsGone(folder)
    if watch and as_json:
        fail("--watch 与 --json 不能一起用：前者不会结束。", WRONG_USAGE)
    library = open_library(settings.installation())
    if not watch:
        report = synchronise(library, folder, empty, retry)
        _settle(settings, library)
        library.close()
        _finish(report, as_json)
        return
    for count, report in enumerate(follow(library, folder, empty, retry)):
        _settle(settings, library)
        say(report.text())
        if not count:
            say(f"正在看着 {folder}，Ctrl-C 结束。")


def _settle(settings: Settings, library: "Library") -> None:
    """Saved conversations no longer quote what has left the index."""
    from server import upkeep

    if not upkeep.settle(settings.installation(), library.store):
        say(f"已清除保存的对话里的引文{upkeep.NOT_YET}。")


def _finish(report: "Report", as_json: bool) -> None:
    if as_json:
        print_json(report.as_json())
    else:
        say(report.text())
    if report.failures:
        raise SystemExit(SOME_FAILED if report.succeeded else FAILED)


@app.command("list")
def list_documents(
    limit: Annotated[int, typer.Option(min=1)] = 100,
    offset: Annotated[int, typer.Option(min=0)] = 0,
    failed: Annotated[bool, typer.Option("--failed", help="改为列出没有读成的文件和原因")] = False,
    as_json: Json = False,
) -> None:
    """列出文档。"""
    from server.api.schemas import document_out, failure_out
    from server.indexing import failure_line
    from server.runtime import open_store

    store = open_store(load().installation())
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


@app.command()
def show(document_id: Annotated[str, typer.Argument(help="文档编号，见 youju list")], as_json: Json = False) -> None:
    """显示一份文档的信息和大纲。"""
    from server.api.schemas import document_out
    from server.runtime import open_store

    store = open_store(load().installation())
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


@app.command()
def remove(documents: Annotated[list[str], typer.Argument(help="文档编号，见 youju list")]) -> None:
    """删除文档（只从索引里，不动原文件）。"""
    from server import upkeep

    for told in upkeep.remove(load().installation(), documents):
        say(told)


# -- asking -----------------------------------------------------------------------------------------------------


@app.command()
def search(
    question: Annotated[str, typer.Argument(help="问题或词语")],
    limit: Annotated[int, typer.Option(min=1, max=100)] = 8,
    year: Annotated[list[int] | None, typer.Option(help="只在涉及这一年的文档里找，可写多次")] = None,
    place: Annotated[list[str] | None, typer.Option(help="只在这个地方（含下级）的文档里找，可写多次")] = None,
    issuer: Annotated[list[str] | None, typer.Option(help="只找这个单位发布的，写名称的一部分即可，可写多次")] = None,
    file_type: Annotated[list[str] | None, typer.Option("--type", help="只找这种格式的文件，如 pdf，可写多次")] = None,
    as_json: Json = False,
) -> None:
    """找出最接近的段落，不作回答。"""
    from index.filters import Filters
    from server.answer.finding import check_question
    from server.api.schemas import hit_out
    from server.runtime import open_searcher

    text = check_question(question)
    searcher = open_searcher(load().installation())
    hits = searcher.search(text, limit, Filters(None, year, place, issuer, file_type))
    titles = {hit.chunk.document_id: searcher.store.document_row(hit.chunk.document_id).title for hit in hits}
    searcher.vectors.close()
    searcher.store.close()
    if as_json:
        print_json({"hits": [hit_out(hit, titles[hit.chunk.document_id]).model_dump() for hit in hits]})
        return
    for hit in hits:
        typer.echo(f"{hit.rank}. 《{titles[hit.chunk.document_id]}》{' > '.join(hit.chunk.headings)}")
        typer.echo(f"   {' '.join(hit.chunk.text.split())[:120]}")


@app.command()
def ask(question: Annotated[str, typer.Argument(help="问题")], as_json: Json = False) -> None:
    """提问：得到附出处的回答，或者“资料中没有”。"""
    from server.answer.finding import Ask, check_question
    from server.api.schemas import answer_out
    from server.runtime import open_answerer

    text = check_question(question)
    answerer = open_answerer(load().installation())
    answer = answerer.answer(Ask(text))
    answerer.close()
    if as_json:
        print_json(answer_out(answer).model_dump())
        return
    typer.echo(answer.text)
    for citation in answer.citations:
        evidence = citation.evidence
        typer.echo(f"[{citation.number}] 《{evidence.title}》{' > '.join(evidence.headings)}")
        typer.echo(f"    “{' '.join(evidence.text.split())}”（第 {evidence.start}–{evidence.end} 字）")
    if answer.status == "not_found":
        for ranked in answer.evidence[:3]:
            typer.echo(f"  · 《{ranked.evidence.title}》{' '.join(ranked.evidence.text.split())[:80]}")


@app.command()
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
    _require_models(settings)
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
    _require_models(settings)
    return create_app(settings)


cli_mcp.add_command(app, _application)


def _require_models(settings: Settings) -> None:
    from server.models import active, read_list

    folder, _ = _models(settings, None)
    for role in ("embedding", settings.llm):
        folder.require(active(read_list(settings.model_list), role))


# -- upkeep -----------------------------------------------------------------------------------------------------


@app.command("eval")
def evaluate(
    file: Annotated[Path, typer.Argument(help="JSON Lines 评测文件，格式见 README")], as_json: Json = False
) -> None:
    """评测：回答对错、拒答、引用、无据数字和用时。"""
    from server import evaluate as scoring
    from server.runtime import open_answerer

    cases = scoring.read_cases(file)
    answerer = open_answerer(load().installation())
    answerer.warm_up()
    with bar(len(cases), "评测", "题") as progress:
        results = scoring.run(answerer, cases, lambda _: progress.update(1))
    answerer.close()
    summary = scoring.summary(results)
    failures = [_failure(result) for result in scoring.failures(results)]
    if as_json:
        print_json(summary | {"failures": failures})
        return
    for name, value in summary.items():
        typer.echo(f"{name}: {json.dumps(value, ensure_ascii=False)}")
    for failure in failures:
        typer.echo(
            f"\n{failure['id']} {failure['type']} {failure['question']}\n  -> {failure['status']} {failure['answer']}"
        )
        typer.echo(
            f"  期望：{failure['expected']}；无据数字：{failure['unsupported']}；引用含依据：{failure['cites_gold']}"
        )
        for quote in failure["retrieved"]:
            typer.echo(f"  · {quote}")


def _failure(result: "Result") -> dict[str, Any]:
    case, answer = result.case, result.answer
    return {
        "id": case.id, "type": case.type, "question": case.question, "status": answer.status, "reason": answer.reason,
        "answer": answer.text, "expected": case.answers, "evidence": case.evidence, "unsupported": result.unsupported,
        "cites_gold": result.cites_gold, "retrieved": [" ".join(r.evidence.text.split()) for r in answer.evidence],
    }  # fmt: skip


@app.command()
def check(
    repair: Annotated[bool, typer.Option("--repair", help="修复发现的问题")] = False, as_json: Json = False
) -> None:
    """检查原文、位置、向量和词语索引是否一致。"""
    from server import upkeep
    from server.runtime import open_library

    library = open_library(load().installation())
    if repair:
        give_way()
    checked = upkeep.check(library, repair)
    library.close()
    if as_json:
        print_json(checked.as_json())
    else:
        for line in checked.lines():
            typer.echo(line)
        say(checked.text())
    if checked.faults:
        raise SystemExit(FAILED)


@app.command()
def backup(file: Annotated[Path, typer.Argument(help="备份文件，例如 youju-备份.db")]) -> None:
    """备份整个索引；服务运行时也可以。"""
    from server import upkeep
    from server.runtime import open_store

    say(upkeep.save(open_store(load().installation()), file))


@app.command()
def restore(file: Annotated[Path, typer.Argument(help="youju backup 做的备份文件")]) -> None:
    """用备份代替现在的索引；先检查备份，换好之前原来的一直在。"""
    from server import upkeep

    say(upkeep.put_back(file, load().installation()))


if __name__ == "__main__":
    main()
