"""`youju search` and `youju ask`: passages and answers from the index."""

from typing import Annotated

import typer

from server.cli_common import Json, Opens, installation_of, over, print_json


def add_commands(app: typer.Typer, installation: Opens) -> None:
    """Add the commands over the index and the models of `installation` to `app`."""
    settings = over(installation)
    app.command("search", context_settings=settings)(search)
    app.command("ask", context_settings=settings)(ask)


def search(
    context: typer.Context,
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
    searcher = open_searcher(installation_of(context))
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


def ask(context: typer.Context, question: Annotated[str, typer.Argument(help="问题")], as_json: Json = False) -> None:
    """提问：得到附出处的回答，或者“资料中没有”。"""
    from server.answer.finding import Ask, check_question
    from server.api.schemas import answer_out
    from server.runtime import open_answerer

    text = check_question(question)
    answerer = open_answerer(installation_of(context))
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
